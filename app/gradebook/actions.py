"""Writes of the gradebook: its rules, and marks that come back in a workbook."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from fractions import Fraction

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from app.accounts.actions import record, record_each
from app.assessment.marks import newest_points_of
from app.assessment.models import Assignment, Attempt, AttemptMember, Marking, Submission
from app.assessment.queries import take_turn
from app.assessment.rules import scheme_of, waits_for_trainer
from app.assessment.sheets import spec_of
from app.catalogue.queries import course_of
from app.cohorts.actions import refuse_archived
from app.cohorts.models import Cohort, Enrolment
from app.db import one_at_a_time
from app.errors import UserError
from app.exercises.numbers import in_figures
from app.gradebook.models import GradeRules
from app.gradebook.queries import rules_of
from app.gradebook.rules import Rules
from app.words import say

MOST_MARKS = 2_000
"""That are set at once: each takes a turn, and the database has so many of them."""
FROM = {"from": "workbook"}
"""What audit rows say besides."""


class ChangedMeanwhile(UserError):
    """Somebody else saved other rules after the page was opened; nothing of what was sent is kept."""


def set_rules(db: Session, cohort: Cohort, rules: Rules, *, seen: int, by: int, now: datetime) -> None:
    """Save the rules of a cohort. `seen`: the row that the page knew. Saving the same again changes nothing."""
    refuse_archived(cohort)
    one_at_a_time(db, f"grade rules of {cohort.id}")
    before, newest = rules_of(db, cohort.id)
    if rules.stored() == before.stored():
        return
    if newest != seen:
        raise ChangedMeanwhile(
            say("Somebody changed these rules while your page was open. Look at them again, then save what is right.")
        )
    db.add(GradeRules(cohort_id=cohort.id, rules=rules.stored(), at=now, by_id=by))
    record(db, "grade-rules-set", Cohort, object_id=cohort.id, by=by, now=now)


def take_turns(db: Session, attempt_ids: set[int]) -> None:
    """Wait for whoever changes one of these attempts. Raises UserError where they are too many at once."""
    if len(attempt_ids) > MOST_MARKS:
        raise UserError(say("That is more than {most} marks at once. Send the workbook in parts.", most=MOST_MARKS))
    for attempt_id in sorted(attempt_ids):
        take_turn(db, attempt_id)


def override_each(
    db: Session, cohort: Cohort, points: Mapping[int, Fraction | None], *, reason: str, by: int, now: datetime
) -> None:
    """Set the points of several attempts of a cohort against key and rubric: attempt → points; None takes them back.

    The caller has the turns of the attempts and has judged the points. A fixed number of statements.
    """
    refuse_archived(cohort)
    if not points:
        return
    rows = db.execute(
        select(Attempt.id, Submission.change_id)
        .join(Submission, Submission.attempt_id == Attempt.id)
        .where(Attempt.id.in_(points))
        .order_by(Attempt.id)
    ).all()
    db.add_all(
        Marking(
            attempt_id=attempt_id,
            change_id=change_id,
            version_id=cohort.version_id,  # what marks its answers, whichever they were given by
            rubric="",
            at=now,
            by_id=by,
            marked_by="override",
            earned_numerator=None if (given := points[attempt_id]) is None else given.numerator,
            earned_denominator=None if given is None else given.denominator,
            parts={},
            comment="",
            reason="" if given is None else reason,
        )
        for attempt_id, change_id in rows
    )
    db.flush()
    _settle(db, cohort, set(points))
    about = {each: {"points": in_figures(earned), **FROM} for each, earned in points.items() if earned is not None}
    record_each(db, "attempt-overridden", Attempt, about=about, by=by, now=now)
    about = {attempt_id: FROM for attempt_id, earned in points.items() if earned is None}
    record_each(db, "override-taken-back", Attempt, about=about, by=by, now=now)


def _settle(db: Session, cohort: Cohort, attempt_ids: set[int]) -> None:
    """Which of them wait for a trainer by now; and the completion of everybody who worked on them changes."""
    members = select(AttemptMember.enrolment_id).where(AttemptMember.attempt_id.in_(attempt_ids))
    unloaded = {"synchronize_session": False}
    waiting = _waiting(db, cohort, attempt_ids)
    settled = update(Submission).where(Submission.attempt_id.in_(attempt_ids))
    db.execute(settled.values(needs_person=Submission.attempt_id.in_(waiting)), execution_options=unloaded)
    raised = update(Enrolment).where(Enrolment.id.in_(members)).values(revision=Enrolment.revision + 1)
    db.execute(raised, execution_options=unloaded)


def _waiting(db: Session, cohort: Cohort, attempt_ids: set[int]) -> list[int]:
    """Those of some attempts that wait for a trainer's marks."""
    newest, course = newest_points_of(db, sorted(attempt_ids)), course_of(cohort.version)
    schemes = {slug: scheme_of(spec_of(cohort.version, slug)) for slug in course.exercise_slugs}
    rows = db.execute(
        select(Attempt.id, Assignment.exercise, Submission.asked)
        .join(Assignment, Assignment.id == Attempt.assignment_id)
        .join(Submission, Submission.attempt_id == Attempt.id)
        .where(Attempt.id.in_(attempt_ids))
        .order_by(Attempt.id)
    )
    return [id_ for id_, slug, asked in rows if waits_for_trainer(schemes[slug], newest[id_], asked=asked)]
