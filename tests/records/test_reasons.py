"""Why not yet, in words: the same for everybody, but for what somebody may not know."""

from __future__ import annotations

from dataclasses import dataclass, field
from fractions import Fraction
from typing import Any

import pytest

from app.courses.outline import Course
from app.records.reasons import MOST_NAMED, ReadBy, conditions_of, reasons_of, titles_of
from app.records.rules import Condition, Missing
from tests.records.samples import EXERCISES, create_sample

READERS: tuple[ReadBy, ...] = ("own", "trainer", "HR")
COURSE = create_sample()


@dataclass(frozen=True)
class Row:
    """As many columns of Progress as words are made of."""

    found: tuple[Missing, ...] = ()
    outcome: str = "open"
    attended_minutes: int = 137
    taught_minutes: int = 180
    handed_in: int = 3
    required: int = 4
    earned: Fraction = Fraction(26, 5)
    possible: Fraction = Fraction(10)
    missing: list[dict[str, Any]] = field(init=False)
    earned_numerator: int = field(init=False)
    earned_denominator: int = field(init=False)
    possible_numerator: int = field(init=False)
    possible_denominator: int = field(init=False)

    def __post_init__(self) -> None:
        columns: dict[str, Any] = {"missing": [each.stored() for each in self.found]}
        for name in ("earned", "possible"):
            columns[f"{name}_numerator"] = getattr(self, name).numerator
            columns[f"{name}_denominator"] = getattr(self, name).denominator
        for name, value in columns.items():
            object.__setattr__(self, name, value)


TIME = Missing("attendance", minutes=7)
OWN = Missing("exercise", "own", private=True)
DRILL, NOTE = Missing("exercise", "drill"), Missing("exercise", "note")
WAITS = Missing("marks", "needs")
POINTS = Missing("points", points=Fraction(4, 5))


@pytest.mark.parametrize("of", READERS)
@pytest.mark.parametrize(
    ("missing", "chinese", "english"),
    [
        (TIME, "出勤 76%，要求 80%：还差 7 分钟", "Attendance 76%, 80% needed: 7 min to go"),
        (
            Missing("attendance", minutes=72),
            "出勤 76%，要求 80%：还差 1 小时 12 分钟",
            "Attendance 76%, 80% needed: 1 h 12 min to go",
        ),
        (
            Missing("attendance", minutes=120),
            "出勤 76%，要求 80%：还差 2 小时",
            "Attendance 76%, 80% needed: 2 h to go",
        ),
        (DRILL, "缺练习：需求分层", "Missing exercise: 需求分层"),
        (WAITS, "1 份练习等讲师批改", "1 exercise waits for the trainer's marks"),
        (POINTS, "得分 52%，要求 60%：还差 0.8 分", "Points 52%, 60% needed: 0.8 to go"),
    ],
)
def test_each_reason_in_the_same_words_for_everybody(of: ReadBy, missing: Missing, chinese: str, english: str) -> None:
    row = Row((missing,))
    assert reasons_of(row, COURSE, "zh-CN", of=of, points_visible=True) == (chinese,)
    assert reasons_of(row, COURSE, "en", of=of, points_visible=True) == (english,)


def test_reasons_stand_in_one_order_and_exercises_together() -> None:
    row = Row((TIME, DRILL, NOTE, WAITS, Missing("marks", "drill"), POINTS))
    assert reasons_of(row, COURSE, "zh-CN", of="HR") == (
        "出勤 76%，要求 80%：还差 7 分钟",
        "缺练习：需求分层、一句话",
        "2 份练习等讲师批改",
        "得分 52%，要求 60%：还差 0.8 分",
    )
    assert reasons_of(row, COURSE, "en", of="HR")[1:3] == (
        "Missing exercises: 需求分层, 一句话",
        "2 exercises wait for the trainer's marks",
    )


def test_a_private_exercise_has_a_title_for_its_trainee_alone() -> None:
    row = Row((DRILL, OWN))
    assert reasons_of(row, COURSE, "zh-CN", of="own") == ("缺练习：需求分层、自己的客户", "有练习的成绩尚未公布")
    for of in ("trainer", "HR"):
        assert reasons_of(row, COURSE, "zh-CN", of=of) == ("缺练习：需求分层、1 份私密练习",)
        assert reasons_of(Row((OWN,)), COURSE, "en", of=of) == ("Missing exercise: 1 private exercise",)
        two = Row((OWN, OWN))
        assert reasons_of(two, COURSE, "zh-CN", of=of) == ("缺练习：2 份私密练习",)


