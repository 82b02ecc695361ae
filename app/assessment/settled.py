"""What a trainee's pages cannot change any more: hints that were opened, and answers that were checked."""

from __future__ import annotations

from collections.abc import Mapping

from sqlalchemy.orm import Session

from app.assessment.queries import Work, written_in
from app.exercises.checks import CHECKED, checked_name, fields_by_part, settled_fields
from app.exercises.typed import TICKED
from app.words import Sentence, say


def known_fields(work: Work) -> frozenset[str]:
    """The names that the log of an attempt may hold: the fields of its sheet, its hints, and what was checked."""
    checks = frozenset(checked_name(part_id) for part_id in fields_by_part(work.spec))
    return work.sheet.names | work.sheet.hints | checks


def settled_now(db: Session, work: Work) -> frozenset[str]:
    """The fields of an attempt whose answers were checked. One statement where the exercise has that, else none."""
    if not fields_by_part(work.spec):
        return frozenset()
    return settled_fields(work.spec, written_in(db, work.attempt.id).values)


def settled_refusals(db: Session, work: Work, fields: Mapping[str, str], *, late: bool) -> dict[str, Sentence]:
    """Field name → why a trainee's page may not write there; nothing of a save is kept where there is one."""
    refused: dict[str, Sentence] = {}
    for name in fields:
        if name in work.sheet.hints and fields[name] != TICKED:
            refused[name] = say("A hint that was opened stays open.")
        elif name in work.sheet.hints and late:
            refused[name] = say("The time is over: no hint can be opened any more.")
        elif name.startswith(f"{CHECKED}.") and name not in work.sheet.names:
            refused[name] = say("Answers are checked with the button on the sheet.")
    return refused | _checked_before(db, work, fields)


def _checked_before(db: Session, work: Work, fields: Mapping[str, str]) -> dict[str, Sentence]:
    if not fields_by_part(work.spec):
        return {}
    values = written_in(db, work.attempt.id).values
    settled = settled_fields(work.spec, values)
    why = say("This question was checked before: what was answered first counts.")
    return {name: why for name, text in fields.items() if name in settled and text != values.get(name, "")}
