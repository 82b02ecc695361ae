"""Cards that belong to one place each: what a card earns and is told, made once for each place it may be put into."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from fractions import Fraction

from app.exercises.kind import Part
from app.exercises.spec import Mistake, Spec, mistake
from app.exercises.spelling import did_you_mean
from app.exercises.texts import bare_text
from app.exercises.written import Path
from app.words import Sentence, say


@dataclass(frozen=True)
class Placed:
    """A card with the key to it."""

    id: str
    text: str
    place: str
    """Where it belongs."""
    why: str = ""
    wrong: Mapping[str, str] = field(default_factory=dict)
    """Place → what its author says to whoever put the card there."""


class Judge:
    """Marks cards; what it once said of a card in a place it says again."""

    def __init__(self, cards: Sequence[Placed], shares: Sequence[Fraction], labels: Mapping[str, str]) -> None:
        self._labels = {place: bare_text(label) for place, label in labels.items()}
        self._cards = {card.id: (card, bare_text(card.text), share) for card, share in zip(cards, shares, strict=True)}
        self._said: dict[tuple[str, str], Part] = {}

    def parts(self, places: Mapping[str, str], unreadable: Mapping[str, Sentence], prefix: str) -> tuple[Part, ...]:
        """Each card's part; `places`: card id → where it was put, "" where it lies nowhere."""
        return tuple(
            self._part(card, places.get(card, ""), unreadable.get(f"{prefix}.{card}") if unreadable else None)
            for card in self._cards
        )

    def _part(self, name: str, chosen: str, unreadable: Sentence | None) -> Part:
        if not chosen and unreadable:
            return self._blank(name, unreadable)
        if (found := self._said.get((name, chosen))) is None:
            found = self._judged(name, chosen) if chosen in self._labels else self._blank(name, say("Left blank."))
            self._said[name, chosen if chosen in self._labels else ""] = found
        return found

    def _judged(self, name: str, chosen: str) -> Part:
        card, label, possible = self._cards[name]
        if chosen == card.place:
            says = (say("“{level}” is right.", level=self._labels[chosen]),)
            return Part(id=name, label=label, earned=possible, possible=possible, says=says, why=card.why)
        verdict = say("Chosen: “{chosen}”; right: “{level}”.", chosen=self._labels[chosen], level=self._right(card))
        if chosen in card.wrong:
            verdict = say("{verdict} {why}", verdict=verdict, why=bare_text(card.wrong[chosen]))
        return Part(id=name, label=label, earned=Fraction(0), possible=possible, says=(verdict,), why=card.why)

    def _blank(self, name: str, sentence: Sentence) -> Part:
        card, label, possible = self._cards[name]
        says = (sentence, say("Right: “{level}”.", level=self._right(card)))
        return Part(id=name, label=label, earned=Fraction(0), possible=possible, says=says, why=card.why)

    def _right(self, card: Placed) -> str:
        return self._labels[card.place]


def remarks_of(cards: Iterable[Placed], labels: Mapping[str, str]) -> dict[str, tuple[tuple[str, str], ...]]:
    """Card id → the places that have a text for whoever chooses them wrongly, and the text."""
    return {
        card.id: tuple((bare_text(labels[place]), text) for place, text in card.wrong.items() if place in labels)
        for card in cards
    }


def marked_by_key(spec: Spec) -> Iterator[Mistake]:
    """A rule has nothing to mark where there is a key alone."""
    if "rule" in spec.marking:
        path = ("marking", spec.marking.index("rule"))
        sentence = say("This kind is marked by its key, not by a rule.")
        yield mistake(path, "marking-misfit", sentence, say("Write “{marking}”.", marking="key"))


def place_mistakes(name: str, places: Sequence[str], path: Path) -> Iterator[Mistake]:
    """A place that is named and is not there."""
    if name not in places:
        remedy = did_you_mean(name, places, say("Take one of: {names}.", names=", ".join(places)))
        yield mistake(path, "place-unknown", say("There is no “{name}” to put it to.", name=name), remedy)


def wrong_mistakes(
    wrong: Mapping[str, str], right: Sequence[str], places: Sequence[str], path: Path
) -> Iterator[Mistake]:
    """What is said to wrong places: each there is, and none of them right."""
    for name in wrong:
        yield from place_mistakes(name, places, (*path, "wrong", name))
        if name in right:
            sentence = say("“{name}” is right here, yet it has a text for those who choose it wrongly.", name=name)
            remedy = say("Move the text to “why”, or name another place.")
            yield mistake((*path, "wrong", name), "wrong-is-right", sentence, remedy)
