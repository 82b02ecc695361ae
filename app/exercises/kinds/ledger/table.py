"""A ledger as a table of values: which rows and cells there are, what is given in them, what is worked out."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from fractions import Fraction

from app.documents.blocks import NOTHING, LedgerField, LedgerRow, Text, plain
from app.documents.blocks import Column as FieldColumn
from app.documents.blocks import Option as FieldOption
from app.documents.markdown import inline
from app.documents.questions import row_labels
from app.exercises.formulas import Formula, FormulaError, Value, read_formula
from app.exercises.kinds.ledger.columns import Column
from app.exercises.kinds.ledger.head import Given, LedgerHead
from app.exercises.kinds.ledger.rules import as_number
from app.exercises.numbers import in_figures
from app.exercises.prepared import prepared
from app.exercises.texts import bare_text
from app.exercises.typed import TICKED, Form
from app.words import Sentence, in_words, language_of, say

MOST_KEPT = 2048
"""Rows whose worked out cells are kept."""


@dataclass(frozen=True)
class Layout:
    """What rows and cells a ledger has; nothing of it is secret."""

    block: LedgerField
    given: Mapping[str, Mapping[str, str]]
    """Row → column → the value that stands there beforehand; rows without any are not in it."""
    open: Mapping[str, Mapping[str, Column]]
    """Row → the columns in which somebody fills in a cell of it."""
    required: Mapping[str, frozenset[str]]
    """Row → which of them must be filled in."""
    names: Mapping[str, str]
    """Row → what sentences call it."""
    labels: Mapping[str, str]
    """Column → its label in letters."""
    derived: Derived

    def cells(self, row: str, typed: Mapping[str, str]) -> Mapping[str, str]:
        """What stands in a row: given, typed, worked out."""
        given = self.given.get(row)
        cells = {**given, **typed} if given else typed
        return {**cells, **self.derived.values(cells)} if self.derived.formulas else cells


@dataclass(frozen=True)
class Derived:
    """The columns that are worked out."""

    formulas: tuple[tuple[Column, Formula], ...]
    sources: tuple[Column, ...]
    """The columns they are worked out from."""
    kept: dict[tuple[str, ...], dict[str, str]] = field(default_factory=dict)

    def values(self, cells: Mapping[str, str]) -> dict[str, str]:
        """Column → number in figures, or its band's label; nothing where something is missing."""
        key = tuple([cells.get(column.id, "") for column in self.sources])
        found = self.kept.get(key)
        if found is None:
            if len(self.kept) >= MOST_KEPT:
                self.kept.clear()
            found = self.kept[key] = self._worked_out(key)
        return found

    def _worked_out(self, texts: tuple[str, ...]) -> dict[str, str]:
        values = {
            column.name: _as_value(column, text) for column, text in zip(self.sources, texts, strict=True) if text
        }
        found: dict[str, str] = {}
        for column, formula in self.formulas:
            number = _worth(formula, values)
            if number is not None:
                values[column.name] = number
                found[column.id] = column.called(number) if column.bands else in_figures(number)
        return found


@prepared
def layout(spec: LedgerHead) -> Layout:
    """The table of a spec."""
    block, columns = _field(spec), {column.id: column for column in spec.columns}
    called = row_labels(block)
    given = {row.id: values for row in spec.given if (values := given_values(row, columns))}
    is_open = [column for column in spec.columns if column.is_open]
    open_ = {row.id: {column.id: column for column in is_open if not row.has(column.id)} for row in block.rows()}
    return Layout(
        block,
        given,
        open_,
        {row: frozenset(name for name, column in cells.items() if column.required) for row, cells in open_.items()},
        names={row.id: _called(spec, row, called[row.id]) for row in block.rows()},
        labels={column.id: bare_text(column.label) for column in spec.columns},
        derived=_derived(spec),
    )


def _derived(spec: LedgerHead) -> Derived:
    formulas = tuple((column, read_formula(column.formula)) for column in spec.columns if column.formula is not None)
    needed = {name for _, formula in formulas for name in formula.names}
    return Derived(formulas, tuple(column for column in spec.columns if column.is_open and column.name in needed))


def given_values(row: Given, columns: Mapping[str, Column]) -> dict[str, str]:
    """The values of the given cells of a row that can be read."""
    read = {name: columns[name].read(text) for name, text in row.cells.items() if name in columns}
    return {name: value for name, value in read.items() if isinstance(value, str)}


def _worth(formula: Formula, values: Mapping[str, Value]) -> Fraction | None:
    try:
        return formula.number(values)
    except FormulaError:
        return None


