"""What an author writes of a form, and what must fit together in it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from fractions import Fraction
from typing import Annotated, Literal

from pydantic import Field

from app.exercises.dates import read_date
from app.exercises.kinds.form.fields import FormField, Group, Value, read_written
from app.exercises.kinds.form.masks import is_expression
from app.exercises.kinds.form.rules import Condition, Filled, Rule, Rules, check_rule, expected, names_in
from app.exercises.spec import Mistake, Spec, mistake, repeated_texts
from app.exercises.spelling import did_you_mean
from app.exercises.texts import at_least
from app.exercises.written import Path
from app.words import Sentence, say

_BELONGS: Mapping[str, tuple[str, ...]] = {
    "lines": ("text",),
    "unit": ("number",),
    "min": ("text", "number", "date", "choice"),
    "max": ("text", "number", "date", "choice"),
    "integer": ("number",),
    "pattern": ("text",),
    "pattern_says": ("text",),
    "several": ("choice",),
    "options": ("choice",),
}
"""The types of field that a key means something to."""


class FormSpec(Spec):
    kind: Literal["form"]
    groups: Annotated[tuple[Group, ...], at_least(1)] = Field(max_length=20)
    rules: Rules = ()

    @property
    def all_fields(self) -> tuple[FormField, ...]:
        return tuple(field for group in self.groups for field in group.fields)

    def stated_points(self) -> tuple[Fraction | None, ...]:
        marked = (field.points for field in self.all_fields if field.is_marked)
        return (*marked, *(rule.points for rule in self.rules))

    def mistakes(self) -> Iterator[Mistake]:
        own = [*_marking_mistakes(self), *_name_mistakes(self)]
        for path, field in _placed(self):
            own += _field_mistakes(path, field)
        own = own or [*_rules_mistakes(self)]
        yield from super().mistakes()
        yield from own or _example_mistakes(self)


def _placed(spec: FormSpec) -> Iterator[tuple[Path, FormField]]:
    for order, group in enumerate(spec.groups):
        for place, field in enumerate(group.fields):
            yield ("groups", order, "fields", place), field


def _marking_mistakes(spec: FormSpec) -> Iterator[Mistake]:
    if "key" in spec.marking:
        sentence = say("A form is marked by rule: by what must be filled in and what must fit together.")
        path = ("marking", spec.marking.index("key"))
        yield mistake(path, "marking-misfit", sentence, say("Write “{marking}”.", marking="rule"))


def _name_mistakes(spec: FormSpec) -> Iterator[Mistake]:
    """Fields of different groups share one sheet; within a group it is seen already."""
    known: dict[str, int] = {}
    for path, field in _placed(spec):
        if known.setdefault(field.id, int(path[1])) != path[1]:
            sentence = say("Another group has a field “{id}” already.", id=field.id)
            yield mistake((*path, "id"), "id-twice", sentence, say("Give each an id of its own."))


def _field_mistakes(path: Path, field: FormField) -> Iterator[Mistake]:
    plain = {key: FormField.model_fields[key].default for key in _BELONGS}
    said = [key for key in _BELONGS if getattr(field, key) != plain[key]]
    misfits = [key for key in said if field.type not in _BELONGS[key]]
    for key in misfits:
        sentence = say("“{key}” means nothing to a field of type “{type}”.", key=key, type=field.type)
        remedy = say("Take it out, or change the type to {types}.", types=" / ".join(_BELONGS[key]))
        yield mistake((*path, key), "key-misfit", sentence, remedy)
    if misfits:
        return
    if field.type == "choice":
        yield from _choice_mistakes(path, field)
    if expressions := [*_pattern_mistakes(path, field)]:
        yield from expressions
        return
    if bool(field.pattern) != bool(field.pattern_says):
        sentence = say("“pattern” and “pattern_says” belong together.")
        yield mistake(path, "pattern-says", sentence, say("Say in “pattern_says” what to type, in a sentence."))
    bounds = [*_bound_mistakes(path, field)]
    yield from bounds or _written_mistakes(path, field)


def _pattern_mistakes(path: Path, field: FormField) -> Iterator[Mistake]:
    for mask in field.pattern:
        if is_expression(mask):
            sentence = say("“{pattern}” looks like a regular expression; a pattern is a mask.", pattern=mask)
            remedy = say(
                "Write a sign for each place: 999 is three digits, AA two Latin letters, 字 a Chinese character."
            )
            yield mistake((*path, "pattern"), "pattern-expression", sentence, remedy)


def _choice_mistakes(path: Path, field: FormField) -> Iterator[Mistake]:
    if len(field.options) < 2:
        sentence = say("A choice needs two options or more.")
        yield mistake((*path, "options"), "too-few", sentence, say("Add what is missing."))
    yield from repeated_texts(field.options, (*path, "options"), "text")
    if not field.several and (field.min or field.max):
        sentence = say("Only of several options can be counted how many are ticked.")
        yield mistake((*path, "several"), "key-misfit", sentence, say("Add “several: true”."))


def _bound_mistakes(path: Path, field: FormField) -> Iterator[Mistake]:
    bounds = {key: bound for key in ("min", "max") if (bound := getattr(field, key)) is not None}
    for key, bound in bounds.items():
        if _measured(field, bound) is None:
            sentence = say("“{value}” is no limit for a field of type “{type}”.", value=bound, type=field.type)
            yield mistake((*path, key), "limit", sentence, _limit_remedy(field))
            return
    low, high = (_measured(field, bounds[key]) if key in bounds else None for key in ("min", "max"))
    if low is not None and high is not None and low > high:
        sentence = say("“min” is more than “max”.")
        yield mistake((*path, "min"), "limit", sentence, say("Exchange them."))


def _limit_remedy(field: FormField) -> Sentence:
    match field.type:
        case "date":
            return say("Write a date like 2026-03-05.")
        case "choice":
            return say("Write a whole number from 1 to {most}: how many are ticked.", most=len(field.options))
        case "text":
            return say("Write a whole number from 1: how many characters.")
        case _:
            return say("Write figures.")


def _measured(field: FormField, bound: str) -> Fraction | None:
    """A limit as a number, a date as 20260305; None where it is none for this type of field."""
    if field.type == "date":
        return Fraction(bound.replace("-", "")) if read_date(bound) == bound else None
    try:
        number = Fraction(bound)
    except (ValueError, ZeroDivisionError):
        return None
    counts = field.type in ("text", "choice")
    most = len(field.options) if field.type == "choice" else number
    return None if counts and (number.denominator != 1 or not 0 < number <= most) else number


def _written_mistakes(path: Path, field: FormField) -> Iterator[Mistake]:
    if field.is_marked and not field.example:
        sentence = say("Points are earned here, so trainers need an example.")
        yield mistake((*path, "example"), "example-missing", sentence, say("Add “example”: what a good sheet says."))
    if len(field.example) > 1 and not field.several:
        sentence = say("Only a field of several options has several examples.")
        yield mistake((*path, "example"), "example-misfit", sentence, say("Keep one of them."))
    elif field.example and isinstance(why := read_written(field, field.example), Sentence):
        sentence = say("The example does not fit its own field: {why}", why=why)
        yield mistake((*path, "example"), "example-misfit", sentence, say("Change the example or the field."))


def _rules_mistakes(spec: FormSpec) -> Iterator[Mistake]:
    fields = {field.id: field for field in spec.all_fields}
    for place, rule in enumerate(spec.rules):
        path: Path = ("rules", place)
        unknown = [*_unknown_names(path, rule, fields)]
        yield from unknown or _rule_mistakes(path, rule, fields)


def _unknown_names(path: Path, rule: Rule, fields: Mapping[str, FormField]) -> Iterator[Mistake]:
    for name in names_in(rule):
        if name not in fields:
            sentence = say("There is no field “{name}”.", name=name)
            remedy = did_you_mean(name, fields, say("Fields are: {names}.", names=", ".join(fields)))
            yield mistake(path, "field-unknown", sentence, remedy)


def _rule_mistakes(path: Path, rule: Rule, fields: Mapping[str, FormField]) -> Iterator[Mistake]:
    listed = rule.of or rule.require
    if len(rule.shapes) != 1 or (rule.when and not rule.require) or bool(rule.at_least) != bool(rule.of):
        sentence = say("A rule is one of: “if” with “require”, “compare”, “at_least” with “of”, “expect”.")
        yield mistake(path, "rule-shape", sentence, say("Make one rule of each."))
    elif again := next((name for n, name in enumerate(listed) if name in listed[:n]), None):
        place = (*path, "of" if rule.of else "require")
        yield mistake(place, "name-twice", say("“{name}” stands twice.", name=again), say("Keep one of the two."))
    elif rule.when:
        yield from _condition_mistakes((*path, "if"), rule.when, fields)
        if fields[rule.when.field].type != "choice":
            sentence = say("A condition looks at a choice; “{name}” is none.", name=rule.when.field)
            remedy = say("Ask with options, such as yes and no.")
            yield mistake((*path, "if", "field"), "condition-misfit", sentence, remedy)
    elif rule.expect:
        yield from _condition_mistakes((*path, "expect"), rule.expect, fields)
    elif rule.compare:
        yield from _compare_mistakes((*path, "compare"), rule.compare, fields)
    elif rule.at_least and rule.at_least > len(rule.of):
        sentence = say("{least} are wanted, of {count}.", least=rule.at_least, count=len(rule.of))
        yield mistake((*path, "at_least"), "rule-count", sentence, say("Ask for fewer, or name more fields."))


def _condition_mistakes(path: Path, condition: Condition, fields: Mapping[str, FormField]) -> Iterator[Mistake]:
    field = fields[condition.field]
    wrong = [why for each in condition.values if isinstance(why := read_written(field, (each,)), Sentence)]
    if wrong and not (field.several and len(expected(field, condition.values)) == 1):
        sentence = say("“{name}” can never be that: {why}", name=condition.field, why=wrong[0])
        yield mistake((*path, "is"), "condition-value", sentence, say("Change the value or the field."))


def _compare_mistakes(path: Path, compare: tuple[str, str, str], fields: Mapping[str, FormField]) -> Iterator[Mistake]:
    first, second = fields[compare[0]], fields.get(compare[2])
    if second is first:
        sentence = say("“{name}” is compared with itself.", name=first.id)
        yield mistake((*path, 2), "compare-misfit", sentence, say("Name another field, or a value."))
    elif first.type not in ("number", "date"):
        sentence = say("Only numbers and dates can be compared; “{name}” is neither.", name=first.id)
        yield mistake((*path, 0), "compare-misfit", sentence, say("Take a field of another type."))
    elif second and (second.type, second.unit) != (first.type, first.unit):
        sentence = say("“{first}” and “{second}” are of different types or units.", first=first.id, second=second.id)
        yield mistake((*path, 2), "compare-misfit", sentence, say("Compare like with like."))
    elif not second and isinstance(read_written(first, (compare[2],)), Sentence):
        sentence = say(
            "“{value}” is neither a field nor a value that “{name}” can have.", value=compare[2], name=first.id
        )
        remedy = did_you_mean(compare[2], fields, say("Write a date like 2026-03-05, or a number."))
        yield mistake((*path, 2), "compare-misfit", sentence, remedy)


def _example_mistakes(spec: FormSpec) -> Iterator[Mistake]:
    """The examples are the model answer, so they must keep every rule."""
    form = Filled({field.id: field for field in spec.all_fields}, examples_of(spec))
    for place, rule in enumerate(spec.rules):
        verdict = check_rule(rule, form)
        if verdict.share < 1:
            sentence = say("The examples do not keep this rule: {why}", why=verdict.says[0])
            yield mistake(("rules", place), "rule-broken", sentence, say("Change the examples or the rule."))


def examples_of(spec: FormSpec) -> Mapping[str, Value]:
    """Field id → the value of its example."""
    read = {field.id: read_written(field, field.example) for field in spec.all_fields}
    return {name: value for name, value in read.items() if not isinstance(value, Sentence)}
