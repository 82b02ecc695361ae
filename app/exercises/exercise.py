"""An exercise from sheet to grade: what its kind does, with the parts that all kinds have."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from app.documents.blocks import NOTHING, Block, Panel, TextField
from app.documents.markdown import inline, parse_markdown
from app.exercises.carried import carried_of, panel
from app.exercises.hints import charged, hint_fields, opened_hints
from app.exercises.kind import COMMON_SECRET, Answer, Grade, Kind, Secret
from app.exercises.registry import kind_of, variant_of
from app.exercises.spec import Spec
from app.exercises.typed import Form, clean
from app.words import language_of


def resolve(spec: Spec, seed: int, carried: Mapping[str, Any]) -> Spec:
    """The spec one party answers: everything else here takes what this returns.

    `carried`: what its attempt has frozen of earlier answers, as `Earlier` dumps it; empty where nobody is known.
    """
    spec = variant_of(spec, seed)
    if not carried or not spec.earlier_slugs:
        return spec
    earlier = carried_of(carried)
    spec = spec.carrying(earlier)
    for carry in spec.carries:
        if carry.rows and carry.into and carry.from_ in earlier:
            spec = kind_of(spec).with_rows(spec, carry.into, earlier[carry.from_].rows(carry.rows))
    return spec


def secret_of(spec: Spec) -> Secret:
    """The parts of this spec that only trainers may see."""
    own = kind_of(spec).secret
    return {**COMMON_SECRET, **own}


def case_of(spec: Spec) -> tuple[Block, ...]:
    """The text under the head: the case or the instructions."""
    return parse_markdown(spec.body).blocks


def fields_of(spec: Spec) -> tuple[Block, ...]:
    """The fields of the sheet, without the case."""
    return (*given_on(spec), *kind_of(spec).sheet(spec), *_reason_fields(spec), *hint_fields(spec))


def given_on(spec: Spec) -> tuple[Panel, ...]:
    """What the sheet shows of earlier answers."""
    language = language_of(spec.title)
    return tuple(
        panel(spec.carried(carry.from_), label=carry.label, names=carry.fields, table=carry.rows, language=language)
        for carry in spec.carries
    )


def sheet_of(spec: Spec) -> tuple[Block, ...]:
    """The exercise as the trainee meets it, without its title. Reads nothing that is secret."""
    return (*case_of(spec), *fields_of(spec))


def read_answer(spec: Spec, form: Form) -> Answer:
    """The answer in a form of field name → text. Never raises; see `Answer.unreadable`."""
    typed = {name: clean(text) for name, text in form.items()}
    answer: Answer = kind_of(spec).read(spec, typed)
    reasons = {reason.id: typed.get(_name(reason.id), "") for reason in spec.reasons}
    return answer.model_copy(update={"reasons": reasons, "hints": opened_hints(spec, typed)})


def grade_answer(spec: Spec, answer: Answer) -> Grade | None:
    """The key's or rule's part of the marking; None where people alone mark."""
    if not {"key", "rule"} & set(spec.marking):
        return None
    grade: Grade = kind_of(spec).grade(spec, answer)
    return charged(spec, grade, answer.hints) if answer.hints else grade


def profile_of(spec: Spec, answer: Answer) -> tuple[Block, ...]:
    """What an answer shows besides its marks, beside the earlier one it is compared with.

    It may show the key: it is for whoever may see the result.
    """
    form = spec.carried_form(spec.compared_with) if spec.compared_with else {}
    before = read_answer(spec, form) if form else None
    blocks: tuple[Block, ...] = kind_of(spec).profile(spec, answer, before)
    return blocks


def shows_together(spec: Spec) -> bool:
    """Whether the answers of a cohort show something together; those to a private exercise never do."""
    return not spec.private and type(kind_of(spec)).together is not Kind.together


def together_of(spec: Spec, answers: Sequence[Answer]) -> tuple[Block, ...]:
    """What the answers of a cohort show together, without names. For whoever may see the result."""
    blocks: tuple[Block, ...] = kind_of(spec).together(spec, answers) if shows_together(spec) else ()
    return blocks


def handouts_of(spec: Spec) -> tuple[tuple[Block, ...], ...]:
    """What a trainer hands out on paper, each to somebody else. For trainers: it may hold what is secret."""
    handouts: tuple[tuple[Block, ...], ...] = kind_of(spec).handouts(spec)
    return handouts


def model_answer_of(spec: Spec) -> Form:
    """Field name → text of a sheet that earns every point. For trainers."""
    fields: Mapping[str, str] = kind_of(spec).model_answer(spec)
    return {**fields, **{_name(reason.id): reason.answer for reason in spec.reasons if reason.answer}}


def shown_values(spec: Spec, form: Form) -> Form:
    """What stands on a sheet: what was typed, and in cells that nobody fills in what is worked out from it."""
    worked_out: Form = kind_of(spec).worked_out(spec, {name: clean(text) for name, text in form.items()})
    return {**form, **worked_out} if worked_out else form


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
