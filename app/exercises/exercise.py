"""An exercise from sheet to grade: what its kind does, with the parts that all kinds have."""

from __future__ import annotations

from collections.abc import Mapping

from app.documents.blocks import NOTHING, Block, TextField
from app.documents.markdown import inline, parse_markdown
from app.exercises.kind import COMMON_SECRET, Answer, Grade, Secret
from app.exercises.registry import kind_of, variant_of
from app.exercises.spec import Spec
from app.exercises.typed import Form, clean


def resolve(spec: Spec, seed: int, carried: Form) -> Spec:  # noqa: ARG001  (chains will read them)
    """The spec one party answers: everything else here takes what this returns."""
    return variant_of(spec, seed)


def secret_of(spec: Spec) -> Secret:
    """The parts of this spec that only trainers may see."""
    own = kind_of(spec).secret
    return {**COMMON_SECRET, **own}


def case_of(spec: Spec) -> tuple[Block, ...]:
    """The text under the head: the case or the instructions."""
    return parse_markdown(spec.body).blocks


def fields_of(spec: Spec) -> tuple[Block, ...]:
    """The fields of the sheet, without the case."""
    return (*kind_of(spec).sheet(spec), *_reason_fields(spec))


def sheet_of(spec: Spec) -> tuple[Block, ...]:
    """The exercise as the trainee meets it, without its title. Reads nothing that is secret."""
    return (*case_of(spec), *fields_of(spec))


def read_answer(spec: Spec, form: Form) -> Answer:
    """The answer in a form of field name → text. Never raises; see `Answer.unreadable`."""
    typed = {name: clean(text) for name, text in form.items()}
    answer: Answer = kind_of(spec).read(spec, typed)
    reasons = {reason.id: typed.get(_name(reason.id), "") for reason in spec.reasons}
    return answer.model_copy(update={"reasons": reasons})


def grade_answer(spec: Spec, answer: Answer) -> Grade | None:
    """The key's or rule's part of the marking; None where people alone mark."""
    if not {"key", "rule"} & set(spec.marking):
        return None
    grade: Grade = kind_of(spec).grade(spec, answer)
    return grade


def model_answer_of(spec: Spec) -> Form:
    """Field name → text of a sheet that earns every point. For trainers."""
    fields: Mapping[str, str] = kind_of(spec).model_answer(spec)
    return {**fields, **{_name(reason.id): reason.answer for reason in spec.reasons if reason.answer}}


def remarks_on(spec: Spec) -> Mapping[str, tuple[tuple[str, str], ...]]:
    """Part id → what is told to whoever missed something of it: of what (or nothing), and the words. For trainers."""
    remarks: Mapping[str, tuple[tuple[str, str], ...]] = kind_of(spec).remarks(spec)
    return remarks


def _reason_fields(spec: Spec) -> tuple[TextField, ...]:
    return tuple(
        TextField(_name(reason.id), inline(reason.label), reason.lines, inline(reason.hint) if reason.hint else NOTHING)
        for reason in spec.reasons
    )


def _name(reason_id: str) -> str:
    return f"reason.{reason_id}"
