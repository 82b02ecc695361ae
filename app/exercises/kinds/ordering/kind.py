"""Ordering: the trainee numbers items in the order they belong in.

Points are for pairs in the right order (Kendall): with n items there are n (n − 1) / 2 of them, and each gives one
half of its share to each of its two items. So an item at the wrong end costs more than two neighbours that changed
places. Pairs that `may_swap` do not count. An item without a number makes no right pair. With `credit: exact` the
points are for the whole order or not at all.
"""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from fractions import Fraction
from typing import ClassVar

from app.documents.blocks import Block, Card, OrderField
from app.documents.markdown import inline
from app.exercises.kind import Answer, Grade, Kind, Part, Secret
from app.exercises.kinds.ordering.spec import Item, OrderingSpec, pairs_of
from app.exercises.texts import bare_text
from app.exercises.typed import Form, Reader
from app.words import Sentence, say

FIELD = "place"
MOST_NAMED = 3
MOST_QUOTED = 24  # characters
_TITLE = re.compile(r"：|: ")  # a title stands before a colon


class OrderingAnswer(Answer):
    places: Mapping[str, int] = {}
    """Item id → its number; nothing for what is blank or unreadable."""


class Ordering(Kind[OrderingSpec, OrderingAnswer]):
    name: ClassVar[str] = "ordering"
    Spec = OrderingSpec
    Answer = OrderingAnswer
    secret: ClassVar[Secret] = {"order": True, "may_swap": True, "items": {"__all__": {"why": True}}}

    def sheet(self, spec: OrderingSpec) -> tuple[Block, ...]:
        cards = tuple(Card(item.id, inline(item.text)) for item in spec.items)
        return (OrderField(FIELD, inline(spec.asked), cards),)

    def read(self, spec: OrderingSpec, form: Form) -> OrderingAnswer:
        reader = Reader(form)
        typed = {item.id: _number(reader, f"{FIELD}.{item.id}", len(spec.items)) for item in spec.items}
        times = Counter(typed.values())
        for name, number in typed.items():
            if number and times[number] > 1:
                reader.unreadable[f"{FIELD}.{name}"] = say(
                    "The number {number} stands at several items.", number=number
                )
        places = {name: number for name, number in typed.items() if number and times[number] == 1}
        return OrderingAnswer(places=places, unreadable=reader.unreadable)

    def grade(self, spec: OrderingSpec, answer: OrderingAnswer) -> Grade:
        judged = _judge(spec, answer)
        in_order = sorted(spec.items, key=lambda item: spec.order.index(item.id))  # feedback reads as the key does
        return Grade(parts=tuple(_mark(spec, item, judged, answer) for item in in_order))

    def model_answer(self, spec: OrderingSpec) -> Form:
        return {f"{FIELD}.{name}": str(number) for number, name in enumerate(spec.order, start=1)}


def _number(reader: Reader, name: str, most: int) -> int:
    """The whole number from 1 to `most` in a field, else 0."""
    text = unicodedata.normalize("NFKC", reader.text(name)).strip()
    if text.isascii() and text.isdigit() and len(text) <= 4 and 1 <= int(text) <= most:
        return int(text)
    if text:
        reader.unreadable[name] = say("Here goes a whole number from 1 to {most}.", most=most)
    return 0


@dataclass(frozen=True)
class _Judged:
    """An answer beside the key."""

    pairs: list[tuple[str, str]]
    """All that count, each as it should be."""
    right: frozenset[tuple[str, str]]
    wrong: frozenset[tuple[str, str]]
    """Both placed, the other way round."""
    steady: frozenset[str]
    """Most of the placed items that are in order among themselves: the others are those to move."""

    def mixed_up_with(self, name: str) -> tuple[list[str], list[str]]:
        """The items that stand before it and should not, and those that stand behind it and should not."""
        ahead = [second for first, second in self.pairs if (first, second) in self.wrong and first == name]
        behind = [first for first, second in self.pairs if (first, second) in self.wrong and second == name]
        return ahead, behind


def _judge(spec: OrderingSpec, answer: OrderingAnswer) -> _Judged:
    pairs, places = pairs_of(spec), answer.places
    placed = [pair for pair in pairs if pair[0] in places and pair[1] in places]
    right = frozenset((first, second) for first, second in placed if places[first] < places[second])
    return _Judged(pairs, right, frozenset(placed) - right, _longest_in_order(spec, answer))


def _longest_in_order(spec: OrderingSpec, answer: OrderingAnswer) -> frozenset[str]:
    """A longest sequence of placed items whose ranks never fall."""
    ranks = spec.ranks()
    best: dict[str, list[str]] = {}  # item id → a longest such sequence that ends with it
    for name in sorted(answer.places, key=lambda each: answer.places[each]):
        earlier: list[list[str]] = [chain for last, chain in best.items() if ranks[last] <= ranks[name]]
        best[name] = [*_longest(earlier), name]
    return frozenset(_longest(list(best.values())))


def _longest(chains: list[list[str]]) -> list[str]:
    return max(chains, key=len, default=[])


def _mark(spec: OrderingSpec, item: Item, judged: _Judged, answer: OrderingAnswer) -> Part:
    own = [pair for pair in judged.pairs if item.id in pair]
    possible = spec.key_points * len(own) / (2 * len(judged.pairs))
    earned = spec.key_points * len(judged.right.intersection(own)) / (2 * len(judged.pairs))
    if spec.credit == "exact":
        earned = possible if len(judged.right) == len(judged.pairs) else Fraction(0)
    says = tuple(_feedback(spec, item.id, judged, answer))
    return Part(id=item.id, label=bare_text(item.text), earned=earned, possible=possible, says=says, why=item.why or "")


def _feedback(spec: OrderingSpec, name: str, judged: _Judged, answer: OrderingAnswer) -> Iterator[Sentence]:
    label = _names(spec)
    ahead, behind = judged.mixed_up_with(name)
    if name not in answer.places:
        yield answer.unreadable.get(f"{FIELD}.{name}", say("Left blank."))
        yield _where(spec, name, label)
    elif name in judged.steady and (ahead or behind):
        names = _listed([label[other] for other in [*ahead, *behind]])
        yield say("Right in itself; on the wrong side of it: {names}.", names=names)
    elif behind and len(behind) >= len(ahead):
        yield say("Too early: it comes after “{other}”.", other=label[behind[-1]])
    elif ahead:
        yield say("Too late: it comes before “{other}”.", other=label[ahead[0]])
    elif len(answer.places) < len(spec.items):
        yield say("In the right order among what has a number.")
    else:
        yield say("In the right order.")
    if spec.credit == "exact" and name in answer.places and len(judged.right) < len(judged.pairs):
        yield say("The points are for the whole order only.")


def _where(spec: OrderingSpec, name: str, label: Mapping[str, str]) -> Sentence:
    place = spec.order.index(name)
    if place == 0:
        return say("It comes first.")
    return say("It comes after “{other}”.", other=label[spec.order[place - 1]])


def _names(spec: OrderingSpec) -> dict[str, str]:
    """Item id → enough of its text to know it by: sentences name several."""
    texts = {item.id: bare_text(item.text) for item in spec.items}
    titles = {name: _TITLE.split(text, maxsplit=1)[0] for name, text in texts.items()}
    if len(set(titles.values())) == len(titles):
        texts = titles
    return {name: text if len(text) <= MOST_QUOTED else f"{text[: MOST_QUOTED - 1]}…" for name, text in texts.items()}


def _listed(names: list[str]) -> str:
    return "".join(f"“{name}”" for name in names[:MOST_NAMED]) + ("…" if len(names) > MOST_NAMED else "")
