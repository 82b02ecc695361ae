"""Decisions about attendance over plain values: what each state is called, and what a form of ticks comes to."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Literal
from zoneinfo import ZoneInfo

from app.classroom.models import STATES, AttendanceState
from app.words import Sentence, say

Tick = AttendanceState | Literal[""]
"""How somebody attended; empty: nobody has said."""
TICKS: tuple[Tick, ...] = (*STATES, "")
TICK_WORDS: Mapping[str, Sentence] = {
    "present": say("Present"),
    "late": say("Late"),
    "left_early": say("Left early"),
    "excused": say("Excused"),
    "absent": say("Absent"),
    "": say("Not ticked"),
}
TICK_SIGNS: Mapping[str, Sentence] = {
    "present": say("P"),
    "late": say("L"),
    "left_early": say("LE"),
    "excused": say("Ex"),
    "absent": say("A"),
}
"""The same where there is room for a letter or two."""
TICK_CHIPS: Mapping[str, tuple[str, str]] = {
    "present": ("done", "check"),
    "late": ("due", "clock"),
    "left_early": ("due", "log-out"),
    "excused": ("", "message-square-text"),
    "absent": ("late", "x"),
    "": ("draft", "circle"),
}
"""The kind of the chip and its icon, as the macro `chip` takes them."""
EARLIEST = timedelta(days=1)
"""How long before the day of a session it can be ticked: people say beforehand that they will not come."""


@dataclass(frozen=True)
class Typed:
    """What a form showed of one person, and what it wants."""

    shown: Tick
    wanted: Tick


@dataclass(frozen=True)
class Judged:
    """What a form changes, and where somebody else changed the same meanwhile; by enrolment."""

    changes: Mapping[int, Tick]
    clashes: Mapping[int, Tick]


def tick_named(text: str) -> Tick | None:
    """The tick of this name, or None."""
    return next((tick for tick in TICKS if tick == text), None)


def judged(typed: Mapping[int, Typed], stored: Mapping[int, Tick]) -> Judged:
    """Only what the form itself changed counts: what others ticked meanwhile stays, or clashes."""
    changes: dict[int, Tick] = {}
    clashes: dict[int, Tick] = {}
    for enrolment_id, each in typed.items():
        present = stored.get(enrolment_id, "")
        if each.wanted in (each.shown, present):
            continue
        (changes if present == each.shown else clashes)[enrolment_id] = each.wanted
    return Judged(changes, clashes)


def everyone_present(typed: Mapping[int, Typed], stored: Mapping[int, Tick]) -> dict[int, Typed]:
    """The same form with everybody present whom nobody has ticked: neither it nor another trainer meanwhile."""
    filled: dict[int, Typed] = {}
    for enrolment_id, each in typed.items():
        present = stored.get(enrolment_id, "")
        free = not each.wanted and present in ("", each.shown)
        filled[enrolment_id] = Typed(present, "present") if free else each
    return filled


def too_early(day: date, zone: str, now: datetime) -> bool:
    """Whether a session on that day cannot be ticked yet."""
    return now.astimezone(ZoneInfo(zone)).date() < day - EARLIEST
