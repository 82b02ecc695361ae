"""What an author writes of a ledger: its columns, its rows, and what stands in some of them beforehand."""

from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction
from typing import Annotated, Literal

from pydantic import BeforeValidator, Field, StrictBool, StrictInt, WithJsonSchema

from app.exercises.kinds.ledger.columns import CELL_SCHEMA, Cells, CellText, Column
from app.exercises.kinds.ledger.rules import Rules
from app.exercises.numbers import Exact
from app.exercises.spec import Spec
from app.exercises.texts import Id, InlineText, at_least
from app.exercises.tolerance import Tolerance
from app.exercises.written import Written

MOST_ROWS = 60


class Group(Written):
    """What stands over columns that lie side by side."""

    id: Id
    label: InlineText


class Rows(Written):
    """How many rows: complete ones that are required, shown at first, and at most; given ones are among them."""

    least: StrictInt = Field(1, ge=0, le=MOST_ROWS)
    most: StrictInt = Field(20, ge=1, le=MOST_ROWS)
    shown: StrictInt = Field(3, ge=0, le=MOST_ROWS)


class Given(Written):
    """A row that stands on the sheet from the start; the cells it leaves out are filled in."""

    id: Id
    label: InlineText | None = None
    cells: Cells = Field(default={})
    plain: StrictBool = False
    """Whether its texts are somebody's, not an author's: then nothing in them is markup."""


class Key(Written):
    """What is right in a cell: one of these, or a number near enough."""

    answer: Annotated[tuple[CellText, ...], at_least(1)]
    tolerance: Tolerance = "0"
    why: InlineText | None = None
    points: Exact | None = Field(None, gt=0)


def _key(value: object) -> object:
    """A key whose only part is its answer stands without a name, a single answer without brackets."""
    if isinstance(value, Key):
        return value
    keyed = value if isinstance(value, Mapping) else {"answer": value}
    answer = keyed.get("answer")
    return {**keyed, "answer": answer} if isinstance(answer, list | tuple) else {**keyed, "answer": [answer]}


Keyed = Annotated[Key, BeforeValidator(_key), WithJsonSchema({"anyOf": [*CELL_SCHEMA["anyOf"], {"type": "object"}]})]


class LedgerHead(Spec):
    """All of it; whether it fits together is asked in spec.py."""

    kind: Literal["ledger"]
    prompt: InlineText | None = None
    table: Id = "rows"
    """What the names of its fields begin with."""
    rows: Rows | None = None
    given: tuple[Given, ...] = Field((), max_length=MOST_ROWS)
    row_label: InlineText | None = None
    groups: tuple[Group, ...] = Field((), max_length=12)
    columns: Annotated[tuple[Column, ...], at_least(1)] = Field(max_length=24)
    rules: Rules = ()
    keyed: Mapping[Id, Mapping[Id, Keyed]] = {}
    """Given row → column → what is right there."""
    model: tuple[Cells, ...] = Field((), max_length=MOST_ROWS)
    """Row by row, the given ones first."""

    @property
    def limits(self) -> Rows:
        """The rows; where nothing is said, the given ones alone, and without such the usual number."""
        given = len(self.given)
        if self.rows is None:
            return Rows(least=given, most=given, shown=given) if given else Rows()
        most = max(self.rows.most, given)
        return Rows(least=self.rows.least, most=most, shown=min(max(self.rows.shown, self.rows.least, given), most))

    def stated_points(self) -> tuple[Fraction | None, ...]:
        by_rule = (None, *(rule.points for rule in self.rules)) if "rule" in self.marking else ()
        keys = (key for row in self.keyed.values() for key in row.values())
        return (*by_rule, *(key.points for key in keys if "key" in self.marking))
