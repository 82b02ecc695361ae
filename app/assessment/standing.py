"""Whether a sheet still takes what its trainee writes, by the server's clock, and why not."""

from __future__ import annotations

from datetime import datetime

from app.assessment.queries import Work
from app.assessment.rules import Times, is_over
from app.cohorts.actions import refuse_archived
from app.cohorts.models import Cohort
from app.errors import UserError
from app.words import Sentence, say

CLOSED = say("This exercise is closed. What you saved before is kept, and your trainer can see it.")
TIME_IS_UP = say("Your time for this exercise is over. What you saved before is kept, and is handed in by itself.")


def refuse_unless_open(cohort: Cohort, times: Times, now: datetime) -> None:
    """Raises UserError where an exercise cannot be begun any more; `times`: with what this person has extra."""
    refuse_archived(cohort)
    if times.is_closed(now):
        raise UserError(CLOSED)


def refuse_unless_writable(work: Work, now: datetime) -> None:
    """Raises UserError where what a trainee writes by now does not count."""
    if work.submission is not None:
        raise UserError(say("This answer was handed in and cannot be changed any more."))
    if work.attempt.returned_at is not None:
        raise UserError(say("Your trainer gave this attempt back: go on with the newest one."))
    if work.enrolment.withdrawn_at is not None:
        raise UserError(say("You are no longer in this cohort: your answers can be read, and not changed."))
    refuse_archived(work.cohort)
    if is_over(work.ends_at, now):
        raise UserError(CLOSED if work.times.is_closed(now) else TIME_IS_UP)


def why_shut(work: Work, now: datetime) -> Sentence | None:
    """Why a sheet takes nothing more from its trainee; None where it does."""
    try:
        refuse_unless_writable(work, now)
    except UserError as shut:
        return shut.sentence
    return None


def is_left_alone(work: Work) -> bool:
    """What was given back has a successor; in an archived cohort, and of people who left it, nothing changes."""
    gone = work.attempt.returned_at is not None or work.enrolment.withdrawn_at is not None
    return gone or work.cohort.archived_at is not None


def comes_late(work: Work, now: datetime) -> bool:
    """Whether what arrives by now is kept without counting: it was the time alone that ended the attempt.

    Not where the trainee handed in, or an answer from paper stands there: that is what they wanted to count.
    """
    if is_left_alone(work):
        return False
    submission = work.submission
    if submission is None:
        return is_over(work.ends_at, now)
    return submission.collected or (not submission.on_paper and is_over(work.ends_at, submission.at))
