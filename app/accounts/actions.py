"""Writes about people. Each leaves an audit row in the same transaction; none commits."""

from __future__ import annotations

import secrets
from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, delete, insert, or_, select, update
from sqlalchemy.orm import Session
from sqlalchemy.orm.attributes import flag_modified

from app.accounts.models import Audit, Department, Invitation, Person, Role, SignIn, Throttle
from app.accounts.queries import Credentials, hash_of, roles_of
from app.accounts.rules import (
    AT_MOST,
    IDLE,
    Counter,
    Failures,
    email_refusal,
    faded,
    name_refusal,
    normalised,
    number_refusal,
)
from app.db import one_at_a_time
from app.errors import NotAllowed, UserError
from app.web.viewing import RoleName
from app.words import Language, say

KEPT_AFTER_END = timedelta(days=30)
KEPT_FAILURES = timedelta(days=1)
PEOPLE_TURN = "numbers and addresses of people"
"""The turn that is taken before somebody gets a number or an address: two at once must not get the same."""
ISSUING = "making codes"
"""The turn that is taken before older codes are ended, and before somebody gets a role: else of two codes made at once
both would stay, and one that a trainer makes meanwhile would open the account of an admin."""
ADMINS = "removing admins"
"""The turn that is taken before admins are counted: two who remove each other must not both succeed."""
COUNTING = "counting failures"
"""The turn that is taken before rows of Throttle are read to be changed."""


def record(
    db: Session, action: str, subject: object, *, object_id: object, by: int | None, now: datetime, **details: str
) -> None:
    """Add an audit row. `subject` is the model it is about, `by` a person's id or None for the command line."""
    name = getattr(subject, "__tablename__", str(subject))
    db.add(Audit(at=now, by_id=by, action=action, object_type=name, object_id=str(object_id), details=details))


def record_each(
    db: Session, action: str, subject: object, *, about: Mapping[int, dict[str, str]], by: int | None, now: datetime
) -> None:
    """Add an audit row about each of several things, {id: details}, in one statement."""
    name = getattr(subject, "__tablename__", str(subject))
    common = {"at": now, "by_id": by, "action": action, "object_type": name}
    if about:
        rows = [{**common, "object_id": str(object_id), "details": details} for object_id, details in about.items()]
        db.execute(insert(Audit), rows)


def add_person(
    db: Session,
    number: str,
    display_name: str,
    *,
    by: int | None,
    now: datetime,
    email: str | None = None,
    password_hash: str | None = None,
    language: Language | None = None,
    department: Department | None = None,
) -> Person:
    """Make a person. Raises UserError for a number or address that is empty, too long or taken."""
    number, display_name = normalised(number).upper(), display_name.strip()
    email = normalised(email) if email else None
    _refuse_names(number, display_name, email)
    one_at_a_time(db, PEOPLE_TURN)
    _refuse_taken(db, number, email)
    person = Person(
        number=number,
        display_name=display_name,
        email=email,
        password_hash=password_hash,
        language=language,
        department_id=department.id if department else None,
        created_at=now,
    )
    db.add(person)
    db.flush()
    record(db, "person-added", Person, object_id=person.id, by=by, now=now)
    return person


def move_person(person: Person, department_id: int | None) -> None:
    """Put somebody in a department: the only way, because lists by department follow what is noted here."""
    if person.department_id != department_id:
        person.department_id, person.moved = department_id, True
        flag_modified(person, "moved")  # written even where it was set when the row was read: it may be cleared by now


def department_named(db: Session, name: str) -> Department:
    """The department at the top with this name, made when there is none."""
    found = db.scalars(select(Department).where(Department.name == name, Department.parent_id.is_(None))).first()
    if found is None:
        found = Department(name=name)
        db.add(found)
        db.flush()
    return found


