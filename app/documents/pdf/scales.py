"""Scales and shares on paper: a circle a step, a box a share."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from app.documents.blocks import AllocationField, Card, Option, ScaleField, plain
from app.documents.pdf.fields import NumberPiece
from app.documents.pdf.grid import Columns, Grid, GridRow
from app.documents.pdf.pieces import Mark, Piece, TextPiece, cell_piece
from app.documents.pdf.style import CAPTION, CELL, CELL_HEAD, HINT, INK_2, LABEL, MM, PEN_INK, TextStyle
from app.documents.pdf.tags import Node
from app.documents.pdf.typist import Typist
from app.words import say

NUMBER_WIDTH, LEAST_STEP, MOST_STEP = 30.0, 34.0, 66.0
ROOM_FOR_STEPS = 270.0
"""Points for all steps together; with evidence two thirds of it."""
_PEN = replace(CELL, colour=PEN_INK)
_HEAD = replace(CELL_HEAD, align="centre", size=8, leading=11.5)
_HINT = TextStyle(size=8.5, leading=13, colour=INK_2)


def scale_pieces(field: ScaleField, typist: Typist, values: Mapping[str, str], *, node: Node) -> list[Piece]:
    """A row a card with a circle for each step, and room for evidence."""
    caption = typist.text(field.label, CAPTION, node.child("P"))
    return [caption, _Scale(field, typist, values).table(node.child("Table"))]


class _Scale:
    """The table of one scale."""

    def __init__(self, field: ScaleField, typist: Typist, values: Mapping[str, str]) -> None:
        self.field, self.typist, self.values = field, typist, values

    def table(self, tag: Node) -> Grid:
        head = self._head(tag.child("TR"))
        rows = [self._row(number, card, tag.child("TR")) for number, card in enumerate(self.field.cards, start=1)]
        count, evidence = len(self.field.steps), bool(self.field.evidence_name)
        most = min(MOST_STEP, ROOM_FOR_STEPS * (2 / 3 if evidence else 1) / count)
        wished = (head.cells[column + 2][0].widths()[1] + 11 for column in range(count))
        steps = [min(max(each, LEAST_STEP), most) for each in wished]
        shares = (0.0, 1.0, *(0.0 for _ in steps), *((1.1,) if evidence else ()))
        return Grid(head, rows, Columns(shares, (NUMBER_WIDTH, 0.0, *steps)), boxed=evidence)

    def _head(self, row: Node) -> GridRow:
        word = self.typist.word
        steps = [step.text for step in self.field.steps]
        evidence = [self.field.evidence] if self.field.evidence_name else []
        labels = [word(say("No.")), word(say("Content")), *steps, *evidence]
        centred = range(2, 2 + len(steps))
        cells = [
            [self.typist.text(label, _HEAD if n in centred else CELL_HEAD, row.child("TH", scope="Column"))]
            for n, label in enumerate(labels)
        ]
        return GridRow(tuple(cells), node=row)

    def _row(self, number: int, card: Card, row: Node) -> GridRow:
        mark = self.typist.text(plain(str(number)), replace(CELL, bold=True), row.child("TH", scope="Row"))
        cells: list[list[Piece]] = [[mark], self._content(card, row.child("TD"))]
        cells += [[self._step(card, step, row.child("TD"))] for step in self.field.steps]
        if self.field.evidence_name:
            name = f"{self.field.evidence_name}.{card.id}"
            runs = self.typist.written(self.values.get(name, ""), _PEN)
            cells.append([cell_piece(runs, _PEN, row.child("TD"), self.typist.entry(name), lines=2)])
        return GridRow(tuple(cells), least=(14 if self.field.evidence_name else 9.5) * MM, node=row)

    def _content(self, card: Card, node: Node) -> list[Piece]:
        hint = [self.typist.text(card.hint, _HINT, node.child("P"))] if card.hint else []
        return [self.typist.text(card.text, CELL, node.child("P")), *hint]

    def _step(self, card: Card, step: Option, cell: Node) -> Mark:
        name = f"{self.field.name}.{card.id}"
        is_set, entry = self.values.get(name, "") == step.id, self.typist.entry(name, step.id)
        if entry:
            return Mark("circle", is_set, cell, entry)
        state = say("chosen") if is_set else say("empty")
        said = say("{label}: {state}", label=self.typist.bare(step.text), state=state)
        return Mark("circle", is_set, cell.child("Figure", alt=self.typist.sentence(said)))


def allocation_pieces(field: AllocationField, typist: Typist, values: Mapping[str, str], *, node: Node) -> list[Piece]:
    """A row a card with a box, and what they add up to."""
    caption = typist.text(field.label, CAPTION, node.child("P"))
    total = f"{field.total} {field.unit}".strip()
    sentence = typist.word(say("All together: {total}", total=total))
    rows = [_share(field, card, typist, values, node=node) for card in field.cards]
    return [caption, *rows, typist.text(sentence, replace(HINT, align="right", keep=False, size=9.5), node.child("P"))]


def _share(field: AllocationField, card: Card, typist: Typist, values: Mapping[str, str], *, node: Node) -> NumberPiece:
    name, style = f"{field.name}.{card.id}", replace(LABEL, before=0, after=0, bold=False)
    answer = replace(_PEN, align="right", size=11)
    value = TextPiece(typist.written(values.get(name, ""), answer), answer, node.child("P"))
    hint = typist.text(card.hint, HINT, node.child("P")) if card.hint else None
    unit = typist.text(plain(field.unit), CELL, node.child("P"))
    return NumberPiece(typist.text(card.text, style, node.child("P")), hint, value, unit, typist.entry(name))
