"""What the pages of an exercise say of those who work on it together."""

from __future__ import annotations

import pytest
from sqlalchemy.orm import Session

from app import clock
from app.accounts.models import Person
from app.classroom.models import GroupMember
from app.cohorts.models import Enrolment
from app.db import Database
from tests.assessment.party_samples import (
    Class,
    ClientOf,
    create_class,
    five,
    members,
    post,
    start,
    tick,
)
from tests.conftest import NOW, CreatePerson, statements_of


@pytest.fixture
def room(database: Database, alice: Person, create_person: CreatePerson) -> Class:
    with database.transaction() as db:
        return create_class(db, alice, five(create_person), grouped=4)


@pytest.fixture(autouse=True)
def _on_the_day(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(clock, "now", lambda: NOW)


def test_the_pages_say_with_whom_and_the_way_off_and_on(room: Class, client_of: ClientOf, database: Database) -> None:
    first, second, third, *_, alone = room.people
    path = f"/cohorts/{room.cohort.id}/exercises/quiz"
    with database.transaction() as db:
        tick(db, room, third, "absent")
    before = client_of(first).get(path).text
    assert ("贝、丁" in before, "今天不在：成" in before) == (True, True)
    assert "由你独立完成" in client_of(alone).get(path).text
    assert "由你独立完成" not in client_of(first).get(path.replace("quiz", "alone")).text
    post(client_of(first), path)()
    joining = client_of(third).get(path).text
    assert ("已经开始：安、贝、丁" in joining, "加入" in joining) == (True, True)
    sheet = client_of(second).get("/attempts/1").text
    assert "/attempts/1/leave" in sheet
    left = post(client_of(second), "/attempts/1/leave")()
    assert (left.status_code, left.location) == (303, f"{path}?again=")
    assert "加入" in client_of(second).get(left.location or "").text
    post(client_of(first), "/attempts/1/hand-in")()
    assert "共同完成：安、丁" in client_of(first).get("/attempts/1").text
    assert "第一组" in client_of(first).get(f"/cohorts/{room.cohort.id}/my-course").text


def test_a_trainer_changes_who_is_on_a_sheet(room: Class, client_of: ClientOf, database: Database) -> None:
    with database.transaction() as db:
        attempt = start(db, room, room.people[0]).id
        own = start(db, room, room.people[4], "alone").id
    browser, page = client_of(room.trainer), f"/attempts/{attempt}/members"
    assert ("恩" in browser.get(page).text, browser.get(f"/attempts/{own}/members").status_code) == (True, 404)
    assert post(browser, page, on=str(room.enrolments[4].id))().status_code == 303
    for each in room.enrolments[:4]:
        assert post(browser, page, off=str(each.id))().status_code == 303
    refused = post(browser, page, off=str(room.enrolments[4].id))()
    assert (refused.status_code, "最后一位" in refused.text) == (422, True)
    assert {post(browser, page, on=each)().status_code for each in ("", "99", "²")} == {404}
    with database.reading() as db:
        assert set(members(db, attempt)) == {room.enrolments[4].id}


def test_the_page_before_beginning_asks_as_often_for_many_as_for_few(
    room: Class, client_of: ClientOf, database: Database
) -> None:
    browser, path = client_of(room.people[0]), f"/cohorts/{room.cohort.id}/exercises/ledger"
    browser.get(path)

    def count() -> int:
        with statements_of(database) as seen:
            browser.get(path)
        return len(seen)

    few = count()
    with database.transaction() as db:
        for number in range(9):
            enrolment = Enrolment(
                cohort_id=room.cohort.id, person_id=create_person_in(db, f"M{number}"), enrolled_at=NOW
            )
            db.add(enrolment)
            db.flush()
            db.add(
                GroupMember(enrolment_id=enrolment.id, work="group", group_id=room.group.id, leads=False, joined_at=NOW)
            )
    assert count() == few


def create_person_in(db: Session, number: str) -> int:
    person = Person(number=number, display_name=number, created_at=NOW)
    db.add(person)
    db.flush()
    return person.id
