"""The facts that completion depends on, read for many enrolments in a fixed number of statements, as plain rows."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from fractions import Fraction
from functools import lru_cache, partial
from typing import NamedTuple

from sqlalchemy import Connection, select
from sqlalchemy.orm import Session

from app.accounts.models import Person
from app.assessment.excuses import excused_from
from app.assessment.models import COUNTED, Assignment, Attempt, AttemptMember, Marking, Submission
from app.catalogue.models import CourseVersion
from app.catalogue.queries import course_of, timetable_of
from app.catalogue.rendered import Recent
from app.classroom.models import Attendance
from app.cohorts.models import Cohort, CohortSession, Enrolment
from app.cohorts.rules import moment_of, wall_time
from app.courses.outline import Course
from app.records.rules import ATTENDED, Asked, Attended, Mark, Try, asked_of, asked_without

_ASKED: Recent[Asked] = Recent(512)


class Enrolled(NamedTuple):
    """An enrolment with what it belongs to."""

    id: int
    cohort_id: int
    person_id: int
    enrolled_at: datetime
    withdrawn: bool
    zone: str
    version_id: int
    course_id: int
    digest: str
    department_id: int | None


@dataclass(frozen=True)
class Dates:
    """The dates of a cohort; None where nobody has set any."""

    first: date | None
    last: date | None


@dataclass(frozen=True)
class Facts:
    """Everything that some enrolments' completion depends on."""

    enrolled: Sequence[Enrolled]
    asked: Mapping[int, Asked]
    """By version."""
    dates: Mapping[int, Dates]
    """By cohort; none in it has none."""
    attended: Mapping[int, Sequence[Attended]]
    """By enrolment."""
    tries: Mapping[int, Mapping[str, Sequence[Try]]]
    """By enrolment and exercise."""
    excused: Mapping[int, frozenset[str]]
    """By enrolment: the exercises that are not asked of it."""

    def asked_of(self, enrolled: Enrolled) -> Asked:
        """What is asked of one of them."""
        asked, excused = self.asked[enrolled.version_id], self.excused.get(enrolled.id)
        return asked_without(asked, excused) if excused else asked


def facts_of(db: Session, enrolment_ids: Sequence[int], *, taking: CourseVersion | None = None) -> Facts:
    """The facts of some enrolments, by their ids. Six statements, and two for a version that is not in memory.

    `taking`: as they would be if their cohorts took this version.
    """
    connection = db.connection()
    enrolled = _enrolled(connection, enrolment_ids)
    if taking is not None:
        enrolled = [each._replace(version_id=taking.id, digest=taking.digest) for each in enrolled]
    cohorts = {each.cohort_id: each.zone for each in enrolled}
    asked = _asked(db, {each.version_id: each.digest for each in enrolled})
    minutes = {each.cohort_id: asked[each.version_id].minutes for each in enrolled}
    dates, sessions = _sessions(connection, cohorts, minutes)
    attended = _attended(connection, enrolment_ids, sessions)
    excused = excused_from(db, enrolment_ids)
    return Facts(enrolled, asked, dates, attended, _tries(connection, enrolment_ids), excused)


def asked_by(course: Course) -> Asked:
    """What a published course asks for, kept in memory."""
    return _ASKED.get(course.digest, lambda: asked_of(course, timetable_of(course)))


def _enrolled(connection: Connection, enrolment_ids: Sequence[int]) -> list[Enrolled]:
    rows = connection.execute(
        select(
            Enrolment.id,
            Enrolment.cohort_id,
            Enrolment.person_id,
            Enrolment.enrolled_at,
            Enrolment.withdrawn_at.is_not(None),
            Cohort.zone,
            Cohort.version_id,
            CourseVersion.course_id,
            CourseVersion.digest,
            Person.department_id,
        )
        .join(Cohort, Cohort.id == Enrolment.cohort_id)
        .join(CourseVersion, CourseVersion.id == Cohort.version_id)
        .join(Person, Person.id == Enrolment.person_id)
        .where(Enrolment.id.in_(enrolment_ids))
        .order_by(Enrolment.id)
    )
    return [Enrolled._make(row) for row in rows]


