"""Writes of those who review, and about them: judging an answer, taking one more, excusing, naming observers."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from fractions import Fraction

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from app.accounts.actions import record
from app.assessment.marks import add_marking
from app.assessment.models import Assignment, Marking, Submission
from app.assessment.queries import marking_spec
from app.assessment.rules import rubric_marking, rubric_version
from app.cohorts.actions import refuse_archived
from app.cohorts.models import Cohort, Enrolment
from app.errors import NotFound, UserError
from app.exercises import Spec
from app.reviewing.kin import kin_of
from app.reviewing.models import Review, ReviewRound
from app.reviewing.queries import Facts, Part, answers_to, facts_of, levels_in, own_reviews, round_of
from app.reviewing.rounds import ask, fill_round, is_closed, open_round_of, refuse_final, shuffled
from app.web.guards import NOTHING_HERE
from app.words import say

_HOW = {True: "counts", False: "left out", None: "by the rules"}


def give_review(db: Session, part: Part, levels: Sequence[Fraction], *, comment: str, by: int, now: datetime) -> None:
    """Keep what somebody says of an answer; the caller has its turn. Again before the end: the newest counts."""
    review, work = part.review, part.work
    refuse_unless_taken(part, now)
    if review.role == "peer" and _waits_for_sample(db, part):
        raise UserError(say("Judge the sample first: then you see how near you are to the trainer."))
    _refuse_unknown_levels(marking_spec(db, work), levels)
    if work.submission is None:
        raise UserError(say("This answer is not handed in yet."))
    before = db.get(Marking, review.marking_id) if review.marking_id else None
    rubric = rubric_version(marking_spec(db, work))
    if before is not None and (levels_in(before), before.comment, before.rubric) == (tuple(levels), comment, rubric):
        return
    parts = {**rubric_marking(levels), "role": review.role}
    earned, change_id = sum(levels, Fraction(0)), work.submission.change_id
    marking = add_marking(
        db, work, "review", by=by, now=now, earned=earned, parts=parts, comment=comment, change_id=change_id
    )
    db.flush()
    review.marking_id, review.done_at = marking.id, now
    record(db, "review-given", Review, object_id=review.id, by=by, now=now)


def refuse_unless_taken(part: Part, now: datetime) -> None:
    """Raises UserError where a review cannot be given or changed any more."""
    refuse_archived(part.work.cohort)
    refuse_final(part.work.assignment, now)
    if is_closed(part.round, now):
        raise UserError(say("The time for reviews is over: what you gave until then counts."))
    if part.review.excused_at is not None:
        raise UserError(say("Your trainer excused you from this review."))
    if part.review.role == "calibration" and part.review.done_at is not None:
        raise UserError(say("You have seen the trainer's levels: your judgement of the sample stays as it was."))
    if part.work.attempt.returned_at is not None:
        raise UserError(say("This answer was given back to be revised: it is not reviewed any more."))


def take_one_more(db: Session, cohort: Cohort, assignment: Assignment, own: Enrolment, *, now: datetime) -> Review:
    """Give somebody who is through with theirs the answer that is most in want of a review. Raises UserError."""
    found = open_round_of(db, cohort, assignment, now)
    if any(each.done_at is None for each in own_reviews(db, found.id, own.id)):
        raise UserError(say("Give the reviews first that you were asked for."))
    facts = facts_of(db, found, cohort, assignment.exercise)
    wanting = wanting_for(db, facts, own.id)
    if not wanting:
        raise UserError(say("No answer is in want of a review from you. Thank you for offering."))
    review = ask(db, found, wanting[0], own.id, "peer", now=now)
    db.flush()
    record(db, "review-offered", Review, object_id=review.id, by=own.person_id, now=now)
    return review


def wanting_for(db: Session, facts: Facts, enrolment_id: int) -> list[int]:
    """The answers with too few reviews that somebody may review, most in want first; none before they handed in."""
    if not facts.has_answer_of(enrolment_id):
        return []
    found, kin = [], kin_of(db, facts)
    for answer in facts.answers.values():
        asked = facts.of(answer.attempt_id)
        done = sum(each.is_done for each in asked)
        known = enrolment_id in kin[answer.attempt_id] | {each.review.enrolment_id for each in asked}
        if not known and done < facts.round.reviewers:
            found.append((done, shuffled(facts.round.seed, answer.attempt_id, enrolment_id), answer.attempt_id))
    return [attempt_id for *_, attempt_id in sorted(found)]


def excuse_review(
    db: Session, cohort: Cohort, assignment: Assignment, review_id: int, *, by: int, now: datetime
) -> None:
    """Await a review no more; where it was a peer's, somebody else is drawn in their stead."""
    found = open_round_of(db, cohort, assignment, now)
    review = _review_in(db, found, review_id)
    if review.done_at is not None or review.excused_at is not None:
        return
    review.excused_at = now
    record(db, "review-excused", Review, object_id=review.id, by=by, now=now)
    fill_round(db, found, cohort, assignment.exercise, now=now)


