"""What an author writes of a card wall, and what must fit together in it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from fractions import Fraction
from typing import Annotated, Literal

from pydantic import Field, StrictBool, StrictInt

from app.exercises.spec import Mistake, Spec, mistake, repeated_texts
from app.exercises.spelling import did_you_mean
from app.exercises.texts import Id, InlineText, at_least
from app.exercises.written import Written
from app.words import say


class Column(Written):
    """A heading of the wall."""

    id: Id
    label: InlineText


class Cards(Written):
    """How many cards a person writes under each heading, and how long one may be in characters."""

    least: StrictInt = Field(1, ge=0, le=20)
    most: StrictInt = Field(5, ge=1, le=20)
    length: StrictInt = Field(60, ge=5, le=300)


class CardWallSpec(Spec):
    kind: Literal["card_wall"]
    prompt: InlineText | None = None
    columns: Annotated[tuple[Column, ...], at_least(1)] = Field(max_length=6)
    cards: Cards = Cards()
    rule: StrictBool = False
    """The same as “marking: rule”, said beside the cards."""
    model: Mapping[Id, tuple[str, ...]] = {}
    """Heading → cards as a good sheet has them."""

    def stated_points(self) -> tuple[Fraction | None, ...]:
        return (None,) * len(self.columns) if "rule" in self.marking else ()

    def mistakes(self) -> Iterator[Mistake]:
        yield from super().mistakes()
        yield from repeated_texts(self.columns, ("columns",), "label")
        if "key" in self.marking:
            sentence = say("Cards are anybody's own words: no key marks them.")
            path = ("marking", self.marking.index("key"))
            yield mistake(path, "marking-misfit", sentence, say("Write “{marking}”.", marking="rule"))
        if self.rule and "rule" not in self.marking:
            sentence = say("There is a rule, but “marking” does not name “rule”.")
            yield mistake(("rule",), "marking-misfit", sentence, say("Add “rule” to “marking”."))
        if self.cards.least > self.cards.most:
            sentence = say("More cards are required than there may be.")
            yield mistake(("cards", "least"), "limit", sentence, say("Raise “most”, or lower “least”."))
        yield from _model_mistakes(self)


def _model_mistakes(spec: CardWallSpec) -> Iterator[Mistake]:
    known = [column.id for column in spec.columns]
    for name, cards in spec.model.items():
        path = ("model", name)
        if name not in known:
            remedy = did_you_mean(name, known, say("Take one of: {names}.", names=", ".join(known)))
            yield mistake(path, "column-unknown", say("There is no heading “{name}”.", name=name), remedy)
        if len(cards) > spec.cards.most:
            sentence = say("There are more cards than have room: {most}.", most=spec.cards.most)
            yield mistake(path, "limit", sentence, say("Take some out."))
        for place, card in enumerate(cards):
            if not 0 < len(card) <= spec.cards.length:
                sentence = say("A card has from 1 to {most} characters.", most=spec.cards.length)
                yield mistake((*path, place), "limit", sentence, say("Write a shorter one."))
    for name in known if "rule" in spec.marking else ():
        if len(spec.model.get(name, ())) < max(spec.cards.least, 1):
            sentence = say("The model has too few cards under “{name}”.", name=name)
            yield mistake(("model",), "model-missing", sentence, say("Write as many as the rule asks for."))
