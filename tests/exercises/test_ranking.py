"""Ranks beside a key: what is refused, read, earned and said; rho against a reference that does it the long way."""

from __future__ import annotations

from fractions import Fraction
from itertools import permutations
from math import sqrt
from random import Random
from typing import Any

import pytest

from app.documents.blocks import OrderField, field_names, plain
from app.documents.html import to_html
from app.exercises import giveaways, grade_answer, kind_of, model_answer_of, parse_spec, read_answer, remarks_on
from app.exercises.kind import Part
from app.exercises.texts import STORED
from app.words import say
from tests.exercises.contract import PROMISES, check_trainee_side_works_without_the_key
from tests.exercises.samples import mistakes_in, ranking

KEY = ("trust", "speed", "brand", "price", "taste")
OWN = ranking(marking="none", points=0, rank=[])
TIED = ["trust", ["speed", "brand"], "price", "taste"]


def parts(head: dict[str, Any], **ranks: object) -> tuple[Part, ...]:
    spec = parse_spec(head)
    grade = grade_answer(spec, read_answer(spec, {f"rank.{item}": str(number) for item, number in ranks.items()}))
    assert grade is not None
    return grade.parts


def numbered(*names: str) -> dict[str, int]:
    return {name: number for number, name in enumerate(names, start=1)}


def top(**over: Any) -> dict[str, Any]:
    """The first two count; ten points, five each."""
    return ranking(credit="top", top=2) | over


def mean_ranks(values: list[float]) -> list[float]:
    """Ranks, ties by their mean, the way a textbook does it."""
    return [sum(v < x for v in values) + (sum(v == x for v in values) + 1) / 2 for x in values]


def pearson(xs: list[float], ys: list[float]) -> float:
    mx, my = sum(xs) / len(xs), sum(ys) / len(ys)
    cov = sum((x - mx) * (y - my) for x, y in zip(xs, ys, strict=True))
    return cov / sqrt(sum((x - mx) ** 2 for x in xs) * sum((y - my) ** 2 for y in ys))


@pytest.mark.parametrize(
    "head",
    [
        ranking(),
        ranking(rank=TIED),
        top(),
        top(ordered=True),
        top(rank=TIED),
        ranking(marking="none", points=0, rank=[]),
    ],
    ids=["correlation", "ties", "top", "ordered", "top-ties", "own"],
)
@pytest.mark.parametrize("check", PROMISES, ids=lambda check: check.__name__.removeprefix("check_"))
def test_samples_keep_the_promises_of_a_kind(check: Any, head: dict[str, Any]) -> None:
    spec = parse_spec(head)
    if spec.points or check.__name__ != "check_model_answer_earns_everything":
        check(kind_of(spec), spec)
    check_trainee_side_works_without_the_key(kind_of(spec), spec, kind_of(spec).secret)


@pytest.mark.parametrize(
    ("answer", "points"),
    [
        (KEY, 10),
        (KEY[::-1], 0),
        (("speed", "trust", "brand", "price", "taste"), 9),  # 1 - 6 * 2 / 120
        (("trust", "speed", "brand", "taste", "price"), 9),
        (("taste", "speed", "brand", "price", "trust"), 0),  # 1 - 6 * 32 / 120 = -0.6
        (("brand", "speed", "trust", "price", "taste"), 6),  # 1 - 6 * 8 / 120
        (("brand", "trust", "taste", "speed", "price"), 3),  # 1 - 6 * 14 / 120
    ],
)
def test_points_are_rho_worked_out_by_hand(answer: tuple[str, ...], points: int) -> None:
    assert parts(ranking(), **numbered(*answer))[0].earned == points


def test_rho_is_that_of_a_textbook_for_every_answer() -> None:
    for answer in permutations(KEY):
        rho = pearson([float(answer.index(name)) for name in KEY], [0.0, 1.0, 2.0, 3.0, 4.0])
        earned = parts(ranking(), **numbered(*answer))[0].earned
        assert float(earned) == pytest.approx(10 * max(rho, 0), abs=1e-12)


def test_with_ties_rho_is_that_of_a_textbook_over_the_highest_that_can_be_reached() -> None:
    random = Random(6)  # noqa: S311 - answers to try, the same every time
    names = [f"n{n}" for n in range(7)]
    items = [{"id": name, "text": name} for name in names]
    for _ in range(60):
        values = [float(random.randrange(4)) for _ in names]
        groups = [[n for n, v in zip(names, values, strict=True) if v == value] for value in sorted(set(values))]
        if len(groups) == 1:
            continue
        key = mean_ranks(values)
        head = ranking(items=items, rank=[group[0] if len(group) == 1 else group for group in groups])
        best = [name for group in groups for name in group]
        highest = pearson([float(best.index(name)) for name in names], key)
        answer = random.sample(names, len(names))
        rho = pearson([float(answer.index(name)) for name in names], key) / highest
        assert float(parts(head, **numbered(*answer))[0].earned) == pytest.approx(10 * max(rho, 0), abs=1e-12)


