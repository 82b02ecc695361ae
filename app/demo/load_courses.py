"""Courses for a load test: days of the shipped course under other names, with what a key or a rule marks alone."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.assessment.rules import key_marking
from app.catalogue.actions import newest_of, publish_course
from app.catalogue.models import CourseVersion, PublishedCourse
from app.catalogue.queries import course_of, timetable_of
from app.courses.outline import Course
from app.courses.timetable import Timetable
from app.demo.slips import with_slips
from app.exercises import Spec, fields_of, grade_answer, model_answer_of, read_answer

SHIPPED = "key-account-ecosystem"
COURSES = 10
WITH_EXERCISES = (0, 6)
"""Of these courses the exercises are required, too; of the others attendance alone."""
PUBLISHED = (timedelta(days=1150), timedelta(days=420))
"""How long ago each version of a course was published."""


@dataclass(frozen=True)
class Answered:
    """What somebody wrote, and what the key says to it."""

    fields: Mapping[str, str]
    earned: tuple[int, int]
    parts: Mapping[str, Any]


@dataclass(frozen=True)
class LoadVersion:
    """A version of a load-test course with all that filling needs to know of it."""

    id: int
    published_at: datetime
    timetable: Timetable
    answers: Mapping[str, tuple[Answered, ...]]
    """Exercise → answers, the best first."""


def load_courses(db: Session, *, title: str, now: datetime) -> tuple[tuple[LoadVersion, ...], ...]:
    """The versions of each course, oldest first; published where there is none yet. Wants the shipped course."""
    shipped = newest_of(db, SHIPPED)
    if shipped is None:
        raise LookupError(f"the course {SHIPPED} is not published")
    stored = course_of(shipped).model_dump(mode="json", by_alias=True)
    return tuple(_versions(db, stored, number, title, now=now) for number in range(COURSES))


def _versions(
    db: Session, stored: Mapping[str, Any], number: int, title: str, *, now: datetime
) -> tuple[LoadVersion, ...]:
    slug = f"load-{number + 1}"
    if newest_of(db, slug) is None:
        for edition, ago in enumerate(PUBLISHED, 1):
            publish_course(db, _small(stored, slug, number, title=title, edition=edition), by=None, now=now - ago)
    wanted = (
        select(CourseVersion)
        .join(CourseVersion.course)
        .where(PublishedCourse.slug == slug)
        .order_by(CourseVersion.number)
    )
    return tuple(_known(version) for version in db.scalars(wanted).all())


def _known(version: CourseVersion) -> LoadVersion:
    course = course_of(version)
    answers = {slug: tuple(_answers(course.exercises[slug])) for slug in course.exercise_slugs}
    return LoadVersion(version.id, version.published_at, timetable_of(course), answers)


def _small(stored: Mapping[str, Any], slug: str, number: int, *, title: str, edition: int) -> Course:
    """Two half-days of the course, or four in the last two; the second edition asks for more attendance."""
    halves = [half for day in stored["days"] for half in day["sessions"]]
    first, count = (number, 2) if number < COURSES - 2 else ((number - COURSES + 2) * 4, 4)
    wanted = halves[first : first + count]
    chosen = [_half(half, stored["exercises"], exercises=number in WITH_EXERCISES) for half in wanted]
    days = [
        {
            "title": stored["days"][at // 2]["title"],
            "sessions": [_timed(s, n) for n, s in enumerate(chosen[at : at + 2])],
        }
        for at in range(0, count, 2)
    ]
    used = {each for half in chosen for slot in half["slots"] for each in slot["exercise"]}
    return Course.from_json(
        {
            **stored,
            "slug": slug,
            "title": title.format(number=number + 1, title=chosen[0]["title"]),
            "days": days,
            "notes": {},
            "media": {},
            "exercises": {each: stored["exercises"][each] for each in sorted(used)},
            "completion": {
                "attendance": "75%" if edition == 1 else "80%",
                "exercises": {"required": "all" if used else "none", "pass": "60%"},
            },
        }
    )


def _half(half: Mapping[str, Any], specs: Mapping[str, Any], *, exercises: bool) -> dict[str, Any]:
    """A half-day without notes and practice, and with no exercises but those that a key or a rule marks alone."""

    def kept(slugs: Iterable[str]) -> list[str]:
        return [slug for slug in slugs if exercises and set(specs[slug]["marking"]) in ({"key"}, {"rule"})]

    slots = [{**slot, "exercise": kept(slot["exercise"])} for slot in half["slots"]]
    return {**half, "notes": None, "practice": [], "covers": [], "slots": slots}


def _timed(half: dict[str, Any], number: int) -> dict[str, Any]:
    return {**half, "starts": "13:30" if number else "09:00"}


def _answers(spec: Spec) -> Iterable[Answered]:
    """The model answer, one with a slip or two, and one with many."""
    best, blocks = model_answer_of(spec), fields_of(spec)
    for slips in (0, 2, 6):
        fields = with_slips(best, blocks, slips, f"load {slips}")
        grade = grade_answer(spec, read_answer(spec, fields))
        assert grade is not None  # noqa: S101 -- a key or a rule marks them
        yield Answered(fields, (grade.earned.numerator, grade.earned.denominator), key_marking(grade))
