"""Excusing somebody from an exercise: it is neither asked of them nor counted, whatever they did about it."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.accounts.actions import record
from app.assessment.actions import assignment_of
from app.assessment.models import Assignment, Excuse
from app.assessment.writing import is_storable
from app.catalogue.queries import course_of
from app.cohorts.actions import refuse_archived
from app.cohorts.models import Cohort, Enrolment
from app.errors import NotFound, UserError
from app.web.guards import NOTHING_HERE
from app.words import Sentence, say

MOST_REASON = 500
"""Characters."""


def excuse_trainee(
    db: Session, cohort: Cohort, exercise: str, enrolment: Enrolment, *, reason: str, by: int, now: datetime
) -> None:
    """Excuse somebody from an exercise. Doing it twice does it once. Raises UserError for what cannot be done."""
    refuse_archived(cohort)
    reason = reason.strip()
    if why := wrong_reason(reason):
        raise UserError(why)
    assignment = _assignment(db, cohort, exercise, enrolment)
    found = db.get(Excuse, (assignment.id, enrolment.id))
    if found and found.reason == reason:
        return
    found = found or Excuse(assignment_id=assignment.id, enrolment_id=enrolment.id)
    found.reason, found.at, found.by_id = reason, now, by
    db.add(found)
    _settle(db, enrolment)
    # and not why: that may be about somebody's health
    record(db, "trainee-excused", Enrolment, object_id=enrolment.id, by=by, now=now, exercise=exercise)


def take_back_excuse(
    db: Session, cohort: Cohort, exercise: str, enrolment: Enrolment, *, by: int, now: datetime
) -> None:
    """Ask the exercise of somebody again. Doing it twice does it once."""
    refuse_archived(cohort)
    assignment = _assignment(db, cohort, exercise, enrolment)
    found = db.get(Excuse, (assignment.id, enrolment.id))
    if found is None:
        return
    db.delete(found)
    _settle(db, enrolment)
    record(db, "excuse-taken-back", Enrolment, object_id=enrolment.id, by=by, now=now, exercise=exercise)


def excuses_in(db: Session, cohort_id: int) -> dict[tuple[int, str], Excuse]:
    """(enrolment, exercise) → the excuse given in a cohort. One statement."""
    rows = db.execute(
        select(Assignment.exercise, Excuse)
        .join(Assignment, Assignment.id == Excuse.assignment_id)
        .where(Assignment.cohort_id == cohort_id)
    )
    return {(excuse.enrolment_id, exercise): excuse for exercise, excuse in rows}


def excused_from(db: Session, enrolment_ids: Sequence[int]) -> dict[int, frozenset[str]]:
    """Enrolment → the exercises that are not asked of it. One statement."""
    rows = db.execute(
        select(Excuse.enrolment_id, Assignment.exercise)
        .join(Assignment, Assignment.id == Excuse.assignment_id)
        .where(Excuse.enrolment_id.in_(enrolment_ids))
    )
    found: dict[int, set[str]] = {}
    for enrolment_id, exercise in rows:
        found.setdefault(enrolment_id, set()).add(exercise)
    return {enrolment_id: frozenset(exercises) for enrolment_id, exercises in found.items()}


def wrong_reason(reason: str) -> Sentence | None:
    """What is wrong with a reason for an excuse."""
    if not reason:
        return say("Say why they need not do it.")
    if len(reason) > MOST_REASON or not all(is_storable(sign) for sign in reason):
        return say("The reason takes {most} characters of plain text.", most=MOST_REASON)
    return None


def _assignment(db: Session, cohort: Cohort, exercise: str, enrolment: Enrolment) -> Assignment:
    """The row of the exercise, with its turn: two trainers who excuse follow each other."""
    if enrolment.cohort_id != cohort.id or exercise not in course_of(cohort.version).exercise_slugs:
        raise NotFound(NOTHING_HERE)
    return assignment_of(db, cohort.id, exercise)


def _settle(db: Session, enrolment: Enrolment) -> None:
    """Tell that something changed which bears on completion."""
    enrolment.revision = Enrolment.revision + 1  # counted by the database: others may raise it meanwhile
    db.flush()
