"""Demo people for an empty installation, with passwords that nobody could know beforehand."""

from __future__ import annotations

import os
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from sqlalchemy.orm import Session

from app.accounts.actions import add_person, department_named, grant_role
from app.accounts.passwords import hash_password, make_password
from app.accounts.queries import nobody_yet
from app.db import Database, one_at_a_time
from app.web.viewing import RoleName


@dataclass(frozen=True)
class DemoPerson:
    number: str
    display_name: str
    department: str
    roles: tuple[RoleName, ...] = ()


@dataclass(frozen=True)
class DemoAccount:
    """A demo person and the password made for them, in clear: shown once, kept in a file of mode 600."""

    person: DemoPerson
    password: str

    def __str__(self) -> str:
        roles = "+".join(self.person.roles) or "trainee"
        return f"{self.person.number:<8}{self.password:<20}{roles:<16}{self.person.display_name}"


DEMO_PEOPLE = (
    DemoPerson("A0001", "沈佳宁", "信息部", ("admin",)),
    DemoPerson("T1001", "林若溪", "培训部", ("author", "trainer")),
    DemoPerson("T1002", "周以恒", "培训部", ("trainer",)),
    DemoPerson("H2001", "韩静", "人力资源部", ("HR",)),
    DemoPerson("E3001", "王思齐", "华东销售部"),
    DemoPerson("E3002", "赵子墨", "华东销售部"),
    DemoPerson("E3003", "陈雨桐", "华南销售部"),
)


def write_demo_accounts(database: Database, instance: Path, *, now: datetime) -> tuple[DemoAccount, ...]:
    """Make demo people where there is nobody yet, and write who they are to `demo-accounts.txt`; () otherwise."""
    with database.reading() as db:
        if not nobody_yet(db):
            return ()
    accounts = tuple(DemoAccount(person, make_password()) for person in DEMO_PEOPLE)
    hashes = {account.person.number: hash_password(account.password) for account in accounts}
    with database.transaction() as db:
        one_at_a_time(db, "demo people")
        if not nobody_yet(db):  # another start was faster
            return ()
        create_demo_people(db, hashes, now=now)
        # Before the commit: people whose passwords nobody has would be in the way of a second try.
        _write_privately(instance / "demo-accounts.txt", "".join(f"{account}\n" for account in accounts))
    return accounts


def create_demo_people(db: Session, hashes: dict[str, str], *, now: datetime) -> None:
    """The demo people as rows; `hashes` holds number → password hash."""
    for each in DEMO_PEOPLE:
        person = add_person(
            db,
            each.number,
            each.display_name,
            by=None,
            now=now,
            password_hash=hashes[each.number],
            department=department_named(db, each.department),
        )
        for role in each.roles:
            grant_role(db, person, role, by=None, now=now)


def _write_privately(path: Path, text: str) -> None:
    path.unlink(missing_ok=True)  # an older file may be readable by others
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="utf-8") as file:
        file.write(text)
