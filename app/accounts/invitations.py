"""One-time codes: made once in clear, kept as a hash, good for one password."""

from __future__ import annotations

import secrets
import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import func, select, update
from sqlalchemy.orm import Session

from app.accounts.actions import ISSUING, end_invitations, record, record_each, set_password
from app.accounts.letters import reset_letter, reset_told_letter, send_letter
from app.accounts.models import Invitation, Person, Role
from app.accounts.queries import hash_of, person_behind, roles_of
from app.accounts.rules import LETTERS_AN_HOUR, Purpose, life_of, may_invite
from app.db import Database, one_at_a_time
from app.errors import NotAllowed, UserError
from app.mail import mail_is_configured
from app.web.language import language_named
from app.words import Language, say

LETTERS = "23456789ABCDEFGHJKMNPQRSTUVWXYZ"
"""31 that nobody takes for another, in whichever case: 16 of them are 79 bits."""
LENGTH, GROUP = 16, 4
RESET = "reset"
"""The kind of errand that looks for whoever forgot a password: {"name", "language"}."""
ISSUED = "invitation-issued"
USELESS = say("This code does not work: it was used or replaced, has expired, or has a wrong character.")


@dataclass(frozen=True)
class Issued:
    """A code in clear, before it is shown the only time."""

    person: Person
    code: str
    purpose: Purpose
    expires_at: datetime


@dataclass(frozen=True)
class Invited:
    """Whom an open code is for."""

    person_id: int
    display_name: str
    number: str
    email: str | None


def grouped(code: str) -> str:
    """A code as people read it: «7KQM-2XTR-9BNH-CF4W»."""
    return "-".join(code[start : start + GROUP] for start in range(0, len(code), GROUP))


def plain(typed: str) -> str:
    """A code as it was made, however it was typed: lower case, spaces, hyphens, full-width letters."""
    return "".join(char for char in unicodedata.normalize("NFKC", typed[:200]).upper() if char.isalnum())


def invited_by(db: Session, code: str, now: datetime) -> Invited | None:
    """Whoever a code is for; None for unknown, used, replaced and expired ones alike."""
    row = db.execute(
        select(Person.id, Person.display_name, Person.number, Person.email)
        .join(Invitation, Invitation.person_id == Person.id)
        .where(
            Invitation.code_hash == hash_of(plain(code)),
            Invitation.ended_at.is_(None),
            Invitation.expires_at > now,
            Person.active,
        )
    ).first()
    return row and Invited(row.id, row.display_name, row.number, row.email)


def issue_invitation(db: Session, person: Person, *, purpose: Purpose, by: int | None, now: datetime) -> str:
    """A new code for a person, in clear: it is nowhere else. Ends those made before. Raises NotAllowed, UserError."""
    (issued,) = issue_invitations(db, ((person, purpose),), by=by, now=now)
    return issued.code


def issue_invitations(
    db: Session, wanted: Iterable[tuple[Person, Purpose]], *, by: int | None, now: datetime
) -> tuple[Issued, ...]:
    """New codes for several people, in as many statements as for one. Whether `by` trains them the caller knows."""
    wanted = tuple(wanted)
    people = [person for person, _ in wanted]
    one_at_a_time(db, ISSUING)  # ahead of asking for roles: nobody gets one until the commit
    _refuse_to_invite(db, people, by)
    end_invitations(db, people, now=now)
    record_each(
        db, ISSUED, Person, about={person.id: {"purpose": purpose} for person, purpose in wanted}, by=by, now=now
    )
    return tuple(
        _issue(db, person, purpose, by=by, expires_at=now + life_of(purpose, on_paper=True), now=now)
        for person, purpose in wanted
    )


def accept_invitation(db: Session, code: str, password_hash: str, *, now: datetime) -> Person:
    """Use a code up and set the password. Raises UserError when somebody was faster."""
    used = db.execute(
        update(Invitation)
        .where(Invitation.code_hash == hash_of(plain(code)), Invitation.ended_at.is_(None), Invitation.expires_at > now)
        .values(ended_at=now)
        .returning(Invitation.person_id, Invitation.purpose)
    ).first()
    person = used and db.get(Person, used.person_id)
    if used is None or person is None or not person.active:
        raise UserError(USELESS)
    set_password(db, person, password_hash, by=person.id, now=now)
    record(db, "invitation-used", Person, object_id=person.id, by=person.id, now=now, purpose=used.purpose)
    if used.purpose == "reset":
        send_letter(db, reset_told_letter(person), now=now)
    return person


def mail_reset_code(db: Session, name: str, *, language: Language, public_url: str, now: datetime) -> bool:
    """Mail a code to whoever has this number or address; False for nobody, no address, and the fourth in an hour.

    Codes on paper go on working: else a stranger who types numbers would make the slips of a class worthless.
    """
    person = person_behind(db, name)
    if person is None or person.email is None or not mail_is_configured():
        return False
    one_at_a_time(db, ISSUING)
    mailed = Invitation.person_id == person.id, Invitation.created_by_id.is_(None), Invitation.purpose == "reset"
    lately = select(func.count()).where(*mailed, Invitation.created_at > now - timedelta(hours=1))
    if db.scalars(lately).one() >= LETTERS_AN_HOUR:
        return False
    db.execute(update(Invitation).where(*mailed, Invitation.ended_at.is_(None)).values(ended_at=now))
    expires_at = now + life_of("reset", on_paper=False)
    record(db, ISSUED, Person, object_id=person.id, by=None, now=now, purpose="reset")
    issued = _issue(db, person, "reset", by=None, expires_at=expires_at, now=now)
    return send_letter(db, reset_letter(person, f"{public_url}/join/{issued.code}", language), now=now)


def look_for_forgetful(database: Database, public_url: str, *, payload: dict[str, Any], now: datetime) -> None:
    """What the worker does about a forgotten password: nobody at the door waits for it, or learns from the time."""
    language = language_named(payload["language"]) or "zh-CN"
    with database.transaction() as db:
        mail_reset_code(db, payload["name"], language=language, public_url=public_url, now=now)


def _issue(
    db: Session, person: Person, purpose: Purpose, *, by: int | None, expires_at: datetime, now: datetime
) -> Issued:
    code = "".join(secrets.choice(LETTERS) for _ in range(LENGTH))
    db.add(
        Invitation(
            code_hash=hash_of(code),
            person_id=person.id,
            purpose=purpose,
            created_at=now,
            created_by_id=by,
            expires_at=expires_at,
        )
    )
    return Issued(person, code, purpose, expires_at)


def _refuse_to_invite(db: Session, people: Sequence[Person], by: int | None) -> None:
    for person in people:
        if not person.active:
            raise UserError(say("The account of {name} is deactivated: reactivate it first.", name=person.display_name))
    if by is None:
        return
    own, theirs = roles_of(db, by), select(Role.person_id, Role.role).where(Role.person_id.in_(p.id for p in people))
    with_roles = {person_id for person_id, _ in db.execute(theirs)}
    for person in people:
        if not may_invite(own, frozenset({"some"} if person.id in with_roles else ())):
            raise NotAllowed(say("Only an administrator can make a code for {name}.", name=person.display_name))
