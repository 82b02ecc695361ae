"""How far a rank agrees with the key: its correlation, or how many of the key's first it has among its own."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from fractions import Fraction
from itertools import groupby, islice
from typing import Final

from app.exercises.kind import Part
from app.exercises.kinds.ranking.spec import RankingSpec
from app.exercises.prepared import prepared
from app.exercises.texts import bare_text
from app.words import Sentence, say

WHOLE: Final = "whole"
"""The id of the one part of a correlation."""
MOST_KEPT: Final = 4096
"""Parts of one exercise that are kept."""
MOST_NAMED: Final = 3
"""Items that are told to be misplaced, the worst first."""


@dataclass(frozen=True)
class Place:
    """Where the key has an item."""

    first: int
    last: int
    """The numbers it and those of the same rank take up."""

    @property
    def twice(self) -> int:
        """Twice the mean of these numbers: a whole one."""
        return self.first + self.last

    @property
    def figures(self) -> str:
        return str(self.first) if self.first == self.last else f"{self.first}–{self.last}"


@dataclass(frozen=True)
class Key:
    """The key, ready to be compared with."""

    places: Mapping[str, Place]
    """In the order of the key."""
    labels: Mapping[str, str]
    whys: Mapping[str, str]
    """As plain text."""
    asked: str
    spread: int
    """Σ (2 y − 2 m)²."""
    row: Sentence
    """The key, read out."""
    off: dict[tuple[str, int], Sentence] = field(default_factory=dict)
    """What was said of an item with a number that is not its own."""
    first: dict[tuple[object, ...], Part] = field(default_factory=dict)
    """What was said of the first ones."""


@prepared
def key_of(spec: RankingSpec) -> Key:
    """The key of a spec."""
    places: dict[str, Place] = {}
    for rank in spec.ranks:
        place = Place(len(places) + 1, len(places) + len(rank))
        places |= dict.fromkeys(rank, place)
    middle = len(places) + 1
    labels = {item.id: bare_text(item.text) for item in spec.items}
    return Key(
        places,
        labels=labels,
        whys={item.id: bare_text(item.why or "") for item in spec.items},
        asked=bare_text(spec.asked),
        spread=sum((place.twice - middle) ** 2 for place in places.values()),
        row=say("The key: {names}.", names=_in_a_row(places, labels)),
    )


def correlation(key: Key, ranks: Mapping[str, int]) -> Fraction:
    """Rho over the highest rho that a rank without ties can have beside this key; from -1 to 1."""
    count = len(key.places)
    taken = set(ranks.values())
    left = [number for number in range(count, 0, -1) if number not in taken]
    missing = [name for name in key.places if name not in ranks]
    numbers = {**ranks, **dict(zip(missing, left, strict=True))}  # the wrong way round
    middle = count + 1
    return Fraction(
        sum((2 * numbers[name] - middle) * (place.twice - middle) for name, place in key.places.items()), key.spread
    )


def agreement(spec: RankingSpec, ranks: Mapping[str, int]) -> Part:
    """The one part of a rank that is marked by its correlation."""
    key = key_of(spec)
    rho = max(correlation(key, ranks), Fraction(0)) if ranks else Fraction(0)
    says = tuple(_told(key, ranks, rho))
    return Part(id=WHOLE, label=key.asked, earned=spec.key_points * rho, possible=spec.key_points, says=says)


def _told(key: Key, ranks: Mapping[str, int], rho: Fraction) -> Iterator[Sentence]:
    if not ranks:
        yield say("Left blank.")
        yield key.row
        return
    if rho == 1 and len(ranks) == len(key.places):
        yield say("As in the key.")
        yield from (_about(key.labels[name], why) for name, why in _first_whys(key))
        return
    yield say("Agrees with the key to {percent} %.", percent=_percent(rho))
    if missing := [key.labels[name] for name in key.places if name not in ranks]:
        yield say("Without a number: {names}.", names=_listed(missing))
    yield from (_off(key, name, ranks[name]) for name in _misplaced(key, ranks))
    yield key.row


def _off(key: Key, name: str, number: int) -> Sentence:
    if (found := key.off.get((name, number))) is None:
        place = {"item": key.labels[name], "number": number, "place": key.places[name].figures}
        found = say("“{item}” stands at {number}; in the key at {place}.", **place)
        if key.whys[name]:
            found = say("{verdict} {why}", verdict=found, why=key.whys[name])
        key.off[name, number] = found
    return found


def _misplaced(key: Key, ranks: Mapping[str, int]) -> list[str]:
    """The items that stand farthest from where they belong."""
    off = {name: _distance(key.places[name], number) for name, number in ranks.items()}
    worst = sorted((name for name in key.places if off.get(name)), key=lambda name: -off[name])
    return worst[:MOST_NAMED]


def _distance(place: Place, number: int) -> int:
    return max(place.first - number, number - place.last, 0)


def _percent(share: Fraction) -> int:
    """Whole percent, of which 100 is said of what agrees in full alone, and 0 of what earns nothing."""
    return min(max(round(share * 100), 1), 99) if 0 < share < 1 else round(share * 100)


def _first_whys(key: Key) -> list[tuple[str, str]]:
    return [(name, key.whys[name]) for name in key.places if key.whys[name]][:MOST_NAMED]


def _about(label: str, why: str) -> Sentence:
    return say("“{option}”: {why}", option=label, why=why)


def _in_a_row(places: Mapping[str, Place], labels: Mapping[str, str]) -> str:
    ranks = groupby(places, key=lambda name: places[name])
    return " > ".join(" = ".join(labels[name] for name in rank) for _, rank in ranks)


def _listed(labels: list[str]) -> str:
    return "".join(f"“{label}”" for label in labels[:MOST_NAMED]) + ("…" if len(labels) > MOST_NAMED else "")


@dataclass(frozen=True)
class Slot:
    """Items of which so many are among the first: one alone, or those that share a rank at the end of them."""

    names: tuple[str, ...]
    count: int


@prepared
def _slots(spec: RankingSpec) -> tuple[Slot, ...]:
    slots: list[Slot] = []
    for rank in spec.ranks:
        free = (spec.top or 0) - sum(slot.count for slot in slots)
        if free >= len(rank):
            slots += [Slot((name,), 1) for name in rank]
        elif free > 0:
            slots.append(Slot(rank, free))
    return tuple(slots)


def top_marks(spec: RankingSpec, ranks: Mapping[str, int]) -> tuple[Part, ...]:
    """A part for each of the key's first items, or for those that share the last of these ranks."""
    key, slots = key_of(spec), _slots(spec)
    first = {name for slot in slots for name in slot.names}
    astray = iter([name for name in sorted(ranks, key=ranks.__getitem__) if name not in first])
    return tuple(_slot_part(spec, key, slot, ranks, astray) for slot in slots)


