"""Lists of people as they are pasted and sent, read into rows."""

from __future__ import annotations

import io
import zipfile
from typing import Any

import openpyxl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.cohorts.roster_files import read_file
from app.cohorts.rosters import MOST_BYTES, MOST_ROWS, RosterRow, as_lines, from_lines, read_text
from app.errors import UserError


def rows_of(text: str) -> list[tuple[str, str, str, str]]:
    return [(row.number, row.name, row.email, row.department) for row in read_text(text).rows]


def workbook(*rows: tuple[Any, ...], number_format: str = "General") -> bytes:
    book = openpyxl.Workbook()
    sheet = book.worksheets[0]
    for row in rows:
        sheet.append(row)
    if number_format != "General":
        sheet["A1"].number_format = number_format
    stored = io.BytesIO()
    book.save(stored)
    return stored.getvalue()


@pytest.mark.parametrize(
    "text",
    [
        "E1\t陈雨桐\tchen@example.com\t华东大区",
        "E1,陈雨桐,chen@example.com,华东大区\r\n",
        "e1，陈雨桐，Chen@Example.com，华东大区",
        "E1;陈雨桐;chen@example.com;华东大区",
        "Ｅ１；陈雨桐；chen@example.com；华东大区",
        "\ufeff'E1, 陈雨桐 ,chen@example.com,华东大区\n\n , ,\n",
        '"E1","陈雨桐","chen@example.com","华东大区"',
        "工号,姓名,邮箱,部门\nE1,陈雨桐,chen@example.com,华东大区",
        "Department,E-mail,Name,Staff number\n华东大区,chen@example.com,陈雨桐,E1",
        "E1\u200b\t陈\u200b雨桐\tchen@example.com\t华东\x07大区".replace("\x07", ""),
    ],
)
def test_the_same_person_however_the_list_is_written(text: str) -> None:
    assert rows_of(text) == [("E1", "陈雨桐", "chen@example.com", "华东大区")]


def test_white_space_alone_parts_number_and_name() -> None:
    assert rows_of("E1 Chen Yutong\nE2　王思齐") == [("E1", "Chen Yutong", "", ""), ("E2", "王思齐", "", "")]


def test_an_address_typed_after_white_space_is_not_part_of_the_name() -> None:
    assert rows_of("E1 Chen Yutong chen@example.com\nE2 王思齐 wang@example.com 华东大区") == [
        ("E1", "Chen Yutong", "chen@example.com", ""),
        ("E2", "王思齐", "wang@example.com", "华东大区"),
    ]


def test_headings_give_the_order_and_unknown_columns_are_named() -> None:
    roster = read_text("姓名\t备注\t工号\n陈雨桐\t素食\tE1")
    assert (roster.rows, roster.ignored) == ((RosterRow(2, "E1", "陈雨桐"),), ("备注",))


def test_lines_keep_the_number_they_have_for_the_person_who_wrote_them() -> None:
    assert [row.line for row in read_text("工号,姓名\n\nE1,甲\n\nE2,乙").rows] == [3, 5]


def test_what_stands_beyond_the_fourth_cell_is_kept_to_be_complained_about() -> None:
    assert read_text("E1,甲,a@b.c,部门,多余").rows[0].extra == "多余"


def test_control_characters_become_spaces_and_a_cell_stays_on_one_line() -> None:
    assert rows_of('E1,"陈\n雨\x01桐"') == [("E1", "陈 雨 桐", "", "")]


@pytest.mark.parametrize(
    "text", ["", " \n\t\n", "工号,姓名", "姓名,邮箱\n陈雨桐,a@b.c", "E1\0,陈", "x" * (MOST_BYTES + 1)]
)
def test_what_is_no_list_is_refused_with_a_sentence(text: str) -> None:
    with pytest.raises(UserError):
        read_text(text)


