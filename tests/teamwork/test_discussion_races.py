"""Two who lead at once: a discussion goes on by one stage, and has one leader."""

from __future__ import annotations

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from app.accounts.models import Audit, Person
from app.db import Database
from app.teamwork.discussion_actions import choose_leader, move_discussion
from app.teamwork.discussion_queries import party_work, talk_of
from app.teamwork.models import Discussion
from tests.assessment.samples import viewer_of
from tests.conftest import NOW
from tests.racing import overlapping
from tests.teamwork.discussion_samples import Hall, begin, create_hall, enrolment_of


@pytest.fixture
def hall(database: Database, bob: Person, alice: Person) -> Hall:
    with database.transaction() as db:
        return create_hall(db, bob, alice)


def test_the_leader_and_the_trainer_go_on_at_once(database: Database, hall: Hall, bob: Person, alice: Person) -> None:
    with database.transaction() as db:
        attempt_id = begin(db, hall.tables[0]).attempt.id

    def go_on(db: Session, person: Person, *roles: str) -> None:
        work, trains = party_work(db, viewer_of(person, *roles), attempt_id)  # type: ignore[arg-type]  # roles of ours
        move_discussion(db, work, "discuss", seen="read", by=person.id, now=NOW, as_trainer=trains)

    assert overlapping(database, lambda db: go_on(db, bob), lambda db: go_on(db, alice, "trainer")) is None
    with database.reading() as db:
        assert talk_of(db, attempt_id).stage == "discuss"
        moved = select(func.count()).select_from(Audit).where(Audit.action == "discussion-moved")
        assert (db.scalar(moved), db.scalar(select(func.count()).select_from(Discussion))) == (1, 1)


def test_two_take_the_lead_at_once(database: Database, hall: Hall) -> None:
    table = hall.tables[0]
    with database.transaction() as db:
        attempt_id = begin(db, table).attempt.id

    def take(db: Session, person: Person) -> None:
        work, _ = party_work(db, viewer_of(person), attempt_id)
        choose_leader(db, work, enrolment_of(db, table, person), by=person.id, now=NOW)

    _, ann, ben = table.people
    assert overlapping(database, lambda db: take(db, ann), lambda db: take(db, ben)) is None
    with database.reading() as db:
        led = talk_of(db, attempt_id).leader
        assert led is not None
        assert led.display_name == ben.display_name  # whoever comes later
