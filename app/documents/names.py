"""What fields are called: the names that a form sends, of one sheet and of several in one document."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace
from typing import TypeVar

from app.documents.fields import (
    AllocationField,
    ChoiceField,
    Gap,
    GapText,
    GridField,
    HintsField,
    LedgerField,
    MatrixField,
    NumberField,
    OrderField,
    PlacementField,
    ScaleField,
    TextField,
    open_cells,
)
from app.documents.text import Text

B = TypeVar("B")


def field_names(blocks: Iterable[object]) -> tuple[str, ...]:
    """The names of all fields, in order; for a block that holds several, all of them."""
    return tuple(name for block in blocks for name in _names(block))


def _names(block: object) -> tuple[str, ...]:  # noqa: PLR0911 - one return a field
    match block:
        case TextField() | NumberField():
            return (block.name,)
        case ChoiceField():
            several = tuple(f"{block.name}.{option.id}" for option in block.options)
            return several if block.several else (block.name,)
        case MatrixField() | OrderField() | AllocationField():
            return tuple(f"{block.name}.{card.id}" for card in block.cards)
        case HintsField():
            return tuple(f"{block.name}.{hint.id}" for hint in block.hints)
        case PlacementField() | ScaleField():
            return tuple(_names_of_cards(block))
        case GridField():
            columns = [column for column in block.columns if column.type != "worked_out"]
            return tuple(f"{block.name}.{row.id}.{column.id}" for row in block.rows for column in columns)
        case LedgerField():
            return tuple(
                f"{block.name}.{row.id}.{column.id}" for row in block.rows() for column in open_cells(block, row)
            )
        case GapText():
            return tuple(gap.name for gap in block.gaps)
        case _:
            return ()


def _names_of_cards(block: PlacementField | ScaleField) -> Iterator[str]:
    """The fields of cards that have a second one, each in the order of the cards."""
    if isinstance(block, PlacementField) and block.several:
        yield from (f"{block.name}.{card.id}.{place.id}" for card in block.cards for place in block.places)
    else:
        yield from (f"{block.name}.{card.id}" for card in block.cards)
    second = block.tick_name if isinstance(block, PlacementField) else block.evidence_name
    if second:
        yield from (f"{second}.{card.id}" for card in block.cards)


def scoped_name(name: str, scope: str) -> str:
    """What a field is called in a document that has several sheets: two exercises may call a field alike."""
    return f"{scope}:{name}"


def scoped(block: B, scope: str) -> B:
    """A field under its scoped name; any other block as it is."""
    match block:
        case PlacementField():
            tick = scoped_name(block.tick_name, scope) if block.tick_name else ""
            return replace(block, name=scoped_name(block.name, scope), tick_name=tick)
        case ScaleField():
            evidence = scoped_name(block.evidence_name, scope) if block.evidence_name else ""
            return replace(block, name=scoped_name(block.name, scope), evidence_name=evidence)
        case GapText():
            lines = tuple(tuple(_scoped_gap(part, scope) for part in line) for line in block.paragraphs)
            return replace(block, paragraphs=lines)
        case (
            TextField()
            | NumberField()
            | ChoiceField()
            | GridField()
            | MatrixField()
            | OrderField()
            | LedgerField()
            | AllocationField()
            | HintsField()
        ):
            return replace(block, name=scoped_name(block.name, scope))
        case _:
            return block


def _scoped_gap(part: Text | Gap, scope: str) -> Text | Gap:
    return replace(part, name=scoped_name(part.name, scope)) if isinstance(part, Gap) else part
