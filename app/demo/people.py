"""Demo people for an empty installation, with passwords that nobody could know beforehand."""

from __future__ import annotations

import os
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import lru_cache
from pathlib import Path

from pydantic import BaseModel, ConfigDict
from sqlalchemy.orm import Session

from app.accounts.actions import add_person, grant_role
from app.accounts.departments import find_or_add_department
from app.accounts.organisation import OrganisationFacts, change_organisation
from app.accounts.passwords import hash_password, make_password
from app.accounts.queries import nobody_yet
from app.db import Database, one_at_a_time
from app.demo.files import read_data
from app.web.viewing import RoleName
from config import PROJECT

HISTORY = timedelta(days=90)
"""So long the demo organisation has been at work."""


class DemoPerson(BaseModel):
    """Somebody in the demo organisation."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    number: str
    name: str
    department: str
    """The names of the departments from the top down."""
    roles: tuple[RoleName, ...] = ()


class DemoOrganisation(BaseModel):
    """`demo/people.yaml`."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    organisation: str
    zone: str
    people: tuple[DemoPerson, ...]

    @property
    def trainees(self) -> tuple[DemoPerson, ...]:
        return tuple(person for person in self.people if not person.roles)


@dataclass(frozen=True)
class DemoAccount:
    """A demo person and the password made for them, in clear: shown once, kept in a file of mode 600."""

    person: DemoPerson
    password: str

    def __str__(self) -> str:
        roles = "+".join(self.person.roles) or "trainee"
        return f"{self.person.number:<8}{self.password:<20}{roles:<16}{self.person.name}"


@lru_cache
def demo_organisation() -> DemoOrganisation:
    """Who is in the demo organisation."""
    return DemoOrganisation.model_validate(read_data(PROJECT, "people.yaml"))


def beginning(database: Database, now: datetime) -> datetime:
    """When what a demo organisation stands on was there: long ago where it is yet to be made, else now."""
    with database.reading() as db:
        return now - HISTORY if nobody_yet(db) else now


def write_demo_accounts(database: Database, instance: Path, *, now: datetime) -> tuple[DemoAccount, ...]:
    """Make demo people where there is nobody yet, and write who they are to `demo-accounts.txt`; () otherwise."""
    with database.reading() as db:
        if not nobody_yet(db):
            return ()
    accounts = tuple(DemoAccount(person, make_password()) for person in demo_organisation().people)
    with ThreadPoolExecutor(2) as hashing:
        hashed = hashing.map(lambda account: hash_password(account.password), accounts)
        hashes = {account.person.number: each for account, each in zip(accounts, hashed, strict=True)}
    with database.transaction() as db:
        one_at_a_time(db, "demo people")
        if not nobody_yet(db):  # another start was faster
            return ()
        create_demo_people(db, hashes, now=now - HISTORY)
        # Before the commit: people whose passwords nobody has would be in the way of a second try.
        _write_privately(instance / "demo-accounts.txt", "".join(f"{account}\n" for account in accounts))
    return accounts


def create_demo_people(db: Session, hashes: Mapping[str, str], *, now: datetime) -> None:
    """The demo organisation and its people as rows; `hashes` holds number → password hash."""
    demo = demo_organisation()
    change_organisation(db, OrganisationFacts(demo.organisation, demo.zone), by=None, now=now)
    for each in demo.people:
        person = add_person(
            db,
            each.number,
            each.name,
            by=None,
            now=now,
            password_hash=hashes[each.number],
            department=find_or_add_department(db, each.department, by=None, now=now),
        )
        for role in each.roles:
            grant_role(db, person, role, by=None, now=now)


def _write_privately(path: Path, text: str) -> None:
    path.unlink(missing_ok=True)  # an older file may be readable by others
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="utf-8") as file:
        file.write(text)
