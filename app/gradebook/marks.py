"""Marks on their way into a workbook and back: what stands here, as it is and as it was when a workbook was made."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from fractions import Fraction

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from app.assessment.models import Assignment, Attempt, AttemptMember, Marking, Submission
from app.assessment.rules import points_given
from app.assessment.table_queries import ExerciseColumn, exercise_columns, newest_points_in, people_of
from app.cohorts.models import Cohort
from app.gradebook.cells import Grid
from app.gradebook.finding import Sent, find
from app.gradebook.judging import Known, Marks
from app.gradebook.keys import Stamp
from app.gradebook.queries import Row


@dataclass(frozen=True)
class MarkColumn:
    """An exercise in the workbook."""

    slug: str
    heading: str


@dataclass(frozen=True)
class MarkSheet:
    """What is put into the workbook."""

    cohort: Cohort
    stamp: Stamp
    columns: Sequence[MarkColumn]
    rows: Sequence[Row]
    points: Mapping[tuple[int, str], Fraction | None]
    """(enrolment, exercise) → the points of what was handed in; None: not marked yet."""
    headings: Sequence[str]
    """Of the keys, and of ABOUT."""


@dataclass(frozen=True)
class _Newest:
    """The newest attempt of somebody that was handed in and not given back."""

    attempt_id: int
    handed_in_at: datetime


def mark_columns(db: Session, cohort: Cohort) -> tuple[ExerciseColumn, ...]:
    """The exercises whose points can be entered: all that give points, but private ones. One statement."""
    return tuple(each for each in exercise_columns(db, cohort) if each.possible and not each.spec.private)


def mark_sheet(
    db: Session, cohort: Cohort, headings: tuple[str, ...], *, most: Callable[[Fraction], str], now: datetime
) -> MarkSheet:
    """What goes into the workbook of a cohort: of each exercise the newest attempt. Five statements.

    `most`: what the heading says about the points that can be earned.
    """
    stamp = Stamp(cohort.id, newest_marking(db), now)
    columns = mark_columns(db, cohort)
    wanted = {column.slug: column for column in columns}
    given = newest_points_in(db, cohort.id)
    points = {
        place: points_given(wanted[place[1]].wanted, given.get(newest.attempt_id, {}))
        for place, newest in _newest(db, cohort.id).items()
        if place[1] in wanted
    }
    return MarkSheet(
        cohort,
        stamp,
        tuple(MarkColumn(each.slug, f"{each.title.striptags()} {most(each.possible)}") for each in columns),
        tuple(Row(key, number, name, department or "") for key, number, name, department in people_of(db, cohort.id)),
        points,
        headings,
    )


def newest_marking(db: Session) -> int:
    """The id of the newest marking there is; 0 where there is none."""
    return db.scalar(select(func.max(Marking.id))) or 0


def sent_of(db: Session, cohort: Cohort, grids: tuple[Grid, ...]) -> Sent:
    """What a workbook says about a cohort. Raises UserError where it is none of this cohort."""
    people = {key: number for key, number, *_ in people_of(db, cohort.id)}
    slugs = [column.slug for column in mark_columns(db, cohort)]
    return find(grids, cohort, people, slugs, newest=newest_marking(db))


def marks_since(db: Session, cohort: Cohort, stamp: Stamp, *, now: datetime) -> Marks:
    """What a workbook with this stamp is compared with. Six statements."""
    wanted = {column.slug: column for column in mark_columns(db, cohort)}
    given, before = newest_points_in(db, cohort.id), newest_points_in(db, cohort.id, until=stamp.marking_id)
    members = _members(db, cohort.id)
    final = select(Assignment.exercise).where(Assignment.cohort_id == cohort.id, Assignment.final_at <= now)
    known = {
        place: Known(
            newest.attempt_id,
            points_given(wanted[place[1]].wanted, given.get(newest.attempt_id, {})),
            points_given(wanted[place[1]].wanted, before.get(newest.attempt_id, {})),
            newest.handed_in_at,
            tuple(members[newest.attempt_id]),
        )
        for place, newest in _newest(db, cohort.id).items()
        if place[1] in wanted
    }
    possible = {slug: column.possible for slug, column in wanted.items()}
    return Marks(possible, frozenset(db.scalars(final)), known, stamp.at)


def _newest(db: Session, cohort_id: int) -> Mapping[tuple[int, str], _Newest]:
    rows = db.execute(
        select(AttemptMember.enrolment_id, Assignment.exercise, Attempt.id, Submission.at)
        .join(Attempt, Attempt.id == AttemptMember.attempt_id)
        .join(Assignment, Assignment.id == Attempt.assignment_id)
        .join(Submission, Submission.attempt_id == Attempt.id)
        .where(Assignment.cohort_id == cohort_id, Attempt.returned_at.is_(None))
        .order_by(AttemptMember.number)
    )
    return {(enrolment_id, slug): _Newest(attempt_id, at) for enrolment_id, slug, attempt_id, at in rows}


def _members(db: Session, cohort_id: int) -> Mapping[int, list[int]]:
    rows = db.execute(
        select(AttemptMember.attempt_id, AttemptMember.enrolment_id)
        .join(Assignment, Assignment.id == AttemptMember.assignment_id)
        .where(Assignment.cohort_id == cohort_id)
        .order_by(AttemptMember.enrolment_id)
    )
    found: dict[int, list[int]] = {}
    for attempt_id, enrolment_id in rows:
        found.setdefault(attempt_id, []).append(enrolment_id)
    return found
