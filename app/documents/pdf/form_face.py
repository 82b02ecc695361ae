"""The regular face as a font that viewers type with: all of it, for nobody knows what will be written."""

from __future__ import annotations

import zlib
from functools import cache

from app.documents.glyphs import FOLDER
from app.documents.pdf import fonts
from app.documents.pdf.paper import Paper

NAME = "F0"
"""What the fields call it."""
_BASE = "/NotoSansSC-Form"
_EM = 1000


def put_into(paper: Paper) -> str:
    """Put the face into a file; how its fields refer to it."""
    face = fonts.typeface(fonts.REGULAR)
    length, content = _content()
    outlines = paper.packed({"Length1": str(length)}, content)
    box = " ".join(f"{number:.0f}" for number in face.bbox)
    described = paper.record(
        f"<< /Type /FontDescriptor /FontName {_BASE} /Flags 4 /FontBBox [{box}] /ItalicAngle 0"
        f" /Ascent {face.ascent:.0f} /Descent {face.descent:.0f} /CapHeight {face.capHeight:.0f} /StemV 80"
        f" /FontFile2 {outlines} >>"
    )
    glyphs = paper.record(
        f"<< /Type /Font /Subtype /CIDFontType2 /BaseFont {_BASE} /CIDToGIDMap /Identity /DW {_EM} /W [{_widths()}]"
        f" /CIDSystemInfo << /Registry (Adobe) /Ordering (Identity) /Supplement 0 >> /FontDescriptor {described} >>"
    )
    texts = paper.packed({}, _texts())
    return paper.record(
        f"<< /Type /Font /Subtype /Type0 /BaseFont {_BASE} /Encoding /Identity-H /DescendantFonts [{glyphs}]"
        f" /ToUnicode {texts} >>"
    )


def written(text: str) -> str:
    """A text as the numbers of its glyphs, between < and >."""
    glyphs = fonts.typeface(fonts.REGULAR).charToGlyph
    return "<" + "".join(f"{glyphs.get(ord(character), 0):04X}" for character in text) + ">"


@cache
def _content() -> tuple[int, bytes]:
    """How long the face is, and the face, packed."""
    content = (FOLDER / fonts.FILES[fonts.REGULAR]).read_bytes()
    return len(content), zlib.compress(content)


@cache
def _widths() -> str:
    """The width of each glyph that is not as wide as it is high."""
    face = fonts.typeface(fonts.REGULAR)
    by_glyph = {glyph: face.charWidths.get(code, _EM) for code, glyph in face.charToGlyph.items()}
    return " ".join(f"{glyph} [{width:.0f}]" for glyph, width in sorted(by_glyph.items()) if round(width) != _EM)


@cache
def _texts() -> bytes:
    """From glyphs back to text, packed, for whoever copies or searches."""
    by_code = sorted(fonts.typeface(fonts.REGULAR).charToGlyph.items(), reverse=True)
    pairs = sorted({glyph: code for code, glyph in by_code}.items())  # of characters that look alike, the first
    lines = [f"<{glyph:04X}> <{chr(code).encode('utf-16-be', 'replace').hex().upper()}>" for glyph, code in pairs]
    chunks = (lines[start : start + 100] for start in range(0, len(lines), 100))
    body = "\n".join("\n".join((f"{len(chunk)} beginbfchar", *chunk, "endbfchar")) for chunk in chunks)
    table = f"{_HEAD}\n{body}\nendcmap CMapName currentdict /CMap defineresource pop end end"
    return zlib.compress(table.encode())


_HEAD = """/CIDInit /ProcSet findresource begin 12 dict begin begincmap
/CIDSystemInfo << /Registry (Adobe) /Ordering (UCS) /Supplement 0 >> def
/CMapName /Adobe-Identity-UCS def /CMapType 2 def
1 begincodespacerange <0000> <FFFF> endcodespacerange"""