@pytest.mark.parametrize("hidden", [(), (WAITS,), (POINTS,), (WAITS, POINTS)])
def test_results_that_are_not_out_do_not_show_in_what_is_said_or_left_out(hidden: tuple[Missing, ...]) -> None:
    said = reasons_of(Row((TIME, *hidden)), COURSE, "zh-CN", of="own")
    assert said == ("出勤 76%，要求 80%：还差 7 分钟", "有练习的成绩尚未公布")


def test_where_points_do_not_matter_nothing_is_said_of_them() -> None:
    course = create_sample(exercises={"required": "all", "pass": "0%"})
    assert reasons_of(Row((DRILL,)), course, "zh-CN", of="own") == ("缺练习：需求分层",)


@pytest.mark.parametrize("outcome", ["completed", "withdrawn"])
def test_there_is_nothing_to_say_where_it_is_over(outcome: str) -> None:
    assert reasons_of(Row((TIME,), outcome=outcome), COURSE, "en", of="own") == ()


def many(count: int, exercises: dict[str, Any] | None = None) -> tuple[Course, Row]:
    """A course with so many exercises, and somebody who handed in none of them."""
    exercises = exercises or {f"e-{n}": {**EXERCISES["note"], "title": f"练习{n}"} for n in range(count)}
    slots = [{"id": slug, "minutes": 9, "title": "x", "methods": ["exercise"], "exercise": slug} for slug in exercises]
    days = [{"title": "一", "sessions": [{"id": "d1", "title": "x", "starts": "09:00", "slots": slots}]}]
    course = create_sample(slug=f"many-{count}").model_copy()
    long = Course.model_validate({**course.model_dump(mode="json"), "days": days, "exercises": exercises})
    return long, Row(tuple(Missing("exercise", slug) for slug in exercises))


def test_many_missing_exercises_are_named_as_far_as_they_can_be_read() -> None:
    course, row = many(MOST_NAMED + 1)
    assert reasons_of(row, course, "zh-CN", of="HR") == ("缺练习：练习0、练习1、练习2、练习3、练习4、练习5",)
    course, row = many(12)
    assert reasons_of(row, course, "zh-CN", of="HR") == ("缺练习：练习0、练习1、练习2、练习3、练习4，另有 7 份",)
    assert reasons_of(row, course, "en", of="HR") == (
        "Missing exercises: 练习0, 练习1, 练习2, 练习3, 练习4, and 7 more",
    )
    assert reasons_of(row, course, "zh-CN", of="HR", most_named=2) == ("缺练习：练习0、练习1，另有 10 份",)


def test_exercises_are_called_by_what_stands_before_a_colon_where_that_is_enough() -> None:
    titles = ("客户四态：桐江快运的八条记录", "访谈：第一次", "访谈：第二次", "Ratio 1:2", "Needs: a fleet")
    called = ("客户四态", "访谈：第一次", "访谈：第二次", "Ratio 1:2", "Needs")
    slugs = [f"e-{n}" for n in range(len(titles))]
    exercises = {slug: {**EXERCISES["note"], "title": title} for slug, title in zip(slugs, titles, strict=True)}
    course, _ = many(len(titles), exercises)
    assert titles_of(course) == dict(zip(slugs, called, strict=True))


def test_a_share_that_lacks_a_little_is_never_rounded_up_to_enough() -> None:
    row = Row((Missing("attendance", minutes=1), POINTS), attended_minutes=143, earned=Fraction(599, 100))
    assert reasons_of(row, COURSE, "en", of="HR") == (
        "Attendance 79%, 80% needed: 1 min to go",
        "Points 59%, 60% needed: 0.8 to go",
    )


def test_whoever_was_never_there_is_told_so_where_nothing_else_is_asked_for() -> None:
    course = create_sample(attendance="0%", exercises={"required": "none", "pass": "0%"})
    row = Row((Missing("attendance", minutes=1),), attended_minutes=0, required=0, possible=Fraction(0))
    assert reasons_of(row, course, "zh-CN", of="own") == ("还没有出勤记录",)
    assert conditions_of(row, course) == (Condition("attendance", met=False, have=Fraction(0), need=Fraction(1)),)


def test_conditions_say_what_there_is_and_what_is_needed() -> None:
    assert conditions_of(Row(), COURSE) == (
        Condition("attendance", met=False, have=Fraction(137), need=Fraction(144)),
        Condition("exercises", met=False, have=Fraction(3), need=Fraction(4)),
        Condition("points", met=False, have=Fraction(26, 5), need=Fraction(6)),
    )
    enough = Row(attended_minutes=144, handed_in=4, earned=Fraction(6))
    assert all(each.met for each in conditions_of(enough, COURSE))


def test_a_course_has_only_the_conditions_that_it_asks_for() -> None:
    course = create_sample(attendance="0%", exercises={"required": ["note"], "pass": "60%"})
    assert [each.kind for each in conditions_of(Row(handed_in=1), course)] == ["exercises"]
