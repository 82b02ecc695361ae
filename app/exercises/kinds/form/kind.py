"""Form: the trainee fills in one record of typed fields, in groups with headings.

A rule marks what can be seen without judging: each required field that is filled in and readable earns its share, and
so does each rule over several fields. Fields that are not required earn nothing unless their author gave them points.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from fractions import Fraction
from typing import ClassVar

from app.documents.blocks import (
    NOTHING,
    Block,
    ChoiceField,
    Heading,
    NumberField,
    Option,
    Paragraph,
    TextField,
)
from app.documents.markdown import inline
from app.exercises.kind import Answer, Grade, Kind, Part, Secret
from app.exercises.kinds.form.fields import FormField, Value, read_field, written_out
from app.exercises.kinds.form.rules import Filled, Rule, check_rule, label_of, names_in
from app.exercises.kinds.form.spec import FormSpec
from app.exercises.prepared import prepared, verdicts_of
from app.exercises.texts import bare_text
from app.exercises.typed import Form as Typed
from app.exercises.typed import Reader
from app.words import Sentence, say


class FormAnswer(Answer):
    values: Mapping[str, Value] = {}
    """Field id → what stands there, see fields.py; nothing for what is blank or unreadable."""


class Form(Kind[FormSpec, FormAnswer]):
    name: ClassVar[str] = "form"
    Spec = FormSpec
    Answer = FormAnswer
    secret: ClassVar[Secret] = {
        "groups": {"__all__": {"fields": {"__all__": {"example": True, "why": True}}}},
        "rules": True,
    }

    def sheet(self, spec: FormSpec) -> tuple[Block, ...]:
        return tuple(_blocks(spec))

    def read(self, spec: FormSpec, form: Typed) -> FormAnswer:
        reader = Reader(form)
        read = {field.id: read_field(field, reader) for field in spec.all_fields}
        return FormAnswer(values={name: value for name, value in read.items() if value}, unreadable=reader.unreadable)

    def grade(self, spec: FormSpec, answer: FormAnswer) -> Grade:
        verdicts, judged = verdicts_of(spec), _judged(spec)
        shares, values, unreadable = iter(verdicts.shares), answer.values, answer.unreadable
        parts = []
        for label, field in judged.fields:
            filled, fault, possible = bool(values.get(field.id)), _fault(field, unreadable), next(shares)
            answered = (field.id, filled, fault)
            parts.append(verdicts.part(answered, _mark_field, field, label, possible, fault, is_filled=filled))
        whole = Filled(judged.by_id, values, unreadable)
        for number, rule, names in judged.rules:
            seen = tuple((values.get(name), _fault(judged.by_id[name], unreadable)) for name in names)
            parts.append(verdicts.part((number, seen), _mark_rule, number, rule, next(shares), whole))
        return Grade(parts=tuple(parts))

    def model_answer(self, spec: FormSpec) -> Typed:
        written = (written_out(field, field.example) for field in spec.all_fields)
        return {name: text for form in written for name, text in form.items()}

    def remarks(self, spec: FormSpec) -> Mapping[str, tuple[tuple[str, str], ...]]:
        of_fields = {field.id: (("", field.why),) for field in spec.all_fields if field.why}
        return of_fields | {f"rule-{n}": (("", rule.says),) for n, rule in enumerate(spec.rules, start=1) if rule.says}


def _blocks(spec: FormSpec) -> Iterator[Block]:
    for group in spec.groups:
        yield Heading(inline(group.title))
        if group.hint:
            yield Paragraph(inline(group.hint), "small")
        yield from map(_block, group.fields)


def _block(field: FormField) -> Block:
    label, hint = inline(field.label), inline(field.hint) if field.hint else NOTHING
    match field.type:
        case "number":
            return NumberField(field.id, label, field.unit, hint, required=field.required)
        case "choice":
            options = tuple(Option(option.id, inline(option.text)) for option in field.options)
            return ChoiceField(field.id, label, options, field.several, hint, required=field.required)
        case "phone":
            return TextField(field.id, label, 1, hint, "tel", required=field.required)
        case "date" | "email" | "text":
            lines = field.lines if field.type == "text" else 1
            return TextField(field.id, label, lines, hint, field.type, required=field.required)


def _labelled(spec: FormSpec) -> Iterator[tuple[str, FormField]]:
    """The fields with their labels; one that stands in several groups is named with its group."""
    labels = [field.label for field in spec.all_fields]
    for group in spec.groups:
        for field in group.fields:
            alone = labels.count(field.label) == 1
            yield bare_text(field.label if alone else f"{group.title} · {field.label}"), field


@dataclass(frozen=True)
class _Judged:
    """What a rule looks at in a form, worked out once."""

    fields: tuple[tuple[str, FormField], ...]
    """Those that earn points, with their labels."""
    rules: tuple[tuple[int, Rule, tuple[str, ...]], ...]
    """Number, rule, and the fields that it looks at."""
    by_id: Mapping[str, FormField]


@prepared
def _judged(spec: FormSpec) -> _Judged:
    by_id = {field.id: field for field in spec.all_fields}
    rules = (
        (number, rule, tuple(name for name in (*names_in(rule), *(rule.compare or ())[2:]) if name in by_id))
        for number, rule in enumerate(spec.rules, start=1)
    )
    return _Judged(tuple((label, field) for label, field in _labelled(spec) if field.is_marked), tuple(rules), by_id)


def _fault(field: FormField, unreadable: Mapping[str, Sentence]) -> Sentence | None:
    """Why what stands in a field counts as blank."""
    if not unreadable:
        return None
    return next((unreadable[name] for name in (field.id, *field.tick_names) if name in unreadable), None)


def _mark_field(field: FormField, label: str, possible: Fraction, fault: Sentence | None, *, is_filled: bool) -> Part:
    if is_filled:
        return Part(id=field.id, label=label, earned=possible, possible=possible, says=(say("Filled in."),))
    says, why = (fault or say("Left blank."),), field.why or ""
    return Part(id=field.id, label=label, earned=Fraction(0), possible=possible, says=says, why=why)


def _mark_rule(number: int, rule: Rule, possible: Fraction, form: Filled) -> Part:
    verdict = check_rule(rule, form)
    why = rule.says or "" if verdict.share < 1 else ""
    return Part(
        id=f"rule-{number}",
        label=label_of(rule, form),
        earned=possible * verdict.share,
        possible=possible,
        says=verdict.says,
        why=why,
    )
