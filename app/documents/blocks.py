"""The vocabulary of a document. Every block is known to both renderers; adding one means extending both."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Literal

from markupsafe import Markup, escape

from app.words import Language

# `Text` is inline markup that is already safe: only `plain` here and `finished` in tree.py make it.
# Its tags: strong, em, del, code, br, sub, sup, a[href].
Text = Markup
NOTHING = Markup()


def plain(text: str) -> Text:
    """Text as it is, with nothing in it meaning anything."""
    return escape(text)


@dataclass(frozen=True)
class Heading:
    text: Text
    level: int = 2
    anchor: str = ""
    """Where a link may point; unique in the document, or empty."""


@dataclass(frozen=True)
class Paragraph:
    text: Text
    role: Literal["body", "lead", "small"] = "body"


@dataclass(frozen=True)
class Facts:
    """A line of short facts under a title: «25 分钟 · 12 分»."""

    items: tuple[Text, ...]


@dataclass(frozen=True)
class Listing:
    items: tuple[tuple[Block, ...], ...]
    ordered: bool = False
    start: int = 1


@dataclass(frozen=True)
class Chip:
    """A teaching method: colour and icon by category, always with its word."""

    label: Text
    category: str
    """An id of the vocabulary's categories."""
    colour: str
    """#rrggbb, for paper; pages have a class for the category."""
    icon: str


@dataclass(frozen=True)
class Chips:
    chips: tuple[Chip, ...]


Cell = Text | tuple["Block", ...]


@dataclass(frozen=True)
class Row:
    cells: tuple[Cell, ...]
    role: Literal["plain", "break", "total"] = "plain"


@dataclass(frozen=True)
class Table:
    header: tuple[Text, ...]
    rows: tuple[Row, ...]
    widths: tuple[int, ...] = ()
    """Relative widths of the columns on paper; empty: by content."""
    numeric: frozenset[int] = frozenset()
    """Columns that are right-aligned."""
    row_header: int | None = None
    """The column that names its row."""
    caption: Text = NOTHING


@dataclass(frozen=True)
class Quote:
    blocks: tuple[Block, ...]


@dataclass(frozen=True)
class Code:
    text: str


@dataclass(frozen=True)
class Picture:
    path: str
    """Inside the course's folder, as its author wrote it: `media/ring.svg`."""
    alt: Text
    content: bytes
    media_type: Literal["image/svg+xml", "image/png", "image/jpeg"]


@dataclass(frozen=True)
class TrainerNote:
    """What only trainers see. The builder of a trainee's document leaves it out; renderers never hide it."""

    blocks: tuple[Block, ...]
    title: Text = NOTHING


@dataclass(frozen=True)
class ExerciseLink:
    """The place of an exercise in a text; a handbook turns it into a pointer to the worksheet."""

    slug: str
    title: Text = NOTHING
    """Filled in by the document that shows it."""
    line: Text = NOTHING
    """Minutes, points and the like, filled in likewise."""


@dataclass(frozen=True)
class PageBreak:
    pass


@dataclass(frozen=True)
class NameBox:
    """Where a person writes name, number and date; on paper only, since a page knows who is there."""


@dataclass(frozen=True)
class TextField:
    """Free text over `lines` ruled lines."""

    name: str
    label: Text
    lines: int = 1
    hint: Text = NOTHING
    entry: Literal["text", "tel", "email", "date"] = "text"
    """What is typed there: a phone shows the keyboard for it. What was typed is text all the same."""
    required: bool = False


@dataclass(frozen=True)
class NumberField:
    name: str
    label: Text
    unit: str = ""
    hint: Text = NOTHING
    required: bool = False


@dataclass(frozen=True)
class Option:
    id: str
    text: Text


@dataclass(frozen=True)
class ChoiceField:
    """One of the options: field `{name}` holds its id. With `several` any of them: `{name}.{option.id}` holds "yes"."""

    name: str
    label: Text
    options: tuple[Option, ...]
    several: bool = False
    hint: Text = NOTHING
    required: bool = False


@dataclass(frozen=True)
class Place:
    id: str
    label: Text
    hint: Text = NOTHING


