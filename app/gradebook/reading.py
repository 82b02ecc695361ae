"""A file that somebody sent → the cells of its sheets, each as what it is: a number, a text, a formula, a date …"""

from __future__ import annotations

import io
import math
import re
import warnings
import zipfile
from collections.abc import Iterator
from datetime import date, datetime, time, timedelta
from fractions import Fraction
from typing import Any

from openpyxl import load_workbook
from openpyxl.cell.cell import Cell as BookCell
from openpyxl.cell.cell import MergedCell
from openpyxl.cell.read_only import EmptyCell, ReadOnlyCell
from openpyxl.utils import range_boundaries

from app.cohorts.workbooks import UNREADABLE_PARTS, refuse_bombs
from app.errors import UserError
from app.exercises.numbers import in_figures
from app.gradebook.cells import MOST_BYTES, Cell, CellKind, Grid
from app.words import say

MOST_ROWS, MOST_COLUMNS, MOST_MERGED, MOST_SHEETS = 5_000, 250, 200, 20
MOST_LINES, LAST_ROW = 100_000, 1_048_576
"""Lines with nothing in them but looks, of all sheets together; and the last that programs know, which some write."""
BLANK_ROWS = 500
"""How many empty lines may stand between the others."""
UNREADABLE = say("This file cannot be read. Send the Excel workbook (.xlsx) that you downloaded here.")
OLD_EXCEL = say("This is the old Excel format (.xls). Open it, save it as .xlsx, and send that.")
LOCKED = say(
    "This workbook is locked with a password, or by a program of your company. Save it without that, and send it again."
)
NO_WORKBOOK = say("This is no Excel workbook. Send the .xlsx file that you downloaded here, not CSV or another format.")
TOO_LARGE = say(
    "That is more than {size} MB, or more lines than a cohort has. Send the workbook as it was downloaded.", size=4
)
_OLD_EXCEL, _ZIP, _LOCKED = b"\xd0\xcf\x11\xe0", b"PK\x03\x04", "EncryptedPackage".encode("utf-16-le")
_MERGED = re.compile(rb"<(?:\w+:)?mergeCell\b[^>]*?\bref\s*=\s*[\"']([A-Z]{1,3}\d{1,7}:[A-Z]{1,3}\d{1,7})[\"']")


def grids_of(content: bytes) -> tuple[Grid, ...]:
    """The visible sheets of a workbook. Raises UserError."""
    if len(content) > MOST_BYTES:
        raise UserError(TOO_LARGE)
    if content.startswith(_OLD_EXCEL):  # what is locked is put into a file of the old kind
        raise UserError(LOCKED if _LOCKED in content else OLD_EXCEL)
    if not content.startswith(_ZIP):
        raise UserError(NO_WORKBOOK)
    try:
        refuse_bombs(content)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # what the library does not know, such as some validations, is not ours
            return _grids(content)
    except (*UNREADABLE_PARTS, OverflowError):
        raise UserError(UNREADABLE) from None


def _grids(content: bytes) -> tuple[Grid, ...]:
    book = load_workbook(io.BytesIO(content), read_only=True, keep_links=False)
    try:
        sheets = [sheet for sheet in book.worksheets if sheet.sheet_state == "visible"]
        left = iter(range(MOST_LINES))
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            return tuple(_grid(sheet, archive, left) for sheet in sheets[:MOST_SHEETS])
    finally:
        book.close()


def _grid(sheet: Any, archive: zipfile.ZipFile, left: Iterator[int]) -> Grid:  # noqa: ANN401 -- its types are those of another class
    """A sheet. `left`: the lines that may still be looked at, of all sheets together."""
    found: dict[tuple[int, int], Cell] = {}
    lines = 0
    sheet.reset_dimensions()  # what a file says of its size is often wrong, and lines would be lost
    padding: object = None  # one and the same for all lines that are not in the file
    for row, cells in enumerate(sheet.iter_rows(max_col=MOST_COLUMNS)):
        if cells is padding and row < LAST_ROW:
            continue
        there = {(row, place): cell for place, each in enumerate(cells) if (cell := _cell(each)) is not None}
        if next(left, None) is None or row > LAST_ROW:
            raise UserError(TOO_LARGE)
        padding = padding if there else cells
        found |= there
        lines += bool(there)
        if lines > MOST_ROWS or (there and row > MOST_ROWS + BLANK_ROWS):
            raise UserError(TOO_LARGE)
    merged = _merged(archive.read(sheet._worksheet_path))  # noqa: SLF001 -- where the library knows it alone
    return Grid(found, merged, sheet.title)


def _merged(markup: bytes) -> tuple[tuple[int, int, int, int], ...]:
    """The merged cells of a sheet: the reader that needs little memory leaves them out."""
    ranges = _MERGED.findall(markup)
    if len(ranges) > MOST_MERGED:
        raise UserError(say("Many cells of this workbook are merged. Send it as it was downloaded, with marks alone."))
    bounds = (range_boundaries(each.decode()) for each in ranges)
    return tuple(
        ((top or 1) - 1, (left or 1) - 1, (bottom or 1) - 1, (right or 1) - 1) for left, top, right, bottom in bounds
    )


def _cell(cell: BookCell | MergedCell | ReadOnlyCell | EmptyCell) -> Cell | None:
    value = cell.value
    if value is None or (isinstance(value, str) and not value.strip()):
        return None
    if isinstance(value, int | float) and not isinstance(value, bool) and cell.data_type == "n":
        return _number(value, str(cell.number_format or ""))
    return Cell(_kind(cell.data_type, value), str(value).upper() if isinstance(value, bool) else str(value))


def _kind(data_type: str, value: object) -> CellKind:
    match data_type, value:
        case "f", _:
            return "formula"
        case "e", _:
            return "error"
        case _, bool():
            return "flag"
        case _, datetime() | date() | time() | timedelta():
            return "date"
        case _:
            return "text"


def _number(value: float, shown_as: str) -> Cell:
    if not math.isfinite(value):
        return Cell("error", str(value))
    number = Fraction(repr(value) if isinstance(value, int) else f"{value:.15g}")  # spreadsheets show no more digits
    plain = in_figures(number)
    return Cell("percent" if "%" in shown_as else "number", plain, number)
