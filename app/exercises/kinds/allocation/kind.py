"""Allocation: the trainee shares a total out over items.

The rule wants the shares to add up. By the key an item earns all of its points where it is off by no more than the
tolerance; from there they fall to nothing at three times as much. What is left blank counts as nothing for the sum.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from math import ceil, floor
from typing import ClassVar

from app.documents.blocks import NOTHING, AllocationField, Block, Card, Chart, Series, Text, plain
from app.documents.markdown import inline
from app.exercises.kind import Answer, Grade, Kind, Part, Secret
from app.exercises.kinds.allocation.spec import AllocationSpec, Item
from app.exercises.numbers import in_figures
from app.exercises.prepared import prepared
from app.exercises.spec import share_out
from app.exercises.texts import bare_text
from app.exercises.typed import Form, Reader
from app.words import Sentence, in_words, language_of, say

FIELD = "share"
TOTAL = "total"
LEAST_TOGETHER = 3
"""Answers below which a mean would tell too much of one person."""


class AllocationAnswer(Answer):
    shares: Mapping[str, Fraction] = {}
    """Item id → its share; nothing for what is blank or unreadable."""


class Allocation(Kind[AllocationSpec, AllocationAnswer]):
    name: ClassVar[str] = "allocation"
    Spec = AllocationSpec
    Answer = AllocationAnswer
    secret: ClassVar[Secret] = {"items": {"__all__": {"answer": True, "why": True}}, "tolerance": True}

    def sheet(self, spec: AllocationSpec) -> tuple[Block, ...]:
        cards = tuple(Card(item.id, inline(item.label)) for item in spec.items)
        return (AllocationField(FIELD, inline(spec.asked), cards, in_figures(spec.total), spec.unit, spec.chart),)

    def read(self, spec: AllocationSpec, form: Form) -> AllocationAnswer:
        reader = Reader(form)
        read = {item.id: _read(spec, f"{FIELD}.{item.id}", reader) for item in spec.items}
        shares = {name: share for name, share in read.items() if share is not None}
        return AllocationAnswer(shares=shares, unreadable=reader.unreadable)

    def grade(self, spec: AllocationSpec, answer: AllocationAnswer) -> Grade:
        marking = _marking(spec)
        items = tuple(each.part(answer) for each in marking.items)
        return Grade(parts=(*items, _sum_part(spec, marking.total, answer)) if marking.total else items)

    def model_answer(self, spec: AllocationSpec) -> Form:
        return {f"{FIELD}.{name}": in_figures(share) for name, share in _model(spec).items()}

    def fields_of_part(self, spec: AllocationSpec, part_id: str) -> tuple[str, ...]:
        names = [item.id for item in spec.items] if part_id == TOTAL else [part_id]
        return tuple(f"{FIELD}.{name}" for name in names)

    def profile(
        self, spec: AllocationSpec, answer: AllocationAnswer, before: AllocationAnswer | None = None
    ) -> tuple[Block, ...]:
        """What was shared out, beside an earlier answer and the key."""
        language = language_of(spec.title)
        series = [_series(spec, say("Your shares"), answer.shares)]
        if before:
            series.append(_series(spec, say("Before"), before.shares))
        if spec.is_keyed:
            series.append(_series(spec, say("The key"), _model(spec)))
        caption = plain(in_words(say("How it is shared out"), language))
        return (_chart(spec, tuple(series), caption),) if answer.shares else ()

    def together(self, spec: AllocationSpec, answers: Sequence[AllocationAnswer]) -> tuple[Block, ...]:
        """The mean of each share; nothing of private answers, and nothing of a few people."""
        each = [answer.shares for answer in answers if answer.shares]
        if spec.private or len(each) < LEAST_TOGETHER:
            return ()
        sums = {item.id: sum((shares.get(item.id, Fraction(0)) for shares in each), Fraction(0)) for item in spec.items}
        means = {name: share / len(each) for name, share in sums.items()}
        return (_chart(spec, (_series(spec, say("Mean of {count} answers", count=len(each)), means),)),)


def _read(spec: AllocationSpec, name: str, reader: Reader) -> Fraction | None:
    typed = reader.number(name, spec.unit)
    if typed is None:
        return None
    share = typed.value / 100 if typed.percent and spec.unit != "%" else typed.value
    if 0 <= share <= spec.total:
        return share
    shown = {"typed": in_figures(share), "total": in_figures(spec.total)}
    reader.unreadable[name] = say("A share lies between 0 and {total}; {typed} does not.", **shown)
    return None


def _model(spec: AllocationSpec) -> Mapping[str, Fraction]:
    """The key; an even share in whole numbers where there is none."""
    if spec.is_keyed:
        return {item.id: item.answer or Fraction(0) for item in spec.items}
    even = Fraction(floor(spec.total / len(spec.items)))
    first = spec.total - even * (len(spec.items) - 1)
    return {item.id: even if place else first for place, item in enumerate(spec.items)}


def _series(spec: AllocationSpec, name: Sentence, shares: Mapping[str, Fraction]) -> Series:
    values = (shares.get(item.id) for item in spec.items)
    shown = tuple(None if share is None else float(round(share, 2)) for share in values)
    return Series(plain(in_words(name, language_of(spec.title))), shown)


def _chart(spec: AllocationSpec, series: tuple[Series, ...], caption: Text = NOTHING) -> Chart:
    axes = tuple(inline(item.label) for item in spec.items)
    return Chart(spec.chart, axes, series, _top(spec, series), spec.unit, caption)


def _top(spec: AllocationSpec, series: tuple[Series, ...]) -> float:
    """Where bars end: at the first quarter of the total that all of them stay below; a pie is always the whole."""
    quarter = float(spec.total) / 4
    most = max((value or 0 for each in series for value in each.values), default=0)
    return quarter * min(max(ceil(most / quarter), 1), 4) if spec.chart == "bars" else float(spec.total)


@dataclass(frozen=True)
class _ItemMarking:
    """What the key has to say to one item; all that does not depend on the very share is made beforehand."""

    item: Item
    tolerance: Fraction
    right: Part
    blank: Part
    key: Sentence

    def part(self, answer: AllocationAnswer) -> Part:
        share = answer.shares.get(self.item.id)
        if share is None:
            fault = answer.unreadable.get(f"{FIELD}.{self.item.id}")
            return self.blank.model_copy(update={"says": (fault, self.key)}) if fault else self.blank
        credit = _credit(abs(share - (self.item.answer or Fraction(0))), self.tolerance)
        return self.right if credit == 1 else self._off(share, credit)

    def _off(self, share: Fraction, credit: Fraction) -> Part:
        typed = in_figures(share)
        verdict = (
            say("“{typed}” is nearly right.", typed=typed) if credit else say("“{typed}” is not right.", typed=typed)
        )
        earned = self.right.possible * credit
        return self.blank.model_copy(update={"earned": earned, "says": (verdict, self.key)})


def _credit(off: Fraction, tolerance: Fraction) -> Fraction:
    """Of an item's points."""
    if off <= tolerance:
        return Fraction(1)
    return max(3 * tolerance - off, Fraction(0)) / (2 * tolerance) if tolerance else Fraction(0)


