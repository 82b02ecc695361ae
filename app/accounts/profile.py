"""A person's own page: what is kept about them, and where they are signed in."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from app.accounts.actions import record
from app.accounts.devices import device_of
from app.accounts.models import Department, Person, SignIn
from app.accounts.queries import hash_of
from app.accounts.rules import AT_MOST, IDLE, name_refusal
from app.errors import NotFound, UserError
from app.web.guards import NOTHING_HERE
from app.web.viewing import Viewer
from app.words import Language, Sentence

KEY = 16
"""Characters of a stored hash that name a door on its owner's page; they open nothing."""


@dataclass(frozen=True)
class Profile:
    """What a person sees of themselves."""

    person_id: int
    number: str
    display_name: str
    email: str | None
    department: str | None
    language: str | None
    course_mail: bool

    @property
    def known_words(self) -> tuple[str, ...]:
        """What somebody who guesses their password would try."""
        return (self.number, self.display_name, self.email or "")


@dataclass(frozen=True)
class OpenDoor:
    """A sign-in that is still open."""

    key: str
    device: Sentence
    begun: datetime
    last_seen: datetime
    this_one: bool


def profile_of(db: Session, viewer: Viewer) -> Profile:
    """What the viewer may know of themselves."""
    row = db.execute(
        select(Person, Department.name)
        .outerjoin(Department, Department.id == Person.department_id)
        .where(Person.id == viewer.person_id)
    ).one()
    person: Person = row[0]
    return Profile(
        person.id,
        person.number,
        person.display_name,
        email=person.email,
        department=row[1],
        language=person.language,
        course_mail=person.course_mail,
    )


def open_doors(db: Session, viewer: Viewer, held: str | None, now: datetime) -> tuple[OpenDoor, ...]:
    """Where the viewer is signed in, this browser first, then by last use. `held` is the id that it holds."""
    here = hash_of(held) if held else ""
    doors = (
        OpenDoor(row.id_hash[:KEY], device_of(row.user_agent), row.created_at, row.last_seen_at, row.id_hash == here)
        for row in _open(db, viewer, now)
    )
    return tuple(sorted(doors, key=lambda door: not door.this_one))


def change_profile(
    db: Session,
    viewer: Viewer,
    display_name: str,
    *,
    language: Language | None,
    by: int,
    now: datetime,
    course_mail: bool | None = None,
) -> None:
    """Change name and language of oneself, and whether mail about courses comes; None leaves that as it is.

    Raises UserError for a name that cannot be printed.
    """
    if refusal := name_refusal(display_name):
        raise UserError(refusal)
    person = db.get_one(Person, viewer.person_id)
    wanted = {
        "display_name": display_name,
        "language": language,
        "course_mail": person.course_mail if course_mail is None else course_mail,
    }
    changed = [field for field, new in wanted.items() if getattr(person, field) != new]
    for field, new in wanted.items():
        setattr(person, field, new)
    if changed:
        record(db, "person-changed", Person, object_id=person.id, by=by, now=now, fields=", ".join(changed))


def end_own_sign_in(db: Session, viewer: Viewer, key: str, *, now: datetime) -> None:
    """Close one of the viewer's own doors. Raises NotFound for one that is closed, or somebody else's."""
    found = next((row.id_hash for row in _open(db, viewer, now) if row.id_hash[:KEY] == key), None)
    if found is None:
        raise NotFound(NOTHING_HERE)
    db.execute(update(SignIn).where(SignIn.id_hash == found).values(ended_at=now))
    record(db, "sign-in-ended", Person, object_id=viewer.person_id, by=viewer.person_id, now=now)


def end_other_sign_ins(db: Session, viewer: Viewer, held: str, *, now: datetime) -> None:
    """Close all of the viewer's doors but the one of this browser."""
    others = SignIn.person_id == viewer.person_id, SignIn.ended_at.is_(None), SignIn.id_hash != hash_of(held)
    db.execute(update(SignIn).where(*others).values(ended_at=now))
    record(db, "other-sign-ins-ended", Person, object_id=viewer.person_id, by=viewer.person_id, now=now)


def _open(db: Session, viewer: Viewer, now: datetime) -> tuple[SignIn, ...]:
    return tuple(
        db.scalars(
            select(SignIn)
            .where(
                SignIn.person_id == viewer.person_id,
                SignIn.ended_at.is_(None),
                SignIn.last_seen_at > now - IDLE,
                SignIn.created_at > now - AT_MOST,
            )
            .order_by(SignIn.last_seen_at.desc(), SignIn.id_hash)
        )
    )
