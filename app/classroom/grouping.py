"""Writes about pairs and groups: dealt, shared out, moved, renamed, led, taken apart. Each leaves an audit row."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from hashlib import sha256
from itertools import count
from random import Random

from sqlalchemy import ColumnElement, delete, select, update
from sqlalchemy.orm import Session

from app.accounts.actions import record
from app.accounts.models import Department, Person
from app.classroom.dealing import Dealt, Size, deal, share_out
from app.classroom.groups import Party, by_enrolment, parties_in
from app.classroom.models import Group, GroupMember
from app.cohorts.actions import refuse_archived
from app.cohorts.models import Cohort, Enrolment
from app.db import one_at_a_time
from app.errors import UserError
from app.words import say

NEW = 0
"""Where somebody is put who goes into a group that is not there yet."""
MOST_NAME = 80
STALE = say("Somebody changed these groups while your page was open. They stand here as they are now: look once more.")
Named = Callable[[int], str]
"""What the group of this number is called."""


class StaleGroups(UserError):
    """The page that was sent showed other groups."""


@dataclass(frozen=True)
class Wanted:
    """What a form says about all groups of one way of working."""

    stamp: str
    """Of the groups that it showed."""
    names: Mapping[int, str] = field(default_factory=dict)
    leaders: Mapping[int, int | None] = field(default_factory=dict)
    places: Mapping[int, int | None] = field(default_factory=dict)
    """Enrolment → group, NEW, or None for no group."""


def make_groups(
    db: Session,
    cohort: Cohort,
    work: str,
    size: Size,
    *,
    mixed: bool,
    named: Named,
    random: Random,
    by: int,
    now: datetime,
) -> int:
    """Deal everybody who is in no group into new ones; how many. Raises UserError where that is nobody, or just one."""
    parties = _in_turn(db, cohort, work)
    free = free_people(db, cohort, work)
    dealt = deal(free, size, mixed=mixed, random=random)
    if not dealt:
        raise UserError(
            say("Only one person is without a group: move them into one below.")
            if free
            else say("Everybody is in a group already.")
        )
    names = _free_names(parties, named)
    for enrolment_ids in dealt:
        group = _new_group(db, cohort, work, next(names), by=by, now=now)
        _put_in(db, group, enrolment_ids, leader=enrolment_ids[0], by=by, now=now)
    return len(dealt)


def share_out_rest(db: Session, cohort: Cohort, work: str, *, random: Random, by: int, now: datetime) -> int:
    """Put everybody who is in no group into the smallest ones that are there; how many people."""
    parties = _in_turn(db, cohort, work)
    if not parties:
        raise UserError(say("There are no groups yet to share people out among. Make some first."))
    sizes = {party.group_id: len(party.members) for party in parties}
    places = share_out(free_people(db, cohort, work), sizes, random=random)
    groups = _groups(db, places.values())
    for enrolment_id, group_id in places.items():
        _put_in(db, groups[group_id], (enrolment_id,), leader=None, by=by, now=now)
    return len(places)


def change_groups(
    db: Session, cohort: Cohort, work: str, wanted: Wanted, *, named: Named, by: int, now: datetime
) -> None:
    """Rename, move people and choose leaders as a form says; what it leaves out stays.

    Raises StaleGroups where it showed others, UserError for names that cannot be.
    """
    parties = _in_turn(db, cohort, work)
    people = set(db.scalars(select(Enrolment.id).where(*_in(cohort))))
    if wanted.stamp != stamp_of(parties, free_people(db, cohort, work)):
        raise StaleGroups(STALE)
    names = _checked_names(parties, wanted.names)
    groups = _groups(db, (party.group_id for party in parties))
    _refuse_unknown(wanted, groups, people)
    _rename(db, groups, names, by=by, now=now)
    if any(place == NEW for place in wanted.places.values()):
        made = _new_group(db, cohort, work, next(_free_names(parties, named, names.values())), by=by, now=now)
        groups[NEW] = made
    _move(db, groups, by_enrolment(parties), wanted.places, by=by, now=now)
    _lead(db, wanted, parties, by=by, now=now)


def take_apart(
    db: Session, cohort: Cohort, work: str, group_ids: Collection[int] | None, *, by: int, now: datetime
) -> int:
    """End groups, all of them for None; how many. Their people are in none then, their sheets stay as they are."""
    parties = _in_turn(db, cohort, work)
    ended = [each for each in parties if group_ids is None or each.group_id in group_ids]
    for party in ended:
        db.execute(delete(GroupMember).where(GroupMember.group_id == party.group_id))
        db.execute(update(Group).where(Group.id == party.group_id).values(ended_at=now))
        members = ",".join(str(each.enrolment_id) for each in party.members)
        record(db, "group-taken-apart", Group, object_id=party.group_id, by=by, now=now, members=members)
    return len(ended)


def free_people(db: Session, cohort: Cohort, work: str) -> tuple[Dealt, ...]:
    """Who is in no group for this way of working. One statement."""
    grouped = select(GroupMember.enrolment_id).where(GroupMember.work == work)
    rows = db.execute(
        select(Enrolment.id, Person.department_id, Person.number, Person.display_name, Department.name)
        .join(Person, Person.id == Enrolment.person_id)
        .outerjoin(Department, Department.id == Person.department_id)
        .where(*_in(cohort), Enrolment.id.not_in(grouped))
        .order_by(Person.number)
    )
    return tuple(
        Dealt(enrolment_id, department_id, number, name, department or "")
        for enrolment_id, department_id, number, name, department in rows
    )


def stamp_of(parties: Iterable[Party], free: Iterable[Dealt]) -> str:
    """What tells whether groups are as a page showed them."""
    shown = [(each.group_id, each.name, [(m.enrolment_id, m.leads) for m in each.members]) for each in parties]
    return sha256(repr((shown, sorted(each.enrolment_id for each in free))).encode()).hexdigest()[:16]


def _in(cohort: Cohort) -> tuple[ColumnElement[bool], ColumnElement[bool]]:
    return Enrolment.cohort_id == cohort.id, Enrolment.withdrawn_at.is_(None)


def _in_turn(db: Session, cohort: Cohort, work: str) -> tuple[Party, ...]:
    """The groups as they are; nobody else changes them until the commit."""
    refuse_archived(cohort)
    one_at_a_time(db, f"groups of {cohort.id}")
    db.flush()
    return parties_in(db, cohort.id, work)


def _groups(db: Session, group_ids: Iterable[int]) -> dict[int, Group]:
    return {each.id: each for each in db.scalars(select(Group).where(Group.id.in_(set(group_ids))))}


def _new_group(db: Session, cohort: Cohort, work: str, name: str, *, by: int, now: datetime) -> Group:
    group = Group(cohort_id=cohort.id, work=work, name=name, created_at=now)
    db.add(group)
    db.flush()
    record(db, "group-made", Group, object_id=group.id, by=by, now=now, work=work)
    return group


def _put_in(
    db: Session, group: Group, enrolment_ids: Collection[int], *, leader: int | None, by: int, now: datetime
) -> None:
    for enrolment_id in enrolment_ids:
        leads = enrolment_id == leader
        row = GroupMember(
            enrolment_id=enrolment_id, work=group.work, group_id=group.id, leads=leads, joined_at=now, added_by_id=by
        )
        db.add(row)
        record(db, "group-joined", Group, object_id=group.id, by=by, now=now, enrolment=str(enrolment_id))
    db.flush()


def _free_names(parties: Iterable[Party], named: Named, others: Iterable[str] = ()) -> Iterator[str]:
    taken = {party.name for party in parties} | set(others)
    return (name for number in count(1) if (name := named(number)) not in taken)


def _checked_names(parties: Iterable[Party], wanted: Mapping[int, str]) -> dict[int, str]:
    """Group → its name as it is kept, of all groups."""
    names = {party.group_id: " ".join(wanted.get(party.group_id, party.name).split()) for party in parties}
    for name in names.values():
        if not name or len(name) > MOST_NAME or not name.isprintable():
            raise UserError(say("A group needs a name of at most {most} characters.", most=MOST_NAME))
    twice = [name for name, times in Counter(names.values()).items() if times > 1]
    if twice:
        raise UserError(say("Two groups cannot both be called “{name}”.", name=twice[0]))
    return names


def _refuse_unknown(wanted: Wanted, groups: Collection[int], people: Collection[int]) -> None:
    """Whatever names something that the page of this cohort never showed."""
    places = {place for place in wanted.places.values() if place is not None}
    leaders = {each for each in wanted.leaders.values() if each is not None}
    strange = (places - {NEW} - set(groups)) | ((set(wanted.names) | set(wanted.leaders)) - set(groups))
    if strange or (set(wanted.places) | leaders) - set(people):
        raise StaleGroups(STALE)


def _rename(db: Session, groups: Mapping[int, Group], names: Mapping[int, str], *, by: int, now: datetime) -> None:
    """In two steps: two groups may change names with each other."""
    changed = {group_id: name for group_id, name in names.items() if groups[group_id].name != name}
    for group_id in changed:
        groups[group_id].name = f"…{group_id}"
    db.flush()
    for group_id, name in changed.items():
        groups[group_id].name = name
        record(db, "group-renamed", Group, object_id=group_id, by=by, now=now)
    db.flush()


def _move(
    db: Session,
    groups: Mapping[int, Group],
    before: Mapping[int, Party],
    places: Mapping[int, int | None],
    *,
    by: int,
    now: datetime,
) -> None:
    work = {group.work for group in groups.values()}
    for enrolment_id, place in places.items():
        party = before.get(enrolment_id)
        if place == (party.group_id if party else None):
            continue
        if party is not None:
            db.execute(delete(GroupMember).where(GroupMember.enrolment_id == enrolment_id, GroupMember.work.in_(work)))
            record(db, "group-left", Group, object_id=party.group_id, by=by, now=now, enrolment=str(enrolment_id))
        if place is not None:
            _put_in(db, groups[place], (enrolment_id,), leader=None, by=by, now=now)


def _lead(db: Session, wanted: Wanted, parties: Iterable[Party], *, by: int, now: datetime) -> None:
    """Who leads, of those who are in the group by now."""
    before = {party.group_id: party.leader for party in parties}
    for group_id, enrolment_id in wanted.leaders.items():
        leader = before.get(group_id)
        if enrolment_id == (leader.enrolment_id if leader else None):
            continue
        of_group = GroupMember.group_id == group_id
        db.execute(update(GroupMember).where(of_group).values(leads=GroupMember.enrolment_id == (enrolment_id or 0)))
        record(db, "group-led", Group, object_id=group_id, by=by, now=now, enrolment=str(enrolment_id or ""))
