"""The start page: straight to the only course, a trainer's day over all cohorts, and ways for everybody else."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select
from sqlalchemy.orm import Session

from app import clock
from app.accounts.models import Person, Role
from app.catalogue.actions import publish_course
from app.catalogue.models import CourseVersion
from app.classroom.models import Attendance
from app.cohorts.models import Cohort, CohortSession, Enrolment
from app.db import Database
from app.home.teaching_queries import TeachingDay, teaching_day
from app.web.viewing import Viewer
from tests.assessment.samples import Room, create_room, hand_in, start
from tests.catalogue.samples import create_course
from tests.cohorts.samples import MONDAY, create_cohort
from tests.conftest import NOW, CreatePerson, statements_of

ClientOf = Callable[[Person], FlaskClient]
HOUR = timedelta(hours=1)


@pytest.fixture(autouse=True)
def _now(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(clock, "now", lambda: NOW)


@pytest.fixture
def version(database: Database) -> CourseVersion:
    with database.transaction() as db:
        return publish_course(db, create_course(), by=None, now=NOW)


@pytest.fixture
def room(db: Session, bob: Person, alice: Person) -> Room:
    return create_room(db, bob, alice)


def day_of(db: Session, person: Person, now: timedelta = HOUR * 0) -> TeachingDay:
    db.flush()
    viewer = Viewer(person.id, person.display_name, frozenset({"trainer"}), "zh-CN")
    return teaching_day(db, viewer, now=NOW + now)


def sessions(db: Session) -> list[CohortSession]:
    return list(db.scalars(select(CohortSession).order_by(CohortSession.id)))


def test_whoever_has_one_course_gets_there_at_once(
    version: CourseVersion, database: Database, client_of: ClientOf, bob: Person
) -> None:
    with database.transaction() as db:
        create_cohort(db, version, trainees=[bob])
        create_cohort(db, version, trainees=[bob], name="去年的班", first_day=MONDAY - timedelta(days=300))
    browser = client_of(bob)
    answer = browser.get("/")
    assert (answer.status_code, answer.location) == (302, "/cohorts/1/my-course")
    listed = browser.get("/?all=1")
    assert (listed.status_code, 0 < listed.text.find("十一月班") < listed.text.find("去年的班")) == (200, True)
    assert 'href="/?all=1"' in browser.get("/cohorts/1/my-course").text


def test_the_only_course_that_ended_is_gone_to_as_well(
    version: CourseVersion, database: Database, client_of: ClientOf, bob: Person
) -> None:
    with database.transaction() as db:
        create_cohort(db, version, trainees=[bob], first_day=MONDAY - timedelta(days=300))
    assert client_of(bob).get("/").location == "/cohorts/1/my-course"


def test_several_courses_are_listed_with_the_next_step_of_each(
    version: CourseVersion, database: Database, client_of: ClientOf, bob: Person
) -> None:
    with database.transaction() as db:
        for name, days in (("甲班", 0), ("乙班", 30)):
            create_cohort(db, version, trainees=[bob], name=name, first_day=MONDAY + timedelta(days=days))
    page = client_of(bob).get("/").text
    wanted = ("甲班", "乙班", "开始：客户需求层次表", "读学员手册", "/cohorts/1/exercises/needs", "12月23日（周三）")
    assert [word for word in wanted if word not in page] == []


def test_the_list_asks_as_often_for_many_courses_as_for_two(
    version: CourseVersion, database: Database, client_of: ClientOf, bob: Person
) -> None:
    browser = client_of(bob)

    def count(until: int) -> int:
        with database.transaction() as db:
            have = len(list(db.scalars(select(Cohort.id))))
            for number in range(have, until):
                create_cohort(db, version, trainees=[bob], name=f"班 {number}")
        browser.get("/")  # which works out how far the new ones are
        with statements_of(database) as seen:
            assert browser.get("/").status_code == 200
        return len(seen)

    count(2)
    assert count(2) == count(5)


def test_somebody_without_a_course_is_told_what_happens_next(client_of: ClientOf, bob: Person) -> None:
    page = client_of(bob).get("/").text
    assert ("你还没有加入课程" in page, 'href="/courses"' in page, _main(page).count("btn-primary")) == (True, True, 1)


def test_whoever_was_withdrawn_has_no_course(
    version: CourseVersion, database: Database, client_of: ClientOf, bob: Person
) -> None:
    with database.transaction() as db:
        create_cohort(db, version, trainees=[bob])
        db.scalars(select(Enrolment)).one().withdrawn_at = NOW
    assert "你还没有加入课程" in client_of(bob).get("/").text


def test_a_role_brings_ways_and_no_redirect(
    version: CourseVersion, database: Database, client_of: ClientOf, hana: Person
) -> None:
    with database.transaction() as db:
        create_cohort(db, version, trainees=[hana])
    answer = client_of(hana).get("/")
    assert (answer.status_code, "你可以在这里做什么" in answer.text) == (200, True)
    assert 'href="/cohorts/1/my-course"' in answer.text


def test_a_trainer_who_takes_part_elsewhere_sees_both(
    version: CourseVersion, database: Database, client_of: ClientOf, alice: Person, bob: Person
) -> None:
    with database.transaction() as db:
        create_cohort(db, version, trainers=[alice], trainees=[bob], name="我带的班")
        create_cohort(db, version, trainees=[alice], name="我上的班")
    page = client_of(alice).get("/").text
    assert ('href="/cohorts/1/attendance/1"' in page, "我上的班" in page, "我带的班" in page) == (True, True, True)
    assert _main(page).count("btn-primary") == 1


def test_a_trainer_without_a_cohort_is_told_how_to_begin(client_of: ClientOf, alice: Person) -> None:
    page = client_of(alice).get("/").text
    assert ("你还没有带班级" in page, 'href="/cohorts/new"' in page) == (True, True)


def test_the_day_has_my_sessions_and_who_is_missing(charlie: Person, db: Session, room: Room) -> None:
    db.add(Enrolment(cohort_id=room.cohort.id, person_id=charlie.id, enrolled_at=NOW))
    db.add(Attendance(cohort_session_id=1, enrolment_id=room.enrolment.id, state="absent", marked_at=NOW))
    morning, afternoon = day_of(db, room.trainer).today
    assert (morning.phase, morning.span.starts, morning.missing) == ("now", "09:00", ("Bob", "Charlie"))
    assert (afternoon.phase, afternoon.missing, afternoon.roll and afternoon.roll.ticked) == ("coming", (), 0)


def test_sessions_of_another_trainer_are_not_mine(db: Session, room: Room, create_person: CreatePerson) -> None:
    first, second = sessions(db)
    first.trainer_id, second.trainer_id = room.trainee.id, room.trainer.id
    assert [row.id for row in day_of(db, room.trainer).today] == [second.id]


def test_the_day_is_that_of_the_cohorts_zone(db: Session, room: Room) -> None:
    room.cohort.zone = "America/New_York"  # Sunday evening there
    day = day_of(db, room.trainer)
    assert (day.today, [row.day for row in day.coming]) == ((), [MONDAY, MONDAY])


def test_what_was_not_ticked_to_the_end_is_asked_for(db: Session, room: Room) -> None:
    later = day_of(db, room.trainer, HOUR * 24)
    assert ([row.id for row in later.unticked], later.today) == ([1, 2], ())
    db.add(Attendance(cohort_session_id=1, enrolment_id=room.enrolment.id, state="late", marked_at=NOW))
    assert [row.id for row in day_of(db, room.trainer, HOUR * 24).unticked] == [2]
    assert day_of(db, room.trainer, HOUR * 24 * 9).unticked == ()


def test_answers_that_wait_are_counted_until_they_are_marked_or_given_back(db: Session, room: Room) -> None:
    assert day_of(db, room.trainer).waiting == 0
    work = hand_in(db, room, start(db, room))
    assert day_of(db, room.trainer).waiting == 1
    work.attempt.returned_at = NOW
    assert day_of(db, room.trainer).waiting == 0


def test_people_without_a_password_are_counted(db: Session, room: Room) -> None:
    assert [(row.cohort_id, row.count) for row in day_of(db, room.trainer).strangers] == [(room.cohort.id, 1)]
    db.get_one(Person, room.trainee.id).password_hash = "hash"
    assert day_of(db, room.trainer).strangers == ()


def test_archived_cohorts_and_those_of_others_are_left_out(
    db: Session, room: Room, create_person: CreatePerson
) -> None:
    empty = TeachingDay(0, (), (), (), waiting=0, strangers=())
    assert day_of(db, room.trainee) == empty
    db.get_one(Cohort, room.cohort.id).archived_at = NOW
    assert day_of(db, room.trainer) == empty


def test_without_the_role_nobody_has_a_teaching_day(
    version: CourseVersion, database: Database, client_of: ClientOf, alice: Person, bob: Person
) -> None:
    with database.transaction() as db:
        create_cohort(db, version, trainers=[alice], trainees=[bob])
        for role in db.scalars(select(Role).where(Role.person_id == alice.id, Role.role == "trainer")):
            db.delete(role)
    assert "/attendance/" not in client_of(alice).get("/").text


def test_the_page_of_a_trainer_asks_as_often_for_many_cohorts_as_for_one(
    version: CourseVersion, database: Database, client_of: ClientOf, alice: Person, create_person: CreatePerson
) -> None:
    browser, people = client_of(alice), [create_person("Bob"), create_person("Charlie")]
    counts = []
    for number in range(4):
        with database.transaction() as db:
            create_cohort(db, version, trainers=[alice], trainees=people, name=f"班 {number}")
        with statements_of(database) as seen:
            assert browser.get("/").status_code == 200
        counts.append(len(seen))
    assert len(set(counts[1:])) == 1
    assert counts[1] <= 8


def _main(page: str) -> str:
    """What the page is about, without what lies ready on all pages."""
    return page.partition("<main")[2].partition("</main>")[0]
