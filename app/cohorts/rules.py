"""Decisions about the dates of a cohort, over plain values: which days are taught, and which dates cannot be."""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from typing import Literal
from zoneinfo import ZoneInfo, available_timezones

from app.courses.clock_times import clock
from app.words import Sentence, say

MIDNIGHT = 24 * 60
SATURDAY = 5
BACK, AHEAD = timedelta(days=2 * 366), timedelta(days=5 * 366)
"""How far from today a date may be set: what lies further is a slip of the keyboard."""

Field = Literal["day", "starts", "room", "trainer"]
Place = tuple[int, Field]
"""The row of a date, and which of its cells."""
State = Literal["running", "coming", "finished", "archived"]
STATES: tuple[State, ...] = ("running", "coming", "finished", "archived")


@dataclass(frozen=True)
class Dated:
    """A session of a cohort with its date."""

    id: int
    title: str
    day: date
    starts: int
    """Minutes after midnight."""
    minutes: int
    room: str
    trainer_id: int | None

    @property
    def begins(self) -> datetime:
        """On the wall of the room."""
        return wall_time(self.day, self.starts)

    @property
    def ends(self) -> datetime:
        return self.begins + timedelta(minutes=self.minutes)


def wall_time(day: date, minutes: int) -> datetime:
    """What clock and calendar on the wall show, without a zone."""
    return datetime.combine(day, time(), tzinfo=None) + timedelta(minutes=minutes)


def moment_of(wall: datetime, zone: str) -> datetime:
    """The moment at which the wall of a room in this zone shows that, in UTC."""
    return wall.replace(tzinfo=ZoneInfo(zone)).astimezone(UTC)


def state_of(first: date | None, last: date | None, *, archived: bool, today: date) -> State:
    """Where a cohort is in its life."""
    if archived:
        return "archived"
    if first is None or last is None or today < first:
        return "coming"
    return "finished" if last < today else "running"


@lru_cache
def zones() -> tuple[str, ...]:
    """The names of time zones that people may choose."""
    return tuple(sorted(name for name in available_timezones() if "/" in name and not name.startswith("Etc/")))


def is_zone(name: str) -> bool:
    return name in available_timezones()


def teaching_days(first: date, count: int, *, skip_weekends: bool) -> tuple[date, ...]:
    """The dates of so many days of teaching, from the first on."""
    days: list[date] = []
    day = first
    while len(days) < count:
        if not (skip_weekends and day.weekday() >= SATURDAY):
            days.append(day)
        day += timedelta(days=1)
    return tuple(days)


def within_reach(day: date, today: date) -> bool:
    """Whether somebody may have meant this date."""
    return today - BACK <= day <= today + AHEAD


def problems_of_dates(dates: Sequence[Dated], *, zone: str) -> Mapping[Place, Sentence]:
    """What cannot be, by cell; `dates` stand in the order of the course."""
    found: dict[Place, Sentence] = {}
    for place, sentence in (*_impossible_times(dates, zone), *_out_of_order(dates)):
        found.setdefault(place, sentence)
    return found


def _impossible_times(dates: Sequence[Dated], zone: str) -> Iterator[tuple[Place, Sentence]]:
    for dated in dates:
        if dated.starts + dated.minutes > MIDNIGHT:
            yield (dated.id, "starts"), say("It would end after midnight. Start earlier.")
        elif not _exists(dated.begins, zone):
            yield (
                (dated.id, "starts"),
                say("On that day the clocks in {zone} skip {time}. Choose another time.", zone=zone, time=_time(dated)),
            )


def _out_of_order(dates: Sequence[Dated]) -> Iterator[tuple[Place, Sentence]]:
    for before, dated in itertools.pairwise(dates):
        cell: Field = "starts" if before.day == dated.day else "day"
        if dated.begins < before.begins:
            yield (
                (dated.id, cell),
                say("It comes after “{title}” in the course, but begins before it.", title=before.title),
            )
        elif dated.begins < before.ends:
            minutes = int((before.ends - dated.begins).total_seconds()) // 60
            yield (
                (dated.id, cell),
                say("{minutes} minutes overlap with “{title}”.", minutes=minutes, title=before.title),
            )


def _exists(wall: datetime, zone: str) -> bool:
    there = wall.replace(tzinfo=ZoneInfo(zone))
    return there.astimezone(UTC).astimezone(ZoneInfo(zone)).replace(tzinfo=None) == wall


def _time(dated: Dated) -> str:
    return clock(dated.starts)
