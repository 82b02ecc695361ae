"""The cells of a sheet that somebody sent: each as what it is, a number, a text, a formula, a date …"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Literal

MOST_BYTES = 4 * 1024 * 1024
"""Of a file."""
CellKind = Literal["number", "text", "percent", "date", "formula", "error", "flag"]


@dataclass(frozen=True)
class Cell:
    """What stands in one cell."""

    kind: CellKind
    text: str
    number: Fraction | None = None


@dataclass(frozen=True)
class Grid:
    """A sheet. Lines and columns count from 0."""

    cells: dict[tuple[int, int], Cell]
    """Those that are not empty."""
    merged: tuple[tuple[int, int, int, int], ...] = ()
    """First line, first column, last line, last column."""
    name: str = ""

    @property
    def rows(self) -> tuple[int, ...]:
        """The lines on which anything stands."""
        return tuple(sorted({row for row, _ in self.cells}))

    def text(self, row: int, column: int) -> str:
        """What stands there as text; "" where nothing does."""
        found = self.cells.get((row, column))
        return found.text.strip() if found else ""


def address(row: int, column: int) -> str:
    """«C7»."""
    letters = ""
    column += 1
    while column:
        column, rest = divmod(column - 1, 26)
        letters = chr(ord("A") + rest) + letters
    return f"{letters}{row + 1}"


def within(merged: Sequence[tuple[int, int, int, int]], row: int, column: int) -> str | None:
    """The merged cells that this one belongs to, «C7:C9»; None for one by itself."""
    for top, left, bottom, right in merged:
        if top <= row <= bottom and left <= column <= right:
            return f"{address(top, left)}:{address(bottom, right)}"
    return None
