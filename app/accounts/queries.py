"""Reads about people: who is behind a sign-in, a typed name, a list."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import cast

from sqlalchemy import Connection, bindparam, or_, select
from sqlalchemy.orm import Session

from app.accounts.models import Department, Organisation, Person, Role, SignIn, Throttle
from app.accounts.rules import NO_WAIT, Counter, Failures, is_open, normalised, wait_left
from app.errors import NotFound
from app.web.language import HOME_ZONE
from app.web.viewing import RoleName, Viewer
from app.words import Language, say


@dataclass(frozen=True)
class Seen:
    """Whoever an open sign-in belongs to, and when it was last used."""

    viewer: Viewer
    last_seen_at: datetime


@dataclass(frozen=True)
class Credentials:
    """What a typed password is compared with."""

    person_id: int
    password_hash: str | None


@dataclass(frozen=True)
class PersonRow:
    """A person as a list shows them."""

    number: str
    display_name: str
    email: str
    department: str
    roles: tuple[str, ...]
    active: bool


# Asked with every request, so it is put together once.
_BEHIND_SIGN_IN = (
    select(
        SignIn.created_at,
        SignIn.last_seen_at,
        Person.id,
        Person.number,
        Person.display_name,
        Person.language,
        Role.role,
        select(Organisation.zone).scalar_subquery().label("zone"),
        select(Organisation.name).scalar_subquery().label("organisation"),
    )
    .join(Person, Person.id == SignIn.person_id)
    .outerjoin(Role, Role.person_id == Person.id)
    .where(SignIn.id_hash == bindparam("id_hash"), SignIn.ended_at.is_(None), Person.active)
)


def hash_of(sign_in_id: str) -> str:
    """How the id that a browser holds is stored."""
    return hashlib.sha256(sign_in_id.encode("ascii", "replace")).hexdigest()


def seen_by(db: Session | Connection, sign_in_id: str, now: datetime) -> Seen | None:
    """The person behind a sign-in id, with their roles, in one statement; None when the door is closed."""
    rows = db.execute(_BEHIND_SIGN_IN, {"id_hash": hash_of(sign_in_id)}).all()
    if not rows or not is_open(rows[0].created_at, rows[0].last_seen_at, now):
        return None
    roles = cast("frozenset[RoleName]", frozenset(row.role for row in rows if row.role))
    language = cast("Language | None", rows[0].language)
    zone = rows[0].zone or HOME_ZONE.key
    return Seen(
        Viewer(
            rows[0].id,
            rows[0].display_name,
            roles,
            language,
            zone,
            organisation=rows[0].organisation or "",
            number=rows[0].number,
        ),
        rows[0].last_seen_at,
    )


def person_behind(db: Session, identifier: str) -> Person | None:
    """Whoever may sign in under a number or an e-mail address."""
    typed = normalised(identifier)
    if "\0" in typed:
        return None  # no database takes it, and nobody is called so
    named = or_(Person.number == typed.upper(), Person.email == typed)
    return db.scalars(select(Person).where(named, Person.active)).first()


def credentials_of(db: Session, identifier: str) -> Credentials | None:
    """What a password typed with a number or an e-mail address is compared with."""
    person = person_behind(db, identifier)
    return Credentials(person.id, person.password_hash) if person else None


def own_credentials(db: Session, person_id: int) -> Credentials:
    """What a password is compared with that somebody signed in types once more."""
    return Credentials(person_id, db.get_one(Person, person_id).password_hash)


def longest_wait(db: Session, counters: tuple[Counter, ...], now: datetime) -> timedelta:
    """How long a try that is counted under these must wait before it is looked at."""
    paces = {counter.key: counter.pace for counter in counters}
    rows = db.scalars(select(Throttle).where(Throttle.key.in_(paces)))
    waits = (wait_left(Failures(row.failures, row.updated_at), paces[row.key], now) for row in rows)
    return max(waits, default=NO_WAIT)


def roles_of(db: Session, person_id: int) -> frozenset[str]:
    """The roles a person has."""
    return frozenset(db.scalars(select(Role.role).where(Role.person_id == person_id)))


def person_numbered(db: Session, number: str) -> Person:
    """The person with a number. Raises NotFound."""
    person = db.scalars(select(Person).where(Person.number == normalised(number).upper())).one_or_none()
    if person is None:
        raise NotFound(say("Nobody has the number {number}.", number=number))
    return person


def named(db: Session, person_id: int) -> str:
    """What a person is called."""
    return db.scalars(select(Person.display_name).where(Person.id == person_id)).one()


def nobody_yet(db: Session) -> bool:
    """Whether the database has no people at all."""
    return db.scalars(select(Person.id).limit(1)).first() is None


def everybody(db: Session) -> tuple[PersonRow, ...]:
    """All people by number, with department and roles, in two statements whatever their number."""
    roles: dict[int, list[str]] = {}
    for person_id, role in db.execute(select(Role.person_id, Role.role).order_by(Role.role)):
        roles.setdefault(person_id, []).append(role)
    rows = db.execute(
        select(Person, Department.name)
        .outerjoin(Department, Department.id == Person.department_id)
        .order_by(Person.number)
    )
    return tuple(_row(person, department, roles.get(person.id, ())) for person, department in rows)


def _row(person: Person, department: str | None, roles: Iterable[str]) -> PersonRow:
    return PersonRow(
        person.number, person.display_name, person.email or "", department or "", tuple(roles), person.active
    )
