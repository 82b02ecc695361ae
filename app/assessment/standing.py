"""Until when a sheet takes what its trainee writes, whether it still does by the server's clock, and why not."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

from sqlalchemy.orm import Session

from app.assessment.models import Assignment, Attempt, Submission
from app.assessment.queries import Work, extra_minutes, times_of
from app.assessment.rules import Times, end_of, is_over, sweep_time
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


def is_under_way(attempt: Attempt, submission: Submission | None, times: Times, now: datetime) -> bool:
    """Whether somebody goes on with this attempt of theirs, the newest, before they may begin another.

    Not where its time ran out and there was nothing to hand in.
    """
    if submission is not None:
        return False
    waits = attempt.sweep_at is not None or attempt.set_aside != ""
    return waits or not is_over(attempt.ends_at, now) or times.is_closed(now)


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

    Not where the trainee handed in, or an answer from paper stands there: that is what they wanted to count. Where
    another of their group did, they were perhaps still writing.
    """
    if is_left_alone(work):
        return False
    submission = work.submission
    if submission is None:
        return is_over(work.ends_at, now)
    if submission.collected or was_handed_in_by_another(work):
        return True
    return not submission.on_paper and is_over(work.ends_at, submission.at)


def may_have_late(work: Work) -> bool:
    """Whether something may have been typed until the moment that ended an attempt, and have come too late for it."""
    return work.submission is not None and (work.submission.collected or work.attempt.group_id is not None)


def was_handed_in_by_another(work: Work) -> bool:
    """Whether it was somebody else of the group who handed in."""
    submission = work.submission
    if submission is None or submission.on_paper or work.attempt.group_id is None:
        return False
    return submission.by_id not in (None, work.enrolment.person_id)


def set_end(
    db: Session, attempt: Attempt, assignment: Assignment, enrolment_ids: Sequence[int], *, revises: bool = False
) -> None:
    """Say when a new attempt ends. One that `revises` another may be gone on with until the exercise closes.

    The minutes of an attempt would run from the moment it was given back, with nobody there to use them.
    """
    times = times_of(assignment)
    times = replace(times, minutes=None) if revises else times
    extra = extra_minutes(db, assignment.cohort_id, assignment.exercise, enrolment_ids)
    attempt.ends_at = end_of(times, started_at=attempt.started_at, extra=extra)
    attempt.sweep_at = sweep_time(attempt.ends_at, started_at=attempt.started_at)
