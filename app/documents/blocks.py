"""The vocabulary of a document. Every block is known to both renderers; adding one means extending both."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from app.documents.fields import (
    AllocationField,
    Card,
    ChoiceField,
    Column,
    Field,
    Gap,
    GapText,
    GridField,
    GridRow,
    Hint,
    HintsField,
    LedgerField,
    LedgerRow,
    MatrixField,
    NumberField,
    Option,
    OrderField,
    Place,
    PlacementField,
    ScaleField,
    TextField,
    open_cells,
)
from app.documents.names import field_names, scoped, scoped_name
from app.documents.text import NOTHING, Text, plain
from app.words import Language

__all__ = [
    "NOTHING",
    "AllocationField",
    "Block",
    "Card",
    "Cell",
    "Chart",
    "Chip",
    "Chips",
    "ChoiceField",
    "Code",
    "Column",
    "Document",
    "ExerciseLink",
    "Facts",
    "Field",
    "Gap",
    "GapText",
    "GridField",
    "GridRow",
    "Heading",
    "Hint",
    "HintsField",
    "LedgerField",
    "LedgerRow",
    "Listing",
    "MatrixField",
    "NameBox",
    "NumberField",
    "Option",
    "OrderField",
    "PageBreak",
    "Panel",
    "Paragraph",
    "Picture",
    "Place",
    "PlacementField",
    "Quote",
    "Row",
    "ScaleField",
    "Series",
    "Table",
    "Text",
    "TextField",
    "TrainerNote",
    "field_names",
    "open_cells",
    "plain",
    "scoped",
    "scoped_name",
]


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
    """Where a person writes name, number and date; on paper only, since a page knows who is there.

    What is known already stands there; where nothing is, there is a line.
    """

    name: str = ""
    number: str = ""
    date: str = ""


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
    | Field
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
    address: str = ""
    """Where a scan of a page of this copy leads, "." and the page's number behind it; "" for a copy like others."""
