"""A cohort with two groups of three at one exercise, for tests of discussions."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.accounts.models import Person
from app.assessment.models import Attempt, AttemptMember
from app.assessment.queries import Work, own_work
from app.classroom.models import Group, GroupMember
from app.cohorts.models import Cohort, Enrolment
from tests.assessment.course_samples import FORM, room_with
from tests.assessment.samples import Room, start, viewer_of
from tests.conftest import NOW

TOGETHER: dict[str, Any] = {**FORM, "title": "一起填", "minutes": 20, "work": "group"}
EXERCISES = {"visit": TOGETHER, "alone": FORM, "secret": {**TOGETHER, "title": "悄悄填", "private": True}}


@dataclass(frozen=True)
class Table:
    """One group with its people, first the one who leads it."""

    group: Group
    people: tuple[Person, ...]
    room: Room
    """As the first of them sees it."""


@dataclass(frozen=True)
class Hall:
    """A cohort in which groups work."""

    cohort: Cohort
    trainer: Person
    tables: tuple[Table, ...]


def create_hall(db: Session, bob: Person, alice: Person, *, tables: int = 2) -> Hall:
    """Bob leads the first group; the others in it, and the other groups, are made here."""
    room = room_with(db, bob, alice, EXERCISES)
    seats = [
        [bob, *_people(db, room, "甲", 2)],
        *(_people(db, room, f"乙{number}", 3) for number in range(2, tables + 1)),
    ]
    made = tuple(_seat(db, room, people, f"第 {number} 组") for number, people in enumerate(seats, 1))
    return Hall(room.cohort, alice, made)


def begin(db: Session, table: Table, exercise: str = "visit") -> Work:
    """An attempt of the whole group, as the one who leads sees it."""
    work = start(db, table.room, exercise)
    attempt = db.get_one(Attempt, work.attempt.id)
    attempt.group_id = table.group.id
    known = set(db.scalars(select(AttemptMember.enrolment_id).where(AttemptMember.attempt_id == attempt.id)))
    for enrolment_id in _enrolments(db, table):
        if enrolment_id not in known:
            member = AttemptMember(attempt_id=attempt.id, enrolment_id=enrolment_id, number=1)
            member.assignment_id = attempt.assignment_id
            db.add(member)
    db.flush()
    return as_seen_by(db, table.people[0], work)


def as_seen_by(db: Session, person: Person, work: Work) -> Work:
    return own_work(db, viewer_of(person), work.attempt.id)


def enrolment_of(db: Session, table: Table, person: Person) -> int:
    wanted = select(Enrolment.id).where(Enrolment.person_id == person.id)
    return db.scalars(wanted.where(Enrolment.cohort_id == table.room.cohort.id)).one()


def _people(db: Session, room: Room, names: str, count: int) -> list[Person]:
    made = [Person(number=f"N-{names}{n}", display_name=f"{names}{n}", created_at=NOW) for n in range(count)]
    db.add_all(made)
    db.flush()
    db.add_all([Enrolment(cohort_id=room.cohort.id, person_id=person.id, enrolled_at=NOW) for person in made])
    db.flush()
    return made


def _seat(db: Session, room: Room, people: list[Person], name: str) -> Table:
    group = Group(cohort_id=room.cohort.id, work="group", name=name, created_at=NOW)
    db.add(group)
    db.flush()
    mine = select(Enrolment).where(Enrolment.cohort_id == room.cohort.id, Enrolment.person_id == people[0].id)
    table = Table(group, tuple(people), Room(room.cohort, db.scalars(mine).one(), people[0], room.trainer))
    for place, enrolment_id in enumerate(_enrolments(db, table)):
        leads = place == 0
        db.add(GroupMember(enrolment_id=enrolment_id, work="group", group_id=group.id, leads=leads, joined_at=NOW))
    db.flush()
    return table


def _enrolments(db: Session, table: Table) -> list[int]:
    return [enrolment_of(db, table, person) for person in table.people]
