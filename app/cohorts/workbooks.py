"""An Excel workbook → rows of cells as text. A workbook is an archive, so its size is looked at before it is opened."""

from __future__ import annotations

import io
import re
import zipfile
import zlib
from datetime import date, datetime

from openpyxl import load_workbook
from openpyxl.cell.cell import Cell, MergedCell
from openpyxl.cell.read_only import EmptyCell, ReadOnlyCell
from openpyxl.utils.exceptions import InvalidFileException

from app.cohorts.rosters import MOST_ROWS, TOO_LARGE, UNREADABLE
from app.errors import UserError

MOST_UNPACKED, MOST_PARTS = 20 * 1024 * 1024, 500
MOST_COLUMNS = 30
BLANK_LINES = 500
"""How many lines without anybody may stand between the others."""
_DECLARED = tuple("<!DOCTYPE".encode(encoding) for encoding in ("ascii", "utf-16-le", "utf-16-be"))
_NOUGHTS = re.compile(r"0+")
UNREADABLE_PARTS = (
    zipfile.BadZipFile,
    zlib.error,
    InvalidFileException,
    SyntaxError,  # what both parsers of XML call what they cannot read
    KeyError,
    ValueError,
    TypeError,
    AttributeError,
    IndexError,
    EOFError,
    NotImplementedError,
    RuntimeError,
    OSError,
)
"""What the reader raises for a workbook that is none, or is broken: it has no error of its own for that."""


def cells_of_workbook(content: bytes) -> list[list[str]]:
    """The cells of its first visible sheet, formulas by their last value. Raises UserError."""
    try:
        refuse_bombs(content)
        book = load_workbook(io.BytesIO(content), read_only=True, data_only=True, keep_links=False)
        try:
            sheet = next(sheet for sheet in book.worksheets if sheet.sheet_state == "visible")
            rows = sheet.iter_rows(max_row=MOST_ROWS + BLANK_LINES, max_col=MOST_COLUMNS)
            return [[_text(cell) for cell in row] for row in rows]
        finally:
            book.close()
    except (*UNREADABLE_PARTS, StopIteration):
        raise UserError(UNREADABLE) from None


def refuse_bombs(content: bytes) -> None:
    """Raises UserError for an archive that would unpack to more than anybody needs, or is made to harm its reader."""
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        parts = archive.infolist()
        if len(parts) > MOST_PARTS or sum(part.file_size for part in parts) > MOST_UNPACKED:
            raise UserError(TOO_LARGE)
        if any(_declares_entities(archive, part) for part in parts if part.filename.endswith((".xml", ".rels"))):
            raise UserError(UNREADABLE)


def _declares_entities(archive: zipfile.ZipFile, part: zipfile.ZipInfo) -> bool:
    """No program that writes workbooks does; whoever does wants the reader to blow up. It may stand far down."""
    text = archive.read(part)
    return any(each in text for each in _DECLARED)


def _text(cell: Cell | MergedCell | ReadOnlyCell | EmptyCell) -> str:
    """What stands in a cell: 1001.0 is «1001», and a number shown as 00123 keeps its noughts."""
    match cell.value:
        case None:
            return ""
        case bool() as flag:
            return str(flag).upper()
        case int() | float() as number:
            plain = str(int(number)) if float(number).is_integer() and abs(number) < 1e15 else str(number)
            shown = getattr(cell, "number_format", "") or ""
            return plain.zfill(len(shown)) if _NOUGHTS.fullmatch(shown) else plain
        case datetime() | date() as day:
            return day.isoformat()[:10]
        case other:
            return str(other)
