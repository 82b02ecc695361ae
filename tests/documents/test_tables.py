"""Tables to write in: which rows a page and a paper show, what nobody fills in, and that nothing is cut off."""

from __future__ import annotations

import re
from dataclasses import replace

import pytest

from app.documents import form_values
from app.documents.blocks import (
    Column,
    Document,
    GridField,
    GridRow,
    LedgerField,
    LedgerRow,
    Option,
    OrderField,
    PlacementField,
    field_names,
    plain,
)
from app.documents.html import scripts_for, to_html
from app.documents.pdf.ledgers import bands
from app.documents.pdf.rendering import render_form, render_pdf
from app.documents.questions import field_labels, questions
from app.documents.rows import MOST_IN_FORM, SPARE, rows_in_form, rows_on_paper, rows_to_write, rows_written

COLUMNS = (
    Column("name", plain("Name"), required=True, group=plain("Who")),
    Column("day", plain("Day"), "date", group=plain("Who")),
    Column("size", plain("Size"), "number", unit="t"),
    Column("kind", plain("Kind"), "choice", options=(Option("a", plain("Kind A")), Option("b", plain("Kind B")))),
    Column("ours", plain("Ours"), "tick"),
    Column("sum", plain("Sum"), "worked_out", formula='["name","size"]', bands=(("3", "low"), ("", "high"))),
)
TABLE = LedgerField("t", plain("Table"), COLUMNS, shown=2, most=6, row_label=plain("Row"))
GIVEN = replace(TABLE, given=(LedgerRow("g", plain(""), (("name", plain("Known")),)),))


def waiting(values: dict[str, str]) -> list[bool]:
    return [row.waits for row in rows_to_write(TABLE, values)]


def test_page_shows_the_first_rows_and_two_more_than_are_filled() -> None:
    assert waiting({}) == [False] * 2 + [True] * 4
    assert waiting({"t.2.ours": "yes"}) == [False] * 4 + [True] * 2
    assert waiting({"t.6.name": "x"}) == [False] * 6
    assert waiting({"t.6.sum": "7", "t.5.name": "  "}) == [False] * 2 + [True] * 4


def test_every_row_is_on_the_page_those_that_wait_hidden() -> None:
    page = to_html((TABLE,))
    assert [name for name in field_names((TABLE,)) if f'name="{name}"' not in page] == []
    assert page.count("<tr hidden>") == 4
    assert 'name="t.1.sum"' not in page


def test_what_was_written_is_shown_and_no_blank_row() -> None:
    values = {"t.3.name": "<b>", "t.3.kind": "b", "t.3.ours": "yes", "t.3.sum": "low"}
    page = to_html((TABLE,), values, readonly=True)
    assert [row.row.id for row in rows_written(TABLE, values)] == ["3"]
    assert all(text in page for text in ("&lt;b&gt;", "Kind B", "✓", "low", "Row 3"))
    assert "<input" not in page
    assert "data-formula" not in page


def test_given_cells_stand_there_and_their_row_is_numbered_with_the_others() -> None:
    page = to_html((GIVEN,))
    assert "data-given>Known" in page
    assert 'name="t.g.name"' not in page
    assert str(field_labels((GIVEN,))["t.g.day"]) == "Row 1 · Day"
    assert str(field_labels((GIVEN,))["t.1.day"]) == "Row 2 · Day"
    assert [question.anchor for question in questions((GIVEN,))] == ["t.g.day", "t"]


def test_paper_has_blank_rows_until_something_is_written() -> None:
    assert [row.row.id for row in rows_on_paper(GIVEN, {})] == ["g", "1", "2"]
    assert [row.row.id for row in rows_on_paper(GIVEN, {"t.3.name": "x"})] == ["g", "1", "2", "3"]
    assert [row.row.id for row in rows_on_paper(GIVEN, {"t.g.day": "x"})] == ["g"]


def test_form_that_was_begun_still_has_blank_rows() -> None:
    assert [row.row.id for row in rows_in_form(GIVEN, {"t.1.name": "x"})] == ["g", "1", "2", "3", "4", "5", "6"]
    long = replace(GIVEN, shown=3, most=60)
    assert len(rows_in_form(long, {})) == MOST_IN_FORM
    assert len(rows_in_form(long, {"t.20.name": "x"})) == 1 + 20 + SPARE
    assert "t.4.name" in form_values(render_form(Document("t", (GIVEN,), "zh-CN"), {"t.1.name": "x"}, {}))


def test_columns_that_have_no_room_go_on_below() -> None:
    assert bands(COLUMNS[:2], 60) == [list(COLUMNS[:2])]
    many = tuple(Column(f"c{n}", plain(f"Column {n}")) for n in range(12))
    found = bands(many, 60)
    assert [column for band in found for column in band] == list(many)
    assert len(found) == 3
    assert max(map(len, found)) - min(map(len, found)) <= 1


@pytest.mark.parametrize("count", [1, 7, 24])
def test_ledger_prints_however_wide_and_full(count: int) -> None:
    columns = tuple(replace(COLUMNS[n % 6], id=f"c{n}", group=plain("")) for n in range(count))
    table = replace(TABLE, columns=columns, shown=40, most=60)
    values = dict.fromkeys(field_names((table,))[: 3 * count], "很长的一句话" * 30)
    for written in ({}, values):
        assert render_pdf(Document("t", (table,), "zh-CN"), written).startswith(b"%PDF")


def test_grid_has_rows_for_what_is_summed_up() -> None:
    columns = (Column("a", plain("A"), "number"),)
    grid = GridField(
        "s", plain("S"), plain("C"), columns, (GridRow("x", plain("X"), "70"),), plain("Total"), plain("Rank")
    )
    page = to_html((grid,), {"s.total.a": "3.4", "s.rank.a": "1"})
    assert re.findall(r'data-sums="(\w+)"', page) == ["total", "rank"]
    assert 'data-weight="70"' in page
    assert ">3.4<" in page
    assert field_names((grid,)) == ("s.x.a",)


def test_only_sheets_with_a_table_load_its_script() -> None:
    assert scripts_for((TABLE,)) == ("ledger.js",)
    assert scripts_for(()) == ()


def test_sheets_with_several_boards_load_one_script_that_has_them_all() -> None:
    cards, order = PlacementField("p", plain("P"), (), ()), OrderField("o", plain("O"), ())
    assert scripts_for((cards,)) == ("placement.js",)
    assert scripts_for((cards, order)) == ("boards.js",)
    assert scripts_for((order, order)) == ("order.js",)
