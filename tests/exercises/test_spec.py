"""The head that all exercises have: what is refused, where, and what is made of it."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

import pytest
from pydantic import ValidationError

from app.exercises import KINDS, UnknownKind, giveaways, grade_answer, parse_spec, read_answer
from app.exercises.spec import share_out
from app.words import say
from tests.exercises.samples import calculation, hierarchy, mistakes_in, own_hierarchy

RUBRIC = [{"criterion": "Reasons", "levels": [{"points": 0, "text": "None"}, {"points": 4, "text": "Good"}]}]


@pytest.mark.parametrize("head", [hierarchy(), own_hierarchy(), calculation()], ids=["cards", "rows", "numbers"])
def test_samples_are_sound(head: dict[str, Any]) -> None:
    assert mistakes_in(head) == set()


REVIEWED: dict[str, Any] = {"rubric": RUBRIC, "marking": ["key", "peer"], "points": 7}
TOO_FEW = {(("reviewing", each), "greater_than_equal") for each in ("reviewers", "least")}


@pytest.mark.parametrize(
    ("over", "found"),
    [
        ({"minutes": 0}, {(("minutes",), "greater_than_equal")}),
        ({"minutes": "25"}, {(("minutes",), "int_type")}),
        ({"title": ""}, {(("title",), "string_too_short")}),
        ({"title": "![x](media/x.png)"}, {(("title",), "unprintable")}),
        ({"title": "one\n\ntwo"}, {(("title",), "one-line")}),
        ({"body": "::: trainer\nopen"}, {(("body",), "unprintable")}),
        ({"attempts": 0}, {(("attempts",), "attempts")}),
        ({"attempts": "many"}, {(("attempts",), "attempts")}),
        ({"feedback": "later"}, {(("feedback",), "literal_error")}),
        ({"private": "no"}, {(("private",), "bool_type")}),
        ({"colour": "red"}, {(("colour",), "extra_forbidden")}),
        ({"points": "many", "minutes": 0}, {(("points",), "number"), (("minutes",), "greater_than_equal")}),
        ({"points": "20 %"}, {(("points",), "number")}),
        ({"points": True}, {(("points",), "number")}),
        ({"points": float("nan")}, {(("points",), "number")}),
        ({"points": 10**6000}, {(("points",), "number")}),
        ({"marking": ["key", "none"]}, {(("marking",), "marking-none")}),
        ({"marking": ["key", "trainer"]}, {(("marking",), "rubric-missing")}),
        ({"rubric": RUBRIC}, {(("rubric",), "marker-missing")}),
        ({"rubric": RUBRIC, "marking": ["trainer"]}, {(("points",), "rubric-points")}),
        ({"rubric": RUBRIC, "marking": ["key", "peer"], "points": 3}, {(("points",), "rubric-points")}),
        ({"rubric": RUBRIC, "marking": ["key", "peer"], "points": 4}, {(("points",), "key-points")}),
        ({"discussion": {"read": 10}}, {(("discussion",), "discussion-alone")}),
        ({"work": "pairs", "discussion": {"read": 5, "share": 4}}, {(("discussion",), "discussion-minutes")}),
        ({"work": "group", "discussion": {"discuss": 10}}, set()),
        ({"reasons": [{"id": "a", "label": "A"}] * 2}, {(("reasons", 1, "id"), "id-twice")}),
        ({"reasons": [{"id": "A b", "label": "A"}]}, {(("reasons", 0, "id"), "string_pattern_mismatch")}),
    ],
)
def test_mistake_in_the_head_is_told_with_its_place(over: dict[str, Any], found: set[Any]) -> None:
    assert mistakes_in(hierarchy(**over)) == found


def test_two_levels_with_the_same_points_are_refused() -> None:
    levels = [{"points": 2, "text": "a"}, {"points": 2, "text": "b"}]
    head = hierarchy(marking=["key", "peer"], rubric=[{"criterion": "C", "levels": levels}])
    assert mistakes_in(head) == {(("rubric", 0, "levels", 1, "points"), "levels-equal")}


def test_rubric_comes_out_of_the_points_and_the_key_shares_the_rest() -> None:
    spec = parse_spec(hierarchy(points="11.5", marking=["key", "trainer"], rubric=RUBRIC))
    grade = grade_answer(spec, read_answer(spec, {}))
    assert (spec.rubric_points, spec.key_points) == (Fraction(4), Fraction(15, 2))
    assert grade is not None
    assert [part.possible for part in grade.parts] == [Fraction(5, 2)] * 3


def test_people_alone_mark_without_a_grade() -> None:
    spec = parse_spec(hierarchy(points=4, marking=["trainer"], rubric=RUBRIC))
    assert grade_answer(spec, read_answer(spec, {"level.brakes": "must"})) is None


@pytest.mark.parametrize(
    ("stated", "shares"),
    [((None, None), (3, 3)), ((4, None), (4, 2)), ((Fraction(5, 2), Fraction(7, 2)), (Fraction(5, 2), Fraction(7, 2)))],
)
def test_points_are_shared_evenly_unless_stated(stated: tuple[Any, ...], shares: tuple[Any, ...]) -> None:
    assert share_out(Fraction(6), stated) == shares


@pytest.mark.parametrize("points", [(1, 1), (4, 5), (9, 1)])
def test_parts_that_do_not_add_up_are_refused(points: tuple[int, int]) -> None:
    quantities = [{"id": f"q{i}", "label": "Q", "answer": 1, "points": p} for i, p in enumerate(points)]
    assert mistakes_in(calculation(*quantities, points=10 if sum(points) != 10 else 9)) == {(("points",), "key-points")}


def test_mistake_is_worded_in_two_languages() -> None:
    with pytest.raises(ValidationError) as caught:
        parse_spec(hierarchy(attempts=0))
    (error,) = caught.value.errors()
    assert error["ctx"]["sentence"] == say("Attempts are a whole number from 1, or “unlimited”.")
    assert error["ctx"]["remedy"] == say("Write 1 for a single try.")
    assert error["msg"] == "Attempts are a whole number from 1, or “unlimited”. Write 1 for a single try."


@pytest.mark.parametrize(
    ("head", "sentence", "remedy"),
    [
        (
            {"kind": "hierachy"},
            say("There is no exercise kind “{name}”.", name="hierachy"),
            say("Did you mean “{name}”?", name="hierarchy"),
        ),
        (
            {"kind": "quiz"},
            say("There is no exercise kind “{name}”.", name="quiz"),
            say("Kinds are: {names}.", names=", ".join(KINDS)),
        ),
        (
            {"kind": ["hierarchy"]},
            say("The exercise does not say its kind."),
            say("Kinds are: {names}.", names=", ".join(KINDS)),
        ),
        (
            "no mapping",
            say("The exercise does not say its kind."),
            say("Kinds are: {names}.", names=", ".join(KINDS)),
        ),
    ],
)
def test_unknown_kind_is_told_with_the_nearest(head: object, sentence: object, remedy: object) -> None:
    with pytest.raises(UnknownKind) as caught:
        parse_spec(head)
    assert (caught.value.sentence, caught.value.remedy) == (sentence, remedy)


def test_spec_does_not_turn_into_text() -> None:
    spec = parse_spec(hierarchy())
    with pytest.raises(TypeError):
        str(spec)
    with pytest.raises(TypeError):
        f"{spec}"
    with pytest.raises(TypeError):
        spec.__html__()
    assert repr(spec) == "<HierarchySpec>"


def test_every_kind_has_a_schema_for_editors() -> None:
    schema = type(parse_spec(calculation())).model_json_schema()
    assert schema["properties"]["kind"] == {"const": "calculation", "title": "Kind", "type": "string"}


def one_item(item_id: str, level: str = "must") -> dict[str, Any]:
    items = [{"id": item_id, "text": "x", "level": level, "sales_related": True}]
    return hierarchy(items=items)


@pytest.mark.parametrize("item_id", ["must", "must-brakes", "mustbrakes", "right-one", "wrong", "is-true", "the-key"])
def test_id_that_gives_the_key_away_is_found(item_id: str) -> None:
    assert list(giveaways(parse_spec(one_item(item_id)))) == [(("items", 0, "id"), item_id)]


@pytest.mark.parametrize("item_id", ["brakes", "keyboard", "truethat", "nice-brakes"])
def test_id_that_tells_nothing_passes(item_id: str) -> None:
    assert list(giveaways(parse_spec(one_item(item_id)))) == []


def test_place_and_quantity_that_give_the_key_away_are_found() -> None:
    levels = [{"id": "correct", "label": "A"}, {"id": "other", "label": "B"}]
    items = [{"id": "brakes", "text": "x", "level": "correct", "sales_related": True}]
    assert list(giveaways(parse_spec(hierarchy(levels=levels, items=items)))) == [(("levels", 0, "id"), "correct")]
    quantity = {"id": "days-24", "label": "Days", "answer": 24}
    assert list(giveaways(parse_spec(calculation(quantity)))) == [(("quantities", 0, "id"), "days-24")]
