"""What a sheet asks, in words: the label of every field, and which fields together make one question."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import TypeVar

from app.documents.blocks import (
    AllocationField,
    Block,
    ChoiceField,
    Column,
    GapText,
    GridField,
    Heading,
    HintsField,
    LedgerField,
    MatrixField,
    NumberField,
    OrderField,
    PlacementField,
    ScaleField,
    Text,
    TextField,
    open_cells,
    plain,
)

_DOT = plain(" · ")
T = TypeVar("T")


@dataclass(frozen=True)
class Question:
    """One thing to answer. It is blank where fewer fields are filled in than it needs; ticks that may rightly be left
    alone are none.
    """

    label: Text
    names: tuple[str, ...]
    group: str = ""
    """The name that its fields share, where the page knows them by that one."""
    least: int = 1
    """How many of its fields an answer needs."""

    @property
    def anchor(self) -> str:
        """The id of what a link to the question leads to."""
        return self.group or self.names[0]

    def is_blank(self, values: Mapping[str, str]) -> bool:
        return sum(1 for name in self.names if values.get(name, "").strip()) < self.least


def questions(blocks: tuple[Block, ...]) -> tuple[Question, ...]:
    """The questions of a sheet, in order."""
    found = _under_headings(blocks, _questions)
    labels = _told_apart([(heading, question.label) for heading, question in found])
    return tuple(replace(question, label=label) for (_, question), label in zip(found, labels, strict=True))


def field_labels(blocks: tuple[Block, ...]) -> dict[str, Text]:
    """Field name → what it asks for, for every field that can be typed, chosen or ticked."""
    found = _under_headings(blocks, _labels)
    labels = _told_apart([(heading, label) for heading, (_, label) in found])
    return {name: label for (_, (name, _)), label in zip(found, labels, strict=True)}


def choice_labels(blocks: tuple[Block, ...]) -> dict[str, dict[str, str]]:
    """Field name → what it may hold → how that is called, for the fields that hold an id."""
    return {name: labels for block in blocks for name, labels in _choices(block)}


def tick_names(blocks: tuple[Block, ...]) -> frozenset[str]:
    """The fields that a browser does not send while nothing is chosen in them."""
    return frozenset(name for block in blocks for name in _unsent(block))


def _under_headings(blocks: tuple[Block, ...], parts: Callable[[Block], Iterator[T]]) -> list[tuple[Text, T]]:
    """Each part of the blocks with the heading above it, empty where there is none."""
    found, heading = [], plain("")
    for block in blocks:
        heading = block.text if isinstance(block, Heading) else heading
        found += [(heading, part) for part in parts(block)]
    return found


def _told_apart(labels: list[tuple[Text, Text]]) -> Iterator[Text]:
    """The labels; one that stands under several headings is named with its own."""
    times = Counter(label for _, label in labels)
    return (heading + _DOT + label if heading and times[label] > 1 else label for heading, label in labels)


def _questions(block: Block) -> Iterator[Question]:
    match block:
        case TextField() | NumberField():
            yield Question(block.label, (block.name,))
        case ChoiceField():
            several = tuple(f"{block.name}.{option.id}" for option in block.options)
            yield Question(block.label, several if block.several else (block.name,), group=block.name)
        case OrderField() if block.numbers < len(block.cards):  # the others are rightly left alone
            names = tuple(f"{block.name}.{card.id}" for card in block.cards)
            yield Question(block.label, names, group=block.name, least=block.numbers)
        case PlacementField() | MatrixField() | OrderField() | ScaleField() | AllocationField():
            places = block.places if isinstance(block, PlacementField) and block.several else ()
            for card in block.cards:
                name = f"{block.name}.{card.id}"
                yield Question(card.text, tuple(f"{name}.{place.id}" for place in places) or (name,))
        case GapText():
            yield from (Question(gap.label, (gap.name,)) for gap in block.gaps)
        case GridField():
            written = [column.id for column in block.columns if column.type not in ("tick", "worked_out")]
            for row in block.rows:
                names = tuple(f"{block.name}.{row.id}.{column}" for column in written)
                yield Question(block.label + _DOT + row.label, names)
        case LedgerField():
            yield from _ledger_questions(block)
        case _:
            return


def _ledger_questions(block: LedgerField) -> Iterator[Question]:
    """Each given row, and the numbered rows together, unless the given ones are enough: how many more of them somebody
    needs is theirs to know.
    """
    labels = row_labels(block)
    for row in block.given:
        if names := tuple(f"{block.name}.{row.id}.{column.id}" for column in open_cells(block, row)):
            yield Question(block.label + _DOT + labels[row.id], names)
    numbered = block.rows()[len(block.given) :]
    if numbered and block.least:
        names = tuple(f"{block.name}.{row.id}.{column.id}" for row in numbered for column in open_cells(block, row))
        yield Question(block.label, names, group=block.name)


def row_labels(block: LedgerField) -> dict[str, Text]:
    """What each row of a ledger is called: by its own name, or by its number among all of them."""
    called = block.row_label + plain(" ") if block.row_label else plain("")
    return {row.id: row.label or called + plain(str(number)) for number, row in enumerate(block.rows(), start=1)}


def _labels(block: Block) -> Iterator[tuple[str, Text]]:
    match block:
        case TextField() | NumberField():
            yield block.name, block.label
        case ChoiceField() if block.several:
            yield from ((f"{block.name}.{option.id}", block.label + _DOT + option.text) for option in block.options)
        case ChoiceField():
            yield block.name, block.label
        case MatrixField() | OrderField() | AllocationField() | PlacementField() | ScaleField():
            yield from _card_labels(block)
        case HintsField():
            yield from ((f"{block.name}.{hint.id}", hint.label) for hint in block.hints)
        case GapText():
            yield from ((gap.name, gap.label) for gap in block.gaps)
        case GridField() | LedgerField():
            yield from _cell_labels(block)
        case _:
            return


def _card_labels(
    block: MatrixField | OrderField | AllocationField | PlacementField | ScaleField,
) -> Iterator[tuple[str, Text]]:
    places = block.places if isinstance(block, PlacementField) and block.several else ()
    for card in block.cards:
        if places:
            yield from ((f"{block.name}.{card.id}.{place.id}", card.text + _DOT + place.label) for place in places)
        else:
            yield f"{block.name}.{card.id}", card.text
    if isinstance(block, PlacementField) and block.tick_name:
        yield from ((f"{block.tick_name}.{card.id}", card.text + _DOT + block.tick) for card in block.cards)
    if isinstance(block, ScaleField) and block.evidence_name:
        yield from ((f"{block.evidence_name}.{card.id}", card.text + _DOT + block.evidence) for card in block.cards)


def _cell_labels(block: GridField | LedgerField) -> Iterator[tuple[str, Text]]:
    if isinstance(block, GridField):
        for row in block.rows:
            for column in block.columns:
                if column.type != "worked_out":
                    yield f"{block.name}.{row.id}.{column.id}", block.label + _DOT + row.label + _DOT + column.label
        return
    labels = row_labels(block)
    for each in block.rows():
        for column in open_cells(block, each):
            yield f"{block.name}.{each.id}.{column.id}", labels[each.id] + _DOT + column.label


def _choices(block: Block) -> Iterator[tuple[str, dict[str, str]]]:
    match block:
        case ChoiceField() if not block.several:
            yield block.name, {option.id: option.text.striptags() for option in block.options}
        case PlacementField() if not block.several:
            places = {place.id: place.label.striptags() for place in block.places}
            yield from ((f"{block.name}.{card.id}", places) for card in block.cards)
        case MatrixField():
            cells = {
                f"{row.id}.{column.id}": f"{row.label.striptags()} × {column.label.striptags()}"
                for row in block.rows
                for column in block.columns
            }
            yield from ((f"{block.name}.{card.id}", cells) for card in block.cards)
        case ScaleField():
            steps = {step.id: step.text.striptags() for step in block.steps}
            yield from ((f"{block.name}.{card.id}", steps) for card in block.cards)
        case GridField():
            for row in block.rows:
                yield from _cell_choices(block.columns, f"{block.name}.{row.id}")
        case LedgerField():
            for each in block.rows():
                yield from _cell_choices(open_cells(block, each), f"{block.name}.{each.id}")
        case _:
            return


def _cell_choices(columns: Iterable[Column], row: str) -> Iterator[tuple[str, dict[str, str]]]:
    for column in columns:
        if column.type == "choice":
            yield f"{row}.{column.id}", {option.id: option.text.striptags() for option in column.options}


def _unsent(block: Block) -> Iterator[str]:
    match block:
        case ChoiceField() if block.several:
            yield from (f"{block.name}.{option.id}" for option in block.options)
        case ChoiceField():
            yield block.name
        case ScaleField():
            yield from (f"{block.name}.{card.id}" for card in block.cards)
        case PlacementField():
            if block.several:
                yield from (f"{block.name}.{card.id}.{place.id}" for card in block.cards for place in block.places)
            else:
                yield from (f"{block.name}.{card.id}" for card in block.cards)
            yield from (f"{block.tick_name}.{card.id}" for card in block.cards if block.tick_name)
        case GridField():
            ticks = [column.id for column in block.columns if column.type == "tick"]
            yield from (f"{block.name}.{row.id}.{column}" for row in block.rows for column in ticks)
        case LedgerField():
            for each in block.rows():
                ticked = (column for column in open_cells(block, each) if column.type == "tick")
                yield from (f"{block.name}.{each.id}.{column.id}" for column in ticked)
        case _:
            return
