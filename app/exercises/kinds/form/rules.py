"""Rules over several fields of a form: declared by the author, never run as code.

Each is one of four: `if … require …`, `compare: [a, "<=", b]`, `at_least: n, of: […]`, `expect: {field: …, is: …}`.
"""

from __future__ import annotations

import operator
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from fractions import Fraction
from typing import Annotated, Any, Literal

from pydantic import ConfigDict, Field, StrictInt

from app.exercises.contacts import dialled
from app.exercises.kinds.form.fields import FormField, Literally, Value, Values, read_written, shown
from app.exercises.numbers import Exact
from app.exercises.texts import Id, InlineText, bare_text
from app.exercises.written import Written
from app.words import Sentence, language_of, say

Sign = Literal["<", "<=", "=", ">=", ">"]
_COMPARE: Mapping[str, Callable[[Any, Any], bool]] = {
    "<": operator.lt,
    "<=": operator.le,
    "=": operator.eq,
    ">=": operator.ge,
    ">": operator.gt,
}
NOTHING, ALL = Fraction(0), Fraction(1)


class Condition(Written):
    """A field, and the values it has where the condition holds."""

    model_config = ConfigDict(serialize_by_alias=True)

    field: Id
    values: Values = Field(alias="is", min_length=1)


class Rule(Written):
    model_config = ConfigDict(serialize_by_alias=True)

    label: InlineText | None = None
    when: Condition | None = Field(None, alias="if")
    require: tuple[Id, ...] = ()
    compare: tuple[Id, Sign, Literally] | None = None
    at_least: StrictInt | None = Field(None, ge=1)
    of: tuple[Id, ...] = ()
    expect: Condition | None = None
    says: InlineText | None = None
    """What to say where the rule is not kept."""
    points: Exact | None = Field(None, gt=0)

    @property
    def shapes(self) -> tuple[str, ...]:
        """Which of the four it is: exactly one, in a spec without mistakes."""
        conditional = self.when is not None or bool(self.require)
        counted = self.at_least is not None or bool(self.of)
        found = {"if": conditional, "compare": self.compare, "at_least": counted, "expect": self.expect}
        return tuple(shape for shape, there in found.items() if there)


Rules = Annotated[tuple[Rule, ...], Field(max_length=40)]


@dataclass(frozen=True)
class Verdict:
    share: Fraction
    """Of the rule's points."""
    says: tuple[Sentence, ...]


@dataclass(frozen=True)
class Filled:
    """A form as it was filled in: its fields and their values."""

    fields: Mapping[str, FormField]
    values: Mapping[str, Value]
    unreadable: Mapping[str, Sentence] = field(default_factory=dict)
    """Field name → why what stands there counts as blank."""

    def fault(self, name: str) -> Sentence | None:
        """Why a field that is not empty counts as blank."""
        names = (name, *self.fields[name].tick_names)
        return next((self.unreadable[each] for each in names if each in self.unreadable), None)

    def value(self, name: str) -> Value:
        return self.values.get(name, ())

    def label(self, name: str) -> str:
        return bare_text(self.fields[name].label)

    def named(self, names: tuple[str, ...]) -> str:
        """Some fields in a row, as a sentence names them."""
        labels = [self.label(name) for name in names]
        return ("、" if language_of("".join(labels)) == "zh-CN" else ", ").join(labels)


def names_in(rule: Rule) -> tuple[str, ...]:
    """The fields a rule looks at, in the order a reader meets them."""
    conditions = [each.field for each in (rule.when, rule.expect) if each]
    compared = [rule.compare[0]] if rule.compare else []
    return (*conditions, *rule.require, *compared, *rule.of)


def label_of(rule: Rule, form: Filled) -> str:
    """The rule's name: its author's, or that of its fields."""
    if rule.label:
        return bare_text(rule.label)
    second = (rule.compare[2],) if rule.compare and rule.compare[2] in form.fields else ()
    return form.named((*names_in(rule), *second))


def check_rule(rule: Rule, form: Filled) -> Verdict:
    """How far the form keeps the rule. An empty form keeps none."""
    if rule.compare:
        return _compared(*rule.compare, form=form)
    if rule.expect:
        return _expected(rule.expect, form)
    if rule.at_least:
        return _counted(rule.at_least, rule.of, form)
    return _required(rule, form)


def _compared(name: str, sign: Sign, second: str, *, form: Filled) -> Verdict:
    names = (name, second) if second in form.fields else (name,)
    if blank := tuple(each for each in names if not form.value(each)):
        return _missing(blank, form)
    left, right = form.value(name)[0], form.value(second)[0] if len(names) > 1 else second
    is_number = form.fields[name].type == "number"
    kept = _COMPARE[sign](Fraction(left), Fraction(right)) if is_number else _COMPARE[sign](left, right)
    return _fits() if kept else Verdict(NOTHING, (say("These do not fit together."),))


def _expected(expect: Condition, form: Filled) -> Verdict:
    field, value = form.fields[expect.field], form.value(expect.field)
    if not value:
        return _missing((expect.field,), form)
    wanted = expected(field, expect.values)
    if folded(field, value) in {folded(field, each) for each in wanted}:
        return Verdict(ALL, (say("Right."),))
    return Verdict(NOTHING, (say("Not right."), say("The answer is {answer}.", answer=shown(field, wanted[0]))))


def expected(field: FormField, values: Value) -> tuple[Value, ...]:
    """The values of a field that are right: each of those named, or of a choice of several all of them together."""
    each = (values,) if field.several else tuple((value,) for value in values)
    read = (read_written(field, value) for value in each)
    return tuple(value for value in read if not isinstance(value, Sentence))


def folded(field: FormField, value: Value) -> Value:
    """A value as it is compared: texts without regard to case and space, telephone numbers by their digits."""
    if field.type == "phone":
        return tuple(map(dialled, value))
    return tuple("".join(text.casefold().split()) for text in value) if field.type == "text" else value


def _counted(least: int, names: tuple[str, ...], form: Filled) -> Verdict:
    count = sum(bool(form.value(name)) for name in names)
    says = say("Filled in: {count}, asked for: {least}.", count=count, least=least)
    return Verdict(min(Fraction(count, least), ALL), (says,))


def _required(rule: Rule, form: Filled) -> Verdict:
    if rule.when and not form.value(rule.when.field):
        return _missing((rule.when.field,), form)
    if rule.when and not set(form.value(rule.when.field)) & set(rule.when.values):
        return Verdict(ALL, (say("Nothing is asked for here."),))
    blank = tuple(name for name in rule.require if not form.value(name))
    if not blank:
        return _fits()
    return Verdict(1 - Fraction(len(blank), len(rule.require)), _missing(blank, form).says)


def _fits() -> Verdict:
    return Verdict(ALL, (say("It fits."),))


def _missing(names: tuple[str, ...], form: Filled) -> Verdict:
    """What is blank is named; of what cannot be read it is said why: something does stand there."""
    faults = {name: why for name in names if (why := form.fault(name))}
    blank = tuple(name for name in names if name not in faults)
    said = (say("Missing: {names}.", names=form.named(blank)),) if blank else ()
    return Verdict(NOTHING, (*faults.values(), *said))
