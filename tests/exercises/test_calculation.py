"""Quantities: tolerance, percent, traps, and what is said to each answer."""

from __future__ import annotations

from typing import Any

import pytest

from app.documents.blocks import NumberField, plain
from app.documents.markdown import inline
from app.exercises import grade_answer, kind_of, model_answer_of, parse_spec, read_answer
from app.words import say
from tests.exercises.samples import calculation, mistakes_in

UNREADABLE = "“{typed}” cannot be read as a number. Write it in figures, for example 1200 or 0.25."
RATE: dict[str, Any] = {"id": "rate", "label": "Rate", "answer": 20, "percent": True, "tolerance": 0.1}
SUPPLY: dict[str, Any] = {
    "id": "supply",
    "label": "Supply",
    "unit": "天",
    "answer": 24,
    "tolerance": "0.5",
    "why": "Six days a week.",
    "traps": [{"answer": 28, "say": "Seven days."}, {"answer": 4, "tolerance": "0", "say": "Weeks."}],
}


def outcome(quantity: dict[str, Any], typed: str) -> tuple[bool, str]:
    """Whether it is right, and what is said."""
    spec = parse_spec(calculation(quantity))
    grade = grade_answer(spec, read_answer(spec, {str(quantity["id"]): typed}))
    assert grade is not None
    return grade.earned == grade.possible == 1, grade.parts[0].in_words("en")


@pytest.mark.parametrize(
    ("typed", "right", "said"),
    [
        ("24", True, "Right. Six days a week."),
        ("24.5", True, "Right. Six days a week."),
        ("23.5 天", True, "Right. Six days a week."),
        ("24.51", False, "Not right. The answer is 24 天. Six days a week."),
        ("28", False, "Not right. The answer is 24 天. Seven days."),
        ("28.4", False, "Not right. The answer is 24 天. Seven days."),
        ("4", False, "Not right. The answer is 24 天. Weeks."),
        ("4.1", False, "Not right. The answer is 24 天. Six days a week."),
        ("", False, "Left blank. The answer is 24 天. Six days a week."),
        (
            "四五",
            False,
            UNREADABLE.format(typed="四五") + " The answer is 24 天. Six days a week.",
        ),
    ],
)
def test_answer_is_judged_within_the_tolerance(typed: str, right: bool, said: str) -> None:  # noqa: FBT001  (a table)
    assert outcome(SUPPLY, typed) == (right, said)


@pytest.mark.parametrize(("typed", "right"), [("20", True), ("20%", True), ("２０．１％", True), ("0.2", False)])
def test_percent_is_asked_in_percent(typed: str, right: bool) -> None:  # noqa: FBT001  (a table)
    assert outcome(RATE, typed)[0] == right


def test_fraction_instead_of_percent_is_told_so() -> None:
    assert outcome(RATE, "0.2")[1] == "Typed as a fraction; the question asks for percent. The answer is 20 %."


@pytest.mark.parametrize(
    ("typed", "right"), [("20", True), ("20%", True), ("0.2", True), ("0.2%", False), ("2", False)]
)
def test_fraction_counts_where_the_author_accepts_it(typed: str, right: bool) -> None:  # noqa: FBT001  (a table)
    assert outcome(RATE | {"accept": ["percent", "fraction"]}, typed)[0] == right


@pytest.mark.parametrize(("typed", "right"), [("0.2", True), ("20%", True), ("20", False)])
def test_fraction_alone_may_be_asked_for(typed: str, right: bool) -> None:  # noqa: FBT001  (a table)
    quantity = RATE | {"accept": ["fraction"]}
    assert outcome(quantity, typed)[0] == right
    assert model_answer_of(parse_spec(calculation(quantity))) == {"rate": "0.2"}


@pytest.mark.parametrize(
    ("typed", "right"), [("3.25", True), ("325%", True), ("325", False), ("3.26", True), ("3.3", False)]
)
def test_plain_number_may_be_typed_as_percent(typed: str, right: bool) -> None:  # noqa: FBT001  (a table)
    assert outcome({"id": "a", "label": "A", "answer": "13/4", "tolerance": "1 %"}, typed)[0] == right


def test_answer_that_never_ends_in_decimals_is_exact() -> None:
    third = {"id": "a", "label": "A", "answer": "1/3"}
    assert outcome(third, "1/3")[0]
    assert not outcome(third, "0.333")[0]
    assert outcome(third | {"tolerance": 0.005}, "0.333")[0]


def test_sheet_shows_label_unit_and_hint() -> None:
    spec = parse_spec(calculation(SUPPLY, RATE | {"hint": "In **percent**"}))
    assert kind_of(spec).sheet(spec) == (
        NumberField("supply", plain("Supply"), "天"),
        NumberField("rate", plain("Rate"), "%", inline("In **percent**")),
    )


def test_unreadable_number_is_named_with_its_field() -> None:
    spec = parse_spec(calculation(SUPPLY))
    assert read_answer(spec, {"supply": "many"}).unreadable == {"supply": say(UNREADABLE, typed="many")}


@pytest.mark.parametrize(
    ("over", "found"),
    [
        ({"answer": "many"}, {(("quantities", 0, "answer"), "number")}),
        ({"tolerance": -1}, {(("quantities", 0, "tolerance"), "tolerance")}),
        ({"tolerance": "some"}, {(("quantities", 0, "tolerance"), "tolerance")}),
        ({"answer": 28}, {(("quantities", 0, "traps", 0, "answer"), "trap-is-right")}),
        ({"accept": ["fraction"]}, {(("quantities", 0, "accept"), "accept-misfit")}),
        ({"accept": []}, {(("quantities", 0, "accept"), "too-few")}),
        ({"points": 0}, {(("quantities", 0, "points"), "greater_than")}),
        ({"unti": "天"}, {(("quantities", 0, "unti"), "extra_forbidden")}),
    ],
)
def test_mistake_is_told_with_its_place(over: dict[str, Any], found: set[Any]) -> None:
    assert mistakes_in(calculation(SUPPLY | over)) == found


def test_calculation_is_not_marked_by_rule() -> None:
    assert mistakes_in(calculation(marking=["rule"])) == {(("marking", 0), "marking-misfit")}
