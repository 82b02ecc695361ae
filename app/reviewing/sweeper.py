"""What a round does by itself: takes in what is handed in late, replaces who left, and closes in time."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from functools import partial

from sqlalchemy import ColumnElement, Select, exists, or_, select
from sqlalchemy.orm import Session

from app.assessment.mishaps import or_mishap
from app.assessment.models import Assignment, Attempt, Submission
from app.cohorts.models import Cohort, Enrolment
from app.db import Database
from app.reviewing.models import Review, ReviewRound
from app.reviewing.queries import round_of
from app.reviewing.rounds import REMINDED, close_round, fill_round, is_closed, tell
from app.reviewing.settling import settle_closed


def sweep_rounds(database: Database, *, now: Callable[[], datetime]) -> None:
    """Look after all rounds, each in a transaction of its own: one that fails stands in no other's way.

    What it costs depends on what is due.
    """
    with database.reading() as db:
        wanted = or_(ReviewRound.closes_at <= now(), _ends_soon(now()), _has_new(), _has_gone())
        assignment_ids = db.scalars(_open(now()).where(wanted)).all()
    for each in assignment_ids:
        or_mishap(partial(_look_after, database, each, now=now()), f"could not look after the reviews of {each}")
    settle_closed(database, now=now())


def _open(now: datetime) -> Select[int]:
    """Where marks are final nobody is asked for more, before somebody opens them again."""
    return (
        select(ReviewRound.assignment_id)
        .join(Assignment, Assignment.id == ReviewRound.assignment_id)
        .join(Cohort, Cohort.id == Assignment.cohort_id)
        .where(ReviewRound.closed_at.is_(None), Cohort.archived_at.is_(None))
        .where(or_(Assignment.final_at.is_(None), Assignment.final_at > now))
        .order_by(ReviewRound.id)
    )


def _ends_soon(now: datetime) -> ColumnElement[bool]:
    """Those who have reviews to give are to be reminded."""
    return ReviewRound.reminded_at.is_(None) & (ReviewRound.closes_at <= now + REMINDED)


def _has_new() -> ColumnElement[bool]:
    """Something was handed in that reviewers are not at yet."""
    return (
        exists()
        .where(Submission.attempt_id == Attempt.id, Attempt.assignment_id == ReviewRound.assignment_id)
        .where(Submission.asked.is_(False), Attempt.returned_at.is_(None))
    )


def _has_gone() -> ColumnElement[bool]:
    """Somebody who was asked has left the cohort."""
    return (
        exists()
        .where(Review.round_id == ReviewRound.id, Review.done_at.is_(None), Review.excused_at.is_(None))
        .where(Enrolment.id == Review.enrolment_id, Enrolment.withdrawn_at.is_not(None))
    )


def _look_after(database: Database, assignment_id: int, *, now: datetime) -> None:
    with database.transaction() as db:
        _keep_going(db, assignment_id, now=now)


def _keep_going(db: Session, assignment_id: int, *, now: datetime) -> None:
    found = round_of(db, assignment_id, to_change=True)
    if found is None or found.closed_at is not None:
        return
    assignment = db.get_one(Assignment, assignment_id)
    cohort = db.get_one(Cohort, assignment.cohort_id)
    fill_round(db, found, cohort, assignment.exercise, now=now)
    if is_closed(found, now):
        close_round(db, cohort, assignment, by=None, now=now)
    elif found.reminded_at is None and found.closes_at is not None and found.closes_at <= now + REMINDED:
        found.reminded_at = now
        tell(db, found, cohort, assignment.exercise, now=now, soon=True)