def _slot_part(spec: RankingSpec, key: Key, slot: Slot, ranks: Mapping[str, int], astray: Iterator[str]) -> Part:
    """What it once said of the same it says again. `astray`: what stands among the first and should not."""
    chosen = [name for name in slot.names if name in ranks]
    instead = tuple(islice(astray, slot.count - min(len(chosen), slot.count)))
    known = (slot.names, *(ranks[name] for name in chosen), *chosen, *instead, bool(ranks))
    if (found := key.first.get(known)) is None:
        if len(key.first) >= MOST_KEPT:
            key.first.clear()
        found = key.first[known] = _slot_judged(spec, slot, ranks, instead)
    return found


def _slot_judged(spec: RankingSpec, slot: Slot, ranks: Mapping[str, int], instead: tuple[str, ...]) -> Part:
    key, share = key_of(spec), spec.key_points / (spec.top or 1)
    off = sorted(_distance(key.places[name], ranks[name]) for name in slot.names if name in ranks)[: slot.count]
    halves = len(off) + off.count(0) if spec.ordered else 2 * len(off)
    return Part(
        id=slot.names[0],
        label=" / ".join(key.labels[name] for name in slot.names),
        earned=share * halves / 2,
        possible=share * slot.count,
        says=(*_slot_told(spec, key, slot, ranks), *(_instead(key, name) for name in instead)),
        why=key.whys[slot.names[0]] if len(slot.names) == 1 else "",
    )


def _slot_told(spec: RankingSpec, key: Key, slot: Slot, ranks: Mapping[str, int]) -> Iterator[Sentence]:
    top = spec.top or 0
    chosen = [name for name in slot.names if name in ranks]
    if not ranks:
        yield say("Left blank.")
    if len(chosen) < slot.count:
        yield say("It belongs to the first {count}.", count=top)
    elif not spec.ordered:
        yield say("Right: among the first {count}.", count=top)
    for name in chosen if spec.ordered else ():
        if _distance(key.places[name], ranks[name]):
            yield say(
                "Among the first {count}, but at {number}; in the key at {place}.",
                count=top,
                number=ranks[name],
                place=key.places[name].figures,
            )
        else:
            yield say("Right: number {number}.", number=ranks[name])


def _instead(key: Key, name: str) -> Sentence:
    sentence = say("You have “{item}” there, which does not.", item=key.labels[name])
    if not key.whys[name]:
        return sentence
    return say("{verdict} {why}", verdict=sentence, why=key.whys[name])
