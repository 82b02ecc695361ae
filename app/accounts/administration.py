"""What administrators do to accounts: change facts and roles, knowing what the page had shown them."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import asdict
from datetime import datetime
from typing import cast

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from app.accounts.actions import (
    PEOPLE_TURN,
    add_person,
    end_invitations,
    grant_role,
    move_person,
    record,
    refuse_unless_admin,
    revoke_role,
)
from app.accounts.departments import department_typed
from app.accounts.models import Person
from app.accounts.people import PersonFacts, facts_of
from app.accounts.queries import roles_of
from app.accounts.rules import email_refusal, name_refusal, normalised, number_refusal
from app.db import one_at_a_time
from app.errors import Mistyped, UserError
from app.web.viewing import ROLES
from app.words import LANGUAGES, Language, Sentence, say


class ChangedMeanwhile(UserError):
    """Somebody else changed this person after the page was shown."""

    def __init__(self) -> None:
        super().__init__(say("Somebody else changed this meanwhile. Nothing was saved; what you typed is still here."))


def add_described_person(db: Session, typed: PersonFacts, *, by: int | None, now: datetime) -> Person:
    """Make a person out of a form. Raises Mistyped."""
    refuse_unless_admin(db, by)
    facts = _checked(db, typed, but=None)
    return add_person(
        db,
        facts.number,
        facts.display_name,
        by=by,
        now=now,
        email=facts.email or None,
        language=_language(facts),
        department=department_typed(db, "department", facts.department),
    )


def change_person(
    db: Session, person: Person, typed: PersonFacts, *, shown: PersonFacts, by: int | None, now: datetime
) -> None:
    """Keep what was typed over what was shown. Raises Mistyped; ChangedMeanwhile where something else stands now."""
    refuse_unless_admin(db, by)
    before = facts_of(person)
    if before != shown:
        raise ChangedMeanwhile
    facts = _checked(db, typed, but=person.id)
    person.number, person.display_name, person.email = facts.number, facts.display_name, facts.email or None
    person.language = _language(facts)
    department = department_typed(db, "department", facts.department)
    move_person(person, department.id if department else None)
    changed = [name for name, value in asdict(facts).items() if getattr(before, name) != value]
    if "email" in changed:
        end_invitations(db, (person,), now=now)  # one of them may lie in the mailbox of the old address
    if changed:
        record(db, "person-changed", Person, object_id=person.id, by=by, now=now, fields=", ".join(changed))


def untouched_as_now(typed: PersonFacts, shown: PersonFacts, now: PersonFacts) -> PersonFacts:
    """What a form holds after a conflict: a field that was not touched takes what somebody else saved."""
    merged = {
        name: getattr(now if value == getattr(shown, name) else typed, name) for name, value in asdict(typed).items()
    }
    return PersonFacts(**merged)


def change_roles(
    db: Session, person: Person, wanted: Collection[str], *, shown: Collection[str], by: int | None, now: datetime
) -> bool:
    """Give and take roles until they are the wanted ones; whether any changed. Raises ChangedMeanwhile, UserError."""
    held = roles_of(db, person.id)
    if held != set(shown):
        raise ChangedMeanwhile
    for role in ROLES:  # given ahead of taking: who changes from one to another was never without any
        if role in wanted and role not in held:
            grant_role(db, person, role, by=by, now=now)
    for role in ROLES:  # that of the admin comes last: without it nobody takes away others of their own
        if role in held and role not in wanted:
            revoke_role(db, person, role, by=by, now=now)
    return held != set(wanted) & set(ROLES)


def _checked(db: Session, typed: PersonFacts, *, but: int | None) -> PersonFacts:
    """The facts in the spelling they are kept in. Raises Mistyped for the first that cannot be."""
    facts = PersonFacts(
        normalised(typed.number).upper(),
        typed.display_name.strip(),
        normalised(typed.email),
        typed.department,
        typed.language,
    )
    refusals = {
        "number": number_refusal(facts.number),
        "display_name": name_refusal(facts.display_name),
        "email": email_refusal(facts.email) if facts.email else None,
    }
    for field, refusal in refusals.items():
        if refusal:
            raise Mistyped(field, refusal)
    if facts.language and facts.language not in LANGUAGES:
        raise Mistyped("language", say("Pages can be read in Chinese and in English."))
    _refuse_taken(db, facts, but)
    return facts


def _refuse_taken(db: Session, facts: PersonFacts, but: int | None) -> None:
    one_at_a_time(db, PEOPLE_TURN)
    same = (
        or_(Person.number == facts.number, Person.email == facts.email)
        if facts.email
        else Person.number == facts.number
    )
    others = db.execute(select(Person.id, Person.number, Person.display_name).where(same)).all()
    for other in others:
        if other.id != but:
            field = "number" if other.number == facts.number else "email"
            raise Mistyped(field, _taken(field, f"{other.display_name} ({other.number})"))


def _taken(field: str, name: str) -> Sentence:
    if field == "number":
        return say("This number belongs to {name} already.", name=name)
    return say("This address belongs to {name} already.", name=name)


def _language(facts: PersonFacts) -> Language | None:
    return cast("Language", facts.language) if facts.language else None
