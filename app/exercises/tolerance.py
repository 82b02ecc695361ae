"""How near a number must come to the answer, and what typical wrong numbers there are."""

from __future__ import annotations

from fractions import Fraction
from typing import Annotated

from pydantic import BeforeValidator, ValidationInfo, WithJsonSchema

from app.exercises.numbers import Exact, authored_number, in_figures
from app.exercises.texts import InlineText, fault, is_dumped
from app.exercises.written import Written
from app.words import say


def _tolerance(value: object, info: ValidationInfo[object]) -> str:
    if isinstance(value, str) and is_dumped(info):
        return value
    typed = authored_number(value)
    if typed and typed.value >= 0:
        return in_figures(typed.value) + ("%" if typed.percent else "")
    raise fault("tolerance", say("This is not a tolerance."), say("Write 0.5, or 1 % for a share of the answer."))


Tolerance = Annotated[
    str,
    BeforeValidator(_tolerance),
    WithJsonSchema({"anyOf": [{"type": "number", "minimum": 0}, {"type": "string"}]}),
]


class Trap(Written):
    """A typical wrong answer, and what whoever gave it should hear."""

    answer: Exact
    tolerance: Tolerance | None = None
    """The quantity's where there is none."""
    say: InlineText


def room(target: Fraction, tolerance: str) -> Fraction:
    """How far off a number may be that still counts as the target."""
    number = Fraction(tolerance.removesuffix("%"))
    return abs(target) * number / 100 if tolerance.endswith("%") else number
