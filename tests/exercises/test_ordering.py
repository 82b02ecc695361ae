"""Items in order: what is refused, read, earned by pairs, and said."""

from __future__ import annotations

from fractions import Fraction
from itertools import permutations
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.documents.blocks import Card, OrderField, plain
from app.documents.html import to_html
from app.documents.markdown import inline
from app.exercises import grade_answer, kind_of, model_answer_of, parse_spec, read_answer
from app.exercises.kind import Grade
from app.words import Sentence, say
from tests.exercises.contract import PROMISES
from tests.exercises.samples import mistakes_in, ordering

NAMES = ("greet", "ask", "offer", "thank")
SWAPS = [["ask", "offer"]]
ITEMS = ordering()["items"]


def graded(head: dict[str, Any], *numbered: str, **typed: str) -> Grade:
    """With items numbered from 1, or with numbers by name."""
    spec = parse_spec(head)
    form = {f"place.{name}": str(number) for number, name in enumerate(numbered, start=1)}
    grade = grade_answer(spec, read_answer(spec, form | {f"place.{name}": text for name, text in typed.items()}))
    assert grade is not None
    return grade


def said(grade: Grade) -> dict[str, str]:
    return {part.id: part.in_words("en") for part in grade.parts}


def pairs_right(order: tuple[str, ...], key: tuple[str, ...]) -> int:
    """Counted in another way than the kind does."""
    inversions = sum(
        key.index(order[i]) > key.index(order[j]) for i in range(len(order)) for j in range(i + 1, len(order))
    )
    return len(order) * (len(order) - 1) // 2 - inversions


@pytest.mark.parametrize("check", PROMISES, ids=lambda check: check.__name__.removeprefix("check_"))
@pytest.mark.parametrize("head", [ordering(), ordering(may_swap=SWAPS), ordering(credit="exact")])
def test_samples_keep_the_promises_of_a_kind(head: dict[str, Any], check: Any) -> None:
    spec = parse_spec(head)
    check(kind_of(spec), spec)


@pytest.mark.parametrize("order", tuple(permutations(NAMES)), ids="-".join)
def test_every_order_earns_its_pairs(order: tuple[str, ...]) -> None:
    grade = graded(ordering(), *order)
    assert grade.earned == pairs_right(order, NAMES)
    assert grade.possible == 6


@pytest.mark.parametrize(
    ("order", "points"),
    [
        (("greet", "ask", "offer", "thank"), 6),
        (("greet", "offer", "ask", "thank"), 6),
        (("ask", "greet", "offer", "thank"), Fraction(24, 5)),
        (("thank", "offer", "ask", "greet"), 0),
    ],
)
def test_pairs_that_may_swap_do_not_count(order: tuple[str, ...], points: Fraction) -> None:
    assert graded(ordering(may_swap=SWAPS), *order).earned == points


@pytest.mark.parametrize(("order", "points"), [(NAMES, 6), (("ask", "greet", "offer", "thank"), 0)])
def test_exact_credit_is_for_the_whole(order: tuple[str, ...], points: int) -> None:
    assert graded(ordering(credit="exact"), *order).earned == points


def test_exact_credit_says_why_there_are_no_points() -> None:
    words = said(graded(ordering(credit="exact"), "greet", "ask", "thank", "offer"))
    assert words["greet"] == "In the right order. The points are for the whole order only."


def test_number_without_the_others_makes_no_pair() -> None:
    assert graded(ordering(), greet="1").earned == 0
    assert graded(ordering(), greet="1", thank="2").earned == 1
    assert graded(ordering(), greet="1", ask="2", offer="4").earned == 3


def test_gaps_between_numbers_mean_nothing() -> None:
    assert graded(ordering(), greet="1", ask="3", thank="4").earned == 3


def test_feedback_names_what_to_move() -> None:
    assert said(graded(ordering(), "thank", "greet", "ask", "offer")) == {
        "greet": "Right in itself; on the wrong side of it: “Thank”.",
        "ask": "Right in itself; on the wrong side of it: “Thank”. After a greeting.",
        "offer": "Right in itself; on the wrong side of it: “Thank”.",
        "thank": "Too early: it comes after “Offer”.",
    }
    assert said(graded(ordering(), "ask", "offer", "thank", "greet"))["greet"] == "Too late: it comes before “Ask”."
    assert set(said(graded(ordering(), *NAMES)).values()) == {
        "In the right order.",
        "In the right order. After a greeting.",
    }


def test_feedback_names_long_items_by_their_beginning() -> None:
    long = [item | {"text": item["text"] + " the person who came in"} for item in ITEMS]
    assert said(graded(ordering(items=long), "thank", "greet", "ask", "offer"))["thank"] == (
        "Too early: it comes after “Offer the person who ca…”."
    )


def test_feedback_names_items_by_their_titles() -> None:
    titled = [item | {"text": f"**{item['text']}**: all that follows"} for item in ITEMS]
    assert said(graded(ordering(items=titled), "thank", "greet", "ask", "offer"))["greet"] == (
        "Right in itself; on the wrong side of it: “Thank”."
    )
    alike = [item | {"text": f"Then: {item['text']}"} for item in ITEMS]
    assert "“Then: Thank”" in said(graded(ordering(items=alike), "thank", "greet", "ask", "offer"))["greet"]


def test_feedback_says_where_the_unplaced_belong() -> None:
    assert said(graded(ordering(), ask="2", offer="2", thank="x")) == {
        "greet": "Left blank. It comes first.",
        "ask": "The number 2 stands at several items. It comes after “Greet”. After a greeting.",
        "offer": "The number 2 stands at several items. It comes after “Ask”.",
        "thank": "Here goes a whole number from 1 to 4. It comes after “Offer”.",
    }
    assert said(graded(ordering(), greet="1"))["greet"] == "In the right order among what has a number."


