"""Moments as people type them: date and time on the wall of a place."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

from app.words import Sentence, say

_TYPED = re.compile(r"(\d{4})-(\d{1,2})-(\d{1,2})[T ](\d{1,2}):(\d{2})(?::00)?")


def read_moment(typed: str, zone: ZoneInfo) -> datetime | Sentence | None:
    """The moment in UTC of «2026-11-25T16:30» on a wall in the zone; None where nothing is typed, or why it is none."""
    text = typed.strip()
    if not text:
        return None
    match = _TYPED.fullmatch(text)
    try:
        wall = _wall(match, zone) if match else None
    except ValueError:
        wall = None
    if wall is None or not 2000 <= wall.year <= 2100:
        return say("A date and a time go here, for example 2026-11-25 16:30.")
    moment = wall.astimezone(UTC)
    if moment.astimezone(zone).replace(tzinfo=None) != wall.replace(tzinfo=None):
        return say("That time does not exist there: the clocks are put forward. Take another one.")
    return moment


def _wall(match: re.Match[str], zone: ZoneInfo) -> datetime:
    year, month, day, hour, minute = map(int, match.groups())
    return datetime(year, month, day, hour, minute, tzinfo=zone)


def typed_moment(moment: datetime | None, zone: ZoneInfo) -> str:
    """A moment as an input for date and time holds it; "" for none."""
    return "" if moment is None else f"{moment.astimezone(zone):%Y-%m-%dT%H:%M}"
