"""Numbers: as trainees type them on a Chinese or Western keyboard, and as authors write them in a key.

What trainees may type: full-width digits, a sign, a decimal point, thousands in groups of three set off by commas,
spaces or apostrophes, 万 and 亿, a percent sign, a currency before or a unit after, and fractions such as 3/4;
Chinese numerals as they are properly written (十二, 兩百零五), traditional characters (萬), one word of counting for
another (台 for 辆). What says more than a number (约 30, 10-12) is none: nobody should guess what was meant.
A comma is a decimal comma where it cannot set off thousands: 1,2 and 1,25 and 0,200 are decimals, 1,200 is 1200.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from functools import lru_cache
from typing import Annotated

from pydantic import BeforeValidator, PlainSerializer, ValidationInfo, WithJsonSchema

from app.exercises.chinese import with_figures
from app.exercises.texts import fault, is_dumped
from app.words import Sentence, say

LONGEST = 40
"""Characters; nobody types a longer number on purpose."""

_SCALES = {"": 1, "千": 1_000, "万": 10_000, "亿": 100_000_000}
_COUNTING = frozenset(("辆", "台", "部", "个", "辆车", "台车", "部车"))
_MONEY = ("人民币", "元", "块", "rmb", "cny")
_DASHES = str.maketrans(dict.fromkeys("‐‑‒–—−﹣", "-") | {"⁄": "/", "∕": "/", "’": "'", "。": ".", "﹪": "%"})
_PLAIN = re.compile(r"\d+(\.\d*)?|\.\d+")
_GROUPED = re.compile(r"[1-9]\d{0,2}(?:(,\d{3})+|( \d{3})+|('\d{3})+)(\.\d*)?")
_COMMA = re.compile(r"\d+,\d+")
_CONTINENTAL = re.compile(r"[1-9]\d{0,2}(\.\d{3})+,\d+")
_WITHIN = re.compile(r"[^\d.,'%=()/+-]*?(?P<figure>-?\d[\d.,']*)[^\d%=()/+-]*")
"""One figure among words."""
_SHAPE = re.compile(r"(?P<sign>[+-]?)(?P<over>[\d., ']+)(?:/(?P<under>[\d., ']+))?(?P<scale>[千万亿]?)(?P<rest>.*)")


@dataclass(frozen=True)
class Typed:
    """A number somebody typed."""

    value: Fraction
    """In the unit asked for; a percent sign has not been applied."""
    percent: bool = False
    """Whether a percent sign stood behind it."""


@lru_cache(4096)
def read_number(text: str, unit: str = "") -> Typed | Sentence | None:
    """The number in a text, None if the text is blank, a sentence if it cannot be read. Never raises.

    With `unit` 万元, "31.2" and "31.2万元" and "312000元" are the same.
    """
    tidy = _tidy(text)
    if not tidy:
        return None
    found = _SHAPE.fullmatch(tidy) if len(tidy) <= LONGEST else None
    value = _quotient(found["over"], found["under"]) if found else None
    if found is None or value is None:
        return _unreadable(text)
    tail = _tail(found["scale"] + found["rest"].strip(), _tidy(unit))
    if tail is None:
        return _unreadable(text)
    factor, percent = tail
    return Typed((-value if found["sign"] == "-" else value) * factor, percent)


def in_figures(value: Fraction) -> str:
    """The exact value as text: 13, 3.25, or 1/3 where decimals would never end or be more than anybody types."""
    places = _decimal_places(value.denominator)
    if places is None or places > LONGEST - 2:
        return str(value)
    digits = str(abs(value.numerator) * 10**places // value.denominator).rjust(places + 1, "0")
    point = len(digits) - places
    return ("-" if value < 0 else "") + digits[:point] + (f".{digits[point:]}" if places else "")


def _decimal_places(denominator: int) -> int | None:
    """How many decimals a fraction in its lowest terms has; None where they never end."""
    counts = []
    for prime in (2, 5):
        count = 0
        while denominator % prime == 0:
            denominator, count = denominator // prime, count + 1
        counts.append(count)
    return max(counts) if denominator == 1 else None


def _tidy(text: str) -> str:
    """One width of characters, one kind of dash, single spaces, no currency sign before."""
    if len(text) > 4 * LONGEST or any(unicodedata.category(sign) == "No" for sign in text):
        return text[: 4 * LONGEST] + "?"  # ½ and ² would turn into other numbers
    tidy = with_figures(unicodedata.normalize("NFKC", text)).translate(_DASHES).casefold()
    tidy = " ".join(tidy.split())
    tidy = re.sub(r"^([+-]?) ?(?:[¥$€]|rmb|cny|人民币) ?", r"\1", tidy)
    return re.sub(r" ?([/%]|^[+-]) ?", r"\1", tidy)


def _quotient(over: str, under: str | None) -> Fraction | None:
    top, bottom = _figure(over.strip()), Fraction(1) if under is None else _figure(under.strip())
    return None if top is None or not bottom else top / bottom


def _figure(text: str) -> Fraction | None:
    if not text.isascii():  # \d knows other scripts' digits
        return None
    if _PLAIN.fullmatch(text):
        return Fraction(text)
    if _GROUPED.fullmatch(text):
        return Fraction(re.sub("[, ']", "", text))
    if _COMMA.fullmatch(text):
        return Fraction(text.replace(",", "."))
    if _CONTINENTAL.fullmatch(text):
        return Fraction(text.replace(".", "").replace(",", "."))
    return None


def _tail(tail: str, unit: str) -> tuple[Fraction, bool] | None:
    """The factor and percent sign in what stands behind the figures; None if it is neither unit nor scale."""
    if tail == "%":
        return Fraction(1), True
    tail = tail.removesuffix(".")  # a full stop behind the unit
    if tail in ("", unit, unit.split("/", maxsplit=1)[0]) or {tail, unit} <= _COUNTING:
        return Fraction(1), False
    scale, own = _scale(tail), _scale(unit)
    if scale is None or own is None:
        return None
    return Fraction(_SCALES[scale], _SCALES[own]), False


def _scale(text: str) -> str | None:
    """The 万 of 万元; None for what is no amount."""
    scale = text[:1] if text[:1] in _SCALES else ""
    return scale if text[len(scale) :] in ("", *_MONEY) else None


def _unreadable(text: str) -> Sentence:
    shown = " ".join(text.split())
    cut = shown if len(shown) <= LONGEST else f"{shown[:LONGEST]}…"
    found = _WITHIN.fullmatch(_tidy(text))
    if found and (value := _figure(found["figure"].removeprefix("-").rstrip(".,"))) is not None:
        figure = in_figures(-value if found["figure"].startswith("-") else value)
        return say(
            "“{typed}” says more than a number. Write the figure alone, such as {figure}.", typed=cut, figure=figure
        )
    return say("“{typed}” cannot be read as a number. Write it in figures, for example 1200 or 0.25.", typed=cut)


def authored_number(value: object) -> Typed | None:
    """A number as it stands in a head: 12, 0.5, "3/4" or "1 %", exactly as written; None for anything else."""
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        return None
    if isinstance(value, int) and abs(value) >= 10**LONGEST:
        return None  # str() refuses to write very long ones
    # A float by its shortest digits, written out: 0.00001 is 1e-05 to Python.
    typed = read_number(format(Decimal(repr(value)), "f") if isinstance(value, float) else str(value))
    return typed if isinstance(typed, Typed) else None


def _exact(value: object, info: ValidationInfo[object]) -> Fraction:
    if isinstance(value, Fraction):
        return value
    if isinstance(value, str) and is_dumped(info):
        return Fraction(value)
    typed = authored_number(value)
    if typed and not typed.percent:
        return typed.value
    raise fault("number", say("This is not a number."), say("Write figures, for example 12, 0.5 or 3/4."))


Exact = Annotated[
    Fraction,
    BeforeValidator(_exact),
    PlainSerializer(in_figures, return_type=str),
    WithJsonSchema({"anyOf": [{"type": "number"}, {"type": "string"}]}),
]
