"""What an author writes of an ordering, and what must fit together in it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from fractions import Fraction
from itertools import combinations
from typing import Annotated, Literal

from pydantic import Field

from app.exercises.spec import Mistake, Spec, mistake, repeated_texts
from app.exercises.spelling import did_you_mean
from app.exercises.texts import Id, InlineText, at_least
from app.exercises.written import Written
from app.words import in_words, language_of, say

_COUNTING = re.compile(r"\d+|^[a-z]$")


class Item(Written):
    id: Id
    text: InlineText
    why: InlineText | None = None


class OrderingSpec(Spec):
    kind: Literal["ordering"]
    prompt: InlineText | None = None
    """What the order is by; `asked` where it is left out."""
    items: Annotated[tuple[Item, ...], at_least(3)] = Field(max_length=20)
    """As they stand on the sheet."""
    order: tuple[Id, ...]
    """As they should stand."""
    may_swap: tuple[tuple[Id, ...], ...] = ()
    """Neighbours of the order among whom any order is right."""
    credit: Literal["pairs", "exact"] = "pairs"

    @property
    def asked(self) -> str:
        """The prompt; a plain one in the language of the title where there is none."""
        return self.prompt or in_words(say("In which order? Number the items from 1."), language_of(self.title))

    def ranks(self) -> dict[str, int]:
        """Item id → how far back it belongs; those that may swap have the same rank."""
        rank, ranks = 0, {}
        groups = {name: group for group in self.may_swap for name in group}
        for before, name in zip(("", *self.order), self.order, strict=False):
            rank += not (before and before in groups.get(name, ()))
            ranks[name] = rank
        return ranks

    def stated_points(self) -> tuple[Fraction | None, ...]:
        return (None,) * len(self.items)

    def mistakes(self) -> Iterator[Mistake]:
        yield from super().mistakes()
        if "rule" in self.marking:
            sentence = say("An ordering is marked by its key, not by a rule.")
            place = ("marking", self.marking.index("rule"))
            yield mistake(place, "marking-misfit", sentence, say("Write “{marking}”.", marking="key"))
        yield from repeated_texts(self.items, ("items",), "text")
        found = [*_order_mistakes(self), *_swap_mistakes(self)]
        yield from found or _giveaway_mistakes(self)


def pairs_of(spec: OrderingSpec) -> list[tuple[str, str]]:
    """The pairs whose order matters, each as it should be."""
    ranks = spec.ranks()
    return [(first, second) for first, second in combinations(spec.order, 2) if ranks[first] != ranks[second]]


def _order_mistakes(spec: OrderingSpec) -> Iterator[Mistake]:
    names = [item.id for item in spec.items]
    for place, name in enumerate(spec.order):
        if name not in names:
            remedy = did_you_mean(name, names, say("Take one of: {names}.", names=", ".join(names)))
            yield mistake(("order", place), "item-unknown", say("There is no item “{name}”.", name=name), remedy)
        elif name in spec.order[:place]:
            sentence = say("“{name}” stands twice.", name=name)
            yield mistake(("order", place), "item-twice", sentence, say("Keep one of the two."))
    missing = [name for name in names if name not in spec.order]
    if missing and set(spec.order) <= set(names):
        sentence = say("The order lacks items: {names}.", names=", ".join(missing))
        yield mistake(("order",), "order-incomplete", sentence, say("Give each item its place in the order."))


def _swap_mistakes(spec: OrderingSpec) -> Iterator[Mistake]:
    met: set[str] = set()
    for number, group in enumerate(spec.may_swap):
        for place, name in enumerate(group):
            path = ("may_swap", number, place)
            if name not in spec.order:
                remedy = did_you_mean(name, spec.order, say("Take one of: {names}.", names=", ".join(spec.order)))
                yield mistake(path, "item-unknown", say("There is no item “{name}”.", name=name), remedy)
            elif name in met:
                yield mistake(
                    path,
                    "item-twice",
                    say("“{name}” stands twice.", name=name),
                    say("Join the groups, or take it out."),
                )
            met.add(name)
        if not _are_neighbours(spec, group):
            sentence = say("Items that may swap stand side by side in the order, two or more of them.")
            remedy = say("Name neighbours, or move them together in “order”.")
            yield mistake(("may_swap", number), "swap-apart", sentence, remedy)


def _are_neighbours(spec: OrderingSpec, group: tuple[str, ...]) -> bool:
    places = sorted(spec.order.index(name) for name in set(group) if name in spec.order)
    return len(group) > 1 and (not places or places[-1] - places[0] == len(places) - 1)


def _giveaway_mistakes(spec: OrderingSpec) -> Iterator[Mistake]:
    pairs = pairs_of(spec)
    if not pairs:
        sentence = say("All items may swap: there is nothing to find out.")
        yield mistake(("may_swap",), "swap-all", sentence, say("Leave some items out of the groups."))
        return
    names = [item.id for item in spec.items]
    is_chance = spec.vary is not None and "items" in spec.vary.shuffle
    if _tells(names, pairs) and not is_chance:
        sentence = say("The items stand on the sheet in the order of the key, or in its reverse.")
        remedy = say("Mix the items; “order” keeps the key.")
        yield mistake(("items",), "order-shown", sentence, remedy)
    if all(_COUNTING.search(name) for name in names) and _tells(sorted(names, key=_as_counted), pairs):
        sentence = say("The ids count the items up: whoever reads the page's source would read the order.")
        yield mistake(("items",), "ids-count", sentence, say("Name them after what they are about."))


def _tells(names: list[str], pairs: list[tuple[str, str]]) -> bool:
    """Whether this sequence is the key's, or its reverse."""
    right = sum(names.index(first) < names.index(second) for first, second in pairs)
    return right in (0, len(pairs))


def _as_counted(name: str) -> tuple[int, str]:
    number = re.search(r"\d+", name)
    return (int(number[0]) if number else 0, name)
