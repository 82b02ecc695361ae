"""The audit trail in words: what was done about a person, by whom and when."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session, aliased

from app.accounts.models import Audit, Person
from app.web.viewing import RoleName
from app.words import Sentence, say

SHOWN = 20
EVERY_DAY = "signed-in"
"""Counted elsewhere: it would leave no room for what was decided about somebody."""
ROLE_WORDS: dict[RoleName, Sentence] = {
    "author": say("Author"),
    "trainer": say("Trainer"),
    "HR": say("HR"),
    "admin": say("Administrator"),
}
FIELD_WORDS = {
    "number": say("number"),
    "display_name": say("name"),
    "email": say("e-mail address"),
    "department": say("department"),
    "language": say("language"),
}
ACTION_WORDS = {
    "person-added": say("Account made"),
    "person-changed": say("Changed: {fields}"),
    "person-corrected": say("Corrected by a trainer"),
    "person-deactivated": say("Account deactivated"),
    "person-reactivated": say("Account reactivated"),
    "role-granted": say("Role given: {role}"),
    "role-revoked": say("Role taken away: {role}"),
    "password-set": say("Password changed"),
    "password-removed": say("Password taken away, with the first role"),
    "signed-in": say("Signed in"),
    "sign-in-ended": say("Signed out on one device"),
    "other-sign-ins-ended": say("Signed out on all other devices"),
    "invitation-issued": say("One-time code made"),
    "invitation-used": say("One-time code used"),
}


@dataclass(frozen=True)
class Entry:
    """One audit row, worded."""

    at: datetime
    what: Sentence
    by: str
    """A name; empty for the command line and the program itself."""


def entries_about(db: Session, person_id: int) -> tuple[Entry, ...]:
    """The newest audit rows about a person, in one statement."""
    doer = aliased(Person)
    rows = db.execute(
        select(Audit, doer.display_name)
        .outerjoin(doer, doer.id == Audit.by_id)
        .where(Audit.object_type == Person.__tablename__, Audit.object_id == str(person_id), Audit.action != EVERY_DAY)
        .order_by(Audit.id.desc())
        .limit(SHOWN)
    )
    return tuple(Entry(row.at, action_in_words(row.action, row.details), by or "") for row, by in rows)


def action_in_words(action: str, details: dict[str, Any]) -> Sentence:
    """What was done; its code where a later part of the product gave it no words."""
    known = ACTION_WORDS.get(action)
    if known is None:
        return Sentence(action)
    values = {name: _detail(name, str(value)) for name, value in details.items()}
    return Sentence(known.text, tuple(values.items()))


def _detail(name: str, value: str) -> str | Sentence:
    if name == "role":
        return next((words for role, words in ROLE_WORDS.items() if role == value), value)
    if name == "fields":
        return _listed([FIELD_WORDS.get(field, Sentence(field)) for field in value.split(", ")])
    return value


def _listed(parts: list[Sentence]) -> Sentence:
    """Several words as one: «{a}, {b}» has a Chinese comma in Chinese."""
    first, *rest = parts
    for part in rest:
        first = say("{these}, {and_this}", these=first, and_this=part)
    return first
