"""Checklists, scorings and card walls: what is right in them, what is worked out, and what authors may get wrong."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

import pytest

from app.documents.blocks import Listing, Panel, Paragraph, field_names
from app.exercises import Part, Spec, grade_answer, kind_of, model_answer_of, parse_spec, read_answer, shown_values
from tests.exercises.samples import mistakes_in


def parts_of(spec: Spec, form: dict[str, str]) -> dict[str, Part]:
    grade = grade_answer(spec, read_answer(spec, form))
    assert grade is not None
    assert grade.possible == spec.key_points
    return {part.id: part for part in grade.parts}


def earned(spec: Spec, form: dict[str, str]) -> dict[str, Fraction]:
    return {name: part.earned for name, part in parts_of(spec, form).items()}


def head(kind: str, points: int, **over: Any) -> dict[str, Any]:
    return {"kind": kind, "title": "Things", "minutes": 5, "points": points} | over


# Checklists


def checklist(**over: Any) -> dict[str, Any]:
    """Two things that are needed, one that is not; a point each."""
    items = [
        {"id": "log", "text": "Log", "needed": True},
        {"id": "gift", "text": "Gift", "needed": False, "why": "Against the *rules*."},
        {"id": "map", "text": "Map", "needed": True},
    ]
    return head("checklist", 3, items=items) | over


def own_checklist(**over: Any) -> dict[str, Any]:
    """By rule: two ticks, one remark, one own line; a point each."""
    items = [{"id": "log", "text": "Log", "group": "one"}, {"id": "map", "text": "Map", "group": "own"}]
    groups = [{"id": "one", "label": "One"}, {"id": "own", "label": "Own"}]
    rule = {"ticked": 2, "own": 1, "remarks": 1}
    return checklist(items=items, groups=groups, remark="Who", own=2, rule=rule, marking=["rule"]) | over


def test_checklist_earns_what_is_rightly_ticked_and_rightly_left() -> None:
    spec = parse_spec(checklist())
    assert earned(spec, {"items.log": "yes"}) == {"log": 1, "gift": 1, "map": 0}
    assert earned(spec, dict.fromkeys(("items.log", "items.gift", "items.map"), "yes")) == {
        "log": 1,
        "gift": 0,
        "map": 1,
    }
    assert parts_of(spec, {"items.gift": "yes"})["gift"].lines("en") == (
        "Ticked, but it does not belong on the list.",
        "Against the rules.",
    )


def test_empty_checklist_earns_nothing_for_what_it_leaves_out() -> None:
    spec = parse_spec(checklist())
    assert earned(spec, {}) == {"log": 0, "gift": 0, "map": 0}
    assert parts_of(spec, {})["gift"].lines("en")[0] == "Nothing on the whole list is ticked."


def test_checklist_by_rule_counts_ticks_own_lines_and_remarks_beside_them() -> None:
    spec = parse_spec(own_checklist())
    form = {"items-one.log.tick": "yes", "items-own.map.remark": "me", "own.2.text": "Rope"}
    assert earned(spec, form) == {"ticked": Fraction(1, 2), "own": 1, "remarks": 0}
    assert earned(spec, {**form, "items-own.map.tick": "yes"}) == {"ticked": 1, "own": 1, "remarks": 1}
    assert earned(spec, dict(model_answer_of(spec))) == {"ticked": 1, "own": 1, "remarks": 1}


def test_group_called_own_is_not_the_own_lines() -> None:
    names = field_names(kind_of(spec := parse_spec(own_checklist())).sheet(spec))
    assert len(set(names)) == len(names) == 2 * 2 + 2 * 2


# Scorings


def scoring(**over: Any) -> dict[str, Any]:
    """Two options by two criteria, all keyed, and what comes first: five points."""
    options = [{"id": "a", "label": "A"}, {"id": "b", "label": "B"}]
    criteria = [{"id": "price", "label": "Price", "weight": 70}, {"id": "speed", "label": "Speed", "weight": 30}]
    key = {"a": {"price": 4, "speed": 2}, "b": {"price": 2, "speed": 5}}
    return head("scoring", 5, options=options, criteria=criteria, key=key, tolerance=1, best="a") | over


def own_scoring(**over: Any) -> dict[str, Any]:
    """Own weights, by rule: cells, weights, and what comes first."""
    criteria = [{"id": "price", "label": "Price"}, {"id": "speed", "label": "Speed"}]
    model = {"a": {"price": 4, "speed": 4}, "b": {"price": 2, "speed": 5}}
    return (
        scoring(criteria=criteria, weights="own", key={}, model=model, marking=["rule"], points=3, tolerance=0) | over
    )


def sheet_of(a: tuple[str, str], b: tuple[str, str], weights: tuple[str, str] = ("", "")) -> dict[str, str]:
    cells = {"a": a, "b": b, "weight": weights}
    names = {(c, row): cells[c][n] for c in cells for n, row in enumerate(("price", "speed"))}
    return {f"scores.{row}.{column}": text for (column, row), text in names.items() if text}


def test_score_is_right_within_the_tolerance() -> None:
    spec = parse_spec(scoring())
    parts = parts_of(spec, sheet_of(("5", "２"), ("4", "9")))
    assert {name: part.earned for name, part in parts.items()} == {
        "price.a": 1,
        "speed.a": 1,
        "price.b": 0,
        "speed.b": 0,
        "best": 0,
    }
    assert parts["price.a"].lines("en") == ("Near enough; the model has 4.",)
    assert parts["speed.b"].lines("en") == ("At most 5, please. The answer is 5.",)


def test_means_and_ranks_are_worked_out_once_all_is_there() -> None:
    spec = parse_spec(scoring())
    assert worked_out(spec, sheet_of(("4", "2"), ("2", ""))) == {"scores.total.a": "3.4"}
    assert worked_out(spec, sheet_of(("4", "2"), ("2", "5"))) == {
        "scores.total.a": "3.4",
        "scores.total.b": "2.9",
        "scores.rank.a": "1",
        "scores.rank.b": "2",
    }
    tie = worked_out(spec, sheet_of(("3", "3"), ("3", "3")))
    assert (tie["scores.rank.a"], tie["scores.rank.b"]) == ("1", "1")


def worked_out(spec: Spec, form: dict[str, str]) -> dict[str, str]:
    return {name: text for name, text in shown_values(spec, form).items() if name not in form}


def test_what_comes_first_is_judged_by_own_scores_and_a_tie_is_no_answer() -> None:
    spec = parse_spec(scoring())
    assert earned(spec, sheet_of(("2", "1"), ("1", "1")))["best"] == 1
    tie = parts_of(spec, sheet_of(("3", "3"), ("3", "3")))["best"]
    assert tie.earned == 0
    assert tie.lines("en") == ("By your scores no option comes first alone; it should be “A”.",)
    assert parts_of(spec, sheet_of(("1", "1"), ("2", "2")))["best"].lines("en") == (
        "By your scores “B” comes first; it should be “A”.",
    )


def test_own_weights_must_add_up() -> None:
    spec = parse_spec(own_scoring())
    full = ("4", "4"), ("2", "5")
    assert earned(spec, sheet_of(*full, ("60", "40"))) == {"filled": 1, "weights": 1, "best": 1}
    off = parts_of(spec, sheet_of(*full, ("60", "50")))["weights"]
    assert off.earned == 0
    assert off.lines("en") == ("The weights add up to 110, not to 100.",)
    assert worked_out(spec, sheet_of(("4", ""), ("", ""), ("60", "50%"))) == {"scores.total.weight": "110"}
    assert earned(spec, {}) == {"filled": 0, "weights": 0, "best": 0}


# Card walls


def card_wall(**over: Any) -> dict[str, Any]:
    """Two headings, of each two cards; two points."""
    columns = [{"id": "want", "label": "I want"}, {"id": "fear", "label": "I fear"}]
    cards = {"least": 2, "most": 3, "length": 10}
    model = {"want": ["More time", "Calm"], "fear": ["Noise", "Rain"]}
    return head("card_wall", 2, columns=columns, cards=cards, model=model, marking=["rule"]) | over


def test_cards_earn_as_far_as_there_are_enough() -> None:
    spec = parse_spec(card_wall())
    form = {"want.3.card": "Calm", "fear.1.card": "Noise", "fear.2.card": "far too long a card"}
    assert earned(spec, form) == {"want": Fraction(1, 2), "fear": Fraction(1, 2)}
    assert set(read_answer(spec, form).unreadable) == {"fear.2.card"}


def test_wall_has_each_card_once_in_an_order_that_tells_nobody() -> None:
    spec = parse_spec(card_wall())
    forms = [
        {"want.1.card": "Calm", "want.2.card": "<b>Tea</b>"},
        {"want.1.card": "calm。", "fear.1.card": "Rain"},
        {"want.1.card": "Sun", "want.2.card": "Calm"},
    ]
    answers = [read_answer(spec, form) for form in forms]
    wall = kind_of(spec).together(spec, answers)
    assert wall == kind_of(spec).together(spec, answers[::-1])
    assert [sorted(cards(panel)) for panel in wall] == [["&lt;b&gt;Tea&lt;/b&gt;", "Calm ×3", "Sun"], ["Rain"]]
    assert kind_of(spec).together(spec, []) == kind_of(spec).together(spec, [read_answer(spec, {})]) == ()


def cards(panel: object) -> list[str]:
    assert isinstance(panel, Panel)
    (listing,) = panel.blocks
    assert isinstance(listing, Listing)
    return [str(block.text) for item in listing.items for block in item if isinstance(block, Paragraph)]


# Mistakes

ITEM = {"id": "log", "text": "Log", "needed": True}
MISTAKES = [
    (checklist(items=[ITEM, {"id": "map", "text": "Map"}]), (("items", 1), "needed-missing")),
    (
        checklist(items=[{**ITEM, "needed": False}, {"id": "m", "text": "M", "needed": False}]),
        (("items",), "needed-none"),
    ),
    (checklist(items=[ITEM, {**ITEM, "id": "again"}]), (("items", 1, "text"), "text-twice")),
    (checklist(items=[ITEM, {**ITEM, "id": "b", "text": "B", "group": "g"}]), (("items", 1, "group"), "group-unknown")),
    (checklist(groups=[{"id": "g", "label": "G"}]), (("items", 0, "group"), "group-missing")),
    (checklist(rule={"ticked": 1}), (("rule",), "marking-misfit")),
    (own_checklist(rule={"ticked": 3}), (("rule", "ticked"), "rule-room")),
    (own_checklist(remark=None), (("rule", "remarks"), "rule-room")),
    (checklist(items="log"), (("items",), "tuple_type")),
    (scoring(best="c"), (("best",), "name-unknown")),
    (scoring(best="b"), (("best",), "best")),
    (scoring(key={"a": {"price": 4, "speed": 6}, "b": {"price": 1, "speed": 1}}), (("key", "a", "speed"), "score")),
    (scoring(key={"a": {"price": 4, "speed": 4}}), (("key",), "scores-missing")),
    (scoring(key={}), (("key",), "key-missing")),
    (
        scoring(criteria=[{"id": "price", "label": "P", "weight": 70}, {"id": "speed", "label": "S"}]),
        (("criteria", 1, "weight"), "weights"),
    ),
    (
        scoring(criteria=[{"id": "price", "label": "P", "weight": 70}, {"id": "speed", "label": "S", "weight": 40}]),
        (("criteria",), "weights"),
    ),
    (scoring(options=[{"id": "weight", "label": "A"}, {"id": "b", "label": "B"}]), (("options", 0, "id"), "id-taken")),
    (own_scoring(model={}), (("model",), "model-missing")),
    (own_scoring(model_weights={"price": 10, "speed": 10}), (("model_weights",), "weights")),
    (card_wall(marking=["key"]), (("marking", 0), "marking-misfit")),
    (card_wall(cards={"least": 4, "most": 3}), (("cards", "least"), "limit")),
    (card_wall(model={"want": ["Calm"]}), (("model",), "model-missing")),
    (card_wall(model={"wnat": []}), (("model", "wnat"), "column-unknown")),
    (card_wall(model={"want": ["far too long a card", "b"], "fear": ["a", "b"]}), (("model", "want", 0), "limit")),
]


@pytest.mark.parametrize(("written", "mistake"), MISTAKES, ids=[f"{w['kind']}-{code}" for w, (_, code) in MISTAKES])
def test_mistake_is_told_with_its_place(written: dict[str, Any], mistake: tuple[tuple[int | str, ...], str]) -> None:
    assert mistake in mistakes_in(written)


@pytest.mark.parametrize("written", [checklist(), own_checklist(), scoring(), own_scoring(), card_wall()])
def test_sound_heads_have_no_mistake_and_their_model_earns_everything(written: dict[str, Any]) -> None:
    assert mistakes_in(written) == set()
    spec = parse_spec(written)
    assert sum(earned(spec, dict(model_answer_of(spec))).values()) == spec.points
