"""What goes wrong when people answer: single slips in a right answer, of the sort that its fields allow.

The same seed makes the same slips. Some questions are harder than others and some wrong answers more tempting, for
everybody alike: that is what statistics are there to find.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from itertools import pairwise
from random import Random

from app.documents.blocks import AllocationField, Block, GapText, GridField, OrderField
from app.documents.questions import choice_labels, tick_names
from app.exercises.typed import TICKED, Form

Slip = dict[str, str]
"""Field → what stands there wrongly."""

MOVED = 10
"""Percentage points that somebody gives to the wrong share."""
TEMPTING = 0.7
"""How often a wrong choice is the one that most people fall for."""
_MISREAD = (1.1, 0.9, 10, 0.5, 1.25)
_NUMBER = re.compile(r"(-?)(\d+)(\.\d+)?(%?)")


def with_slips(right: Form, blocks: tuple[Block, ...], slips: int, seed: str) -> dict[str, str]:
    """A right answer in which so many things went wrong, or as many as can. Free texts stay as they are."""
    chance, answer = _chance(seed), dict(right)
    touched: set[str] = set()
    possible = [slip for kind in _KINDS for slip in kind(right, blocks, chance)]
    for slip in sorted(possible, key=lambda each: chance.random() ** _ease(min(each)), reverse=True):
        if slips and not touched & slip.keys():
            answer |= slip
            touched |= slip.keys()
            slips -= 1
    return answer


def _chance(seed: str) -> Random:
    return Random(seed)  # noqa: S311 -- nothing is secret here: the same call makes the same slips


def _ease(name: str) -> float:
    """How seldom somebody goes wrong in this field."""
    return 1 / (0.05 + _chance(name).random() ** 2)


def _chosen(right: Form, blocks: tuple[Block, ...], chance: Random) -> Iterator[Slip]:
    """Other choices; where nothing is chosen twice, two that were mixed up."""
    choices = choice_labels(blocks)
    for name, labels in choices.items():
        same = [each for each in choices if choices[each] is labels and right.get(each)]
        holders = _holders(right, same)
        others = [each for each in holders or labels if each != right.get(name)]
        if right.get(name) and others:
            tempting = _chance(name).choice(others)
            wrong = tempting if chance.random() < TEMPTING else chance.choice(others)
            yield {name: wrong, holders[wrong]: right[name]} if holders else {name: wrong}


def _holders(right: Form, names: list[str]) -> dict[str, str]:
    """Choice → the field that has it; empty where several have the same, and where there is but one field."""
    holders = {right[name]: name for name in names}
    return holders if len(holders) == len(names) > 1 else {}


def _ticked(right: Form, blocks: tuple[Block, ...], _: Random) -> Iterator[Slip]:
    for name in sorted(tick_names(blocks) - choice_labels(blocks).keys()):
        yield {name: "" if right.get(name) else TICKED}


def _changed_places(right: Form, blocks: tuple[Block, ...], _: Random) -> Iterator[Slip]:
    for names in _rows_of(blocks, OrderField):
        placed = sorted(names, key=lambda name: int(right.get(name) or len(names) + 1))
        yield from ({one: right.get(two, ""), two: right.get(one, "")} for one, two in pairwise(placed))


def _badly_shared(right: Form, blocks: tuple[Block, ...], _: Random) -> Iterator[Slip]:
    for names in _rows_of(blocks, AllocationField):
        for one, two in pairwise(names):
            more, less = right.get(one, ""), right.get(two, "")
            if more.isdecimal() and less.isdecimal() and int(less) >= MOVED:
                yield {one: str(int(more) + MOVED), two: str(int(less) - MOVED)}


def _exchanged(right: Form, blocks: tuple[Block, ...], _: Random) -> Iterator[Slip]:
    """Two numbers of a column that stand in each other's row: so they keep within what the column takes."""
    for names in _numbers_of(blocks):
        for one, two in pairwise(names):
            if right.get(one) and right.get(two) and right[one] != right[two]:
                yield {one: right[two], two: right[one]}


def _miscalculated(right: Form, blocks: tuple[Block, ...], chance: Random) -> Iterator[Slip]:
    """Numbers; an id or a place in a row only looks like one."""
    taken = {*choice_labels(blocks)}
    rows = [*_rows_of(blocks, OrderField), *_rows_of(blocks, AllocationField), *_numbers_of(blocks)]
    taken |= {name for names in rows for name in names}
    for name, text in right.items():
        if name not in taken and (number := _NUMBER.fullmatch(text)):
            yield {name: _misread(number, chance)}


def _misread(number: re.Match[str], chance: Random) -> str:
    sign, whole, decimals, percent = number.groups(default="")
    wrong = float(whole + decimals) * chance.choice(_MISREAD)
    text = f"{wrong:.{max(len(decimals) - 1, 0)}f}"
    return f"{sign}{text if text != whole + decimals else int(whole) + 1}{percent}"


def _forgotten(right: Form, blocks: tuple[Block, ...], _: Random) -> Iterator[Slip]:
    """Words that did not come to mind."""
    gaps = (gap for block in blocks if isinstance(block, GapText) for gap in block.gaps if not gap.number)
    yield from ({gap.name: ""} for gap in gaps if gap.name in right)


def _rows_of(blocks: tuple[Block, ...], kind: type[OrderField | AllocationField]) -> Iterator[list[str]]:
    """The fields of each block of a kind."""
    for block in blocks:
        if isinstance(block, kind):
            yield [f"{block.name}.{card.id}" for card in block.cards]


def _numbers_of(blocks: tuple[Block, ...]) -> Iterator[list[str]]:
    """The fields of each column of numbers."""
    for block in blocks:
        if isinstance(block, GridField):
            columns = (column.id for column in block.columns if column.type == "number")
            yield from ([f"{block.name}.{row.id}.{column}" for row in block.rows] for column in columns)


_KINDS: tuple[Callable[[Form, tuple[Block, ...], Random], Iterator[Slip]], ...] = (
    _chosen,
    _ticked,
    _changed_places,
    _badly_shared,
    _exchanged,
    _miscalculated,
    _forgotten,
)
