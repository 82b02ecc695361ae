"""Ledgers: rows read, completed and marked, rules over them, columns worked out, and what authors may get wrong."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

import pytest

from app.documents.blocks import LedgerField, field_names
from app.exercises import Part, Spec, grade_answer, kind_of, model_answer_of, parse_spec, read_answer, shown_values
from app.exercises.kind import AnyKind
from app.exercises.kinds.ledger.kind import Ledger
from tests.exercises.samples import mistakes_in

CUSTOMER = {"id": "customer", "label": "Customer", "required": True}
DATE = {"id": "date", "label": "Date", "type": "date", "required": True}
UNITS = {"id": "units", "label": "Units", "type": "number", "unit": "台", "from": 0, "to": 500, "whole": True}
ROLE = {
    "id": "role",
    "label": "Role",
    "type": "choice",
    "options": [{"id": "user", "label": "User"}, {"id": "buyer", "label": "Buyer"}],
}
MONTHS = {"id": "months", "label": "Months ago", "formula": "months(date, '2026-06-30')"}
CLASS = {
    "id": "class",
    "label": "Class",
    "formula": "months",
    "bands": [{"up_to": 3, "label": "A"}, {"up_to": 6, "label": "B"}, {"label": "C"}],
}
ROWS = (
    {"customer": "Alpha", "date": "2026-05-12", "units": 40, "role": "user"},
    {"customer": "Beta", "date": "2026-01-12", "units": 60, "role": "buyer"},
)


def ledger(*rules: dict[str, Any], **over: Any) -> dict[str, Any]:
    """Two complete rows wanted of six; one point for them, and one a rule."""
    return {
        "kind": "ledger",
        "title": "Visits",
        "minutes": 10,
        "points": 1 + len(rules),
        "marking": ["rule"],
        "table": "visits",
        "rows": {"least": 2, "most": 6, "shown": 3},
        "columns": [CUSTOMER, DATE, UNITS, ROLE, MONTHS, CLASS],
        "rules": list(rules),
        "model": list(ROWS),
    } | over


def rule(**shape: Any) -> dict[str, Any]:
    return {"id": "kept", "say": "As it should be."} | shape


def marked(spec: Spec, form: dict[str, str]) -> dict[str, Part]:
    grade = grade_answer(spec, read_answer(spec, form))
    assert grade is not None
    assert grade.possible == spec.key_points
    return {part.id: part for part in grade.parts}


def filled(*rows: dict[str, Any]) -> dict[str, str]:
    return {f"visits.{n}.{name}": str(text) for n, row in enumerate(rows, 1) for name, text in row.items()}


def test_rows_earn_as_far_as_they_are_complete() -> None:
    spec = parse_spec(ledger())
    begun = {**filled(ROWS[0]), "visits.4.customer": "Gamma", "visits.5.date": "soon"}
    rows = marked(spec, begun)["rows"]
    assert rows.earned == Fraction(1, 2)
    assert rows.lines("en") == (
        "Complete rows: 1, asked for: 2.",
        "row 4: still missing Date.",
        "row 5, Date: “soon” cannot be read as a date. Write it like 2026-03-05.",
        "row 5: still missing Customer.",
    )
    assert marked(spec, filled(*ROWS))["rows"].earned == 1


def test_rows_may_stand_anywhere_and_more_than_enough_earn_no_more() -> None:
    spec = parse_spec(ledger())
    apart = {name.replace(".1.", ".6."): text for name, text in filled(*ROWS).items()}
    assert marked(spec, apart)["rows"].earned == 1
    assert marked(spec, filled(*ROWS, *ROWS, *ROWS))["rows"].earned == 1


KEPT_AND_BROKEN = [
    ({"count": {"column": "role", "is": "user", "at_least": 1}}, ROWS[1:] * 2, "Found: 0."),
    (
        {"count": {"column": "customer", "distinct": True, "at_least": 2}},
        ({**ROWS[0], "customer": "ＢＥＴＡ"}, ROWS[1]),
        "",
    ),
    ({"count": {"column": "class", "is": "A", "at_most": 1}}, (ROWS[0], ROWS[0]), "Found: 2."),
    ({"each_of": {"column": "role"}}, ROWS[:1], "Missing: Buyer."),
    ({"each_of": {"column": "class"}}, ROWS[:1], "Missing: B, C."),
    (
        {"not_before": {"column": "date", "other": "2026-01-01"}},
        ({**ROWS[0], "date": "2025-12-31"},),
        "Not kept in: row 1.",
    ),
    ({"sum": {"column": "units", "equals": 100}}, ROWS[:1], "The sum is 40."),
    ({"sum": {"column": "months", "at_most": 6}}, ({**ROWS[0], "date": "2020-01-01"},), "The sum is 77."),
    ({"unique": {"column": "customer"}}, (ROWS[0], {**ROWS[1], "customer": "alpha "}), "Not kept in: row 2."),
    ({"length": {"column": "customer", "at_least": 1, "at_most": 2}}, ({**ROWS[0], "customer": "One two three"},), ""),
]


@pytest.mark.parametrize(
    ("shape", "broken", "said"), KEPT_AND_BROKEN, ids=lambda v: next(iter(v)) if isinstance(v, dict) else ""
)
def test_rule_tells_a_ledger_that_keeps_it_from_one_that_does_not(
    shape: dict[str, Any], broken: tuple[dict[str, Any], ...], said: str
) -> None:
    model = (
        [*ROWS, {"customer": "Delta", "date": "2025-03-01", "role": "user"}]
        if shape == {"each_of": {"column": "class"}}
        else list(ROWS)
    )
    spec = parse_spec(ledger(rule(**shape), model=model))
    assert marked(spec, dict(model_answer_of(spec)))["kept"].lines("en") == ("It fits.",)
    part = marked(spec, filled(*broken))["kept"]
    assert part.earned < part.possible
    assert said in part.lines("en") or not said


@pytest.mark.parametrize("shape", [shape for shape, _, _ in KEPT_AND_BROKEN if "class" not in str(shape)], ids=str)
def test_empty_ledger_earns_nothing_by_any_rule(shape: dict[str, Any]) -> None:
    spec = parse_spec(ledger(rule(**shape)))
    assert [part.earned for part in marked(spec, {}).values()] == [0, 0]


def test_rule_that_every_row_keeps_earns_as_far_as_there_are_rows() -> None:
    spec = parse_spec(ledger(rule(unique={"column": "customer"})))
    part = marked(spec, filled(ROWS[0]))["kept"]
    assert part.earned == Fraction(1, 2)
    assert part.lines("en") == ("It holds in the rows that are there (1); more are asked for.",)


def test_rule_over_cells_that_may_stay_empty_asks_for_complete_rows_only() -> None:
    one = {key: value for key, value in ROWS[0].items() if key != "units"}
    spec = parse_spec(ledger(rule(unique={"column": "units"}), model=[one, ROWS[1]]))
    assert marked(spec, filled(one, ROWS[1]))["kept"].earned == 1
    assert marked(spec, filled(one, one))["kept"].earned == 0


def test_what_is_worked_out_is_shown_and_never_read() -> None:
    spec = parse_spec(ledger())
    shown = shown_values(spec, filled(*ROWS))
    assert {name: text for name, text in shown.items() if name.endswith(("months", "class"))} == {
        "visits.1.months": "1",
        "visits.1.class": "A",
        "visits.2.months": "5",
        "visits.2.class": "B",
    }
    assert not any(name.endswith(("months", "class")) for name in field_names(kind_of(spec).sheet(spec)))
    assert read_answer(spec, {"visits.1.months": "99"}) == read_answer(spec, {})


def test_what_cannot_be_worked_out_stays_empty() -> None:
    ratio = {"id": "ratio", "label": "Ratio", "formula": "units / (units - 40)"}
    spec = parse_spec(ledger(columns=[CUSTOMER, DATE, UNITS, ratio], model=[{**r} | {} for r in without_role()]))
    assert shown_values(spec, filled({"units": 40})) == filled({"units": 40})
    assert shown_values(spec, filled({"units": 43}))["visits.1.ratio"] == "14.33"
    assert shown_values(spec, filled({"units": "many"})) == filled({"units": "many"})


def without_role() -> list[dict[str, Any]]:
    return [{key: value for key, value in row.items() if key != "role"} for row in ROWS]


def with_given(**over: Any) -> dict[str, Any]:
    """Two rows of which the customer is given, the role keyed; four points."""
    given = [
        {"id": "g1", "cells": {"customer": "*Alpha*"}},
        {"id": "g2", "label": "The other", "cells": {"customer": "Beta"}},
    ]
    return (
        ledger(
            rows=None,
            given=given,
            marking=["rule", "key"],
            points=4,
            keyed={
                "g1": {"role": "user", "units": {"answer": 40, "tolerance": 5, "why": "By the case."}},
                "g2": {"role": ["buyer", "user"]},
            },
        )
        | over
    )


def test_given_cells_are_no_fields_and_their_rows_alone_are_there() -> None:
    block = ledger_field(parse_spec(with_given()))
    assert [row.id for row in block.rows()] == ["g1", "g2"]
    assert str(block.given[0].text("customer")) == "<em>Alpha</em>"
    assert "visits.g1.customer" not in field_names((block,))


def test_keyed_cells_are_marked_one_by_one() -> None:
    spec = parse_spec(with_given())
    parts = marked(spec, {"visits.g1.role": "buyer", "visits.g1.units": "36", "visits.g2.role": "user"})
    assert {name: part.earned for name, part in parts.items()} == {"rows": 0, "g1.role": 0, "g1.units": 1, "g2.role": 1}
    assert parts["g1.role"].label == "Alpha · Role"
    assert parts["g1.role"].lines("en") == ("You have “Buyer” here.", "The answer is User.")
    assert marked(spec, {"visits.g1.units": "46"})["g1.units"].lines("en") == (
        "You have “46 台” here.",
        "The answer is 40 台.",
        "By the case.",
    )


def test_rows_of_an_earlier_ledger_become_given() -> None:
    spec = kind_of(parse_spec(ledger())).with_rows(
        parse_spec(ledger()),
        "visits",
        {
            "1": {"customer": "<b>*Alpha*</b>", "units": "lots"},
            "3": {"date": "2026年5月2日", "elsewhere": "x"},
            "4": {"elsewhere": "x"},
        },
    )
    block = ledger_field(spec)
    assert [(row.id, [(name, str(text)) for name, text in row.given]) for row in block.given] == [
        ("1", [("customer", "&lt;b&gt;*Alpha*&lt;/b&gt;")]),
        ("3", [("date", "2026-05-02")]),
    ]
    assert [row.id for row in block.rows()] == ["1", "3", "2", "4", "5", "6"]
    assert marked(spec, {"visits.1.date": "2026-05-01", "visits.3.customer": "Beta"})["rows"].earned == 1


def test_rows_of_two_earlier_ledgers_meet_and_none_is_more_than_there_may_be() -> None:
    kind: AnyKind = Ledger()
    spec = parse_spec(ledger())
    rows = {str(n): {"customer": f"C{n}"} for n in range(1, 40)}
    both = kind.with_rows(kind.with_rows(spec, "visits", rows), "visits", {"2": {"units": "7", "customer": "other"}})
    assert len(both.given) == 6
    assert both.given[1].cells == {"customer": "C2", "units": "7"}
    assert kind.with_rows(spec, "elsewhere", rows) is spec


def ledger_field(spec: Spec) -> LedgerField:
    (block,) = kind_of(spec).sheet(spec)
    assert isinstance(block, LedgerField)
    return block


@pytest.mark.parametrize(
    ("name", "typed", "why"),
    [
        ("visits.1.units", "501", "At most 500 台, please."),
        ("visits.1.units", "1.5", "A whole number goes here."),
        ("visits.1.role", "boss", "“boss” is not among the choices."),
        ("visits.1.customer", "x" * 1001, "At most 1000 characters have room here; there are 1001."),
    ],
)
def test_what_cannot_be_read_is_blank_and_named(name: str, typed: str, why: str) -> None:
    answer = read_answer(parse_spec(ledger()), {name: typed})
    assert answer.rows == {}  # type: ignore[attr-defined]
    assert {field: str(said.text.format_map(dict(said.values))) for field, said in answer.unreadable.items()} == {
        name: why
    }


MISTAKES = [
    (ledger(columns=[{**CUSTOMER, "formula": "units *"}]), (("columns", 0, "required"), "key-misfit")),
    (ledger(columns=[CUSTOMER, {**MONTHS, "formula": "units *"}]), (("columns", 1, "formula"), "formula")),
    (ledger(columns=[CUSTOMER, {**MONTHS, "formula": "units > 3"}, UNITS]), (("columns", 1, "formula"), "formula")),
    (ledger(columns=[CUSTOMER, MONTHS, DATE]), (("columns", 1, "formula"), "formula-name")),
    (ledger(columns=[{**CUSTOMER, "unit": "台"}]), (("columns", 0, "unit"), "key-misfit")),
    (ledger(columns=[{**UNITS, "from": 9, "to": 1}]), (("columns", 0, "from"), "limit")),
    (ledger(columns=[{**ROLE, "options": []}]), (("columns", 0, "options"), "too-few")),
    (ledger(columns=[{**CUSTOMER, "group": "plan"}]), (("columns", 0, "group"), "group-unknown")),
    (ledger(columns=[CUSTOMER, {**CUSTOMER, "label": "Again"}]), (("columns", 1, "id"), "id-twice")),
    (
        ledger(columns=[DATE, MONTHS, {**CLASS, "bands": [{"label": "A"}, {"up_to": 1, "label": "B"}]}]),
        (("columns", 2, "bands", 0), "bands"),
    ),
    (ledger(rows={"least": 9, "most": 3}), (("rows", "least"), "limit")),
    (ledger(rows={"most": 61}), (("rows", "most"), "less_than_equal")),
    (ledger(given=[{"id": "g", "cells": {"costumer": "x"}}]), (("given", 0, "cells", "costumer"), "column-unknown")),
    (ledger(given=[{"id": "g", "cells": {"date": "tomorrow"}}]), (("given", 0, "cells", "date"), "cell")),
    (ledger(given=[{"id": "g", "cells": {"date": [1]}}]), (("given", 0, "cells", "date"), "cell")),
    (ledger(rule()), (("rules", 0), "rule-shape")),
    (ledger(rule(unique={"column": "role"}, length={"column": "role"})), (("rules", 0), "rule-shape")),
    (ledger(rule(sum={"column": "customer", "equals": 1})), (("rules", 0, "sum", "column"), "rule-misfit")),
    (ledger(rule(count={"column": "role"})), (("rules", 0, "count"), "rule-limit")),
    (ledger(rule(unique={"column": "nowhere"})), (("rules", 0, "unique"), "column-unknown")),
    (ledger(rule(id="rows", unique={"column": "role"})), (("rules", 0, "id"), "id-taken")),
    (ledger(keyed={"g1": {"role": "user"}}), (("keyed", "g1"), "row-unknown")),
    (with_given(keyed={"g1": {"customer": "Alpha"}}), (("keyed", "g1", "customer"), "key-given")),
    (with_given(marking=["rule"]), (("keyed",), "marking-misfit")),
    (ledger(model=[]), (("model",), "model-missing")),
    (ledger(model=[ROWS[0]]), (("model",), "model-fails")),
    (ledger(rule(sum={"column": "units", "equals": 99})), (("model",), "model-fails")),
]


@pytest.mark.parametrize(("head", "mistake"), MISTAKES, ids=[f"{place}-{code}" for _, (place, code) in MISTAKES])
def test_mistake_is_told_with_its_place(head: dict[str, Any], mistake: tuple[tuple[int | str, ...], str]) -> None:
    assert mistake in mistakes_in(head)


def test_sound_ledgers_have_no_mistake() -> None:
    assert [mistakes_in(head) for head in (ledger(), with_given())] == [set(), set()]


def test_parts_know_their_fields() -> None:
    kind: AnyKind = Ledger()
    spec = parse_spec(with_given())
    assert kind.fields_of_part(spec, "g1.units") == ("visits.g1.units",)
    assert set(kind.fields_of_part(spec, "rows")) == set(field_names(kind.sheet(spec)))
    ruled = parse_spec(ledger(rule(unique={"column": "customer"})))
    assert set(kind.fields_of_part(ruled, "kept")) == {f"visits.{n}.customer" for n in range(1, 7)}
