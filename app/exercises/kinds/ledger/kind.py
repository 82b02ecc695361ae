"""Ledger: the trainee fills in a table that grows, row by row; some columns are worked out from others.

A rule marks complete rows (as many of those required as there are) and each of the author's rules over the rows; a key
marks cells of given rows. Rows left empty are no fault, wherever they stand.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar

from app.documents.blocks import Block
from app.exercises.kind import Grade, Kind, Secret
from app.exercises.kinds.ledger.head import Given
from app.exercises.kinds.ledger.marking import ROWS, LedgerAnswer, marker
from app.exercises.kinds.ledger.spec import LedgerSpec
from app.exercises.kinds.ledger.table import in_short, layout, model_form, read_rows
from app.exercises.typed import Form


class Ledger(Kind[LedgerSpec, LedgerAnswer]):
    name: ClassVar[str] = "ledger"
    Spec = LedgerSpec
    Answer = LedgerAnswer
    secret: ClassVar[Secret] = {"rules": True, "keyed": True, "model": True}

    def sheet(self, spec: LedgerSpec) -> tuple[Block, ...]:
        return (layout(spec).block,)

    def read(self, spec: LedgerSpec, form: Form) -> LedgerAnswer:
        rows, unreadable = read_rows(layout(spec), form)
        return LedgerAnswer(rows=rows, unreadable=unreadable)

    def grade(self, spec: LedgerSpec, answer: LedgerAnswer) -> Grade:
        return Grade(parts=marker(spec).mark(answer))

    def model_answer(self, spec: LedgerSpec) -> Form:
        return model_form(spec)

    def worked_out(self, spec: LedgerSpec, form: Form) -> Form:
        table = layout(spec)
        if not table.derived.formulas:
            return {}
        rows, _ = read_rows(table, form)
        banded = {column.id for column in spec.columns if column.bands}
        return {
            f"{spec.table}.{row}.{column}": text if column in banded else in_short(text)
            for row in table.open
            if row in rows or row in table.given
            for column, text in table.derived.values({**table.given.get(row, {}), **rows.get(row, {})}).items()
        }

    def with_rows(self, spec: LedgerSpec, table: str, rows: Mapping[str, Mapping[str, str]]) -> LedgerSpec:
        """Rows of which nothing is known here are left out, and so are those for which there is no room."""
        if table != spec.table:
            return spec
        columns = {column.id: column for column in spec.columns if column.is_open}
        given = {row.id: row for row in spec.given}
        for row, cells in rows.items():
            known = {name: text for name, text in cells.items() if name in columns}
            values = {name: value for name, text in known.items() if isinstance(value := columns[name].read(text), str)}
            if row in given:
                given[row] = given[row].model_copy(update={"cells": {**values, **given[row].cells}})
            elif values and len(given) < spec.limits.most:
                given[row] = Given.model_construct(id=row, label=None, cells=values, plain=True)
        return spec.model_copy(update={"given": tuple(given.values())})

    def fields_of_part(self, spec: LedgerSpec, part_id: str) -> tuple[str, ...]:
        """A rule judges whole columns, a key one cell, and what is complete every cell."""
        names = {
            (row, name): f"{spec.table}.{row}.{name}" for row, cells in layout(spec).open.items() for name in cells
        }
        looked_at = next((rule.shape.columns for rule in spec.rules if rule.id == part_id), ())
        if part_id == ROWS or looked_at:
            return tuple(name for (_, column), name in names.items() if part_id == ROWS or column in looked_at)
        row, _, column = part_id.partition(".")
        return tuple(name for cell, name in names.items() if cell == (row, column))

    def remarks(self, spec: LedgerSpec) -> Mapping[str, tuple[tuple[str, str], ...]]:
        return {rule.id: (("", rule.say),) for rule in spec.rules if rule.label and "rule" in spec.marking}
