"""Ordering: the trainee numbers items in the order they belong in.

Points are for pairs in the right order (Kendall): with n items there are n (n − 1) / 2 of them, and each gives one
half of its share to each of its two items. So an item at the wrong end costs more than two neighbours that changed
places. Pairs that `may_swap` do not count. An item without a number makes no right pair. With `credit: exact` the
points are for the whole order or not at all.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from fractions import Fraction
from typing import ClassVar

from app.documents.blocks import Block, Card, OrderField
from app.documents.markdown import inline
from app.exercises.kind import Answer, Grade, Kind, Part, Secret
from app.exercises.kinds.ordering.spec import Item, OrderingSpec, pairs_of
from app.exercises.numbered import read_numbers
from app.exercises.prepared import prepared
from app.exercises.texts import bare_text
from app.exercises.typed import Form, Reader
from app.words import Sentence, say

FIELD = "place"
LEFT_BLANK = say("Left blank.")
AMONG_PLACED = say("In the right order among what has a number.")
IN_ORDER = say("In the right order.")
WHOLE_ONLY = say("The points are for the whole order only.")
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
        places = read_numbers(reader, FIELD, (item.id for item in spec.items), len(spec.items))
        return OrderingAnswer(places=places, unreadable=reader.unreadable)

    def grade(self, spec: OrderingSpec, answer: OrderingAnswer) -> Grade:
        key = _key(spec)
        judged = _judge(key, answer)
        return Grade(parts=tuple(_mark(key, item, judged, answer) for item in key.items))

    def model_answer(self, spec: OrderingSpec) -> Form:
        return {f"{FIELD}.{name}": str(number) for number, name in enumerate(spec.order, start=1)}


@dataclass(frozen=True)
class _Key:
    """What of the key every answer is compared with."""

    items: tuple[Item, ...]
    """In the order of the key: feedback reads as the key does."""
    pairs: Mapping[str, tuple[tuple[str, bool], ...]]
    """Item id → the items it makes a pair with, and whether it comes before them."""
    count: int
    """How many pairs there are."""
    worth: Fraction
    """What a pair gives to each of its two items."""
    ranks: Mapping[str, int]
    names: Mapping[str, str]
    exact: bool


@prepared
def _key(spec: OrderingSpec) -> _Key:
    pairs = pairs_of(spec)
    found: dict[str, list[tuple[str, bool]]] = {name: [] for name in spec.order}
    for first, second in pairs:
        found[first].append((second, True))
        found[second].append((first, False))
    by_id = {item.id: item for item in spec.items}
    return _Key(
        tuple(by_id[name] for name in spec.order),
        pairs={name: tuple(others) for name, others in found.items()},
        count=len(pairs),
        worth=spec.key_points / (2 * len(pairs)) if pairs else Fraction(0),
        ranks=spec.ranks(),
        names=_names(spec),
        exact=spec.credit == "exact",
    )


@dataclass(frozen=True)
class _Judged:
    """An answer beside the key."""

    right: Mapping[str, int]
    """Item id → how many of its pairs are in order."""
    ahead: Mapping[str, list[str]]
    """Item id → the items that stand before it and should not."""
    behind: Mapping[str, list[str]]
    """Item id → the items that stand behind it and should not."""
    steady: frozenset[str]
    """Most of the placed items that are in order among themselves: the others are those to move."""
    whole: bool
    """Whether every pair is in order."""


def _judge(key: _Key, answer: OrderingAnswer) -> _Judged:
    places = answer.places
    right: dict[str, int] = {}
    ahead: dict[str, list[str]] = {}
    behind: dict[str, list[str]] = {}
    for name, pairs in key.pairs.items():
        place, count = places.get(name), 0
        for other, is_first in pairs if place else ():
            there = places.get(other)
            if there is None or place is None:
                continue
            if (place < there) is is_first:
                count += 1
            elif is_first:
                ahead.setdefault(name, []).append(other)
            else:
                behind.setdefault(name, []).append(other)
        right[name] = count
    whole = sum(right.values()) == 2 * key.count
    steady = frozenset(places) if whole else _longest_in_order(key, answer)
    return _Judged(right, ahead, behind, steady, whole)


def _longest_in_order(key: _Key, answer: OrderingAnswer) -> frozenset[str]:
    """A longest sequence of placed items whose ranks never fall."""
    best: dict[str, list[str]] = {}  # item id → a longest such sequence that ends with it
    for name in sorted(answer.places, key=lambda each: answer.places[each]):
        earlier: list[list[str]] = [chain for last, chain in best.items() if key.ranks[last] <= key.ranks[name]]
        best[name] = [*_longest(earlier), name]
    return frozenset(_longest(list(best.values())))


def _longest(chains: list[list[str]]) -> list[str]:
    return max(chains, key=len, default=[])


def _mark(key: _Key, item: Item, judged: _Judged, answer: OrderingAnswer) -> Part:
    possible = key.worth * len(key.pairs[item.id])
    earned = key.worth * judged.right[item.id]
    if key.exact:
        earned = possible if judged.whole else Fraction(0)
    says = tuple(_feedback(key, item.id, judged, answer))
    return Part(id=item.id, label=bare_text(item.text), earned=earned, possible=possible, says=says, why=item.why or "")


def _feedback(key: _Key, name: str, judged: _Judged, answer: OrderingAnswer) -> Iterator[Sentence]:
    ahead, behind = judged.ahead.get(name, ()), judged.behind.get(name, ())
    if name not in answer.places:
        yield answer.unreadable.get(f"{FIELD}.{name}", LEFT_BLANK)
        yield _where(key, name)
    elif name in judged.steady and (ahead or behind):
        names = _listed([key.names[other] for other in [*ahead, *behind]])
        yield say("Right in itself; on the wrong side of it: {names}.", names=names)
    elif behind and len(behind) >= len(ahead):
        yield say("Too early: it comes after “{other}”.", other=key.names[behind[-1]])
    elif ahead:
        yield say("Too late: it comes before “{other}”.", other=key.names[ahead[0]])
    elif len(answer.places) < len(key.items):
        yield AMONG_PLACED
    else:
        yield IN_ORDER
    if key.exact and name in answer.places and not judged.whole:
        yield WHOLE_ONLY


def _where(key: _Key, name: str) -> Sentence:
    place = next(number for number, item in enumerate(key.items) if item.id == name)
    if place == 0:
        return say("It comes first.")
    return say("It comes after “{other}”.", other=key.names[key.items[place - 1].id])


def _names(spec: OrderingSpec) -> dict[str, str]:
    """Item id → enough of its text to know it by: sentences name several."""
    texts = {item.id: bare_text(item.text) for item in spec.items}
    titles = {name: _TITLE.split(text, maxsplit=1)[0] for name, text in texts.items()}
    if len(set(titles.values())) == len(titles):
        texts = titles
    return {name: text if len(text) <= MOST_QUOTED else f"{text[: MOST_QUOTED - 1]}…" for name, text in texts.items()}


def _listed(names: list[str]) -> str:
    return "".join(f"“{name}”" for name in names[:MOST_NAMED]) + ("…" if len(names) > MOST_NAMED else "")
