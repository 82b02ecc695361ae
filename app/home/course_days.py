"""A course on the dates of a cohort: its days, sessions and slots by the clock on the wall of the room."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from itertools import groupby, pairwise
from typing import Literal

from app.catalogue.agenda import Method, SlotBlock, agenda_of
from app.catalogue.queries import course_of, timetable_of
from app.catalogue.rendered import Recent
from app.cohorts.models import Cohort, CohortSession
from app.cohorts.rules import moment_of, wall_time
from app.courses.clock_times import clock
from app.courses.outline import Course
from app.courses.typesetting import pause_name
from app.documents.blocks import Text
from app.documents.markdown import inline
from app.words import Language, Sentence

Phase = Literal["past", "now", "coming"]


@dataclass(frozen=True)
class PlannedSlot:
    """A slot as the course has it."""

    start: int
    """Minutes from the beginning of its session, like `end`."""
    end: int
    block: SlotBlock
    exercises: tuple[str, ...]


@dataclass(frozen=True)
class PlannedSession:
    """A session as the course has it."""

    number: int
    title: Text
    module: Text | None
    """None where it says what the title says."""
    slots: tuple[PlannedSlot, ...]
    practice: tuple[str, ...]


@dataclass(frozen=True)
class Span:
    """From when until when, by the clock on the wall and as moments."""

    starts: str
    ends: str
    begins_at: datetime
    ends_at: datetime

    def phase(self, now: datetime) -> Phase:
        return "coming" if now < self.begins_at else "now" if now < self.ends_at else "past"


@dataclass(frozen=True)
class DatedSlot:
    span: Span
    title: Text
    methods: tuple[Method, ...]
    category: str
    exercises: tuple[str, ...]


@dataclass(frozen=True)
class Pause:
    """Between two sessions of a day."""

    span: Span
    name: Sentence


@dataclass(frozen=True)
class DatedSession:
    id: int
    span: Span
    day: date
    title: Text
    module: Text | None
    room: str
    trainer: str
    """The display name; empty: any trainer of the cohort."""
    slots: tuple[DatedSlot, ...]
    exercises: tuple[str, ...]
    """Of its slots and for practice."""
    pause: Pause | None
    """The pause before it, where the one before is on the same day."""


@dataclass(frozen=True)
class CourseDay:
    number: int
    day: date
    sessions: tuple[DatedSession, ...]

    @property
    def begins_at(self) -> datetime:
        return self.sessions[0].span.begins_at

    @property
    def ends_at(self) -> datetime:
        return max(session.span.ends_at for session in self.sessions)


_PLANS: Recent[Mapping[str, PlannedSession]] = Recent(64)


def days_of(cohort: Cohort, rows: Sequence[CohortSession], language: Language) -> tuple[CourseDay, ...]:
    """The days of a cohort; `rows` are its dates in the order of time, with their trainers."""
    course = course_of(cohort.version)
    plan = _PLANS.get(f"{course.digest} {language}", lambda: _planned(course, language))
    known = [row for row in rows if row.session_id in plan]
    by_day = groupby(known, key=lambda row: row.day)
    return tuple(
        CourseDay(number, day, tuple(_sessions(list(of_day), plan, cohort.zone)))
        for number, (day, of_day) in enumerate(by_day, 1)
    )


def exercises_reached(days: Sequence[CourseDay], today: date) -> frozenset[str]:
    """The exercises of the days up to today."""
    sessions = (session for day in days if day.day <= today for session in day.sessions)
    return frozenset(slug for session in sessions for slug in session.exercises)


def _planned(course: Course, language: Language) -> Mapping[str, PlannedSession]:
    """The sessions of a course by id, with their slots drawn as the page of the course draws them."""
    timetable = timetable_of(course)
    columns = (column for day in agenda_of(course, timetable, language).days for column in day.sessions)
    found: dict[str, PlannedSession] = {}
    for number, (timed, column) in enumerate(zip(timetable.sessions, columns, strict=True)):
        slots = tuple(
            PlannedSlot(slot.start - timed.start, slot.end - timed.start, block, tuple(slot.slot.exercise))
            for slot, block in zip(timed.slots, column.blocks, strict=True)
        )
        session = timed.session
        module = inline(course.modules[session.module].title) if session.module else None
        title = inline(session.title)
        found[session.id] = PlannedSession(
            number, title, None if module == title else module, slots, tuple(session.practice)
        )
    return found


def _sessions(rows: Sequence[CohortSession], plan: Mapping[str, PlannedSession], zone: str) -> Iterator[DatedSession]:
    pauses = {after.id: _pause(before, after, zone) for before, after in pairwise(rows)}
    for row in rows:
        planned = plan[row.session_id]
        in_slots = (slug for slot in planned.slots for slug in slot.exercises)
        yield DatedSession(
            row.id,
            _span(row, 0, row.minutes, zone=zone),
            row.day,
            planned.title,
            module=planned.module,
            room=row.room,
            trainer=row.trainer.display_name if row.trainer else "",
            slots=tuple(_slot(row, slot, zone) for slot in planned.slots),
            exercises=(*in_slots, *planned.practice),
            pause=pauses.get(row.id),
        )


def _slot(row: CohortSession, slot: PlannedSlot, zone: str) -> DatedSlot:
    span = _span(row, slot.start, slot.end, zone=zone)
    return DatedSlot(span, slot.block.title, slot.block.methods, slot.block.category, slot.exercises)


def _pause(before: CohortSession, after: CohortSession, zone: str) -> Pause | None:
    ended = before.starts + before.minutes
    if after.starts <= ended:
        return None
    return Pause(_span(after, ended - after.starts, 0, zone=zone), pause_name(ended, after.starts))


def _span(row: CohortSession, start: int, end: int, *, zone: str) -> Span:
    """Between two distances from the beginning of a session, in minutes."""
    begins = wall_time(row.day, row.starts + start)
    return Span(
        clock(row.starts + start),
        clock(row.starts + end),
        moment_of(begins, zone),
        moment_of(begins + timedelta(minutes=end - start), zone),
    )
