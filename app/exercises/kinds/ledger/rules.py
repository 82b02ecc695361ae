"""Rules over the rows of a ledger: declared by the author, never run as code.

Each is one of six: `count`, `each_of`, `not_before`, `sum`, `unique`, `length`. A rule judges the rows in which
somebody has written something. One that holds wherever nothing stands (`unique`, `not_before`, `length`, at most) earns
its points only as far as there are rows in which it could be broken: so many as are required.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from fractions import Fraction
from functools import cached_property, lru_cache
from typing import Annotated, NamedTuple

from pydantic import ConfigDict, Field, StrictBool, StrictInt

from app.exercises.kinds.ledger.columns import CellText
from app.exercises.numbers import Exact, in_figures
from app.exercises.texts import Id, InlineText, OneOrSeveral
from app.exercises.wording import IGNORED, folded, length_of
from app.exercises.written import Written
from app.words import Sentence, say

NOTHING, ALL = Fraction(0), Fraction(1)


class Line(NamedTuple):
    """A row in which something stands: its id, and the values of its cells, given and worked out ones too."""

    id: str
    cells: Mapping[str, str]
    is_complete: bool


class Verdict(NamedTuple):
    share: Fraction
    """Of the rule's points."""
    rows: tuple[str, ...] = ()
    """Where it is broken."""
    found: str = ""
    """How much there is of what is counted."""


class Shape(Written):
    """What rules have in common: the column they look at, and how they judge."""

    model_config = ConfigDict(serialize_by_alias=True)

    column: Id

    @property
    def columns(self) -> tuple[str, ...]:
        return (self.column,)

    def filled(self, lines: Iterable[Line]) -> list[tuple[str, str]]:
        """Row and value of each cell of the column that has one."""
        return [(line.id, value) for line in lines if (value := line.cells.get(self.column))]


class Count(Shape):
    distinct: StrictBool = False
    """Whether the same value counts once."""
    is_: Annotated[tuple[CellText, ...], OneOrSeveral()] = Field((), alias="is")
    """Only these values count."""
    at_least: StrictInt | None = Field(None, ge=1)
    at_most: StrictInt | None = Field(None, ge=0)

    def judge(self, lines: Sequence[Line], needed: int, _values: Collection[str]) -> Verdict:
        filled = [same(value) for _, value in self.filled(lines)]
        wanted = frozenset(map(same, self.is_))
        counted = [value for value in filled if not wanted or value in wanted]
        number = len(set(counted)) if self.distinct else len(counted)
        if self.at_most is not None and number > self.at_most:
            return Verdict(NOTHING, found=str(number))
        if self.at_least:
            return Verdict(min(Fraction(number, self.at_least), ALL), found=str(number))
        return Verdict(_so_far(lines, {row for row, _ in self.filled(lines)}, needed), found=str(number))

    def says(self, verdict: Verdict) -> Sentence:
        return say("Found: {count}.", count=verdict.found)


class EachOf(Shape):
    def judge(self, lines: Sequence[Line], _needed: int, values: Collection[str]) -> Verdict:
        there = {value for _, value in self.filled(lines)}
        lacking = tuple(value for value in values if value not in there)
        return Verdict(1 - Fraction(len(lacking), len(values)), found="\0".join(lacking))

    def says(self, verdict: Verdict) -> Sentence:
        return say("Missing: {names}.", names=verdict.found)


class NotBefore(Shape):
    other: CellText
    """Another column of dates, or a date."""

    @property
    def columns(self) -> tuple[str, ...]:
        return (self.column, self.other)

    def judge(self, lines: Sequence[Line], needed: int, _values: Collection[str]) -> Verdict:
        fixed = self.other if self.other[:1].isdigit() else ""
        pairs = [(line.id, line.cells.get(self.column), line.cells.get(self.other, fixed)) for line in lines]
        whole = [(row, later, earlier) for row, later, earlier in pairs if later and earlier]
        return _each(
            [row for row, later, earlier in whole if later < earlier], [row for row, _, _ in whole], lines, needed
        )

    def says(self, verdict: Verdict) -> Sentence:
        return _where(verdict)


