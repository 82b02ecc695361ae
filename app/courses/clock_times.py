"""Times of day as people print them: read generously, with what is wrong about how they are written."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Literal

Slip = Literal["malformed-time", "odd-separator", "unpadded-time", "backwards-time"]
MIDNIGHT = 24 * 60

_SEPARATOR = re.compile(r"\s*(?:[-‐‑‒–—―−－─~～〜至到]|to)+\s*")
_PADDED = re.compile(r"\d\d:\d\d")
_UNPADDED = re.compile(r"\d:\d\d")
_GUESS = re.compile(r"\D{0,2}(\d{1,4})\s?[:：.．;；,，点时h\s]+\s?(\d{1,3})\D{0,2}")


@dataclass(frozen=True)
class Reading:
    """Minutes after midnight, None where no sense could be made of it, and the slips in the writing."""

    minutes: int | None
    slips: tuple[Slip, ...] = ()


@dataclass(frozen=True)
class RangeReading:
    start: int | None
    end: int | None
    slips: tuple[Slip, ...] = ()


def read_time(text: str) -> Reading:
    """«09:30»; «9:30» and «010:15» are read as what they most likely mean, and say so."""
    text = text.strip()
    if _PADDED.fullmatch(text) and (minutes := _minutes(text[:2], text[3:])) is not None:
        return Reading(minutes)
    if _UNPADDED.fullmatch(text) and (minutes := _minutes(text[:1], text[2:])) is not None:
        return Reading(minutes, ("unpadded-time",))
    guess = _GUESS.fullmatch(text)
    return Reading(_minutes(guess[1], guess[2]) if guess else None, ("malformed-time",))


def read_range(text: str) -> RangeReading:
    """«09:00-10:30», read as generously as a single time; each kind of slip is named once."""
    separators = list(_SEPARATOR.finditer(text.strip()))
    if len(separators) != 1:
        return RangeReading(read_time(text).minutes, None, ("malformed-time",))
    found = separators[0]
    first, last = read_time(text.strip()[: found.start()]), read_time(text.strip()[found.end() :])
    slips = (*first.slips, *last.slips, *(() if found[0] == "-" else ("odd-separator",)))
    start, end = first.minutes, last.minutes
    if start is None and end is None:
        return RangeReading(None, None, ("malformed-time",))
    if start is not None and end is not None and end <= start:
        start, end, slips = end, start, (*slips, "backwards-time")
    return RangeReading(start, end, tuple(dict.fromkeys(slips)))


def clock(minutes: int) -> str:
    """«09:30»; a day that runs over midnight goes on counting: «24:15»."""
    return f"{minutes // 60:02}:{minutes % 60:02}"


def _minutes(hours: str, minutes: str) -> int | None:
    total = int(hours) * 60 + int(minutes)
    return total if int(minutes) < 60 and total <= MIDNIGHT else None
