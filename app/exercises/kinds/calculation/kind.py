"""Calculation: the trainee works out quantities, each right within a tolerance.

A quantity with `percent` is asked in percent: its `answer` is 20 for 20 %, and typing 20 or 20 % is the same. What
may be typed stands in `accept`: with `fraction`, 0.2 counts as well. For any other quantity 20 % means 0.2.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from fractions import Fraction
from typing import Annotated, ClassVar, Literal

from pydantic import Field, StrictBool

from app.documents.blocks import NOTHING, Block, NumberField
from app.documents.markdown import inline
from app.exercises.kind import Answer, Grade, Kind, Part, Secret
from app.exercises.numbers import Exact, in_figures
from app.exercises.prepared import verdicts_of
from app.exercises.spec import Mistake, Spec, mistake
from app.exercises.texts import Id, InlineText, OneOrSeveral, at_least, bare_text
from app.exercises.tolerance import Tolerance, Trap, room
from app.exercises.typed import Form, Reader
from app.exercises.written import Written
from app.words import Sentence, say


class Quantity(Written):
    id: Id
    label: InlineText
    hint: InlineText | None = None
    unit: str = Field("", max_length=20)
    answer: Exact
    tolerance: Tolerance = "0"
    percent: StrictBool = False
    accept: Annotated[tuple[Literal["percent", "fraction"], ...], at_least(1), OneOrSeveral()] = ("percent",)
    traps: tuple[Trap, ...] = ()
    why: InlineText | None = None
    """How it is worked out."""
    points: Exact | None = Field(None, gt=0)

    def is_right(self, value: Fraction) -> bool:
        return abs(value - self.answer) <= room(self.answer, self.tolerance)

    def springs(self, trap: Trap, value: Fraction) -> bool:
        return abs(value - trap.answer) <= room(trap.answer, trap.tolerance or self.tolerance)

    @property
    def shown_unit(self) -> str:
        return self.unit or ("%" if self.percent and "percent" in self.accept else "")


class CalculationSpec(Spec):
    kind: Literal["calculation"]
    quantities: Annotated[tuple[Quantity, ...], at_least(1)] = Field(max_length=40)

    def stated_points(self) -> tuple[Fraction | None, ...]:
        return tuple(quantity.points for quantity in self.quantities)

    def mistakes(self) -> Iterator[Mistake]:
        yield from super().mistakes()
        yield from _marking_mistakes(self)
        yield from _quantity_mistakes(self)


class Number(Answer):
    value: Fraction
    percent: bool
    """Whether a percent sign stood behind it."""


class CalculationAnswer(Answer):
    numbers: Mapping[str, Number] = {}
    """Quantity id → what was typed; nothing for what is blank or unreadable."""


class Calculation(Kind[CalculationSpec, CalculationAnswer]):
    name: ClassVar[str] = "calculation"
    Spec = CalculationSpec
    Answer = CalculationAnswer
    secret: ClassVar[Secret] = {
        "quantities": {"__all__": {"answer": True, "tolerance": True, "traps": True, "why": True}},
    }

    def sheet(self, spec: CalculationSpec) -> tuple[Block, ...]:
        return tuple(
            NumberField(q.id, inline(q.label), q.shown_unit, inline(q.hint) if q.hint else NOTHING)
            for q in spec.quantities
        )

    def read(self, spec: CalculationSpec, form: Form) -> CalculationAnswer:
        reader = Reader(form)
        typed = {quantity.id: reader.number(quantity.id, quantity.shown_unit) for quantity in spec.quantities}
        numbers = {name: Number(value=n.value, percent=n.percent) for name, n in typed.items() if n}
        return CalculationAnswer(numbers=numbers, unreadable=reader.unreadable)

    def grade(self, spec: CalculationSpec, answer: CalculationAnswer) -> Grade:
        verdicts, parts = verdicts_of(spec), []
        for quantity, possible in zip(spec.quantities, verdicts.shares, strict=True):
            number, fault = answer.numbers.get(quantity.id), answer.unreadable.get(quantity.id)
            answered = (quantity.id, number and (number.value, number.percent), fault)
            parts.append(verdicts.part(answered, _mark, quantity, possible, number, fault))
        return Grade(parts=tuple(parts))

    def remarks(self, spec: CalculationSpec) -> Mapping[str, tuple[tuple[str, str], ...]]:
        return {q.id: tuple((in_figures(trap.answer), trap.say) for trap in q.traps) for q in spec.quantities}

    def model_answer(self, spec: CalculationSpec) -> Form:
        return {quantity.id: _written(quantity) for quantity in spec.quantities}


def _written(quantity: Quantity) -> str:
    """The answer as a trainee would type it."""
    if quantity.percent and "percent" not in quantity.accept:
        return in_figures(quantity.answer / 100)
    return in_figures(quantity.answer)


def _readings(quantity: Quantity, number: Number) -> tuple[Fraction, ...]:
    """What the figures may mean, in the unit of the quantity's answer."""
    if not quantity.percent:
        return (number.value / 100 if number.percent else number.value,)
    as_percent = (number.value,) if number.percent or "percent" in quantity.accept else ()
    as_fraction = (number.value * 100,) if not number.percent and "fraction" in quantity.accept else ()
    return as_percent + as_fraction


