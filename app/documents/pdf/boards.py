"""Boards on paper: a table to write the numbers of cards into, and boxes for the numbers of an order."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

from app.documents.blocks import Card, MatrixField, OrderField, Place, Text, plain
from app.documents.pdf.fillable import Entry
from app.documents.pdf.grid import Columns, Grid, GridRow
from app.documents.pdf.pen import Pen
from app.documents.pdf.pieces import Piece, TextPiece, cell_piece
from app.documents.pdf.style import CAPTION, CELL, CELL_HEAD, EDGE, INK_2, MM, PEN_INK, TextStyle
from app.documents.pdf.tags import Node
from app.documents.pdf.typist import Typist
from app.words import Sentence, say

CELL_HEIGHT, ROW_NAME_WIDTH = 20 * MM, 92.0
BOX_WIDTH, BOX_HEIGHT = 11 * MM, 8 * MM
LIST_WIDTH = 170.0
_LISTED = replace(CELL, colour=PEN_INK)
_WRITTEN = replace(CELL, colour=PEN_INK, size=11)
_NUMBER = replace(_WRITTEN, align="centre")
_HINT = TextStyle(size=8.5, leading=13, colour=INK_2)


@dataclass
class NumberBox(Piece):
    """A box for one number."""

    value: TextPiece
    entry: Entry | None = None

    def height(self, _width: float) -> float:
        return BOX_HEIGHT

    def draw(self, pen: Pen, at: tuple[float, float], width: float) -> None:
        x, top = at
        box = (x, top - BOX_HEIGHT, BOX_WIDTH, BOX_HEIGHT)
        if self.entry and pen.form:
            pen.write_entry(self.entry, box, self.value.style, lines=False, node=self.value.node)
            return
        pen.area(box, edge=EDGE, radius=2)
        if self.value.runs:
            self.value.draw(pen, (x, top - (BOX_HEIGHT - self.value.style.leading) / 2), min(BOX_WIDTH, width))

    def widths(self) -> tuple[float, float]:
        return (BOX_WIDTH, BOX_WIDTH)


@dataclass
class BesideBox(Piece):
    """Words on the height of a box for a number."""

    text: TextPiece

    def height(self, width: float) -> float:
        return max(self.text.height(width), BOX_HEIGHT)

    def split(self, width: float, room: float) -> tuple[Piece, Piece] | None:
        return self.text.split(width, room)

    def draw(self, pen: Pen, at: tuple[float, float], width: float) -> None:
        x, top = at
        self.text.draw(pen, (x, top - (self.height(width) - self.text.height(width)) / 2), width)

    def widths(self) -> tuple[float, float]:
        return self.text.widths()


class BoardSetter:
    """Makes pieces of boards, filled with the values of a form."""

    def __init__(self, typist: Typist, values: Mapping[str, str]) -> None:
        self.typist = typist
        self.values = values

    def matrix(self, field: MatrixField, node: Node) -> list[Piece]:
        """The table with room in each cell, then the cards by number."""
        caption = self.typist.text(field.label, CAPTION, node.child("P"))
        return [caption, self._cells(field, node.child("Table")), self._cards(field, node.child("Table"))]

    def _cells(self, field: MatrixField, table: Node) -> Grid:
        top = table.child("TR")
        corner: list[Piece] = [self.typist.text(field.corner, CELL_HEAD, top.child("TH", scope="Column"))]
        heads = [self._named(column, top.child("TH", scope="Column")) for column in field.columns]
        rows = []
        for each in field.rows:
            row = table.child("TR")
            name = self._named(each, row.child("TH", scope="Row"))
            cells = [self._cell(field, f"{each.id}.{column.id}", row.child("TD")) for column in field.columns]
            rows.append(GridRow((name, *cells), least=CELL_HEIGHT, node=row))
        columns = Columns((0.0, *(1.0 for _ in field.columns)), (ROW_NAME_WIDTH,))
        return Grid(GridRow((corner, *heads), node=top), rows, columns, boxed=True, after=10)

    def _named(self, place: Place, node: Node) -> list[Piece]:
        hint = [self.typist.text(place.hint, _HINT, node.child("P"))] if place.hint else []
        return [self.typist.text(place.label, replace(CELL, bold=True), node.child("P")), *hint]

    def _cell(self, field: MatrixField, name: str, node: Node) -> list[Piece]:
        """What stands in the cell, and the numbers of the cards that were put there."""
        beforehand = next((cell for cell in field.cells if cell.id == name), None)
        texts = [beforehand.label, *([beforehand.hint] if beforehand.hint else [])] if beforehand else []
        notes: list[Piece] = [self.typist.text(text, _HINT, node.child("P")) for text in texts]
        held = [str(n) for n, card in enumerate(field.cards, 1) if self._value(field, card) == name]
        if self.typist.fillable:
            return notes  # there each card has a list of the cells beside it
        numbers = self.typist.written(", ".join(held), _WRITTEN)
        return [*notes, TextPiece(numbers, _WRITTEN, node.child("P"))]

    def _cards(self, field: MatrixField, table: Node) -> Grid:
        top = table.child("TR")
        chosen = [self._head(say("Where it goes"), top)] if self.typist.fillable else []
        head = GridRow((self._head(say("No."), top), self._head(say("Content"), top), *chosen), node=top)
        rows = []
        for number, card in enumerate(field.cards, start=1):
            row = table.child("TR")
            mark = self.typist.text(plain(str(number)), replace(CELL, bold=True), row.child("TH", scope="Row"))
            text = self._text(card.text, row)
            entry = self.typist.entry(f"{field.name}.{card.id}")
            listed: list[list[Piece]] = [[cell_piece((), _LISTED, row.child("TD"), entry)]] if entry else []
            rows.append(GridRow(([mark], [text], *listed), node=row))
        return Grid(head, rows, Columns(fixed=(24.0, 0.0, *(LIST_WIDTH for _ in chosen))))

    def order(self, field: OrderField, node: Node) -> list[Piece]:
        """A box before every card."""
        caption = self.typist.text(field.label, CAPTION, node.child("P"))
        table = node.child("Table")
        top = table.child("TR")
        head = GridRow((self._head(say("No."), top), self._head(say("Content"), top)), node=top)
        rows = []
        for card in field.cards:
            row = table.child("TR")
            number = TextPiece(self.typist.written(self._value(field, card), _NUMBER), _NUMBER, row.child("TD"))
            box = NumberBox(number, self.typist.entry(f"{field.name}.{card.id}"))
            rows.append(GridRow(([box], [BesideBox(self._text(card.text, row))]), node=row))
        return [caption, Grid(head, rows, Columns(fixed=(BOX_WIDTH + 12, 0.0)))]

    def _head(self, label: Sentence, row: Node) -> list[Piece]:
        return [self.typist.text(self.typist.word(label), CELL_HEAD, row.child("TH", scope="Column"))]

    def _text(self, text: Text, row: Node) -> TextPiece:
        return self.typist.text(text, CELL, row.child("TD"))

    def _value(self, field: MatrixField | OrderField, card: Card) -> str:
        return self.values.get(f"{field.name}.{card.id}", "")
