"""Who a load test is done with: departments in three levels, trainers, HR, trainees, and the passwords of them all."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from random import Random
from typing import Any

from sqlalchemy import func, insert, select
from sqlalchemy.orm import Session

from app.accounts.actions import add_person, grant_role
from app.accounts.models import Department, Person
from app.accounts.passwords import hash_password, make_password

ACCOUNTS = "load-accounts.txt"
PASSWORDS = 24
"""Hashing one for each of 100,000 people would take an hour: they share these few."""
TRAINEES_A_TRAINER = 200
HEADING = (
    "# {people} people of a load test share {passwords} passwords: never let them onto a server with real people.\n"
)


@dataclass(frozen=True)
class Passwords:
    """A few passwords with their hashes, dealt out in turn."""

    pairs: tuple[tuple[str, str], ...]

    @classmethod
    def make(cls) -> Passwords:
        made = [make_password() for _ in range(PASSWORDS)]
        return cls(tuple((each, hash_password(each)) for each in made))

    def of(self, number: int) -> tuple[str, str]:
        """Password and hash of the person with this number."""
        return self.pairs[number % len(self.pairs)]


def load_departments(db: Session, words: Mapping[str, Any]) -> tuple[int, ...]:
    """The ids of the departments of the lowest level; all levels are made where there are none."""
    top = _level(db, [(None, f"{words['department']}{area}") for area in words["areas"]])
    middle = _level(db, [(parent, name) for parent in top for name in words["regions"]])
    return tuple(_level(db, [(parent, name) for parent in middle for name in words["offices"]]))


def _level(db: Session, wanted: Sequence[tuple[int | None, str]]) -> list[int]:
    known = {(row.parent_id, row.name): row.id for row in db.scalars(select(Department))}
    missing = [{"parent_id": parent, "name": name} for parent, name in wanted if (parent, name) not in known]
    if missing:
        db.execute(insert(Department), missing)
        known = {(row.parent_id, row.name): row.id for row in db.scalars(select(Department))}
    return [known[each] for each in wanted]


def last_number(db: Session, letters: str) -> int:
    """The highest number in use behind these letters: the next call goes on after it."""
    pattern = Person.number.between(f"{letters}000000", f"{letters}999999")
    wanted = select(func.max(Person.number)).where(pattern, func.length(Person.number) == len(letters) + 6)
    newest = db.scalar(wanted)
    return int(newest.removeprefix(letters)) if newest else 0


def add_staff(db: Session, trainees: int, passwords: Passwords, names: Iterator[str], *, now: datetime) -> list[Person]:
    """As many trainers as it takes, and with the first of them somebody from HR; the last of the list."""
    first = last_number(db, "LT") + 1
    people = []
    for number in range(first, first + max(1, trainees // TRAINEES_A_TRAINER)):
        hashed = passwords.of(number)[1]
        people.append(add_person(db, f"LT{number:06}", next(names), by=None, now=now, password_hash=hashed))
        grant_role(db, people[-1], "trainer", by=None, now=now)
    if first == 1:
        people.append(add_person(db, "LH000001", next(names), by=None, now=now, password_hash=passwords.of(1)[1]))
        grant_role(db, people[-1], "HR", by=None, now=now)
    return people


def trainee_rows(
    numbers: Iterable[int],
    departments: Sequence[int],
    passwords: Passwords,
    names: Iterator[str],
    *,
    random: Random,
    now: datetime,
) -> list[dict[str, Any]]:
    """Trainees as rows of Person; the larger a department, the sooner it stands in the list."""
    return [
        {
            "number": f"L{number:06}",
            "display_name": next(names),
            "password_hash": passwords.of(number)[1],
            "department_id": departments[int(len(departments) * random.random() ** 1.3)],
            "active": True,
            "created_at": now,
        }
        for number in numbers
    ]


def names_of(words: Mapping[str, Any], random: Random) -> Iterator[str]:
    """Names without end."""
    while True:
        yield random.choice(words["surnames"]) + random.choice(words["given"])


def write_accounts(instance: Path, lines: Iterable[str], *, people: int) -> Path:
    """Add lines to the private file of passwords; what an earlier call wrote stays."""
    path = instance / ACCOUNTS
    opened = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND | os.O_NOFOLLOW, 0o600)
    os.fchmod(opened, 0o600)  # an older file may be readable by others
    with os.fdopen(opened, "w", encoding="utf-8") as file:
        file.write(HEADING.format(people=people, passwords=PASSWORDS))
        file.writelines(lines)
    return path
