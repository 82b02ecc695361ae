"""Writes about moving a cohort: the move itself, and asking for its marking anew once more."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.accounts.actions import record
from app.cohorts.actions import raise_revisions, refuse_archived
from app.cohorts.models import Cohort
from app.errors import UserError
from app.outbox import put
from app.regrading.models import Regrade
from app.regrading.plan import Plan
from app.regrading.queries import count_answers, ground_of
from app.words import say

ERRAND = "regrade"
MOST_REASON = 500


def move_cohort(db: Session, cohort: Cohort, plan: Plan, *, reason: str, by: int, now: datetime) -> Regrade:
    """Let a cohort take the newer version of a plan; what was handed in is marked anew by the worker.

    Doing it twice does it once. The caller has the cohort to change. Raises UserError for what cannot be moved, and
    where what the plan stands on has changed meanwhile.
    """
    refuse_archived(cohort)
    db.execute(select(Cohort.id).where(Cohort.id == cohort.id).with_for_update())  # until all who hand in are done
    if cohort.version_id == plan.new.id:
        return _move_to(db, cohort, plan.new.id)
    _refuse_while_marking(db, cohort)
    _refuse_other_ground(db, cohort, plan)
    reason = _checked(reason)
    row = Regrade(
        cohort_id=cohort.id,
        from_version_id=plan.old.id,
        to_version_id=plan.new.id,
        reason=reason,
        asked_at=now,
        asked_by_id=by,
        answers=count_answers(db, cohort.id),
    )
    cohort.version_id = plan.new.id
    db.add(row)
    db.flush()
    db.expire(cohort, ["version"])
    raise_revisions(db, cohort)
    put(db, ERRAND, {"regrade": row.id}, now=now)
    versions = {"before": str(plan.old.number), "after": str(plan.new.number)}
    record(db, "cohort-moved", Cohort, object_id=cohort.id, by=by, now=now, **versions)
    return row


def go_on(db: Session, cohort: Cohort, *, by: int, now: datetime) -> None:
    """Ask once more for the marking anew that is under way; nothing where none is. Twice does no harm."""
    row = _under_way(db, cohort)
    if row is not None:
        put(db, ERRAND, {"regrade": row.id}, now=now)
        record(db, "regrade-asked-again", Cohort, object_id=cohort.id, by=by, now=now)


def _move_to(db: Session, cohort: Cohort, version_id: int) -> Regrade:
    wanted = select(Regrade).where(Regrade.cohort_id == cohort.id, Regrade.to_version_id == version_id)
    found = db.scalars(wanted).one_or_none()
    if found is None:
        raise UserError(say("The cohort takes this version already."))
    return found


def _under_way(db: Session, cohort: Cohort) -> Regrade | None:
    wanted = select(Regrade).where(Regrade.cohort_id == cohort.id, Regrade.done_at.is_(None))
    return db.scalars(wanted).one_or_none()


def _refuse_while_marking(db: Session, cohort: Cohort) -> None:
    if _under_way(db, cohort) is not None:
        raise UserError(say("The answers are still being marked anew since the last move. Wait until that is done."))


def _refuse_other_ground(db: Session, cohort: Cohort, plan: Plan) -> None:
    """What the plan has not looked at stops the move: it was begun, dated or declared final meanwhile."""
    if cohort.version_id != plan.old.id or plan.new.number <= plan.old.number:
        raise UserError(say("The cohort takes another version by now. Look at what would change once more."))
    if plan.refusals:
        raise UserError(plan.refusals[0])
    now = ground_of(db, cohort.id)
    known = plan.ground
    if not (now.begun.keys() <= known.begun.keys() and now.dated <= known.dated and now.final <= known.final):
        raise UserError(say("Something was begun in this cohort meanwhile. Look at what would change once more."))


def _checked(reason: str) -> str:
    reason = reason.strip()
    if not reason:
        raise UserError(say("Say in a few words what was put right: it stands in the history of the cohort."))
    if len(reason) > MOST_REASON:
        raise UserError(
            say(
                "This text has {length} characters; a field takes {most}. Shorten it.",
                length=len(reason),
                most=MOST_REASON,
            )
        )
    return reason
