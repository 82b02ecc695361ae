"""Completion of a cohort for its trainers, and the words in which a course says what completes it."""

from __future__ import annotations

from collections.abc import Callable
from copy import deepcopy
from datetime import date
from typing import Any

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select
from sqlalchemy.orm import Session

from app import clock
from app.accounts.models import Person
from app.catalogue.actions import publish_course
from app.classroom.models import Attendance
from app.cohorts.models import Cohort, CohortSession, Enrolment
from app.db import Database
from app.home import freshness
from app.records import completion_views
from app.records.definition import definition_of
from app.records.states import state_of
from app.words import Language
from tests.assessment.samples import begin
from tests.catalogue.samples import HIERARCHY, OUTLINE, create_course
from tests.cohorts.samples import create_cohort
from tests.conftest import NOW, CreatePerson, statements_of

ClientOf = Callable[[Person], FlaskClient]
PAGE = "/cohorts/1/completion"
ASKED: Any = {"attendance": "80%", "exercises": {"required": "all", "pass": "60%"}}


def create_asking_cohort(db: Session, trainer: Person, *trainees: Person, **exercise: Any) -> Cohort:
    """A cohort on a course that asks for everything."""
    course = create_course(completion=ASKED, exercises={"needs": {**HIERARCHY, **exercise}})
    return create_cohort(db, publish_course(db, course, by=None, now=NOW), trainers=[trainer], trainees=trainees)


def attend(db: Session, cohort: Cohort, person: Person, *session_ids: str) -> None:
    """Present in these sessions of the outline."""
    enrolment_id = db.scalars(select(Enrolment.id).filter_by(cohort_id=cohort.id, person_id=person.id)).one()
    wanted = CohortSession.cohort_id == cohort.id, CohortSession.session_id.in_(session_ids)
    for id_ in db.scalars(select(CohortSession.id).where(*wanted)).all():
        db.add(Attendance(cohort_session_id=id_, enrolment_id=enrolment_id, state="present", marked_at=NOW))
    db.flush()


