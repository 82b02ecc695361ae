"""Times of day and hours as people print them: read generously, with what is wrong about how they are written."""

from __future__ import annotations

import re
from dataclasses import dataclass
from fractions import Fraction
from typing import Literal

Slip = Literal["malformed-time", "odd-separator", "unpadded-time", "backwards-time"]
MIDNIGHT = 24 * 60
LONGEST_SWAP = 4 * 60
"""Minutes up to which an end before its start means that the two were swapped."""

_SEPARATOR = re.compile(r"\s*(?:[-‐‑‒–—―−－─~～〜至到]|to)+\s*")
_PADDED = re.compile(r"[0-9]{2}:[0-9]{2}")
_UNPADDED = re.compile(r"[0-9]:[0-9]{2}")
_LETTERS = str.maketrans("OoОо〇○", "000000")
"""What is typed for a nought."""
_HALF = re.compile(r"上午|早上|下午|晚上|[ap]\.?m\.?", re.IGNORECASE)
_LATER = re.compile(r"下午|晚上|p\.?m", re.IGNORECASE)
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
    return Reading(_guess(text), ("malformed-time",))


def read_range(text: str) -> RangeReading:
    """«09:00-10:30», read as generously as a single time; each kind of slip is named once."""
    separators = list(_SEPARATOR.finditer(text.strip()))
    if len(separators) != 1:
        return RangeReading(read_time(text).minutes, None, ("malformed-time",))
    found = separators[0]
    left, right = text.strip()[: found.start()], text.strip()[found.end() :]
    first, last = read_time(left), read_time(right)
    if not left or not right:
        return RangeReading(first.minutes, last.minutes, ("malformed-time",))
    slips = (*first.slips, *last.slips, *(() if found[0] == "-" else ("odd-separator",)))
    start, end = first.minutes, last.minutes
    if start is None and end is None:
        return RangeReading(None, None, ("malformed-time",))
    if start is not None and end is not None and end <= start:
        if start == end or start - end > LONGEST_SWAP:
            return RangeReading(start, None, (*slips, "backwards-time"))
        start, end, slips = end, start, (*slips, "backwards-time")
    return RangeReading(start, end, tuple(dict.fromkeys(slips)))


def _guess(text: str) -> int | None:
    """What a malformed time most likely means: «09:3» lacks a nought, «下午1:30» and «1:30 pm» lack twelve hours."""
    found = _GUESS.fullmatch(_HALF.sub("", text).strip().translate(_LETTERS))
    minutes = _minutes(found[1], found[2].ljust(2, "0")) if found else None
    return minutes + 12 * 60 if minutes is not None and minutes < 12 * 60 and _LATER.search(text) else minutes


def clock(minutes: int) -> str:
    """«09:30»; a day that runs over midnight goes on counting: «24:15»."""
    return f"{minutes // 60:02}:{minutes % 60:02}"


def in_hours(minutes: int | Fraction) -> Fraction:
    """Hours to a tenth: the same figure on paper, on pages and in exports."""
    return round(Fraction(minutes) / 60, 1)


def hours_in_digits(minutes: int) -> str:
    """«7.5», «30»."""
    return f"{float(in_hours(minutes)):.1f}".removesuffix(".0")


def _minutes(hours: str, minutes: str) -> int | None:
    total = int(hours) * 60 + int(minutes)
    return total if int(minutes) < 60 and total <= MIDNIGHT else None
