"""Dealing people into groups: how many groups, and who goes where. Decisions over plain values."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import chain
from random import Random

from app.words import Sentence, say

MOST_SIZE = 99


@dataclass(frozen=True)
class Size:
    """The fewest and the most people that a group shall have."""

    least: int
    most: int

    def __str__(self) -> str:
        return str(self.least) if self.least == self.most else f"{self.least}-{self.most}"


PAIR = Size(2, 2)


@dataclass(frozen=True)
class Dealt:
    """Somebody who is in no group yet, to be dealt into one."""

    enrolment_id: int
    department_id: int | None = None
    number: str = ""
    name: str = ""
    department: str = ""


def read_size(typed: str) -> Size | Sentence:
    """What somebody typed as the size of groups: 5, or 4-6; a sentence where it is none."""
    low, dash, high = (part.strip() for part in typed.replace("–", "-").replace("－", "-").partition("-"))
    both = (low, high if dash else low)
    if all(part.isascii() and part.isdigit() and len(part) <= len(str(MOST_SIZE)) for part in both):
        least, most = int(both[0]), int(both[1])
        if 2 <= least <= most:
            return Size(least, most)
    return say("Write how many people a group has: 5, or the fewest and the most: 4-6. At least 2, at most 99.")


def number_of_groups(people: int, size: Size) -> int:
    """How many groups these people make, each as near to the size as it can be; nobody is left alone.

    Where no number of groups keeps to the size, they become rather too large than too small for pairs, and come as
    near as can be for larger ones.
    """
    if people < 2:
        return 0
    fewest, most = -(-people // size.most), people // size.least
    if fewest <= most:
        wanted = round(2 * people / (size.least + size.most))
        return min(max(wanted, fewest), most)
    if size == PAIR:
        return max(most, 1)
    return max(1, min(round(2 * people / (size.least + size.most)), people // 2))


def deal(people: Sequence[Dealt], size: Size, *, mixed: bool, random: Random) -> tuple[tuple[int, ...], ...]:
    """Groups of enrolments. Their sizes differ by one at most; `mixed`: so do the people of each department."""
    count = number_of_groups(len(people), size)
    found: list[list[int]] = [[] for _ in range(count)]
    for place, person in enumerate(_in_order(people, mixed=mixed, random=random) if count else ()):
        found[place % count].append(person.enrolment_id)
    return tuple(tuple(group) for group in found)


def share_out(people: Sequence[Dealt], sizes: Mapping[int, int], *, random: Random) -> dict[int, int]:
    """Enrolment → one of the groups that are there, always the smallest. `sizes`: group → how many it has."""
    grown = dict(sizes)
    found: dict[int, int] = {}
    for person in _in_order(people, mixed=True, random=random) if grown else ():
        smallest = min(grown, key=lambda group_id: (grown[group_id], group_id))
        found[person.enrolment_id] = smallest
        grown[smallest] += 1
    return found


def _in_order(people: Sequence[Dealt], *, mixed: bool, random: Random) -> list[Dealt]:
    """By chance; mixed, department after department, so that dealing them round spreads each over all groups."""
    drawn = sorted(people, key=lambda person: person.enrolment_id)
    random.shuffle(drawn)
    if not mixed:
        return drawn
    departments: dict[int | None, list[Dealt]] = {}
    for person in drawn:
        departments.setdefault(person.department_id, []).append(person)
    largest_first: list[list[Dealt]] = sorted(departments.values(), key=len, reverse=True)
    return list(chain.from_iterable(largest_first))