def test_the_most_lines_are_taken_and_one_more_is_not() -> None:
    lines = [f"E{number},甲" for number in range(MOST_ROWS + 1)]
    assert len(read_text("\n".join(["工号,姓名", *lines[:MOST_ROWS]])).rows) == MOST_ROWS
    with pytest.raises(UserError, match="2000 lines"):
        read_text("\n".join(lines))


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030", "utf-16"])
def test_files_in_the_encodings_that_excel_writes(encoding: str) -> None:
    assert read_file("工号,姓名\nE1,陈雨桐".encode(encoding)).rows == (RosterRow(2, "E1", "陈雨桐"),)


def test_a_workbook_gives_what_its_cells_show() -> None:
    content = workbook(("工号", "姓名", "部门"), (1001.0, "陈雨桐", None), ("00123", "王思齐", "华东"))
    assert read_file(content).rows == (RosterRow(2, "1001", "陈雨桐"), RosterRow(3, "00123", "王思齐", "", "华东"))


def test_a_number_that_is_shown_with_noughts_keeps_them() -> None:
    assert read_file(workbook((123, "陈雨桐"), number_format="00000")).rows[0].number == "00123"


def test_a_formula_counts_by_its_last_value_which_a_library_has_not_written() -> None:
    assert read_file(workbook(("E1", "陈雨桐"), ("=A1", "王思齐"))).rows[1].number == ""


@pytest.mark.parametrize(
    "content",
    [
        b"\xd0\xcf\x11\xe0 old Excel",
        b"PK\x03\x04 no archive",
        b"\xff\xff\xff",
        b"E1\0,x",
        b"x" * (MOST_BYTES + 1),
    ],
)
def test_a_file_that_cannot_be_read_is_refused_with_a_sentence(content: bytes) -> None:
    with pytest.raises(UserError):
        read_file(content)


def packed(**parts: bytes) -> bytes:
    stored = io.BytesIO()
    with zipfile.ZipFile(stored, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in parts.items():
            archive.writestr(name.replace("__", "/") + ".xml", content)
    return stored.getvalue()


@pytest.mark.parametrize(
    "content",
    [
        packed(xl__workbook=b" " * 30 * 1024 * 1024),
        packed(xl__workbook=b'<?xml version="1.0"?><!DOCTYPE a [<!ENTITY b "c">]><a>&b;</a>'),
        packed(**{f"part{number}": b"" for number in range(600)}),
        packed(nothing=b"<a/>"),
    ],
    ids=["bomb", "entities", "parts", "no workbook"],
)
def test_a_workbook_that_would_blow_up_is_refused_before_it_is_opened(content: bytes) -> None:
    with pytest.raises(UserError):
        read_file(content)


@pytest.mark.parametrize("part", ["sheet1.xml", "styles.xml", "workbook.xml"])
def test_a_workbook_with_a_part_broken_is_refused(part: str) -> None:
    whole = workbook(("E1", "陈雨桐"))
    stored = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(whole)) as source, zipfile.ZipFile(stored, "w") as target:
        for name in source.namelist():
            target.writestr(name, b"<broken" if name.endswith(part) else source.read(name))
    with pytest.raises(UserError):
        read_file(stored.getvalue())


def test_rows_come_back_from_the_page_with_what_was_typed_over_them() -> None:
    rows = read_text("E1,甲,a@b.c,华东\nE2,乙").rows
    assert from_lines(as_lines(rows).replace("\n", "\r\n"), {}) == rows
    edited = from_lines(as_lines(rows), {"name-2": " 丙 ", "number-2": "e3", "name-9": "nobody"})
    assert edited == (rows[0], RosterRow(2, "E3", "丙"))


@given(st.text())
def test_any_text_is_a_list_or_gets_a_sentence(text: str) -> None:
    try:
        rows = read_text(text).rows
    except UserError:
        return
    again = from_lines(as_lines(rows), {})
    assert [(row.line, row.name, row.department) for row in again] == [(r.line, r.name, r.department) for r in rows]
    assert from_lines(as_lines(again), {}) == again


@given(st.binary(max_size=400))
def test_any_bytes_are_a_list_or_get_a_sentence(content: bytes) -> None:
    for prefix in (b"", b"PK\x03\x04", b"\xff\xfe"):
        try:
            read_file(prefix + content)
        except UserError:
            continue
