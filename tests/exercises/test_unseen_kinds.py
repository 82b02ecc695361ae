"""Answers to exercises that nobody has seen, and the points worked out by hand: exact, kind by kind."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

import pytest

from app.exercises import grade_answer, parse_spec, read_answer, remarks_on
from app.exercises.contacts import read_address, read_phone
from app.exercises.dates import read_date
from app.exercises.numbers import Typed, read_number
from app.words import Sentence, in_words
from tests.exercises.samples import mistakes_in

F = Fraction
Form = dict[str, str]


def earned(head: dict[str, Any], form: Form) -> tuple[F, ...]:
    """The points of each part, in the order in which they are told."""
    spec = parse_spec(head)
    grade = grade_answer(spec, read_answer(spec, form))
    assert grade is not None
    assert grade.possible == spec.key_points  # to the last fraction
    return tuple(part.earned for part in grade.parts)


def option(name: str, *, correct: bool = False) -> dict[str, Any]:
    return {"id": name, "text": name.upper(), "correct": correct}


CHOICE: dict[str, Any] = {
    "kind": "choice",
    "title": "Seven points in three questions",
    "minutes": 5,
    "points": 7,
    "questions": [
        {"id": "one", "text": "One", "options": [option("a"), option("b", correct=True), option("c")]},
        {
            "id": "three",
            "text": "Three of five",
            "several": True,
            "points": 3,
            "options": [*(option(name, correct=True) for name in "abc"), option("d"), option("e")],
        },
        {
            "id": "whole",
            "text": "All or nothing",
            "several": True,
            "credit": "all",
            "options": [option("a", correct=True), option("b", correct=True), option("c")],
        },
    ],
}
"""The first and the last question share 7 − 3 = 4 points."""


def ticks(**chosen: str) -> Form:
    """Options by letter: one="b", three="abd"."""
    several = {f"{name}.{letter}": "yes" for name in ("three", "whole") for letter in chosen.get(name, "")}
    return {"one": chosen["one"], **several} if "one" in chosen else several


@pytest.mark.parametrize(
    ("form", "points"),
    [
        (ticks(), (0, 0, 0)),
        (ticks(one="b", three="abc", whole="ab"), (2, 3, 2)),
        (ticks(one="a", three="a", whole="a"), (0, 1, 0)),
        (ticks(one="b", three="ab", whole="abc"), (2, 2, 0)),
        (ticks(three="abcd"), (0, 2, 0)),
        (ticks(three="abcde"), (0, 1, 0)),
        (ticks(three="abd"), (0, 1, 0)),
        (ticks(three="ad"), (0, 0, 0)),
        (ticks(three="ade"), (0, 0, 0)),
        ({"one": "B"}, (0, 0, 0)),  # not as the sheet has it
        ({"one": " b \n"}, (2, 0, 0)),
        ({"one": "b", "one.a": "yes", "three.z": "yes"}, (2, 0, 0)),  # what the sheet does not have is nothing
        ({"three.a": "on", "three.b": "yes"}, (0, 1, 0)),
    ],
)
def test_choices(form: Form, points: tuple[F, ...]) -> None:
    assert earned(CHOICE, form) == points


MATRIX: dict[str, Any] = {
    "kind": "matrix",
    "title": "Row one, column two, both at once three",
    "minutes": 5,
    "points": 13,
    "weights": {"row": 1, "column": 2, "cell": 3},
    "rows": [{"id": "big", "label": "Big"}, {"id": "small", "label": "Small"}],
    "columns": [{"id": "long", "label": "Long"}, {"id": "short", "label": "Short"}, {"id": "never", "label": "Never"}],
    "cards": [
        {"id": "fleet", "text": "Fleet", "row": "big", "column": "long"},
        {
            "id": "soap",
            "text": "Soap",
            "row": "small",
            "column": "short",
            "accept": [{"row": "big", "column": "never"}],
        },
        {"id": "lamp", "text": "Lamp", "row": "small", "column": "long", "points": 1},
    ],
}
"""Six points each for the first two cards, one for the third."""


@pytest.mark.parametrize(
    ("cells", "points"),
    [
        ({"fleet": "big.long", "soap": "small.short", "lamp": "small.long"}, (6, 6, 1)),
        ({"fleet": "big.short", "soap": "big.never", "lamp": "big.long"}, (1, 6, F(1, 3))),
        ({"fleet": "small.long", "soap": "small.never", "lamp": "small.never"}, (2, 2, F(1, 6))),
        ({"fleet": "small.never", "soap": "big.short", "lamp": "big.never"}, (0, 2, 0)),
        ({"soap": "small.long"}, (0, 1, 0)),  # its row only
        ({"soap": "big.long"}, (0, 1, 0)),  # the row of the cell that is accepted
        ({"fleet": "big", "soap": "short", "lamp": "small.long.x"}, (0, 0, 0)),
        ({"fleet": "long.big", "soap": "big.nowhere"}, (0, 0, 0)),
    ],
)
def test_matrices(cells: Form, points: tuple[F, ...]) -> None:
    assert earned(MATRIX, {f"cell.{card}": cell for card, cell in cells.items()}) == points


ORDER: dict[str, Any] = {
    "kind": "ordering",
    "title": "Five, two of them alike",
    "minutes": 5,
    "points": 9,
    "items": [{"id": name, "text": name.title()} for name in ("offer", "greet", "thank", "ask", "look")],
    "order": ["greet", "ask", "look", "offer", "thank"],
    "may_swap": [["ask", "look"]],
}
"""Ten pairs but for the one that may swap: nine, a point each, one half to either item."""


def numbered(*names: str) -> Form:
    return {f"place.{name}": str(number) for number, name in enumerate(names, start=1)}


@pytest.mark.parametrize(
    ("form", "total"),
    [
        (numbered("greet", "ask", "look", "offer", "thank"), 9),
        (numbered("greet", "look", "ask", "offer", "thank"), 9),
        (numbered("ask", "greet", "look", "offer", "thank"), 8),
        (numbered("greet", "ask", "offer", "look", "thank"), 8),
        (numbered("thank", "greet", "ask", "look", "offer"), 5),  # the last one first: four pairs
        (numbered("thank", "offer", "look", "ask", "greet"), 0),
        (numbered("greet", "ask", "look"), 2),  # greet before both; ask and look do not count
        ({"place.greet": "1", "place.thank": "5"}, 1),
        ({"place.greet": "2", "place.thank": "2"}, 0),  # one number at two items: both count as blank
        ({"place.greet": "１", "place.ask": " 2 ", "place.offer": "4", "place.thank": "4"}, 1),
        ({"place.greet": "0", "place.ask": "6", "place.look": "2.0", "place.offer": "-1", "place.thank": "一"}, 0),
        ({}, 0),
    ],
)
def test_orders(form: Form, total: F) -> None:
    assert sum(earned(ORDER, form)) == total
    assert sum(earned(ORDER | {"credit": "exact"}, form)) == (9 if total == 9 else 0)


FORM: dict[str, Any] = {
    "kind": "form",
    "title": "Ten points",
    "minutes": 5,
    "points": 10,
    "marking": "rule",
    "groups": [
        {
            "id": "all",
            "title": "All",
            "fields": [
                {"id": "vans", "label": "Vans", "type": "number", "unit": "辆", "integer": True, "required": True,
                 "min": 1, "max": 99, "example": 14},
                {"id": "first", "label": "First", "type": "date", "required": True, "example": "2026-03-05"},
                {"id": "last", "label": "Last", "type": "date", "example": "2026-04-05"},
                {"id": "plate", "label": "Plate", "pattern": ["字A99999"], "pattern_says": "As on the car.",
                 "required": True, "points": 2, "example": "江A12345"},
                {"id": "owns", "label": "Owns", "type": "choice", "example": "yes",
                 "options": [{"id": "yes", "text": "Yes"}, {"id": "no", "text": "No"}]},
                {"id": "brand", "label": "Brand", "example": "Q"},
                {"id": "model", "label": "Model", "example": "R"},
                {"id": "size", "label": "Size", "example": "S"},
            ],
        }
    ],
    "rules": [
        {"compare": ["first", "<", "last"]},
        {"if": {"field": "owns", "is": "yes"}, "require": ["brand", "model", "size"], "points": 3},
        {"at_least": 2, "of": ["brand", "model", "size"]},
        {"expect": {"field": "vans", "is": [14, 15]}},
    ],
}  # fmt: skip
"""Parts: vans, first, plate (2), then the four rules (the second 3); the other five share 10 − 5: one each."""


@pytest.mark.parametrize(
    ("form", "points"),
    [
        ({}, (0, 0, 0, 0, 0, 0, 0)),
        (
            {"vans": "１４辆", "first": "2026/3/5", "last": "二〇二六年四月五日", "plate": "江ａ12345", "owns": "yes"},
            (1, 1, 2, 1, 0, 0, 1),
        ),
        ({"owns": "yes", "brand": "Q"}, (0, 0, 0, 0, 1, F(1, 2), 0)),
        ({"owns": "yes", "brand": "Q", "size": "S"}, (0, 0, 0, 0, 2, 1, 0)),
        ({"owns": "no"}, (0, 0, 0, 0, 3, 0, 0)),  # nothing is asked for then
        ({"brand": "Q", "model": "R", "size": "S"}, (0, 0, 0, 0, 0, 1, 0)),  # whether there are any was left open
        ({"vans": "十五"}, (1, 0, 0, 0, 0, 0, 1)),
        ({"vans": "16 台"}, (1, 0, 0, 0, 0, 0, 0)),
        ({"vans": "约 14"}, (0, 0, 0, 0, 0, 0, 0)),
        ({"vans": "14.5"}, (0, 0, 0, 0, 0, 0, 0)),
        ({"vans": "0"}, (0, 0, 0, 0, 0, 0, 0)),
        ({"vans": "100"}, (0, 0, 0, 0, 0, 0, 0)),
        ({"first": "2026-04-05", "last": "2026-04-05"}, (0, 1, 0, 0, 0, 0, 0)),
        ({"first": "2026-02-30", "last": "2026-04-05"}, (0, 0, 0, 0, 0, 0, 0)),
        ({"first": "March 5, 2026", "last": "5 April 2026"}, (0, 1, 0, 1, 0, 0, 0)),
        ({"plate": "江AB2345"}, (0, 0, 0, 0, 0, 0, 0)),
        ({"plate": "江Ａ１２３４５"}, (0, 0, 2, 0, 0, 0, 0)),
        ({"owns": "maybe", "brand": " ", "model": "\u3000"}, (0, 0, 0, 0, 0, 0, 0)),
    ],
)
def test_forms(form: Form, points: tuple[F, ...]) -> None:
    assert earned(FORM, form) == points


@pytest.mark.parametrize(
    ("typed", "value"),
    [
        *(
            ("３台", 3),
            ("3 部", 3),
            ("14 辆车", 14),
            ("14辆。", 14),
            ("十二", 12),
            ("一百二十輛", 120),
            ("兩百零五", 205),
        ),
        *(("壹佰", 100), ("〇", 0), ("一万零五", 10005), ("十五万", 150_000)),
    ],
)
def test_a_count_is_read_as_people_write_it(typed: str, value: int) -> None:
    assert read_number(typed, "辆") == Typed(F(value))


def test_traditional_characters_are_read_like_simplified_ones() -> None:
    assert (read_number("1.2萬", "元"), read_number("3億")) == (Typed(F(12_000)), Typed(F(300_000_000)))
    assert read_number("兩百臺", "台") == Typed(F(200))


@pytest.mark.parametrize(
    ("typed", "figure"),
    [("约 30", "30"), ("大约３０辆", "30"), ("30左右", "30"), ("共 14 辆", "14"), ("三十多", "30"), ("-5 天", "-5")],
)
def test_what_says_more_than_a_number_is_told_which_figure_to_write(typed: str, figure: str) -> None:
    why = read_number(typed, "辆")
    assert isinstance(why, Sentence)
    assert in_words(why, "en") == f"“{typed}” says more than a number. Write the figure alone, such as {figure}."
    assert in_words(why, "zh-CN").endswith(f"例如 {figure}。")


@pytest.mark.parametrize("typed", ["一千二", "一百十", "一二", "零零", "万", "10-12", "10~12", "三四辆", "30+", "①辆"])
def test_what_could_mean_several_numbers_is_none(typed: str) -> None:
    assert isinstance(read_number(typed, "辆"), Sentence)


@pytest.mark.parametrize(
    "typed",
    [
        *("2026年3月5號", "二〇二六年三月五日", "2026.03.05.", "2026、3、5", "2026，3，5", "2026。3。5", "2026 03 05"),
        *("2026-03-05 星期四", "2026/3/5（周四）", "2026年3月5日 週四"),
        *("March 5, 2026", "Mar. 5 2026", "5 March 2026", "5th Mar 2026", "5. march 2026"),
    ],
)
def test_a_date_is_read_as_people_write_it(typed: str) -> None:
    assert read_date(typed) == "2026-03-05"


@pytest.mark.parametrize(
    "typed", ["5/3/2026", "26-3-5", "2026-3", "三月五日", "Marble 5, 2026x", "今天", "2026-03-05 - 06"]
)
def test_half_a_date_is_none(typed: str) -> None:
    assert isinstance(read_date(typed), Sentence)


@pytest.mark.parametrize(
    "typed",
    [
        *("86 13800138000", "0049 30 1234567", "+86 10 6234 5678", "tel:+86-10-62345678", "电话：13800138000"),
        *("（０１０）６２３４５６７８", "0800-5550136 转 8", "+852 2345 6789"),
    ],
)
def test_a_telephone_number_is_read_as_people_write_it(typed: str) -> None:
    assert isinstance(read_phone(typed), str)


@pytest.mark.parametrize("typed", ["62345678", "138****8000", "无", "110", "13800138000/13900139000", "86 1380013800"])
def test_what_nobody_can_ring_is_no_telephone_number(typed: str) -> None:
    assert isinstance(read_phone(typed), Sentence)


@pytest.mark.parametrize("typed", ["mailto:a@b.com", "<a@b.com>", "a@b.com。", "ａ@ｂ.ｃｏｍ"])
def test_an_address_comes_without_what_surrounds_it(typed: str) -> None:
    assert read_address(typed) == "a@b.com"


def feedback(head: dict[str, Any], form: Form) -> dict[str, str]:
    spec = parse_spec(head)
    grade = grade_answer(spec, read_answer(spec, form))
    assert grade is not None
    return {part.id: part.in_words("en") for part in grade.parts}


def test_a_rule_says_of_what_cannot_be_read_that_it_cannot_be_read() -> None:
    """Not that it is missing: something does stand there."""
    said = feedback(FORM, {"vans": "约 14", "first": "soon"})
    assert said["rule-4"] == "“约 14” says more than a number. Write the figure alone, such as 14."
    assert said["rule-1"] == "“soon” cannot be read as a date. Write it like 2026-03-05. Missing: Last."
    assert feedback(FORM, {})["rule-1"] == "Missing: First, Last."


@pytest.mark.parametrize("typed", ["0800-5550136", "（0800）５５５０１３６", "+86 800 555 0136", "0086 0800 5550136"])
def test_a_telephone_number_is_right_in_any_spelling(typed: str) -> None:
    phone = {"id": "phone", "label": "Phone", "type": "phone", "example": "0800-5550136"}
    head = FORM | {
        "points": 1,
        "groups": [{"id": "all", "title": "All", "fields": [phone]}],
        "rules": [{"expect": {"field": "phone", "is": "0800-5550136"}}],
    }
    assert sum(earned(head, {"phone": typed})) == 1
    assert sum(earned(head, {"phone": "0800-5550119"})) == 0


def test_trainers_are_given_what_is_told_to_whoever_missed_something() -> None:
    asked = CHOICE["questions"][0]
    options = [{**asked["options"][0], "why": "Too *early*."}, *asked["options"][1:]]
    assert remarks_on(parse_spec(CHOICE | {"questions": [asked | {"options": options}], "points": 1})) == {
        "one": (("A", "Too *early*."),)
    }
    rules = [{"compare": ["first", "<", "last"], "says": "Later."}]
    assert remarks_on(parse_spec(FORM | {"rules": rules, "points": 5})) == {"rule-1": (("", "Later."),)}
    assert remarks_on(parse_spec(ORDER)) == {}


def with_field(**over: Any) -> dict[str, Any]:
    """The form with its second field changed."""
    group = FORM["groups"][0]
    fields = [field | over if field["id"] == "plate" else field for field in group["fields"]]
    return FORM | {"groups": [group | {"fields": fields}]}


def with_rule(**rule: Any) -> dict[str, Any]:
    return FORM | {"rules": [rule], "points": 5}


FIELD = ("groups", 0, "fields", 3)


@pytest.mark.parametrize(
    ("head", "found"),
    [
        (with_field(pattern=[r"^\w{2}$"]), {((*FIELD, "pattern"), "pattern-expression")}),
        (with_field(pattern=["[0-9]9"]), {((*FIELD, "pattern"), "pattern-expression")}),
        (with_rule(compare=["first", "<=", "first"]), {(("rules", 0, "compare", 2), "compare-misfit")}),
        (with_rule(at_least=2, of=["brand", "brand"]), {(("rules", 0, "of"), "name-twice")}),
        (
            with_rule(**{"if": {"field": "owns", "is": "yes"}, "require": ["size", "size"]}),
            {(("rules", 0, "require"), "name-twice")},
        ),
        (MATRIX | {"rows": [{"id": "big", "label": "B"}, {"id": "small", "label": "*B*"}]},
         {(("rows", 1, "label"), "text-twice")}),
        (ORDER | {"items": [*ORDER["items"][:4], {"id": "look", "text": "Ask"}]},
         {(("items", 4, "text"), "text-twice")}),
        (CHOICE | {"questions": [CHOICE["questions"][0] | {"id": "who-b"}], "points": 1},
         {(("questions", 0, "id"), "id-gives-key-away")}),
    ],
)  # fmt: skip
def test_slips_that_would_make_an_exercise_unfair_are_told(head: dict[str, Any], found: set[Any]) -> None:
    assert mistakes_in(head) == found
