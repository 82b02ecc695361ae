"""Cards in the cells of a table: what is refused, read, earned and said."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

import pytest

from app.documents.blocks import NOTHING, Card, MatrixField, Place, plain
from app.documents.html import to_html
from app.documents.markdown import inline
from app.exercises import giveaways, grade_answer, kind_of, model_answer_of, parse_spec, read_answer
from app.exercises.kind import Part
from app.words import say
from tests.exercises.contract import PROMISES
from tests.exercises.samples import matrix, mistakes_in

CARDS = matrix()["cards"]


def parts(head: dict[str, Any], **cells: str) -> tuple[Part, ...]:
    spec = parse_spec(head)
    grade = grade_answer(spec, read_answer(spec, {f"cell.{card}": cell for card, cell in cells.items()}))
    assert grade is not None
    return grade.parts


def with_card(**over: Any) -> dict[str, Any]:
    """The first card changed."""
    return matrix(cards=[CARDS[0] | over, *CARDS[1:]])


@pytest.mark.parametrize("check", PROMISES, ids=lambda check: check.__name__.removeprefix("check_"))
def test_sample_keeps_the_promises_of_a_kind(check: Any) -> None:
    spec = parse_spec(matrix(cells=[{"row": "big", "column": "long", "label": "Board", "hint": "Once a year"}]))
    check(kind_of(spec), spec)


@pytest.mark.parametrize(
    ("cell", "points", "said"),
    [
        ("big.long", 2, "“Big × Long” is right. Five years."),
        ("big.short", 1, "“Big” is right; not “Short” but “Long”. Five years."),
        ("small.long", 1, "“Long” is right; not “Small” but “Big”. Five years."),
        ("small.short", 0, "Placed under “Small × Short”; it belongs under “Big × Long”. Five years."),
        ("", 0, "Left blank. It belongs under “Big × Long”. Five years."),
        ("long.big", 0, "“long.big” is not among the choices. It belongs under “Big × Long”. Five years."),
    ],
)
def test_row_and_column_earn_separately(cell: str, points: int, said: str) -> None:
    part = parts(matrix(), fleet=cell)[0]
    assert (part.earned, part.possible) == (Fraction(points), Fraction(2))
    assert part.in_words("en") == said


@pytest.mark.parametrize(
    ("weights", "cell", "points"),
    [
        ({"row": 3, "column": 1}, "big.short", Fraction(3, 2)),
        ({"row": 3, "column": 1}, "small.long", Fraction(1, 2)),
        ({"row": 1, "column": 1, "cell": 2}, "big.short", Fraction(1, 2)),
        ({"row": 1, "column": 1, "cell": 2}, "big.long", 2),
        ({"row": 0, "column": 0, "cell": 1}, "big.short", 0),
        ({"row": 0, "column": 0, "cell": 1}, "big.long", 2),
    ],
)
def test_weights_of_the_author_split_a_card(weights: dict[str, int], cell: str, points: Fraction) -> None:
    assert parts(matrix(weights=weights), fleet=cell)[0].earned == points


@pytest.mark.parametrize(
    ("cell", "points", "said"),
    [
        ("big.long", 2, "“Big × Long” is right."),
        ("small.short", 2, "“Small × Short” is right."),
        ("big.short", 1, "“Big” is right; not “Short” but “Long”."),
    ],
)
def test_accepted_cell_earns_as_much_and_the_nearest_counts(cell: str, points: int, said: str) -> None:
    head = with_card(accept=[{"row": "small", "column": "short"}])
    part = parts(head, fleet=cell)[0]
    assert part.earned == points
    assert part.in_words("en") == f"{said} Five years."


def test_points_of_a_card_come_out_of_the_whole() -> None:
    assert [part.possible for part in parts(with_card(points=4))] == [4, 1, 1]


def test_feedback_has_no_markup_and_is_said_in_chinese_too() -> None:
    (part, *_) = parts(matrix(), fleet="big.short")
    assert part.label == "All new"
    assert part.in_words("zh-CN") == "“Big”对了；不是“Short”，是“Long”。Five years."


def test_unknown_cell_is_named_with_its_field() -> None:
    spec = parse_spec(matrix())
    answer = read_answer(spec, {"cell.fleet": "big.big", "cell.soap": "small.short"})
    assert answer.unreadable == {"cell.fleet": say("“{typed}” is not among the choices.", typed="big.big")}


def test_sheet_has_a_cell_for_each_row_and_column() -> None:
    spec = parse_spec(matrix(corner="Size × type", cells=[{"row": "small", "column": "long", "label": "Rare"}]))
    assert kind_of(spec).sheet(spec) == (
        MatrixField(
            "cell",
            plain("Which cell does it belong to?"),
            (Card("fleet", inline("All *new*")), Card("soap", plain("Soap")), Card("games", plain("Games"))),
            (Place("big", plain("Big"), plain("Several")), Place("small", plain("Small"))),
            (Place("long", plain("Long")), Place("short", plain("Short"))),
            plain("Size × type"),
            (Place("small.long", plain("Rare"), NOTHING),),
        ),
    )


def test_page_shows_the_cell_that_was_chosen() -> None:
    spec = parse_spec(matrix())
    page = to_html(kind_of(spec).sheet(spec), model_answer_of(spec), language="en")
    assert page.count(" selected>") == 3
    assert '<option value="big.long" selected>Big × Long</option>' in page
    assert '<b class="num" data-count>3</b> / 3' in page
    blank = to_html(kind_of(spec).sheet(spec), {"cell.fleet": "nowhere"}, language="en")
    assert " selected>" not in blank
    assert '<b class="num" data-count>0</b> / 3' in blank


def test_read_only_page_says_where_each_card_lies() -> None:
    spec = parse_spec(matrix())
    page = to_html(kind_of(spec).sheet(spec), {"cell.soap": "small.short"}, language="en", readonly=True)
    assert page.count("Small × Short") == 1
    assert "Big × Long" not in page
    assert page.count("empty") == 2
    assert "<select" not in page


@pytest.mark.parametrize(
    ("head", "found"),
    [
        (with_card(row="huge"), {(("cards", 0, "row"), "row-unknown")}),
        (with_card(column="big"), {(("cards", 0, "column"), "column-unknown")}),
        (with_card(row=None), {(("cards", 0, "row"), "string_type")}),
        (
            with_card(accept=[{"row": "big", "column": "never"}]),
            {(("cards", 0, "accept", 0, "column"), "column-unknown")},
        ),
        (with_card(accept=[{"row": "big", "column": "long"}]), {(("cards", 0, "accept", 0), "accept-twice")}),
        (
            with_card(
                accept=[{"row": r, "column": c} for r, c in (("big", "short"), ("small", "long"), ("small", "short"))]
            ),
            {(("cards", 0, "accept"), "accept-all")},
        ),
        (matrix(cells=[{"row": "b", "column": "long", "label": "X"}]), {(("cells", 0, "row"), "row-unknown")}),
        (matrix(cells=[{"row": "big", "column": "long", "label": "X"}] * 2), {(("cells", 1), "cell-twice")}),
        (matrix(weights={"row": 0, "column": 0}), {(("weights",), "weights-zero")}),
        (matrix(weights={"row": -1}), {(("weights", "row"), "greater_than_equal")}),
        (matrix(marking=["rule"]), {(("marking", 0), "marking-misfit")}),
        (matrix(rows=[{"id": "big", "label": "Big"}]), {(("rows",), "too-few")}),
        (matrix(cards=CARDS[:1]), {(("cards",), "too-few")}),
        (matrix(columns=[{"id": "long", "label": "L"}] * 2), {(("columns", 1, "id"), "id-twice")}),
        (with_card(level="big"), {(("cards", 0, "level"), "extra_forbidden")}),
    ],
)
def test_mistake_is_told_with_its_place(head: dict[str, Any], found: set[Any]) -> None:
    assert found <= mistakes_in(head)
    assert {path for path, _ in mistakes_in(head)} - {path for path, _ in found} <= {
        ("cards", n, "column") for n in (1, 2)
    }


def test_sample_is_sound_and_gives_nothing_away() -> None:
    assert mistakes_in(matrix()) == set()
    assert list(giveaways(parse_spec(matrix()))) == []


def test_id_that_names_its_cell_is_told() -> None:
    assert list(giveaways(parse_spec(with_card(id="long-fleet")))) == [(("cards", 0, "id"), "long-fleet")]
