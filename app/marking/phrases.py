"""The comment bank: sentences that a marker writes often, by exercise, the most used first."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Select, func, select
from sqlalchemy.orm import Session

from app.assessment.rubrics import MOST_COMMENT
from app.assessment.writing import is_storable
from app.db import one_at_a_time
from app.errors import UserError
from app.marking.models import Phrase
from app.web.viewing import Viewer
from app.words import say

LONGEST = 500
MOST = 40
"""Phrases of one person at one exercise."""
BY_KEY = 9
"""How many of them have a key."""


@dataclass(frozen=True)
class PhraseRow:
    """A phrase as the desk offers it."""

    id: int
    text: str


def phrases_of(db: Session, viewer: Viewer, exercise: str) -> tuple[PhraseRow, ...]:
    """One's own phrases at an exercise, the most used first. One statement."""
    rows = db.scalars(_mine(viewer, exercise))
    return tuple(PhraseRow(row.id, row.text) for row in rows)


def keep_phrase(db: Session, viewer: Viewer, exercise: str, text: str, *, now: datetime) -> None:
    """Remember a sentence; one that is there already stays. Raises UserError where there is no room."""
    text = _read(text)
    one_at_a_time(db, f"phrases of {viewer.person_id}")
    mine = db.scalars(_mine(viewer, exercise)).all()
    if any(row.text == text for row in mine):
        return
    if len(mine) >= MOST:
        raise UserError(say("You have {most} phrases here. Remove one first.", most=MOST))
    db.add(Phrase(person_id=viewer.person_id, exercise=exercise, text=text, used=0, used_at=now))


def change_phrase(db: Session, viewer: Viewer, exercise: str, phrase_id: int, text: str) -> None:
    """Put a phrase of one's own in other words; what was written with it stays. Raises UserError without any."""
    text = _read(text)
    one_at_a_time(db, f"phrases of {viewer.person_id}")
    mine = {row.id: row for row in db.scalars(_mine(viewer, exercise))}
    if phrase_id not in mine:
        raise UserError(say("This phrase was removed meanwhile. Keep it as a new one."))
    if any(row.text == text for each, row in mine.items() if each != phrase_id):
        raise UserError(say("You have this phrase already."))
    mine[phrase_id].text = text


def forget_phrase(db: Session, viewer: Viewer, exercise: str, phrase_id: int) -> None:
    """Remove a phrase of one's own. Doing it twice does it once."""
    row = db.scalars(_mine(viewer, exercise).where(Phrase.id == phrase_id)).one_or_none()
    if row is not None:
        db.delete(row)


def with_phrases(
    db: Session, viewer: Viewer, exercise: str, comment: str, ticked: Collection[int], *, now: datetime
) -> str:
    """A comment with the phrases that were ticked, each once; counts those that stand in it. Raises UserError."""
    mine: Sequence[Phrase] = db.scalars(_mine(viewer, exercise)).all()
    for row in mine:
        if row.id in ticked and row.text not in comment:
            comment = f"{comment}\n{row.text}" if comment else row.text
        if row.text in comment:
            row.used, row.used_at = row.used + 1, now
    if len(comment) > MOST_COMMENT:
        raise UserError(say("With these phrases the comment is too long. Take one out."))
    return comment


def _read(text: str) -> str:
    text = " ".join(text.split())
    if not text:
        raise UserError(say("A phrase needs some words."))
    if len(text) > LONGEST:
        raise UserError(say("A phrase has at most {most} characters.", most=LONGEST))
    if not all(map(is_storable, text)):
        raise UserError(say("A phrase cannot have control characters."))
    return text


def _mine(viewer: Viewer, exercise: str) -> Select[Phrase]:
    return (
        select(Phrase)
        .where(Phrase.person_id == viewer.person_id, Phrase.exercise == exercise)
        .order_by(Phrase.used.desc(), func.lower(Phrase.text), Phrase.id)
    )
