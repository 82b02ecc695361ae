"""Writes about rounds: opening, changing and closing them, and drawing reviewers wherever some are missing."""

from __future__ import annotations

import secrets
from collections import Counter
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from hashlib import sha256

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from app.accounts.actions import record
from app.assessment.letters import tell_reviewers
from app.assessment.models import Assignment, Attempt, Submission
from app.assessment.rules import MOST_SEED, scheme_of
from app.cohorts.actions import refuse_archived
from app.cohorts.models import Cohort
from app.errors import UserError
from app.exercises import Spec
from app.reviewing.allocation import allocate, extra_for
from app.reviewing.kin import kin_of
from app.reviewing.models import Review, ReviewRole, ReviewRound
from app.reviewing.queries import Facts, answers_to, facts_of, is_owed, marked_by_trainer, round_of
from app.words import say

REMINDED = timedelta(days=1)
"""Before the end those are reminded who have reviews to give."""
CLOSED = say("This round of reviews is closed: nothing in it can be changed any more.")


@dataclass(frozen=True)
class Plan:
    """How a round is to go."""

    reviewers: int
    least: int
    anonymous: bool
    closes_at: datetime | None
    sample_id: int | None = None


def open_round(
    db: Session, cohort: Cohort, assignment: Assignment, spec: Spec, plan: Plan, *, by: int, now: datetime
) -> ReviewRound:
    """Ask for reviews of everything that was handed in. Doing it twice does it once; a closed one is opened again."""
    refuse_unless_reviewed(cohort, assignment, spec, now)
    _refuse_plan(db, assignment, plan, now)
    found = round_of(db, assignment.id, to_change=True)
    if found is not None and not is_closed(found, now):
        return found
    if found is None:
        seed = secrets.randbelow(MOST_SEED) + 1
        found = ReviewRound(assignment_id=assignment.id, seed=seed, opened_at=now, opened_by_id=by)
        db.add(found)
    else:
        _refuse_names(db, found, plan)
    _follow(found, plan)
    found.closed_at = None
    found.reminded_at = now if _is_short(plan, now) else None
    db.flush()
    record(db, "reviews-opened", ReviewRound, object_id=found.id, by=by, now=now)
    fill_round(db, found, cohort, assignment.exercise, now=now)
    return found


def change_round(db: Session, cohort: Cohort, assignment: Assignment, plan: Plan, *, by: int, now: datetime) -> None:
    """Change how an open round goes; where an answer is to have more reviewers, they are drawn at once."""
    found = open_round_of(db, cohort, assignment, now)
    _refuse_plan(db, assignment, plan, now)
    _refuse_names(db, found, plan)
    _follow(found, plan)
    found.reminded_at = now if _is_short(plan, now) else None
    record(db, "reviews-changed", ReviewRound, object_id=found.id, by=by, now=now)
    fill_round(db, found, cohort, assignment.exercise, now=now)


def close_round(db: Session, cohort: Cohort, assignment: Assignment, *, by: int | None, now: datetime) -> None:
    """Take no more reviews. Doing it twice does it once. What they come to is put down by `settle_closed`."""
    found = round_of(db, assignment.id, to_change=True)
    if found is None or found.closed_at is not None:
        return
    if by is not None:
        refuse_archived(cohort)
    found.closed_at = now
    record(db, "reviews-closed", ReviewRound, object_id=found.id, by=by, now=now)


def fill_round(db: Session, found: ReviewRound, cohort: Cohort, exercise: str, *, now: datetime) -> int:
    """Take in what was handed in since, and draw reviewers wherever some are missing; returns how many were asked.

    Nobody who was asked already gets another answer instead, but those who have left the cohort are replaced. Once time
    is up nobody is asked any more.
    """
    db.flush()
    facts = facts_of(db, found, cohort, exercise)
    _ask_trainers_to_wait(db, facts)
    for each in facts.asked:
        if each.gone and not each.is_done and each.review.excused_at is None:
            each.review.excused_at = now
    if "peer" not in facts.spec.marking or is_closed(found, now):
        return 0
    wanted = _draw(db, facts)
    for attempt_id, reviewer in sorted(wanted, key=lambda pair: shuffled(found.seed, *pair)):
        ask(db, found, attempt_id, reviewer, "peer", now=now)
    _ask_for_sample(db, facts, {reviewer for _, reviewer in wanted}, now=now)
    db.flush()
    if wanted:
        tell(db, found, cohort, exercise, only={reviewer for _, reviewer in wanted}, now=now)
    return len(wanted)


