"""Answers that say the same: told by a digest of all their texts, so that they are marked once."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from hashlib import sha256

from sqlalchemy import delete, insert, select
from sqlalchemy.orm import Session

from app.assessment.models import Assignment, Attempt
from app.assessment.queries import written_up_to
from app.assessment.sheets import sheet_name, spec_of
from app.assessment.writing import Written
from app.marking.models import Likeness
from app.marking.queries import versions_of

LIKE_NO_OTHER = ""
"""The digest of an answer that is looked at alone: two texts clash in it, and nobody has chosen."""
_NARROW = {wide: wide - 0xFEE0 for wide in range(0xFF01, 0xFF5F)} | {0x3000: 0x20}


def same_text(text: str) -> str:
    """A text without what makes no difference: width of letters and signs, runs of space, space around it."""
    return " ".join(text.translate(_NARROW).split())


def digest_of(sheet: str, values: Mapping[str, str]) -> str:
    """What an answer to a sheet says, all fields together."""
    said = sorted((name, same) for name, text in values.items() if (same := same_text(text)))
    return sha256(json.dumps([sheet, said], ensure_ascii=False).encode()).hexdigest()[:32]


def digests_of(db: Session, changes: Mapping[int, int]) -> dict[int, str]:
    """The digests of some answers; attempt → the last change that counts. Three statements. Takes its time."""
    if not changes:
        return {}
    written = written_up_to(db, changes)
    rows = db.execute(
        select(Attempt.id, Attempt.version_id, Attempt.seed, Attempt.carried, Assignment.exercise)
        .join(Assignment, Assignment.id == Attempt.assignment_id)
        .where(Attempt.id.in_(changes))
    ).all()
    versions = versions_of(db, {row.version_id for row in rows})
    found = {}
    for row in rows:
        version, own = versions[row.version_id], {"seed": row.seed, "carried": row.carried}
        sheet = sheet_name(version, row.exercise, spec_of(version, row.exercise, **own), **own)
        found[row.id] = _digest(sheet, written[row.id])
    return found


def keep_digests(db: Session, changes: Mapping[int, int], digests: Mapping[int, str]) -> None:
    """Store what `digests_of` found; the caller has the turn of the desk."""
    rows: Sequence[dict[str, object]] = [
        {"attempt_id": attempt_id, "change_id": changes[attempt_id], "digest": digest}
        for attempt_id, digest in digests.items()
    ]
    if rows:
        db.execute(delete(Likeness).where(Likeness.attempt_id.in_(digests)))
        db.execute(insert(Likeness), rows)


def _digest(sheet: str, written: Written) -> str:
    return LIKE_NO_OTHER if written.conflicts else digest_of(sheet, written.values)
