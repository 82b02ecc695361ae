"""Fields on paper: lines and boxes to write in, and what was written."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from string import ascii_uppercase

from app.documents.blocks import (
    Card,
    ChoiceField,
    NameBox,
    NumberField,
    Place,
    PlacementField,
    Text,
    TextField,
    plain,
)
from app.documents.pdf.choices import asked, choice_pieces
from app.documents.pdf.fillable import Entry, Shape
from app.documents.pdf.grid import Columns, Grid, GridRow
from app.documents.pdf.pen import Pen
from app.documents.pdf.pieces import Mark, Piece, TextPiece, cell_piece, ruled
from app.documents.pdf.setting import Run
from app.documents.pdf.style import CAPTION, CELL, CELL_HEAD, EDGE, HINT, INK_2, LABEL, MM, PEN_INK, WRITTEN, TextStyle
from app.documents.pdf.tags import Node
from app.documents.pdf.typist import Typist
from app.words import say

MOST_COLUMNS_OF_PLACES = 6
MOST_PLACE_WIDTH, MOST_NAME_WIDTH = 72.0, 110.0
LIST_WIDTH = 150.0
"""On screen, of a list to choose from."""
ANSWER_WIDTH, ANSWER_HEIGHT, UNIT_WIDTH = 38 * MM, 8 * MM, 20 * MM
_WRITTEN_CELL = replace(CELL, colour=PEN_INK)
_NAMES = TextStyle(size=9, leading=13, colour=INK_2)
_NAMED = TextStyle(size=10, leading=14)
_NAME_SHARES = ((say("Name"), 0.4), (say("Staff number"), 0.34), (say("Date"), 0.26))


@dataclass
class NamePiece(Piece):
    """Where a person writes who they are."""

    labels: tuple[TextPiece, ...]
    known: tuple[TextPiece | None, ...]
    before: float = 6
    after: float = 12

    def height(self, _width: float) -> float:
        return 13 * MM

    def draw(self, pen: Pen, at: tuple[float, float], width: float) -> None:
        x, top = at
        height = self.height(width)
        pen.area((x, top - height, width, height), edge=EDGE, weight=0.7, radius=2)
        left = x + 10
        for label, known, (_, share) in zip(self.labels, self.known, _NAME_SHARES, strict=True):
            room = (width - 20) * share
            wide = label.widths()[1]
            label.draw(pen, (left, top - height / 2 + 5), wide)
            pen.rule(left + wide + 4, top - height + 4 * MM, room - wide - 14, weight=0.5, colour=EDGE)
            if known:
                lines = known.lines(room - wide - 18)[:1]  # a name is one line, cut where it is longer than the box
                pen.lines(lines, (left + wide + 6, top - height / 2 + 6, room - wide - 18), _NAMED, known.node)
            left += room


@dataclass
class NumberPiece(Piece):
    """A label, and at the right a box for the number with its unit behind."""

    label: TextPiece
    hint: TextPiece | None
    value: TextPiece
    unit: TextPiece
    entry: Entry | None = None
    before: float = 5
    after: float = 5

    def _room(self, width: float) -> float:
        return max(width - ANSWER_WIDTH - UNIT_WIDTH - 6, 60)

    def height(self, width: float) -> float:
        hint = self.hint.height(self._room(width)) if self.hint else 0
        return max(self.label.height(self._room(width)) + hint, self.value.height(ANSWER_WIDTH - 8) + 6, ANSWER_HEIGHT)

    def draw(self, pen: Pen, at: tuple[float, float], width: float) -> None:
        x, top = at
        room = self._room(width)
        label = self.label.height(room)
        text_top = top - max((ANSWER_HEIGHT - label) / 2, 0)
        self.label.draw(pen, (x, text_top), room)
        if self.hint:
            self.hint.draw(pen, (x, text_top - label), room)
        self._draw_answer(pen, (x + width - ANSWER_WIDTH - UNIT_WIDTH, top))

    def _draw_answer(self, pen: Pen, at: tuple[float, float]) -> None:
        x, top = at
        written = self.value.height(ANSWER_WIDTH - 8)
        box = max(written + 6, ANSWER_HEIGHT)
        if self.entry:
            area = (x, top - box, ANSWER_WIDTH, box)
            pen.write_entry(self.entry, area, self.value.style, lines=False, node=self.value.node)
        else:
            pen.area((x, top - box, ANSWER_WIDTH, box), edge=EDGE, radius=2)
        if self.value.runs and not self.entry:
            self.value.draw(pen, (x + 4, top - (box - written) / 2), ANSWER_WIDTH - 8)
        if self.unit.runs:
            self.unit.draw(pen, (x + ANSWER_WIDTH + 5, top - (box - self.unit.style.leading) / 2), UNIT_WIDTH - 5)


class FieldSetter:
    """Makes pieces of fields, filled with the values of a form."""

    def __init__(self, typist: Typist, values: Mapping[str, str]) -> None:
        self.typist = typist
        self.values = values

    def names(self, box: NameBox, node: Node) -> NamePiece:
        words = [self.typist.word(word) for word, _ in _NAME_SHARES]
        labels = tuple(self.typist.text(word, _NAMES, node.child("P")) for word in words)
        known = (box.name, box.number, box.date)
        return NamePiece(labels, tuple(self._known(text, node) if text else None for text in known))

    def _known(self, text: str, node: Node) -> TextPiece:
        return TextPiece(self.typist.written(text, _NAMED), _NAMED, node.child("P"))

    def text(self, field: TextField, node: Node) -> list[Piece]:
        """The label over ruled lines."""
        label = self.typist.text(asked(field, self.typist), LABEL, node.child("P"))
        hint = [self.typist.text(field.hint, HINT, node.child("P"))] if field.hint else []
        written = self._written(field.name, WRITTEN)
        entry = self.typist.entry(field.name)
        return [label, *hint, ruled(written, field.lines, WRITTEN, node=node.child("P"), entry=entry)]

    def number(self, field: NumberField, node: Node) -> list[Piece]:
        """The label, a box, the unit."""
        style = replace(LABEL, before=0, after=0)
        hint = self.typist.text(field.hint, HINT, node.child("P")) if field.hint else None
        label = self.typist.text(asked(field, self.typist), style, node.child("P"))
        answer = replace(_WRITTEN_CELL, align="right", size=11)
        value = TextPiece(self._written(field.name, answer), answer, node.child("P"))
        unit = self.typist.text(plain(field.unit), CELL, node.child("P"))
        return [NumberPiece(label, hint, value, unit, self.typist.entry(field.name))]

    def choice(self, field: ChoiceField, node: Node) -> list[Piece]:
        """The question over its options."""
        return choice_pieces(field, self.typist, self.values, node=node)

    def placement(self, field: PlacementField, node: Node) -> list[Piece]:
        """A legend of the places, then a row a card with a circle for each place, or a box where several count."""
        lettered = len(field.places) > MOST_COLUMNS_OF_PLACES and not (field.several and self.typist.fillable)
        caption = self.typist.text(field.label, CAPTION, node.child("P"))
        legend = self._legend(field, node, lettered=lettered)
        return [caption, *legend, self._cards(field, node.child("Table"), lettered=lettered)]

    def _legend(self, field: PlacementField, node: Node, *, lettered: bool) -> list[Piece]:
        if not lettered and not any(place.hint for place in field.places):
            return []
        table = node.child("Table")
        rows = [
            self._row(table, [plain(_letter(number)), place.label, place.hint][0 if lettered else 1 :], heading=0)
            for number, place in enumerate(field.places)
        ]
        fixed = (22.0,) if lettered else ()
        shares = (1.0, 1.0, 2.4)[0 if lettered else 1 :]
        return [Grid(None, rows, Columns(shares, fixed), after=12)]

    def _row(self, table: Node, texts: list[Text], *, heading: int) -> GridRow:
        row = table.child("TR")
        cells = []
        for column, text in enumerate(texts):
            node = row.child("TH", scope="Row") if column == heading else row.child("TD")
            cells.append([self.typist.text(text, replace(CELL, bold=column == heading), node)])
        return GridRow(tuple(cells), node=row)

    def _cards(self, field: PlacementField, table: Node, *, lettered: bool) -> Grid:
        answer = [self.typist.word(say("Answer"))] if lettered else [place.label for place in field.places]
        ticks = [field.tick] if field.tick_name else []
        head = self._head(
            table, [self.typist.word(say("No.")), self.typist.word(say("Content")), *answer, *ticks], centred=2
        )
        rows = [self._card(field, number, table.child("TR"), lettered=lettered) for number in range(len(field.cards))]
        narrow = [min(max(cell[0].widths()[1] + 11, 44.0), MOST_PLACE_WIDTH) for cell in head.cells[2:]]
        if lettered and self.typist.fillable:
            narrow[0] = LIST_WIDTH
        return Grid(head, rows, Columns(fixed=(24.0, 0.0, *narrow)))

    def _head(self, table: Node, labels: list[Text], *, centred: int) -> GridRow:
        row = table.child("TR")
        cells = []
        for column, label in enumerate(labels):
            style = replace(CELL_HEAD, align="centre") if column >= centred else CELL_HEAD
            cells.append([self.typist.text(label, style, row.child("TH", scope="Column"))])
        return GridRow(tuple(cells), node=row)

    def _card(self, field: PlacementField, number: int, row: Node, *, lettered: bool) -> GridRow:
        card = field.cards[number]
        chosen = self._places_of(field, card)
        cells: list[list[Piece]] = [
            [self.typist.text(plain(str(number + 1)), replace(CELL, bold=True), row.child("TH", scope="Row"))],
            [self.typist.text(card.text, CELL, row.child("TD"))],
        ]
        if lettered:
            letters = [_letter(index) for index, place in enumerate(field.places) if place.id in chosen]
            style = replace(_WRITTEN_CELL, align="centre")
            runs = self.typist.written(", ".join(letters), style)
            cell, entry = row.child("TD"), self.typist.entry(f"{field.name}.{card.id}")
            written = cell_piece((), _WRITTEN_CELL, cell, entry) if entry else ruled(runs, 1, style, node=cell)
            cells.append([written])
        else:
            cells += [[self._placed(field, card, place, row, is_set=place.id in chosen)] for place in field.places]
        if field.tick_name:
            cells.append([self.ticked(f"{field.tick_name}.{card.id}", field.tick, row)])
        return GridRow(tuple(cells), least=9.5 * MM, node=row)

    def _places_of(self, field: PlacementField, card: Card) -> tuple[str, ...]:
        """The places a card lies in."""
        name = f"{field.name}.{card.id}"
        if field.several:
            return tuple(place.id for place in field.places if self.values.get(f"{name}.{place.id}", "") == "yes")
        return (self.values.get(name, ""),)

    def _placed(self, field: PlacementField, card: Card, place: Place, row: Node, *, is_set: bool) -> Mark:
        """Whether a card lies in a place."""
        name = f"{field.name}.{card.id}"
        if field.several:
            return self._mark("box", place.label, row, is_set=is_set, entry=self.typist.entry(f"{name}.{place.id}"))
        return self._mark("circle", place.label, row, is_set=is_set, entry=self.typist.entry(name, place.id))

    def ticked(self, name: str, label: Text, row: Node) -> Mark:
        """A box in a row, ticked where the field says so."""
        is_set = self.values.get(name, "") == "yes"
        return self._mark("box", label, row, is_set=is_set, entry=self.typist.entry(name))

    def _mark(self, shape: Shape, label: Text, row: Node, *, is_set: bool, entry: Entry | None) -> Mark:
        cell = row.child("TD")
        if entry:
            return Mark(shape, is_set, cell, entry)
        state = say("chosen") if is_set else say("empty")
        said = say("{label}: {state}", label=self.typist.bare(label), state=state)
        return Mark(shape, is_set, cell.child("Figure", alt=self.typist.sentence(said)))

    def _written(self, name: str, style: TextStyle) -> tuple[Run, ...]:
        return self.typist.written(self.values.get(name, ""), style)


def _letter(number: int) -> str:
    return ascii_uppercase[number] if number < len(ascii_uppercase) else str(number + 1)
