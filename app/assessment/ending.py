"""When an attempt ends, as its pages say it: on the clock of the room, and for the countdown."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy.orm import Session

from app.assessment.parties import member_ids
from app.assessment.queries import Task, Work, extra_minutes
from app.assessment.rules import end_of
from app.assessment.showing import cohort_time

COUNTED_DOWN = timedelta(hours=1)
"""Before the closing time, where it comes before the limit of an attempt, or there is no such limit."""


@dataclass(frozen=True)
class Ending:
    """The end of an attempt under way."""

    ends_at: datetime | None
    in_words: str
    """On the clock of the room; of today the time alone, "" without end."""
    extra: int
    """Minutes that the others do not have."""
    zone: str
    now: datetime
    total: timedelta
    """What is counted down."""
    by_closing: bool
    """Whether the closing time of the exercise ends it."""
    due: str = ""
    """Until when it is in time, likewise; "" where nothing is late before the end."""

    @property
    def ends_ms(self) -> int:
        return _milliseconds(self.ends_at) if self.ends_at else 0

    @property
    def now_ms(self) -> int:
        return _milliseconds(self.now)

    @property
    def total_ms(self) -> int:
        return int(self.total / timedelta(milliseconds=1))


@dataclass(frozen=True)
class Offer:
    """What somebody who has not begun is told about the time they would have."""

    minutes: int
    """From the start; 0 without such a limit."""
    closes_at: datetime | None
    closes: str
    """With their extra minutes, on the clock of the room."""
    extra: int
    cut: bool
    """Whether the closing time comes before the minutes are over, were it begun now."""
    due: str = ""
    """Until when it is in time, with their extra minutes; "" where nothing is late before it closes."""

    def is_over(self, now: datetime) -> bool:
        return self.closes_at is not None and now >= self.closes_at


def ending_of(db: Session, work: Work, now: datetime) -> Ending:
    """When this attempt ends for its trainee. One statement, none where it has no times."""
    ends_at, times = work.ends_at, work.times
    extra = 0
    if ends_at or times.due_at:
        members = member_ids(work.attempt.id)  # one who has more time has it for all
        extra = extra_minutes(db, work.cohort.id, work.assignment.exercise, members)
    by_closing = ends_at == times.with_extra(extra).closes_at
    return Ending(
        ends_at,
        in_words=cohort_time(work.cohort, ends_at, today=now),
        extra=extra,
        zone=work.cohort.zone,
        now=now,
        total=COUNTED_DOWN if by_closing else timedelta(minutes=(times.minutes or 0) + extra),
        by_closing=by_closing,
        due=cohort_time(work.cohort, times.with_extra(extra).due_at, today=now),
    )


def offer_of(db: Session, task: Task, now: datetime) -> Offer:
    """What an attempt that began now would have of time. One statement, none where nothing limits it."""
    times = task.times
    limited = any(each is not None for each in (times.minutes, times.closes_at, times.due_at))
    extra = extra_minutes(db, task.cohort.id, task.exercise, [task.enrolment.id]) if limited else 0
    closes_at = times.with_extra(extra).closes_at
    return Offer(
        minutes=times.minutes + extra if times.minutes else 0,
        closes_at=closes_at,
        closes=cohort_time(task.cohort, closes_at, today=now),
        extra=extra,
        cut=closes_at is not None and end_of(times, started_at=now, extra=extra) == closes_at,
        due=cohort_time(task.cohort, times.with_extra(extra).due_at, today=now),
    )


def _milliseconds(moment: datetime) -> int:
    return round(moment.timestamp() * 1_000)
