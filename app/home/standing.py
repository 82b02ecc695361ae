"""Where somebody stands in their course at one moment: what runs or comes, what to do next, how far they are."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from functools import cached_property
from typing import Literal
from zoneinfo import ZoneInfo

from app.catalogue.models import CourseVersion
from app.cohorts.models import Cohort
from app.cohorts.rules import State, state_of
from app.home.course_days import CourseDay, DatedSession, DatedSlot, exercises_reached
from app.home.queries import TaskRow
from app.home.rules import NextStep, next_step
from app.records import models as records

Where = Literal["in_class", "next_today", "next_day", "over", "undated"]
"""In class, later today, on a later day, over, or nobody has set dates."""


@dataclass(frozen=True)
class Place:
    """Where the course stands at one moment."""

    where: Where
    session: DatedSession | None = None
    slot: DatedSlot | None = None
    """The running one, or the one that comes next today; None between two days."""
    on_break: bool = False
    """Whether the session of the slot has not begun, or pauses."""


@dataclass(frozen=True)
class Progress:
    """Required exercises that were handed in, of all that are required: as completion counts them."""

    done: int
    required: int

    @property
    def percent(self) -> int:
        return round(100 * self.done / self.required) if self.required else 0


@dataclass(frozen=True)
class Standing:
    """One of somebody's own cohorts, as it stands for them at a moment."""

    cohort: Cohort
    days: tuple[CourseDay, ...]
    tasks: tuple[TaskRow, ...]
    """In the order of the course."""
    progress: Progress
    now: datetime

    @property
    def version(self) -> CourseVersion:
        return self.cohort.version

    @property
    def archived(self) -> bool:
        return self.cohort.archived_at is not None

    @cached_property
    def today(self) -> date:
        """Where the course is."""
        return self.now.astimezone(ZoneInfo(self.cohort.zone)).date()

    @property
    def first(self) -> date | None:
        return self.days[0].day if self.days else None

    @property
    def last(self) -> date | None:
        return self.days[-1].day if self.days else None

    @cached_property
    def state(self) -> State:
        return state_of(self.first, self.last, archived=self.archived, today=self.today)

    @cached_property
    def place(self) -> Place:
        return place_at(self.days, self.now, self.today)

    @cached_property
    def reached(self) -> frozenset[str]:
        """The exercises of the days up to today."""
        return exercises_reached(self.days, self.today)

    @cached_property
    def step(self) -> NextStep:
        """The one clear next step."""
        place, changes = self.place, not self.archived
        in_class = place.slot.exercises if place.slot and place.where == "in_class" else ()
        over = place.where == "over" or self.archived
        return next_step(self.tasks, now_in_class=in_class, reached=self.reached, changes=changes, over=over)

    @property
    def step_task(self) -> TaskRow | None:
        return next((task for task in self.tasks if task.exercise == self.step.exercise), None)


def progress_in(row: records.Progress | None) -> Progress:
    """The same out of the records; none required where they are being worked out."""
    return Progress(row.handed_in, row.required) if row else Progress(0, 0)


def place_at(days: Sequence[CourseDay], now: datetime, today: date) -> Place:
    """The slot that runs, else what comes next."""
    if not days:
        return Place("undated")
    for session in (session for day in days for session in day.sessions):
        phase = session.span.phase(now)
        if phase == "past":
            continue
        running = next((slot for slot in session.slots if slot.span.phase(now) == "now"), None)
        if phase == "now" and running is not None:
            return Place("in_class", session, running, on_break=running.category == "rest")
        following = next((slot for slot in session.slots if slot.span.phase(now) == "coming"), None)
        return Place("next_today" if session.day == today else "next_day", session, following)
    return Place("over")
