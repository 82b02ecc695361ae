"""Tables on paper: columns by content or by given shares, heads that repeat, rows that may be taller than a page."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from itertools import accumulate

from app.documents.pdf.pen import Pen
from app.documents.pdf.pieces import SLACK, Piece, TextPiece, draw_stack, fit, stack_height, stack_widths
from app.documents.pdf.style import EDGE, INK, RULE, WASH
from app.documents.pdf.tags import Node

TALL_ROW = 280.0
"""Points: a higher row is split where the page ends, a lower one goes to the next page."""
SHORT_GRID = 170.0
"""Points: a lower table is not split at all."""
LOW_ROW = 64.0
"""Points: a lower row does not stay alone under the head where the page ends."""
MOST_WISHED = 230.0


@dataclass(frozen=True)
class GridRow:
    """The pieces of each cell, what the row is, and how high it is at least."""

    cells: tuple[Sequence[Piece], ...]
    ground: bool = False
    least: float = 0
    node: Node | None = None


@dataclass(frozen=True)
class Columns:
    """How wide columns are: by shares, or by what stands in them; `fixed` points where given (0: not)."""

    shares: tuple[float, ...] = ()
    fixed: tuple[float, ...] = ()


@dataclass
class Grid(Piece):
    """A table between a thick rule above and one below; `boxed` ones have lines round each cell, to write in."""

    head: GridRow | None
    rows: list[GridRow]
    columns: Columns = Columns()
    boxed: bool = False
    before: float = 6
    after: float = 10
    keep: bool = False
    is_first: bool = True
    _measured: tuple[float, list[float], list[float]] | None = field(default=None, init=False)

    @property
    def count(self) -> int:
        """How many columns it has."""
        return max((len(row.cells) for row in self._all()), default=1)

    @property
    def _padding(self) -> tuple[float, float]:
        """Of a cell, left and right together and above and below together."""
        across = 10.0 if self.count <= 8 else 6.0 if self.count <= 14 else 2.0
        return across, 8.0

    def height(self, width: float) -> float:
        return sum(self._heights(width))

    def _all(self) -> list[GridRow]:
        return [self.head, *self.rows] if self.head else self.rows

    def _heights(self, width: float) -> list[float]:
        return self._measure(width)[1]

    def _measure(self, width: float) -> tuple[list[float], list[float]]:
        if self._measured is None or self._measured[0] != width:
            columns = self._widths(width)
            self._measured = (width, columns, [self._row_height(row, columns) for row in self._all()])
        return self._measured[1], self._measured[2]

    def _row_height(self, row: GridRow, columns: Sequence[float]) -> float:
        along = self._padding[1]
        inner = self._inner(columns)
        tallest = max((stack_height(cell, room) for cell, (_, room) in zip(row.cells, inner, strict=False)), default=0)
        return max(tallest + along, row.least)

    def _inner(self, columns: Sequence[float]) -> list[tuple[float, float]]:
        """Where the cells' texts start in their columns, and how wide they are; at the edges they touch them."""
        half, last = self._padding[0] / 2, len(columns) - 1
        insets = [
            (0.0 if not self.boxed and not n else half, 0.0 if not self.boxed and n == last else half)
            for n in range(last + 1)
        ]
        return [(left, max(column - left - right, 1)) for column, (left, right) in zip(columns, insets, strict=True)]

    def _widths(self, width: float) -> list[float]:
        fixed = [*self.columns.fixed, *[0.0] * (self.count - len(self.columns.fixed))]
        open_columns = [column for column in range(self.count) if not fixed[column]]
        room = max(width - sum(fixed), len(open_columns) * 4.0)
        shared = self._shared(open_columns, room)
        return [shared.get(column, fixed[column]) for column in range(self.count)]

    def _shared(self, columns: Sequence[int], room: float) -> dict[int, float]:
        wishes = [self._wish(column) for column in columns]
        if self.columns.shares:
            shares = [self.columns.shares[column] for column in columns]
            return dict(zip(columns, _by_shares(shares, [least for least, _ in wishes], room), strict=True))
        least, most = sum(each[0] for each in wishes), sum(each[1] for each in wishes)
        if most <= room:
            spread = [most_ + (room - most) * most_ / most for _, most_ in wishes]
        elif least <= room:
            slack = (room - least) / (most - least)
            spread = [least_ + (most_ - least_) * slack for least_, most_ in wishes]
        else:
            spread = [room / len(columns)] * len(columns)
        return dict(zip(columns, spread, strict=True))

    def _wish(self, column: int) -> tuple[float, float]:
        across = self._padding[0]
        each = [stack_widths(row.cells[column]) for row in self._all() if column < len(row.cells)]
        most = max((wanted for _, wanted in each), default=0)
        least = min(max((least for least, _ in each), default=0), MOST_WISHED / 2)
        return max(least, min(most, 40)) + across, min(max(most, 24), MOST_WISHED) + across

    def split(self, width: float, room: float) -> tuple[Piece, Piece] | None:
        heights = self._heights(width)
        ends = list(accumulate(heights))
        heads = 1 if self.head else 0
        fitting = sum(end <= room + SLACK for end in ends)
        parts = self._split_row(fitting, width, room=room - (ends[fitting - 1] if fitting else 0))
        if parts and fitting >= heads:
            upper, lower = parts
            return self._part([*self.rows[: fitting - heads], upper]), self._rest(
                [lower, *self.rows[fitting - heads + 1 :]]
            )
        if ends[-1] <= SHORT_GRID or (fitting == len(heights) - 1 and fitting - heads > 2):
            fitting = 0 if ends[-1] <= SHORT_GRID else fitting - 1  # no row goes to the next page alone
        if fitting <= heads or (fitting == heads + 1 and heights[heads] < LOW_ROW):
            return None
        return self._part(self.rows[: fitting - heads]), self._rest(self.rows[fitting - heads :])

    def _split_row(self, number: int, width: float, *, room: float) -> tuple[GridRow, GridRow] | None:
        columns, heights = self._measure(width)
        if number >= len(heights) or (self.head and number == 0) or heights[number] <= TALL_ROW:
            return None
        row = self._all()[number]
        along = self._padding[1]
        inner = self._inner(columns)
        halves = [fit(cell, across, room - along) for cell, (_, across) in zip(row.cells, inner, strict=False)]
        if not any(upper for upper, _ in halves):
            return None
        upper, lower = (tuple(half[side] for half in halves) for side in (0, 1))
        return replace(row, cells=upper, least=0), replace(row, cells=lower, least=0)

    def _part(self, rows: list[GridRow]) -> Grid:
        return replace(self, rows=rows, columns=self._kept_columns())

    def _rest(self, rows: list[GridRow]) -> Grid:
        head = replace(self.head, cells=tuple(map(_unread, self.head.cells))) if self.head else None
        return replace(self, head=head, rows=rows, columns=self._kept_columns(), is_first=False)

    def _kept_columns(self) -> Columns:
        """The columns are as wide on the next page, whatever is left to stand there."""
        return Columns(fixed=tuple(self._measured[1])) if self._measured else self.columns

    def draw(self, pen: Pen, at: tuple[float, float], width: float) -> None:
        x, top = at
        columns, heights = self._measure(width)
        self._draw_grounds(pen, at, columns, heights)
        inner = self._inner(columns)
        lefts = [x, *(x + end for end in accumulate(columns))]
        for row, height in zip(self._all(), heights, strict=True):
            for cell, left, (inset, room) in zip(row.cells, lefts, inner, strict=False):
                draw_stack(pen, cell, (left + inset, top - self._padding[1] / 2), room)
            top -= height

    def _draw_grounds(
        self, pen: Pen, at: tuple[float, float], columns: Sequence[float], heights: Sequence[float]
    ) -> None:
        x, top = at
        width, height = sum(columns), sum(heights)
        y = top
        for row, each in zip(self._all(), heights, strict=True):
            if row.ground or (self.boxed and row is self.head):
                pen.area((x, y - each, width, each), fill=WASH)
            y -= each
        y = top
        for number, each in enumerate(heights[:-1]):
            y -= each
            is_head = self.head is not None and number == 0
            pen.rule(
                x, y, width, weight=0.7 if is_head else 0.4, colour=INK if is_head else EDGE if self.boxed else RULE
            )
        if self.boxed:
            for left in accumulate(columns[:-1]):
                pen.line((x + left, top), (x + left, top - height), weight=0.4, colour=EDGE)
            pen.area((x, top - height, width, height), edge=EDGE, weight=0.8)
        else:
            pen.rule(x, top, width, weight=1.3, colour=INK)
            pen.rule(x, top - height, width, weight=1.3, colour=INK)

    def widths(self) -> tuple[float, float]:
        wishes = [self._wish(column) for column in range(self.count)]
        return sum(least for least, _ in wishes), sum(most for _, most in wishes)


def _by_shares(shares: Sequence[float], least: Sequence[float], room: float) -> list[float]:
    """The room by shares, but for columns that would be narrower than what should not be broken in them."""
    given = [room * share / sum(shares) for share in shares]
    lacking = sum(max(low - got, 0) for low, got in zip(least, given, strict=True))
    spare = sum(max(got - low, 0) for low, got in zip(least, given, strict=True))
    if not lacking or lacking > spare:
        return given
    return [max(low, got - max(got - low, 0) * lacking / spare) for low, got in zip(least, given, strict=True)]


def _unread(cell: Sequence[Piece]) -> tuple[Piece, ...]:
    """A head on later pages is furniture: it was read out at the start."""
    return tuple(_copy_without_node(piece) for piece in cell)


def _copy_without_node(piece: Piece) -> Piece:
    return TextPiece(piece.runs, piece.style, None) if isinstance(piece, TextPiece) else piece