def tell(
    db: Session,
    found: ReviewRound,
    cohort: Cohort,
    exercise: str,
    *,
    now: datetime,
    only: Collection[int] | None = None,
    soon: bool = False,
) -> None:
    """Write to those who have reviews to give, or to `only` some of them, that they wait, or that time is up `soon`."""
    owing = select(Review.enrolment_id).join(ReviewRound, ReviewRound.id == Review.round_id)
    counted = Counter(db.scalars(owing.where(Review.round_id == found.id, is_owed())))
    asked = {who: count for who, count in counted.items() if only is None or who in only}
    path = f"/cohorts/{cohort.id}/exercises/{exercise}/reviewing"
    assignment = db.get_one(Assignment, found.assignment_id)
    tell_reviewers(db, assignment, asked, path=path, closes_at=found.closes_at, now=now, soon=soon)


def refuse_unless_reviewed(cohort: Cohort, assignment: Assignment, spec: Spec, now: datetime) -> None:
    """Raises UserError for an exercise that nobody reviews or observes, or whose marks are final."""
    refuse_archived(cohort)
    refuse_final(assignment, now)
    if spec.private:
        raise UserError(say("This exercise is private: nobody but its trainer may read the answers."))
    if not is_reviewed(spec):
        raise UserError(say("Nobody reviews this exercise: its “marking” names neither peers nor observers."))


def is_reviewed(spec: Spec) -> bool:
    """Whether peers or observers have a say in an exercise."""
    return not spec.private and bool({"peer", "observer"} & set(spec.marking))


def is_closed(found: ReviewRound, now: datetime) -> bool:
    return found.closed_at is not None or (found.closes_at is not None and now >= found.closes_at)


def refuse_final(assignment: Assignment, now: datetime) -> None:
    """Raises UserError where the marks of an exercise are final."""
    if assignment.final_at is not None and now >= assignment.final_at:
        raise UserError(say("The marks of this exercise are final. Open them again first."))


def open_round_of(db: Session, cohort: Cohort, assignment: Assignment, now: datetime) -> ReviewRound:
    """The round that is under way, and nobody else changes it until the commit. Raises UserError where none is."""
    refuse_archived(cohort)
    refuse_final(assignment, now)
    found = round_of(db, assignment.id, to_change=True)
    if found is None:
        raise UserError(say("There is no round of reviews yet. Your trainer opens it."))
    if is_closed(found, now):
        raise UserError(CLOSED)
    return found


def _refuse_plan(db: Session, assignment: Assignment, plan: Plan, now: datetime) -> None:
    if plan.closes_at is not None and plan.closes_at <= now:
        raise UserError(say("The round would close at once: choose a time that is still to come."))
    if plan.sample_id is not None:
        answers = answers_to(db, assignment.id, having=[plan.sample_id])
        if plan.sample_id not in answers or plan.sample_id not in marked_by_trainer(db, [plan.sample_id]):
            raise UserError(say("The sample must be an answer that a trainer has marked with the rubric."))


def _refuse_names(db: Session, found: ReviewRound, plan: Plan) -> None:
    given = select(Review.id).where(Review.round_id == found.id, Review.done_at.is_not(None))
    if found.anonymous and not plan.anonymous and db.scalars(given.limit(1)).first() is not None:
        raise UserError(
            say("Reviews were given on the word that nobody learns a name: the round stays anonymous. Tick it again.")
        )


def _is_short(plan: Plan, now: datetime) -> bool:
    """Whether nobody needs to be reminded before it closes: they are told on the same day that it is open."""
    return plan.closes_at is not None and plan.closes_at - now <= REMINDED


