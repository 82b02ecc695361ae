"""A filled-in form that came back: whether it is this person's sheet, and how it differs from what is saved. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from app.assessment.sheets import Sheet
from app.assessment.writing import Written, refusals
from app.catalogue.queries import course_of
from app.errors import UserError
from app.exercises.texts import bare_text
from app.paperwork.copies import BASE, CODE, decoded
from app.paperwork.paper_codes import PaperCode, variant_of
from app.paperwork.paper_queries import Paper
from app.words import Sentence, say


@dataclass(frozen=True)
class Difference:
    """A field in which the file says something else than what is saved."""

    field: str
    label: str
    theirs: str
    """What the file says, as it is kept."""
    shown: tuple[str, ...]
    """For people: what the file says, what is saved now, what was saved when the form was downloaded."""
    both: bool
    """Whether it was also changed on the page since the form was downloaded: somebody must choose."""


@dataclass(frozen=True)
class Returned:
    """What a file says."""

    values: Mapping[str, str]
    base: int
    """The newest change that was in the form when it was made."""


def returned_for(paper: Paper, fields: Mapping[str, str]) -> Returned:
    """What a file says on this very sheet. Raises UserError where it is another's, or of another exercise."""
    refuse_another_sheet(paper, decoded(fields.get(CODE, "")))
    sheet, base = paper.task.sheet, fields.get(BASE, "")
    values = {name: _as_kept(sheet, name, text) for name, text in fields.items() if name in sheet.names}
    return Returned(values, int(base) if base.isascii() and base.isdigit() and len(base) < 10 else 0)


def refuse_another_sheet(paper: Paper, code: PaperCode | None) -> None:
    """Raises UserError that says whose or which sheet it is, and what to do."""
    task = paper.task
    if code is None:
        raise UserError(
            say(
                "This is no form of ours, or its code was changed. Download the form of this exercise and fill in that."
            )
        )
    if code.enrolment_id != task.enrolment.id:
        raise UserError(
            say("This form was made for somebody else, or for another cohort. Download the right one and fill in that.")
        )
    if code.version_id != task.version.id:
        raise UserError(
            say("This form is of another version of the course, and may ask other things. Download it again.")
        )
    slugs = course_of(task.version).exercise_slugs
    if code.exercise >= len(slugs) or slugs[code.exercise] != task.exercise:
        course = course_of(task.version)
        other = course.exercises[slugs[code.exercise]].title if code.exercise < len(slugs) else "–"
        raise UserError(say("This form belongs to “{title}”. Send it there.", title=bare_text(other)))
    varies = task.spec is not course_of(task.version).exercises[task.exercise]
    if varies and code.variant != variant_of(task.seed):
        raise UserError(say("This form was made for another attempt, with other figures. Download it again."))


def differences(sheet: Sheet, returned: Returned, *, then: Written, now: Written) -> tuple[Difference, ...]:
    """Where the file and what is saved differ, in the order of the sheet.

    What the file still says as it was downloaded, and the page has changed since, is no difference: it was left alone.
    """
    found = []
    for name in sheet.labels:
        theirs = returned.values.get(name)
        before, saved = then.values.get(name, ""), now.values.get(name, "")
        if theirs is None or theirs in (saved, before):
            continue
        shown = tuple(_shown(sheet, name, text) for text in (theirs, saved, before))
        found.append(Difference(name, sheet.labels[name].striptags(), theirs, shown, both=saved != before))
    return tuple(found)


def unkeepable(sheet: Sheet, found: tuple[Difference, ...]) -> dict[str, Sentence]:
    """Field name → why what the file says there cannot be kept."""
    return refusals({each.field: each.theirs for each in found}, sheet.names)


def _as_kept(sheet: Sheet, name: str, text: str) -> str:
    """What a field holds: some programs write the words of what was chosen in place of its id."""
    known = sheet.choices.get(name)
    if known is None or text in known:
        return text
    return next((choice for choice, words in known.items() if words == text), text)


def _shown(sheet: Sheet, name: str, text: str) -> str:
    if name in sheet.ticks and name not in sheet.choices:
        return "✓" if text == "yes" else ""
    return sheet.choices.get(name, {}).get(text, text)
