"""Variants of an exercise: a seed draws its numbers, its case, and the order of its lists.

A head with `vary` is a template. In its texts `{price}` or `{price * units}` stands for what was drawn; a text that
begins with "=" becomes the number it comes to, wherever a number is wanted. Everything is drawn by SHA-256 of the
seed and the name of what is drawn, so the same seed gives the same sheet on every machine and for all time, and a
number that is added later changes none of the others. Seed 0 is the exercise as its author shows it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from fractions import Fraction
from hashlib import sha256
from typing import Annotated, Final

from pydantic import ConfigDict, Field, StrictInt, StringConstraints, ValidationError, model_validator
from pydantic_core import InitErrorDetails, PydanticCustomError

from app.exercises.formulas import FormulaError, Value, read_formula
from app.exercises.numbers import Exact, authored_number, in_figures
from app.exercises.texts import fault
from app.exercises.written import Path, Written
from app.words import Sentence, say

Name = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_]{0,30}$")]
ListName = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_]*(\.[a-z][a-z0-9_]*)*$", max_length=60)]
SHOWN: Final = 0
"""The seed of previews, of the answer key, and of paper without a name."""
MOST_STEPS: Final = 100_000
_PLACE = re.compile(r"(?<!\{)\{([^{}]+)\}(?!\})")
"""A formula in a text; two braces are a kind's own."""
_UNTOUCHED = frozenset({"kind", "vary", "template", "id"})


class Draw(Written):
    """How one number is come by."""

    model_config = ConfigDict(serialize_by_alias=True)

    from_: Exact | None = Field(None, alias="from")
    to: Exact | None = None
    step: Exact = Field(Fraction(1), gt=0)
    one_of: tuple[Exact, ...] = ()
    is_: str | None = Field(None, alias="is")
    """A formula over what was drawn before."""
    shown: Exact | None = None
    """Its value where nobody is known: in previews, in the key, on paper without a name."""

    @model_validator(mode="after")
    def _is_one_way(self) -> Draw:
        ways = (self.from_ is not None, bool(self.one_of), self.is_ is not None)
        if sum(ways) != 1 or (self.from_ is None) != (self.to is None):
            remedy = say("Write “from” and “to”, or “one_of”, or “is”.")
            raise fault("draw", say("A number is drawn in exactly one way."), remedy)
        span = (self.to or Fraction(0)) - (self.from_ or Fraction(0))
        if not 0 <= span / self.step <= MOST_STEPS:
            sentence = say("From “from” to “to” are at least 0 and at most {most} steps.", most=MOST_STEPS)
            raise fault("draw-range", sentence, say("Take a larger “step”, or put them in order."))
        return self

    def value(self, name: str, seed: int, known: Mapping[str, Value]) -> Value:
        """The number this seed has. Raises FormulaError."""
        if self.is_ is not None:
            return read_formula(self.is_).value(known)
        if seed == SHOWN and self.shown is not None:
            return self.shown
        if self.one_of:
            return self.one_of[_drawn(seed, name, len(self.one_of))]
        first, last = self.from_ or Fraction(0), self.to or Fraction(0)
        return first + self.step * _drawn(seed, name, int((last - first) / self.step) + 1)


class Vary(Written):
    """What is different from one trainee to the next."""

    numbers: Mapping[Name, Draw] = Field(default_factory=dict)
    cases: tuple[Mapping[Name, str | int | float | bool], ...] = Field((), max_length=60)
    """Rows of which one is drawn as a whole."""
    shuffle: tuple[ListName, ...] = ()
    """Lists of the head in another order."""
    pick: Mapping[ListName, Annotated[StrictInt, Field(ge=1)]] = Field(default_factory=dict)
    """List → how many of it are taken."""

    @model_validator(mode="after")
    def _cases_are_alike(self) -> Vary:
        if len({frozenset(case) for case in self.cases}) > 1:
            raise fault(
                "cases", say("The cases do not all have the same names."), say("Give every case the same names.")
            )
        if clash := next((name for case in self.cases for name in case if name in self.numbers), None):
            sentence = say("“{name}” is drawn twice: as a number and with the cases.", name=clash)
            raise fault("cases", sentence, say("Rename one of them."))
        return self

    def draw(self, seed: int) -> dict[str, Value]:
        """Name → what this seed has of it. Raises FormulaError."""
        known: dict[str, Value] = {}
        if self.cases:
            case = self.cases[_drawn(seed, "case", len(self.cases))]
            known |= {name: _case_value(value) for name, value in case.items()}
        for name, drawing in self.numbers.items():
            known[name] = drawing.value(name, seed, known)
        return known


