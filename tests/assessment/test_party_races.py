"""Several of a group in the same moment: one sheet, one hand-in, and nobody on what was handed in without them."""

from __future__ import annotations

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from app import clock
from app.accounts.models import Person
from app.assessment import parties
from app.assessment.models import Attempt, AttemptMember, Submission
from app.assessment.parties import leave_attempt
from app.assessment.queries import own_work
from app.classroom.models import GroupMember
from app.db import Database
from tests.assessment.party_samples import (
    Class,
    ClientOf,
    audited,
    create_class,
    five,
    hand_in,
    members,
    post,
    start,
    tick,
)
from tests.assessment.samples import viewer_of
from tests.conftest import NOW, CreatePerson
from tests.racing import at_once, overlapping


@pytest.fixture
def room(database: Database, alice: Person, create_person: CreatePerson) -> Class:
    with database.transaction() as db:
        return create_class(db, alice, five(create_person), grouped=4)


@pytest.fixture(autouse=True)
def _on_the_day(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(clock, "now", lambda: NOW)


def test_of_a_group_that_starts_at_once_all_are_on_one_sheet(
    room: Class, client_of: ClientOf, database: Database
) -> None:
    path = f"/cohorts/{room.cohort.id}/exercises/ledger"
    with database.transaction() as db:
        tick(db, room, room.people[3], "absent")  # they come in by themselves, in the same moment
    answers = at_once([post(client_of(each), path) for each in room.people[:4] for _ in range(2)])
    assert {(each.status_code, each.location) for each in answers} == {(303, "/attempts/1")}
    with database.reading() as db:
        assert members(db, 1) == {each.id: 1 for each in room.enrolments[:4]}
        assert audited(db, "attempt-started") == 1


def test_a_group_handed_in_by_all_at_once_is_handed_in_once(
    room: Class, client_of: ClientOf, database: Database
) -> None:
    with database.transaction() as db:
        attempt = start(db, room, room.people[0], "quiz").id
    answers = at_once([post(client_of(each), f"/attempts/{attempt}/hand-in") for each in room.people[:4]])
    assert {each.status_code for each in answers} == {303}
    with database.reading() as db:
        assert db.scalar(select(func.count()).select_from(Submission)) == 1


def begun_behind(database: Database, room: Class) -> list[dict[int, int]]:
    """One of a group begins while another has begun and not yet committed: who is on which sheet."""
    first, second, *_ = room.people
    overlapping(database, lambda db: start(db, room, first), lambda db: start(db, room, second))
    with database.reading() as db:
        return [members(db, each) for each in db.scalars(select(Attempt.id).order_by(Attempt.id))]


def test_one_who_starts_while_the_group_is_being_started_waits_for_it(database: Database, room: Class) -> None:
    assert begun_behind(database, room) == [{each.id: 1 for each in room.enrolments[:4]}]


def test_somebody_alone_while_the_group_takes_them_in_is_on_one_sheet(database: Database, room: Class) -> None:
    """They are in no group when they press start, and in one when the group does."""
    newcomer = room.people[4]

    def come_in(db: Session) -> None:
        row = GroupMember(
            enrolment_id=room.number_of(newcomer), work="group", group_id=room.group.id, leads=False, joined_at=NOW
        )
        db.add(row)
        db.flush()
        start(db, room, room.people[0])

    overlapping(database, come_in, lambda db: start(db, room, newcomer))
    with database.reading() as db:
        rows = select(func.count()).where(AttemptMember.enrolment_id == room.number_of(newcomer))
        assert db.scalar(rows) == 1
        assert db.scalar(select(func.count()).select_from(Attempt)) == 1


def test_without_turns_they_would_clash(database: Database, room: Class, monkeypatch: pytest.MonkeyPatch) -> None:
    """The canary: it needs a database that lets several write at once."""
    if database.engine.dialect.name == "sqlite":
        pytest.skip("whoever writes to SQLite is alone")
    monkeypatch.setattr(parties, "one_at_a_time", lambda *_: None)
    with pytest.raises(Exception, match="attempt_member"):
        begun_behind(database, room)


def test_who_joins_while_it_is_being_handed_in_is_not_on_what_was(database: Database, room: Class) -> None:
    first, second, *_ = room.people
    with database.transaction() as db:
        tick(db, room, second, "absent")
        attempt = start(db, room, first, "quiz")
        number = attempt.id

    def join(db: Session) -> None:
        start(db, room, second, "quiz")

    assert overlapping(database, lambda db: hand_in(db, first, db.get_one(Attempt, number)), join) is None
    with database.reading() as db:
        assert room.number_of(second) not in members(db, number)
        assert db.scalar(select(func.count()).select_from(Attempt)) == 2


def test_who_leaves_while_it_is_handed_in_stays_on_it(database: Database, room: Class) -> None:
    first, second, *_ = room.people
    with database.transaction() as db:
        number = start(db, room, first, "quiz").id

    def leave(db: Session) -> None:
        leave_attempt(db, own_work(db, viewer_of(second), number, to_change=True), by=second.id, now=NOW)

    refused = overlapping(database, lambda db: hand_in(db, first, db.get_one(Attempt, number)), leave)
    assert refused is not None
    with database.reading() as db:
        assert room.number_of(second) in members(db, number)
