"""What completes a course, in words, and its conditions as pages draw them: the same for trainee, trainer and HR."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction
from typing import assert_never

from app.assessment.showing import points_in_words
from app.courses.clock_times import hours_in_digits
from app.courses.outline import Course
from app.records.facts import asked_by
from app.records.models import Progress
from app.records.reasons import conditions_of
from app.records.rules import HUNDRED, Condition, share
from app.words import Language, Sentence, in_words, say

NOT_OUT = say("Some results are not out yet")
_SEPARATORS: dict[Language, str] = {"zh-CN": "，", "en": ", "}


@dataclass(frozen=True)
class ConditionRow:
    """A condition with what somebody has of it."""

    label: Sentence
    met: bool | None
    """None: that would tell a result before it is out."""
    share: str
    """What there is, and what is asked for: «76% / 80%», «11 / 14»."""
    percent: int
    """Of the whole, for a bar: rounded down, so that what lacks a little never looks like enough."""
    sentence: Sentence


def definition_of(course: Course, language: Language) -> str:
    """«完成＝出勤 80% 以上，必做练习全部交，合计得分 60% 以上» · «Completed = attended at least 80%, …»."""
    conditions = _SEPARATORS[language].join(in_words(each, language) for each in _conditions(course))
    return in_words(say("Completed = {conditions}", conditions=conditions), language)


def condition_rows(progress: Progress, course: Course, *, points_visible: bool = True) -> tuple[ConditionRow, ...]:
    """The conditions of a course with what there is of each. Not `points_visible`: some results are not out yet."""
    return tuple(
        _row(condition, progress, course, points_visible=points_visible)
        for condition in conditions_of(progress, course)
    )


def _conditions(course: Course) -> Iterator[Sentence]:
    asked, attendance = asked_by(course), _attendance_needed(course)
    if attendance == HUNDRED:
        yield say("every session attended")
    elif attendance:
        yield say("attended at least {percent}%", percent=attendance)
    if asked.required and asked.needed_points:
        passed = _points_needed(course)
        yield say("all required exercises handed in, with at least {percent}% of their points", percent=passed)
    elif asked.required:
        yield say("all required exercises handed in")
    elif not attendance:
        yield say("at least one session attended")


def _attendance_needed(course: Course) -> int:
    """In percent."""
    return int(share(course.completion.attendance) * HUNDRED)


def _points_needed(course: Course) -> int:
    return int(share(course.completion.exercises.pass_) * HUNDRED)


def _row(condition: Condition, progress: Progress, course: Course, *, points_visible: bool) -> ConditionRow:
    match condition.kind:
        case "attendance":
            return _attendance(condition, progress, course)
        case "exercises":
            done, required = progress.handed_in, progress.required
            sentence = say("{done} of {required} required exercises handed in", done=done, required=required)
            percent = _percent(Fraction(done), Fraction(required))
            return ConditionRow(say("Required exercises"), condition.met, f"{done} / {required}", percent, sentence)
        case "points":
            return _points(condition, progress, course, visible=points_visible)
        case _:
            assert_never(condition.kind)


def _attendance(condition: Condition, progress: Progress, course: Course) -> ConditionRow:
    there, all_ = progress.attended_minutes, progress.taught_minutes
    percent, needed = _percent(Fraction(there), Fraction(all_)), _attendance_needed(course)
    sentence = say("{attended} of {taught} taught hours", attended=hours_in_digits(there), taught=hours_in_digits(all_))
    return ConditionRow(say("Attended"), condition.met, _share(percent, needed), percent, sentence)


def _points(condition: Condition, progress: Progress, course: Course, *, visible: bool) -> ConditionRow:
    needed = _points_needed(course)
    if not visible:
        return ConditionRow(say("Points earned"), None, f"– / {needed}%", 0, NOT_OUT)
    percent = _percent(progress.earned, progress.possible)
    earned, possible = points_in_words(progress.earned), points_in_words(progress.possible)
    sentence = say("{earned} of {points} points", earned=earned, points=possible)
    return ConditionRow(say("Points earned"), condition.met, _share(percent, needed), percent, sentence)


def _share(percent: int, needed: int) -> str:
    return f"{percent}% / {needed}%" if needed else f"{percent}%"


def _percent(part: Fraction, whole: Fraction) -> int:
    return int(HUNDRED * part / whole) if whole else 0
