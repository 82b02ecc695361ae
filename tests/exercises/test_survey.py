"""Surveys: the scores against another way of working them out, what a profile shows, and what is refused."""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction
from typing import Any, cast

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.documents.blocks import Chart, Paragraph, Table, plain
from app.documents.html import to_html
from app.exercises import kind_of, parse_spec, profile_of, read_answer
from app.exercises.carried import CarriedField, Earlier
from app.exercises.kinds.survey.scoring import scores_of
from app.exercises.kinds.survey.spec import SurveySpec
from app.exercises.texts import STORED
from tests.exercises.contract import PROMISES
from tests.exercises.samples import mistakes_in, survey

ITEMS = survey()["items"]
TOP = {"i-1": "5", "i-2": "1", "i-3": "5", "i-4": "5"}
Scores = dict[str, Fraction | None]


def spec_of(**over: Any) -> SurveySpec:
    return cast("SurveySpec", parse_spec(survey(**over)))


def form(steps: dict[str, str]) -> dict[str, str]:
    return {f"item.{item}": step for item, step in steps.items()}


def by_hand(head: dict[str, Any], steps: dict[str, str], least: Fraction = Fraction(4, 5)) -> Scores:
    """The scores straight from the head, without anything of the kind's."""
    values = {step["id"]: Fraction(step.get("value", n)) for n, step in enumerate(head["scale"], start=1)}
    low, high = min(values.values()), max(values.values())
    scores: Scores = {}
    for dimension in (each["id"] for each in head["dimensions"]):
        earned = possible = Fraction(0)
        items = answered = 0
        for item in head["items"]:
            shares = item["dimension"] if isinstance(item["dimension"], dict) else {item["dimension"]: 1}
            if dimension not in shares:
                continue
            items += 1
            if item["id"] not in steps:
                continue
            answered += 1
            weight = Fraction(str(shares[dimension])) * Fraction(str(item.get("weight", 1)))
            value = values[steps[item["id"]]]
            turned = bool(item.get("reversed")) != (weight < 0)
            earned += abs(weight) * ((low + high - value if turned else value) - low)
            possible += abs(weight) * (high - low)
        scores[dimension] = 100 * earned / possible if answered and answered >= least * items else None
    return scores


@st.composite
def surveys(draw: Callable[..., Any]) -> tuple[dict[str, Any], dict[str, str]]:
    """A head with its answers, some of them left out."""
    count = draw(st.integers(2, 7))
    values = sorted(draw(st.sets(st.integers(-9, 9), min_size=count, max_size=count)))
    scale = [{"id": f"s{n}", "label": f"Step {n}", "value": value} for n, value in enumerate(values)]
    names = ["one", "two", "three"][: draw(st.integers(1, 3))]
    weight = st.sampled_from([-2, -0.5, 0.25, 1, 3])
    items: list[dict[str, Any]] = []
    for number, name in enumerate([*names, *draw(st.lists(st.sampled_from(names), max_size=6))]):
        counted = draw(st.one_of(st.just(name), st.just({each: draw(weight) for each in names})))
        item = {"id": f"i-{number}", "text": f"Item {number}.", "dimension": counted, "reversed": draw(st.booleans())}
        items.append(item | {"weight": draw(st.sampled_from([1, 2, 0.5]))})
    steps = {item["id"]: draw(st.sampled_from([*(step["id"] for step in scale), ""])) for item in items}
    dimensions = [{"id": name, "label": name} for name in names]
    head = survey(scale=scale, dimensions=dimensions, items=items, bands=[])
    return head, {name: step for name, step in steps.items() if step}


@pytest.mark.parametrize("check", PROMISES, ids=lambda check: check.__name__.removeprefix("check_"))
def test_sample_keeps_the_promises_of_a_kind(check: Any) -> None:
    check(kind_of(spec_of()), spec_of())


@given(surveys())
def test_scores_are_those_worked_out_by_hand(drawn: tuple[dict[str, Any], dict[str, str]]) -> None:
    head, steps = drawn
    assert scores_of(cast("SurveySpec", parse_spec(head)), steps) == by_hand(head, steps)


def test_working_out_by_hand_tells_a_wrong_score() -> None:
    turned = survey(items=[ITEMS[0] | {"reversed": True}, *ITEMS[1:]])
    assert by_hand(turned, TOP) != scores_of(spec_of(), TOP)


@given(surveys())
def test_turning_every_item_round_turns_the_scores_round(drawn: tuple[dict[str, Any], dict[str, str]]) -> None:
    head, steps = drawn

    def turned(head: dict[str, Any]) -> dict[str, Any]:
        return head | {"items": [item | {"reversed": not item["reversed"]} for item in head["items"]]}

    once, twice = (
        scores_of(cast("SurveySpec", parse_spec(each)), steps) for each in (turned(head), turned(turned(head)))
    )
    scores = scores_of(cast("SurveySpec", parse_spec(head)), steps)
    assert twice == scores
    assert once == {name: None if score is None else 100 - score for name, score in scores.items()}


def test_the_best_answers_make_a_hundred_and_the_others_nothing() -> None:
    one_way = spec_of(items=[*ITEMS[:2], ITEMS[2] | {"dimension": "direct"}, ITEMS[3]])
    assert scores_of(one_way, TOP) == {"concept": 100, "direct": 100}
    assert scores_of(one_way, {"i-1": "1", "i-2": "5", "i-3": "1", "i-4": "1"}) == {"concept": 0, "direct": 0}


