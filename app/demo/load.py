"""Filling a database for load tests: thousands of trainees with ten enrolments each, over three years.

Rows are written in bulk, not through the actions that people's clicks go through; completion is worked out from them
as from any others.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path
from random import Random

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.accounts.actions import record
from app.accounts.models import Audit, Person
from app.db import Database, one_at_a_time
from app.demo.files import read_data
from app.demo.load_classes import BEGAN, Filling, insert_with_ids, write_classes
from app.demo.load_courses import load_courses
from app.demo.load_people import (
    Passwords,
    add_staff,
    last_number,
    load_departments,
    names_of,
    trainee_rows,
    write_accounts,
)

BATCH = 2_500
"""Trainees whose cohorts are theirs alone: written in one transaction."""
MOST = 100_000
FILLED = "load-test-filled"


def is_filled(db: Session) -> bool:
    """Whether people of a load test are there already."""
    return db.scalars(select(Audit.id).where(Audit.action == FILLED).limit(1)).first() is not None


def fill(
    database: Database, root: Path, instance: Path, trainees: int, *, now: datetime, tell: Callable[[int], None]
) -> Path:
    """Add so many trainees with all that belongs to them; returns the file of their passwords.

    `tell` is told how many are done. Completion is left to whoever works it out.
    """
    words, passwords = read_data(root, "load.yaml"), Passwords.make()
    with database.transaction() as db:
        one_at_a_time(db, "load test")
        first = last_number(db, "L") + 1
        random = Random(first)  # noqa: S311 -- nothing is secret here: the same call makes the same people
        names = names_of(words, random)
        staff = add_staff(db, trainees, passwords, names, now=now)
        trainers = tuple(person.id for person in staff if person.number.startswith("LT"))
        courses = load_courses(db, title=words["course"], now=now)
        filling = Filling(courses, trainers, load_departments(db, words), words["cohort"], words["room"], random, now)
        record(db, FILLED, Person, object_id=f"L{first:06}", by=None, now=now, trainees=str(trainees))
        accounts = [f"{each.number:<10}{passwords.of(int(each.number[2:]))[0]}\n" for each in staff]
        accounts += [f"L{number:06}   {passwords.of(number)[0]}\n" for number in range(first, first + trainees)]
        # Before the commit, as with the demo people: nobody has an account whose password is in no file.
        path = write_accounts(instance, accounts, people=len(accounts))
    joined = now - BEGAN - timedelta(days=30)
    for start in range(first, first + trainees, BATCH):
        numbers = range(start, min(start + BATCH, first + trainees))
        people = trainee_rows(numbers, filling.departments, passwords, names, random=random, now=joined)
        with database.transaction() as db:
            write_classes(db.connection(), filling, insert_with_ids(db.connection(), Person, people))
        tell(numbers.stop - first)
    return path