def _follow(found: ReviewRound, plan: Plan) -> None:
    found.reviewers, found.least, found.anonymous = plan.reviewers, plan.least, plan.anonymous
    found.closes_at, found.sample_id = plan.closes_at, plan.sample_id


def _ask_trainers_to_wait(db: Session, facts: Facts) -> None:
    """What was handed in stands in no inbox meanwhile, but where the trainer's own word is asked for.

    An answer that its author has replaced by a newer one waits as well: at the end it is the trainer's.
    """
    handed_in = (
        select(Submission.attempt_id)
        .join(Attempt, Attempt.id == Submission.attempt_id)
        .where(Attempt.assignment_id == facts.round.assignment_id, Attempt.returned_at.is_(None))
        .where(Submission.asked.is_(False))
    )
    new = db.scalars(handed_in).all()
    if not new:
        return
    db.execute(update(Submission).where(Submission.attempt_id.in_(new)).values(asked=True))
    waiting = set(new) if not scheme_of(facts.spec).wants_trainer else marked_by_trainer(db, new)
    db.execute(update(Submission).where(Submission.attempt_id.in_(sorted(waiting))).values(needs_person=False))


def _draw(db: Session, facts: Facts) -> list[tuple[int, int]]:
    """Which answer is to be reviewed by whom, besides what was drawn before.

    Whoever was excused from everything is asked for nothing else; whoever comes when all answers have their reviewers
    gets as many as the others all the same, and some answers one review more.
    """
    asked = {attempt_id: facts.of(attempt_id) for attempt_id in facts.answers}
    live = {answer: {one.review.enrolment_id for one in those if one.is_live} for answer, those in asked.items()}
    known = {one.review.enrolment_id for those in asked.values() for one in those}
    pool = {member for answer in facts.answers.values() for member in answer.present}
    pool -= known.difference(*live.values())
    kin, seed, each = kin_of(db, facts), facts.round.seed, facts.round.reviewers
    barred = {
        attempt_id: kin[attempt_id] | {one.review.enrolment_id for one in those} for attempt_id, those in asked.items()
    }
    drawn = allocate(kin, pool, each, seed=seed, given=live, barred=barred)
    wanted = [(attempt_id, reviewer) for attempt_id, those in drawn.items() for reviewer in those]
    for attempt_id, reviewer in wanted:
        live[attempt_id].add(reviewer)
    loads = Counter(reviewer for those in live.values() for reviewer in those)
    before = [loads[who] for who in pool & known] or [0]
    least = min(*before, max(before) - 1)  # one fewer is as many; whoever offered more is no measure
    return wanted + extra_for(pool - known, live, barred, least=least, most=each + 1, seed=seed)


def _ask_for_sample(db: Session, facts: Facts, new: Iterable[int], *, now: datetime) -> None:
    """Everybody who reviews judges the sample as well, but whoever wrote it."""
    sample = facts.answers.get(facts.round.sample_id or 0)
    if sample is None:
        return
    known = {each.review.enrolment_id for each in facts.of(sample.attempt_id, "calibration")}
    live = {each.review.enrolment_id for each in facts.asked if each.review.role == "peer" and each.is_live}
    wanted = (live | set(new)) - known - sample.members
    for reviewer in sorted(wanted, key=lambda one: shuffled(facts.round.seed, sample.attempt_id, one)):
        ask(db, facts.round, sample.attempt_id, reviewer, "calibration", now=now)


def ask(
    db: Session,
    found: ReviewRound,
    attempt_id: int,
    reviewer: int,
    role: ReviewRole,
    *,
    now: datetime,
    by: int | None = None,
) -> Review:
    """One more review of an answer."""
    review = Review(
        round_id=found.id, attempt_id=attempt_id, enrolment_id=reviewer, role=role, asked_at=now, asked_by_id=by
    )
    db.add(review)
    return review


def shuffled(seed: int, attempt_id: int, enrolment_id: int) -> bytes:
    """The order in which reviews are made: their numbers tell nothing of whose answer it is, or who reviews it."""
    return sha256(f"{seed}/{attempt_id}/{enrolment_id}".encode()).digest()
