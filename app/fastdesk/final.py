"""Marks that are final: nothing is changed any more but by a trainer who opens them again first, with a reason."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.accounts.actions import record
from app.assessment.actions import assignment_of
from app.assessment.models import Assignment
from app.cohorts.actions import refuse_archived
from app.cohorts.models import Cohort
from app.errors import UserError
from app.fastdesk.line import Scope
from app.words import say

MOST_REASON = 1_000


def make_final(db: Session, cohort: Cohort, exercise: str, *, by: int, now: datetime) -> None:
    """Lock the marks of an exercise in a cohort. Doing it twice does it once."""
    refuse_archived(cohort)
    assignment = assignment_of(db, cohort.id, exercise)
    if assignment.final_at is None:
        assignment.final_at = now
        record(db, "marks-final", Assignment, object_id=assignment.id, by=by, now=now)


def open_marks(db: Session, cohort: Cohort, exercise: str, *, reason: str, by: int, now: datetime) -> None:
    """Let marks be changed again. Raises UserError without a reason. Doing it twice does it once."""
    refuse_archived(cohort)
    assignment = assignment_of(db, cohort.id, exercise)
    if assignment.final_at is None:
        return
    if not (reason := reason.strip()):
        raise UserError(say("Say why the marks are opened again: it is kept with your name."))
    if len(reason) > MOST_REASON:
        raise UserError(say("A reason has at most {most} characters.", most=MOST_REASON))
    assignment.final_at = None
    record(db, "marks-opened", Assignment, object_id=assignment.id, by=by, now=now, reason=reason)


def final_since(db: Session, scope: Scope) -> datetime | None:
    """Since when the marks of an exercise are final; None: they are not, or answers to several are looked at."""
    wanted = select(Assignment.final_at).where(
        Assignment.cohort_id == scope.cohort.id, Assignment.exercise == scope.exercise
    )
    return db.scalars(wanted).first()
