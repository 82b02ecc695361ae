"""Values on axes, drawn, with a table below the drawing that says the same."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Literal

from app.documents.blocks import NOTHING, Chart, Row, Table, Text, plain
from app.documents.drawing import Anchor, Drawing, Outline, amount, drawing_of
from app.documents.pdf.pen import Pen
from app.documents.pdf.pieces import Piece
from app.documents.pdf.style import ACCENT, CAPTION, INK_2, RULE, Colour, TextStyle, colour
from app.documents.pdf.tags import Node
from app.documents.pdf.typist import Typist
from app.words import say

SCALE = 0.78
"""Points a unit of the drawing."""
_TYPE = TextStyle(size=13 * SCALE, leading=15, colour=INK_2)
_SECOND, _THIRD = colour("#b97a12"), colour("#7d7e72")
_SERIES: tuple[Colour, ...] = (ACCENT, _SECOND, _THIRD)
_SLICES = tuple(map(colour, ("#1f5c4b", "#c98f3a", "#5a81bc", "#c25778", "#51934a", "#936cb5", "#20909b", "#bb6637")))
_WHITE = colour("#ffffff")
_ALIGNED: Mapping[Anchor, Literal["left", "centre", "right"]] = {"start": "left", "middle": "centre", "end": "right"}


@dataclass
class ChartPiece(Piece):
    """The drawing in the middle of the column."""

    drawing: Drawing
    node: Node
    before: float = 6
    after: float = 4
    keep: bool = True

    def _scale(self, width: float) -> float:
        return min(SCALE, width / self.drawing.width)

    def height(self, width: float) -> float:
        return self.drawing.height * self._scale(width)

    def draw(self, pen: Pen, at: tuple[float, float], width: float) -> None:
        scale = self._scale(width)
        corner = (at[0] + (width - self.drawing.width * scale) / 2, at[1])
        with pen.figure(self.node):
            for outline in self.drawing.outlines:
                fill, edge, dashed = _look(outline)
                pen.outline(outline, corner, scale, fill=fill, edge=edge, dashed=dashed)
            for caption in self.drawing.captions:
                x, y = corner[0] + caption.at[0] * scale, corner[1] - caption.at[1] * scale
                style = replace(_TYPE, bold=caption.strong, align=_ALIGNED[caption.anchor])
                pen.text(caption.text, (x, y), style)

    def widths(self) -> tuple[float, float]:
        return (120, self.drawing.width * SCALE)


def _look(outline: Outline) -> tuple[Colour | None, Colour | None, bool]:
    """Fill, edge, and whether the edge is dashed: no series is told by its colour alone."""
    name, _, rest = outline.role.partition("-")
    if name == "grid":
        return None, RULE, False
    number = int(rest.partition("-")[0]) - 1
    if name == "slice":
        return _SLICES[number % len(_SLICES)], _WHITE, False
    own = _SERIES[number % len(_SERIES)]
    if rest.endswith("dot") or (name == "bar" and not number):
        return own, None, False
    return (None, own, number > 0)


def chart_pieces(chart: Chart, typist: Typist, node: Node) -> tuple[list[Piece], Table]:
    """The caption and the drawing, and the table that goes below."""
    named = chart.caption or typist.word(say("Chart"))
    alt = say("{caption}. The same values stand in the table below.", caption=typist.bare(named))
    caption: list[Piece] = [typist.text(chart.caption, CAPTION, node.child("P"))] if chart.caption else []
    return [*caption, ChartPiece(drawing_of(chart), node.child("Figure", alt=typist.sentence(alt)))], _table(chart)


def _table(chart: Chart) -> Table:
    rows = tuple(
        Row((_axis(chart, place), *(plain(amount(series.values[place], chart.unit)) for series in chart.series)))
        for place in range(len(chart.axes))
    )
    header = (NOTHING, *(series.label for series in chart.series))
    return Table(header, rows, numeric=frozenset(range(1, len(chart.series) + 1)), row_header=0)


def _axis(chart: Chart, place: int) -> Text:
    """What an axis is called; the slices of a pie go by their numbers."""
    return plain(f"{place + 1} · ") + chart.axes[place] if chart.shape == "pie" else chart.axes[place]
