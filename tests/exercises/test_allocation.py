"""A total shared out: what an item and the sum earn, what is shown, and what is refused."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

import pytest

from app.documents.blocks import AllocationField, Chart, plain
from app.exercises import giveaways, grade_answer, kind_of, model_answer_of, parse_spec, profile_of, read_answer
from app.exercises.kind import Part
from app.exercises.texts import STORED
from tests.exercises import contract
from tests.exercises.samples import allocation, mistakes_in

ITEMS = allocation()["items"]
OWN = {"marking": ["rule"], "points": 1, "items": [{"id": each["id"], "label": each["label"]} for each in ITEMS]}


def parts(head: dict[str, Any], **shares: str) -> tuple[Part, ...]:
    spec = parse_spec(head)
    grade = grade_answer(spec, read_answer(spec, {f"share.{item}": share for item, share in shares.items()}))
    assert grade is not None
    return grade.parts


@pytest.mark.parametrize("check", contract.PROMISES, ids=lambda check: check.__name__.removeprefix("check_"))
@pytest.mark.parametrize("head", [allocation(), allocation(**OWN), allocation(marking="key", chart="pie")])
def test_samples_keep_the_promises_of_a_kind(check: Any, head: dict[str, Any]) -> None:
    spec = parse_spec(head)
    check(kind_of(spec), spec)


def test_trainee_side_works_without_the_key() -> None:
    spec = parse_spec(allocation())
    contract.check_trainee_side_works_without_the_key(kind_of(spec), spec, kind_of(spec).secret)


@pytest.mark.parametrize(
    ("share", "earned", "said"),
    [
        ("30", 2, "Right. Only a third."),
        ("35 %", 2, "Right. Only a third."),
        ("25", 2, "Right. Only a third."),
        ("40", 1, "“40” is nearly right. The answer is 30%. Only a third."),
        ("44", Fraction(1, 5), "“44” is nearly right. The answer is 30%. Only a third."),
        ("45", 0, "“45” is not right. The answer is 30%. Only a third."),
        ("", 0, "Left blank. The answer is 30%. Only a third."),
        ("130", 0, "A share lies between 0 and 100; 130 does not. The answer is 30%. Only a third."),
        ("-5", 0, "A share lies between 0 and 100; -5 does not. The answer is 30%. Only a third."),
    ],
)
def test_points_fall_from_the_tolerance_to_three_times_as_much(share: str, earned: Fraction, said: str) -> None:
    part = parts(allocation(), price=share)[0]
    assert (part.earned, part.in_words("en")) == (Fraction(earned), said)


def test_without_tolerance_only_the_very_share_is_right() -> None:
    assert [parts(allocation(tolerance=0), price=each)[0].earned for each in ("30", "30.01")] == [2, 0]


@pytest.mark.parametrize(
    ("shares", "earned", "said"),
    [
        (("30", "50", "20"), 1, "It adds up."),
        (("100", "", ""), 1, "It adds up."),
        (("33.3", "33.3", "33.4"), 1, "It adds up."),
        (("40", "48", "20"), 0, "It adds up to 108; it should be 100."),
        (("", "", ""), 0, "Left blank."),
    ],
)
def test_rule_wants_the_sum(shares: tuple[str, ...], earned: int, said: str) -> None:
    (part,) = parts(allocation(**OWN), **dict(zip(("price", "service", "brand"), shares, strict=True)))
    assert (part.id, part.earned, part.in_words("en")) == ("total", Fraction(earned), said)


def test_the_sum_is_said_in_chinese_too() -> None:
    (part,) = parts(allocation(**OWN), price="60", service="48")
    assert part.in_words("zh-CN") == "加起来是 108，应为 100。"


def test_sheet_knows_nothing_of_the_key() -> None:
    spec = parse_spec(allocation())
    (field,) = kind_of(spec).sheet(spec)
    assert isinstance(field, AllocationField)
    assert (field.label, field.total, field.unit) == (plain("Share out 100 %."), "100", "%")


def test_own_allocation_has_an_even_one_for_a_model() -> None:
    assert model_answer_of(parse_spec(allocation(**OWN))) == {
        "share.price": "34",
        "share.service": "33",
        "share.brand": "33",
    }


def test_profile_has_the_key_only_where_there_is_one() -> None:
    for head, names in ((allocation(), ["Your shares", "The key"]), (allocation(**OWN), ["Your shares"])):
        spec = parse_spec(head)
        (chart,) = profile_of(spec, read_answer(spec, {"share.price": "40"}))
        assert isinstance(chart, Chart)
        assert [str(series.label) for series in chart.series] == names
        assert chart.series[0].values == (40.0, None, None)


def test_cohort_sees_means_without_names_and_without_the_key() -> None:
    spec = parse_spec(allocation())
    answers = [read_answer(spec, {"share.price": share}) for share in ("20", "30", "70")]
    (chart,) = kind_of(spec).together(spec, answers)
    assert isinstance(chart, Chart)
    assert chart.series[0].values == (40.0, 0.0, 0.0)
    assert len(chart.series) == 1
    assert kind_of(spec).together(spec, answers[:2]) == ()


@pytest.mark.parametrize(
    ("head", "found"),
    [
        (allocation(items=[ITEMS[0] | {"answer": None}, *ITEMS[1:]]), {(("items", 0), "answer-missing")}),
        (allocation(items=[ITEMS[0] | {"answer": 31}, *ITEMS[1:]]), {(("items",), "answers-total")}),
        (allocation(items=[ITEMS[0] | {"answer": -1}, *ITEMS[1:]]), {(("items", 0, "answer"), "greater_than_equal")}),
        (allocation(**(OWN | {"items": [ITEMS[0] | {"points": 1}, *ITEMS[1:]]})), {(("items",), "key-misfit")}),
        (allocation(items=ITEMS[:1]), {(("items",), "too-few")}),
        (
            allocation(items=[{"id": f"i{n}", "label": str(n), "answer": 0} for n in range(13)]),
            {(("items",), "too_long")},
        ),
        (allocation(total=0), {(("total",), "greater_than")}),
        (allocation(tolerance="5%"), {(("tolerance",), "number")}),
        (allocation(chart="radar"), {(("chart",), "literal_error")}),
    ],
)
def test_mistake_is_told_with_its_place(head: dict[str, Any], found: set[Any]) -> None:
    assert found <= mistakes_in(head)


def test_sample_is_sound_and_gives_nothing_away() -> None:
    assert mistakes_in(allocation()) == mistakes_in(allocation(**OWN)) == set()
    assert list(giveaways(parse_spec(allocation()))) == []


def test_sample_survives_storage() -> None:
    spec = parse_spec(allocation())
    assert parse_spec(spec.model_dump(mode="json"), context=STORED) == spec