@dataclass(frozen=True)
class Card:
    id: str
    text: Text


@dataclass(frozen=True)
class PlacementField:
    """Every card goes to one of the places: field `{name}.{card.id}` holds the place's id, "" where it lies in none.

    With `tick` each card has a tick box besides: field `{tick_name}.{card.id}` holds "yes" or "".
    """

    name: str
    label: Text
    cards: tuple[Card, ...]
    places: tuple[Place, ...]
    tick_name: str = ""
    tick: Text = NOTHING


@dataclass(frozen=True)
class Column:
    id: str
    label: Text
    type: Literal["text", "number", "tick"] = "text"
    width: int = 1
    """Relative width on paper and wide pages."""


@dataclass(frozen=True)
class GridRow:
    id: str
    label: Text


@dataclass(frozen=True)
class GridField:
    """A table whose cells the reader fills: field `{name}.{row.id}.{column.id}`; a tick holds "yes" or ""."""

    name: str
    label: Text
    corner: Text
    columns: tuple[Column, ...]
    rows: tuple[GridRow, ...]


@dataclass(frozen=True)
class MatrixField:
    """Every card goes to one cell: field `{name}.{card.id}` holds `{row.id}.{column.id}`, "" where it lies in none."""

    name: str
    label: Text
    cards: tuple[Card, ...]
    rows: tuple[Place, ...]
    columns: tuple[Place, ...]
    corner: Text = NOTHING
    cells: tuple[Place, ...] = ()
    """What is written into cells beforehand; their ids are `{row.id}.{column.id}`."""


@dataclass(frozen=True)
class OrderField:
    """Every card gets a place in a row: field `{name}.{card.id}` holds its number from 1, "" where it has none."""

    name: str
    label: Text
    cards: tuple[Card, ...]


Field = TextField | NumberField | ChoiceField | PlacementField | GridField | MatrixField | OrderField
Block = (
    Heading
    | Paragraph
    | Facts
    | Listing
    | Chips
    | Table
    | Quote
    | Code
    | Picture
    | TrainerNote
    | ExerciseLink
    | PageBreak
    | NameBox
    | TextField
    | NumberField
    | ChoiceField
    | PlacementField
    | GridField
    | MatrixField
    | OrderField
)


@dataclass(frozen=True)
class Document:
    """One printable thing, in one language."""

    title: str
    blocks: tuple[Block, ...]
    language: Language
    subtitle: str = ""
    edition: str = ""
    """Whom it is for, on every page: «讲师版», «学员版»."""
    stamp: str = ""
    """Course, version, digest and date of publication, on every page."""
    landscape: bool = False


def field_names(blocks: tuple[Block, ...]) -> tuple[str, ...]:
    """The names of all fields, in order; for a block that holds several, all of them."""
    return tuple(name for block in blocks for name in _names(block))


def _names(block: Block) -> tuple[str, ...]:
    match block:
        case TextField() | NumberField():
            return (block.name,)
        case ChoiceField():
            several = tuple(f"{block.name}.{option.id}" for option in block.options)
            return several if block.several else (block.name,)
        case MatrixField() | OrderField():
            return tuple(f"{block.name}.{card.id}" for card in block.cards)
        case PlacementField():
            placed = tuple(f"{block.name}.{card.id}" for card in block.cards)
            return placed + tuple(f"{block.tick_name}.{card.id}" for card in block.cards if block.tick_name)
        case GridField():
            return tuple(f"{block.name}.{row.id}.{column.id}" for row in block.rows for column in block.columns)
        case _:
            return ()


def scoped_name(name: str, scope: str) -> str:
    """What a field is called in a document that has several sheets: two exercises may call a field alike."""
    return f"{scope}:{name}"


def scoped(block: Block, scope: str) -> Block:
    """A field under its scoped name; any other block as it is."""
    match block:
        case PlacementField():
            tick = scoped_name(block.tick_name, scope) if block.tick_name else ""
            return replace(block, name=scoped_name(block.name, scope), tick_name=tick)
        case TextField() | NumberField() | ChoiceField() | GridField() | MatrixField() | OrderField():
            return replace(block, name=scoped_name(block.name, scope))
        case _:
            return block