def grant_role(db: Session, person: Person, role: RoleName, *, by: int | None, now: datetime) -> None:
    """Give a role: the only way to one. Raises NotAllowed unless `by` is an admin or the command line (None).

    With the first role that an admin gives, the password goes: the person chooses one with a new code.
    """
    refuse_unless_admin(db, by)
    one_at_a_time(db, ISSUING)
    held = roles_of(db, person.id)
    if role in held:
        return
    db.add(Role(person_id=person.id, role=role, granted_by_id=by, granted_at=now))
    db.flush()
    end_every_sign_in(db, person.id, now=now)  # nobody goes on with a door that was opened under other rights
    record(db, "role-granted", Person, object_id=person.id, by=by, now=now, role=role)
    if not held:
        _distrust_doors_of_before(db, person, by=by, now=now)


def revoke_role(db: Session, person: Person, role: RoleName, *, by: int | None, now: datetime) -> None:
    """Take a role away. Raises UserError for the last admin, who stays."""
    refuse_unless_admin(db, by)
    if role == "admin":
        _refuse_last_admin(db, person)
    db.execute(delete(Role).where(Role.person_id == person.id, Role.role == role))
    end_every_sign_in(db, person.id, now=now)
    record(db, "role-revoked", Person, object_id=person.id, by=by, now=now, role=role)


def deactivate_person(db: Session, person: Person, *, by: int | None, now: datetime) -> None:
    """Close an account and every door of it. Raises UserError for the last admin."""
    refuse_unless_admin(db, by)
    _refuse_last_admin(db, person)
    person.active = False
    end_every_sign_in(db, person.id, now=now)
    end_invitations(db, (person,), now=now)
    record(db, "person-deactivated", Person, object_id=person.id, by=by, now=now)


def reactivate_person(db: Session, person: Person, *, by: int | None, now: datetime) -> None:
    """Open a closed account again; its roles are those it had."""
    refuse_unless_admin(db, by)
    person.active = True
    record(db, "person-reactivated", Person, object_id=person.id, by=by, now=now)


def set_password(db: Session, person: Person, password_hash: str, *, by: int | None, now: datetime) -> None:
    """Change a password, by its hash; every door that the old one opened is closed."""
    if by != person.id:
        refuse_unless_admin(db, by)
    person.password_hash = password_hash
    end_every_sign_in(db, person.id, now=now)
    end_invitations(db, (person,), now=now)  # a forgotten slip must not open the account later
    record(db, "password-set", Person, object_id=person.id, by=by, now=now)


def choose_language(db: Session, person_id: int, language: Language) -> None:
    """Keep the language a person wants their pages in. Not audited: it concerns nobody else."""
    db.execute(update(Person).where(Person.id == person_id).values(language=language))


def still_fit(db: Session, credentials: Credentials) -> bool:
    """Whether what was compared a moment ago still stands: read again, now that nobody else can write."""
    person = db.get(Person, credentials.person_id)
    return person is not None and person.active and person.password_hash == credentials.password_hash


def start_sign_in(db: Session, person_id: int, *, user_agent: str, now: datetime) -> str:
    """Open a door for a person; returns the random 256-bit id that their browser is to hold."""
    sign_in_id = secrets.token_urlsafe(32)
    db.add(
        SignIn(
            id_hash=hash_of(sign_in_id),
            person_id=person_id,
            created_at=now,
            last_seen_at=now,
            user_agent=user_agent[:120],
        )
    )
    record(db, "signed-in", Person, object_id=person_id, by=person_id, now=now)
    return sign_in_id


def end_sign_in(db: Session, sign_in_id: str, *, now: datetime) -> None:
    """Close one door; closing it twice does nothing."""
    db.execute(
        update(SignIn).where(SignIn.id_hash == hash_of(sign_in_id), SignIn.ended_at.is_(None)).values(ended_at=now)
    )


def end_every_sign_in(db: Session, person_id: int, *, now: datetime) -> None:
    """Close every door of a person."""
    db.execute(update(SignIn).where(SignIn.person_id == person_id, SignIn.ended_at.is_(None)).values(ended_at=now))


def end_invitations(db: Session, people: Iterable[Person], *, now: datetime) -> None:
    """Make every open one-time code of these people worthless."""
    theirs = Invitation.person_id.in_([person.id for person in people])
    db.execute(update(Invitation).where(theirs, Invitation.ended_at.is_(None)).values(ended_at=now))


