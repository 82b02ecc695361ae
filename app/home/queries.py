"""Reads for a trainee's own course: their cohorts, and their exercises with state and points."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from sqlalchemy import and_, select
from sqlalchemy.orm import Session, joinedload

from app.assessment.models import Assignment, Attempt, AttemptMember, Excuse, ExtraTime, Submission
from app.assessment.queries import marks_of, times_of
from app.assessment.rules import (
    Mark,
    Result,
    TaskState,
    Times,
    Tries,
    counted_points,
    may_see_result,
    result_of,
    task_state,
    tries_of,
)
from app.assessment.sheets import spec_of
from app.assessment.showing import points_in_words
from app.catalogue.models import CourseVersion
from app.catalogue.queries import course_of
from app.cohorts.models import Cohort, CohortSession, Enrolment
from app.cohorts.queries import enrolments_with_course
from app.documents.blocks import Text
from app.documents.markdown import inline
from app.records.rules import required_exercises
from app.web.viewing import Viewer

MOST_COHORTS = 40
"""Of one person, newest first."""


@dataclass(frozen=True)
class TaskRow:
    """An exercise of a trainee's cohort as lists show it."""

    exercise: str
    title: Text
    minutes: int
    points: str
    """As people read them: what can be earned."""
    state: TaskState
    required: bool
    private: bool
    together: bool
    """Whether it is done in pairs or groups."""
    handed_in: bool
    """Whether an attempt that counts was handed in, whatever was begun since."""
    result_is_out: bool
    """Whether whoever handed it in may see what came of it by now."""
    earned: str | None
    """As people read them; None while there are none, or they may not be seen yet."""
    commented: bool
    """Whether a trainer wrote a comment that may be seen."""
    attempt_id: int | None
    """The newest attempt; None: not begun."""
    opens_at: datetime | None
    ends_at: datetime | None
    """For this person: of the attempt under way, else when the exercise closes with what they have extra."""
    limit: int
    """Minutes that an attempt may take, with what they have extra; 0 without such a limit."""
    due_at: datetime | None
    """Until when it is in time for this person."""
    excused: bool
    """Whether it is not asked of this person."""
    collected: bool
    """Whether the newest was handed in by itself when time was up."""

    @property
    def shows_result(self) -> bool:
        return self.earned is not None


@dataclass(frozen=True)
class Try:
    """One attempt with its marks."""

    attempt: Attempt
    submission: Submission | None
    marks: Sequence[Mark]

    @property
    def counts(self) -> bool:
        return self.submission is not None and self.attempt.returned_at is None


@dataclass(frozen=True)
class Given:
    """An exercise of a cohort with what one trainee did about it, oldest attempt first."""

    times: Times
    """With what they have extra."""
    tries: tuple[Try, ...]
    extra: int = 0
    """Minutes."""
    excused: bool = False

    @property
    def limit(self) -> int:
        return self.times.minutes + self.extra if self.times.minutes else 0

    @property
    def ends_at(self) -> datetime | None:
        """Of the attempt under way; until one is begun, of the exercise."""
        newest = self.tries[-1] if self.tries else None
        under_way = newest is not None and newest.submission is None
        return (newest.attempt.ends_at if newest and under_way else None) or self.times.closes_at


def own_enrolments(db: Session, viewer: Viewer) -> tuple[Enrolment, ...]:
    """The viewer's enrolments but those withdrawn, newest first, with cohort, version and course. One statement."""
    own = (
        enrolments_with_course()
        .where(Enrolment.person_id == viewer.person_id, Enrolment.withdrawn_at.is_(None))
        .order_by(Cohort.archived_at.is_not(None), Enrolment.enrolled_at.desc(), Enrolment.id.desc())
        .limit(MOST_COHORTS)
    )
    return tuple(db.scalars(own))


def dates_of(db: Session, cohort_ids: Iterable[int]) -> Mapping[int, tuple[CohortSession, ...]]:
    """The dates of some cohorts, each in the order of time, with their trainers. One statement."""
    rows = (
        select(CohortSession)
        .where(CohortSession.cohort_id.in_(list(cohort_ids)))
        .options(joinedload(CohortSession.trainer))
        .order_by(CohortSession.day, CohortSession.starts, CohortSession.id)
    )
    found: dict[int, tuple[CohortSession, ...]] = {}
    for row in db.scalars(rows):
        found[row.cohort_id] = (*found.get(row.cohort_id, ()), row)
    return found


def takes_part_elsewhere(db: Session, enrolment: Enrolment) -> bool:
    """Whether this person is in another cohort as well, so that there is a list to go back to."""
    other = select(Enrolment.id).where(
        Enrolment.person_id == enrolment.person_id, Enrolment.id != enrolment.id, Enrolment.withdrawn_at.is_(None)
    )
    return db.scalars(other.limit(1)).first() is not None


