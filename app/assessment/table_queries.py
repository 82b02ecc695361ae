"""The cohort table: everybody by sessions and exercises, in so many statements whatever their number."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from fractions import Fraction
from functools import lru_cache
from typing import Literal, NamedTuple

from sqlalchemy import case, func, select, true
from sqlalchemy.orm import Session

from app.accounts.models import Department, Person
from app.assessment.deadlines import extra_times
from app.assessment.excuses import excuses_in
from app.assessment.models import COUNTED, Assignment, Attempt, AttemptMember, Marking, Submission
from app.assessment.queries import times_of
from app.assessment.rules import (
    Scheme,
    TaskState,
    Times,
    counted_points,
    points_given,
    scheme_of,
    task_state,
    tries_of,
)
from app.assessment.sheets import spec_of
from app.catalogue.queries import course_of
from app.classroom.queries import attendance_of
from app.cohorts.models import Cohort, CohortSession, Enrolment
from app.documents.blocks import Text
from app.documents.markdown import inline
from app.exercises import Spec


@dataclass(frozen=True)
class SessionColumn:
    """A session of the cohort as a column."""

    id: int
    title: Text
    starts_on: str


@dataclass(frozen=True)
class ExerciseColumn:
    """An exercise of the course as a column."""

    slug: str
    title: Text
    spec: Spec
    times: Times
    wanted: Scheme
    """The markings that make up its points."""

    @property
    def possible(self) -> Fraction:
        return self.spec.points


CellState = TaskState | Literal["excused"]


class Cell(NamedTuple):
    """What one trainee did about one exercise: its state, the points where all are marked, the newest attempt.

    Of what somebody is excused from no points are shown or added, as they are not for completion.
    """

    state: CellState
    earned: Fraction | None
    attempt_id: int | None


@dataclass(frozen=True)
class TableRow:
    """One trainee."""

    enrolment_id: int
    number: str
    display_name: str
    department: str
    attendance: tuple[str, ...]
    """For each session its state, "" where nobody has said."""
    cells: tuple[Cell, ...]
    earned: Fraction
    """What is marked so far, all exercises together but private ones."""


@dataclass(frozen=True)
class CohortTable:
    """The whole of it."""

    sessions: tuple[SessionColumn, ...]
    exercises: tuple[ExerciseColumn, ...]
    rows: tuple[TableRow, ...]
    possible: Fraction


class _Try(NamedTuple):
    attempt_id: int
    handed_in: bool
    returned: bool
    waits: bool
    earned: Fraction | None
    ends_at: datetime | None
    """Of one that nobody has handed in."""


def cohort_table(db: Session, cohort: Cohort, *, now: datetime) -> CohortTable:
    """Trainees by name, sessions by date, exercises in the order of the course. Eight statements."""
    sessions, exercises = _sessions(db, cohort), exercise_columns(db, cohort)
    attended = attendance_of(db, cohort.id)
    tries = _tries(db, cohort.id, {column.slug: column for column in exercises})
    extra = {place: each.minutes for place, each in extra_times(db, cohort.id).items()}
    excused = excuses_in(db, cohort.id)
    rows = tuple(
        TableRow(
            enrolment_id,
            number,
            name,
            department or "",
            attendance=tuple(attended.get((enrolment_id, session.id), "") for session in sessions),
            cells=(
                cells := tuple(
                    _excused(tries[enrolment_id, column.slug])
                    if (enrolment_id, column.slug) in excused
                    else _cell(column, tries[enrolment_id, column.slug], extra.get((column.slug, enrolment_id), 0), now)
                    for column in exercises
                )
            ),
            earned=_sum(exercises, cells),
        )
        for enrolment_id, number, name, department in people_of(db, cohort.id)
    )
    possible = sum((column.possible for column in exercises if not column.spec.private), Fraction(0))
    return CohortTable(sessions, exercises, rows, possible)


def exercise_columns(db: Session, cohort: Cohort) -> tuple[ExerciseColumn, ...]:
    """The exercises of a cohort with their times. One statement."""
    course = course_of(cohort.version)
    given = {each.exercise: each for each in db.scalars(select(Assignment).where(Assignment.cohort_id == cohort.id))}
    specs = {slug: spec_of(cohort.version, slug) for slug in course.exercise_slugs}
    return tuple(
        ExerciseColumn(slug, inline(spec.title), spec, times_of(given.get(slug)), wanted=scheme_of(spec))
        for slug, spec in specs.items()
    )


def counts_by_exercise(db: Session, cohort_id: int) -> dict[str, tuple[int, int]]:
    """Slug → how many people handed it in, and how many of those wait for a trainer's marks."""
    counts = (
        select(
            Assignment.exercise,
            func.count(AttemptMember.enrolment_id.distinct()),
            func.count(AttemptMember.enrolment_id.distinct()).filter(Submission.needs_person),
        )
        .join(Attempt, Attempt.assignment_id == Assignment.id)
        .join(AttemptMember, AttemptMember.attempt_id == Attempt.id)
        .join(Submission, Submission.attempt_id == Attempt.id)
        .where(Assignment.cohort_id == cohort_id, Attempt.returned_at.is_(None))
        .group_by(Assignment.exercise)
    )
    return {slug: (handed_in, waiting) for slug, handed_in, waiting in db.execute(counts)}


