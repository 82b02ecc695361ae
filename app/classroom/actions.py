"""Writes about attendance: ticks set, changed and cleared. Each leaves an audit row."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from sqlalchemy import delete, select, update
from sqlalchemy.orm import Session

from app.accounts.actions import record
from app.classroom.models import Attendance
from app.classroom.queries import Taught, ticks_of
from app.classroom.rules import Tick, Typed, everyone_present, judged
from app.cohorts.actions import refuse_archived
from app.cohorts.models import Enrolment
from app.db import one_at_a_time
from app.errors import UserError
from app.words import say

TOO_EARLY = say("It is too early for that: attendance can be ticked from the day before the session on.")


def tick_attendance(
    db: Session, taught: Taught, typed: Mapping[int, Typed], *, fill: bool = False, by: int, now: datetime
) -> Mapping[int, Tick]:
    """Store what a form changes; with `fill`, everybody whom nobody has ticked is present.

    Returns what it wanted where another trainer ticked the same people meanwhile: their ticks stay until somebody
    decides. People who are not in the cohort by now are left out. Raises UserError where nothing can be ticked.
    """
    refuse_archived(taught.cohort)
    if taught.is_early(now):
        raise UserError(TOO_EARLY)
    one_at_a_time(db, f"attendance {taught.session.id}")
    stored = {row.enrolment_id: row.tick for row in ticks_of(db, taught.session)}
    typed = {enrolment_id: each for enrolment_id, each in typed.items() if enrolment_id in stored}
    found = judged(everyone_present(typed, stored) if fill else typed, stored)
    if found.changes:
        _store(db, taught.session.id, found.changes, stored=stored, by=by, now=now)
    return found.clashes


def _store(
    db: Session, session_id: int, changes: Mapping[int, Tick], *, stored: Mapping[int, Tick], by: int, now: datetime
) -> None:
    of_changed = (Attendance.cohort_session_id == session_id, Attendance.enrolment_id.in_(changes))
    rows = {row.enrolment_id: row for row in db.scalars(select(Attendance).where(*of_changed))}
    cleared = [enrolment_id for enrolment_id, tick in changes.items() if not tick]
    for enrolment_id, tick in changes.items():
        if tick and enrolment_id in rows:
            row = rows[enrolment_id]
            row.state, row.marked_at, row.marked_by_id = tick, now, by
        elif tick:
            db.add(
                Attendance(
                    cohort_session_id=session_id, enrolment_id=enrolment_id, state=tick, marked_at=now, marked_by_id=by
                )
            )
        told = {"session": str(session_id), "before": stored[enrolment_id], "after": tick}
        record(db, "attendance-ticked", Attendance, object_id=enrolment_id, by=by, now=now, **told)
    if cleared:
        db.execute(delete(Attendance).where(of_changed[0], Attendance.enrolment_id.in_(cleared)))
    db.execute(update(Enrolment).where(Enrolment.id.in_(changes)).values(revision=Enrolment.revision + 1))
    db.flush()
