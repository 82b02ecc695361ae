"""A table as an Excel workbook, written row by row: memory does not grow with it, and no text becomes a formula."""

from __future__ import annotations

import re
import tempfile
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from fractions import Fraction
from typing import IO, Any
from zoneinfo import ZoneInfo

from xlsxwriter import Workbook
from xlsxwriter.worksheet import Worksheet

from app.web.exports.cells import Column, Kind, Value, clean_text, is_plain, rounded, wall_time

ROWS_A_SHEET = 1_048_575
"""What Excel takes on one sheet besides the header; a longer table goes on on a second one."""
LONGEST_TEXT = 32_767
"""Units of UTF-16 that Excel takes in one cell."""
CUT = "…"
A4 = 9
LINE, MOST_LINES = 17, 24
"""Points that a line of Chinese takes, and as many as a row of Excel has room for."""
READABLE = 14
"""Columns that can still be read where they are made to fit the width of a page."""
_DAY_ZERO = date(1899, 12, 30)
_FIRST_DAY = date(1900, 3, 1)
"""Before it, days of Excel are off by one: it believes in a 29 February 1900."""
_FORMATS: Mapping[Kind, str] = {"whole": "0", "percent": "0%", "day": "yyyy-mm-dd", "moment": "yyyy-mm-dd hh:mm"}
_LIKE_AN_ESCAPE = re.compile("_(?=x[0-9A-Fa-f]{4}_)")
"""Where Excel would read one sign by its number; there are none in what we write."""
_NO_SHEET_NAME = re.compile(r"[\[\]:*?/\\]")


@dataclass(frozen=True)
class About:
    """What the file says about itself."""

    title: str
    company: str
    created: datetime


class TextSheet(Worksheet):  # type: ignore[misc]  # the library has no types
    """A sheet whose texts are texts.

    The library would copy one from «<r>» to «</r>» into the file as it is, and miss an escape that overlaps another.
    """

    def _xml_rich_inline_string(self, string: str, attributes: Sequence[tuple[str, object]] = ()) -> None:
        self._xml_inline_string(string, True, attributes)

    @staticmethod
    def _escape_control_characters(data: str) -> str:
        return _LIKE_AN_ESCAPE.sub("_x005F_", data) if "_x" in data else data


def write_workbook(
    file: IO[bytes],
    sheet: str,
    columns: Sequence[Column],
    rows: Iterable[Sequence[Value]],
    *,
    zone: ZoneInfo,
    about: About,
) -> None:
    """Write the whole workbook. A row of another length than the header raises ValueError."""
    with tempfile.TemporaryDirectory(prefix="export-") as folder:
        options = {
            "constant_memory": True,
            "tmpdir": folder,
            "strings_to_formulas": False,
            "strings_to_urls": False,
            "strings_to_numbers": False,
        }
        with Workbook(file, options) as book:
            book.use_zip64()
            book.set_properties(
                {"title": clean_text(about.title), "company": clean_text(about.company), "created": about.created}
            )
            _Writer(book, sheet, columns, zone).write(rows)


