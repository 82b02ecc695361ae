"""Reads about attendance: a session with its people for those who tick, and how somebody attended."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import cast

from sqlalchemy import ColumnElement, and_, select
from sqlalchemy.orm import InstrumentedAttribute, Session, aliased

from app.accounts.models import Person
from app.catalogue.queries import course_of
from app.classroom.models import Attendance
from app.classroom.rules import TICKS, Tick, too_early
from app.cohorts.models import Cohort, CohortSession, Enrolment
from app.cohorts.queries import cohort_for, is_trainer_of, sessions_of
from app.courses.clock_times import clock
from app.documents.blocks import Text
from app.documents.markdown import inline
from app.errors import NotFound
from app.web.guards import NOTHING_HERE
from app.web.viewing import Viewer


@dataclass(frozen=True)
class Taught:
    """A session of a cohort, for those who tick its attendance."""

    cohort: Cohort
    session: CohortSession
    title: Text
    before: int | None
    """The row of the session before it, by time; None: it is the first."""
    after: int | None

    @property
    def starts(self) -> str:
        return clock(self.session.starts)

    @property
    def ends(self) -> str:
        return clock(self.session.starts + self.session.minutes)

    def takes_ticks(self, now: datetime) -> bool:
        return self.cohort.archived_at is None and not self.is_early(now)

    def is_early(self, now: datetime) -> bool:
        return too_early(self.session.day, self.cohort.zone, now)


@dataclass(frozen=True)
class TickRow:
    """Somebody in the cohort, and how they attended the session."""

    enrolment_id: int
    number: str
    display_name: str
    tick: Tick
    by: str
    """Who ticked it; empty where nobody did, or they are gone."""
    at: datetime | None


@dataclass(frozen=True)
class Roll:
    """How far a session is ticked."""

    people: int
    unticked: tuple[str, ...]
    absent: tuple[str, ...]

    @property
    def ticked(self) -> int:
        return self.people - len(self.unticked)


def taught_session(db: Session, viewer: Viewer, cohort_id: int, session_id: int) -> Taught:
    """A session for the trainers named for its cohort. Raises NotFound."""
    cohort = cohort_for(db, viewer, cohort_id)
    dates = sessions_of(db, cohort)
    place = next((place for place, row in enumerate(dates) if row.id == session_id), None)
    if place is None or not is_trainer_of(db, viewer.person_id, cohort_id):  # admins see dates, not who was there
        raise NotFound(NOTHING_HERE)
    session = dates[place]
    planned = {each.id: each for each in course_of(cohort.version).sessions}
    return Taught(
        cohort,
        session,
        inline(planned[session.session_id].title),
        before=dates[place - 1].id if place else None,
        after=dates[place + 1].id if place + 1 < len(dates) else None,
    )


def ticks_of(db: Session, session: CohortSession) -> tuple[TickRow, ...]:
    """Everybody who is in the cohort by now, by number, with their tick. One statement."""
    ticker = aliased(Person)
    rows = (
        select(Enrolment.id, Person.number, Person.display_name)
        .add_columns(Attendance.state, ticker.display_name.label("by"), Attendance.marked_at)
        .join(Person, Person.id == Enrolment.person_id)
        .outerjoin(Attendance, _of_enrolment(session.id))
        .outerjoin(ticker, ticker.id == Attendance.marked_by_id)
        .where(Enrolment.cohort_id == session.cohort_id, Enrolment.withdrawn_at.is_(None))
        .order_by(Person.number)
    )
    return tuple(
        TickRow(enrolment_id, number, name, _tick(state), by or "", at)
        for enrolment_id, number, name, state, by, at in db.execute(rows)
    )


def counts_of(rows: Iterable[TickRow]) -> tuple[tuple[Tick, int], ...]:
    """How often each state was ticked, those that were at all, in their order."""
    counted = Counter(row.tick for row in rows)
    return tuple((tick, counted[tick]) for tick in TICKS if counted[tick])


def attendance_of(db: Session, cohort_id: int) -> dict[tuple[int, int], str]:
    """(enrolment, session of the cohort) → state, for everything that was ticked in a cohort. One statement."""
    rows = (
        select(Attendance.enrolment_id, Attendance.cohort_session_id, Attendance.state)
        .join(CohortSession, CohortSession.id == Attendance.cohort_session_id)
        .where(CohortSession.cohort_id == cohort_id)
    )
    return {(enrolment_id, session_id): state for enrolment_id, session_id, state in db.execute(rows)}


def own_attendance(db: Session, enrolment: Enrolment) -> dict[int, Tick]:
    """Session of the cohort → how this person attended it. One statement."""
    rows = select(Attendance.cohort_session_id, Attendance.state).where(Attendance.enrolment_id == enrolment.id)
    return {session_id: _tick(state) for session_id, state in db.execute(rows)}


def rolls_of(db: Session, session_ids: Iterable[int]) -> Mapping[int, Roll]:
    """How far some sessions are ticked, and who is missing, by name. One statement; nobody in it: no roll."""
    rows = (
        select(CohortSession.id, Person.display_name, Attendance.state)
        .join(Enrolment, Enrolment.cohort_id == CohortSession.cohort_id)
        .join(Person, Person.id == Enrolment.person_id)
        .outerjoin(Attendance, _of_enrolment(CohortSession.id))
        .where(CohortSession.id.in_(list(session_ids)), Enrolment.withdrawn_at.is_(None))
        .order_by(Person.number)
    )
    found: dict[int, list[tuple[str, str | None]]] = {}
    for session_id, name, state in db.execute(rows):
        found.setdefault(session_id, []).append((name, state))
    return {
        session_id: Roll(
            len(people),
            unticked=tuple(name for name, state in people if state is None),
            absent=tuple(name for name, state in people if state == "absent"),
        )
        for session_id, people in found.items()
    }


def _of_enrolment(session_id: int | InstrumentedAttribute[int]) -> ColumnElement[bool]:
    return and_(Attendance.enrolment_id == Enrolment.id, Attendance.cohort_session_id == session_id)


def _tick(state: str | None) -> Tick:
    return cast("Tick", state or "")
