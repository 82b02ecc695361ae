"""When a round is over: what reviewers and observers said together becomes a marking, or the trainer is asked.

An answer that reviewers are still at says so itself (`Submission.asked`): a round that is closed is settled where no
answer does any more, however often it was begun.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from functools import partial
from typing import Any

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from app.assessment.marks import add_marking, settle_marks
from app.assessment.mishaps import Mishap, or_mishap
from app.assessment.models import Assignment, Attempt, MarkedBy, Marking, Submission
from app.assessment.queries import Work, any_work, marking_spec, take_turn
from app.assessment.rules import rubric_marking
from app.cohorts.models import Cohort
from app.db import Database
from app.reviewing.models import ReviewRound
from app.reviewing.queries import Facts, facts_of, verdicts_in
from app.reviewing.rules import Verdict, observer_verdict, peer_verdict

AT_ONCE = 25
"""Answers in one transaction: a whole cohort would hold up everybody's saves."""


@dataclass(frozen=True)
class _Due:
    """A closed round with answers that still wait for what its reviewers say together."""

    round_id: int
    attempt_ids: tuple[int, ...]


def settle_closed(database: Database, *, now: datetime) -> int:
    """Put down what is due; returns of how many answers. Any number of workers may do so at once.

    A round that fails stands in no other's way.
    """
    with database.reading() as db:
        due = _due(db, now)
    settled = 0
    for each in due:
        for start in range(0, len(each.attempt_ids), AT_ONCE):
            some = each.attempt_ids[start : start + AT_ONCE]
            done = or_mishap(
                partial(_settle, database, each.round_id, some, now=now), f"could not settle round {each.round_id}"
            )
            settled += 0 if isinstance(done, Mishap) else done
    return settled


def verdict_of(facts: Facts, attempt_id: int, side: MarkedBy) -> Verdict:
    """What reviewers or observers say together of an answer by now."""
    if side == "observer":
        return observer_verdict(facts.said(attempt_id, "observer"))
    return peer_verdict(facts.said(attempt_id), facts.stand, facts.best, facts.round.least)


def _due(db: Session, now: datetime) -> list[_Due]:
    """Where marks are final, nothing is put down before somebody opens them again."""
    rows = db.execute(
        select(ReviewRound.id, Submission.attempt_id)
        .join(Attempt, Attempt.assignment_id == ReviewRound.assignment_id)
        .join(Submission, Submission.attempt_id == Attempt.id)
        .join(Assignment, Assignment.id == ReviewRound.assignment_id)
        .where(ReviewRound.closed_at.is_not(None), Submission.asked)
        .where(or_(Assignment.final_at.is_(None), Assignment.final_at > now))
        .order_by(ReviewRound.id, Submission.attempt_id)
    )
    found: dict[int, list[int]] = {}
    for round_id, attempt_id in rows:
        found.setdefault(round_id, []).append(attempt_id)
    return [_Due(round_id, tuple(attempt_ids)) for round_id, attempt_ids in found.items()]


def _settle(database: Database, round_id: int, attempt_ids: tuple[int, ...], *, now: datetime) -> int:
    with database.transaction() as db:
        return _put_down(db, round_id, attempt_ids, now=now)


def _put_down(db: Session, round_id: int, attempt_ids: tuple[int, ...], *, now: datetime) -> int:
    for attempt_id in attempt_ids:  # ahead of reading: a marking given meanwhile is seen
        take_turn(db, attempt_id)
    found = db.get_one(ReviewRound, round_id)
    if found.closed_at is None:  # it was opened again
        return 0
    assignment = db.get_one(Assignment, found.assignment_id)
    cohort = db.get_one(Cohort, assignment.cohort_id)
    facts = facts_of(db, found, cohort, assignment.exercise)
    newest = verdicts_in(db, attempt_ids)
    works = [any_work(db, attempt_id) for attempt_id in attempt_ids]
    return sum(_settle_one(db, work, facts, newest, now=now) for work in works)


def _settle_one(
    db: Session, work: Work, facts: Facts, newest: dict[tuple[int, str], Marking], *, now: datetime
) -> bool:
    submission = work.submission
    if submission is None or not submission.asked:
        return False
    submission.asked = False
    if work.attempt.returned_at is None:
        sides: tuple[MarkedBy, ...] = ("peer", "observer")
        for side in (each for each in sides if each in marking_spec(db, work).marking):
            verdict = verdict_of(facts, work.attempt.id, side)
            parts, before = _parts(verdict), newest.get((work.attempt.id, side))
            if before is None or dict(before.parts) != parts:
                change_id = submission.change_id
                add_marking(db, work, side, by=None, now=now, earned=verdict.earned, parts=parts, change_id=change_id)
    settle_marks(db, work)
    return True


def _parts(verdict: Verdict) -> dict[str, Any]:
    """The `parts` of what several say together: levels, and the markings they were made of; or why there are none."""
    if verdict.levels is None:
        return {"why": verdict.why}
    return {**rubric_marking(verdict.levels), "from": list(verdict.made_of)}