class _Writer:
    """One table on its way into a workbook."""

    def __init__(self, book: Any, name: str, columns: Sequence[Column], zone: ZoneInfo) -> None:  # noqa: ANN401 -- no types
        self.book, self.name, self.columns, self.zone = book, name, columns, zone
        self.head = book.add_format(
            {"bold": True, "bg_color": "#EEEEEE", "bottom": 1, "valign": "top", "text_wrap": True}
        )
        self.wraps = [place for place, column in enumerate(columns) if column.wraps]
        top = {"valign": "top"} if self.wraps else {}
        self.formats = {kind: book.add_format({"num_format": form, **top}) for kind, form in _FORMATS.items()}
        self.plain = book.add_format(top) if self.wraps else None
        self.wrapped = book.add_format({"text_wrap": True, "indent": 1, **top})

    def write(self, rows: Iterable[Sequence[Value]]) -> None:
        """All rows, on as many sheets as they need."""
        sheets, line = 1, 0
        sheet = self._begin(sheets)
        for row in rows:
            if line == ROWS_A_SHEET:
                self._end(sheet, line)
                sheets, line = sheets + 1, 0
                sheet = self._begin(sheets)
            line += 1
            self._write_row(sheet, line, row)
        self._end(sheet, line)

    def _begin(self, number: int) -> Any:  # noqa: ANN401 -- the library has no types
        sheet = self.book.add_worksheet(sheet_name(self.name, number), TextSheet)
        sheet.freeze_panes(1, 0)
        sheet.repeat_rows(0)
        sheet.set_paper(A4)
        sheet.set_landscape()
        if len(self.columns) <= READABLE:
            sheet.fit_to_pages(1, 0)
        for place, column in enumerate(self.columns):
            look = self.wrapped if column.wraps else self.formats.get(column.kind, self.plain)
            sheet.set_column(place, place, column.width, look)
            sheet.write_string(0, place, cell_text(column.heading), self.head)
        return sheet

    def _end(self, sheet: Any, line: int) -> None:  # noqa: ANN401 -- as above
        if self.columns:
            sheet.autofilter(0, 0, line, len(self.columns) - 1)

    def _write_row(self, sheet: Any, line: int, row: Sequence[Value]) -> None:  # noqa: ANN401 -- as above
        lines = max(
            (lines_of(str(row[place]), self.columns[place].width) for place in self.wraps if row[place]), default=1
        )
        if lines > 1:
            sheet.set_row(line, min(lines, MOST_LINES) * LINE)  # some programs show one line of several otherwise
        for place, (value, column) in enumerate(zip(row, self.columns, strict=True)):
            match value:
                case None | "":
                    pass
                case str():
                    sheet.write_string(line, place, cell_text(value))
                case int():
                    sheet.write_number(line, place, int(value))
                case Fraction():
                    number = float(value) if column.kind == "percent" else rounded(value, 2) / 100
                    sheet.write_number(line, place, number)
                case _:
                    self._write_date(sheet, line, place, value)

    def _write_date(self, sheet: Any, line: int, place: int, value: date) -> None:  # noqa: ANN401 -- as above
        kind = self.columns[place].kind
        wall = wall_time(value, self.zone) if isinstance(value, datetime) else value
        day = wall.date() if isinstance(wall, datetime) else wall
        if day < _FIRST_DAY:
            sheet.write_string(line, place, day.isoformat())
            return
        serial = float((day - _DAY_ZERO).days)
        shown: Kind = "day"
        if isinstance(wall, datetime) and kind != "day":
            serial += (wall.hour * 60 + wall.minute) / 1440
            shown = "moment"
        sheet.write_number(line, place, serial, None if kind == shown else self.formats[shown])


def cell_text(text: str) -> str:
    """A text as a cell takes it: what it cannot hold left out, and cut with a mark where it is too long."""
    clean = text if is_plain(text) else clean_text(text)
    if len(clean) * 2 <= LONGEST_TEXT:
        return clean
    units = clean.encode("utf-16-le")
    if len(units) <= LONGEST_TEXT * 2:
        return clean
    return units[: (LONGEST_TEXT - len(CUT)) * 2].decode("utf-16-le", "ignore") + CUT


def lines_of(text: str, width: int) -> int:
    """About how many lines a text takes in a column: a sign of three bytes is as wide as two letters."""
    return -(-(len(text) + len(text.encode("utf-8", "replace"))) // (2 * width))


def sheet_name(name: str, number: int = 1) -> str:
    """A name that Excel takes for a sheet; of a table on several sheets, that of the one with this number."""
    behind = f" ({number})" if number > 1 else ""
    clean = " ".join(_NO_SHEET_NAME.sub(" ", clean_text(name)).split()).strip("'")
    room = 31 - len(behind)
    short = clean.encode("utf-16-le")[: room * 2].decode("utf-16-le", "ignore").rstrip(" '") or "1"
    return f"{short}_" if short.casefold() == "history" else f"{short}{behind}"