@dataclass(frozen=True)
class _Marking:
    items: tuple[_ItemMarking, ...]
    total: Part | None
    """The part of the sum where it is right."""


@prepared
def _marking(spec: AllocationSpec) -> _Marking:
    shares = iter(share_out(spec.key_points, spec.stated_points()))
    items = tuple(_item_marking(spec, item, next(shares)) for item in spec.items) if spec.is_keyed else ()
    if "rule" not in spec.marking:
        return _Marking(items, None)
    label, possible = in_words(say("The sum"), language_of(spec.title)), next(shares)
    says = (say("It adds up."),)
    return _Marking(items, Part(id=TOTAL, label=label, earned=possible, possible=possible, says=says))


def _item_marking(spec: AllocationSpec, item: Item, possible: Fraction) -> _ItemMarking:
    answer = f"{in_figures(item.answer or Fraction(0))}{'' if spec.unit == '%' else ' '}{spec.unit}".strip()
    key = say("The answer is {answer}.", answer=answer)
    label = bare_text(item.label)
    right = Part(id=item.id, label=label, earned=possible, possible=possible, says=(say("Right."),), why=item.why or "")
    blank = right.model_copy(update={"earned": Fraction(0), "says": (say("Left blank."), key)})
    return _ItemMarking(item, spec.tolerance, right, blank, key)


def _sum_part(spec: AllocationSpec, right: Part, answer: AllocationAnswer) -> Part:
    given = sum(answer.shares.values(), Fraction(0))
    if given == spec.total:
        return right
    amounts = {"given": in_figures(given), "total": in_figures(spec.total)}
    wrong = say("It adds up to {given}; it should be {total}.", **amounts) if answer.shares else say("Left blank.")
    return right.model_copy(update={"earned": Fraction(0), "says": (wrong,)})
