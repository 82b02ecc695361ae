"""What stands in an exported table: its columns, and texts that no program takes for anything but a text."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from datetime import date, datetime
from fractions import Fraction
from typing import Literal
from zoneinfo import ZoneInfo

Value = str | int | Fraction | date | datetime | None
Kind = Literal["text", "whole", "number", "percent", "day", "moment"]


@dataclass(frozen=True)
class Column:
    """A column of an export. Its kind says how numbers and dates in it look; a text in it stays a text."""

    heading: str
    kind: Kind = "text"
    width: int = 12
    """In characters, for formats that know widths."""
    wraps: bool = False
    """Whether long texts in it take several lines, where a file can say so."""


_HARMFUL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\ud800-\udfff\ufdd0-\ufdef\ufffe\uffff]")
"""Control characters but tab and line feed, halves of surrogates, and what Unicode says is no character."""
_PLAIN = re.compile(r"(?:[\w（《“][^\x00-\x1f\x7f-\x9f\ud800-\udfff\ufdd0-\ufdef\ufffe\uffff]*)?")
_FORMULA = frozenset("=+-@")
_MINUS = "\u2212"
"""Not equivalent to a hyphen in any normal form, yet read as one by spreadsheets."""

is_plain = _PLAIN.fullmatch
"""Whether a text stays as it is in every export: nearly all do, so this is asked first."""


def clean_text(text: str) -> str:
    """The text without what files of other programs cannot hold; its lines end as they do here."""
    if "\r" in text:
        text = text.replace("\r\n", "\n").replace("\r", "\n")
    return _HARMFUL.sub("", text)


def safe_text(text: str) -> str:
    """A text for CSV that no spreadsheet runs: an apostrophe in front of what would be a formula there."""
    clean = clean_text(text)
    first = next((sign for sign in clean if not _is_nothing(sign)), "")
    return f"'{clean}" if first == _MINUS or unicodedata.normalize("NFKC", first) in _FORMULA else clean


def wall_time(moment: datetime, zone: ZoneInfo) -> datetime:
    """A moment as a clock on the wall shows it, to the minute."""
    if moment.tzinfo is None:
        raise ValueError("a moment without a time zone")
    return moment.astimezone(zone).replace(tzinfo=None, second=0, microsecond=0)


def csv_text(value: Value, kind: Kind, zone: ZoneInfo) -> str:
    """A value as it stands in CSV."""
    match value:
        case None:
            return ""
        case str():
            return safe_text(value)
        case datetime():
            wall = wall_time(value, zone)
            return wall.date().isoformat() if kind == "day" else wall.isoformat(" ", "minutes")
        case date():
            return value.isoformat()
        case _ if kind == "percent":
            return f"{_decimal(rounded(value, 3), 1)}%"
        case _:
            return _decimal(rounded(value, 2), 2)


def rounded(number: int | Fraction, places: int) -> int:
    """A number times ten to the power of `places`, rounded to the even one of two equally near: exact, and quick."""
    over: int = number.denominator
    whole, rest = divmod(number.numerator * int(10**places), over)
    return whole + (2 * rest > over or (2 * rest == over and whole % 2 == 1))


def _decimal(digits: int, places: int) -> str:
    """«1.5» for 15 with one place, «2» for 20."""
    whole, rest = divmod(abs(digits), 10**places)
    text = f"{whole}.{rest:0{places}d}".rstrip("0").rstrip(".") if rest else f"{whole}"
    return f"-{text}" if digits < 0 else text


def _is_nothing(sign: str) -> bool:
    """Whether spreadsheets may skip a sign at the beginning: white space, and what has no width."""
    return sign.isspace() or unicodedata.category(sign) in {"Cf", "Zs"}
