"""What people and programs put into the cells of a workbook, and files that are made to harm: points, or a sentence."""

from __future__ import annotations

import io
import random
import zipfile
from fractions import Fraction
from typing import Any

import pytest
from openpyxl import Workbook, load_workbook

from app.errors import UserError
from app.gradebook.cells import Cell
from app.gradebook.judging import read_points, takes_back
from app.gradebook.reading import grids_of
from app.words import Sentence

MOST = Fraction(10)


def filed(*values: Any, number_format: str = "") -> bytes:
    """A workbook with these values in its first column."""
    book = Workbook()
    sheet = book.worksheets[0]
    for row, value in enumerate(values, 1):
        sheet.cell(row, 1).value = value
        if number_format:
            sheet.cell(row, 1).number_format = number_format
    file = io.BytesIO()
    book.save(file)
    return file.getvalue()


def cell_of(value: Any, number_format: str = "") -> Cell | None:
    return grids_of(filed(value, number_format=number_format))[0].cells.get((0, 0))


def judged(value: Any, number_format: str = "") -> Fraction | Sentence:
    cell = cell_of(value, number_format)
    assert cell is not None
    return read_points(cell, MOST)


@pytest.mark.parametrize(
    ("value", "points"),
    [
        (8, "8"),
        (8.5, "8.5"),
        (0, "0"),
        (-0.0, "0"),
        (0.1 + 0.2, "0.3"),
        (2.9999999999999996, "3"),
        ("8,5", "8.5"),
        ("8.5", "8.5"),
        ("８", "8"),
        ("８．５", "8.5"),
        (" 8 ", "8"),
        ("\u30008\u00a0", "8"),
        ("08", "8"),
        ("8\n", "8"),
        ("-0", "0"),
    ],
)
def test_what_is_a_number_to_its_reader_is_one(value: Any, points: str) -> None:
    assert judged(value) == Fraction(points)


@pytest.mark.parametrize(
    "value",
    [
        "8分",
        "1e3",
        "1e1",
        "nan",
        "inf",
        "1/2",
        "½",
        "八",
        "8-9",
        "+-8",
        "8..5",
        "٣",
        "8'",
        "=1+1",
        '=HYPERLINK("http://x","8")',
        True,
        -1,
        10.01,
        10**300,
        1e308,
        "1" * 400,
        "9" * 30_000,
        1.00005,
        "10,001",
        "-",
        "\u200b8",
    ],
)
def test_what_is_none_gets_a_sentence(value: Any) -> None:
    assert isinstance(judged(value), Sentence)


@pytest.mark.parametrize("number_format", ["0%", "yyyy-mm-dd", "h:mm", "[h]:mm:ss"])
def test_a_number_that_looks_like_something_else_gets_a_sentence(number_format: str) -> None:
    assert isinstance(judged(0.5, number_format), Sentence)


@pytest.mark.parametrize("number_format", ["0.00", "#,##0", "@", '0"分"', "[Red]0;[Blue]0"])
def test_a_number_that_looks_like_one_is_one(number_format: str) -> None:
    assert judged(5, number_format) == 5


@pytest.mark.parametrize("value", [None, "", " ", "\u3000", "\n"])
def test_a_cell_with_nothing_to_be_seen_is_empty(value: Any) -> None:
    assert cell_of(value) is None


@pytest.mark.parametrize("typed", ["-", "–", "—", "－", "——", "−", "撤回", " 撤回 ", "Take back"])
def test_a_dash_takes_back(typed: str) -> None:
    cell = cell_of(typed)
    assert cell
    assert takes_back(cell)


@pytest.mark.parametrize("typed", ["-1", "0", "=-", "撤", "8-"])
def test_nothing_else_takes_back(typed: str) -> None:
    cell = cell_of(typed)
    assert cell
    assert not takes_back(cell)


def test_a_number_of_five_thousand_figures_is_no_bug() -> None:
    with pytest.raises(UserError):
        grids_of(_with(filed(7), "xl/worksheets/sheet1.xml", b"<v>7</v>", b"<v>" + b"9" * 5000 + b"</v>"))


