"""The vocabulary of a document. Every block is known to both renderers; adding one means extending both."""

from __future__ import annotations

from collections.abc import Iterator
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
    several: bool = False
    """Whether a card may go to several places: then `{name}.{card.id}.{place.id}` holds "yes" or ""."""


@dataclass(frozen=True)
class Column:
    id: str
    label: Text
    type: Literal["text", "number", "tick", "choice", "date", "worked_out"] = "text"
    """What is worked out nobody fills in: it has no field, and what stands there comes with the values."""
    width: int = 1
    """Relative width on paper and wide pages."""
    options: tuple[Option, ...] = ()
    """Of a choice."""
    unit: str = ""
    group: Text = NOTHING
    """What stands over it and its neighbours of the same group."""
    required: bool = False
    lines: int = 1
    formula: str = ""
    """Of what is worked out: for the page, which shows it while somebody types."""
    bands: tuple[tuple[str, str], ...] = ()
    """Of what is worked out: up to which number ("" for the last) it is called what."""


@dataclass(frozen=True)
class GridRow:
    id: str
    label: Text
    weight: str = ""
    """What its numbers count, where the columns are summed up."""


@dataclass(frozen=True)
class GridField:
    """A table whose cells the reader fills: field `{name}.{row.id}.{column.id}`; a tick holds "yes" or ""."""

    name: str
    label: Text
    corner: Text
    columns: tuple[Column, ...]
    rows: tuple[GridRow, ...]
    total: Text = NOTHING
    """Names a last row of weighted sums, worked out: the values have them as `{name}.total.{column.id}`."""


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
    most: int = 0
    """How many numbers there are; as many as cards where it is 0."""


@dataclass(frozen=True)
class LedgerRow:
    """A row that is there from the start; what stands in its `given` cells cannot be changed."""

    id: str
    label: Text = NOTHING
    given: tuple[tuple[str, Text], ...] = ()
    """Column id → what stands there; such cells have no field."""

    def has(self, column: str) -> bool:
        return any(name == column for name, _ in self.given)


@dataclass(frozen=True)
class LedgerField:
    """A table that grows: field `{name}.{row}.{column.id}`; behind the given rows come rows numbered from 1."""

    name: str
    label: Text
    columns: tuple[Column, ...]
    given: tuple[LedgerRow, ...] = ()
    shown: int = 3
    """How many numbered rows there are at first; pages show more where more is filled in."""
    most: int = 20
    row_label: Text = NOTHING

    def rows(self) -> tuple[LedgerRow, ...]:
        """Every row that can be filled in."""
        return (*self.given, *(LedgerRow(str(number)) for number in range(1, self.most + 1)))


@dataclass(frozen=True)
class ScaleField:
    """Every card gets one step of a scale: field `{name}.{card.id}` holds the step's id, "" where it has none.

    With `evidence` each card has a line to write on besides: field `{evidence_name}.{card.id}`.
    """

    name: str
    label: Text
    cards: tuple[Card, ...]
    steps: tuple[Option, ...]
    evidence_name: str = ""
    evidence: Text = NOTHING


@dataclass(frozen=True)
class AllocationField:
    """Numbers that share out a total: field `{name}.{card.id}`; a page shows what is left, and a chart."""

    name: str
    label: Text
    cards: tuple[Card, ...]
    total: str = "100"
    unit: str = "%"
    chart: Literal["bars", "pie"] = "bars"


@dataclass(frozen=True)
class Gap:
    """A field in a running text."""

    name: str
    label: Text
    """What it is called where the text does not stand around it."""
    width: int = 8
    """Chinese characters that have room."""
    number: bool = False


@dataclass(frozen=True)
class GapText:
    """Paragraphs with fields in them."""

    paragraphs: tuple[tuple[Text | Gap, ...], ...]

    @property
    def gaps(self) -> tuple[Gap, ...]:
        return tuple(part for paragraph in self.paragraphs for part in paragraph if isinstance(part, Gap))


@dataclass(frozen=True)
class Hint:
    id: str
    label: Text
    cost: str
    """Points, in figures."""
    text: Text = NOTHING
    """There only where it was opened."""


@dataclass(frozen=True)
class HintsField:
    """Hints that can be opened one by one: field `{name}.{hint.id}` holds "yes" once it was."""

    name: str
    hints: tuple[Hint, ...]


@dataclass(frozen=True)
class Panel:
    """Blocks in a frame with a title, no fields among them: what was carried over, a script card."""

    title: Text
    blocks: tuple[Block, ...]
    role: Literal["given", "card"] = "given"


@dataclass(frozen=True)
class Series:
    label: Text
    values: tuple[float | None, ...]
    """One an axis, None where there is none."""


@dataclass(frozen=True)
class Chart:
    """Values on axes, drawn, with the same as a table beside it: nobody needs to see the drawing."""

    shape: Literal["radar", "bars", "pie"]
    axes: tuple[Text, ...]
    series: tuple[Series, ...]
    top: float
    """The end of every axis; they begin at 0."""
    unit: str = ""
    caption: Text = NOTHING


Field = (
    TextField
    | NumberField
    | ChoiceField
    | PlacementField
    | GridField
    | MatrixField
    | OrderField
    | LedgerField
    | ScaleField
    | AllocationField
    | GapText
    | HintsField
)
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
    | LedgerField
    | ScaleField
    | AllocationField
    | GapText
    | HintsField
    | Panel
    | Chart
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


def _names(block: Block) -> tuple[str, ...]:  # noqa: PLR0911 - one return a field
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


def open_cells(ledger: LedgerField, row: LedgerRow) -> tuple[Column, ...]:
    """The columns in which somebody fills in a cell of this row."""
    return tuple(column for column in ledger.columns if column.type != "worked_out" and not row.has(column.id))


def scoped_name(name: str, scope: str) -> str:
    """What a field is called in a document that has several sheets: two exercises may call a field alike."""
    return f"{scope}:{name}"


def scoped(block: Block, scope: str) -> Block:
    """A field under its scoped name; any other block as it is."""
    match block:
        case PlacementField():
            tick = scoped_name(block.tick_name, scope) if block.tick_name else ""
            return replace(block, name=scoped_name(block.name, scope), tick_name=tick)
        case ScaleField():
            evidence = scoped_name(block.evidence_name, scope) if block.evidence_name else ""
            return replace(block, name=scoped_name(block.name, scope), evidence_name=evidence)
        case GapText():
            return GapText(tuple(tuple(_scoped_gap(part, scope) for part in line) for line in block.paragraphs))
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
