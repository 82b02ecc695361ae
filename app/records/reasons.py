"""Why somebody has not completed a course yet: the words, the same for the trainee, their trainers and HR."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any, Literal, Protocol

from app.assessment.showing import points_in_words
from app.catalogue.rendered import Recent
from app.courses.outline import Course
from app.exercises.texts import bare_text
from app.records.facts import asked_by
from app.records.rules import HUNDRED, NOTHING, Condition, Missing, least_minutes
from app.words import Language, Sentence, in_words, say

MOST_NAMED = 5
"""Exercises that a reason names; the others are counted."""
HOUR = 60
_COLON = re.compile(r"：|: ")
_TITLES: Recent[Mapping[str, str]] = Recent(64)
_BETWEEN: Mapping[Language, str] = {"zh-CN": "、", "en": ", "}

ReadBy = Literal["own", "trainer", "HR"]
"""Who reads it: the trainee, a trainer of the cohort, or HR."""


@dataclass(frozen=True)
class _Named:
    """How exercises that lack are named."""

    language: Language
    most: int
    private: bool
    """Whether private ones too."""


class Told(Protocol):
    """A row of Progress, or as many of its columns."""

    @property
    def outcome(self) -> str: ...
    @property
    def attended_minutes(self) -> int: ...
    @property
    def taught_minutes(self) -> int: ...
    @property
    def handed_in(self) -> int: ...
    @property
    def required(self) -> int: ...
    @property
    def earned_numerator(self) -> int: ...
    @property
    def earned_denominator(self) -> int: ...
    @property
    def possible_numerator(self) -> int: ...
    @property
    def possible_denominator(self) -> int: ...
    @property
    def missing(self) -> Sequence[Mapping[str, Any]]: ...


def conditions_of(progress: Told, course: Course) -> tuple[Condition, ...]:
    """What the course asks for, each with what is there and what is needed."""
    return tuple(_conditions(progress, course))


def reasons_of(
    progress: Told,
    course: Course,
    language: Language,
    *,
    of: ReadBy,
    points_visible: bool = False,
    most_named: int = MOST_NAMED,
) -> tuple[str, ...]:
    """Why it is not completed yet, in sentences; nothing where it is, or where somebody was withdrawn.

    `points_visible`: whether the trainee may see the results of all that they handed in. Where not, their own page
    tells nothing that depends on points, whatever they are. Others see no title of a private exercise.
    `most_named`: exercises named before the others are counted.
    """
    if progress.outcome != "open":
        return ()
    missing = [Missing.read(each) for each in progress.missing]
    hides = of == "own" and not points_visible
    named = _Named(language, most=most_named, private=of == "own")
    sentences = _sentences(progress, course, missing, named, hides=hides)
    return tuple(in_words(sentence, language) for sentence in sentences)


def _conditions(progress: Told, course: Course) -> Iterator[Condition]:
    """Exercises and points by the row itself: somebody may be excused from a part of what the course asks for."""
    asked = asked_by(course)
    minutes = least_minutes(asked.needed_minutes, asked.taught, required=progress.required)
    if minutes:
        attended = Fraction(progress.attended_minutes)
        yield Condition("attendance", attended >= minutes, attended, minutes)
    if progress.required:
        handed_in, needed = Fraction(progress.handed_in), Fraction(progress.required)
        yield Condition("exercises", handed_in >= needed, handed_in, needed)
    points = asked.passes * Fraction(progress.possible_numerator, progress.possible_denominator)
    if points:
        earned = Fraction(progress.earned_numerator, progress.earned_denominator)
        yield Condition("points", earned >= points, earned, points)


def _sentences(
    progress: Told, course: Course, missing: Sequence[Missing], named: _Named, *, hides: bool
) -> Iterator[Sentence]:
    for each in missing:
        if each.kind == "attendance":
            yield _attendance(progress, course, each.minutes)
    open_ = [each for each in missing if each.kind == "exercise"]
    if open_:
        yield _open(open_, titles_of(course), named)
    if hides:
        if asked_by(course).needed_points and progress.possible_numerator:
            yield say("Some results are not out yet")
        return
    if waiting := sum(each.kind == "marks" for each in missing):
        yield _waiting(waiting)
    for each in missing:
        if each.kind == "points":
            yield _points(progress, course, each.points)


def _attendance(progress: Told, course: Course, minutes: int) -> Sentence:
    needed = course.completion.attendance
    if not Fraction(needed.rstrip("% ")):
        return say("No session attended yet")
    have = HUNDRED * progress.attended_minutes // progress.taught_minutes
    return say(
        "Attendance {have}%, {need}% needed: {time} to go", have=have, need=needed.rstrip("% "), time=_time(minutes)
    )


def _time(minutes: int) -> Sentence:
    hours, rest = divmod(minutes, HOUR)
    if not hours:
        return say("{minutes} min", minutes=rest)
    return say("{hours} h {minutes} min", hours=hours, minutes=rest) if rest else say("{hours} h", hours=hours)


def _open(missing: Sequence[Missing], titles: Mapping[str, str], how: _Named) -> Sentence:
    named = [titles[each.exercise] for each in missing if how.private or not each.private]
    unnamed = len(missing) - len(named)
    shown = named[: how.most] if len(named) > how.most + 1 else named  # «and 1 more» takes as much room as its name
    private = say("1 private exercise") if unnamed == 1 else say("{count} private exercises", count=unnamed)
    texts = (*shown, in_words(private, how.language)) if unnamed else shown
    together = _BETWEEN[how.language].join(texts)
    if len(shown) < len(named):
        return say("Missing exercises: {titles}, and {more} more", titles=together, more=len(named) - len(shown))
    return say("Missing exercises: {titles}", titles=together) if len(missing) > 1 else _only(together)


def _only(title: str) -> Sentence:
    return say("Missing exercise: {titles}", titles=title)


def _waiting(count: int) -> Sentence:
    if count == 1:
        return say("1 exercise waits for the trainer's marks")
    return say("{count} exercises wait for the trainer's marks", count=count)


def _points(progress: Told, course: Course, lacking: Fraction) -> Sentence:
    possible = Fraction(progress.possible_numerator, progress.possible_denominator)
    earned = Fraction(progress.earned_numerator, progress.earned_denominator)
    need = course.completion.exercises.pass_.rstrip("% ")
    have = HUNDRED * earned // possible if possible else NOTHING
    return say("Points {have}%, {need}% needed: {points} to go", have=have, need=need, points=points_in_words(lacking))


def titles_of(course: Course) -> Mapping[str, str]:
    """Exercise → what it is called where many stand in a line, kept in memory."""
    return _TITLES.get(course.digest, lambda: _short_titles(course))


def _short_titles(course: Course) -> Mapping[str, str]:
    """Titles without markup, and without what follows a colon, where that tells no two apart."""
    titles = {slug: bare_text(course.exercises[slug].title) for slug in course.exercise_slugs}
    short = {slug: _COLON.split(title, maxsplit=1)[0] for slug, title in titles.items()}
    counted = Counter(short.values())
    return {slug: short[slug] if counted[short[slug]] == 1 else title for slug, title in titles.items()}
