"""Reads about pairs and groups: who works with whom, and who of them is not there today."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from sqlalchemy import Row, Select, select
from sqlalchemy.orm import Session

from app.accounts.models import Department, Person
from app.classroom.models import Attendance, Group, GroupMember
from app.cohorts.models import Cohort, CohortSession, Enrolment

AWAY = frozenset({"absent", "excused", "left_early"})
"""Ticked like this, somebody is not in the room."""


@dataclass(frozen=True)
class Companion:
    """Somebody who works with others."""

    enrolment_id: int
    person_id: int
    number: str
    name: str
    leads: bool = False
    department: str = ""
    """Named where groups are made, so that they can be mixed."""


@dataclass(frozen=True)
class Party:
    """A pair or a group, with those who are in it and in the cohort, by their numbers."""

    group_id: int
    work: str
    name: str
    members: tuple[Companion, ...]

    @property
    def leader(self) -> Companion | None:
        return next((each for each in self.members if each.leads), None)


_MEMBERS: Select[Group, int, int, str, str, bool, str] = (
    select(Group, Enrolment.id, Person.id, Person.number, Person.display_name, GroupMember.leads, Department.name)
    .outerjoin(GroupMember, GroupMember.group_id == Group.id)
    .outerjoin(Enrolment, (Enrolment.id == GroupMember.enrolment_id) & Enrolment.withdrawn_at.is_(None))
    .outerjoin(Person, Person.id == Enrolment.person_id)
    .outerjoin(Department, Department.id == Person.department_id)
    .where(Group.ended_at.is_(None))
    .order_by(Group.id, Person.number)
)


def parties_in(db: Session, cohort_id: int, work: str) -> tuple[Party, ...]:
    """The pairs or the groups of a cohort in the order they were made, empty ones among them. One statement."""
    return _parties(db.execute(_MEMBERS.where(Group.cohort_id == cohort_id, Group.work == work)))


def party_for(db: Session, enrolment_id: int, work: str) -> Party | None:
    """The pair or group that somebody is in; None where they are in none. One statement."""
    own = select(GroupMember.group_id).where(GroupMember.enrolment_id == enrolment_id, GroupMember.work == work)
    return next(iter(_parties(db.execute(_MEMBERS.where(Group.id.in_(own))))), None)


def parties_of(db: Session, enrolment_id: int) -> tuple[Party, ...]:
    """The pair and the group of somebody. One statement."""
    own = select(GroupMember.group_id).where(GroupMember.enrolment_id == enrolment_id)
    return _parties(db.execute(_MEMBERS.where(Group.id.in_(own))))


def away_now(db: Session, cohort: Cohort, now: datetime) -> frozenset[int]:
    """Enrolments whose newest tick of today, of a session that has begun, says that they are not there."""
    there = now.astimezone(ZoneInfo(cohort.zone))
    ticks = db.execute(
        select(Attendance.enrolment_id, Attendance.state)
        .join(CohortSession, CohortSession.id == Attendance.cohort_session_id)
        .where(CohortSession.cohort_id == cohort.id, CohortSession.day == there.date())
        .where(CohortSession.starts <= there.hour * 60 + there.minute)
        .order_by(CohortSession.starts, CohortSession.id)
    )
    newest = {row.enrolment_id: row.state for row in ticks}
    return frozenset(enrolment_id for enrolment_id, state in newest.items() if state in AWAY)


def by_enrolment(parties: Iterable[Party]) -> Mapping[int, Party]:
    """Enrolment → the party it is in, of those that are for one way of working."""
    return {each.enrolment_id: party for party in parties for each in party.members}


def told_apart(people: Mapping[int, tuple[str, str]]) -> dict[int, str]:
    """What to call people among one another: by name, and where two have the same, with their number behind it.

    `people`: id → name and number.
    """
    times = Counter(name for name, _ in people.values())
    return {each: f"{name} · {number}" if times[name] > 1 else name for each, (name, number) in people.items()}


def _parties(rows: Iterable[Row[Group, int, int, str, str, bool, str]]) -> tuple[Party, ...]:
    groups: dict[int, Group] = {}
    members: dict[int, list[Companion]] = {}
    for group, enrolment_id, person_id, number, name, leads, department in rows:
        groups[group.id] = group
        found = members.setdefault(group.id, [])
        if enrolment_id is not None:  # of an empty group
            member = Companion(enrolment_id, person_id, number, name, leads=leads, department=department or "")
            found.append(member)
    return tuple(Party(group.id, group.work, group.name, tuple(members[group.id])) for group in groups.values())
