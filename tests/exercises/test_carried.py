"""What is carried over: chosen by name, shown as given, frozen with its words, compared with what is now."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from app.documents.blocks import Document, LedgerField, Panel, Table, field_names
from app.documents.html import to_html
from app.documents.pdf.rendering import render_pdf
from app.exercises import fields_of, parse_spec, read_answer, resolve, sheet_of
from app.exercises.carried import CarriedField, Difference, Earlier, differences
from app.exercises.spec import Spec

ORDER: dict[str, Any] = {
    "kind": "ordering",
    "title": "顺序",
    "minutes": 5,
    "points": 2,
    "items": [{"id": "offer", "text": "乙"}, {"id": "call", "text": "甲"}, {"id": "deal", "text": "丙"}],
    "order": ["call", "offer", "deal"],
}
EARLIER = Earlier(
    title="客户**信息**",
    day=date(2026, 11, 23),
    attempt_id=7,
    fields=(
        CarriedField(name="name", label="名称", text="滨河客运", shown="滨河客运"),
        CarriedField(name="needs.size", label="规模", text="l", shown="大"),
        CarriedField(name="needs.note", label="备注", text="两行\n<b>字</b>", shown="两行\n<b>字</b>"),
        CarriedField(name="needsmore", label="别的", text="x", shown="x"),
    ),
)


def carrying(earlier: Earlier | None, **carry: Any) -> Spec:
    spec = parse_spec({**ORDER, "carries": [{"from": "customer", **carry}]})
    return resolve(spec, 0, {"customer": earlier.model_dump(mode="json")} if earlier else {})


def given_on(spec: Spec) -> Panel:
    (panel,) = (block for block in fields_of(spec) if isinstance(block, Panel))
    return panel


def labels(panel: Panel) -> list[str]:
    (table,) = (block for block in panel.blocks if isinstance(block, Table))
    return [str(row.cells[0]) for row in table.rows]


@pytest.mark.parametrize(
    ("fields", "shown"),
    [
        ([], ["名称", "规模", "备注", "别的"]),
        (["name"], ["名称"]),
        (["needs"], ["规模", "备注"]),  # a prefix ends at a dot
        (["needs.size", "name"], ["名称", "规模"]),
    ],
)
def test_fields_are_taken_by_name_or_prefix(fields: list[str], shown: list[str]) -> None:
    assert labels(given_on(carrying(EARLIER, fields=fields))) == shown


def test_they_stand_above_the_sheet_with_their_words_and_no_markup_of_the_trainee() -> None:
    spec = carrying(EARLIER)
    page = to_html(sheet_of(spec))
    assert ("滨河客运" in page, ">大<" in page, "两行<br>&lt;b&gt;字" in page) == (True, True, True)
    assert page.index("滨河客运") < page.index("甲")
    assert given_on(spec).title == "来自《客户信息》，2026-11-23"
    labelled = given_on(carrying(EARLIER, label="你的**客户**"))
    assert labelled.title == "你的<strong>客户</strong>"
    assert "来自《客户信息》，2026-11-23" in to_html(labelled.blocks)


def test_they_are_printed() -> None:
    assert render_pdf(Document("x", sheet_of(carrying(EARLIER)), "zh-CN"), {}).startswith(b"%PDF")


def test_what_is_missing_is_said_and_the_sheet_works() -> None:
    for spec, said in (
        (carrying(Earlier(title="客户**信息**")), "先完成《客户信息》。你在那里填的内容放在这里。"),
        (carrying(None), "你在前面的练习里填的内容放在这里。"),
        (carrying(EARLIER.model_copy(update={"fields": ()})), "那份练习里这些栏目是空的。"),
    ):
        assert said in to_html(given_on(spec).blocks)
        assert field_names(fields_of(spec)) == ("place.offer", "place.call", "place.deal")
        assert read_answer(spec, {"place.call": "1"}) == read_answer(parse_spec(ORDER), {"place.call": "1"})


def test_carrying_changes_nothing_that_is_published() -> None:
    spec, plain = carrying(EARLIER), carrying(None)
    assert spec.model_dump(mode="json") == plain.model_dump(mode="json")
    assert spec.carried_form("customer") == {field.name: field.text for field in EARLIER.fields}
    assert plain.carried_form("customer") == {}
    assert resolve(parse_spec(ORDER), 0, {"customer": {"title": "x"}}) == parse_spec(ORDER)


def test_an_exercise_without_carries_is_the_very_same_spec() -> None:
    spec = parse_spec(ORDER)
    assert resolve(spec, 0, {}) is spec


def test_differences_are_told_field_by_field() -> None:
    now = EARLIER.model_copy(
        update={
            "fields": (
                EARLIER.fields[0].model_copy(update={"text": "桐江快运", "shown": "桐江快运"}),
                EARLIER.fields[1],
                CarriedField(name="phone", label="电话", text="110", shown="110"),
            )
        }
    )
    assert differences(EARLIER, now) == (
        Difference("名称", "滨河客运", "桐江快运"),
        Difference("备注", "两行\n<b>字</b>", ""),
        Difference("别的", "x", ""),
        Difference("电话", "", "110"),
    )
    assert differences(EARLIER, EARLIER) == ()


LEDGER: dict[str, Any] = {
    "kind": "ledger",
    "title": "计划",
    "minutes": 10,
    "points": 0,
    "marking": ["none"],
    "table": "plan",
    "rows": {"least": 1, "most": 6, "shown": 3},
    "columns": [
        {"id": "customer", "label": "客户", "type": "text"},
        {"id": "next", "label": "下次", "type": "date"},
    ],
    "carries": [{"from": "visits", "rows": "visits", "into": "plan", "label": "上次的台账"}],
}


def test_rows_of_an_earlier_ledger_are_given_rows_of_this_one_under_their_own_ids() -> None:
    rows = {"1": "滨河客运", "3": "桐江快运"}
    fields = [CarriedField(name=f"visits.{row}.customer", label="客户", text=n, shown=n) for row, n in rows.items()]
    other = CarriedField(name="visits.1.secret", label="别的列", text="不带", shown="不带")
    earlier = Earlier(title="台账", day=date(2026, 11, 23), fields=(*fields, other))
    spec = resolve(parse_spec(LEDGER), 0, {"visits": earlier.model_dump(mode="json")})
    (ledger,) = (block for block in fields_of(spec) if isinstance(block, LedgerField))
    assert [(row.id, [str(text) for _, text in row.given]) for row in ledger.given] == [
        ("1", ["滨河客运"]),
        ("3", ["桐江快运"]),
    ]
    names = field_names((ledger,))
    assert ("plan.1.next" in names, "plan.1.customer" in names, "plan.2.customer" in names) == (True, False, True)
    assert "带入了 2 行" in to_html(given_on(spec).blocks)


@pytest.mark.parametrize("carry", [{"rows": "visits"}, {"into": "plan"}, {"rows": "a", "into": "b", "fields": ["c"]}])
def test_rows_go_from_a_table_into_a_table(carry: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match="from a table into a table"):
        parse_spec({**ORDER, "carries": [{"from": "visits", **carry}]})


def test_what_stood_in_a_table_stands_in_one_again() -> None:
    def cell(row: str, column: str, text: str) -> CarriedField:
        name = f"visits.{row}.{column}"
        return CarriedField(name=name, label="", text=text, shown=text, table="台账", row=row, column=f"栏 {column}")

    cells = (cell("1", "a", "甲"), cell("1", "b", "乙"), cell("3", "b", "丙"))
    earlier = EARLIER.model_copy(update={"fields": (EARLIER.fields[0], *cells)})
    _, *tables = given_on(carrying(earlier, label="x")).blocks
    first, second = (table for table in tables if isinstance(table, Table))
    assert [str(row.cells[1]) for row in first.rows] == ["滨河客运"]
    assert [*map(str, second.header)] == ["", "栏 a", "栏 b"]
    assert [[str(text) for text in row.cells] for row in second.rows] == [["1", "甲", "乙"], ["3", "", "丙"]]
