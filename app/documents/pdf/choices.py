"""Choices on paper: a circle or a box before each option, filled where one was chosen."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from app.documents.blocks import ChoiceField, NumberField, Option, Text, TextField, plain
from app.documents.pdf.pen import Pen
from app.documents.pdf.pieces import Mark, Piece, TextPiece
from app.documents.pdf.style import CELL, HINT, LABEL
from app.documents.pdf.tags import Node
from app.documents.pdf.typist import Typist
from app.words import say

INDENT, GAP, LINE = 20.0, 14.0, 18.0
TERSE = 150.0
"""Points up to which options stand side by side."""


@dataclass
class OptionPiece(Piece):
    """One option: its mark hangs left of its words."""

    mark: Mark
    text: TextPiece
    before: float = 1
    after: float = 2
    keep: bool = False

    def height(self, width: float) -> float:
        return max(self.text.height(width - INDENT), LINE)

    def draw(self, pen: Pen, at: tuple[float, float], width: float) -> None:
        x, top = at
        lines = self.text.height(width - INDENT)
        self.mark.draw(pen, (x, top - (LINE - self.mark.height(INDENT)) / 2), INDENT - 5)
        self.text.draw(pen, (x + INDENT, top - max((LINE - lines) / 2, 0)), width - INDENT)

    def widths(self) -> tuple[float, float]:
        least, most = self.text.widths()
        return (least + INDENT, most + INDENT)


@dataclass
class OptionRow(Piece):
    """Short options side by side, all equally wide, in as many lines as they need."""

    options: Sequence[OptionPiece]
    before: float = 1
    after: float = 3
    keep: bool = False

    def _across(self, width: float) -> int:
        wide = max(piece.widths()[1] for piece in self.options) + GAP
        return max(1, min(len(self.options), int((width + GAP) // wide)))

    def _rows(self, width: float) -> list[tuple[Sequence[OptionPiece], float]]:
        """Options of each line, and how high it is."""
        across = self._across(width)
        rows = [self.options[start : start + across] for start in range(0, len(self.options), across)]
        return [(row, max(piece.height(width / across - GAP) for piece in row)) for row in rows]

    def height(self, width: float) -> float:
        return sum(high for _, high in self._rows(width))

    def draw(self, pen: Pen, at: tuple[float, float], width: float) -> None:
        x, top = at
        column = width / self._across(width)
        for row, high in self._rows(width):
            for number, piece in enumerate(row):
                piece.draw(pen, (x + number * column, top), column - GAP)
            top -= high


def asked(field: TextField | NumberField | ChoiceField, typist: Typist) -> Text:
    """The label of a field, with a word where it must not stay empty."""
    if not field.required:
        return field.label
    space = "" if typist.language == "zh-CN" else " "
    return field.label + plain(space + typist.sentence(say("(required)")))


def choice_pieces(field: ChoiceField, typist: Typist, values: Mapping[str, str], *, node: Node) -> list[Piece]:
    """The question, its hint, and the options: side by side where they are short."""
    label = typist.text(asked(field, typist), LABEL, node.child("P"))
    hint = [typist.text(field.hint, HINT, node.child("P"))] if field.hint else []
    tree, is_chosen = node.child("L"), _chosen(field, values)
    options = [_option(field, option, typist, is_set=is_chosen(option), node=tree) for option in field.options]
    if all(piece.widths()[1] <= TERSE for piece in options):
        return [label, *hint, OptionRow(options)]
    for piece in options[:-1]:
        piece.keep = len(options) <= 8  # a question of usual size stands on one page
    return [label, *hint, *options]


def _chosen(field: ChoiceField, values: Mapping[str, str]) -> Callable[[Option], bool]:
    if field.several:
        return lambda option: values.get(f"{field.name}.{option.id}", "") == "yes"
    return lambda option: values.get(field.name, "") == option.id


def _option(field: ChoiceField, option: Option, typist: Typist, *, is_set: bool, node: Node) -> OptionPiece:
    item = node.child("LI")
    label = item.child("Lbl")
    entry = typist.entry(f"{field.name}.{option.id}") if field.several else typist.entry(field.name, option.id)
    state = say("chosen") if is_set else say("empty")
    owner = label if entry else label.child("Figure", alt=typist.sentence(state))
    mark = Mark("box" if field.several else "circle", is_set, owner, entry)
    return OptionPiece(mark, typist.text(option.text, CELL, item.child("LBody")))
