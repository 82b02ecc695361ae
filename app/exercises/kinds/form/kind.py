"""Form: the trainee fills in one record of typed fields, in groups with headings.

A rule marks what can be seen without judging: each required field that is filled in and readable earns its share, and
so does each rule over several fields. Fields that are not required earn nothing unless their author gave them points.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
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
from app.exercises.kinds.form.rules import Filled, Rule, check_rule, label_of
from app.exercises.kinds.form.spec import FormSpec
from app.exercises.spec import share_out
from app.exercises.texts import bare_text
from app.exercises.typed import Form as Typed
from app.exercises.typed import Reader
from app.words import say


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
        shares = iter(share_out(spec.key_points, spec.stated_points()))
        marked = tuple((label, field) for label, field in _labelled(spec) if field.is_marked)
        fields = tuple(_mark_field(field, label, answer, possible=next(shares)) for label, field in marked)
        filled = Filled({field.id: field for field in spec.all_fields}, answer.values, answer.unreadable)
        rules = tuple(_mark_rule((n, rule), next(shares), filled) for n, rule in enumerate(spec.rules, start=1))
        return Grade(parts=fields + rules)

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


def _mark_field(field: FormField, label: str, answer: FormAnswer, *, possible: Fraction) -> Part:
    if answer.values.get(field.id):
        return Part(id=field.id, label=label, earned=possible, possible=possible, says=(say("Filled in."),))
    faults = (answer.unreadable[name] for name in (field.id, *field.tick_names) if name in answer.unreadable)
    says = next(faults, say("Left blank."))
    return Part(id=field.id, label=label, earned=Fraction(0), possible=possible, says=(says,), why=field.why or "")


def _mark_rule(numbered: tuple[int, Rule], possible: Fraction, form: Filled) -> Part:
    number, rule = numbered
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