def _with(content: bytes, part: str, old: bytes, new: bytes) -> bytes:
    """The file with something else in one of its parts."""
    file = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(content)) as before, zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as after:
        for name in before.namelist():
            text = before.read(name)
            assert name != part or old in text
            after.writestr(name, text.replace(old, new) if name == part else text)
    return file.getvalue()


SHEET = "xl/worksheets/sheet1.xml"


def test_a_wrong_size_loses_no_line() -> None:
    content = _with(filed(1, 2, 3), SHEET, b'<dimension ref="A1:A3"', b'<dimension ref="A1"')
    assert len(grids_of(content)[0].cells) == 3


def test_an_empty_last_line_of_the_program_is_no_hindrance() -> None:
    content = _with(filed(1, 2), SHEET, b"</sheetData>", b'<row r="1048576" ht="12"/></sheetData>')
    assert len(grids_of(content)[0].cells) == 2


@pytest.mark.parametrize(
    ("old", "new"),
    [
        (b"<worksheet", b'<!DOCTYPE worksheet [<!ENTITY a "b">]><worksheet'),
        (b"<worksheet", b" " * 9_000 + b'<!DOCTYPE worksheet SYSTEM "file:///etc/passwd"><worksheet x="&a;"'),
        (b"</sheetData>", b'<row r="999999999999"/></sheetData>'),
        (b"</sheetData>", b'<row r="1048577"><c r="A1048577"><v>1</v></c></row></sheetData>'),
        (b"</sheetData>", b""),
        (b'<c r="A1"', b'<c r="A1" t="s"'),
        (b'<c r="A1"', b'<c r="??"'),
    ],
    ids=["DTD", "DTD far down", "line without end", "behind the last line", "cut", "no such text", "no such place"],
)
def test_what_is_made_to_harm_is_refused(old: bytes, new: bytes) -> None:
    with pytest.raises(UserError):
        grids_of(_with(filed(7), SHEET, old, new))


def test_a_locked_workbook_is_called_so() -> None:
    locked = b"\xd0\xcf\x11\xe0" + b"\0" * 600 + "EncryptedPackage".encode("utf-16-le")
    with pytest.raises(UserError) as told:
        grids_of(locked)
    assert "password" in str(told.value.sentence.text)


def test_hidden_sheets_and_links_elsewhere_are_not_looked_at() -> None:
    book = Workbook()
    book.worksheets[0]["A1"] = 1
    book.create_sheet("hidden")["A1"] = 2
    book.worksheets[1].sheet_state = "veryHidden"
    file = io.BytesIO()
    book.save(file)
    assert [len(grid.cells) for grid in grids_of(file.getvalue())] == [1]


def test_broken_bytes_are_refused_and_never_a_bug() -> None:
    """Every part of a file, with bytes of it changed: read, or refused with a sentence."""
    one = random.Random(7)  # noqa: S311 -- of tests
    content = filed("CW-1-2-3-0123456789", "P1", 3, 4.5, "x")
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        parts = {name: archive.read(name) for name in archive.namelist()}
    refused = 0
    for _ in range(150):
        name = one.choice(list(parts))
        text = bytearray(parts[name])
        for _ in range(one.randint(1, 8)):
            place = one.randrange(len(text))
            text[place : place + one.randint(0, 3)] = bytes(one.choices(b'<>"/&=09A \0\xff', k=one.randint(0, 3)))
        file = io.BytesIO()
        with zipfile.ZipFile(file, "w") as archive:
            for each, was in parts.items():
                archive.writestr(each, bytes(text) if each == name else was)
        try:
            grids_of(file.getvalue())
        except UserError:
            refused += 1
    assert 30 < refused < 150


def test_what_another_program_saves_again_is_read_as_it_was() -> None:
    content = filed("CW-1-2-3-0123456789", "P1", 3, 4.5, "甲 & <b>")
    file = io.BytesIO()
    load_workbook(io.BytesIO(content)).save(file)
    assert grids_of(file.getvalue()) == grids_of(content)