def test_any_order_among_those_of_one_rank_earns_everything() -> None:
    head = ranking(rank=TIED)
    assert parts(head, **numbered("trust", "speed", "brand", "price", "taste"))[0].earned == 10
    assert parts(head, **numbered("trust", "brand", "speed", "price", "taste"))[0].earned == 10
    assert parts(head, **numbered("speed", "trust", "brand", "price", "taste"))[0].earned < 10


@pytest.mark.parametrize(
    ("ranks", "points"),
    [
        ({}, 0),
        ({"trust": 1}, 0),  # the rest backwards: 1 5 4 3 2, rho = 0
        ({"trust": 1, "taste": 5}, 6),  # 1 4 3 2 5: rho = 1 - 6 * 8 / 120
        ({"trust": 1, "speed": 2, "brand": 3, "price": 4}, 10),  # one number is left for one item
        ({"taste": 1}, 0),
    ],
)
def test_items_without_a_number_count_as_in_the_worst_case(ranks: dict[str, int], points: int) -> None:
    assert parts(ranking(), **ranks)[0].earned == points


def test_leaving_out_never_earns_more_than_the_worst_way_to_rank() -> None:
    random = Random(3)  # noqa: S311 - answers to try, the same every time
    for _ in range(80):
        answer = numbered(*random.sample(KEY, 5))
        some = dict(random.sample(sorted(answer.items()), random.randrange(5)))
        left = [name for name in KEY if name not in some]
        free = [number for number in range(1, 6) if number not in some.values()]
        fillings = ({**some, **dict(zip(left, order, strict=True))} for order in permutations(free))
        worst = min(parts(ranking(), **filled)[0].earned for filled in fillings)
        assert parts(ranking(), **some)[0].earned <= worst


def test_feedback_of_a_correlation_names_the_worst_misplaced_and_the_key() -> None:
    (part,) = parts(ranking(), **numbered("price", "speed", "brand", "trust", "taste"))
    assert part.lines("en") == (
        "Agrees with the key to 10 %.",
        "“Trust” stands at 4; in the key at 1. Comes first.",
        "“Price” stands at 1; in the key at 4. Hardly anybody buys by it.",
        "The key: Trust > Speed > Brand > Price > Taste.",
    )
    assert part.label == "Which rank does each have? 1 is the first."
    (tied,) = parts(ranking(rank=TIED), price=1)
    assert tied.lines("en") == (
        "Agrees with the key to 0 %.",
        "Without a number: “Trust”“Speed”“Brand”….",
        "“Price” stands at 1; in the key at 4. Hardly anybody buys by it.",
        "The key: Trust > Speed = Brand > Price > Taste.",
    )


def test_feedback_of_the_key_itself_and_of_nothing() -> None:
    (right,) = parts(ranking(), **numbered(*KEY))
    assert right.lines("en") == ("As in the key. “Trust”: Comes first.", "“Price”: Hardly anybody buys by it.")
    (blank,) = parts(ranking())
    assert blank.lines("en") == ("Left blank. The key: Trust > Speed > Brand > Price > Taste.",)
    (nearly,) = parts(ranking(points=1), **numbered("speed", "trust", "brand", "price", "taste"))
    assert nearly.lines("zh-CN")[0] == "和参考名次的一致程度是 90%。"


@pytest.mark.parametrize(
    ("ranks", "plain_points", "ordered_points"),
    [
        ({"trust": 1, "speed": 2}, [5, 5], [5, 5]),
        ({"trust": 2, "speed": 1}, [5, 5], [Fraction(5, 2), Fraction(5, 2)]),
        ({"trust": 1}, [5, 0], [5, 0]),
        ({"brand": 1, "trust": 2}, [5, 0], [Fraction(5, 2), 0]),
        ({"brand": 1, "price": 2}, [0, 0], [0, 0]),
        ({}, [0, 0], [0, 0]),
    ],
)
def test_points_for_the_first_are_by_how_many_there_are(
    ranks: dict[str, int], plain_points: list[Fraction], ordered_points: list[Fraction]
) -> None:
    assert [part.earned for part in parts(top(), **ranks)] == plain_points
    assert [part.earned for part in parts(top(ordered=True), **ranks)] == ordered_points


def test_feedback_of_the_first_says_what_stands_there_instead() -> None:
    trust, speed = parts(top(), price=1, speed=2)
    assert trust.in_words("en") == (
        "It belongs to the first 2. You have “Price” there, which does not. Hardly anybody buys by it. Comes first."
    )
    assert speed.in_words("en") == "Right: among the first 2."
    _, late = parts(top(ordered=True), speed=1)
    assert late.in_words("en") == "Among the first 2, but at 1; in the key at 2."


