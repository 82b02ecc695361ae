"""The glyphs that one file needs: characters numbered as they come, and the cut faces that hold just them."""

from __future__ import annotations

import hashlib
import struct
from dataclasses import dataclass
from functools import cache, lru_cache

from app.documents.pdf import fonts
from app.documents.pdf.certificates.objects import Objects, packed

RESOURCES = {fonts.REGULAR: "R", fonts.BOLD: "B"}
"""What pages call the faces."""


class _Numbers(dict[str, str]):
    """Characters with their numbers in a file, as strings of the page hold them; the first is 1."""

    def __missing__(self, character: str) -> str:
        number = f"{len(self) + 1:04X}"
        self[character] = number
        return number


class Faces:
    """Which characters of each face a file shows. Nothing of another file's names gets into it."""

    def __init__(self) -> None:
        self._numbers = {face: _Numbers() for face in RESOURCES}

    def string(self, text: str, face: str) -> str:
        """A text as an operand that shows it."""
        numbers = self._numbers[face]
        return f"<{''.join([numbers[character] for character in text])}>"

    def put(self, objects: Objects) -> str:
        """Put the faces into the file; the entry of the pages' resources."""
        shown = ((face, "".join(numbers)) for face, numbers in self._numbers.items() if numbers)
        return " ".join(f"/{RESOURCES[face]} {_put_face(objects, face, used)} 0 R" for face, used in shown)


def _put_face(objects: Objects, face: str, used: str) -> int:
    small = _small_face(face, used)
    file = objects.put_stream(small.content, f"/Length1 {small.length}")
    descriptor = objects.put(f"<</Type/FontDescriptor/FontName/{small.name}/FontFile2 {file} 0 R{_described(face)}>>")
    glyphs = objects.put_stream(small.glyphs)
    cid = objects.put(
        f"<</Type/Font/Subtype/CIDFontType2/BaseFont/{small.name}/CIDSystemInfo<</Registry(Adobe)/Ordering(Identity)"
        f"/Supplement 0>>/FontDescriptor {descriptor} 0 R/DW 1000/W[1[{small.widths}]]/CIDToGIDMap {glyphs} 0 R>>"
    )
    unicode = objects.put_stream(small.unicode)
    return objects.put(
        f"<</Type/Font/Subtype/Type0/BaseFont/{small.name}/Encoding/Identity-H/DescendantFonts[{cid} 0 R]"
        f"/ToUnicode {unicode} 0 R>>"
    )


@dataclass(frozen=True)
class _Small:
    """A cut face as the file holds it."""

    name: str
    content: bytes
    length: int
    glyphs: bytes
    """Number → glyph; characters that look alike share one."""
    widths: str
    unicode: bytes


@lru_cache(8)
def _small_face(face: str, used: str) -> _Small:
    """Kept a while: what certificates of one course show in the regular face is alike, the names are bold."""
    font, table = fonts.typeface(face), fonts.widths(face)
    codes = [0x20 if character == "\u00a0" else ord(character) for character in used]
    content = font.makeSubset(codes)
    order = {0: 0}
    glyphs = [order.setdefault(font.charToGlyph.get(code, 0), len(order)) for code in codes]
    tag = "".join(chr(65 + byte % 26) for byte in hashlib.sha256(used.encode()).digest()[:6])
    widths = " ".join([f"{1000 * table[ord(character)]:g}" for character in used])
    unicode = fonts.unicode_table("Adobe-Identity-UCS", [0, *map(ord, used)], digits=4)
    numbered = struct.pack(f">{len(glyphs) + 1}H", 0, *glyphs)
    return _Small(f"{tag}+{face}", packed(content), len(content), packed(numbered), widths, packed(unicode))


@cache
def _described(face: str) -> str:
    font = fonts.typeface(face)
    ascent, descent, capital = (round(number) for number in (font.ascent, font.descent, font.capHeight))
    box = " ".join(str(round(edge)) for edge in font.bbox)
    return f"/Flags 4/FontBBox[{box}]/ItalicAngle 0/Ascent {ascent}/Descent {descent}/CapHeight {capital}/StemV 80"
