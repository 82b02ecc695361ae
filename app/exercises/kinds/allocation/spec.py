"""What an author writes of a total to be shared out, and what must fit together in it."""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction
from typing import Annotated, Literal

from pydantic import Field

from app.exercises.numbers import Exact, in_figures
from app.exercises.spec import Mistake, Spec, mistake, repeated_texts
from app.exercises.texts import Id, InlineText, at_least
from app.exercises.written import Written
from app.words import in_words, language_of, say


class Item(Written):
    id: Id
    label: InlineText
    answer: Exact | None = Field(None, ge=0)
    why: InlineText | None = None
    points: Exact | None = Field(None, gt=0)


class AllocationSpec(Spec):
    kind: Literal["allocation"]
    prompt: InlineText | None = None
    items: Annotated[tuple[Item, ...], at_least(2)] = Field(max_length=12)
    total: Exact = Field(Fraction(100), gt=0)
    unit: str = Field("%", max_length=20)
    tolerance: Exact = Field(Fraction(0), ge=0)
    """How far off an item may be for all of its points; at three times as much it earns nothing."""
    chart: Literal["bars", "pie"] = "bars"

    @property
    def asked(self) -> str:
        words = say("Share out {total}.", total=f"{in_figures(self.total)} {self.unit}".strip())
        return self.prompt or in_words(words, language_of(self.title))

    @property
    def is_keyed(self) -> bool:
        return "key" in self.marking

    def stated_points(self) -> tuple[Fraction | None, ...]:
        adding_up: tuple[None, ...] = (None,) if "rule" in self.marking else ()
        return (*(item.points for item in self.items if self.is_keyed), *adding_up)

    def mistakes(self) -> Iterator[Mistake]:
        yield from super().mistakes()
        yield from repeated_texts(self.items, ("items",), "label")
        if self.is_keyed:
            yield from self._key_mistakes()
        elif any(item.points for item in self.items):
            sentence = say("Items earn points only where a key marks them.")
            yield mistake(("items",), "key-misfit", sentence, say("Add “key” to “marking”, or take the points out."))

    def _key_mistakes(self) -> Iterator[Mistake]:
        answers = [item.answer for item in self.items if item.answer is not None]
        for place, item in enumerate(self.items):
            if item.answer is None:
                sentence = say("A key marks this item, but it has no answer.")
                remedy = say("Add “answer”, or write “marking: rule”.")
                yield mistake(("items", place), "answer-missing", sentence, remedy)
        if len(answers) == len(self.items) and (given := sum(answers, Fraction(0))) != self.total:
            amounts = {"given": in_figures(given), "total": in_figures(self.total)}
            sentence = say("The answers add up to {given} instead of {total}.", **amounts)
            yield mistake(("items",), "answers-total", sentence, say("Change the answers or the total."))
