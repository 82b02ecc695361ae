"""Hints: help that is opened one by one and costs points. Once opened, a hint is part of the answer."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from fractions import Fraction

from app.documents.blocks import NOTHING, Block, Hint, HintsField, Text, plain
from app.documents.markdown import inline
from app.exercises.kind import Grade, Part
from app.exercises.numbers import in_figures
from app.exercises.spec import Spec
from app.exercises.typed import TICKED, Form
from app.words import Language, in_words, language_of, say

HINT = "hint"
PART = "hints"
"""The part of a grade that says what they cost."""


def hint_fields(spec: Spec) -> tuple[HintsField, ...]:
    """The block of the hints, all of them closed: field `hint.{id}` holds "yes" once one is opened."""
    if not spec.hints:
        return ()
    language = language_of(spec.title)
    hints = (
        Hint(hint.id, _label(number, language), in_figures(hint.cost) if hint.cost else "")
        for number, hint in enumerate(spec.hints, start=1)
    )
    return (HintsField(HINT, tuple(hints)),)


def opened_hints(spec: Spec, form: Form) -> tuple[str, ...]:
    """The ids of the hints that were opened."""
    return tuple(hint.id for hint in spec.hints if form.get(f"{HINT}.{hint.id}") == TICKED)


def with_opened(blocks: tuple[Block, ...], spec: Spec, form: Form) -> tuple[Block, ...]:
    """The blocks with the texts of the hints that were opened, and of no others."""
    opened = opened_hints(spec, form)
    if not opened:
        return blocks
    texts = {hint.id: inline(hint.text) for hint in spec.hints if hint.id in opened}
    return tuple(_opened(block, texts) if isinstance(block, HintsField) else block for block in blocks)


def charged(spec: Spec, grade: Grade, opened: tuple[str, ...]) -> Grade:
    """The grade less what the hints cost: one part more, that takes no more than the others have earned."""
    cost = sum((hint.cost for hint in spec.hints if hint.id in opened), Fraction(0))
    return Grade(parts=(*grade.parts, _part(spec, min(cost, grade.earned), opened)))


def _opened(block: HintsField, texts: dict[str, Text]) -> HintsField:
    return replace(block, hints=tuple(replace(hint, text=texts.get(hint.id, NOTHING)) for hint in block.hints))


def _part(spec: Spec, cost: Fraction, opened: tuple[str, ...]) -> Part:
    language = language_of(spec.title)
    label = in_words(say("Hints opened"), language)
    told = ", ".join(_labels(spec, opened, language))
    return Part(id=PART, label=label, earned=-cost, possible=Fraction(0), says=(say("Opened: {hints}.", hints=told),))


def _labels(spec: Spec, opened: tuple[str, ...], language: Language) -> Iterator[str]:
    for number, hint in enumerate(spec.hints, start=1):
        if hint.id in opened:
            yield str(_label(number, language))


def _label(number: int, language: Language) -> Text:
    return plain(in_words(say("Hint {number}", number=number), language))