@pytest.mark.parametrize("typed", ["0", "5", "1.5", "-1", "一", "½", "9" * 50, "1 2"])
def test_what_is_no_number_of_a_place_is_named(typed: str) -> None:
    answer = read_answer(parse_spec(ordering()), {"place.ask": typed})
    assert answer.unreadable == {"place.ask": say("Here goes a whole number from 1 to {most}.", most=4)}


@pytest.mark.parametrize("typed", ["2", " 2 ", "２"])
def test_number_is_read_as_typed(typed: str) -> None:
    answer = read_answer(parse_spec(ordering()), {"place.ask": typed})
    assert (answer.model_dump()["places"], answer.unreadable) == ({"ask": 2}, {})


def test_number_that_stands_twice_counts_for_neither() -> None:
    answer = read_answer(parse_spec(ordering()), {"place.ask": "2", "place.offer": "２", "place.greet": "1"})
    twice: Sentence = say("The number {number} stands at several items.", number=2)
    assert answer.unreadable == {"place.ask": twice, "place.offer": twice}
    assert answer.model_dump()["places"] == {"greet": 1}


@given(st.permutations(NAMES), st.sampled_from(["pairs", "exact"]), st.booleans())
def test_a_pair_put_right_never_costs(order: list[str], credit: str, swaps: bool) -> None:  # noqa: FBT001 (drawn)
    """Two neighbours that stand the wrong way round, changed: the whole grade grows, or stays."""
    head = ordering(credit=credit, may_swap=SWAPS if swaps else [])
    before = graded(head, *order).earned
    for place in range(3):
        if NAMES.index(order[place]) > NAMES.index(order[place + 1]):
            better = [*order]
            better[place], better[place + 1] = order[place + 1], order[place]
            assert graded(head, *better).earned >= before


def test_sheet_has_the_items_as_they_were_written() -> None:
    spec = parse_spec(ordering(prompt="First to last"))
    cards = (Card("ask", plain("Ask")), Card("thank", plain("Thank")), Card("greet", inline("*Greet*")))
    assert kind_of(spec).sheet(spec) == (
        OrderField("place", plain("First to last"), (*cards, Card("offer", plain("Offer")))),
    )


def test_page_has_no_number_until_there_is_one() -> None:
    spec = parse_spec(ordering())
    assert " selected" not in to_html(kind_of(spec).sheet(spec), {"place.ask": "9"}, language="en")
    page = to_html(kind_of(spec).sheet(spec), model_answer_of(spec), language="en")
    assert page.count(" selected>") == 4
    assert '<b class="num" data-count>4</b> / 4' in page


def test_read_only_page_stands_in_the_order_given() -> None:
    spec = parse_spec(ordering())
    page = to_html(kind_of(spec).sheet(spec), {"place.thank": "1", "place.ask": "3"}, language="en", readonly=True)
    places = [page.index(word) for word in ("Thank", "Ask", "Greet", "Offer")]
    assert places == sorted(places)
    assert "<select" not in page


@pytest.mark.parametrize(
    ("over", "found"),
    [
        ({"order": ["greet", "ask", "ofer", "thank"]}, {(("order", 2), "item-unknown")}),
        ({"order": ["greet", "ask", "thank"]}, {(("order",), "order-incomplete")}),
        ({"order": ["greet", "ask", "offer", "thank", "ask"]}, {(("order", 4), "item-twice")}),
        ({"order": ["ask", "thank", "greet", "offer"]}, {(("items",), "order-shown")}),
        ({"order": ["offer", "greet", "thank", "ask"]}, {(("items",), "order-shown")}),
        ({"order": ["thank", "ask", "greet", "offer"], "may_swap": [["thank", "ask"]]}, {(("items",), "order-shown")}),
        ({"may_swap": [["greet", "offer"]]}, {(("may_swap", 0), "swap-apart")}),
        ({"may_swap": [["greet"]]}, {(("may_swap", 0), "swap-apart")}),
        ({"may_swap": [["greet", "ask"], ["ask", "offer"]]}, {(("may_swap", 1, 0), "item-twice")}),
        ({"may_swap": [["greet", "aks"]]}, {(("may_swap", 0, 1), "item-unknown")}),
        ({"may_swap": [list(NAMES)]}, {(("may_swap",), "swap-all")}),
        ({"credit": "some"}, {(("credit",), "literal_error")}),
        ({"marking": ["rule"]}, {(("marking", 0), "marking-misfit")}),
        ({"items": ITEMS[:2], "order": ["ask", "thank"]}, {(("items",), "too-few")}),
    ],
)
def test_mistake_is_told_with_its_place(over: dict[str, Any], found: set[Any]) -> None:
    assert mistakes_in(ordering(**over)) == found


@pytest.mark.parametrize(
    ("names", "told"),
    [
        ("3 1 4 2", True),
        ("step-3 step-1 step-10 step-2", True),
        ("c a d b", True),
        ("step-1 step-3 step-10 step-2", False),
        ("q7 plan q2 visit", False),
    ],
)
def test_ids_that_count_up_are_told(names: str, told: bool) -> None:  # noqa: FBT001  (a table)
    third, first, fourth, second = names.split()
    items = [{"id": name, "text": name} for name in names.split()]
    found = mistakes_in(ordering(items=items, order=[first, second, third, fourth]))
    assert found == ({(("items",), "ids-count")} if told else set())
