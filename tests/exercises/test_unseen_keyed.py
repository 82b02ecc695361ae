"""Kinds with a key, in exercises that nobody has seen: points worked out by hand, or by trying every way there is."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from fractions import Fraction
from itertools import permutations
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.documents.blocks import field_names
from app.exercises import grade_answer, model_answer_of, parse_spec, read_answer, sheet_of
from tests.exercises.samples import mistakes_in

F = Fraction
Form = dict[str, str]


def earned(head: dict[str, Any], form: Mapping[str, str]) -> dict[str, F]:
    """Part id → its points."""
    spec = parse_spec(head)
    grade = grade_answer(spec, read_answer(spec, form))
    assert grade is not None
    assert grade.possible == spec.key_points
    return {part.id: part.earned for part in grade.parts}


def head(kind: str, points: Any, **own: Any) -> dict[str, Any]:
    return {"kind": kind, "title": "从未见过", "minutes": 5, "points": points, **own}


MATCHING = head(
    "matching",
    "7/2",
    once=True,
    targets=[{"id": f"t-{n}", "label": label} for n, label in enumerate(("甲", "乙", "*丙*", "丁"), 1)],
    items=[
        {"id": "x", "text": "一", "target": "t-3", "points": "1/2", "wrong": {"t-1": "甲不管这件事。"}},
        {"id": "y", "text": "二", "target": "t-1"},
        {"id": "z", "text": "三", "target": "t-4"},
    ],
)
"""A half, and 3/2 for each of the other two; the second target serves nobody."""


@pytest.mark.parametrize(
    ("chosen", "points"),
    [
        ({}, (0, 0, 0)),
        ({"x": "t-3", "y": "t-1", "z": "t-4"}, (F(1, 2), F(3, 2), F(3, 2))),
        ({"x": "t-1", "y": "t-1", "z": "t-4"}, (0, 0, F(3, 2))),  # one target twice: both blank
        ({"x": "t-3", "y": "t-3", "z": "t-3"}, (0, 0, 0)),
        ({"x": "T-3", "y": " t-1\n", "z": "t-9"}, (0, F(3, 2), 0)),
        ({"x": "t-1", "w": "t-3"}, (0, 0, 0)),
    ],
)
def test_matchings(chosen: Form, points: tuple[F, ...]) -> None:
    assert tuple(earned(MATCHING, {f"target.{k}": v for k, v in chosen.items()}).values()) == points


def test_a_target_may_serve_several_unless_it_is_said() -> None:
    free = MATCHING | {"once": False, "items": [item | {"target": "t-3", "wrong": {}} for item in MATCHING["items"]]}
    assert sum(earned(free, {"target.x": "t-3", "target.y": "t-3", "target.z": "t-1"}).values()) == 2


def test_what_the_author_says_to_a_wrong_target_is_said_to_it_alone() -> None:
    spec = parse_spec(MATCHING)
    said = [
        grade_answer(spec, read_answer(spec, {"target.x": target})).parts[0].in_words("zh-CN")  # type: ignore[union-attr]
        for target in ("t-1", "t-2", "t-3", "")
    ]
    assert ["甲不管这件事。" in each for each in said] == [True, False, False, False]
    assert ["丙" in each for each in said] == [True] * 4
    assert not any("*" in each for each in said)


BUCKETS = head(
    "buckets",
    10,
    buckets=[{"id": b, "label": b.upper()} for b in ("p", "q", "r")],
    items=[
        {"id": "all", "text": "All", "in": ["p", "q", "r"], "points": 4},
        {"id": "two", "text": "Two", "in": ["p", "q"]},
        {"id": "one", "text": "One", "in": "p"},
        {"id": "none", "text": "None", "in": []},
    ],
)
"""Four, and two for each of the others."""


@pytest.mark.parametrize(
    ("ticks", "points"),
    [
        ("", (0, 0, 0, 0)),
        ("all.p all.q all.r two.p two.q one.p", (4, 2, 2, 2)),
        ("all.p", (F(4, 3), 0, 0, 2)),
        ("all.p all.q two.p two.r", (F(8, 3), 0, 0, 2)),
        ("two.p two.q two.r", (0, 1, 0, 2)),
        ("one.p one.q", (0, 0, 0, 2)),
        ("one.q none.r", (0, 0, 0, 0)),
        ("none.r", (0, 0, 0, 0)),
        ("two.r", (0, 0, 0, 2)),
    ],
)
def test_buckets(ticks: str, points: tuple[F, ...]) -> None:
    form = {f"bucket.{tick}": "yes" for tick in ticks.split()}
    assert tuple(earned(BUCKETS, form).values()) == points


def test_one_bucket_each() -> None:
    single = BUCKETS | {"items": [{"id": i, "text": i, "in": b} for i, b in (("a", "p"), ("b", "q"))]}
    names = field_names(sheet_of(parse_spec(single)))
    assert list(earned(single, dict.fromkeys(names, "p")).values()) == [5, 0]


# Ranking, by every order the key allows.


def orders(rank: list[Any]) -> Iterator[tuple[str, ...]]:
    """Every rank without ties that the key allows."""
    if not rank:
        yield ()
        return
    first = rank[0] if isinstance(rank[0], list) else [rank[0]]
    for begin in permutations(first):
        for rest in orders(rank[1:]):
            yield (*begin, *rest)


def by_correlation(rank: list[Any], typed: Mapping[str, int]) -> F:
    """Rho beside mean ranks, over the highest there can be; of the worst way in which what is blank may be numbered."""
    keys = tuple(orders(rank))
    mean = {item: F(sum(key.index(item) + 1 for key in keys), len(keys)) for item in keys[0]}

    def together(places: Mapping[str, int]) -> F:
        return sum(((mean[item] - F(len(mean) + 1, 2)) * place for item, place in places.items()), F(0))

    blank = [item for item in mean if item not in typed]
    left = [place for place in range(1, len(mean) + 1) if place not in typed.values()]
    worst = min(together({**typed, **dict(zip(blank, some, strict=True))}) for some in permutations(left))
    best = together({item: place for place, item in enumerate(keys[0], 1)})
    return max(F(0), worst / best) if typed else F(0)


def by_top(rank: list[Any], top: int, typed: Mapping[str, int], *, ordered: bool) -> F:
    def score(key: tuple[str, ...]) -> F:
        among = [item for item, place in typed.items() if place <= top and item in key[:top]]
        right = [item for item in among if key[typed[item] - 1] == item]
        return F(len(among) + len(right), 2 * top) if ordered else F(len(among), top)

    return max(map(score, orders(rank)))


KEYS = ([*"abc"], [*"abcd"], [*"cbdea"], ["c", ["a", "b"]], [["a", "b"], "c", ["d", "e"]], ["e", ["a", "b", "c"], "d"])


def items_of(rank: list[Any]) -> list[str]:
    return sorted(next(orders(rank)))


def ranking(rank: list[Any], **over: Any) -> dict[str, Any]:
    items = [{"id": item, "text": f"项目 {item}"} for item in items_of(rank)]
    return head("ranking", "11/3", items=items, rank=rank, **over)


@given(data=st.data())
def test_ranks_by_correlation(data: st.DataObject) -> None:
    rank = data.draw(st.sampled_from(KEYS))
    items = items_of(rank)
    places = data.draw(st.permutations(range(1, len(items) + 1)))
    typed = {item: place for item, place in zip(items, places, strict=True) if data.draw(st.booleans())}
    points = earned(ranking(rank), {f"rank.{item}": str(place) for item, place in typed.items()})
    assert sum(points.values()) == F(11, 3) * by_correlation(rank, typed)


@given(data=st.data(), ordered=st.booleans())
def test_ranks_by_the_first(data: st.DataObject, ordered: bool) -> None:  # noqa: FBT001 - drawn
    rank = data.draw(st.sampled_from(KEYS))
    items = items_of(rank)
    top = data.draw(st.integers(1, len(items) - 1))
    places = data.draw(st.permutations([*range(1, top + 1), *[0] * (len(items) - top)]))
    typed = {item: place for item, place in zip(items, places, strict=True) if place and data.draw(st.booleans())}
    form = {f"rank.{item}": str(place) for item, place in typed.items()}
    points = earned(ranking(rank, credit="top", top=top, ordered=ordered), form)
    assert sum(points.values()) == F(11, 3) * by_top(rank, top, typed, ordered=ordered)


def test_a_rank_of_twenty_and_a_number_twice() -> None:
    names = [f"item-{n}" for n in range(20)]
    long = head("ranking", 10, items=[{"id": n, "text": n} for n in names], rank=[names[:10], names[10:]])
    form = {f"rank.{n}": str(place) for place, n in enumerate(reversed(names), 1)}
    assert sum(earned(long, form).values()) == 0
    assert sum(earned(long, model_answer_of(parse_spec(long))).values()) == 10
    three = ranking([*"abc"])
    assert sum(earned(three, {"rank.a": "1", "rank.b": "1", "rank.c": "3"}).values()) == F(11, 3) * F(1, 2)
    assert sum(earned(three, {"rank.a": "１", "rank.b": "2.0", "rank.c": "三"}).values()) >= F(11, 3) * F(1, 2)


CLASSIFICATION = head(
    "classification",
    6,
    facts=[
        {"id": "units", "label": "年销量", "type": "number", "unit": "台"},
        {"id": "ours", "label": "我方客户", "type": "yes_no"},
        {"id": "degree", "label": "学历", "type": "choice",
         "options": [{"id": "college", "label": "大专"}, {"id": "school", "label": "高中"}]},
    ],
    classes=[{"id": "k-1", "label": "一档"}, {"id": "k-2", "label": "二档"}, {"id": "k-3", "label": "三档"}],
    rule=[
        {"when": "units / 2 >= 100.5 and not ours", "class": "k-3"},
        {"when": "(degree == 'college' or ours) and units * 2 - 10 < 90", "class": "k-2"},
        {"class": "k-1"},
    ],
    cases=[
        {"id": "a", "text": "甲", "facts": {"units": 201, "ours": False, "degree": "school"}},
        {"id": "b", "text": "乙", "facts": {"units": 200, "ours": False, "degree": "school"}},
        {"id": "c", "text": "丙", "facts": {"units": 49.5, "ours": True, "degree": "school"}},
        {"id": "d", "text": "丁", "facts": {"units": 50, "ours": True, "degree": "college"}, "points": 1},
        {"id": "e", "text": "戊", "facts": {"units": 0, "ours": False, "degree": "college"}, "points": 2},
    ],
)  # fmt: skip
"""By hand: k-3, k-1, k-2, k-1, k-2; a point each, two for the last."""


def test_classes_by_hand() -> None:
    right = {"a": "k-3", "b": "k-1", "c": "k-2", "d": "k-1", "e": "k-2"}
    assert model_answer_of(parse_spec(CLASSIFICATION)) == {f"class.{case}": name for case, name in right.items()}
    assert list(earned(CLASSIFICATION, {f"class.{case}": "k-1" for case in right}).values()) == [0, 1, 0, 1, 0]


BLANKS = head(
    "blanks",
    6,
    text="首付{{pay}}，共{{months}}个月；**毛利**等于{{formula}}，经办人{{who}}。",
    gaps={
        "pay": {"number": 20, "unit": "%", "tolerance": "1/2", "traps": [{"answer": 30, "say": "那是尾款。"}]},
        "months": {"number": 24, "points": 1},
        "formula": {"accept": ["售价-成本", "成本加成"], "wrong": [{"is": "成本-售价", "say": "反了。"}], "points": 2},
        "who": {"accept": "Zhang San"},
    },
)
"""3/2 for the first and the last, one for the second, two for the third."""


@pytest.mark.parametrize(
    ("typed", "points"),
    [
        ({}, (0, 0, 0, 0)),
        ({"pay": "20%", "months": "24", "formula": "售价-成本", "who": "Zhang San"}, (F(3, 2), 1, 2, F(3, 2))),
        ({"pay": "20.5％", "months": "二十四", "formula": "售价 - 成本。", "who": "ＺＨＡＮＧ　ｓａｎ"},
         (F(3, 2), 1, 2, F(3, 2))),
        ({"pay": "20.51", "months": "24.01", "formula": "成本－售价", "who": "ZhangSan"}, (0, 0, 0, F(3, 2))),
        ({"pay": "30", "months": "约 24", "formula": "售價-成本", "who": "Zhang"}, (0, 0, 0, 0)),
    ],
)  # fmt: skip
def test_gaps(typed: Form, points: tuple[F, ...]) -> None:
    assert tuple(earned(BLANKS, {f"gap.{k}": v for k, v in typed.items()}).values()) == points


def test_traditional_characters_count_where_the_author_says_so() -> None:
    loose = BLANKS | {"ignore": ["traditional"]}
    assert earned(loose, {"gap.formula": "售價-成本"})["formula"] == 2
    assert earned(loose, {"gap.who": "zhang san"})["who"] == 0
    assert earned(BLANKS | {"ignore": []}, {"gap.formula": "售价 -成本"})["formula"] == 0


ALLOCATION = head(
    "allocation",
    10,
    marking=["key", "rule"],
    items=[
        {"id": "a", "label": "甲", "answer": "33.5", "points": 4},
        {"id": "b", "label": "乙", "answer": "66.5"},
        {"id": "c", "label": "丙", "answer": 0},
    ],
    tolerance=2,
)
"""Four, and two for each other and for the sum."""


@pytest.mark.parametrize(
    ("typed", "points"),
    [
        ({}, (0, 0, 0, 0)),
        ({"a": "33.5", "b": "66.5", "c": "0"}, (4, 2, 2, 2)),
        ({"a": "35.5%", "b": "64.5", "c": "0"}, (4, 2, 2, 2)),
        ({"a": "36.5", "b": "59.5", "c": "4"}, (3, 0, 1, 2)),  # 3 off of 2: (6 − 3) / 4; 7 off; 4 off
        ({"a": "33.5", "b": "66.5"}, (4, 2, 0, 2)),  # blank is nothing for the sum, and no answer
        ({"a": "39.5", "b": "-1", "c": "101"}, (0, 0, 0, 0)),
        ({"a": "３３．５", "b": "66.5 ％"}, (4, 2, 0, 2)),
    ],
)
def test_allocations(typed: Form, points: tuple[F, ...]) -> None:
    assert tuple(earned(ALLOCATION, {f"share.{k}": v for k, v in typed.items()}).values()) == points


def test_without_tolerance_a_share_is_right_or_not() -> None:
    exact = ALLOCATION | {"tolerance": 0}
    assert earned(exact, {"share.a": "33.5", "share.b": "66.4"}) == {"a": 4, "b": 0, "c": 0, "total": 0}


def test_shares_of_thirds_add_up() -> None:
    own = head("allocation", 1, marking=["rule"], total=1, unit="份", items=[{"id": i, "label": i} for i in "abc"])
    assert sum(earned(own, {"share.a": "1/3", "share.b": "1/3", "share.c": "1/3"}).values()) in {0, 1}
    assert sum(earned(own, {"share.a": "0.25", "share.b": "0.75"}).values()) == 1


def test_heads_are_sound() -> None:
    assert [mistakes_in(each) for each in (MATCHING, BUCKETS, CLASSIFICATION, BLANKS, ALLOCATION)] == [set()] * 5
