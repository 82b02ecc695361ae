"""Marks on their way into a workbook and back: what stands here, as it is and as it was when a workbook was made."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from fractions import Fraction

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from app.assessment.models import Assignment, Attempt, AttemptMember, Marking, Submission
from app.assessment.rules import Scheme, points_given
from app.assessment.table_queries import ExerciseColumn, exercise_columns, newest_points_in, people_of
from app.cohorts.models import Cohort
from app.gradebook.cells import Grid
from app.gradebook.finding import Sent, find
from app.gradebook.judging import Known, Marks, Moved, Standing
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
    """The newest attempt of somebody that was handed in and not given back, now and at a moment; 0: there is none."""

    now: int = 0
    then: int = 0
    then_returned: bool = False

    @property
    def moved(self) -> Moved:
        """Why it is another one by now."""
        if self.now == self.then:
            return ""
        return "given_back" if self.then_returned else "handed_in"


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
        place: points_given(wanted[place[1]].wanted, given.get(newest.now, {}))
        for place, newest in _newest(db, cohort.id, now).items()
        if place[1] in wanted and newest.now
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
            newest.now,
            _standing(wanted[place[1]].wanted, given.get(newest.now, {})),
            _standing(wanted[place[1]].wanted, before.get(newest.then, {})),
            newest.moved,
            tuple(members.get(newest.now, ())),
        )
        for place, newest in _newest(db, cohort.id, stamp.at).items()
        if place[1] in wanted
    }
    possible = {slug: column.possible for slug, column in wanted.items()}
    return Marks(possible, frozenset(db.scalars(final)), known)


def _standing(wanted: Scheme, newest: Mapping[str, Fraction | None]) -> Standing:
    rest = {side: points for side, points in newest.items() if side != "override"}
    by_hand = newest.get("override") is not None
    return Standing(points_given(wanted, newest), by_hand, points_given(wanted, rest) if by_hand else None)


def _newest(db: Session, cohort_id: int, then: datetime) -> Mapping[tuple[int, str], _Newest]:
    """(enrolment, exercise) → the newest attempt. One statement."""
    rows = db.execute(
        select(AttemptMember.enrolment_id, Assignment.exercise, Attempt.id, Submission.at, Attempt.returned_at)
        .join(Attempt, Attempt.id == AttemptMember.attempt_id)
        .join(Assignment, Assignment.id == Attempt.assignment_id)
        .join(Submission, Submission.attempt_id == Attempt.id)
        .where(Assignment.cohort_id == cohort_id)
        .order_by(AttemptMember.number)
    )
    found: dict[tuple[int, str], _Newest] = {}
    for enrolment_id, slug, attempt_id, at, returned_at in rows:
        newest = found.get((enrolment_id, slug), _Newest())
        if returned_at is None:
            newest = replace(newest, now=attempt_id)
        if at <= then and (returned_at is None or returned_at > then):
            newest = replace(newest, then=attempt_id, then_returned=returned_at is not None)
        found[enrolment_id, slug] = newest
    return {place: newest for place, newest in found.items() if newest.now or newest.then}


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