def _as_value(column: Column, text: str) -> Value:
    match column.type:
        case "number":
            return as_number(text)
        case "tick":
            return text == TICKED
        case _:
            return text


def model_form(spec: LedgerHead) -> Form:
    """The model answer, and where that says nothing what the key says."""
    table = layout(spec)
    rows = dict(zip(table.open, spec.model, strict=False))
    keyed = {row: {name: key.answer[0] for name, key in keys.items()} for row, keys in spec.keyed.items()}
    return {
        f"{spec.table}.{row}.{name}": text
        for row, is_open in table.open.items()
        for name, text in {**keyed.get(row, {}), **rows.get(row, {})}.items()
        if name in is_open and text
    }


def read_rows(table: Layout, form: Form) -> tuple[dict[str, dict[str, str]], dict[str, Sentence]]:
    """Row → column → value, in the order of the sheet, and why what stands in a field counts as blank."""
    found: dict[str, dict[str, str]] = {}
    unreadable: dict[str, Sentence] = {}
    for row, columns in table.open.items():
        for name, column in columns.items():
            field = f"{table.block.name}.{row}.{name}"
            if typed := form.get(field):
                match column.read(typed):
                    case str(value):
                        found.setdefault(row, {})[name] = value
                    case Sentence() as why:
                        unreadable[field] = why
    return found, unreadable


def in_short(figures: str) -> str:
    """A number that is worked out, as it is shown: to two decimals."""
    return in_figures(_rounded(as_number(figures)))


def _rounded(number: Fraction) -> Fraction:
    """Half away from zero, as the page's script does."""
    hundredths = (abs(number) * 200 + 1) // 2
    return Fraction(hundredths if number >= 0 else -hundredths, 100)


def _field(spec: LedgerHead) -> LedgerField:
    limits, given = spec.limits, len(spec.given)
    columns = {column.id: column for column in spec.columns}
    groups = {group.id: inline(group.label) for group in spec.groups}
    prompt = spec.prompt or in_words(say("Fill in the table."), language_of(spec.title))
    return LedgerField(
        spec.table,
        inline(prompt),
        tuple(_column(column, groups.get(column.group or "", NOTHING)) for column in spec.columns),
        tuple(_given_row(row, columns) for row in spec.given),
        shown=max(limits.shown - given, 0),
        most=limits.most - given,
        least=max(max(limits.least, 1) - given, 0),
        row_label=inline(spec.row_label) if spec.row_label else NOTHING,
        hint=_hint(spec),
    )


def _hint(spec: LedgerHead) -> Text:
    least, most = max(spec.limits.least, 1), spec.limits.most
    if "rule" not in spec.marking or most == len(spec.given):
        return NOTHING
    sentence = say("At least {least} complete rows; there is room for {most}.", least=least, most=most)
    return plain(in_words(sentence, language_of(spec.title)))


def _column(column: Column, group: Text) -> FieldColumn:
    return FieldColumn(
        column.id,
        inline(column.label),
        column.type if column.is_open else "worked_out",
        column.share,
        tuple(FieldOption(option.id, inline(option.label)) for option in column.options),
        unit=column.unit,
        group=group,
        required=column.required,
        lines=column.lines,
        formula=json.dumps(read_formula(column.formula).steps(), separators=(",", ":")) if column.formula else "",
        bands=tuple(
            (in_figures(band.up_to) if band.up_to is not None else "", bare_text(band.label)) for band in column.bands
        ),
    )


def _given_row(row: Given, columns: Mapping[str, Column]) -> LedgerRow:
    label = (plain(row.label) if row.plain else inline(row.label)) if row.label else NOTHING
    values = given_values(row, columns)
    given = tuple((name, _shown(columns[name], value, is_plain=row.plain)) for name, value in values.items())
    return LedgerRow(row.id, label, given)


def _shown(column: Column, value: str, *, is_plain: bool) -> Text:
    match column.type:
        case "choice":
            return next(inline(option.label) for option in column.options if option.id == value)
        case "tick":
            return plain("✓")
        case "text" if not is_plain:
            return inline(value)
        case _:
            return plain(value)


def _called(spec: LedgerHead, row: LedgerRow, label: Text) -> str:
    """What sentences call a row: its label, else the first text given in it, else its number."""
    texts = {column.id for column in spec.columns if column.type == "text"}
    first = next((text for name, text in row.given if name in texts), NOTHING)
    if first and not row.label:
        return str(first.striptags())
    name = str(label.striptags())
    return in_words(say("row {number}", number=name), language_of(spec.title)) if name.isdigit() else name
