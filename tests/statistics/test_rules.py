"""What is said of an exercise, and what is not while there are too few."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from app.documents.blocks import plain
from app.statistics.rules import (
    FEWEST_JUDGED,
    FEWEST_SHOWN,
    FEWEST_STEADY,
    Asked,
    Countable,
    Given,
    Option,
    findings,
    minutes_worked,
)

ASKED = (Asked("a", "A", 2.0), Asked("b", "B", 1.0), Asked("c", "C", 1.0))
FIELDS = (
    Countable(
        plain("A"),
        ("a",),
        (Option("a", "x", "Ex", True), Option("a", "y", "Why", False), Option("a", "z", "Zed", False)),
    ),
    Countable(plain("N"), ("n",), (), "24"),
)
START = datetime(2026, 11, 23, 9, tzinfo=UTC)


def answers(count: int, **over: str) -> list[Given]:
    """The first half know everything; the others took y and typed 28."""
    strong = Given({"a": 2.0, "b": 1.0, "c": 1.0}, {"a": "x", "n": "24"} | over, 10.0)
    weak = Given({"a": 0.0, "b": 0.0, "c": 1.0}, {"a": "y", "n": "28"} | over, 30.0)
    return [strong if number < count / 2 else weak for number in range(count)]


@pytest.mark.parametrize("count", range(FEWEST_SHOWN))
def test_a_few_answers_show_nothing(count: int) -> None:
    found = findings(answers(count), ASKED, FIELDS, minutes=20)
    assert (found.items, found.questions, found.share, found.times) == ((), (), None, None)
    assert found.sureness == "none"
    assert len(found.warnings) == 1


@pytest.mark.parametrize(
    ("count", "sureness"), [(FEWEST_SHOWN, "low"), (FEWEST_JUDGED, "preliminary"), (FEWEST_STEADY, "steady")]
)
def test_how_sure_figures_are(count: int, sureness: str) -> None:
    found = findings(answers(count), ASKED, FIELDS, minutes=30)
    assert found.sureness == sureness
    assert (found.reliability is None) == (sureness == "low")
    assert all((row.discrimination is None) == (sureness == "low" or row.label == "C") for row in found.items)
    assert bool(found.warnings) == (sureness != "steady")


def test_figures_of_an_exercise() -> None:
    found = findings(answers(40), ASKED, FIELDS, minutes=15)
    assert [(row.label, row.difficulty) for row in found.items] == [("A", 0.5), ("B", 0.5), ("C", 1.0)]
    assert found.items[0].discrimination == pytest.approx(1.0)
    assert found.items[2].discrimination is None
    assert found.items[2].remark is not None  # nearly everybody gets it
    assert found.share == pytest.approx((4 + 1) / 2 / 4)
    assert found.times is not None
    assert (found.times.lower, found.times.median, found.times.upper) == (10, 20, 30)
    assert any("Half of the people" in warning.text for warning in found.warnings)


def test_distractors() -> None:
    (choice, typed) = findings(answers(40), ASKED, FIELDS, minutes=30).questions
    rows = {row.label: row for row in choice.options}
    assert [(row.count, row.is_right) for row in rows.values()] == [(20, True), (20, False), (0, False)]
    assert rows["Zed"].remark is not None
    assert rows["Why"].remark is None
    assert rows["Ex"].rest == pytest.approx(1.0)
    assert [(row.label, row.count, row.is_right) for row in typed.options] == [("24", 20, True), ("28", 20, False)]


def test_what_few_people_typed_stays_theirs() -> None:
    lonely = [Given(each.earned, {**each.values, "n": f"{number}"}, None) for number, each in enumerate(answers(40))]
    assert [row.label.striptags() for row in findings(lonely, ASKED, FIELDS, minutes=9).questions] == ["A"]


def test_strong_people_on_a_wrong_option_are_pointed_out() -> None:
    wrong_key = (Countable(plain("A"), ("a",), (Option("a", "x", "Ex", False), Option("a", "y", "Why", True))),)
    (field,) = findings(answers(40), ASKED, wrong_key, minutes=30).questions
    assert next(row.remark for row in field.options if row.label == "Ex") is not None


def test_a_question_that_strong_people_miss_is_pointed_out() -> None:
    turned = [Given({**each.earned, "c": 1.0 - each.earned["b"]}, each.values, None) for each in answers(40)]
    (_, _, item) = findings(turned, ASKED, FIELDS, minutes=30).items
    assert item.discrimination is not None
    assert item.discrimination < 0
    assert item.remark is not None
    assert "check the key" in item.remark.text


def test_pauses_do_not_count_as_work() -> None:
    moments = [START, START + timedelta(minutes=2), START + timedelta(hours=3), START + timedelta(hours=3, minutes=1)]
    assert minutes_worked(moments) == pytest.approx(2 + 5 + 1)
    assert minutes_worked(moments[:1]) is None
    assert minutes_worked(list(reversed(moments))) == pytest.approx(8)
