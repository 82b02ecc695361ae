"""A list of people as somebody pasted or sent it → rows of number, name, e-mail and department."""

from __future__ import annotations

import csv
import io
import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Literal

from app.errors import UserError
from app.words import say

Column = Literal["number", "name", "email", "department"]
COLUMNS: tuple[Column, ...] = ("number", "name", "email", "department")
MOST_ROWS, MOST_BYTES = 2_000, 2 * 1024 * 1024
LONGEST_CELL = 300
"""Longer than anything a cell may hold, so that a cut text is still refused."""

HEADINGS: Mapping[str, Column] = {
    **dict.fromkeys(("工号", "员工号", "员工编号", "编号", "人员编号", "学号", "number", "no", "id"), "number"),
    **dict.fromkeys(("staffnumber", "staffno", "staffid", "employeenumber", "employeeno", "employeeid"), "number"),
    **dict.fromkeys(("姓名", "名字", "员工姓名", "学员姓名", "学员", "name", "fullname", "displayname"), "name"),
    **dict.fromkeys(("邮箱", "电子邮箱", "邮箱地址", "邮件", "电子邮件", "email", "mail", "emailaddress"), "email"),
    **dict.fromkeys(("部门", "所属部门", "单位", "所在部门", "department", "dept", "division", "unit"), "department"),
}
TOO_LARGE = say("That is more than {size} MB. Send the list in parts.", size=MOST_BYTES // 1024 // 1024)
TOO_MANY = say("That is more than {rows} lines. Send the list in parts.", rows=MOST_ROWS)
UNREADABLE = say("This list cannot be read. Save it as an Excel workbook (.xlsx) or as CSV in UTF-8.")


@dataclass(frozen=True)
class RosterRow:
    """One line of a list, as typed but for white space."""

    line: int
    number: str = ""
    name: str = ""
    email: str = ""
    department: str = ""
    extra: str = ""
    """What stood on the line besides."""

    def cell(self, column: Column) -> str:
        return str(getattr(self, column))


@dataclass(frozen=True)
class Roster:
    """A list that could be read."""

    rows: tuple[RosterRow, ...]
    ignored: tuple[str, ...] = ()
    """Headings of columns that are none of ours."""


def read_text(text: str) -> Roster:
    """The list in a text: tabs, commas or semicolons between the cells, of either width. Raises UserError."""
    if len(text) > MOST_BYTES:
        raise UserError(TOO_LARGE)
    if "\0" in text:
        raise UserError(UNREADABLE)
    return read_cells(_cells_of_text(text))


def read_cells(cells: Iterable[Sequence[str]]) -> Roster:
    """The list in rows of cells; a first row of headings gives their order. Raises UserError."""
    lines: list[tuple[int, list[str]]] = []
    for number, row in enumerate(cells, 1):
        cleaned = [clean(cell) for cell in row]
        if any(cleaned):
            lines.append((number, cleaned))
        if len(lines) > MOST_ROWS + 1:
            raise UserError(TOO_MANY)
    if not lines:
        raise UserError(say("There is nobody in it yet. Paste at least one line with number and name."))
    order, ignored = _order(lines[0][1])
    if order is not None:
        lines = lines[1:]
    if len(lines) > MOST_ROWS:
        raise UserError(TOO_MANY)
    if not lines:
        raise UserError(say("There is nobody in it yet. Paste at least one line with number and name."))
    places = order if order is not None else dict(enumerate(COLUMNS))
    return Roster(tuple(_row(line, row, places, headed=order is not None) for line, row in lines), ignored)


def clean(cell: str) -> str:
    """A cell on one line: white space and control characters become one space, what nobody sees goes."""
    seen = "".join(
        " " if char.isspace() or unicodedata.category(char) == "Cc" else char
        for char in cell[: 4 * LONGEST_CELL]
        if unicodedata.category(char) not in {"Cf", "Cs"}
    )
    return " ".join(seen.split())[:LONGEST_CELL]


def as_lines(rows: Iterable[RosterRow]) -> str:
    """The rows for a hidden field; `from_lines` reads them back."""
    return "\n".join("\t".join((str(row.line), *(row.cell(column) for column in COLUMNS))) for row in rows)


def from_lines(text: str, edits: Mapping[str, str]) -> tuple[RosterRow, ...]:
    """The rows of a hidden field, with what was typed over them in fields like «number-3». Raises UserError."""
    lines = text.replace("\r\n", "\n").split("\n") if text.strip() else []
    if len(lines) > MOST_ROWS or len(text) > 2 * MOST_BYTES:
        raise UserError(TOO_MANY)
    return tuple(_edited(_row_of_line(place, line), edits) for place, line in enumerate(lines, 1))


def heading(text: str) -> Column | None:
    """Which of our columns a heading means."""
    return HEADINGS.get("".join(char for char in unicodedata.normalize("NFKC", text).lower() if char.isalnum()))


def _cells_of_text(text: str) -> Iterable[list[str]]:
    text = text.removeprefix("\ufeff")
    if "\t" in text:
        delimiter = "\t"
    else:
        text = text.translate({ord("，"): ",", ord("；"): ";"})
        delimiter = "," if text.count(",") >= text.count(";") else ";"
        if delimiter not in text:
            return (_cells_of_line(line) for line in text.splitlines())
    try:
        return list(csv.reader(io.StringIO(text, newline=""), delimiter=delimiter))
    except csv.Error:
        raise UserError(UNREADABLE) from None


def _cells_of_line(line: str) -> list[str]:
    """White space alone parts number and name; whatever has an @ after them is the e-mail, the rest the department."""
    words = line.split()
    at = next((place for place, word in enumerate(words) if place > 1 and "@" in word), None)
    if at is None:
        return line.split(None, 1)
    return [words[0], " ".join(words[1:at]), words[at], " ".join(words[at + 1 :])]


def _order(first: Sequence[str]) -> tuple[dict[int, Column] | None, tuple[str, ...]]:
    """Which column stands where, and the headings that are none of ours; None when the row is no heading."""
    found: dict[int, Column] = {}
    for place, text in enumerate(first):
        column = heading(text)
        if column is not None and column not in found.values():
            found[place] = column
    if not found or (len(found) == 1 and len([text for text in first if text]) > 2):
        return None, ()
    if not {"number", "name"} <= set(found.values()):
        raise UserError(
            say("The headings lack “number” or “name”. Both are needed; e-mail and department may be left out.")
        )
    return found, tuple(text for place, text in enumerate(first) if text and place not in found)


def _row(line: int, cells: Sequence[str], places: Mapping[int, Column], *, headed: bool) -> RosterRow:
    named = {column: cells[place] for place, column in places.items() if place < len(cells)}
    beyond = () if headed else cells[len(COLUMNS) :]
    return _tidy(RosterRow(line, **named, extra=" ".join(cell for cell in beyond if cell)))


def _row_of_line(place: int, line: str) -> RosterRow:
    cells = [clean(cell) for cell in line.split("\t")]
    number = int(cells[0]) if cells[0].isascii() and cells[0].isdigit() and len(cells[0]) < 8 else place
    return _tidy(RosterRow(number, **dict(zip(COLUMNS, cells[1:], strict=False))))


def _edited(row: RosterRow, edits: Mapping[str, str]) -> RosterRow:
    number, name, email, department = (clean(edits.get(f"{column}-{row.line}", row.cell(column))) for column in COLUMNS)
    return _tidy(replace(row, number=number, name=name, email=email, department=department))


def _tidy(row: RosterRow) -> RosterRow:
    """Full-width digits and letters of a number or an address mean the plain ones; Excel's apostrophe means nothing."""
    return replace(row, number=_plain(row.number).lstrip("' ").upper(), email=_plain(row.email).lower())


def _plain(cell: str) -> str:
    return clean(unicodedata.normalize("NFKC", cell))
