"""Answers from paper, typed in by a trainer."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from flask.testing import FlaskClient
from sqlalchemy import func, select
from werkzeug.test import TestResponse

from app.accounts.models import Audit, Person
from app.assessment.models import AnswerChange, Attempt, Submission
from app.assessment.queries import changes_since, handed_in, result_for, trained_work
from app.cohorts.models import Cohort, Enrolment
from app.db import Database
from tests.assessment.samples import Room, create_room, hand_in, save, start, viewer_of
from tests.conftest import NOW, token_of

ADDRESS = "/cohorts/1/exercises/needs/paper/1"
CLIENT = "paper-0123456789abcdef"
TYPED = {"level.uptime": "primary", "sales_related.uptime": "yes", "reason.evidence": "纸上写的\r\n第二行"}


@pytest.fixture
def room(database: Database, alice: Person, bob: Person) -> Room:
    with database.transaction() as db:
        return create_room(db, bob, alice)


@pytest.fixture
def desk(room: Room, client_of: Callable[[Person], FlaskClient]) -> FlaskClient:
    return client_of(room.trainer)


def enter(browser: FlaskClient, address: str = ADDRESS, **form: str) -> TestResponse:
    return browser.post(address, data={"csrf_token": token_of(browser), "client": CLIENT, **TYPED, **form})


def submissions(database: Database) -> int:
    with database.reading() as db:
        return db.scalar(select(func.count()).select_from(Submission)) or 0


def test_what_stands_on_paper_is_handed_in_and_marked_by_the_key(
    desk: FlaskClient, database: Database, room: Room
) -> None:
    assert 'name="level.uptime"' in desk.get(ADDRESS).text
    response = enter(desk)
    assert (response.status_code, response.location) == (303, "/marking/1")
    with database.reading() as db:
        work = trained_work(db, viewer_of(room.trainer, "trainer"), 1)
        assert work.submission is not None
        assert (work.submission.on_paper, work.submission.by_id, work.submission.needs_person) == (
            True,
            room.trainer.id,
            True,
        )
        assert handed_in(db, work).values["reason.evidence"] == "纸上写的\n第二行"
        assert sum(part.earned for part in result_for(db, work).keyed) == 2
        actions = db.scalars(select(Audit.action).where(Audit.object_type == "attempt").order_by(Audit.id)).all()
    assert actions == ["attempt-started", "attempt-handed-in", "attempt-entered-from-paper"]
    assert "纸面作答" in desk.get("/marking/1").text


def test_sending_it_twice_enters_it_once(desk: FlaskClient, database: Database) -> None:
    assert [enter(desk).location for _ in range(2)] == ["/marking/1", "/marking/1"]
    assert submissions(database) == 1


def test_closed_or_not_a_paper_can_be_entered(desk: FlaskClient, database: Database, room: Room) -> None:
    with database.transaction() as db:
        work = start(db, room)
        work.assignment.closes_at = NOW
    assert enter(desk).status_code == 303


def test_what_they_wrote_themselves_gives_way_only_when_confirmed_and_stays_in_the_log(
    desk: FlaskClient, database: Database, room: Room
) -> None:
    with database.transaction() as db:
        save(db, start(db, room), level__uptime="secondary", level__seats="secondary", reason__evidence="网页上写的")
    assert 'name="confirm"' in desk.get(ADDRESS).text
    response = enter(desk)
    assert (response.status_code, submissions(database)) == (422, 0)
    assert "纸上写的" in response.text
    assert 'name="confirm"' in response.text
    assert enter(desk, confirm="yes").status_code == 303
    with database.reading() as db:
        values = handed_in(db, trained_work(db, viewer_of(room.trainer, "trainer"), 1)).values
        first, second = changes_since(db, 1)
    assert (values["level.uptime"], values["level.seats"], values["reason.evidence"]) == (
        "primary",
        "",
        "纸上写的\n第二行",
    )
    assert (first.fields["reason.evidence"], second.client, second.stale) == ("网页上写的", CLIENT, ())


def test_two_texts_nobody_chose_from_are_settled_by_the_paper(
    desk: FlaskClient, database: Database, room: Room
) -> None:
    with database.transaction() as db:
        work = start(db, room)
        save(db, work, client="phone", reason__evidence="纸上写的\n第二行")
        save(db, work, client="laptop", reason__evidence="别的")
    enter(desk, confirm="yes")
    with database.reading() as db:
        written = handed_in(db, trained_work(db, viewer_of(room.trainer, "trainer"), 1))
    assert (written.conflicts, written.values["reason.evidence"]) == ((), "纸上写的\n第二行")


def test_without_an_attempt_left_nothing_is_entered(desk: FlaskClient, database: Database, room: Room) -> None:
    with database.transaction() as db:
        hand_in(db, room, start(db, room))
    page = desk.get(ADDRESS).text
    assert 'name="level.uptime"' not in page
    assert 'href="/marking/1"' in page
    assert (enter(desk).status_code, submissions(database)) == (422, 1)


@pytest.mark.parametrize(
    ("form", "says"),
    [
        (dict.fromkeys(TYPED, ""), "还没有录入"),
        ({"reason.evidence": "a\0b"}, "控制字符"),
        ({"reason.evidence": "x" * 20_001}, "20000"),
        ({"points": "12"}, "points"),
    ],
)
def test_what_cannot_be_kept_is_refused_whole(
    desk: FlaskClient, database: Database, form: dict[str, str], says: str
) -> None:
    response = enter(desk, **form)
    assert response.status_code == 422
    assert says in response.text
    with database.reading() as db:
        assert db.scalar(select(func.count()).select_from(Attempt)) == 0
        assert db.scalar(select(func.count()).select_from(AnswerChange)) == 0


def test_an_archived_cohort_takes_no_paper(desk: FlaskClient, database: Database, room: Room) -> None:
    with database.transaction() as db:
        db.get_one(Cohort, room.cohort.id).archived_at = NOW
    assert (enter(desk).status_code, submissions(database)) == (422, 0)
    assert 'name="level.uptime"' not in desk.get(ADDRESS).text


def test_an_enrolment_of_another_cohort_or_a_withdrawn_one_is_not_there(
    desk: FlaskClient, database: Database, room: Room, charlie: Person
) -> None:
    with database.transaction() as db:
        other = Cohort(version_id=room.cohort.version_id, name="十二月班", zone="Asia/Shanghai", created_at=NOW)
        db.add(other)
        db.flush()
        db.add(Enrolment(cohort_id=other.id, person_id=charlie.id, enrolled_at=NOW))
    foreign = ADDRESS.removesuffix("1") + "2"
    assert (desk.get(foreign).status_code, enter(desk, foreign).status_code) == (404, 404)
    with database.transaction() as db:
        db.get_one(Enrolment, room.enrolment.id).withdrawn_at = NOW
    assert (desk.get(ADDRESS).status_code, enter(desk).status_code) == (404, 404)
