"""What a reader fills in: the fields of a sheet, whatever draws them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from app.documents.text import NOTHING, Text


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
    hint: Text = NOTHING


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
    hint: Text = NOTHING


@dataclass(frozen=True)
class GridField:
    """A table whose cells the reader fills: field `{name}.{row.id}.{column.id}`; a tick holds "yes" or ""."""

    name: str
    label: Text
    corner: Text
    columns: tuple[Column, ...]
    rows: tuple[GridRow, ...]
    total: Text = NOTHING
    """Names a row of weighted sums under the others, worked out: the values have them as `{name}.total.{column.id}`."""
    rank: Text = NOTHING
    """Names a row of places by these sums: `{name}.rank.{column.id}`."""
    weights: str = ""
    """The column that holds what each row counts, where its reader says so."""


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

    @property
    def numbers(self) -> int:
        """The highest number there is."""
        return self.most or len(self.cards)


@dataclass(frozen=True)
class LedgerRow:
    """A row that is there from the start; what stands in its `given` cells cannot be changed."""

    id: str
    label: Text = NOTHING
    given: tuple[tuple[str, Text], ...] = ()
    """Column id → what stands there; such cells have no field."""

    def has(self, column: str) -> bool:
        return any(name == column for name, _ in self.given)

    def text(self, column: str) -> Text:
        """What stands in a cell beforehand."""
        return next(text for name, text in self.given if name == column)


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
    least: int = 1
    """How many numbered rows have to be filled in; 0 where the given ones are enough."""
    row_label: Text = NOTHING
    hint: Text = NOTHING

    def rows(self) -> tuple[LedgerRow, ...]:
        """Every row that can be filled in. A number that a given row has for its id is left out."""
        taken = {row.id for row in self.given}
        numbers = (str(number) for number in range(1, self.most + len(taken) + 1))
        free = [LedgerRow(number) for number in numbers if number not in taken]
        return (*self.given, *free[: self.most])


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


def open_cells(ledger: LedgerField, row: LedgerRow) -> tuple[Column, ...]:
    """The columns in which somebody fills in a cell of this row."""
    return tuple(column for column in ledger.columns if column.type != "worked_out" and not row.has(column.id))