@pytest.fixture(autouse=True)
def _now(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(clock, "now", lambda: NOW)


@pytest.mark.parametrize(
    ("completion", "chinese", "english"),
    [
        (
            ASKED,
            "完成＝出勤 80% 以上，必做练习全部交，合计得分 60% 以上",
            "Completed = attended at least 80%, all required exercises handed in, with at least 60% of their points",
        ),
        (
            {"attendance": "100%", "exercises": {"required": "all"}},
            "完成＝全部出勤，必做练习全部交",
            "Completed = every session attended, all required exercises handed in",
        ),
        (
            {"attendance": "5%", "exercises": {"required": "none", "pass": "60%"}},
            "完成＝出勤 5% 以上",
            "Completed = attended at least 5%",
        ),
        ({"exercises": {"required": "none"}}, "完成＝至少出勤一个课段", "Completed = at least one session attended"),
    ],
)
def test_a_course_says_what_completes_it(completion: Any, chinese: str, english: str) -> None:
    course = create_course(completion=completion)
    assert [definition_of(course, "zh-CN"), definition_of(course, "en")] == [chinese, english]


@pytest.mark.parametrize("over", [{"private": True}, {"points": 0, "marking": "none", "rubric": []}])
def test_points_that_do_not_count_are_not_asked_for(over: Any) -> None:
    course = create_course(completion=ASKED, exercises={"needs": {**HIERARCHY, **over}})
    assert definition_of(course, "zh-CN") == "完成＝出勤 80% 以上，必做练习全部交"


def test_the_page_says_who_is_through_and_what_the_others_lack(
    database: Database, alice: Person, bob: Person, charlie: Person, client_of: ClientOf
) -> None:
    with database.transaction() as db:
        cohort = create_asking_cohort(db, alice, bob, charlie, rubric=[], marking="key", points=4)
        attend(db, cohort, bob, "d1-am")
        begin(db, cohort, bob, handed_in=True)
        attend(db, cohort, charlie, "d1-pm")
    page = client_of(alice).get(PAGE).text
    wanted = (
        "十一月班的完成情况",
        "完成＝出勤 80% 以上，必做练习全部交，合计得分 60% 以上",
        "2 人中已完成 0 人",
        "77% / 80%",  # 105 of 135 minutes: rounded down
        "1 / 1",
        "0% / 60%",
        "22% / 80%",
        "0 / 1",
        "缺练习：客户需求层次表",
    )
    assert [word for word in wanted if word not in page] == []
    assert "SECRET" not in page


def test_somebody_who_has_everything_is_through(
    database: Database, alice: Person, bob: Person, client_of: ClientOf
) -> None:
    with database.transaction() as db:
        course = create_course(completion={"attendance": "80%", "exercises": {"required": "all"}})
        version = publish_course(db, course, by=None, now=NOW)
        cohort = create_cohort(db, version, trainers=[alice], trainees=[bob])
        attend(db, cohort, bob, "d1-am", "d1-pm")
        begin(db, cohort, bob, handed_in=True)
    page = client_of(alice).get(PAGE).text
    assert ("1 人中已完成 1 人" in page, "chip--done" in page, "缺练习" in page) == (True, True, False)


def test_trainers_read_no_title_of_a_private_exercise_and_none_of_its_points(
    database: Database, alice: Person, bob: Person, client_of: ClientOf
) -> None:
    with database.transaction() as db:
        create_asking_cohort(db, alice, bob, private=True)
    page = client_of(alice).get(PAGE).text
    assert ("客户需求层次表" in page, "0 / 1" in page, "得分" in page) == (False, True, False)


def test_withdrawn_people_are_left_out(database: Database, alice: Person, bob: Person, client_of: ClientOf) -> None:
    with database.transaction() as db:
        create_asking_cohort(db, alice, bob)
        db.scalars(select(Enrolment)).one().withdrawn_at = NOW
    page = client_of(alice).get(PAGE).text
    assert ("Bob" in page, "还没有学员" in page) == (False, True)


def test_what_is_still_being_worked_out_says_so(
    database: Database, alice: Person, bob: Person, client_of: ClientOf, monkeypatch: pytest.MonkeyPatch
) -> None:
    with database.transaction() as db:
        create_asking_cohort(db, alice, bob)
    for module in (completion_views, freshness):
        monkeypatch.setattr(module, "refresh_if_few", lambda _database: 777)
    page = client_of(alice).get(PAGE).text
    assert ("777" in page, "正在计算" in page) == (True, True)
    own = client_of(bob).get("/cohorts/1/my-course")
    assert (own.status_code, "正在计算" in own.text, "ring__label" in own.text) == (200, True, False)


def test_the_page_asks_as_often_for_many_people_as_for_one(
    database: Database, alice: Person, bob: Person, create_person: CreatePerson, client_of: ClientOf
) -> None:
    more = [create_person(f"学员{number}") for number in range(6)]
    with database.transaction() as db:
        cohort_id = create_asking_cohort(db, alice, bob).id
    browser, counts = client_of(alice), []
    for extra in ([], more):
        with database.transaction() as db:
            db.add_all(Enrolment(cohort_id=cohort_id, person_id=each.id, enrolled_at=NOW) for each in extra)
        browser.get(PAGE)  # which works out how far they are
        with statements_of(database) as seen:
            assert browser.get(PAGE).text.count("</tr>") == 2 + len(extra)
        counts.append(len(seen))
    assert counts[0] == counts[1] <= 7


def test_the_page_of_the_cohort_leads_here_for_its_trainers_alone(
    database: Database, alice: Person, ada: Person, bob: Person, client_of: ClientOf
) -> None:
    with database.transaction() as db:
        create_asking_cohort(db, alice, bob)
    assert [PAGE in client_of(person).get("/cohorts/1").text for person in (alice, ada)] == [True, False]
    assert client_of(ada).get(PAGE).status_code == 404


@pytest.mark.parametrize("language", ["zh-CN", "en"])
def test_the_page_speaks_both_languages(
    language: Language, database: Database, alice: Person, bob: Person, client_of: ClientOf
) -> None:
    with database.transaction() as db:
        create_asking_cohort(db, alice, bob)
        db.get_one(Person, alice.id).language = language
    assert ("Completed = attended" in client_of(alice).get(PAGE).text) is (language == "en")


def test_the_page_leads_to_the_certificates_of_the_cohort(
    database: Database, alice: Person, bob: Person, client_of: ClientOf
) -> None:
    with database.transaction() as db:
        create_asking_cohort(db, alice, bob)
    assert 'href="/cohorts/1/certificates"' in client_of(alice).get(PAGE).text


def test_a_coming_cohort_blames_nobody(database: Database, alice: Person, bob: Person, client_of: ClientOf) -> None:
    with database.transaction() as db:
        course = create_course(completion=ASKED, days=deepcopy(OUTLINE["days"]))
        version = publish_course(db, course, by=None, now=NOW)
        create_cohort(db, version, trainers=[alice], trainees=[bob], first_day=date(2027, 1, 4))
    assert state_of("open", date(2027, 1, 4), date(2027, 1, 4), NOW.date()) == "coming"
    page = client_of(alice).get(PAGE).text
    assert ("未开始" in page, "缺练习" in page) == (True, False)


def test_a_hand_in_shows_at_once(database: Database, alice: Person, bob: Person, client_of: ClientOf) -> None:
    with database.transaction() as db:
        cohort = create_asking_cohort(db, alice, bob)
    mine, theirs = client_of(bob), client_of(alice)
    assert ("0/1" in mine.get("/cohorts/1/my-course").text, "0 / 1" in theirs.get(PAGE).text) == (True, True)
    with database.transaction() as db:
        begin(db, db.get_one(Cohort, cohort.id), bob, handed_in=True)
    assert ("1/1" in mine.get("/cohorts/1/my-course").text, "1 / 1" in theirs.get(PAGE).text) == (True, True)