def people_of(db: Session, cohort_id: int) -> Iterable[tuple[int, str, str, str | None]]:
    """Enrolment, number, name and department of everybody in a cohort, by name. One statement."""
    rows = db.execute(
        select(Enrolment.id, Person.number, Person.display_name, Department.name)
        .join(Person, Person.id == Enrolment.person_id)
        .outerjoin(Department, Department.id == Person.department_id)
        .where(Enrolment.cohort_id == cohort_id, Enrolment.withdrawn_at.is_(None))
        .order_by(Person.display_name, Person.number)
    )
    return [(id_, number, name, department) for id_, number, name, department in rows]


def _sessions(db: Session, cohort: Cohort) -> tuple[SessionColumn, ...]:
    titles = {session.id: session.title for session in course_of(cohort.version).sessions}
    rows = db.scalars(
        select(CohortSession)
        .where(CohortSession.cohort_id == cohort.id)
        .order_by(CohortSession.day, CohortSession.starts, CohortSession.id)
    )
    return tuple(
        SessionColumn(row.id, inline(titles.get(row.session_id, row.session_id)), f"{row.day:%m-%d}") for row in rows
    )


def _tries(
    db: Session, cohort_id: int, exercises: Mapping[str, ExerciseColumn]
) -> defaultdict[tuple[int, str], list[_Try]]:
    """(enrolment, exercise) → its attempts, oldest first. Two statements, plain rows: there may be many thousands."""
    given = newest_points_in(db, cohort_id)
    rows = db.execute(
        select(
            AttemptMember.enrolment_id,
            Assignment.exercise,
            Attempt.id,
            Attempt.returned_at,
            Submission.attempt_id,
            case((Submission.attempt_id.is_(None), Attempt.ends_at), else_=None),
        )
        .join(Attempt, Attempt.id == AttemptMember.attempt_id)
        .join(Assignment, Assignment.id == Attempt.assignment_id)
        .outerjoin(Submission, Submission.attempt_id == Attempt.id)
        .where(Assignment.cohort_id == cohort_id)
        .order_by(AttemptMember.number)
    )
    found: defaultdict[tuple[int, str], list[_Try]] = defaultdict(list)
    for enrolment_id, slug, attempt_id, returned_at, submitted, ends_at in rows:
        if slug in exercises:
            earned = points_given(exercises[slug].wanted, given[attempt_id]) if submitted else None
            waits = submitted is not None and earned is None and bool(exercises[slug].wanted)
            found[enrolment_id, slug].append(
                _Try(attempt_id, submitted is not None, returned_at is not None, waits, earned, ends_at)
            )
    return found


def newest_points_in(
    db: Session, cohort_id: int, *, until: int | None = None, of: int | None = None
) -> defaultdict[int, dict[str, Fraction | None]]:
    """Attempt → marked by whom → the newest points of each side that counts. One statement.

    `until`: as it stood after the marking with that id. `of`: of one enrolment alone.
    """
    own = select(AttemptMember.attempt_id).where(AttemptMember.enrolment_id == of)
    rows = db.execute(
        select(Marking.attempt_id, Marking.marked_by, Marking.earned_numerator, Marking.earned_denominator)
        .join(Attempt, Attempt.id == Marking.attempt_id)
        .join(Assignment, Assignment.id == Attempt.assignment_id)
        .where(Assignment.cohort_id == cohort_id, Marking.marked_by.in_(COUNTED))
        .where(Marking.id <= until if until is not None else true())
        .where(Marking.attempt_id.in_(own) if of is not None else true())
        .order_by(Marking.id)
    )
    found: defaultdict[int, dict[str, Fraction | None]] = defaultdict(dict)
    for attempt_id, marked_by, numerator, denominator in rows:
        found[attempt_id][marked_by] = None if numerator is None else _fraction(numerator, denominator)
    return found


@lru_cache(4096)
def _fraction(numerator: int, denominator: int) -> Fraction:
    return Fraction(numerator, denominator)


def _excused(tries: Sequence[_Try]) -> Cell:
    return Cell("excused", None, tries[-1].attempt_id if tries else None)


def _cell(column: ExerciseColumn, tries: list[_Try], extra: int, now: datetime) -> Cell:
    counting = [each for each in tries if each.handed_in and not each.returned]
    waits = not column.possible or any(each.waits for each in counting)
    ends_at = tries[-1].ends_at if tries else None
    done = tries_of([(each.handed_in, each.returned) for each in tries], waits=waits, ends_at=ends_at)
    times = column.times.with_extra(extra) if extra else column.times
    earned = counting[0].earned if len(counting) == 1 else counted_points(column.spec, [c.earned for c in counting])
    return Cell(task_state(times, done, now), earned, tries[-1].attempt_id if tries else None)


def _sum(exercises: tuple[ExerciseColumn, ...], cells: tuple[Cell, ...]) -> Fraction:
    sums: defaultdict[int, int] = defaultdict(int)  # by denominator: whole numbers are added ten times as fast
    for column, cell in zip(exercises, cells, strict=True):
        if cell.earned is not None and not column.spec.private:
            sums[cell.earned.denominator] += cell.earned.numerator
    return sum((Fraction(numerator, denominator) for denominator, numerator in sums.items()), Fraction(0))
