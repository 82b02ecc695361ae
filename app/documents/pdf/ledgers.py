"""Tables to write in, on paper: what grows gets blank rows, what is too wide goes on below."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import accumulate, groupby, pairwise
from operator import attrgetter

from app.documents.blocks import NOTHING, Column, GridField, LedgerField, Option, Text, plain
from app.documents.pdf.fields import FieldSetter
from app.documents.pdf.grid import Columns, Grid, GridRow
from app.documents.pdf.pen import Pen
from app.documents.pdf.pieces import Piece, TextPiece, cell_piece
from app.documents.pdf.style import (
    A4,
    CAPTION,
    CELL,
    CELL_HEAD,
    EDGE,
    HINT,
    MARGIN_SIDE,
    MM,
    PEN_INK,
    SMALL,
    WASH,
    TextStyle,
)
from app.documents.pdf.tags import Node
from app.documents.rows import ShownRow, rows_in_form, rows_on_paper
from app.words import say

ROW, GRID_ROW, LINE = 9.5 * MM, 12 * MM, 7 * MM
"""Points: how high a row is at least, and each further line of it."""
GROUP = 16.0
LEAST: Mapping[str, float] = {"tick": 34, "number": 46, "date": 66, "choice": 58, "text": 72, "worked_out": 44}
"""Points in which a cell can be written in, by the type of its column."""
MOST_NAME = 110.0
_PAGE = A4[0] - 2 * MARGIN_SIDE


@dataclass
class Spacer(Piece):
    """Nothing, so high."""

    room: float

    def height(self, _width: float) -> float:
        return self.room

    def draw(self, _pen: Pen, _at: tuple[float, float], _width: float) -> None:
        return

    def widths(self) -> tuple[float, float]:
        return (0, 0)


@dataclass
class GroupedGrid(Grid):
    """A grid to write in, with names over neighbouring columns."""

    groups: tuple[tuple[TextPiece, int, int], ...] = ()
    """Each with its first column and the one behind its last."""

    def draw(self, pen: Pen, at: tuple[float, float], width: float) -> None:
        super().draw(pen, at, width)
        lefts = [0.0, *accumulate(self._widths(width))]
        for piece, first, end in self.groups:
            x, wide = at[0] + lefts[first], lefts[end] - lefts[first]
            pen.area((x, at[1] - GROUP, wide, GROUP), fill=WASH, edge=EDGE, weight=0.4)
            piece.draw(pen, (x + 4, at[1] - 1), wide - 8)


@dataclass(frozen=True)
class PaperRow:
    """A row as it is printed."""

    id: str
    label: Text
    given: Mapping[str, Text] = field(default_factory=dict)
    hint: Text = NOTHING
    least: float = ROW
    """Points it is high at least."""
    again: Text = NOTHING
    """What it is called where the table goes on below."""
    is_sum: bool = False
    """Whether its numbers are worked out from those above."""


@dataclass(frozen=True)
class Band:
    """Columns that stand side by side, and the rows they belong to."""

    name: str
    corner: Text
    columns: Sequence[Column]
    rows: Sequence[PaperRow]
    names: float
    """Points that the names of rows take."""


class TableSetter:
    """Makes pieces of tables to write in, filled with the values of a form."""

    def __init__(self, fields: FieldSetter) -> None:
        self.fields = fields
        self.typist = fields.typist
        self.values = fields.values

    def ledger(self, block: LedgerField, node: Node) -> list[Piece]:
        """The table, in as many bands as its columns need."""
        shown = rows_in_form if self.typist.fillable else rows_on_paper
        rows = [_paper_row(each) for each in shown(block, self.values)]
        hint = [self.typist.text(block.hint, HINT, node.child("P"))] if block.hint else []
        corner = block.row_label or self.typist.word(say("No."))
        return [*self._caption(block.label, node), *hint, *self._bands(block, corner, rows, node)]

    def grid(self, block: GridField, node: Node) -> list[Piece]:
        """The table, with rows for sums where it has them."""
        rows = [PaperRow(row.id, row.label, hint=row.hint, least=GRID_ROW) for row in block.rows]
        sums = (("total", block.total), ("rank", block.rank))
        rows += [PaperRow(row, label, is_sum=True) for row, label in sums if label]
        return [*self._caption(block.label, node), *self._bands(block, block.corner, rows, node)]

    def _bands(
        self, block: LedgerField | GridField, corner: Text, rows: Sequence[PaperRow], node: Node
    ) -> Iterator[Piece]:
        """The tables, and over them what there is to choose from, to be written into the cells."""
        for column in block.columns:
            if column.type == "choice":
                yield self.typist.text(_line(column.label, column.options), HINT, node.child("P"))
        below = [replace(row, label=row.again or row.label) for row in rows]
        names, wide = self._names(corner, rows), self._names(corner, below)
        found = bands(block.columns, names)
        for number, columns in enumerate(found if len(found) == 1 else bands(block.columns, wide)):
            band = Band(block.name, corner, columns, below if number else rows, wide if number else names)
            yield self._band(band, node.child("Table"))

    def _names(self, corner: Text, rows: Sequence[PaperRow]) -> float:
        """How wide the column of names is."""
        style = replace(CELL, bold=True)
        texts = [self.typist.text(label, style, None) for label in (corner, *(row.label for row in rows))]
        return min(max(text.widths()[1] for text in texts) + 11, MOST_NAME)

    def _caption(self, label: Text, node: Node) -> list[Piece]:
        return [self.typist.text(label, CAPTION, node.child("P"))] if label else []

    def _band(self, band: Band, table: Node) -> GroupedGrid:
        row = table.child("TR")
        nodes = [row.child("TH", scope="Column") for _ in (None, *band.columns)]
        groups = tuple(self._groups(band.columns, nodes))
        head = self._head(band, row, nodes, grouped=bool(groups))
        rows = [self._row(band, each, table.child("TR")) for each in band.rows]
        widths = Columns((0.0, *map(_share, band.columns)), (band.names,))
        return GroupedGrid(head, rows, widths, boxed=True, groups=groups)

    def _groups(self, columns: Sequence[Column], nodes: Sequence[Node]) -> Iterator[tuple[TextPiece, int, int]]:
        """What stands over neighbouring columns, read with the first of them."""
        first = 1
        for label, under in groupby(columns, key=attrgetter("group")):
            end = first + len(list(under))
            if label:
                style = replace(CELL_HEAD, align="centre")
                yield self.typist.text(label, style, nodes[first].child("P")), first, end
            first = end

    def _head(self, band: Band, row: Node, nodes: Sequence[Node], *, grouped: bool) -> GridRow:
        cells: list[list[Piece]] = []
        heads = ((band.corner, NOTHING), *((self._headed(column), column.group) for column in band.columns))
        for (label, group), node in zip(heads, nodes, strict=True):
            piece = self.typist.text(label, CELL_HEAD, node)
            cells.append([Spacer(GROUP), piece] if grouped and group else [piece])
        return GridRow(tuple(cells), node=row)

    def _headed(self, column: Column) -> Text:
        """The label with the unit behind it."""
        around = "（{}）" if self.typist.language == "zh-CN" else " ({})"
        return column.label + plain(around.format(column.unit)) if column.unit else column.label

    def _row(self, band: Band, row: PaperRow, node: Node) -> GridRow:
        header = node.child("TH", scope="Row")
        named: list[Piece] = [self.typist.text(row.label, replace(CELL, bold=True), header)]
        named += [self.typist.text(row.hint, SMALL, header.child("P"))] if row.hint else []
        cells = [[self._cell_of(f"{band.name}.{row.id}.{column.id}", row, column, node)] for column in band.columns]
        lines = max((column.lines for column in band.columns if column.id not in row.given), default=1)
        return GridRow((named, *cells), least=row.least + (lines - 1) * LINE, node=node)

    def _cell_of(self, name: str, row: PaperRow, column: Column, node: Node) -> Piece:
        if column.id in row.given:
            return self.typist.text(row.given[column.id], CELL, node.child("TD"))
        return self._worked_out(name, node) if row.is_sum else self._cell(name, column, node)

    def _cell(self, name: str, column: Column, row: Node) -> Piece:
        value = self.values.get(name, "")
        match column.type:
            case "tick":
                return self.fields.ticked(name, column.label, row)
            case "worked_out":
                return self._worked_out(name, row)
            case "choice":
                value = next((option.text.striptags() for option in column.options if option.id == value), value)
        style: TextStyle = replace(CELL, colour=PEN_INK, align="right" if column.type == "number" else "left")
        runs = self.typist.written(value, style)
        return cell_piece(runs, style, row.child("TD"), self.typist.entry(name), lines=column.lines)

    def _worked_out(self, name: str, row: Node) -> Piece:
        style = replace(CELL, colour=PEN_INK, align="right")
        return TextPiece(self.typist.written(self.values.get(name, ""), style), style, row.child("TD"))


def _paper_row(shown: ShownRow) -> PaperRow:
    """Where the table goes on below, a row with something given is known by it as well."""
    first = next((text for _, text in shown.row.given), NOTHING)
    again = shown.label + plain(" ") + first if first and not shown.row.label else NOTHING
    return PaperRow(shown.row.id, shown.label, dict(shown.row.given), again=again)


def bands(columns: Sequence[Column], name: float) -> list[list[Column]]:
    """The columns in bands that have room beside the names of rows, each about as full as the others."""
    room = _PAGE - name
    count = 1
    while True:
        found = _shared_out(columns, count)
        if count >= len(columns) or all(sum(map(_least, band)) <= room for band in found):
            return found
        count += 1


def _shared_out(columns: Sequence[Column], count: int) -> list[list[Column]]:
    """Bands of about equal widths, in order; columns of one group stay together where they can."""
    whole, used, found = sum(map(_least, columns)), 0.0, [[columns[0]]]
    for before, column in pairwise(columns):
        used += _least(before)
        if used + _least(column) / 2 > whole * len(found) / count and len(found) < count:
            found.append([])
        found[-1].append(column)
    return found


def _least(column: Column) -> float:
    return LEAST[column.type] * (1 + 0.15 * (min(column.width, 5) - 1))


def _share(column: Column) -> float:
    """How wide it is beside others: what its author gives it comes on top of what its type needs."""
    return LEAST[column.type] + 40 * (column.width - 1)


def _line(label: Text, options: Sequence[Option]) -> Text:
    return label + plain("：") + plain(" / ").join(option.text for option in options)
