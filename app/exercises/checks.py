"""Which questions of a sheet can be checked while it is being answered, and what was checked of them."""

from __future__ import annotations

from collections.abc import Mapping

from app.documents.questions import Question, questions
from app.exercises.exercise import grade_answer, read_answer
from app.exercises.kind import Part
from app.exercises.prepared import prepared
from app.exercises.registry import kind_of
from app.exercises.spec import Spec
from app.exercises.typed import TICKED, Form

CHECKED = "checked"


def checked_name(part_id: str) -> str:
    """The field that holds "yes" once a part was checked; no sheet has it, and no page sends it."""
    return f"{CHECKED}.{part_id}"


@prepared
def fields_by_part(spec: Spec) -> Mapping[str, frozenset[str]]:
    """Part id → the fields it judges, for each part that can be checked alone; nothing where nothing can."""
    if spec.feedback != "at_once" or not {"key", "rule"} & set(spec.marking):
        return {}
    kind = kind_of(spec)
    parts = kind.grade(spec, kind.read(spec, {})).parts
    found = {part.id: frozenset(kind.fields_of_part(spec, part.id)) for part in parts}
    return {part_id: names for part_id, names in found.items() if names}


@prepared
def _questions_by_part(spec: Spec) -> Mapping[str, tuple[Question, ...]]:
    asked = questions(kind_of(spec).sheet(spec))
    return {
        part_id: tuple(question for question in asked if names.intersection(question.names))
        for part_id, names in fields_by_part(spec).items()
    }


def checked_parts(spec: Spec, form: Form) -> tuple[str, ...]:
    """The parts that were checked, in the order of the exercise."""
    return tuple(part_id for part_id in fields_by_part(spec) if form.get(checked_name(part_id)) == TICKED)


def settled_fields(spec: Spec, form: Form) -> frozenset[str]:
    """The fields of parts that were checked: what stands there stays."""
    names = fields_by_part(spec)
    return frozenset(name for part_id in checked_parts(spec, form) for name in names[part_id])


def answered_parts(spec: Spec, form: Form) -> tuple[str, ...]:
    """The parts that can be checked by now: all they ask is answered and can be read, and they were not yet."""
    if not fields_by_part(spec):
        return ()
    unreadable = read_answer(spec, form).unreadable
    return tuple(
        part_id
        for part_id, names in fields_by_part(spec).items()
        if form.get(checked_name(part_id)) != TICKED
        and not names.intersection(unreadable)
        and _is_answered(_questions_by_part(spec)[part_id], names, form)
    )


def _is_answered(asked: tuple[Question, ...], names: frozenset[str], form: Form) -> bool:
    if not asked:
        return any(form.get(name, "").strip() for name in names)
    return not any(question.is_blank(form) for question in asked)


def verdicts(spec: Spec, form: Form) -> tuple[Part, ...]:
    """What the key says to the parts that were checked, and to no others."""
    checked = frozenset(checked_parts(spec, form))
    grade = grade_answer(spec, read_answer(spec, form)) if checked else None
    return tuple(part for part in grade.parts if part.id in checked) if grade else ()