@pytest.mark.parametrize(("least", "score"), [("80%", None), ("50%", 100), (0.5, 100), ("50.1 %", None)])
def test_score_needs_so_many_answers(least: object, score: int | None) -> None:
    assert scores_of(spec_of(least=least), {"i-4": "5"})["direct"] == score


def test_survey_earns_nothing_and_has_no_model() -> None:
    spec = spec_of()
    kind = kind_of(spec)
    assert kind.grade(spec, read_answer(spec, form(TOP))).parts == ()
    assert kind.model_answer(spec) == {}


def test_profile_is_a_chart_with_its_words() -> None:
    spec = spec_of()
    steps = {"i-1": "5", "i-2": "2", "i-3": "1"}
    chart, words, left = profile_of(spec, read_answer(spec, form(steps)))
    assert isinstance(chart, Chart)
    assert [(each.label, each.values) for each in chart.series] == [(plain("Score"), (92.0, None))]
    assert isinstance(words, Table)
    said = [to_html(row.cells[-1], language="en") for row in words.rows if isinstance(row.cells[-1], tuple)]
    assert said == ["<p><strong>Strong</strong> Big picture first.</p>", "<p>Too few answers for a score.</p>"]
    assert left == Paragraph(plain("Not answered (1): I ask for the order."), "small")


def test_blank_survey_shows_no_profile() -> None:
    spec = spec_of()
    assert profile_of(spec, read_answer(spec, {})) == ()


def test_profile_stands_beside_the_one_before() -> None:
    spec = spec_of(before="earlier-survey")
    assert spec.earlier_slugs == ("earlier-survey",)
    assert spec.wanted_of("earlier-survey") == ("item",)
    low = {"i-1": "1", "i-2": "5", "i-3": "5", "i-4": "1"}
    fields = tuple(CarriedField(name=name, label="", text=step, shown=step) for name, step in form(low).items())
    carrying = spec.carrying({"earlier-survey": Earlier(title="Before", fields=fields)})
    chart, words, *_ = profile_of(carrying, read_answer(carrying, form(TOP)))
    assert isinstance(chart, Chart)
    assert [each.label for each in chart.series] == [plain("This time"), plain("Before")]
    assert chart.series[1].values == (0.0, 67.0)
    assert isinstance(words, Table)
    assert [row.cells[1] for row in words.rows] == [plain("+67"), plain("+33")]


def test_cohort_sees_means_of_many_and_nothing_of_few() -> None:
    spec = spec_of()
    answers = [read_answer(spec, form(TOP))] * 5
    (chart,) = kind_of(spec).together(spec, answers)
    assert isinstance(chart, Chart)
    assert chart.series[0].values == (67.0, 100.0)
    assert kind_of(spec).together(spec, answers[:4]) == ()
    assert kind_of(spec).together(spec_of(private=True), answers) == ()


@pytest.mark.parametrize(
    ("head", "found"),
    [
        (survey(marking=["key"]), {(("marking",), "marking-nothing")}),
        (
            survey(scale=[{"id": "1", "label": "A", "value": 1}, {"id": "2", "label": "B"}]),
            {(("scale",), "scale-values")},
        ),
        (
            survey(scale=[{"id": "1", "label": "A", "value": 2}, {"id": "2", "label": "B", "value": 2}]),
            {(("scale",), "scale-values")},
        ),
        (
            survey(items=[ITEMS[0] | {"dimension": "concpet"}, *ITEMS[1:]]),
            {(("items", 0, "dimension"), "dimension-unknown")},
        ),
        (survey(items=[{"id": "a", "text": "A."}, *ITEMS]), {(("items", 0, "dimension"), "dimension-missing")}),
        (
            survey(items=[ITEMS[0] | {"dimension": {"concept": 0}}, *ITEMS[1:]]),
            {(("items", 0, "dimension", "concept"), "weight-zero")},
        ),
        (survey(items=ITEMS[:2]), {(("dimensions", 1), "dimension-empty")}),
        (survey(bands=[{"label": "A"}, {"label": "B"}]), {(("bands", 0), "bands")}),
        (survey(bands=[{"label": "A", "up_to": 40}]), {(("bands", 0), "bands")}),
        (
            survey(bands=[{"label": "A", "up_to": 60}, {"label": "B", "up_to": 40}, {"label": "C"}]),
            {(("bands", 1, "up_to"), "bands")},
        ),
        (survey(least="120%"), {(("least",), "share")}),
        (survey(least=[]), {(("least",), "share")}),
        (survey(items=[ITEMS[0] | {"weight": 0}, *ITEMS[1:]]), {(("items", 0, "weight"), "greater_than")}),
        (survey(scale=[{"id": str(n), "label": str(n)} for n in range(8)]), {(("scale",), "too_long")}),
    ],
)
def test_mistake_is_told_with_its_place(head: dict[str, Any], found: set[Any]) -> None:
    assert found <= mistakes_in(head)


def test_sample_is_sound() -> None:
    assert mistakes_in(survey()) == set()
    assert mistakes_in(survey(dimensions=[{"id": "one", "label": "One"}], items=[{"id": "a", "text": "A."}])) == set()


def test_sample_survives_storage() -> None:
    spec = parse_spec(survey())
    assert parse_spec(spec.model_dump(mode="json"), context=STORED) == spec
