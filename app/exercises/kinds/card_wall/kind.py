"""Card wall: everybody writes short cards under headings; then all see the cards of all, without names.

By rule each heading earns its share by how many of the cards it asks for were written. On the wall of a cohort cards
that say the same are one card with a count, and stand in an order that comes from their words alone: neither the order
of the answers nor of the people can be read from it. Whoever signs a card in its words signs it for all to see.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from fractions import Fraction
from hashlib import sha256
from typing import ClassVar

from app.documents.blocks import Block, Column, GridField, GridRow, Listing, Panel, Paragraph, Text, plain
from app.documents.markdown import inline
from app.exercises.kind import Answer, Grade, Kind, Part, Secret
from app.exercises.kinds.card_wall.spec import CardWallSpec
from app.exercises.prepared import prepared
from app.exercises.spec import share_out
from app.exercises.texts import bare_text
from app.exercises.typed import Form, Reader
from app.exercises.wording import IGNORED, folded
from app.words import Sentence, in_words, language_of, say

CARD = "card"
"""The only column of the table under a heading."""


class CardWallAnswer(Answer):
    cards: Mapping[str, tuple[str, ...]] = {}
    """Heading → its cards, in the order of the sheet."""


class CardWall(Kind[CardWallSpec, CardWallAnswer]):
    name: ClassVar[str] = "card_wall"
    Spec = CardWallSpec
    Answer = CardWallAnswer
    secret: ClassVar[Secret] = {"model": True}

    def sheet(self, spec: CardWallSpec) -> tuple[Block, ...]:
        cards = spec.cards
        how = say(
            "{least} to {most} cards under each heading, each of at most {length} characters.",
            least=cards.least,
            most=cards.most,
            length=cards.length,
        )
        column = Column(CARD, _word(spec, say("Card")))
        rows = tuple(GridRow(number, plain(number)) for number in _numbers(spec))
        tables = (
            GridField(each.id, inline(each.label), _word(spec, say("No.")), (column,), rows) for each in spec.columns
        )
        prompt = (Paragraph(inline(spec.prompt)),) if spec.prompt else ()
        return (*prompt, Paragraph(_word(spec, how), "small"), *tables)

    def read(self, spec: CardWallSpec, form: Form) -> CardWallAnswer:
        reader = Reader(form)
        cards = {column.id: tuple(_cards(spec, column.id, reader)) for column in spec.columns}
        return CardWallAnswer(cards={name: each for name, each in cards.items() if each}, unreadable=reader.unreadable)

    def grade(self, spec: CardWallSpec, answer: CardWallAnswer) -> Grade:
        found = ((parts, len(set(answer.cards.get(name, ())))) for name, parts in _parts(spec).items())
        return Grade(parts=tuple([parts[min(count, len(parts) - 1)] for parts, count in found]))

    def model_answer(self, spec: CardWallSpec) -> Form:
        return {
            f"{name}.{number}.{CARD}": text
            for name, cards in spec.model.items()
            for number, text in enumerate(cards, start=1)
        }

    def together(self, spec: CardWallSpec, answers: Sequence[CardWallAnswer]) -> tuple[Block, ...]:
        """The wall: a panel a heading, with everybody's cards."""
        walls = [
            (column, [card for answer in answers for card in answer.cards.get(column.id, ())])
            for column in spec.columns
        ]
        if not any(cards for _, cards in walls):
            return ()
        nothing = Paragraph(_word(spec, say("No cards.")), "small")
        return tuple(
            Panel(inline(column.label), (Listing(tuple(_shown(cards))) if cards else nothing,), "card")
            for column, cards in walls
        )


def _word(spec: CardWallSpec, sentence: Sentence) -> Text:
    return plain(in_words(sentence, language_of(spec.title)))


def _numbers(spec: CardWallSpec) -> Iterable[str]:
    return map(str, range(1, spec.cards.most + 1))


def _cards(spec: CardWallSpec, column: str, reader: Reader) -> Iterator[str]:
    for number in _numbers(spec):
        name, most = f"{column}.{number}.{CARD}", spec.cards.length
        text = reader.text(name)
        if len(text) > most:
            why = say("At most {most} characters have room here; there are {count}.", most=most, count=len(text))
            reader.unreadable[name] = why
        elif text:
            yield text


def _shown(cards: Iterable[str]) -> Iterator[tuple[Block, ...]]:
    """Each card once, with how often it was written. Of several ways to write it the commonest stands there."""
    alike: defaultdict[str, Counter[str]] = defaultdict(Counter)
    for card in cards:
        alike[folded(card, IGNORED) or card][card] += 1
    for _, written in sorted(alike.items(), key=lambda pair: sha256(pair[0].encode()).digest()):
        text, _ = min(written.items(), key=lambda pair: (-pair[1], pair[0]))
        count = written.total()
        yield (Paragraph(plain(f"{text} ×{count}" if count > 1 else text)),)


@prepared
def _parts(spec: CardWallSpec) -> Mapping[str, tuple[Part, ...]]:
    """Heading → its part for each number of different cards, up to what it asks for."""
    if "rule" not in spec.marking:
        return {}
    shares = share_out(spec.key_points, spec.stated_points())
    least = max(spec.cards.least, 1)
    return {
        column.id: tuple(
            Part(
                id=column.id,
                label=bare_text(column.label),
                earned=possible * Fraction(count, least),
                possible=possible,
                says=(say("Different cards: {count}, asked for: {least}.", count=count, least=least),),
            )
            for count in range(least + 1)
        )
        for column, possible in zip(spec.columns, shares, strict=True)
    }