def judge_reviewer(
    db: Session,
    cohort: Cohort,
    assignment: Assignment,
    enrolment_id: int,
    *,
    counts: bool | None,
    by: int,
    now: datetime,
) -> None:
    """Let everything that a reviewer said count, or leave it out; None: as the rules say. Closed rounds follow."""
    refuse_archived(cohort)
    refuse_final(assignment, now)
    found = round_of(db, assignment.id, to_change=True)
    own = [each for each in own_reviews(db, found.id, enrolment_id) if each.role != "calibration"] if found else []
    if found is None or not own:
        raise NotFound(NOTHING_HERE)
    for review in own:
        review.counts = counts
    if found.closed_at is not None:
        _ask_again(db, [review.attempt_id for review in own])
    how = _HOW[counts]
    record(db, "reviewer-judged", Enrolment, object_id=enrolment_id, by=by, now=now, round=str(found.id), how=how)


def judge_review(
    db: Session, cohort: Cohort, assignment: Assignment, review_id: int, *, counts: bool | None, by: int, now: datetime
) -> None:
    """Let one review count, or leave it out and keep it from its author; None: as the rules say."""
    refuse_archived(cohort)
    refuse_final(assignment, now)
    found = round_of(db, assignment.id, to_change=True)
    if found is None:
        raise NotFound(NOTHING_HERE)
    review = _review_in(db, found, review_id)
    if review.done_at is None or review.role == "calibration" or review.counts == counts:
        return
    review.counts = counts
    if found.closed_at is not None:
        _ask_again(db, [review.attempt_id])
    record(db, "review-judged", Review, object_id=review.id, by=by, now=now, how=_HOW[counts])


def name_observer(
    db: Session, cohort: Cohort, assignment: Assignment, attempt_id: int, enrolment_id: int, *, by: int, now: datetime
) -> Review:
    """Ask somebody of the cohort, also from the same group, to judge what they saw. Never those who did it alone."""
    found = open_round_of(db, cohort, assignment, now)
    if not enrolment_id:
        raise UserError(say("Choose who observes."))
    answer = answers_to(db, assignment.id, having=[attempt_id]).get(attempt_id)
    observer = db.get(Enrolment, enrolment_id)
    if answer is None or observer is None or observer.cohort_id != cohort.id or observer.withdrawn_at is not None:
        raise NotFound(NOTHING_HERE)
    if answer.members == {enrolment_id}:
        raise UserError(say("Nobody observes themselves. Choose somebody else."))
    known = select(Review).where(
        Review.attempt_id == attempt_id, Review.enrolment_id == enrolment_id, Review.role == "observer"
    )
    review = db.scalars(known).one_or_none()
    if review is not None and review.excused_at is None:
        return review
    if review is None:
        review = ask(db, found, attempt_id, enrolment_id, "observer", now=now, by=by)
    review.excused_at = None
    db.flush()
    record(db, "observer-named", Review, object_id=review.id, by=by, now=now)
    return review


def _ask_again(db: Session, attempt_ids: Sequence[int]) -> None:
    """What reviewers say together of these is put down anew."""
    db.execute(update(Submission).where(Submission.attempt_id.in_(attempt_ids)).values(asked=True))


def _waits_for_sample(db: Session, part: Part) -> bool:
    mine = own_reviews(db, part.round.id, part.enrolment.id)
    return part.round.sample_id is not None and any(
        each.role == "calibration" and each.done_at is None for each in mine
    )


def _review_in(db: Session, found: ReviewRound, review_id: int) -> Review:
    review = db.get(Review, review_id)
    if review is None or review.round_id != found.id:
        raise NotFound(NOTHING_HERE)
    return review


def _refuse_unknown_levels(spec: Spec, levels: Sequence[Fraction]) -> None:
    known = [{level.points for level in criterion.levels} for criterion in spec.rubric]
    if len(levels) != len(known) or any(points not in those for points, those in zip(levels, known, strict=False)):
        raise UserError(say("Choose one level for each criterion of the rubric."))
