"""The columns of a ledger: what an author writes of them, and how what stands in a cell is read.

Whatever its type, the value of a cell is a text: the text itself, a number in figures, a date as YYYY-MM-DD, the id of
the option chosen, "yes" for a tick; there is none where it is blank or cannot be read.
"""

from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction
from typing import Annotated, Literal

from pydantic import BeforeValidator, ConfigDict, Field, StrictBool, StrictInt, ValidationInfo, WithJsonSchema

from app.exercises.amounts import Amount
from app.exercises.dates import read_date
from app.exercises.numbers import Exact, authored_number, in_figures
from app.exercises.texts import Id, InlineText, fault, is_stored
from app.exercises.typed import TICKED
from app.exercises.written import Written
from app.words import Sentence, say

MOST_TEXT = 1000
"""Characters of one cell."""


def _cell(value: object, info: ValidationInfo[object]) -> str:
    if isinstance(value, bool):
        return TICKED if value else ""
    if isinstance(value, str) and (is_stored(info) or len(value) <= MOST_TEXT):
        return value
    typed = None if isinstance(value, str) else authored_number(value)
    if typed:
        return in_figures(typed.value)
    raise fault("cell", say("A text, a number, a date or true goes here."), say("Write it in quotes."))


CELL_SCHEMA = {"anyOf": [{"type": "number"}, {"type": "string"}, {"type": "boolean"}]}
CellText = Annotated[str, BeforeValidator(_cell), WithJsonSchema(CELL_SCHEMA)]
"""What stands in a cell, as a trainee would type it; an author may write true for a tick, and a number as it is."""
Cells = Mapping[Id, CellText]


class Option(Written):
    id: Id
    label: InlineText


class Band(Written):
    """What a number is called up to a limit, that one included; the last band has none."""

    up_to: Exact | None = None
    label: InlineText


class Column(Written):
    model_config = ConfigDict(serialize_by_alias=True)

    id: Id
    label: InlineText
    type: Literal["text", "number", "date", "choice", "tick"] = "text"
    required: StrictBool = False
    group: Id | None = None
    width: StrictInt | None = Field(None, ge=1, le=12)
    """Relative; by type where it is left out."""
    lines: StrictInt = Field(1, ge=1, le=8)
    unit: str = Field("", max_length=20)
    from_: Exact | None = Field(None, alias="from")
    to: Exact | None = None
    whole: StrictBool = False
    options: tuple[Option, ...] = Field((), max_length=30)
    formula: str | None = None
    """Makes a column that is worked out from those before it."""
    bands: tuple[Band, ...] = Field((), max_length=20)

    @property
    def name(self) -> str:
        """What formulas call it, which know no hyphens in names."""
        return self.id.replace("-", "_")

    @property
    def is_open(self) -> bool:
        """Whether somebody fills it in."""
        return self.formula is None

    @property
    def share(self) -> int:
        return self.width or (2 if self.type == "text" and self.is_open else 1)

    def read(self, typed: str) -> str | Sentence | None:
        """The value of what stands in a cell, None where it is blank, a sentence where it cannot be read."""
        match self.type:
            case "text" if len(typed) > MOST_TEXT:
                return say(
                    "At most {most} characters have room here; there are {count}.", most=MOST_TEXT, count=len(typed)
                )
            case "text":
                return typed or None
            case "number":
                return Amount(self.unit, self.from_, self.to, self.whole).read(typed)
            case "date":
                return read_date(typed)
            case _ if not typed or typed in self.values:
                return typed or None
            case _:
                return say("“{typed}” is not among the choices.", typed=typed if len(typed) <= 40 else f"{typed[:40]}…")

    @property
    def values(self) -> tuple[str, ...]:
        """What a cell may hold where not everything goes."""
        return (TICKED,) if self.type == "tick" else tuple(option.id for option in self.options)

    def called(self, value: Fraction) -> str:
        """The band that a number lies in; "" where there is none."""
        return next((band.label for band in self.bands if band.up_to is None or value <= band.up_to), "")