@pytest.mark.parametrize(
    ("ranks", "earned"),
    [
        ({"trust": 1, "speed": 2}, [5, 5]),
        ({"trust": 1, "brand": 2}, [5, 5]),
        ({"brand": 1, "speed": 2}, [0, 5]),  # of those that share the last place one counts
        ({"price": 1, "speed": 2}, [0, 5]),
    ],
)
def test_those_that_share_the_last_of_the_first_ranks_share_its_points(
    ranks: dict[str, int], earned: list[int]
) -> None:
    found = parts(top(rank=TIED), **ranks)
    assert [part.id for part in found] == ["trust", "speed"]
    assert [part.earned for part in found] == earned
    assert found[1].label == "Speed / Brand"


def test_numbers_that_cannot_be_read_are_named() -> None:
    spec = parse_spec(ranking())
    answer = read_answer(
        spec, {"rank.trust": "１", "rank.speed": "2", "rank.brand": "2", "rank.price": "9", "rank.x": "1"}
    )
    assert answer.unreadable == {
        "rank.speed": say("The number {number} stands at several items.", number=2),
        "rank.brand": say("The number {number} stands at several items.", number=2),
        "rank.price": say("Here goes a whole number from 1 to {most}.", most=5),
    }
    assert dict(answer.ranks) == {"trust": 1}  # type: ignore[attr-defined] # it is a ranking's


def test_only_so_many_numbers_are_asked_for() -> None:
    spec = parse_spec(top())
    (board,) = kind_of(spec).sheet(spec)
    assert isinstance(board, OrderField)
    assert board.label == plain("Which are the first 2? Number them from 1.")
    assert (board.most, board.numbers, len(board.cards)) == (2, 2, 5)
    assert "rank.price" in read_answer(spec, {"rank.price": "3"}).unreadable
    page = to_html((board,), {"rank.price": "3", "rank.taste": "2"}, language="en")
    assert page.count("<option>1</option>") == 5
    assert "<option>3</option>" not in page
    assert 'data-most="2"' in page
    assert '<b class="num" data-count>1</b> / 2' in page


def test_the_one_part_of_a_correlation_is_about_every_field() -> None:
    spec = parse_spec(ranking())
    assert kind_of(spec).fields_of_part(spec, "whole") == field_names(kind_of(spec).sheet(spec))
    assert kind_of(spec).fields_of_part(spec, "trust") == ("rank.trust",)
    assert remarks_on(spec)["whole"] == (("Price", "Hardly anybody buys by it."), ("*Trust*", "Comes first."))


def test_rank_of_ones_own_has_no_key() -> None:
    spec = parse_spec(ranking(rank=[], marking="none", points=0))
    assert grade_answer(spec, read_answer(spec, {"rank.trust": "1"})) is None
    assert model_answer_of(spec) == {}


@pytest.mark.parametrize("rank", [KEY, TIED, [["trust", "speed"], ["brand", "price", "taste"]]])
def test_key_survives_storage(rank: Any) -> None:
    spec = parse_spec(ranking(rank=list(rank)))
    assert parse_spec(spec.model_dump(mode="json"), context=STORED) == spec


@pytest.mark.parametrize(
    ("head", "found"),
    [
        (ranking(rank=["trust", "sped", "brand", "price", "taste"]), {(("rank", 1), "item-unknown")}),
        (ranking(rank=["trust", ["trust", "speed"], "brand", "price", "taste"]), {(("rank", 1, 0), "item-twice")}),
        (ranking(rank=["trust", "speed"]), {(("rank",), "rank-incomplete")}),
        (ranking(rank=[list(KEY)]), {(("rank",), "rank-flat")}),
        (ranking(rank=[]), {(("marking",), "marking-nothing")}),
        (ranking(top=2), {(("top",), "key-misfit")}),
        (ranking(ordered=True), {(("ordered",), "key-misfit")}),
        (top(top=5), {(("top",), "top-all")}),
        (top(top=None), {(("credit",), "top-missing")}),
        (top(top=0), {(("top",), "greater_than_equal")}),
        (ranking(items=ranking()["items"][:2], rank=["price", "trust"]), {(("items",), "too-few")}),
        (ranking(marking="rule"), {(("marking", 0), "marking-misfit")}),
    ],
)
def test_mistake_is_told_with_its_place(head: dict[str, Any], found: set[Any]) -> None:
    assert mistakes_in(head) == found


def test_sample_is_sound_and_gives_nothing_away() -> None:
    assert mistakes_in(ranking()) == set()
    assert list(giveaways(parse_spec(ranking()))) == []
