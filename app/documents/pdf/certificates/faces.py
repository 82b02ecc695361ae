"""The glyphs that one file needs: characters numbered as they come, and the cut faces that hold just them."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from functools import cache, lru_cache

from app.documents.pdf import fonts
from app.documents.pdf.certificates.cutting import cut
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
    cid = objects.put(
        f"<</Type/Font/Subtype/CIDFontType2/BaseFont/{small.name}/CIDSystemInfo<</Registry(Adobe)/Ordering(Identity)"
        f"/Supplement 0>>/FontDescriptor {descriptor} 0 R/DW 1000/W[1[{small.widths}]]/CIDToGIDMap/Identity>>"
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
    widths: str
    unicode: bytes


@lru_cache(8)
def _small_face(face: str, used: str) -> _Small:
    """Kept a while: what certificates of one course show in the regular face is alike, the names are bold."""
    content, table = (
        cut(face, [0x20 if character == "\u00a0" else ord(character) for character in used]),
        fonts.widths(face),
    )
    tag = "".join(chr(65 + byte % 26) for byte in hashlib.sha256(used.encode()).digest()[:6])
    widths = " ".join([f"{1000 * table[ord(character)]:g}" for character in used])
    return _Small(f"{tag}+{face}", packed(content), len(content), widths, packed(_to_unicode(used)))


@cache
def _described(face: str) -> str:
    font = fonts.typeface(face)
    ascent, descent, capital = (round(number) for number in (font.ascent, font.descent, font.capHeight))
    box = " ".join(str(round(edge)) for edge in font.bbox)
    return f"/Flags 4/FontBBox[{box}]/ItalicAngle 0/Ascent {ascent}/Descent {descent}/CapHeight {capital}/StemV 80"


def _to_unicode(used: str) -> str:
    """From numbers back to text, which readers use when they copy; each character has a number of its own."""
    pairs = [f"<{number:04X}> <{_utf16(character)}>" for number, character in enumerate(used, start=1)]
    chunks = [pairs[start : start + 100] for start in range(0, len(pairs), 100)]
    tables = "\n".join("\n".join([f"{len(chunk)} beginbfchar", *chunk, "endbfchar"]) for chunk in chunks)
    return f"{_CMAP_HEAD}\n{tables}\nendcmap\nCMapName currentdict /CMap defineresource pop\nend\nend"


def _utf16(character: str) -> str:
    code = ord(character)
    return f"{code:04X}" if code < 0x10000 else character.encode("utf-16-be").hex().upper()


_CMAP_HEAD = """/CIDInit /ProcSet findresource begin
12 dict begin
begincmap
/CIDSystemInfo << /Registry (Adobe) /Ordering (UCS) /Supplement 0 >> def
/CMapName /Adobe-Identity-UCS def
/CMapType 2 def
1 begincodespacerange
<0000> <FFFF>
endcodespacerange"""
