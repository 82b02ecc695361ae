"""Reads for a trainer's day: their sessions, who is missing, what waits for them, and who never came in."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

from sqlalchemy import func, or_, select
from sqlalchemy.orm import Session

from app.accounts.models import Person
from app.catalogue.queries import course_of
from app.classroom.queries import Roll, rolls_of
from app.cohorts.models import Cohort, CohortSession, Enrolment
from app.cohorts.queries import training_cohorts
from app.cohorts.rules import moment_of, wall_time
from app.courses.clock_times import clock
from app.documents.blocks import Text
from app.documents.markdown import inline
from app.home.course_days import Phase, Span
from app.marking.queries import waiting_count
from app.web.viewing import Viewer

LOOK_BACK = timedelta(days=7)
"""How long a session that was not ticked is asked for."""
MOST_NEXT = 5
MOST_ROWS = 200


@dataclass(frozen=True)
class Teaching:
    """A session that the viewer teaches."""

    id: int
    cohort_id: int
    cohort: str
    title: Text
    day: date
    today: date
    """Where it is taught."""
    span: Span
    room: str
    phase: Phase
    roll: Roll | None = None
    """None for what is further ahead, and where nobody is in the cohort."""

    @property
    def missing(self) -> tuple[str, ...]:
        """Once it has begun: who is absent, and whom nobody has ticked."""
        return (*self.roll.absent, *self.roll.unticked) if self.roll and self.phase != "coming" else ()


@dataclass(frozen=True)
class Strangers:
    """People of a cohort who have never chosen a password, so that they cannot have signed in."""

    cohort_id: int
    cohort: str
    count: int


@dataclass(frozen=True)
class TeachingDay:
    """What a trainer's start page shows."""

    cohorts: int
    today: tuple[Teaching, ...]
    coming: tuple[Teaching, ...]
    unticked: tuple[Teaching, ...]
    """Sessions of the last days that were not ticked to the end."""
    waiting: int
    """Answers that were handed in and wait for a person's marks."""
    strangers: tuple[Strangers, ...]


def teaching_day(db: Session, viewer: Viewer, *, now: datetime) -> TeachingDay:
    """The viewer's day over all cohorts that they train. Five statements; one where there is none."""
    cohorts = training_cohorts(db, viewer)
    if not cohorts:
        return TeachingDay(0, (), (), (), waiting=0, strangers=())
    rows = _taught(db, viewer, cohorts, now=now)
    near = {row.id for row in rows if row.day <= row.today}
    rolls = rolls_of(db, near)
    rows = [replace(row, roll=rolls.get(row.id)) for row in rows]
    return TeachingDay(
        len(cohorts),
        today=tuple(row for row in rows if row.day == row.today),
        coming=tuple(row for row in rows if row.day > row.today)[:MOST_NEXT],
        unticked=tuple(row for row in rows if row.day < row.today and row.roll and row.roll.unticked),
        waiting=waiting_count(db, viewer),
        strangers=_strangers(db, cohorts),
    )


def _taught(db: Session, viewer: Viewer, cohorts: Sequence[Cohort], *, now: datetime) -> list[Teaching]:
    """Sessions of the last days and of those to come that are the viewer's, or any trainer's, by time."""
    by_id = {cohort.id: cohort for cohort in cohorts}
    since = now.astimezone(UTC).date() - LOOK_BACK
    dates = (
        select(CohortSession)
        .where(
            CohortSession.cohort_id.in_(by_id),
            CohortSession.day >= since,
            or_(CohortSession.trainer_id.is_(None), CohortSession.trainer_id == viewer.person_id),
        )
        .order_by(CohortSession.day, CohortSession.starts, CohortSession.id)
        .limit(MOST_ROWS)
    )
    titles = {
        (cohort.id, session.id): inline(session.title)
        for cohort in cohorts
        for session in course_of(cohort.version).sessions
    }
    return [
        _teaching(row, by_id[row.cohort_id], titles[row.cohort_id, row.session_id], now=now)
        for row in db.scalars(dates)
        if (row.cohort_id, row.session_id) in titles
    ]


def _teaching(row: CohortSession, cohort: Cohort, title: Text, *, now: datetime) -> Teaching:
    begins = wall_time(row.day, row.starts)
    span = Span(
        clock(row.starts),
        clock(row.starts + row.minutes),
        moment_of(begins, cohort.zone),
        moment_of(begins + timedelta(minutes=row.minutes), cohort.zone),
    )
    today = now.astimezone(ZoneInfo(cohort.zone)).date()
    return Teaching(
        row.id,
        cohort.id,
        cohort.name,
        title,
        day=row.day,
        today=today,
        span=span,
        room=row.room,
        phase=span.phase(now),
    )


def _strangers(db: Session, cohorts: Sequence[Cohort]) -> tuple[Strangers, ...]:
    names = {cohort.id: cohort.name for cohort in cohorts}
    rows = (
        select(Enrolment.cohort_id, func.count())
        .join(Person, Person.id == Enrolment.person_id)
        .where(
            Enrolment.cohort_id.in_(names),
            Enrolment.withdrawn_at.is_(None),
            Person.password_hash.is_(None),
            Person.active,
        )
        .group_by(Enrolment.cohort_id)
        .order_by(Enrolment.cohort_id)
    )
    return tuple(Strangers(cohort_id, names[cohort_id], count) for cohort_id, count in db.execute(rows))
