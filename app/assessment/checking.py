"""Checking answers while the sheet is still open: what was answered first counts."""

from __future__ import annotations

import secrets
from datetime import datetime

from sqlalchemy.orm import Session

from app.assessment.actions import Save, keep_fields
from app.assessment.queries import Work, written_in
from app.assessment.standing import refuse_unless_writable
from app.errors import UserError
from app.exercises.checks import answered_parts, checked_name, fields_by_part
from app.exercises.typed import TICKED
from app.words import say


def check_answers(db: Session, work: Work, *, by: int, now: datetime) -> tuple[str, ...]:
    """Check what is answered by now and was not yet: the ids of these parts. From then on nobody changes it.

    A field in which two texts wait for a choice is none of them. Raises UserError where nothing can be checked so.
    """
    refuse_unless_writable(work, now)
    names = fields_by_part(work.spec)
    if not names:
        raise UserError(say("Nothing of this exercise can be checked before it is handed in."))
    written = written_in(db, work.attempt.id)
    waiting = frozenset(conflict.field for conflict in written.conflicts)
    ready = tuple(part for part in answered_parts(work.spec, written.values) if not names[part] & waiting)
    if ready:
        marks = {checked_name(part_id): TICKED for part_id in ready}
        save = Save(f"check-{secrets.token_hex(8)}", 1, written.newest, marks)
        keep_fields(db, work, save, by=by, now=now, settled_too=True)
    return ready
