"""The two faces of printed documents: their widths, which characters they have, how those are copied out again."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache

from reportlab import rl_config
from reportlab.pdfbase import pdfmetrics, ttfonts

from app.documents.glyphs import FOLDER
from app.documents.pdf.errors import CannotPrint
from app.words import say

REGULAR, BOLD = "NotoSansSC", "NotoSansSC-Bold"
FILES = {REGULAR: "NotoSansSC-Regular.ttf", BOLD: "NotoSansSC-Bold.ttf"}

# Nothing is ever fetched for a document, and equal documents are equal files.
rl_config.trustedSchemes = []
rl_config.trustedHosts = []
rl_config.useA85 = 0


@cache
def register() -> None:
    """Make the faces known to ReportLab, once a process."""
    ttfonts.makeToUnicodeCMap = unicode_table  # type: ignore[assignment]  # the same, better
    for name, file in FILES.items():
        if not (FOLDER / file).exists():
            raise CannotPrint(say("The fonts for printing are not built yet: run «make assets»."))
        font = ttfonts.TTFont(name, str(FOLDER / file))
        font.face.get_table = cache(font.face.get_table)  # type: ignore[method-assign]  # else each cut copies 3 MB
        pdfmetrics.registerFont(font)


@cache
def widths(face: str) -> dict[int, float]:
    """Advance by code point at size 1, for every character that both faces have."""
    own = typeface(face)
    return {code: own.charWidths.get(code, own.defaultWidth) / 1000 for code in _codes()}


def typeface(name: str) -> ttfonts.TTFontFace:
    """The face itself, to be cut."""
    register()
    font: ttfonts.TTFont = pdfmetrics.getFont(name)  # type: ignore[assignment]
    return font.face


@cache
def _codes() -> frozenset[int]:
    return frozenset.intersection(*(frozenset(typeface(name).charToGlyph) for name in FILES)) | {0xA0}


def width(text: str, face: str, size: float) -> float:
    """How wide a text is, in points."""
    table = widths(face)
    return size * sum(table[ord(character)] for character in text)


def missing(text: str) -> str:
    """The first character that the faces lack, or nothing."""
    known = _codes()
    return next((character for character in text if ord(character) not in known), "")


def unicode_table(name: str, codes: Sequence[int], *, digits: int = 2) -> str:
    """The table from numbers, as places in `codes`, back to text, which readers use when they copy.

    ReportLab writes characters beyond U+FFFF as five hexadecimal digits; readers expect UTF-16.
    """
    pairs = [f"<{number:0{digits}X}> <{_utf16(code)}>" for number, code in enumerate(codes)]
    chunks = [pairs[start : start + 100] for start in range(0, len(pairs), 100)]
    tables = [line for chunk in chunks for line in (f"{len(chunk)} beginbfchar", *chunk, "endbfchar")]
    head = f"""/CIDInit /ProcSet findresource begin
12 dict begin
begincmap
/CIDSystemInfo << /Registry ({name}) /Ordering ({name}) /Supplement 0 >> def
/CMapName /{name} def
/CMapType 2 def
1 begincodespacerange
<{"0" * digits}> <{"F" * digits}>
endcodespacerange"""
    return "\n".join([head, *tables, "endcmap", "CMapName currentdict /CMap defineresource pop", "end", "end"])


def _utf16(code: int) -> str:
    return chr(code).encode("utf-16-be").hex().upper()