def touch_sign_in(db: Session, sign_in_id: str, *, now: datetime) -> None:
    """Note that a door is still in use."""
    db.execute(update(SignIn).where(SignIn.id_hash == hash_of(sign_in_id)).values(last_seen_at=now))


def count_failure(db: Session, counters: tuple[Counter, ...], *, now: datetime) -> None:
    """Count a refused try."""
    one_at_a_time(db, COUNTING)  # two first failures would both add the row, two later ones count as one
    for counter in counters:
        row = db.get(Throttle, counter.key)
        if row is None:
            db.add(Throttle(key=counter.key, failures=1.0, updated_at=now))
        else:
            row.failures = faded(Failures(row.failures, row.updated_at), counter.pace, now) + 1
            row.updated_at = now


def forget_failures(db: Session, counters: tuple[Counter, ...]) -> None:
    """After the right password: the account's failures no longer slow it down. The address keeps its own."""
    one_at_a_time(db, COUNTING)
    db.execute(delete(Throttle).where(Throttle.key == counters[0].key))


def clean_up(db: Session, *, now: datetime) -> None:
    """Remove sign-ins and one-time codes that have been over for a month, and failures that have faded."""
    over = now - KEPT_AFTER_END
    db.execute(
        delete(SignIn).where(
            or_(SignIn.ended_at < over, SignIn.last_seen_at < over - IDLE, SignIn.created_at < over - AT_MOST)
        )
    )
    db.execute(delete(Invitation).where(or_(Invitation.ended_at < over, Invitation.expires_at < over)))
    one_at_a_time(db, COUNTING)
    db.execute(delete(Throttle).where(Throttle.updated_at < now - KEPT_FAILURES))


def _refuse_names(number: str, display_name: str, email: str | None) -> None:
    for refusal in (number_refusal(number), name_refusal(display_name), email_refusal(email) if email else None):
        if refusal:
            raise UserError(refusal)


def _refuse_taken(db: Session, number: str, email: str | None) -> None:
    taken = or_(Person.number == number, Person.email == email) if email else Person.number == number
    if db.scalars(select(Person.id).where(taken).limit(1)).first() is not None:
        raise UserError(say("The number {number} or its e-mail address belongs to somebody already.", number=number))


def _distrust_doors_of_before(db: Session, person: Person, *, by: int | None, now: datetime) -> None:
    """Until somebody has a role, trainers make codes for them and correct their address: so each may know a way in.

    Codes of admins stay where nobody has chosen a password yet. The command line is taken to know whom it trusts.
    """
    admins = select(Role.person_id).where(Role.role == "admin")
    others: ColumnElement[bool] = Invitation.created_by_id.not_in(admins)
    if by is not None:  # a code that nobody made was mailed, perhaps to an address that a trainer planted
        others = or_(others, Invitation.created_by_id.is_(None))
    theirs = Invitation.person_id == person.id, Invitation.ended_at.is_(None)
    db.execute(update(Invitation).where(*theirs, others).values(ended_at=now))
    if by is None:
        return
    chosen = Person.id == person.id, Person.password_hash.is_not(None)  # asked anew: a code may just have been used
    if db.execute(update(Person).where(*chosen).values(password_hash=None).returning(Person.id)).first():
        end_invitations(db, (person,), now=now)
        record(db, "password-removed", Person, object_id=person.id, by=by, now=now)


def refuse_unless_admin(db: Session, by: int | None) -> None:
    """Raises NotAllowed unless `by` is an admin or the command line (None)."""
    if by is not None and "admin" not in roles_of(db, by):
        raise NotAllowed(say("Only an administrator can do this."))


def _refuse_last_admin(db: Session, person: Person) -> None:
    one_at_a_time(db, ADMINS)  # not a row lock: that would still count whoever was deactivated meanwhile
    admins = select(Role.person_id).join(Person, Person.id == Role.person_id).where(Role.role == "admin", Person.active)
    if set(db.scalars(admins)) == {person.id}:
        raise UserError(
            say("{name} is the only administrator. Make somebody else one first.", name=person.display_name)
        )
