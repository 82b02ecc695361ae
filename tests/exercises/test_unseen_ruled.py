"""Kinds with a rule, in exercises that nobody has seen: points worked out by hand."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from fractions import Fraction
from math import floor
from typing import Any

import pytest

from app.documents.blocks import Chart
from app.exercises import grade_answer, parse_spec, profile_of, read_answer, shown_values
from app.exercises.formulas import months_between
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


LEDGER = head(
    "ledger",
    9,
    marking="rule",
    table="visits",
    rows={"least": 3, "most": 5, "shown": 3},
    columns=[
        {"id": "who", "label": "客户", "required": True},
        {"id": "day", "label": "日期", "type": "date", "required": True},
        {"id": "next-day", "label": "下次", "type": "date"},
        {"id": "share", "label": "份额", "type": "number", "unit": "%", "from": 0, "to": 100},
        {"id": "role", "label": "角色", "type": "choice",
         "options": [{"id": "user", "label": "使用者"}, {"id": "payer", "label": "付款人"}]},
        {"id": "ours", "label": "我方", "type": "tick"},
        {"id": "wait", "label": "间隔", "formula": "days(day, next_day)", "unit": "天"},
        {"id": "old", "label": "月数", "formula": "months(day, '2026-06-30')"},
        {"id": "class", "label": "等级", "formula": "old",
         "bands": [{"up_to": 3, "label": "A"}, {"up_to": 6, "label": "B"}, {"label": "C"}]},
    ],
    rules=[
        {"id": "people", "count": {"column": "who", "distinct": True, "at_least": 3}, "say": "三位客户。"},
        {"id": "roles", "each_of": {"column": "role"}, "say": "两种角色。"},
        {"id": "after", "not_before": {"column": "next-day", "other": "day"}, "say": "不早于这次。"},
        {"id": "whole", "sum": {"column": "share", "equals": 100, "tolerance": 1}, "say": "合计 100。"},
        {"id": "once", "unique": {"column": "who"}, "say": "不重复。"},
        {"id": "words", "length": {"column": "who", "at_least": 2}, "say": "至少两个字。"},
        {"id": "fresh", "count": {"column": "class", "is": "A", "at_least": 1}, "say": "至少一个 A。"},
        {"id": "mine", "count": {"column": "ours", "at_least": 1}, "say": "至少一个是我方的。"},
    ],
    model=[
        {"who": "滨河客运", "day": "2026-05-01", "next-day": "2026-05-01", "share": 50, "role": "user", "ours": True},
        {"who": "桐江快运", "day": "2026-01-31", "share": 30, "role": "payer"},
        {"who": "城北出租", "day": "2025-06-30", "next-day": "2026-07-01", "share": 20},
    ],
)  # fmt: skip
"""The rows and eight rules: a point each."""


def rows(*cells: dict[str, str]) -> Form:
    return {f"visits.{n}.{name}": text for n, each in enumerate(cells, 1) for name, text in each.items()}


FULL = ({"who": "甲一", "day": "2026-05-01", "next-day": "2026/5/2", "share": "50%", "role": "user", "ours": "yes"},
        {"who": "乙二", "day": "2026年1月31日", "share": "30", "role": "payer"},
        {"who": "丙三", "day": "20250630", "share": "19.5"})  # fmt: skip


def changed(place: int, **cells: str) -> Form:
    return rows(*(each | {name.replace("_", "-"): text for name, text in cells.items()} if n == place else each
                  for n, each in enumerate(FULL, 1)))  # fmt: skip


def missing(head: dict[str, Any], form: Form) -> set[str]:
    """The parts that did not earn all of their points."""
    spec = parse_spec(head)
    grade = grade_answer(spec, read_answer(spec, form))
    assert grade is not None
    return {part.id for part in grade.parts if part.earned != part.possible}


ALL = {"rows", "people", "roles", "after", "whole", "once", "words", "fresh", "mine"}


@pytest.mark.parametrize(
    ("form", "lost"),
    [
        ({}, ALL),
        (rows(*FULL), set()),
        (rows(*FULL, {"who": " ", "day": ""}), set()),  # a row of blanks is none
        (changed(1, next_day="2026-04-30"), {"after"}),
        (changed(1, next_day="2026-04-31"), {"after"}),  # there is no such day
        (changed(2, who="甲一"), {"people", "once"}),
        (changed(2, who="乙"), {"words"}),
        (changed(2, role="user"), {"roles"}),
        (changed(3, share="18.99"), {"whole"}),
        (changed(3, share="21"), set()),
        (changed(3, share="21.01"), {"whole"}),
        (changed(1, day="2026-01-01"), {"fresh"}),
        (changed(1, ours=""), {"mine"}),
        (changed(3, day=""), {"rows"}),
    ],
)
def test_ledgers(form: Form, lost: set[str]) -> None:
    assert missing(LEDGER, form) - {"once", "words", "after"} == lost - {"once", "words", "after"}
    if not lost & {"rows"}:
        assert missing(LEDGER, form) == lost


def test_rows_beyond_the_most_are_not_there() -> None:
    assert missing(LEDGER, rows(*[{}] * 5, *FULL)) == ALL


def test_derived_cells_by_hand() -> None:
    spec = parse_spec(LEDGER)
    shown = shown_values(spec, rows(*FULL))
    assert [shown.get(f"visits.{n}.{name}", "") for n in (1, 2, 3) for name in ("wait", "old", "class")] == [
        *("1", "1", "A"), *("", "5", "B"), *("", "12", "C"),
    ]  # fmt: skip


GIVEN = head(
    "ledger",
    4,
    marking="key",
    given=[{"id": "north", "cells": {"who": "城北"}}, {"id": "south", "cells": {"who": "城南"}}],
    columns=[
        {"id": "who", "label": "谁"},
        {"id": "grade", "label": "级", "type": "choice",
         "options": [{"id": "o-1", "label": "高"}, {"id": "o-2", "label": "低"}]},
        {"id": "gap", "label": "缺口", "type": "number", "unit": "台"},
        {"id": "note", "label": "备注"},
    ],
    keyed={
        "north": {"grade": "o-1", "gap": {"answer": 12, "tolerance": 1, "points": "5/2"}},
        "south": {"note": ["到期", "合同到期"]},
    },
)  # fmt: skip
"""Five halves for the gap, three quarters for each other."""


@pytest.mark.parametrize(
    ("form", "points"),
    [
        ({}, (0, 0, 0)),
        ({"rows.north.grade": "o-1", "rows.north.gap": "１３台", "rows.south.note": "合同 到期。"},
         (F(3, 4), F(5, 2), F(3, 4))),
        ({"rows.north.grade": "o-2", "rows.north.gap": "13.1", "rows.south.note": "快到期"}, (0, 0, 0)),
        ({"rows.south.grade": "o-1", "rows.south.gap": "12", "rows.north.note": "到期"}, (0, 0, 0)),
    ],
)  # fmt: skip
def test_keyed_cells(form: Form, points: tuple[F, ...]) -> None:
    assert tuple(earned(GIVEN, form).values()) == points


CHECKLIST = head(
    "checklist",
    11,
    marking=["key", "rule"],
    items=[
        {"id": "quote", "text": "报价", "needed": True, "points": 3},
        {"id": "gift", "text": "礼品", "needed": False},
        {"id": "map", "text": "路线", "needed": True},
    ],
    remark="谁来",
    own=2,
    rule={"ticked": 2, "remarks": 2, "own": 2},
    model={"own": ["笔", "纸"], "remarks": {"quote": "小王", "map": "小李"}},
)
"""Three, and 8/5 for each of the two other items and the three conditions."""
E1 = F(8, 5)


@pytest.mark.parametrize(
    ("form", "points"),
    [
        ({}, (0, 0, 0, 0, 0, 0)),
        ({"items.quote.tick": "yes", "items.map.tick": "yes"}, (3, E1, E1, E1, 0, 0)),
        ({"items.gift.tick": "yes"}, (0, 0, 0, E1 / 2, 0, 0)),
        ({"items.quote.remark": "小王"}, (0, 0, 0, 0, 0, 0)),  # nothing is ticked
        ({"items.quote.tick": "yes", "items.quote.remark": "小王", "own.2.text": "笔"},
         (3, E1, 0, E1 / 2, E1 / 2, E1 / 2)),
        ({"own.1.text": "笔", "own.2.text": "纸"}, (0, 0, 0, 0, E1, 0)),
    ],
)  # fmt: skip
def test_checklists(form: Form, points: tuple[F, ...]) -> None:
    told = earned(CHECKLIST, form)
    assert tuple(told[name] for name in ("quote", "gift", "map", "ticked", "own", "remarks")) == points


SCORING = head(
    "scoring",
    7,
    marking=["key"],
    options=[{"id": o, "label": o.upper()} for o in "abc"],
    criteria=[{"id": "price", "label": "价格", "weight": "33.5"}, {"id": "speed", "label": "速度", "weight": "66.5"}],
    scores={"from": 0, "to": 10},
    key={"a": {"price": 10, "speed": 5}, "b": {"price": 0, "speed": 9}, "c": {"price": 5, "speed": 5}},
    tolerance=1,
    best="a",
)
"""Six cells and the best: a point each. a: 6.675, b: 5.985, c: 5."""


def scores(**rows: str) -> Form:
    """Option → price and speed."""
    return {
        f"scores.{criterion}.{option}": score
        for option, each in rows.items()
        for criterion, score in zip(("price", "speed"), each.split(), strict=True)
    }


@pytest.mark.parametrize(
    ("form", "cells", "best"),
    [
        ({}, 0, 0),
        (scores(a="10 5", b="0 9", c="5 5"), 6, 1),
        (scores(a="9 4", b="1 10", c="6 6"), 6, 0),  # a: 5.675, b: 6.985
        (scores(a="8 7", b="8 7", c="0 0"), 0, 0),  # a tie
        (scores(a="11 5", b="0 9", c="5 5"), 5, 0),  # 11 is no score
        (scores(a="10 5"), 2, 0),  # nobody can tell which comes first
        (scores(a="一十 五", b="０ 9", c="5 5"), 6, 1),
    ],
)
def test_scorings(form: Form, cells: int, best: int) -> None:
    told = earned(SCORING, form)
    assert told.pop("best") == best
    assert sum(told.values()) == cells


TEXT = head(
    "text",
    "9/2",
    marking="rule",
    tasks=[
        {
            "id": "why",
            "label": "为什么",
            "length": {"at_least": 6, "at_most": 10, "points": 1},
            "elements": [
                {"id": "sum", "any_of": ["万元", "成本 price"], "say": "没有数字。", "points": "1/2"},
                {"id": "who", "any_of": ["客户", "CEO"], "say": "没有人。"},
                {"id": "part", "any_of": ["art"], "say": "Art."},
            ],
            "model": "客户省 20 万元 art",
        }
    ],
)
"""1 for the length, a half for the sum, three halves for each of the others."""


@pytest.mark.parametrize(
    ("typed", "points"),
    [
        ("", (0, 0, 0, 0)),
        (" \n ", (0, 0, 0, 0)),
        ("客户省 20 万元 art", (1, F(1, 2), F(3, 2), F(3, 2))),
        ("客戶省二十萬元", (1, F(1, 2), F(3, 2), 0)),
        ("ＣＥＯ party start", (0, 0, F(3, 2), 0)),  # three words; art is no word of its own
        ("一二三四五六七八九十一", (0, 0, 0, 0)),
        ("一二三四五六七八九十", (1, 0, 0, 0)),
        ("CEOs，Art!", (0, 0, 0, F(3, 2))),
    ],
)
def test_texts(typed: str, points: tuple[F, ...]) -> None:
    told = earned(TEXT, {"why": typed})
    assert tuple(told[f"why.{name}"] for name in ("length", "sum", "who", "part")) == points


OBSERVATION = head(
    "observation",
    6,
    marking="rule",
    work="pairs",
    roles=[{"id": "x", "label": "甲", "brief": "卖", "secret": "底价 9 元"}, {"id": "y", "label": "乙", "brief": "买"}],
    scale=[{"id": "s-1", "label": "无"}, {"id": "s-2", "label": "有"}],
    items=[{"id": i, "text": i, "required": i != "d"} for i in "abcd"],
    evidence="原话",
    rule={"evidence": 2},
)


@pytest.mark.parametrize(
    ("form", "whole"),
    [
        ({}, (False, False)),
        ({f"seen.{i}": "s-1" for i in "abc"}, (True, False)),
        ({f"seen.{i}": "s-1" for i in "abd"}, (False, False)),
        ({"evidence.a": "“好”", "evidence.b": "点头"}, (False, True)),
        ({"evidence.a": "“好”", "evidence.b": "  "}, (False, False)),
        ({"seen.a": "s-3", "seen.b": "有", "seen.c": "s-2", "evidence.d": "x", "evidence.c": "y"}, (False, True)),
    ],
)
def test_observations(form: Form, whole: tuple[bool, bool]) -> None:
    told = earned(OBSERVATION, form)
    assert (told["rated"] == 3, told["evidence"] == 3) == whole


WALL = head(
    "card_wall",
    5,
    marking="rule",
    columns=[{"id": "want", "label": "想要"}, {"id": "fear", "label": "担心"}],
    cards={"least": 2, "most": 3, "length": 10},
    model={"want": ["一", "二"], "fear": ["三", "四"]},
)


@pytest.mark.parametrize(
    ("form", "points"),
    [
        ({}, (0, 0)),
        ({"want.1.card": "甲", "want.3.card": "乙", "fear.2.card": "丙"}, (F(5, 2), F(5, 4))),
        ({"want.1.card": "甲", "want.2.card": " 甲 "}, (F(5, 4), 0)),  # the same thought twice is one
        ({"want.1.card": "十" * 11, "want.2.card": "十" * 10}, (F(5, 4), 0)),  # too long to be read
        ({"want.4.card": "甲", "fear.1.card": "\u3000"}, (0, 0)),
    ],
)
def test_walls(form: Form, points: tuple[F, ...]) -> None:
    assert tuple(earned(WALL, form).values()) == points


SURVEY = head(
    "survey",
    0,
    marking="none",
    scale=[{"id": f"s-{n}", "label": f"第 {n} 级"} for n in range(1, 5)],
    dimensions=[{"id": "calm", "label": "沉稳"}, {"id": "fast", "label": "迅速"}],
    items=[
        {"id": "i-1", "text": "一", "dimension": "calm"},
        {"id": "i-2", "text": "二", "dimension": "calm", "reversed": True, "weight": 2},
        {"id": "i-3", "text": "三", "dimension": {"fast": 1, "calm": "-0.5"}},
        {"id": "i-4", "text": "四", "dimension": "fast", "weight": 0.5},
    ],
    profile="bars",
    least="60%",
)
"""calm: (a + 2 (1 − b) + ½ (1 − c)) / 3½ of places between 0 and 1; fast: (c + ½ d) / 1½."""


@pytest.mark.parametrize(
    ("steps", "percent"),
    [
        ((1, 4, 4, 1), (0, F(200, 3))),
        ((4, 1, 1, 4), (100, F(100, 3))),
        ((4, 4, 1, 1), (F(300, 7), 0)),  # (1 + 0 + ½) / 3½
        ((2, 3, 4, 0), (F(200, 7), None)),  # (⅓ + ⅔ + 0) / 3½; one of two is not 60 %
        ((3, 2, 0, 4), (F(200, 3), None)),  # two of three are
        ((0, 0, 0, 0), (None, None)),
    ],
)
def test_surveys(steps: tuple[int, ...], percent: tuple[F | None, ...]) -> None:
    spec = parse_spec(SURVEY)
    form = {f"item.i-{n}": f"s-{step}" for n, step in enumerate(steps, 1) if step}
    assert grade_answer(spec, read_answer(spec, form)) is None
    charts = profile_of(spec, read_answer(spec, form))[:1]
    rounded = tuple(None if each is None else floor(each + F(1, 2)) for each in percent)
    assert [chart.series[0].values for chart in charts if isinstance(chart, Chart)] == [rounded] * any(steps)


@pytest.mark.parametrize("label", ["1/2", "1/0", "3.14159", "nan"])
def test_what_a_band_is_called_is_no_number(label: str) -> None:
    columns = [*LEDGER["columns"][:-1], LEDGER["columns"][-1] | {"bands": [{"label": label}]}]
    rules = [rule for rule in LEDGER["rules"] if rule["id"] != "fresh"]
    spec = parse_spec(LEDGER | {"columns": columns, "rules": rules})
    assert shown_values(spec, rows(*FULL))["visits.1.class"] == label


@pytest.mark.parametrize(
    ("day", "later", "months"),
    [("2026-01-31", "2026-02-28", 1), ("2026-01-31", "2026-02-27", 0), ("2024-01-30", "2024-02-28", 0),
     ("2024-02-29", "2025-02-28", 12), ("2026-03-31", "2026-06-30", 3), ("2026-06-30", "2026-03-31", -3)],
)  # fmt: skip
def test_a_month_is_over_on_its_last_day_at_the_latest(day: str, later: str, months: int) -> None:
    assert months_between(date.fromisoformat(day), date.fromisoformat(later)) == months


def test_a_rule_that_the_key_forbids_to_keep_is_a_mistake() -> None:
    one = [CHECKLIST["items"][0], CHECKLIST["items"][1]]
    head = CHECKLIST | {"items": one, "model": {"own": ["笔", "纸"]}}
    assert mistakes_in(head) == {(("rule", name), "rule-room") for name in ("ticked", "remarks")}


def test_heads_are_sound() -> None:
    heads = (LEDGER, GIVEN, CHECKLIST, SCORING, TEXT, OBSERVATION, WALL, SURVEY)
    assert [mistakes_in(each) for each in heads] == [set()] * len(heads)
