"""What a page is filled with: pieces that know their height, can be split between pages, and draw themselves."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property

from app.documents.pdf.fillable import Entry, Shape
from app.documents.pdf.pen import Pen
from app.documents.pdf.setting import Cluster, Line, Run, broken, clusters_of, least_width, natural_width
from app.documents.pdf.style import EDGE, PEN_INK, TextStyle
from app.documents.pdf.tags import Node

SLACK = 0.01
"""Points by which sums of heights may be off."""
MOST_LINES_ON_SCREEN = 22
"""Of a place to write on: what is longer is read by moving in it."""
MOST_LINES_TOGETHER = 5
"""Of a place to write on by hand that is never divided between two pages: nobody turns over for two lines."""


class Piece:
    """Something that stands in a column. All measures in points."""

    before: float = 0
    after: float = 0
    keep: bool = False
    """Whether it must stand on the page of what follows."""

    def height(self, width: float) -> float:
        """How high it is when it may be so wide."""
        raise NotImplementedError

    def split(self, _width: float, _room: float) -> tuple[Piece, Piece] | None:
        """What fits into the room, and the rest; nothing if it goes to the next page as a whole."""
        return None

    def draw(self, pen: Pen, at: tuple[float, float], width: float) -> None:
        """Draw it below and to the right of a point."""
        raise NotImplementedError

    def widths(self) -> tuple[float, float]:
        """The width below which it looks bad, and the one it would like."""
        return (40, 120)


@dataclass(frozen=True)
class Bookmark:
    """An entry of the outline."""

    title: str
    key: str
    level: int


class TextPiece(Piece):
    """A paragraph or a heading."""

    def __init__(self, runs: Sequence[Run], style: TextStyle, node: Node | None) -> None:
        self.runs = runs
        self.style = style
        self.node = node
        self.bookmark: Bookmark | None = None
        self.before, self.after, self.keep = style.before, style.after, style.keep
        self._set: tuple[float, tuple[Line, ...]] | None = None

    @cached_property
    def _clusters(self) -> Sequence[Cluster]:
        return clusters_of(self.runs)

    def lines(self, width: float) -> tuple[Line, ...]:
        """The text in lines of this width."""
        if self._set is None or self._set[0] != width:
            self._set = (width, broken(self._clusters, width))
        return self._set[1]

    def preset(self, width: float, lines: tuple[Line, ...]) -> None:
        """Take lines that were already broken."""
        self._set = (width, lines)

    def height(self, width: float) -> float:
        return len(self.lines(width)) * self.style.leading

    def split(self, width: float, room: float) -> tuple[Piece, Piece] | None:
        """Never one line alone on a page, before or after."""
        lines = self.lines(width)
        count = min(int((room + SLACK) / self.style.leading), len(lines) - 2)
        if count < 2:
            return None
        return self._part(width, lines[:count]), self._part(width, lines[count:])

    def _part(self, width: float, lines: tuple[Line, ...]) -> TextPiece:
        part = type(self)(self.runs, self.style, self.node)
        part.preset(width, lines)
        return part

    def draw(self, pen: Pen, at: tuple[float, float], width: float) -> None:
        x, top = at
        if self.bookmark:
            pen.bookmark(self.bookmark.title, self.bookmark.key, self.bookmark.level, top)
        pen.lines(self.lines(width), (x, top, width), self.style, self.node)

    def widths(self) -> tuple[float, float]:
        return (least_width(self._clusters), natural_width(self._clusters) + 0.5)


class WrittenPiece(TextPiece):
    """Ruled lines to write on, with what was written; it grows with the text and never cuts it."""

    least = 1
    entry: Entry | None = None

    def lines(self, width: float) -> tuple[Line, ...]:
        lines = super().lines(width)
        if self.entry:
            lines = lines[:MOST_LINES_ON_SCREEN]
        return lines + (Line((), 0, ends=True),) * (self.least - len(lines))

    def split(self, width: float, room: float) -> tuple[Piece, Piece] | None:
        if self.entry or len(self.lines(width)) <= MOST_LINES_TOGETHER:
            return None
        return super().split(width, room)

    def preset(self, width: float, lines: tuple[Line, ...]) -> None:
        super().preset(width, lines)
        self.least = len(lines)

    def draw(self, pen: Pen, at: tuple[float, float], width: float) -> None:
        x, top = at
        lines = self.lines(width)
        if self.entry and pen.form:
            height = self.height(width)
            box, several = (x, top - height + 2, width, height - 4), len(lines) > 1
            pen.write_entry(self.entry, box, self.style, lines=several, node=self.node)
            return
        first = top - (self.style.leading + self.style.size * 1.28) / 2
        for number in range(len(lines)):
            pen.rule(x, first - number * self.style.leading, width, weight=0.5, colour=EDGE)
        if any(line.runs for line in lines):
            super().draw(pen, at, width)


def ruled(
    runs: Sequence[Run], lines: int, style: TextStyle, *, node: Node | None, entry: Entry | None = None
) -> WrittenPiece:
    """At least so many ruled lines, and what stands on them."""
    piece = WrittenPiece(runs, style, node)
    piece.least, piece.entry = lines, entry
    return piece


class CellPiece(TextPiece):
    """What is written into a cell; on screen a place of at least this height to write in."""

    entry: Entry | None = None
    room = 24.0
    several_lines = False

    def height(self, width: float) -> float:
        return max(super().height(width), self.room) if self.entry else super().height(width)

    def split(self, width: float, room: float) -> tuple[Piece, Piece] | None:
        return None if self.entry else super().split(width, room)

    def draw(self, pen: Pen, at: tuple[float, float], width: float) -> None:
        if not (self.entry and pen.form):
            super().draw(pen, at, width)
            return
        height = self.height(width)
        box = (at[0] - 1, at[1] - height, width + 2, height)
        several = self.several_lines or len(self.lines(width)) > 1  # what was written is seen as a whole
        pen.write_entry(self.entry, box, self.style, lines=several, node=self.node)


def cell_piece(
    runs: Sequence[Run], style: TextStyle, node: Node | None, entry: Entry | None, *, lines: int = 1
) -> CellPiece:
    """What stands in a cell, or on screen a place to write in, with so many lines."""
    piece = CellPiece(runs, style, node)
    piece.entry, piece.several_lines = entry, lines > 1
    piece.room = max(CellPiece.room, 6 + lines * style.leading)
    return piece


class Break(Piece):
    """The end of a page."""

    def height(self, _width: float) -> float:
        return 0

    def draw(self, _pen: Pen, _at: tuple[float, float], _width: float) -> None:
        return


@dataclass
class Mark(Piece):
    """A circle to fill or a box to tick, in the middle of its width."""

    shape: Shape
    is_set: bool
    node: Node | None = None
    entry: Entry | None = None

    def height(self, _width: float) -> float:
        return 15

    def draw(self, pen: Pen, at: tuple[float, float], width: float) -> None:
        x, y = at[0] + width / 2, at[1] - 7.5
        if self.entry and pen.form:
            self._outline(pen, x, y)
            pen.mark_entry(self.entry, (x - 7, y - 7, 14, 14), self.shape, node=self.node)
            return
        with pen.figure(self.node):
            self._outline(pen, x, y)
            if self.is_set and self.shape == "circle":
                pen.circle((x, y), 2.5, edge=PEN_INK, fill=PEN_INK)
            elif self.is_set:
                pen.tick(x - 4.6, y - 4.6, 10.2, colour=PEN_INK)

    def _outline(self, pen: Pen, x: float, y: float) -> None:
        if self.shape == "circle":
            pen.circle((x, y), 4.4, edge=EDGE)
        else:
            pen.area((x - 4.6, y - 4.6, 9.2, 9.2), edge=EDGE, weight=0.8, radius=1)

    def widths(self) -> tuple[float, float]:
        return (16, 24)


@dataclass
class Item(Piece):
    """An item of a list: its mark hangs left of what it says."""

    mark: TextPiece
    pieces: list[Piece]
    indent: float
    before: float = 2
    after: float = 2

    def height(self, width: float) -> float:
        return stack_height(self.pieces, width - self.indent)

    def split(self, width: float, room: float) -> tuple[Piece, Piece] | None:
        placed, rest = fit(self.pieces, width - self.indent, room)
        if not placed or not rest:
            return None
        return replace(self, pieces=placed), replace(self, mark=TextPiece((), self.mark.style, None), pieces=rest)

    def draw(self, pen: Pen, at: tuple[float, float], width: float) -> None:
        x, top = at
        if self.mark.runs:
            self.mark.draw(pen, at, self.indent)
        draw_stack(pen, self.pieces, (x + self.indent, top), width - self.indent)

    def widths(self) -> tuple[float, float]:
        least, most = stack_widths(self.pieces)
        return (least + self.indent, most + self.indent)


@dataclass
class Frame:
    """How a box looks."""

    left: float = 0
    """Padding; the others likewise."""
    right: float = 0
    top: float = 0
    bottom: float = 0
    fill: tuple[float, float, float] | None = None
    edge: tuple[float, float, float] | None = None
    bar: tuple[float, float, float] | None = None
    """The colour of a rule at the left."""
    dashed: bool = False
    radius: float = 0


@dataclass
class Box(Piece):
    """Pieces on a ground of their own, with an edge or a rule at the left."""

    pieces: list[Piece]
    frame: Frame
    before: float = 8
    after: float = 10
    keep: bool = False

    def _inner(self, width: float) -> float:
        return width - self.frame.left - self.frame.right

    def _padding(self) -> float:
        return self.frame.top + self.frame.bottom

    def height(self, width: float) -> float:
        return stack_height(self.pieces, self._inner(width)) + self._padding()

    def split(self, width: float, room: float) -> tuple[Piece, Piece] | None:
        placed, rest = fit(self.pieces, self._inner(width), room - self._padding())
        if not placed or not rest or all(piece.keep for piece in placed):
            return None
        return replace(self, pieces=placed), replace(self, pieces=rest)

    def draw(self, pen: Pen, at: tuple[float, float], width: float) -> None:
        x, top = at
        frame, height = self.frame, self.height(width)
        if frame.fill or frame.edge:
            box = (x, top - height, width, height)
            pen.area(box, fill=frame.fill, edge=frame.edge, dashed=frame.dashed, radius=frame.radius)
        if frame.bar:
            pen.area((x, top - height, 2.2, height), fill=frame.bar)
        draw_stack(pen, self.pieces, (x + frame.left, top - frame.top), self._inner(width))

    def widths(self) -> tuple[float, float]:
        least, most = stack_widths(self.pieces)
        return (least + self.frame.left + self.frame.right, most + self.frame.left + self.frame.right)


def stack_height(pieces: Sequence[Piece], width: float) -> float:
    """The height of pieces below one another, without space above the first and below the last."""
    total = after = 0.0
    for number, piece in enumerate(pieces):
        total += (max(after, piece.before) if number else 0) + piece.height(width)
        after = piece.after
    return total


def stack_widths(pieces: Sequence[Piece]) -> tuple[float, float]:
    """The least and the wanted width of pieces below one another."""
    each = [piece.widths() for piece in pieces]
    return (max((least for least, _ in each), default=0), max((most for _, most in each), default=0))


def draw_stack(pen: Pen, pieces: Sequence[Piece], at: tuple[float, float], width: float) -> None:
    """Draw pieces below one another."""
    x, y = at
    after = 0.0
    for number, piece in enumerate(pieces):
        y -= max(after, piece.before) if number else 0
        piece.draw(pen, (x, y), width)
        y -= piece.height(width)
        after = piece.after


def fit(pieces: Sequence[Piece], width: float, room: float) -> tuple[list[Piece], list[Piece]]:
    """The pieces that fit into a column of this height, and those for the next; a piece may be in both, in parts."""
    placed: list[Piece] = []
    used = after = 0.0
    for number, piece in enumerate(pieces):
        if isinstance(piece, Break):
            if placed:
                return placed, list(pieces[number + 1 :])
            continue
        gap = max(after, piece.before) if placed else 0.0
        height = piece.height(width)
        if used + gap + height > room + SLACK:
            return _cut(placed, pieces[number:], width, room=room - used - gap)
        placed.append(piece)
        used, after = used + gap + height, piece.after
    return placed, []


def _cut(placed: list[Piece], rest: Sequence[Piece], width: float, *, room: float) -> tuple[list[Piece], list[Piece]]:
    halves = rest[0].split(width, room)
    if halves:
        return [*placed, halves[0]], [halves[1], *rest[1:]]
    kept = len(placed)
    while kept and placed[kept - 1].keep:
        kept -= 1
    return placed[:kept], [*placed[kept:], *rest]
