"""Cards on levels, and rows to write in: what is refused, read and earned."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

import pytest

from app.documents.blocks import Card, Column, GridField, GridRow, Place, PlacementField, plain
from app.exercises import grade_answer, kind_of, model_answer_of, parse_spec, read_answer
from app.words import say
from tests.exercises.samples import hierarchy, mistakes_in, own_hierarchy

UNTICKED = [
    {"id": "brakes", "text": "Brakes", "level": "must"},
    {"id": "colour", "text": "Colour", "level": "nice"},
]


def earned(head: dict[str, Any], form: dict[str, str]) -> list[Fraction]:
    spec = parse_spec(head)
    grade = grade_answer(spec, read_answer(spec, form))
    assert grade is not None
    return [part.earned for part in grade.parts]


@pytest.mark.parametrize(
    ("form", "points"),
    [
        ({}, [0, 0, 0]),
        ({"level.brakes": "must", "sales_related.brakes": "yes"}, [3, 0, 0]),
        ({"level.brakes": "must"}, [2, 0, 0]),
        ({"level.brakes": "nice", "sales_related.brakes": "yes"}, [1, 0, 0]),
        ({"sales_related.brakes": "yes"}, [1, 0, 0]),
        ({"level.canteen": "nice"}, [0, 0, 3]),
        ({"level.canteen": "nice", "sales_related.canteen": "yes"}, [0, 0, 2]),
        ({"level.canteen": "must"}, [0, 0, 1]),
        ({"sales_related.canteen": "yes"}, [0, 0, 0]),
    ],
)
def test_level_and_tick_earn_separately(form: dict[str, str], points: list[int]) -> None:
    assert earned(hierarchy(), form) == points


def test_weights_of_the_author_split_an_item() -> None:
    head = hierarchy(weights={"level": 1, "tick": 1})
    assert earned(head, {"level.brakes": "must"}) == [Fraction(3, 2), 0, 0]


def test_level_earns_all_where_nothing_is_ticked() -> None:
    head = hierarchy(items=UNTICKED)
    del head["tick"]
    spec = parse_spec(head)
    (board,) = kind_of(spec).sheet(spec)
    assert isinstance(board, PlacementField)
    assert board.tick_name == ""
    assert earned(head, {"level.brakes": "must"}) == [Fraction(9, 2), 0]


def test_items_may_state_their_points() -> None:
    items = [{**UNTICKED[0], "points": 6}, UNTICKED[1]]
    head = hierarchy(items=items, tick="")
    assert earned(head, {"level.brakes": "must", "level.colour": "nice"}) == [6, 3]


def test_feedback_says_what_was_chosen_and_why() -> None:
    spec = parse_spec(hierarchy())
    form = {"level.brakes": "nice", "level.canteen": "nice", "sales_related.canteen": "yes"}
    grade = grade_answer(spec, read_answer(spec, form))
    assert grade is not None
    assert [part.in_words("en") for part in grade.parts] == [
        "Placed under “Nice”; it belongs under “Must”. “Sells” should be ticked. Law.",
        "Left blank.",
        "“Nice” is right. “Sells” should not be ticked.",
    ]
    assert grade.parts[0].in_words("zh-CN") == "放在了“Nice”，应放在“Must”。“Sells”应该勾上。Law."


def test_unknown_place_and_odd_tick_are_named_and_count_as_blank() -> None:
    spec = parse_spec(hierarchy())
    answer = read_answer(spec, {"level.brakes": "roof", "sales_related.brakes": "maybe", "level.colour": " nice "})
    assert answer.unreadable == {
        "level.brakes": say("“{typed}” is not among the choices.", typed="roof"),
        "sales_related.brakes": say("“{typed}” is not among the choices.", typed="maybe"),
    }
    assert model_answer_of(spec)["level.colour"] == "nice"
    assert answer.model_dump()["levels"] == {"brakes": "", "colour": "nice", "canteen": ""}


def test_sheet_of_items_is_a_board_of_cards() -> None:
    spec = parse_spec(hierarchy(prompt="Where?"))
    assert kind_of(spec).sheet(spec) == (
        PlacementField(
            "level",
            plain("Where?"),
            tuple(Card(name, plain(name.title())) for name in ("brakes", "colour", "canteen")),
            (Place("must", plain("Must")), Place("nice", plain("Nice"))),
            tick_name="sales_related",
            tick=plain("Sells"),
        ),
    )


def test_sheet_of_rows_is_a_grid_for_each_level() -> None:
    spec = parse_spec(own_hierarchy(prompt="Need"))
    columns = (Column("text", plain("Need"), width=5), Column("sales_related", plain("Sells"), "tick"))
    rows = (GridRow("1", plain("1")), GridRow("2", plain("2")))
    assert kind_of(spec).sheet(spec) == (
        GridField("must", plain("Must"), plain("#"), columns, rows),
        GridField("nice", plain("Nice"), plain("#"), columns, rows),
    )


@pytest.mark.parametrize(
    ("form", "points"),
    [
        ({}, [0, 0, 0]),
        ({"must.1.text": "Safe"}, [1, 0, 0]),
        ({"must.2.text": "Safe", "must.2.sales_related": "yes"}, [1, 0, 1]),
        ({"must.1.sales_related": "yes"}, [0, 0, 0]),
        ({"must.1.text": "  ", "nice.1.text": "Red", "nice.2.text": "Blue"}, [0, 1, 0]),
    ],
)
def test_rule_counts_what_is_written_and_ticked(form: dict[str, str], points: list[int]) -> None:
    assert earned(own_hierarchy(), form) == points


def test_rule_gives_part_of_the_points_for_part_of_the_rows() -> None:
    example = {"text": "Short"}
    levels = [{"id": name, "label": name, "examples": [example] * 2} for name in ("must", "nice")]
    head = own_hierarchy(levels=levels, rule={"per_level": 2, "ticked": 0}, points=4)
    spec = parse_spec(head)
    grade = grade_answer(spec, read_answer(spec, {"must.1.text": "Safe"}))
    assert grade is not None
    assert [(part.earned, part.possible, part.in_words("en")) for part in grade.parts] == [
        (Fraction(1), Fraction(2), "Written: 1, asked for: 2."),
        (Fraction(0), Fraction(2), "Written: 0, asked for: 2."),
    ]


@pytest.mark.parametrize(
    ("head", "found"),
    [
        (hierarchy(items=[], rows=0), {(("items",), "items-or-rows"), (("marking",), "marking-nothing")}),
        (own_hierarchy(items=hierarchy()["items"], points=9), {(("items",), "items-or-rows")}),
        (hierarchy(rule={}), {(("rule",), "rule-without-rows")}),
        (hierarchy(marking=["rule"]), {(("marking", 0), "marking-misfit")}),
        (hierarchy(weights={"level": 0, "tick": 0}), {(("weights",), "weights-zero")}),
        (hierarchy(weights={"level": -1}), {(("weights", "level"), "greater_than_equal")}),
        (hierarchy(levels=[{"id": "must", "label": "Must"}]), {(("levels",), "too-few")}),
        (hierarchy(items=UNTICKED), {(("items", 0), "tick-missing"), (("items", 1), "tick-missing")}),
        (
            hierarchy(tick="", items=[{**UNTICKED[0], "level": "mast"}, UNTICKED[1]]),
            {(("items", 0, "level"), "level-unknown")},
        ),
        (hierarchy(tick="", items=[UNTICKED[0], UNTICKED[0]]), {(("items", 1, "id"), "id-twice")}),
        (
            hierarchy(items=[{"id": "brakes", "text": "x"}]),
            {(("items", 0, "level"), "missing")},
        ),
        (
            own_hierarchy(rule={"per_level": 2}),
            {(("levels", 0), "examples-count"), (("levels", 1), "examples-count")},
        ),
        (own_hierarchy(rule={"ticked": 3}), {(("rule", "ticked"), "examples-ticked")}),
        (own_hierarchy(marking=["key"]), {(("marking", 0), "marking-misfit")}),
        (own_hierarchy(rule=None), {(("marking",), "marking-nothing")}),
    ],
)
def test_mistake_is_told_with_its_place(head: dict[str, Any], found: set[Any]) -> None:
    assert mistakes_in(head) == found
