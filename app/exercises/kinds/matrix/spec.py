"""What an author writes of a matrix, and what must fit together in it."""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction
from typing import Annotated, Literal

from pydantic import Field

from app.exercises.numbers import Exact
from app.exercises.spec import Mistake, Spec, mistake, repeated_texts
from app.exercises.spelling import did_you_mean
from app.exercises.texts import Id, InlineText, at_least
from app.exercises.written import Path, Written
from app.words import in_words, language_of, say


class Line(Written):
    """A row or a column."""

    id: Id
    label: InlineText
    hint: InlineText | None = None


class Spot(Written):
    """A cell, by its row and its column."""

    row: Id
    column: Id

    @property
    def name(self) -> str:
        """As fields hold it."""
        return f"{self.row}.{self.column}"


class Cell(Spot):
    """What is written into a cell before any card lies there."""

    label: InlineText
    hint: InlineText | None = None


class Card(Spot):
    """Row and column are where it belongs."""

    id: Id
    text: InlineText
    accept: tuple[Spot, ...] = ()
    """Further cells that earn as much."""
    why: InlineText | None = None
    points: Exact | None = Field(None, gt=0)

    @property
    def right_spots(self) -> tuple[Spot, ...]:
        return (self, *self.accept)


class Weights(Written):
    """How a card's points are split between its row, its column, and both at once."""

    row: Exact = Field(Fraction(1), ge=0)
    column: Exact = Field(Fraction(1), ge=0)
    cell: Exact = Field(Fraction(0), ge=0)

    @property
    def total(self) -> Fraction:
        return self.row + self.column + self.cell


class MatrixSpec(Spec):
    kind: Literal["matrix"]
    prompt: InlineText | None = None
    """What the cards are asked; `asked` where it is left out."""
    corner: InlineText | None = None
    """Names rows and columns: “size × type”."""
    rows: Annotated[tuple[Line, ...], at_least(2)] = Field(max_length=6)
    columns: Annotated[tuple[Line, ...], at_least(2)] = Field(max_length=6)
    cells: tuple[Cell, ...] = ()
    cards: Annotated[tuple[Card, ...], at_least(2)] = Field(max_length=40)
    weights: Weights = Weights()

    @property
    def asked(self) -> str:
        """The prompt; a plain one in the language of the title where there is none."""
        return self.prompt or in_words(say("Which cell does it belong to?"), language_of(self.title))

    def stated_points(self) -> tuple[Fraction | None, ...]:
        return tuple(card.points for card in self.cards)

    def mistakes(self) -> Iterator[Mistake]:
        yield from super().mistakes()
        yield from _marking_mistakes(self)
        yield from repeated_texts(self.rows, ("rows",), "label")
        yield from repeated_texts(self.columns, ("columns",), "label")
        yield from repeated_texts(self.cards, ("cards",), "text")
        yield from _cell_mistakes(self)
        for place, card in enumerate(self.cards):
            yield from _card_mistakes(self, card, ("cards", place))


def _marking_mistakes(spec: MatrixSpec) -> Iterator[Mistake]:
    if "rule" in spec.marking:
        place = spec.marking.index("rule")
        sentence = say("A matrix is marked by its key, not by a rule.")
        yield mistake(("marking", place), "marking-misfit", sentence, say("Write “{marking}”.", marking="key"))
    if spec.weights.total == 0:
        sentence = say("Row, column and cell cannot all weigh nothing.")
        yield mistake(("weights",), "weights-zero", sentence, say("Give one of them a weight."))


def _cell_mistakes(spec: MatrixSpec) -> Iterator[Mistake]:
    names = [cell.name for cell in spec.cells]
    for place, cell in enumerate(spec.cells):
        yield from _spot_mistakes(spec, cell, ("cells", place))
        if cell.name in names[:place]:
            sentence = say("This cell stands twice in the list.")
            yield mistake(("cells", place), "cell-twice", sentence, say("Keep one of the two."))


def _card_mistakes(spec: MatrixSpec, card: Card, path: Path) -> Iterator[Mistake]:
    yield from _spot_mistakes(spec, card, path)
    names = [spot.name for spot in card.right_spots]
    for place, spot in enumerate(card.accept):
        yield from _spot_mistakes(spec, spot, (*path, "accept", place))
        if spot.name in names[: place + 1]:
            sentence = say("This cell counts for the card already.")
            yield mistake((*path, "accept", place), "accept-twice", sentence, say("Name another cell, or take it out."))
    if len(set(names)) >= len(spec.rows) * len(spec.columns):
        sentence = say("Every cell is right for this card: there is nothing to find out.")
        yield mistake((*path, "accept"), "accept-all", sentence, say("Take some cells out."))


def _spot_mistakes(spec: MatrixSpec, spot: Spot, path: Path) -> Iterator[Mistake]:
    rows, columns = [line.id for line in spec.rows], [line.id for line in spec.columns]
    if spot.row not in rows:
        remedy = did_you_mean(spot.row, rows, say("Take one of: {names}.", names=", ".join(rows)))
        yield mistake((*path, "row"), "row-unknown", say("There is no row “{name}”.", name=spot.row), remedy)
    if spot.column not in columns:
        remedy = did_you_mean(spot.column, columns, say("Take one of: {names}.", names=", ".join(columns)))
        yield mistake(
            (*path, "column"), "column-unknown", say("There is no column “{name}”.", name=spot.column), remedy
        )
