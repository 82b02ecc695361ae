"""Markings as rows: they are added, never changed; what an answer comes to follows from them."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from fractions import Fraction
from typing import Any

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from app.assessment.models import COUNTED, AttemptMember, MarkedBy, Marking
from app.assessment.queries import Work, marking_spec, marking_version
from app.assessment.rules import rubric_version, scheme_of, waits_for_trainer
from app.cohorts.models import Enrolment
from app.errors import UserError
from app.words import say


def add_marking(
    db: Session,
    work: Work,
    marked_by: MarkedBy,
    *,
    by: int | None,
    now: datetime,
    earned: Fraction | None,
    parts: dict[str, Any] | None = None,
    comment: str = "",
    reason: str = "",
    change_id: int | None = None,
) -> Marking:
    """Add a marking; those before it stay. The caller leaves the audit row for what a person did, and settles.

    It names the content it was made by, and of people who judge, their rubric.
    """
    with_rubric = marked_by not in ("key", "override")
    marking = Marking(
        attempt_id=work.attempt.id,
        change_id=change_id,
        version_id=marking_version(db, work).id,
        rubric=rubric_version(marking_spec(db, work)) if with_rubric else "",
        at=now,
        by_id=by,
        marked_by=marked_by,
        earned_numerator=None if earned is None else earned.numerator,
        earned_denominator=None if earned is None else earned.denominator,
        parts=parts or {},
        comment=comment,
        reason=reason,
    )
    db.add(marking)
    return marking


def settle_marks(db: Session, work: Work) -> None:
    """After a marking: whether the answer waits for a trainer, and that its points changed."""
    db.flush()
    if work.submission is not None:
        scheme, newest = scheme_of(marking_spec(db, work)), newest_points(db, work.attempt.id)
        work.submission.needs_person = waits_for_trainer(scheme, newest, asked=work.submission.asked)
    raise_revision(db, work)


def refuse_if_final(work: Work, now: datetime) -> None:
    """Raises UserError where the marks of an exercise are final: whoever changes one opens them again first."""
    if work.assignment.final_at is not None and now >= work.assignment.final_at:
        raise UserError(say("The marks of this exercise are final. A trainer can open them again first."))


def newest_points(db: Session, attempt_id: int) -> dict[str, Fraction | None]:
    """Marked by whom → the newest points of each side that counts."""
    return newest_points_of(db, [attempt_id])[attempt_id]


def newest_points_of(db: Session, attempt_ids: Sequence[int]) -> dict[int, dict[str, Fraction | None]]:
    """Attempt → the same, in one statement."""
    wanted = select(Marking).where(Marking.attempt_id.in_(attempt_ids), Marking.marked_by.in_(COUNTED))
    found: dict[int, dict[str, Fraction | None]] = {attempt_id: {} for attempt_id in attempt_ids}
    for each in db.scalars(wanted.order_by(Marking.id)):
        found[each.attempt_id][each.marked_by] = each.earned
    return found


def raise_revision(db: Session, work: Work) -> None:
    """Tell that something changed which bears on the completion of everybody who worked on it."""
    members = select(AttemptMember.enrolment_id).where(AttemptMember.attempt_id == work.attempt.id)
    raised = update(Enrolment).where(Enrolment.id.in_(members)).values(revision=Enrolment.revision + 1)
    db.flush()
    db.execute(raised, execution_options={"synchronize_session": False})
