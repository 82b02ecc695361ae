"""Blanks: short answers in a text, each right in one of several forms or as a number within a tolerance.

What makes no difference between two forms stands in `ignore` (see wording.py); trainers read with each gap what counts
as right.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from fractions import Fraction
from typing import ClassVar

from app.documents.blocks import Block, GapText, Text, plain
from app.documents.blocks import Gap as Field
from app.exercises.kind import Answer, Grade, Kind, Part, Secret
from app.exercises.kinds.blanks.cloze import Passage, cloze_of
from app.exercises.kinds.blanks.spec import MOST_ANSWER, BlanksSpec, Gap
from app.exercises.numbers import in_figures
from app.exercises.prepared import prepared
from app.exercises.spec import share_out
from app.exercises.typed import Form, Reader
from app.exercises.wording import IGNORED, Ignored, folded
from app.words import Language, Sentence, in_words, language_of, say

FIELD = "gap"
MOST_SHOWN = 3
"""Right forms that the feedback names."""
_MEANING = re.compile(r"([\\`*_\[\]<>!&])")


class BlanksAnswer(Answer):
    words: Mapping[str, str] = {}
    """Gap → what was written; nothing for what is blank."""
    numbers: Mapping[str, Fraction] = {}
    """The same for gaps that ask for a number, in the unit asked for."""


class Blanks(Kind[BlanksSpec, BlanksAnswer]):
    name: ClassVar[str] = "blanks"
    Spec = BlanksSpec
    Answer = BlanksAnswer
    secret: ClassVar[Secret] = {
        "gaps": {
            "__all__": {"accept": True, "number": True, "tolerance": True, "traps": True, "wrong": True, "why": True}
        }
    }

    def sheet(self, spec: BlanksSpec) -> tuple[Block, ...]:
        labels = _labels(spec)
        return (GapText(tuple(tuple(_line(spec, each, labels)) for each in cloze_of(spec.text).passages)),)

    def read(self, spec: BlanksSpec, form: Form) -> BlanksAnswer:
        reader = Reader(form)
        words, numbers = {}, {}
        for name in spec.asked:
            gap, field = spec.gaps[name], f"{FIELD}.{name}"
            if gap.asks_number:
                if (number := _number(gap, field, reader)) is not None:
                    numbers[name] = number
            elif len(text := reader.text(field)) > MOST_ANSWER:
                reader.unreadable[field] = say("A gap has room for {most} characters.", most=MOST_ANSWER)
            elif text:
                words[name] = text
        return BlanksAnswer(words=words, numbers=numbers, unreadable=reader.unreadable)

    def grade(self, spec: BlanksSpec, answer: BlanksAnswer) -> Grade:
        return Grade(parts=tuple(each.part(answer) for each in _marking(spec)))

    def model_answer(self, spec: BlanksSpec) -> Form:
        return {f"{FIELD}.{name}": spec.gaps[name].answer for name in spec.asked}

    def remarks(self, spec: BlanksSpec) -> Mapping[str, tuple[tuple[str, str], ...]]:
        language = language_of(spec.text)
        return {name: tuple(_remarks(spec.gaps[name], spec.ignore, language)) for name in spec.asked}


def _labels(spec: BlanksSpec) -> Mapping[str, str]:
    """What each gap is called: its number, and the words around it."""
    around, language = cloze_of(spec.text).surroundings(), language_of(spec.text)
    return {
        name: in_words(say("Gap {number}: {words}", number=number, words=around[name]), language)
        for number, name in enumerate(spec.asked, start=1)
    }


def _line(spec: BlanksSpec, passage: Passage, labels: Mapping[str, str]) -> Iterator[Text | Field]:
    for text, name in zip(passage.texts, (*passage.gaps, ""), strict=True):
        if text:
            yield text
        if name:
            gap = spec.gaps[name]
            yield Field(f"{FIELD}.{name}", plain(labels[name]), gap.width, number=gap.asks_number)


def _number(gap: Gap, field: str, reader: Reader) -> Fraction | None:
    """The number typed; a percent sign means hundredths unless percent is asked for."""
    typed = reader.number(field, gap.unit)
    if typed is None:
        return None
    return typed.value / 100 if typed.percent and gap.unit != "%" else typed.value


def _remarks(gap: Gap, ignored: tuple[Ignored, ...], language: Language) -> Iterator[tuple[str, str]]:
    yield "", _literal(in_words(_counts_as_right(gap, ignored), language))
    yield from ((" / ".join(wrong.is_), wrong.say) for wrong in gap.wrong)
    yield from ((in_figures(trap.answer), trap.say) for trap in gap.traps)


def _counts_as_right(gap: Gap, ignored: tuple[Ignored, ...]) -> Sentence:
    if gap.number is not None:
        number = f"{gap.answer} {gap.unit}".strip()
        if gap.tolerance == "0":
            return say("Counts as right: {number}.", number=number)
        return say(
            "Counts as right: {number}, off by no more than {tolerance}.", number=number, tolerance=gap.tolerance
        )
    forms = " / ".join(gap.accept)
    if not ignored:
        return say("Counts as right: {forms}, exactly as written.", forms=forms)
    same = IGNORED[ignored[0]]
    for each in ignored[1:]:
        same = say("{these}, {this}", these=same, this=IGNORED[each])
    return say("Counts as right: {forms}. It makes no difference: {same}.", forms=forms, same=same)


def _literal(text: str) -> str:
    """A text in which nothing means anything to Markdown."""
    return _MEANING.sub(r"\\\1", text)


@dataclass(frozen=True)
class _GapMarking:
    """What the key has to say to one gap; all that does not depend on the very answer is made beforehand."""

    name: str
    gap: Gap
    ignored: frozenset[Ignored]
    forms: frozenset[str]
    traps: Mapping[str, str]
    """Wrong form → what its author says to it."""
    right: Part
    blank: Part
    key: Sentence

    def part(self, answer: BlanksAnswer) -> Part:
        if self.gap.number is not None:
            number = answer.numbers.get(self.name)
            return self._unread(answer) if number is None else self._of_number(number)
        words = answer.words.get(self.name)
        return self._unread(answer) if words is None else self._of_words(words)

    def _of_words(self, words: str) -> Part:
        form = folded(words, self.ignored)
        return self.right if form in self.forms else self._wrong(words, self.traps.get(form, ""))

    def _of_number(self, number: Fraction) -> Part:
        if self.gap.is_right(number):
            return self.right
        told = next((trap.say for trap in self.gap.traps if self.gap.springs(trap, number)), "")
        return self._wrong(f"{in_figures(number)} {self.gap.unit}".strip(), told)

    def _unread(self, answer: BlanksAnswer) -> Part:
        fault = answer.unreadable.get(f"{FIELD}.{self.name}")
        return self.blank.model_copy(update={"says": (fault, self.key)}) if fault else self.blank

    def _wrong(self, typed: str, told: str) -> Part:
        says = (say("“{typed}” is not right.", typed=typed), self.key)
        return self.blank.model_copy(update={"says": says, "why": told or self.blank.why})


@prepared
def _marking(spec: BlanksSpec) -> tuple[_GapMarking, ...]:
    labels, shares = _labels(spec), share_out(spec.key_points, spec.stated_points())
    return tuple(_gap_marking(spec, name, labels[name], p) for name, p in zip(spec.asked, shares, strict=True))


def _gap_marking(spec: BlanksSpec, name: str, label: str, possible: Fraction) -> _GapMarking:
    gap, ignored = spec.gaps[name], frozenset(spec.ignore)
    key = say("Right is: {answer}.", answer=_shown(gap))
    right = Part(id=name, label=label, earned=possible, possible=possible, says=(say("Right."),), why=gap.why or "")
    return _GapMarking(
        name,
        gap,
        ignored,
        forms=frozenset(folded(form, ignored) for form in gap.accept),
        traps={folded(form, ignored): wrong.say for wrong in gap.wrong for form in wrong.is_},
        right=right,
        blank=right.model_copy(update={"earned": Fraction(0), "says": (say("Left blank."), key)}),
        key=key,
    )


def _shown(gap: Gap) -> str:
    """The key in the words of the feedback."""
    return f"{gap.answer} {gap.unit}".strip() if gap.number is not None else " / ".join(gap.accept[:MOST_SHOWN])
