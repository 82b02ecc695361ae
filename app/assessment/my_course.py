"""What «my course» shows: where the course stands at this moment, what to do next, and everything by day."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Literal
from zoneinfo import ZoneInfo

from sqlalchemy.orm import Session

from app.assessment.course_days import CourseDay, DatedSession, DatedSlot, days_of, exercises_reached
from app.assessment.course_queries import TaskRow, tasks_of
from app.assessment.course_rules import TO_DO, NextStep, greeting, next_step
from app.catalogue.queries import course_of
from app.classroom.queries import own_attendance
from app.classroom.rules import Tick
from app.cohorts.models import Cohort, Enrolment
from app.cohorts.queries import sessions_of, trainers_of
from app.cohorts.rules import State, state_of
from app.words import Language, Sentence

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
class Lists:
    """The exercises by what can be done about them, each in the order of the course."""

    to_do: tuple[TaskRow, ...]
    later: tuple[TaskRow, ...]
    done: tuple[TaskRow, ...]


@dataclass(frozen=True)
class Progress:
    """Required exercises that were handed in, of all that are required."""

    done: int
    required: int

    @property
    def percent(self) -> int:
        return round(100 * self.done / self.required) if self.required else 0


@dataclass(frozen=True)
class MyCourse:
    """The whole page."""

    cohort: Cohort
    language: Language
    """Of the course."""
    state: State
    greeting: Sentence
    today: date
    course_day: CourseDay | None
    """Today, if it is a day of the course."""
    days: tuple[CourseDay, ...]
    place: Place
    step: NextStep
    step_task: TaskRow | None
    tasks: tuple[TaskRow, ...]
    lists: Lists
    progress: Progress
    attendance: dict[int, Tick]
    trainers: tuple[str, ...]


def my_course_of(db: Session, enrolment: Enrolment, name: str, *, language: Language, now: datetime) -> MyCourse:
    """The page of an enrolment, in five statements whatever the number of sessions and exercises."""
    cohort = enrolment.cohort
    today = now.astimezone(ZoneInfo(cohort.zone)).date()
    days = days_of(cohort, sessions_of(db, cohort), language)
    tasks = tasks_of(db, enrolment, now=now)
    place = place_at(days, now, today)
    reached = exercises_reached(days, today)
    step = step_of(tasks, place, reached=reached, archived=cohort.archived_at is not None)
    return MyCourse(
        cohort,
        course_of(cohort.version).language,
        state_of(
            days[0].day if days else None,
            days[-1].day if days else None,
            archived=cohort.archived_at is not None,
            today=today,
        ),
        greeting=greeting(now, cohort.zone, name),
        today=today,
        course_day=next((day for day in days if day.day == today), None),
        days=days,
        place=place,
        step=step,
        step_task=next((task for task in tasks if task.exercise == step.exercise), None),
        tasks=tasks,
        lists=lists_of(tasks, reached),
        progress=progress_of(tasks),
        attendance=own_attendance(db, enrolment),
        trainers=tuple(trainer.display_name for trainer in trainers_of(db, cohort)),
    )


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


def step_of(tasks: Sequence[TaskRow], place: Place, *, reached: frozenset[str], archived: bool) -> NextStep:
    """The one clear next step at a place in the course."""
    in_class = place.slot.exercises if place.slot and place.where == "in_class" else ()
    over = place.where == "over" or archived
    return next_step(tasks, now_in_class=in_class, reached=reached, changes=not archived, over=over)


def lists_of(tasks: Sequence[TaskRow], reached: frozenset[str]) -> Lists:
    """What can be done now, what has its turn later, and what is behind."""

    def its_turn(task: TaskRow) -> bool:
        return task.state in TO_DO and (task.state != "open" or task.exercise in reached)

    return Lists(
        to_do=tuple(task for task in tasks if its_turn(task)),
        later=tuple(task for task in tasks if task.state in ("open", "not_open") and not its_turn(task)),
        done=tuple(task for task in tasks if task.state in ("handed_in", "marked", "closed")),
    )


def progress_of(tasks: Sequence[TaskRow]) -> Progress:
    """How many of the required exercises were handed in."""
    required = [task for task in tasks if task.required]
    return Progress(sum(task.handed_in for task in required), len(required))
