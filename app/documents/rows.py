"""Which rows of a table that grows are shown, by what stands in them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from app.documents.blocks import LedgerField, LedgerRow, Text, open_cells
from app.documents.questions import row_labels

SPARE = 2
"""Blank rows behind the last one that is filled in."""
MOST_IN_FORM = 12
"""Rows of a file to fill in, if no more are begun."""


@dataclass(frozen=True)
class ShownRow:
    row: LedgerRow
    label: Text
    begun: bool
    """Whether somebody has written something in it."""
    waits: bool = False
    """Whether it is there, but not to be seen before it is wanted."""


def rows_to_write(block: LedgerField, values: Mapping[str, str]) -> tuple[ShownRow, ...]:
    """Every row; those wait that are more than the first ones and what is filled in needs."""
    rows = _rows(block, values)
    filled = max((number for number, row in enumerate(rows, start=1) if row.begun), default=0)
    wanted = max(len(block.given) + block.shown, filled + SPARE)
    return tuple(ShownRow(r.row, r.label, r.begun, waits=n > wanted) for n, r in enumerate(rows, start=1))


def rows_written(block: LedgerField, values: Mapping[str, str]) -> tuple[ShownRow, ...]:
    """The given rows, and those in which something stands."""
    return tuple(row for n, row in enumerate(_rows(block, values)) if row.begun or n < len(block.given))


def rows_on_paper(block: LedgerField, values: Mapping[str, str]) -> tuple[ShownRow, ...]:
    """To be written on: as many as are shown at first; once something is written, no further than that."""
    rows = _rows(block, values)
    filled = max((number for number, row in enumerate(rows, start=1) if row.begun), default=0)
    return rows[: max(filled, len(block.given)) if filled else len(block.given) + block.shown]


def rows_in_form(block: LedgerField, values: Mapping[str, str]) -> tuple[ShownRow, ...]:
    """In a file that is filled in on screen, where no further row can be asked for: all, or of many the first dozen
    and spare ones behind those begun.
    """
    rows = rows_to_write(block, values)
    return tuple(row for number, row in enumerate(rows) if number < MOST_IN_FORM or not row.waits)


def _rows(block: LedgerField, values: Mapping[str, str]) -> tuple[ShownRow, ...]:
    labels = row_labels(block)
    return tuple(ShownRow(row, labels[row.id], _is_begun(block, row, values)) for row in block.rows())


def _is_begun(block: LedgerField, row: LedgerRow, values: Mapping[str, str]) -> bool:
    return any(values.get(f"{block.name}.{row.id}.{column.id}", "").strip() for column in open_cells(block, row))
