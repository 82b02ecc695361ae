"""Until when somebody may write: extra time, and the ends of attempts under way, which follow what is changed."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

from sqlalchemy import and_, exists, func, select
from sqlalchemy.orm import Session, aliased

from app.accounts.actions import record
from app.assessment.actions import assignment_of
from app.assessment.late import let_in
from app.assessment.models import Assignment, Attempt, AttemptMember, ExtraTime, Submission
from app.assessment.queries import times_of
from app.assessment.rules import end_of, sweep_time
from app.assessment.writing import is_storable
from app.cohorts.actions import refuse_archived
from app.cohorts.models import Cohort, Enrolment
from app.db import Database
from app.errors import NotFound, UserError
from app.web.guards import NOTHING_HERE
from app.words import Sentence, say

MOST_EXTRA = 60 * 24 * 30
"""Minutes: a month. Who needs longer needs another closing time."""
MOST_REASON = 500
"""Characters."""
LATELY = timedelta(days=1)


def give_extra_time(
    db: Session,
    cohort: Cohort,
    exercise: str,
    enrolment: Enrolment,
    minutes: int,
    *,
    reason: str,
    by: int,
    now: datetime,
) -> None:
    """Give somebody so many more minutes at an exercise; 0 takes it back. Their open attempt follows at once.

    Doing it twice does it once. Raises UserError for what cannot be given.
    """
    refuse_archived(cohort)
    reason = reason.strip()
    _refuse_odd(cohort, enrolment, minutes, reason)
    assignment = assignment_of(db, cohort.id, exercise)
    found = db.get(ExtraTime, (assignment.id, enrolment.id))
    if (found.minutes, found.reason) == (minutes, reason) if found else not minutes:
        return
    if found and not minutes:
        db.delete(found)
        record(db, "extra-time-taken-back", Enrolment, object_id=enrolment.id, by=by, now=now, exercise=exercise)
    else:
        found = found or ExtraTime(assignment_id=assignment.id, enrolment_id=enrolment.id)
        found.minutes, found.reason, found.given_at, found.given_by_id = minutes, reason, now, by
        db.add(found)
        told = {"exercise": exercise, "minutes": str(minutes)}  # and not why: that may be about somebody's health
        record(db, "extra-time-given", Enrolment, object_id=enrolment.id, by=by, now=now, **told)
    move_deadlines(db, assignment)


def move_deadlines(db: Session, assignment: Assignment) -> None:
    """Let open attempts follow the times of their exercise, after those or somebody's extra time changed."""
    db.flush()
    times = times_of(assignment)
    for attempt, extra, revises in _open_attempts(db, assignment.id):
        granted = replace(times, minutes=None) if revises else times
        end = end_of(granted, started_at=attempt.started_at, extra=extra)
        if end != attempt.ends_at:
            attempt.ends_at, attempt.sweep_at = end, sweep_time(end, started_at=attempt.started_at)
            attempt.set_aside = ""
            let_in(db, attempt)
    db.flush()


def extra_times(db: Session, cohort_id: int) -> dict[tuple[str, int], ExtraTime]:
    """(exercise, enrolment) → the extra time given in a cohort. One statement."""
    rows = db.execute(
        select(Assignment.exercise, ExtraTime)
        .join(Assignment, Assignment.id == ExtraTime.assignment_id)
        .where(Assignment.cohort_id == cohort_id)
    )
    return {(exercise, extra.enrolment_id): extra for exercise, extra in rows}


def catch_up(database: Database, *, now: datetime) -> int:
    """Give an end to attempts that a node of the version before has begun lately; returns in how many exercises."""
    limited = (Assignment.closes_at > now - LATELY) | (Assignment.closes_at.is_(None) & Assignment.minutes.is_not(None))
    unended = (
        select(Attempt.assignment_id)
        .join(Assignment, Assignment.id == Attempt.assignment_id)
        .outerjoin(Submission, Submission.attempt_id == Attempt.id)
        .where(limited, Attempt.ends_at.is_(None), Attempt.returned_at.is_(None), Submission.attempt_id.is_(None))
        .distinct()
    )
    with database.reading() as db:
        found = db.scalars(unended).all()
    for assignment_id in found:
        with database.transaction() as db:
            begun = db.get_one(Assignment, assignment_id)
            # with its turn: a trainer may be moving its times, and the old ones must not come after the new ones
            move_deadlines(db, assignment_of(db, begun.cohort_id, begun.exercise))
    return len(found)


def _open_attempts(db: Session, assignment_id: int) -> list[tuple[Attempt, int, bool]]:
    """What nobody has handed in or given back, each with the most extra minutes of its members, and whether it
    revises one that was given back. Nobody hands one in before the commit.
    """
    earlier, given_back = aliased(AttemptMember), aliased(Attempt)
    revises = exists().where(
        earlier.enrolment_id == AttemptMember.enrolment_id,
        earlier.assignment_id == AttemptMember.assignment_id,
        earlier.number == AttemptMember.number - 1,
        given_back.id == earlier.attempt_id,
        given_back.returned_at.is_not(None),
    )
    extra = and_(
        ExtraTime.assignment_id == AttemptMember.assignment_id, ExtraTime.enrolment_id == AttemptMember.enrolment_id
    )
    is_open = (Attempt.assignment_id == assignment_id, Attempt.returned_at.is_(None), Submission.attempt_id.is_(None))
    # Locked first and read afterwards: who waited for a lock is shown the rest as it was before the wait.
    locked = select(Attempt.id).outerjoin(Submission, Submission.attempt_id == Attempt.id).where(*is_open)
    db.execute(locked.order_by(Attempt.id).with_for_update(of=Attempt))
    rows = db.execute(
        select(Attempt, func.coalesce(ExtraTime.minutes, 0), revises)
        .join(AttemptMember, AttemptMember.attempt_id == Attempt.id)
        .outerjoin(ExtraTime, extra)
        .outerjoin(Submission, Submission.attempt_id == Attempt.id)
        .where(*is_open)
        .order_by(Attempt.id)
        .execution_options(populate_existing=True)
    )
    found: dict[int, tuple[Attempt, int, bool]] = {}
    for attempt, minutes, follows in rows:
        _, most, followed = found.get(attempt.id, (attempt, 0, False))
        found[attempt.id] = (attempt, max(most, minutes), followed or follows)
    return list(found.values())


def _refuse_odd(cohort: Cohort, enrolment: Enrolment, minutes: int, reason: str) -> None:
    if enrolment.cohort_id != cohort.id:
        raise NotFound(NOTHING_HERE)
    if not 0 <= minutes <= MOST_EXTRA:
        raise UserError(say("Extra time goes from 0 to {most} minutes.", most=MOST_EXTRA))
    if minutes and (why := wrong_reason(reason)):
        raise UserError(why)


def wrong_reason(reason: str) -> Sentence | None:
    """What is wrong with a reason for more time."""
    if not reason:
        return say("Say why they get more time.")
    if len(reason) > MOST_REASON or not all(is_storable(sign) for sign in reason):
        return say("The reason takes {most} characters of plain text.", most=MOST_REASON)
    return None