def tasks_of(db: Session, enrolment: Enrolment, *, now: datetime) -> tuple[TaskRow, ...]:
    """The exercises of one enrolment in the order of the course. Two statements; cohort and version are loaded."""
    return tasks_for(db, [enrolment], now=now)[enrolment.id]


def tasks_for(db: Session, enrolments: Sequence[Enrolment], *, now: datetime) -> Mapping[int, tuple[TaskRow, ...]]:
    """For each enrolment its exercises, in two statements whatever their number."""
    given = _given(db, [enrolment.id for enrolment in enrolments])
    return {
        enrolment.id: tuple(_tasks(enrolment.cohort.version, given.get(enrolment.id, {}), now=now))
        for enrolment in enrolments
    }


def _tasks(version: CourseVersion, given: Mapping[str, Given], *, now: datetime) -> Iterator[TaskRow]:
    course = course_of(version)
    required = frozenset(required_exercises(course))
    for slug in course.exercise_slugs:
        found = given.get(slug, Given(Times(), ()))
        yield _task(slug, version, found, required=slug in required, now=now)


def _task(slug: str, version: CourseVersion, given: Given, *, required: bool, now: datetime) -> TaskRow:
    spec = spec_of(version, slug)
    results = [_result(version, slug, each) for each in given.tries if each.counts]
    is_out = may_see_result(spec, given.times, now)
    visible = bool(results) and is_out
    newest = given.tries[-1] if given.tries else None
    earned = counted_points(spec, [result.earned for result in results]) if visible else None
    return TaskRow(
        slug,
        inline(spec.title),
        spec.minutes,
        points_in_words(spec.points),
        state=task_state(given.times, _done(given, results, visible=visible), now),
        required=required and not given.excused,
        private=spec.private,
        together=spec.work != "individual",
        handed_in=bool(results),
        result_is_out=is_out,
        earned=None if earned is None else points_in_words(earned),
        commented=visible and any(result.comment for result in results),
        attempt_id=newest.attempt.id if newest else None,
        opens_at=given.times.opens_at,
        ends_at=given.ends_at,
        limit=given.limit,
        due_at=given.times.due_at,
        excused=given.excused,
        collected=bool(newest and newest.counts and newest.submission and newest.submission.collected),
    )


def _done(given: Given, results: Sequence[Result], *, visible: bool) -> Tries:
    attempts = [(each.submission is not None, each.attempt.returned_at is not None) for each in given.tries]
    waits = not visible or any(result.waits or not result.possible for result in results)
    return tries_of(attempts, waits=waits, ends_at=given.ends_at)


def _result(version: CourseVersion, slug: str, each: Try) -> Result:
    return result_of(spec_of(version, slug, seed=each.attempt.seed, carried=each.attempt.carried), each.marks)


def _given(db: Session, enrolment_ids: Sequence[int]) -> Mapping[int, Mapping[str, Given]]:
    """Enrolment → exercise → what was given and done; nothing where an exercise has no assignment yet."""
    rows = db.execute(
        select(Enrolment.id, Assignment, Attempt, Submission, ExtraTime.minutes, Excuse.at)
        .join(Assignment, Assignment.cohort_id == Enrolment.cohort_id)
        .outerjoin(ExtraTime, and_(ExtraTime.assignment_id == Assignment.id, ExtraTime.enrolment_id == Enrolment.id))
        .outerjoin(Excuse, and_(Excuse.assignment_id == Assignment.id, Excuse.enrolment_id == Enrolment.id))
        .outerjoin(
            AttemptMember,
            and_(AttemptMember.assignment_id == Assignment.id, AttemptMember.enrolment_id == Enrolment.id),
        )
        .outerjoin(Attempt, Attempt.id == AttemptMember.attempt_id)
        .outerjoin(Submission, Submission.attempt_id == Attempt.id)
        .where(Enrolment.id.in_(enrolment_ids))
        .order_by(Enrolment.id, Assignment.id, AttemptMember.number)
    ).all()
    marks = marks_of(db, [row.Submission.attempt_id for row in rows if row.Submission])
    found: dict[int, dict[str, Given]] = {}
    for enrolment_id, assignment, attempt, submission, minutes, excused_at in rows:
        of_enrolment, extra = found.setdefault(enrolment_id, {}), minutes or 0
        times, excused = times_of(assignment).with_extra(extra), excused_at is not None
        before = of_enrolment.get(assignment.exercise) or Given(times, (), extra, excused)
        one = (Try(attempt, submission, marks.get(attempt.id, ())),) if attempt else ()
        of_enrolment[assignment.exercise] = replace(before, tries=(*before.tries, *one))
    return found