class Sum(Shape):
    equals: Exact | None = None
    tolerance: Exact = Field(Fraction(0), ge=0)
    at_least: Exact | None = None
    at_most: Exact | None = None

    def judge(self, lines: Sequence[Line], _needed: int, _values: Collection[str]) -> Verdict:
        numbers = [as_number(value) for _, value in self.filled(lines)]
        if not numbers:
            return Verdict(NOTHING, found="0")
        total = sum(numbers, NOTHING)
        kept = (
            (self.equals is None or abs(total - self.equals) <= self.tolerance)
            and (self.at_least is None or total >= self.at_least)
            and (self.at_most is None or total <= self.at_most)
        )
        return Verdict(ALL if kept else NOTHING, found=in_figures(total))

    def says(self, verdict: Verdict) -> Sentence:
        return say("The sum is {sum}.", sum=verdict.found)


class Unique(Shape):
    def judge(self, lines: Sequence[Line], needed: int, _values: Collection[str]) -> Verdict:
        first: dict[str, str] = {}
        filled = [(row, same(value)) for row, value in self.filled(lines)]
        again = [row for row, value in filled if first.setdefault(value, row) != row]
        return _each(again, [row for row, _ in filled], lines, needed)

    def says(self, verdict: Verdict) -> Sentence:
        return _where(verdict)


class Length(Shape):
    at_least: StrictInt | None = Field(None, ge=1)
    at_most: StrictInt | None = Field(None, ge=1)

    def judge(self, lines: Sequence[Line], needed: int, _values: Collection[str]) -> Verdict:
        lengths = [(row, _length(value)) for row, value in self.filled(lines)]
        wrong = [row for row, length in lengths if not (self.at_least or 0) <= length <= (self.at_most or length)]
        return _each(wrong, [row for row, _ in lengths], lines, needed)

    def says(self, verdict: Verdict) -> Sentence:
        return _where(verdict)


class Rule(Written):
    id: Id
    label: InlineText | None = None
    count: Count | None = None
    each_of: EachOf | None = None
    not_before: NotBefore | None = None
    sum: Sum | None = None
    unique: Unique | None = None
    length: Length | None = None
    say: InlineText
    """What it asks; told to whoever has not kept it."""
    points: Exact | None = Field(None, gt=0)

    @property
    def shapes(self) -> Mapping[str, Count | EachOf | NotBefore | Sum | Unique | Length]:
        """Which of the six it is, by name: exactly one, in a spec without mistakes."""
        names = ("count", "each_of", "not_before", "sum", "unique", "length")
        return {name: shape for name in names if (shape := getattr(self, name)) is not None}

    @cached_property
    def shape(self) -> Count | EachOf | NotBefore | Sum | Unique | Length:
        return next(iter(self.shapes.values()))


Rules = Annotated[tuple[Rule, ...], Field(max_length=30)]


@lru_cache(4096)
def same(text: str) -> str:
    """A text as it is compared: without regard to width, case, space, punctuation and traditional characters."""
    return folded(text, IGNORED) or text


_length = lru_cache(4096)(length_of)


@lru_cache(4096)
def as_number(text: str) -> Fraction:
    """The number that stands in a cell."""
    return Fraction(text)


def _so_far(lines: Sequence[Line], judged: Collection[str], needed: int) -> Fraction:
    """How far there are rows that could break a rule, or that are complete without what it looks at."""
    if not judged:
        return NOTHING
    return min(Fraction(sum(line.is_complete or line.id in judged for line in lines), needed), ALL)


def _each(broken: Sequence[str], judged: Sequence[str], lines: Sequence[Line], needed: int) -> Verdict:
    """Of a rule that every row keeps."""
    if broken:
        return Verdict(NOTHING, tuple(broken))
    return Verdict(_so_far(lines, judged, needed), found=str(len(judged)))


def _where(verdict: Verdict) -> Sentence:
    if verdict.rows:
        return say("Not kept in: {rows}.", rows=", ".join(verdict.rows))
    return say("It holds in the rows that are there ({count}); more are asked for.", count=verdict.found)
