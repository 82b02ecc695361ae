"""Minutes, pins and printed times of an outline → the clock times of every slot."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import TypedDict

from app.courses.clock_times import clock, read_range, read_time
from app.courses.outline import Day, Outline, Session, Slot

MORNING = 9 * 60
"""Where a day begins whose outline does not say (which is a problem of its own)."""


_Break = TypedDict("_Break", {"break": bool})


class SlotTimes(_Break):
    id: str
    title: str
    start: str
    end: str
    minutes: int


class SessionTimes(TypedDict):
    id: str
    title: str
    slots: list[SlotTimes]


class DayTimes(TypedDict):
    title: str
    sessions: list[SessionTimes]


class CourseTimes(TypedDict):
    course: str
    days: list[DayTimes]


@dataclass(frozen=True)
class TimedSlot:
    """A slot by the clock. `id` is the slot's own, or its session's with its number."""

    id: str
    slot: Slot
    start: int
    """Minutes after midnight, like `end`."""
    end: int

    @property
    def minutes(self) -> int:
        return self.end - self.start

    @property
    def is_break(self) -> bool:
        return self.slot.is_break

    @property
    def starts(self) -> str:
        return clock(self.start)

    @property
    def ends(self) -> str:
        return clock(self.end)


@dataclass(frozen=True)
class TimedSession:
    session: Session
    slots: tuple[TimedSlot, ...]

    @property
    def start(self) -> int:
        return min(slot.start for slot in self.slots)

    @property
    def end(self) -> int:
        return max(slot.end for slot in self.slots)

    @cached_property
    def break_minutes(self) -> int:
        return covered(slot for slot in self.slots if slot.is_break)

    @cached_property
    def taught(self) -> int:
        """Minutes of the session net of breaks; what overlaps counts once."""
        return covered(self.slots) - self.break_minutes


@dataclass(frozen=True)
class TimedDay:
    day: Day
    sessions: tuple[TimedSession, ...]

    @property
    def slots(self) -> Iterator[TimedSlot]:
        return (slot for session in self.sessions for slot in session.slots)

    @property
    def taught(self) -> int:
        return sum(session.taught for session in self.sessions)


@dataclass(frozen=True)
class Timetable:
    days: tuple[TimedDay, ...]

    @property
    def sessions(self) -> Iterator[TimedSession]:
        return (session for day in self.days for session in day.sessions)

    @property
    def slots(self) -> Iterator[TimedSlot]:
        return (slot for day in self.days for slot in day.slots)

    @property
    def taught(self) -> int:
        return sum(day.taught for day in self.days)

    def as_json(self, course: str) -> CourseTimes:
        """The whole of it for other programs, under the course's slug."""
        return {"course": course, "days": [_day_times(day) for day in self.days]}


def compile_timetable(outline: Outline) -> Timetable:
    """The clock times of an outline or a course.

    A session begins at its `starts`, or where the one before it that day ends. A slot begins at its `at` or `time`,
    or where the one before it ends. What cannot be read is filled in from its neighbours, so that one slip moves
    nothing else; telling of slips is the business of lint.
    """
    return Timetable(tuple(TimedDay(day, tuple(_timed_sessions(day))) for day in outline.days))


def covered(slots: Iterable[TimedSlot]) -> int:
    """The minutes in which at least one of them runs."""
    total, reached = 0, 0
    for slot in sorted(slots, key=lambda s: s.start):
        total += max(0, slot.end - max(slot.start, reached))
        reached = max(reached, slot.end)
    return total


def pinned_start(slot: Slot) -> int | None:
    """Where the slot itself says that it begins, in minutes after midnight."""
    if slot.time is not None:
        return read_range(slot.time).start
    return read_time(slot.at).minutes if slot.at is not None else None


def pinned_end(slot: Slot) -> int | None:
    return read_range(slot.time).end if slot.time is not None else None


def _timed_sessions(day: Day) -> Iterator[TimedSession]:
    reached = MORNING
    for session in day.sessions:
        begins = read_time(session.starts).minutes if session.starts is not None else None
        slots = tuple(_timed_slots(session, reached if begins is None else begins))
        reached = slots[-1].end
        yield TimedSession(session, slots)


def _timed_slots(session: Session, reached: int) -> Iterator[TimedSlot]:
    for number, slot in enumerate(session.slots, 1):
        pinned = pinned_start(slot)
        start = reached if pinned is None else pinned
        reached = max(start, _end(slot, start, session.slots[number:]))
        yield TimedSlot(slot.id or f"{session.id}-{number}", slot, start, reached)


def _end(slot: Slot, start: int, later: Sequence[Slot]) -> int:
    """Where it says it ends, or after its minutes, or where the next begins; at once where nothing tells."""
    if (end := pinned_end(slot)) is not None:
        return end
    if slot.minutes is not None:
        return start + slot.minutes
    following = pinned_start(later[0]) if later else None
    return start if following is None else following


def _day_times(day: TimedDay) -> DayTimes:
    return {"title": day.day.title, "sessions": [_session_times(session) for session in day.sessions]}


def _session_times(timed: TimedSession) -> SessionTimes:
    slots = [_slot_times(slot) for slot in timed.slots]
    return {"id": timed.session.id, "title": timed.session.title, "slots": slots}


def _slot_times(timed: TimedSlot) -> SlotTimes:
    return {
        "id": timed.id,
        "title": timed.slot.title or "",
        "start": timed.starts,
        "end": timed.ends,
        "minutes": timed.minutes,
        "break": timed.is_break,
    }
