"""How a ledger is marked: complete rows, each rule over the rows, and each cell that has a key."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from fractions import Fraction

from app.exercises.kind import Answer, Part
from app.exercises.kinds.ledger.columns import Column
from app.exercises.kinds.ledger.head import Key, LedgerHead
from app.exercises.kinds.ledger.rules import Line, Rule, Verdict, as_number, same
from app.exercises.kinds.ledger.table import Layout, layout
from app.exercises.prepared import prepared
from app.exercises.spec import share_out
from app.exercises.texts import bare_text
from app.exercises.tolerance import room
from app.exercises.typed import TICKED
from app.words import Language, Sentence, in_words, language_of, say

ROWS = "rows"
"""The part of complete rows."""
_MOST_NAMED = 8
"""Rows whose gaps are told one by one."""
_MOST_KEPT = 512
"""Parts that are kept of each rule or cell."""


class LedgerAnswer(Answer):
    rows: Mapping[str, Mapping[str, str]] = {}
    """Row → column → value, see columns.py; nothing for what is blank or unreadable."""


Make = Callable[[LedgerAnswer, Sequence[Line]], Part]


@dataclass(frozen=True)
class Marker:
    """What marks one spec."""

    table: Layout
    parts: tuple[Make, ...]

    def mark(self, answer: LedgerAnswer) -> tuple[Part, ...]:
        """The part of each thing that is marked."""
        lines = [
            Line(row, self.table.cells(row, typed), self._is_complete(row, typed)) for row, typed in answer.rows.items()
        ]
        return tuple([make(answer, lines) for make in self.parts])

    def _is_complete(self, row: str, typed: Mapping[str, str]) -> bool:
        return self.table.required[row] <= typed.keys()


def _kept(parts: dict[Hashable, Part], key: Hashable, make: Callable[[], Part]) -> Part:
    """The part that was made for the same before; there are fewer verdicts than answers."""
    found = parts.get(key)
    if found is None:
        if len(parts) >= _MOST_KEPT:
            parts.clear()
        found = parts[key] = make()
    return found


@prepared
def marker(spec: LedgerHead) -> Marker:
    """Everything that marks answers to a spec."""
    table, columns = layout(spec), {column.id: column for column in spec.columns}
    shares = iter(share_out(spec.key_points, spec.stated_points()))
    parts: list[Make] = []
    needed = max(spec.limits.least, 1)
    if "rule" in spec.marking:
        parts.append(_RowsPart(table, needed, next(shares), language_of(spec.title)).make)
        parts += [_RulePart(rule, table, needed, next(shares), _values(spec, rule)).make for rule in spec.rules]
    if "key" in spec.marking:
        keys = ((row, column, key) for row, keys in spec.keyed.items() for column, key in keys.items())
        parts += [_KeyPart(row, columns[column], key, table, next(shares)).make for row, column, key in keys]
    return Marker(table, tuple(parts))


def _values(spec: LedgerHead, rule: Rule) -> Mapping[str, str]:
    """What the cells of a rule's column may hold, where not everything goes, and how that is called."""
    column = next(column for column in spec.columns if column.id == rule.shape.column)
    bands = {band.label: bare_text(band.label) for band in column.bands}
    return bands or {option.id: bare_text(option.label) for option in column.options}


@dataclass(frozen=True)
class _RowsPart:
    table: Layout
    needed: int
    possible: Fraction
    language: Language
    kept: dict[Hashable, Part] = field(default_factory=dict)

    def make(self, answer: LedgerAnswer, lines: Sequence[Line]) -> Part:
        key = (*answer.unreadable.items(), *((row, *typed) for row, typed in answer.rows.items()))
        return _kept(self.kept, key, lambda: self._part(answer, sum(line.is_complete for line in lines)))

    def _part(self, answer: LedgerAnswer, whole: int) -> Part:
        says = (*self._count(whole), *self._gaps(answer))
        earned = self.possible * min(Fraction(whole, self.needed), Fraction(1))
        label = in_words(say("Complete rows"), self.language)
        return Part(id=ROWS, label=label, earned=earned, possible=self.possible, says=says)

    def _count(self, whole: int) -> tuple[Sentence, ...]:
        if whole >= self.needed:
            return (say("Enough rows are complete: {count}.", count=whole),)
        return (say("Complete rows: {count}, asked for: {least}.", count=whole, least=self.needed),)

    def _gaps(self, answer: LedgerAnswer) -> Iterator[Sentence]:
        """What is missing in each row that was begun, and what in it cannot be read."""
        faults: dict[str, dict[str, Sentence]] = {}
        for name, why in answer.unreadable.items():
            _, row, column = name.split(".")
            faults.setdefault(row, {})[column] = why
        told = 0
        for row in self.table.open:
            if (row in answer.rows or row in faults) and told < _MOST_NAMED:
                said = tuple(self._gaps_of(row, answer.rows.get(row, {}), faults.get(row, {})))
                told += bool(said)
                yield from said

    def _gaps_of(self, row: str, typed: Mapping[str, str], faults: Mapping[str, Sentence]) -> Iterator[Sentence]:
        name, labels = self.table.names[row], self.table.labels
        for column, why in faults.items():
            yield say("{row}, {column}: {why}", row=name, column=labels[column], why=why)
        open_ = self.table.open[row].items()
        lacking = [
            labels[each] for each, column in open_ if column.required and each not in typed and each not in faults
        ]
        if lacking:
            between = "、" if self.language == "zh-CN" else ", "
            yield say("{row}: still missing {columns}.", row=name, columns=between.join(lacking))