def varied(head: Mapping[str, object], vary: Vary, seed: int) -> dict[str, object]:
    """The head as this seed has it, with nothing left to draw. Raises ValidationError at what cannot be filled in."""
    try:
        known = vary.draw(seed)
    except FormulaError as wrong:
        raise _refused(("vary", "numbers"), wrong.sentence) from None
    filled: dict[str, object] = {
        name: value if name in _UNTOUCHED else _filled(value, known, (name,)) for name, value in head.items()
    }
    for path in dict.fromkeys((*vary.pick, *vary.shuffle)):
        *_, last = steps = path.split(".")
        lists = list(_lists(filled, steps))
        if not lists:
            refused = ("vary", "pick" if path in vary.pick else "shuffle")
            raise _refused(refused, say("There is no list “{name}” in the head.", name=path))
        for part, items, place in lists:
            taken = _order(seed, f"{path}{place}", len(items))[: vary.pick.get(path, len(items))]
            part[last] = [items[number] for number in (taken if path in vary.shuffle else sorted(taken))]
    return filled


def _drawn(seed: int, name: str, choices: int) -> int:
    """A whole number from 0 up to `choices`, the first for what is shown."""
    if seed == SHOWN:
        return 0
    return int.from_bytes(sha256(f"{seed}/{name}".encode()).digest()[:8]) % choices


def _case_value(value: str | float | bool) -> Value:  # noqa: FBT001 - what stands in a case
    if isinstance(value, bool | str):
        return value
    typed = authored_number(value)
    return typed.value if typed else str(value)


def _filled(value: object, known: Mapping[str, Value], path: Path) -> object:
    """Texts with their formulas worked out, at any depth."""
    if isinstance(value, str):
        try:
            return _filled_text(value, known)
        except FormulaError as wrong:
            raise _refused(path, wrong.sentence) from None
    if isinstance(value, Mapping):
        return {
            name: each if name in _UNTOUCHED else _filled(each, known, (*path, name)) for name, each in value.items()
        }
    if isinstance(value, list | tuple):
        return [_filled(each, known, (*path, place)) for place, each in enumerate(value)]
    return value


def _filled_text(text: str, known: Mapping[str, Value]) -> str | bool:
    if text.startswith("="):
        value = read_formula(text[1:]).value(known)
        return value if isinstance(value, bool) else _in_text(value)
    return _PLACE.sub(lambda found: _in_text(read_formula(found[1]).value(known)), text)


def _in_text(value: Value) -> str:
    return in_figures(value) if isinstance(value, Fraction) else str(value)


def _lists(part: object, steps: list[str], place: str = "") -> Iterator[tuple[dict[str, object], list[object], str]]:
    """The parts that hold a list a path leads to, the list, and where among its siblings it stands."""
    if isinstance(part, list):
        for number, item in enumerate(part):
            yield from _lists(item, steps, f"{place}/{number}")
    elif isinstance(part, dict) and len(steps) > 1:
        yield from _lists(part.get(steps[0]), steps[1:], place)
    elif isinstance(part, dict) and isinstance(found := part.get(steps[0]), list):
        yield part, found, place


def _order(seed: int, name: str, length: int) -> list[int]:
    """The numbers below `length` in the order of this seed."""
    if seed == SHOWN:
        return list(range(length))
    return sorted(range(length), key=lambda number: sha256(f"{seed}/{name}/{number}".encode()).digest())


def _refused(path: Path, sentence: Sentence) -> ValidationError:
    remedy = say("Formulas know the names under “vary”, figures, + - * / ( ), min, max, floor, ceil and round.")
    error: PydanticCustomError = fault("vary", sentence, remedy)
    return ValidationError.from_exception_data("vary", [InitErrorDetails(type=error, loc=path, input="vary")])
