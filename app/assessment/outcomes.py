"""What became of an attempt that was handed in or given back, as far as its trainee may see it by now."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.orm import Session

from app.assessment.keys import corrected
from app.assessment.models import Attempt, Submission
from app.assessment.parties import member_ids
from app.assessment.policies import state_after, what_is_missing
from app.assessment.queries import Work, attempts_at, extra_minutes, marking_spec, result_for
from app.assessment.rules import Result, TaskState, Times, attempts_left, may_see_result
from app.assessment.showing import (
    CriterionRow,
    PartRow,
    cohort_time,
    criterion_rows,
    head_of,
    part_rows,
    points_in_words,
)
from app.assessment.standing import is_under_way
from app.exercises import Spec
from app.words import Sentence, say

Rows = list[tuple[Attempt, int, Submission | None]]


@dataclass(frozen=True)
class Try:
    """One of somebody's attempts at the exercise."""

    attempt_id: int
    number: int
    handed_in_at: str
    """"" where it was not."""
    given_back: bool


@dataclass(frozen=True)
class GivenBack:
    """The attempt that the one under way revises."""

    attempt_id: int
    number: int
    reason: str


@dataclass(frozen=True)
class Outcome:
    """What the page of such an attempt says."""

    state: TaskState
    result: Result | None
    """None where it may not be seen yet."""
    total: str
    parts: tuple[PartRow, ...]
    criteria: tuple[CriterionRow, ...]
    missing: Sentence | None
    """What this person still waits for."""
    tries: tuple[Try, ...]
    """Oldest first, this one among them."""
    may_try_again: bool
    corrected: Sentence | None
    """That its key was put right since it was marked, and what that did."""


def outcome_of(db: Session, work: Work, now: datetime) -> Outcome:
    """The outcome of an attempt, in three statements; one more where its cohort takes another version by now."""
    rows = attempts_at(db, work.enrolment.id, work.assignment.exercise)
    spec, result = marking_spec(db, work), result_for(db, work)
    times = work.times.with_extra(
        extra_minutes(db, work.cohort.id, work.assignment.exercise, member_ids(work.attempt.id))
    )
    seen = result if work.submission is not None and may_see_result(spec, times, now) else None
    return Outcome(
        state_after(seen, given_back=work.attempt.returned_at is not None),
        seen,
        points_in_words(seen.earned) if seen else "",
        parts=part_rows(seen, head_of(work.spec, work.version).language) if seen else (),
        criteria=criterion_rows(spec, seen) if seen else (),
        missing=what_is_missing(spec, seen) if work.submission and not work.attempt.returned_at else None,
        tries=tuple(_try(work, *row) for row in rows),
        may_try_again=_may_try_again(work, spec, times, rows, now=now),
        corrected=_corrected(db, work) if seen and work.attempt.returned_at is None else None,
    )


def _corrected(db: Session, work: Work) -> Sentence | None:
    found = corrected(db, work)
    if found is None:
        return None
    if found.under_way:
        return say(
            "The key of this exercise was put right. Your answer is just being marked anew; its points may change."
        )
    when = cohort_time(work.cohort, found.at)
    if found.before == found.after:
        return say("The key of this exercise was put right, and your answer marked anew {time}.", time=when)
    return say(
        "The key of this exercise was put right, and your answer marked anew {time}: "
        "by the key it had {before}, and has {after} now.",
        time=when,
        before=points_in_words(found.before),
        after=points_in_words(found.after),
    )


def given_back_before(db: Session, work: Work) -> GivenBack | None:
    """The attempt before this one, where it was given back for revision."""
    if work.number == 1:
        return None
    rows = attempts_at(db, work.enrolment.id, work.assignment.exercise)
    earlier = [(attempt, number) for attempt, number, _ in rows if number < work.number]
    if not earlier or earlier[-1][0].returned_at is None:  # none: they were taken off it
        return None
    attempt, number = earlier[-1]
    return GivenBack(attempt.id, number, attempt.return_reason)


def _try(work: Work, attempt: Attempt, number: int, submission: Submission | None) -> Try:
    at = submission.at if submission else None
    return Try(attempt.id, number, cohort_time(work.cohort, at), given_back=attempt.returned_at is not None)


def _may_try_again(work: Work, spec: Spec, times: Times, rows: Rows, *, now: datetime) -> bool:
    used = sum(attempt.returned_at is None for attempt, *_ in rows)
    is_over = times.is_closed(now) or work.cohort.archived_at is not None
    under_way = is_under_way(rows[-1][0], rows[-1][2], times, now)
    gone = work.enrolment.withdrawn_at is not None
    return attempts_left(spec, used) and not (is_over or under_way or gone)
