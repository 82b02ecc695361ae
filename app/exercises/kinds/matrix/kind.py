"""Matrix: the trainee puts cards into the cells of a table of rows and columns.

Of a card's points its row earns one half and its column the other, each on its own; `weights` changes that, and with
a weight for `cell` part of the points is for both at once. A card that was left alone earns nothing. The cells that
its author accepts besides the key earn as much as the key; of several right cells the one nearest to the answer
counts.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from fractions import Fraction
from typing import ClassVar

from app.documents.blocks import NOTHING, Block, MatrixField, Place
from app.documents.blocks import Card as FieldCard
from app.documents.markdown import inline
from app.exercises.kind import Answer, Grade, Kind, Part, Secret
from app.exercises.kinds.matrix.spec import Card, Cell, Line, MatrixSpec, Spot
from app.exercises.prepared import verdicts_of
from app.exercises.texts import bare_text
from app.exercises.typed import Form, Reader
from app.words import Sentence, say

FIELD = "cell"


class MatrixAnswer(Answer):
    cells: Mapping[str, str] = {}
    """Card id → `{row id}.{column id}`, "" where it lies in none."""


class Matrix(Kind[MatrixSpec, MatrixAnswer]):
    name: ClassVar[str] = "matrix"
    Spec = MatrixSpec
    Answer = MatrixAnswer
    secret: ClassVar[Secret] = {"cards": {"__all__": {"row": True, "column": True, "accept": True, "why": True}}}

    def sheet(self, spec: MatrixSpec) -> tuple[Block, ...]:
        board = MatrixField(
            FIELD,
            inline(spec.asked),
            tuple(FieldCard(card.id, inline(card.text)) for card in spec.cards),
            tuple(_place(line.id, line) for line in spec.rows),
            tuple(_place(line.id, line) for line in spec.columns),
            corner=inline(spec.corner) if spec.corner else NOTHING,
            cells=tuple(_place(cell.name, cell) for cell in spec.cells),
        )
        return (board,)

    def read(self, spec: MatrixSpec, form: Form) -> MatrixAnswer:
        reader = Reader(form)
        names = [f"{row.id}.{column.id}" for row in spec.rows for column in spec.columns]
        cells = {card.id: reader.choice(f"{FIELD}.{card.id}", names) for card in spec.cards}
        return MatrixAnswer(cells=cells, unreadable=reader.unreadable)

    def grade(self, spec: MatrixSpec, answer: MatrixAnswer) -> Grade:
        verdicts, parts = verdicts_of(spec), []
        for card, possible in zip(spec.cards, verdicts.shares, strict=True):
            chosen, fault = answer.cells.get(card.id, ""), answer.unreadable.get(f"{FIELD}.{card.id}")
            parts.append(verdicts.part((card.id, chosen, fault), _mark, spec, card, possible, chosen, fault))
        return Grade(parts=tuple(parts))

    def model_answer(self, spec: MatrixSpec) -> Form:
        return {f"{FIELD}.{card.id}": card.name for card in spec.cards}


def _place(name: str, part: Line | Cell) -> Place:
    return Place(name, inline(part.label), inline(part.hint) if part.hint else NOTHING)


def _mark(spec: MatrixSpec, card: Card, possible: Fraction, chosen: str, fault: Sentence | None) -> Part:
    row, _, column = chosen.partition(".")
    nearest = max(card.right_spots, key=lambda spot: _worth(spec, spot, row, column))
    earned = possible * _worth(spec, nearest, row, column) / spec.weights.total
    says = tuple(_feedback(spec, nearest, row, column)) if row else _blank(spec, card, fault)
    return Part(id=card.id, label=bare_text(card.text), earned=earned, possible=possible, says=says, why=card.why or "")


def _worth(spec: MatrixSpec, spot: Spot, row: str, column: str) -> Fraction:
    """What an answer is worth if the card belongs to this spot."""
    row_right, column_right = spot.row == row, spot.column == column
    weights = spec.weights
    return weights.row * row_right + weights.column * column_right + weights.cell * (row_right and column_right)


def _feedback(spec: MatrixSpec, spot: Spot, row: str, column: str) -> Iterator[Sentence]:
    rows = {line.id: bare_text(line.label) for line in spec.rows}
    columns = {line.id: bare_text(line.label) for line in spec.columns}
    if spot.row == row and spot.column == column:
        yield say("“{row} × {column}” is right.", row=rows[row], column=columns[column])
    elif spot.row == row:
        yield say(
            "“{right}” is right; not “{chosen}” but “{wanted}”.",
            right=rows[row],
            chosen=columns[column],
            wanted=columns[spot.column],
        )
    elif spot.column == column:
        yield say(
            "“{right}” is right; not “{chosen}” but “{wanted}”.",
            right=columns[column],
            chosen=rows[row],
            wanted=rows[spot.row],
        )
    else:
        chosen, wanted = f"{rows[row]} × {columns[column]}", f"{rows[spot.row]} × {columns[spot.column]}"
        yield say("Placed under “{chosen}”; it belongs under “{level}”.", chosen=chosen, level=wanted)


def _blank(spec: MatrixSpec, card: Card, unreadable: Sentence | None) -> tuple[Sentence, ...]:
    row = next(bare_text(line.label) for line in spec.rows if line.id == card.row)
    column = next(bare_text(line.label) for line in spec.columns if line.id == card.column)
    belongs = say("It belongs under “{level}”.", level=f"{row} × {column}")
    return (unreadable or say("Left blank."), belongs)