def _asked(db: Session, versions: Mapping[int, str]) -> dict[int, Asked]:
    return {key: _ASKED.get(digest, partial(_read_asked, db, key)) for key, digest in versions.items()}


def _read_asked(db: Session, version_id: int) -> Asked:
    course = course_of(db.get_one(CourseVersion, version_id))
    return asked_of(course, timetable_of(course))


def _sessions(
    connection: Connection, zones: Mapping[int, str], minutes: Mapping[int, Mapping[str, int]]
) -> tuple[dict[int, Dates], dict[int, Attended]]:
    """The dates of each cohort, and what each of their sessions is to those who attended it."""
    rows = connection.execute(
        select(
            CohortSession.id,
            CohortSession.cohort_id,
            CohortSession.session_id,
            CohortSession.day,
            CohortSession.starts,
            CohortSession.minutes,
        ).where(CohortSession.cohort_id.in_(zones))
    )
    days: defaultdict[int, list[date]] = defaultdict(list)
    sessions: dict[int, Attended] = {}
    for key, cohort_id, session_id, day, starts, lasts in rows:
        days[cohort_id].append(day)
        until = moment_of(wall_time(day, starts) + timedelta(minutes=lasts), zones[cohort_id])
        sessions[key] = Attended(until, day.year, minutes[cohort_id].get(session_id, 0))
    return {cohort_id: Dates(min(found), max(found)) for cohort_id, found in days.items()}, sessions


def _attended(
    connection: Connection, enrolment_ids: Sequence[int], sessions: Mapping[int, Attended]
) -> dict[int, list[Attended]]:
    rows = connection.execute(
        select(Attendance.enrolment_id, Attendance.cohort_session_id).where(
            Attendance.enrolment_id.in_(enrolment_ids), Attendance.state.in_(ATTENDED)
        )
    )
    found: defaultdict[int, list[Attended]] = defaultdict(list)
    for enrolment_id, session_id in rows:
        found[enrolment_id].append(sessions[session_id])
    return found


def _tries(connection: Connection, enrolment_ids: Sequence[int]) -> dict[int, dict[str, list[Try]]]:
    """What counts: handed in and not given back."""
    marks = _marks(connection, enrolment_ids)
    rows = connection.execute(
        select(AttemptMember.enrolment_id, Assignment.exercise, AttemptMember.attempt_id, Submission.at)
        .join(Submission, Submission.attempt_id == AttemptMember.attempt_id)
        .join(Attempt, Attempt.id == AttemptMember.attempt_id)
        .join(Assignment, Assignment.id == AttemptMember.assignment_id)
        .where(AttemptMember.enrolment_id.in_(enrolment_ids), Attempt.returned_at.is_(None))
        .order_by(AttemptMember.enrolment_id, AttemptMember.number)
    )
    found: defaultdict[int, dict[str, list[Try]]] = defaultdict(dict)
    for enrolment_id, exercise, attempt_id, at in rows:
        found[enrolment_id].setdefault(exercise, []).append(Try(at, marks.get(attempt_id, ())))
    return found


def _marks(connection: Connection, enrolment_ids: Iterable[int]) -> dict[int, list[Mark]]:
    attempts = select(AttemptMember.attempt_id).where(AttemptMember.enrolment_id.in_(enrolment_ids))
    rows = connection.execute(
        select(Marking.attempt_id, Marking.at, Marking.marked_by, Marking.earned_numerator, Marking.earned_denominator)
        .where(Marking.attempt_id.in_(attempts), Marking.marked_by.in_(COUNTED))
        .order_by(Marking.attempt_id, Marking.id)
    )
    found: defaultdict[int, list[Mark]] = defaultdict(list)
    for attempt_id, at, marked_by, numerator, denominator in rows:
        found[attempt_id].append(Mark(at, marked_by, None if numerator is None else _points(numerator, denominator)))
    return found


@lru_cache(4096)
def _points(numerator: int, denominator: int) -> Fraction:
    return Fraction(numerator, denominator)
