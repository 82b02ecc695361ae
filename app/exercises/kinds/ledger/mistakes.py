"""What must fit together in a ledger: columns, given rows, rules, keys, and a model that meets all of them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from fractions import Fraction

from app.exercises.dates import read_date
from app.exercises.formulas import FormulaError, read_formula
from app.exercises.kinds.ledger.columns import Column
from app.exercises.kinds.ledger.head import Key, LedgerHead
from app.exercises.kinds.ledger.marking import LedgerAnswer, marker
from app.exercises.kinds.ledger.rules import NotBefore, Rule, Sum
from app.exercises.kinds.ledger.table import layout, model_form, read_rows
from app.exercises.spec import Mistake, mistake, repeated_texts
from app.exercises.spelling import did_you_mean
from app.exercises.written import Path
from app.words import Sentence, say

_BELONGS: Mapping[str, tuple[str, ...]] = {
    "unit": ("number",),
    "from_": ("number",),
    "to": ("number",),
    "whole": ("number",),
    "options": ("choice",),
    "lines": ("text",),
}
"""The types of column that a key means something to."""
_OF_OPEN = ("required", "from_", "to", "whole", "options", "lines")
"""What means nothing where the column is worked out."""


def ledger_mistakes(spec: LedgerHead) -> Iterator[Mistake]:
    """All of them; the model is tried only where nothing else is wrong."""
    found = [*_column_mistakes(spec), *_row_mistakes(spec), *_rule_mistakes(spec), *_key_mistakes(spec)]
    yield from found or _model_mistakes(spec)


# Columns


def _column_mistakes(spec: LedgerHead) -> Iterator[Mistake]:
    yield from repeated_texts(spec.columns, ("columns",), "label")
    if all(not column.is_open for column in spec.columns):
        way_out = say("Add a column without “formula”.")
        yield mistake(
            ("columns",), "nothing-open", say("There is nothing to fill in: all columns are worked out."), way_out
        )
    for place, column in enumerate(spec.columns):
        path = ("columns", place)
        yield from _misfits(column, path)
        yield from _limit_mistakes(column, path)
        if column.formula is not None:
            yield from _formula_mistakes(spec, place)
    yield from _group_mistakes(spec)


def _misfits(column: Column, path: Path) -> Iterator[Mistake]:
    plain = {key: Column.model_fields[key].default for key in (*_BELONGS, "required", "bands")}
    said = [key for key in plain if getattr(column, key) != plain[key]]
    for key in said:
        written = key.removesuffix("_")
        if column.formula is not None and key in _OF_OPEN:
            sentence = say("“{key}” means nothing to a column that is worked out.", key=written)
            yield mistake((*path, written), "key-misfit", sentence, say("Take it out, or take out “formula”."))
        elif column.formula is None and column.type not in _BELONGS.get(key, (column.type,)):
            sentence = say("“{key}” means nothing to a column of type “{type}”.", key=written, type=column.type)
            remedy = say("Take it out, or change the type to {types}.", types=" / ".join(_BELONGS[key]))
            yield mistake((*path, written), "key-misfit", sentence, remedy)
    if column.bands and column.formula is None:
        sentence = say("“bands” belong to a column that is worked out.")
        yield mistake((*path, "bands"), "key-misfit", sentence, say("Add a “formula”, or take them out."))
    if column.required and column.type == "tick" and column.formula is None:
        sentence = say("A tick cannot be required: an empty box is an answer.")
        yield mistake((*path, "required"), "key-misfit", sentence, say("Take it out; a rule can count ticks."))


def _limit_mistakes(column: Column, path: Path) -> Iterator[Mistake]:
    if column.from_ is not None and column.to is not None and column.from_ > column.to:
        yield mistake((*path, "from"), "limit", say("“from” is more than “to”."), say("Exchange them."))
    if column.type == "choice" and column.is_open and len(column.options) < 2:
        sentence = say("A choice needs two options or more.")
        yield mistake((*path, "options"), "too-few", sentence, say("Add what is missing."))
    yield from repeated_texts(column.options, (*path, "options"), "label")
    for place, band in enumerate(column.bands):
        last, path_of = place == len(column.bands) - 1, (*path, "bands", place)
        before = column.bands[place - 1].up_to if place else None
        if band.up_to is None and not last:
            sentence = say("Only the last band may be without “up_to”.")
            yield mistake(path_of, "bands", sentence, say("Give it a limit, or put it last."))
        elif band.up_to is not None and before is not None and band.up_to <= before:
            yield mistake((*path_of, "up_to"), "bands", say("Bands stand from low to high."), say("Exchange them."))


def _formula_mistakes(spec: LedgerHead, place: int) -> Iterator[Mistake]:
    column, path = spec.columns[place], ("columns", place, "formula")
    known = {each.name: each for each in spec.columns[:place] if each.type in ("number", "date") or not each.is_open}
    try:
        formula = read_formula(column.formula or "")
        formula.steps()
    except FormulaError as error:
        remedy = say("Write arithmetic over columns that stand before it, such as “units * price”.")
        yield mistake(path, "formula", error.sentence, remedy)
        return
    for name in sorted(formula.names - set(known)):
        sentence = say("There is no column of numbers or dates “{name}” before this one.", name=name)
        remedy = say("Name one of: {names}. A hyphen in an id becomes “_”.", names=", ".join(known) or "–")
        yield mistake(path, "formula-name", sentence, did_you_mean(name, known, remedy))


def _group_mistakes(spec: LedgerHead) -> Iterator[Mistake]:
    known = {group.id for group in spec.groups}
    names = [column.group for column in spec.columns]
    for place, name in enumerate(names):
        if name is not None and name not in known:
            remedy = did_you_mean(name, known, say("Add it to “groups”."))
            yield mistake(
                ("columns", place, "group"), "group-unknown", say("There is no group “{name}”.", name=name), remedy
            )
        elif name is not None and name in names[:place] and names[place - 1] != name:
            sentence = say("The columns of a group stand side by side.")
            yield mistake(
                ("columns", place, "group"), "group-apart", sentence, say("Move this column beside the others.")
            )
    for place, group in enumerate(spec.groups):
        if group.id not in names:
            sentence = say("No column belongs to this group.")
            yield mistake(("groups", place), "group-empty", sentence, say("Give a column this group, or take it out."))


# Rows


def _row_mistakes(spec: LedgerHead) -> Iterator[Mistake]:
    if spec.rows is not None:
        given = len(spec.given)
        if spec.rows.least > spec.rows.most:
            sentence = say("More rows are required than there may be.")
            yield mistake(("rows", "least"), "limit", sentence, say("Raise “most”, or lower “least”."))
        if given > spec.rows.most:
            sentence = say("More rows are given than there may be.")
            yield mistake(("rows", "most"), "limit", sentence, say("Raise “most”: given rows count."))
    columns = {column.id: column for column in spec.columns if column.is_open}
    for place, row in enumerate(spec.given):
        yield from _cell_mistakes(columns, row.cells, ("given", place, "cells"))
    for place, cells in enumerate(spec.model):
        yield from _cell_mistakes(columns, cells, ("model", place))


def _cell_mistakes(columns: Mapping[str, Column], cells: Mapping[str, str], path: Path) -> Iterator[Mistake]:
    for name, text in cells.items():
        if name not in columns:
            remedy = did_you_mean(name, columns, say("Take one of: {names}.", names=", ".join(columns)))
            yield mistake((*path, name), "column-unknown", say("There is no column “{name}”.", name=name), remedy)
        elif isinstance(why := columns[name].read(text), Sentence):
            yield mistake((*path, name), "cell", why, say("Write what a trainee could write here."))


# Rules and keys


def _rule_mistakes(spec: LedgerHead) -> Iterator[Mistake]:
    columns = {column.id: column for column in spec.columns}
    for place, rule in enumerate(spec.rules):
        path = ("rules", place)
        if len(rule.shapes) != 1:
            sentence = say(
                "A rule is exactly one of: {names}.", names="count, each_of, not_before, sum, unique, length"
            )
            yield mistake(path, "rule-shape", sentence, say("Split it, or say which one it is."))
            continue
        if rule.id == "rows":
            sentence = say("“{name}” is the name of another part already.", name=rule.id)
            yield mistake((*path, "id"), "id-taken", sentence, say("Give it another id."))
        yield from _shape_mistakes(rule, columns, path)
    if "rule" not in spec.marking and spec.rules:
        sentence = say("There are rules, but “marking” does not name “rule”.")
        yield mistake(("rules",), "marking-misfit", sentence, say("Add “rule” to “marking”."))


def _shape_mistakes(rule: Rule, columns: Mapping[str, Column], path: Path) -> Iterator[Mistake]:
    name, shape = next(iter(rule.shapes.items()))
    path = (*path, name)
    for each in shape.columns:
        if each not in columns and not (isinstance(shape, NotBefore) and isinstance(read_date(each), str)):
            remedy = did_you_mean(each, columns, say("Take one of: {names}.", names=", ".join(columns)))
            yield mistake(path, "column-unknown", say("There is no column “{name}”.", name=each), remedy)
            return
    column = columns[shape.column]
    wanted = _types_for(rule)
    is_number = column.type == "number" or (not column.is_open and not column.bands)
    kind = "bands" if column.bands else "number" if is_number else column.type
    if wanted and kind not in wanted:
        sentence = say("This rule does not go with column “{name}”.", name=shape.column)
        yield mistake(
            (*path, "column"), "rule-misfit", sentence, say("It wants one of type {types}.", types=" / ".join(wanted))
        )
    limits = [getattr(shape, key, None) for key in ("at_least", "at_most", "equals")]
    if name in ("count", "sum", "length") and all(limit is None for limit in limits):
        sentence = say("This rule says neither “at_least” nor “at_most”.")
        yield mistake(path, "rule-limit", sentence, say("Say how many, how much or how long."))


def _types_for(rule: Rule) -> tuple[str, ...]:
    if rule.each_of:
        return ("choice", "bands")
    if rule.not_before:
        return ("date",)
    if isinstance(rule.shape, Sum):
        return ("number",)
    return ("text",) if rule.length else ()


def _key_mistakes(spec: LedgerHead) -> Iterator[Mistake]:
    rows = {row.id: row for row in spec.given}
    columns = {column.id: column for column in spec.columns if column.is_open}
    for row, keys in spec.keyed.items():
        if row not in rows:
            remedy = did_you_mean(row, rows, say("Take one of: {names}.", names=", ".join(rows) or "–"))
            yield mistake(("keyed", row), "row-unknown", say("There is no given row “{name}”.", name=row), remedy)
            continue
        for name, key in keys.items():
            yield from _cell_mistakes(columns, dict.fromkeys((name,), key.answer[0]), ("keyed", row))
            if rows[row].cells.get(name):
                sentence = say("This cell is given, so there is nothing to find out.")
                yield mistake(("keyed", row, name), "key-given", sentence, say("Take it out of one of the two."))
            elif name in columns:
                yield from _answer_mistakes(columns[name], key, ("keyed", row, name))
    if spec.keyed and "key" not in spec.marking:
        sentence = say("There are keyed cells, but “marking” does not name “key”.")
        yield mistake(("keyed",), "marking-misfit", sentence, say("Add “key” to “marking”."))
    if "key" in spec.marking and not spec.keyed:
        sentence = say("“marking” names “key”, but no cell has a key.")
        yield mistake(("marking",), "marking-misfit", sentence, say("Add “keyed”, or write “rule”."))


def _answer_mistakes(column: Column, key: Key, path: Path) -> Iterator[Mistake]:
    for answer in key.answer[1:]:
        if isinstance(why := column.read(answer), Sentence):
            yield mistake(path, "cell", why, say("Write what a trainee could write here."))
    if column.type != "number" and key.tolerance != "0":
        sentence = say("Only numbers have a tolerance.")
        yield mistake((*path, "tolerance"), "key-misfit", sentence, say("Take it out."))


def _model_mistakes(spec: LedgerHead) -> Iterator[Mistake]:
    if "rule" not in spec.marking or spec.key_points <= 0:
        return
    if not spec.model and spec.limits.least:
        sentence = say("There is no “model”: nobody can see what a good ledger says.")
        yield mistake(("model",), "model-missing", sentence, say("Write rows that keep all rules."))
        return
    rows, unreadable = read_rows(layout(spec), model_form(spec))
    for part in marker(spec).mark(LedgerAnswer(rows=rows, unreadable=unreadable)):
        if part.earned < part.possible and part.possible > Fraction(0):
            sentence = say(
                "The model does not earn the points of “{part}”: {why}", part=part.label, why=_first(part.says)
            )
            yield mistake(("model",), "model-fails", sentence, say("Change the model, or the rule."))


def _first(says: tuple[Sentence, ...]) -> Sentence:
    return says[-1] if says else say("It does not fit.")