@dataclass(frozen=True)
class _RulePart:
    rule: Rule
    table: Layout
    needed: int
    possible: Fraction
    values: Mapping[str, str]
    kept: dict[Hashable, Part] = field(default_factory=dict)

    def make(self, _answer: LedgerAnswer, lines: Sequence[Line]) -> Part:
        verdict = self.rule.shape.judge(lines, self.needed, self.values)
        return _kept(self.kept, verdict, lambda: self._part(verdict))

    def _part(self, verdict: Verdict) -> Part:
        rule = self.rule
        label = bare_text(rule.label or rule.say).rstrip("。.")
        return Part(
            id=rule.id,
            label=label,
            earned=self.possible * verdict.share,
            possible=self.possible,
            says=(say("It fits."),) if verdict.share == 1 else (rule.shape.says(self._in_words(verdict)),),
            why=rule.say if verdict.share < 1 and rule.label else "",
        )

    def _in_words(self, verdict: Verdict) -> Verdict:
        """The verdict with rows and values as people call them."""
        between = "、" if language_of(self.rule.say) == "zh-CN" else ", "
        names = tuple(self.table.names[row] for row in verdict.rows)
        found = between.join(self.values.get(each, each) for each in verdict.found.split("\0"))
        return Verdict(verdict.share, (between.join(names),) if names else (), found)


@dataclass(frozen=True)
class _KeyPart:
    row: str
    column: Column
    key: Key
    table: Layout
    possible: Fraction
    kept: dict[Hashable, Part] = field(default_factory=dict)

    def make(self, answer: LedgerAnswer, _lines: Sequence[Line]) -> Part:
        typed = answer.rows.get(self.row, {}).get(self.column.id, "")
        unreadable = answer.unreadable.get(f"{self.table.block.name}.{self.row}.{self.column.id}")
        return _kept(self.kept, typed or unreadable, lambda: self._part(typed, unreadable))

    def _part(self, typed: str, unreadable: Sentence | None) -> Part:
        right = bool(typed) and is_right(self.column, self.key, typed)
        return Part(
            id=f"{self.row}.{self.column.id}",
            label=f"{self.table.names[self.row]} · {self.table.labels[self.column.id]}",
            earned=self.possible if right else Fraction(0),
            possible=self.possible,
            says=(say("Right."),) if right else tuple(self._wrong(typed, unreadable)),
            why=self.key.why or "",
        )

    def _wrong(self, typed: str, unreadable: Sentence | None) -> Iterator[Sentence]:
        if typed:
            yield say("You have “{typed}” here.", typed=self._shown(typed))
        else:
            yield unreadable or say("Left blank.")
        yield say("The answer is {answer}.", answer=self._shown(self.key.answer[0]))

    def _shown(self, value: str) -> str:
        labels = {option.id: bare_text(option.label) for option in self.column.options}
        if self.column.type == "tick":
            return "✓" if value == TICKED else "–"
        return f"{labels.get(value, value)} {self.column.unit}".strip()


def is_right(column: Column, key: Key, value: str) -> bool:
    """Whether the value of a cell is one of those that are right."""
    wanted = [read for text in key.answer if isinstance(read := column.read(text), str)]
    if column.type == "number":
        number = as_number(value)
        return any(abs(number - as_number(each)) <= room(as_number(each), key.tolerance) for each in wanted)
    return same(value) in map(same, wanted)