def _mark(quantity: Quantity, possible: Fraction, number: Number | None, fault: Sentence | None) -> Part:
    right = number is not None and any(quantity.is_right(v) for v in _readings(quantity, number))
    says, why = _feedback(quantity, number, fault, right=right)
    earned = possible if right else Fraction(0)
    return Part(id=quantity.id, label=bare_text(quantity.label), earned=earned, possible=possible, says=says, why=why)


def _feedback(
    quantity: Quantity, number: Number | None, fault: Sentence | None, *, right: bool
) -> tuple[tuple[Sentence, ...], str]:
    """Standing sentences, and the author's."""
    why = quantity.why or ""
    key = say("The answer is {answer}.", answer=f"{_written(quantity)} {quantity.shown_unit}".strip())
    if right:
        return (say("Right."),), why
    if number is None:
        return (fault or say("Left blank."), key), why
    if sprung := _sprung(quantity, number):
        return (say("Not right."), key), sprung.say
    if _is_fraction_of_percent(quantity, number):
        return (say("Typed as a fraction; the question asks for percent."), key), why
    return (say("Not right."), key), why


def _sprung(quantity: Quantity, number: Number) -> Trap | None:
    """The trap this number walked into."""
    readings = _readings(quantity, number)
    return next((trap for trap in quantity.traps if any(quantity.springs(trap, v) for v in readings)), None)


def _is_fraction_of_percent(quantity: Quantity, number: Number) -> bool:
    return quantity.percent and not number.percent and quantity.is_right(number.value * 100)


def _marking_mistakes(spec: CalculationSpec) -> Iterator[Mistake]:
    if "rule" in spec.marking:
        place = spec.marking.index("rule")
        sentence = say("A calculation is marked by its key, not by a rule.")
        yield mistake(("marking", place), "marking-misfit", sentence, say("Write “{marking}”.", marking="key"))


def _quantity_mistakes(spec: CalculationSpec) -> Iterator[Mistake]:
    for place, quantity in enumerate(spec.quantities):
        for trap_place, trap in enumerate(quantity.traps):
            if quantity.is_right(trap.answer):
                path = ("quantities", place, "traps", trap_place, "answer")
                sentence = say("This trap lies within the tolerance of the right answer.")
                yield mistake(path, "trap-is-right", sentence, say("Narrow the tolerance, or take the trap out."))
        if "fraction" in quantity.accept and not quantity.percent:
            sentence = say("“accept: fraction” means something only with “percent: true”.")
            yield mistake(("quantities", place, "accept"), "accept-misfit", sentence, say("Add “percent: true”."))
