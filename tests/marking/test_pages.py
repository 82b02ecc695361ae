"""The pages of those who mark, as a browser gets them."""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction

import pytest
from flask.testing import FlaskClient
from sqlalchemy import func, select
from werkzeug.test import TestResponse

from app import clock
from app.accounts.models import Person
from app.assessment.models import Attempt, Marking, Submission
from app.assessment.queries import attempts_at, result_for, trained_work
from app.assessment.rules import GRACE
from app.cohorts.models import Cohort, CohortTrainer, Enrolment
from app.db import Database
from app.marking import actions
from tests.assessment.samples import Room, create_room, hand_in, save, start, viewer_of
from tests.conftest import NOW, CreatePerson, statements_of, token_of


@pytest.fixture
def room(database: Database, alice: Person, bob: Person) -> Room:
    """Attempt 1 is Bob's, handed in, with a text; Alice marks."""
    with database.transaction() as db:
        room = create_room(db, bob, alice)
        work = start(db, room)
        save(db, work, level__uptime="primary", sales_related__uptime="yes", level__seats="secondary")
        save(db, work, reason__evidence="会上<b>说的</b>")
        hand_in(db, room, work)
    return room


@pytest.fixture
def desk(room: Room, client_of: Callable[[Person], FlaskClient]) -> FlaskClient:
    """Alice's browser."""
    return client_of(room.trainer)


def post(browser: FlaskClient, path: str = "", **form: str) -> TestResponse:
    typed = {name.replace("__", "-"): text for name, text in form.items()}
    return browser.post(f"/marking/1{path}", data={"csrf_token": token_of(browser), **typed})


def count(database: Database, table: type[Marking | Attempt | Submission]) -> int:
    with database.reading() as db:
        return db.scalar(select(func.count()).select_from(table)) or 0


def earned(database: Database, room: Room) -> Fraction | None:
    with database.reading() as db:
        return result_for(db, trained_work(db, viewer_of(room.trainer, "trainer"), 1)).earned


def test_the_inbox_leads_to_the_answer(desk: FlaskClient) -> None:
    page = desk.get("/marking").text
    assert "/marking/1" in page
    assert "Bob" in page
    page = desk.get("/marking/1").text
    for shown in ("会上&lt;b&gt;说的", "SECRET-level-2", "SECRET-note", "SECRET-reason"):
        assert shown in page


def test_marking_on_to_the_next_and_back_to_the_inbox(desk: FlaskClient, database: Database, room: Room) -> None:
    response = post(desk, criterion__0="2", comment="好", then="next")
    assert (response.status_code, response.location) == (303, "/marking")
    assert "Bob" not in desk.get("/marking").text
    assert "Bob" in desk.get("/marking/lately").text
    assert earned(database, room) == 6
    response = post(desk, criterion__0="0", seen="2", then="stay")
    assert (response.status_code, response.location) == (303, "/marking/1")
    assert earned(database, room) == 4


@pytest.mark.parametrize(
    ("form", "says"),
    [
        ({}, "请选一档"),
        ({"criterion__0": "1"}, "请选一档"),
        ({"criterion__0": "200"}, "请选一档"),
        ({"criterion__1": "2"}, "请选一档"),
        ({"criterion__0": "2", "comment": "x" * 5_001}, "5000 个字"),
        ({"criterion__0": "2", "comment": "a\0b"}, "控制字符"),
    ],
)
def test_what_is_missing_or_wrong_is_said_at_its_place_and_what_was_typed_stays(
    desk: FlaskClient, database: Database, form: dict[str, str], says: str
) -> None:
    response = post(desk, **{"comment": "留着", **form})
    assert response.status_code == 422
    assert says in response.text
    assert form.get("comment", "留着").replace("\0", "") in response.text
    assert count(database, Marking) == 1


def test_marks_of_another_trainer_meanwhile_are_shown_beside_ones_own(
    desk: FlaskClient, database: Database, room: Room, charlie: Person
) -> None:
    with database.transaction() as db:
        db.add(CohortTrainer(cohort_id=room.cohort.id, person_id=charlie.id, added_at=NOW))
        db.flush()
        work = trained_work(db, viewer_of(charlie, "trainer"), 1)
        actions.mark_attempt(db, work, (Fraction(0),), comment="差依据", seen=0, by=charlie.id, now=NOW)
    response = post(desk, criterion__0="2", comment="依据够了", seen="0")
    assert response.status_code == 409
    for shown in ("差依据", "依据够了", "Charlie", 'name="seen" value="2"'):
        assert shown in response.text
    assert 'value="2" data-points="2" checked' in response.text
    assert earned(database, room) == 4
    assert count(database, Marking) == 2
    assert post(desk, criterion__0="2", comment="依据够了", seen="2").status_code == 303
    assert earned(database, room) == 6
    assert count(database, Marking) == 3


def test_a_form_that_was_refused_still_knows_only_what_its_page_knew(
    desk: FlaskClient, database: Database, room: Room
) -> None:
    with database.transaction() as db:
        work = trained_work(db, viewer_of(room.trainer, "trainer"), 1)
        actions.mark_attempt(db, work, (Fraction(0),), comment="", seen=0, by=room.trainer.id, now=NOW)
    _, marks, rest = post(desk, comment="x", seen="0").text.partition("data-marks")
    assert marks
    assert 'name="seen" value="0"' in rest.partition("</form>")[0]


@pytest.mark.parametrize(
    ("points", "says"),
    [
        ("", "请填分数"),
        ("many", "many"),
        ("7", "0 到 6"),
        ("-1", "0 到 6"),
        ("50%", "百分比"),
        ("1/99999999999999999999", "四位小数"),
        ("0.123456789012345678901234567890", "四位小数"),
    ],
)
def test_points_that_cannot_be_are_refused(desk: FlaskClient, database: Database, points: str, says: str) -> None:
    response = post(desk, "/override", points=points, reason="口头补充")
    assert (response.status_code, count(database, Marking)) == (422, 1)
    assert says in response.text
    assert "口头补充" in response.text


@pytest.mark.parametrize(("points", "comes_to"), [("5.5", Fraction(11, 2)), ("16/3", Fraction(16, 3)), ("０", 0)])
def test_points_by_hand_and_back(
    desk: FlaskClient, database: Database, room: Room, points: str, comes_to: Fraction
) -> None:
    assert post(desk, "/override", points=points, reason="口头补充").status_code == 303
    assert earned(database, room) == comes_to
    assert "口头补充" in desk.get("/marking/1").text
    assert post(desk, "/take-back", seen="2").status_code == 303
    assert earned(database, room) is None


@pytest.mark.parametrize("path", ["/override", "/return", "/reopen"])
def test_a_reason_must_be_given(desk: FlaskClient, database: Database, path: str) -> None:
    for reason in ("", "  ", "x" * 1_001):
        assert post(desk, path, points="3", reason=reason).status_code == 422
    assert (count(database, Marking), count(database, Attempt)) == (1, 1)


@pytest.mark.parametrize("path", ["/return", "/reopen"])
def test_giving_back_twice_gives_back_once(desk: FlaskClient, database: Database, path: str) -> None:
    assert post(desk, path, reason="再写一句").status_code == 303
    page = desk.get("/marking/1").text
    assert "再写一句" in page
    assert "data-marks" not in page
    response = post(desk, path, reason="再写一句")
    assert (response.status_code, count(database, Attempt)) == (422, 2)
    assert "再写一句" in response.text


def test_after_the_closing_time_the_page_says_what_is_to_be_done(
    desk: FlaskClient, database: Database, room: Room
) -> None:
    with database.transaction() as db:
        trained_work(db, viewer_of(room.trainer, "trainer"), 1).assignment.closes_at = clock.now()
    assert "改了截止时间" in desk.get("/marking/1").text
    post(desk, "/return", reason="再写一句")
    page = desk.get("/marking/1").text
    assert "去改截止时间" in page
    assert f"/cohorts/{room.cohort.id}/exercises" in page


def test_what_was_never_handed_in_is_handed_in_for_them(desk: FlaskClient, database: Database, room: Room) -> None:
    post(desk, "/return", reason="再写一句")
    assert desk.post("/marking/2/hand-in", data={"csrf_token": token_of(desk)}).status_code == 422
    with database.transaction() as db:
        trained_work(db, viewer_of(room.trainer, "trainer"), 1).assignment.closes_at = clock.now() - GRACE
    assert "/marking/2/hand-in" in desk.get("/marking/2").text
    assert desk.post("/marking/2/hand-in", data={"csrf_token": token_of(desk)}).location == "/marking/2"
    assert count(database, Submission) == 2
    assert "Alice" in desk.get("/marking/2").text


def test_a_trainer_who_lost_the_role_gets_nowhere(
    desk: FlaskClient, room: Room, database: Database, client_of: Callable[[Person], FlaskClient], charlie: Person
) -> None:
    with database.transaction() as db:
        db.add(CohortTrainer(cohort_id=room.cohort.id, person_id=charlie.id, added_at=NOW))
    assert desk.get("/marking/1").status_code == 200
    assert client_of(charlie).get("/marking/1").status_code == 404


@pytest.mark.parametrize("attempt", [2, 2147483647, 2147483648, 2**63, 2**70])
def test_what_is_not_there_is_not_there(desk: FlaskClient, attempt: int) -> None:
    assert desk.get(f"/marking/{attempt}").status_code == 404


@pytest.mark.parametrize(
    "query", ["cohort=x", "page=-1", "page=99999999999999999999", "cohort=99999999999999999999", "exercise=%00"]
)
def test_whatever_stands_in_the_address_the_inbox_answers(desk: FlaskClient, query: str) -> None:
    assert desk.get(f"/marking?{query}").status_code == 200


def test_pages_cost_the_same_with_one_answer_and_with_many(
    desk: FlaskClient, database: Database, room: Room, create_person: CreatePerson
) -> None:
    paths = ("/marking", "/marking/lately", "/marking/1", "/cohorts/1/exercises/needs/paper")
    post(desk, criterion__0="2")

    def costs() -> list[int]:
        found = []
        for path in paths:
            desk.get(path)
            with statements_of(database) as seen:
                assert desk.get(path).status_code == 200
            found.append(len(seen))
        return found

    someone_hands_in(database, room, create_person("Dora"), marked=False)
    before = costs()
    for name in ("Emil", "Fay", "Gil"):
        someone_hands_in(database, room, create_person(name), marked=name == "Fay")
    assert costs() == before
    assert max(before) <= 16


def someone_hands_in(database: Database, room: Room, person: Person, *, marked: bool) -> None:
    with database.transaction() as db:
        enrolment = Enrolment(cohort_id=room.cohort.id, person_id=person.id, enrolled_at=NOW)
        db.add(enrolment)
        db.flush()
        theirs = Room(db.get_one(Cohort, room.cohort.id), enrolment, person, room.trainer)
        work = hand_in(db, theirs, start(db, theirs))
        if marked:
            two = (Fraction(2),)
            actions.mark_attempt(db, work, two, comment="", seen=0, by=room.trainer.id, now=NOW)


def test_attempts_of_one_person_are_all_reachable(desk: FlaskClient, database: Database, room: Room) -> None:
    post(desk, "/return", reason="再写一句")
    with database.reading() as db:
        ids = [attempt.id for attempt, *_ in attempts_at(db, room.enrolment.id, "needs")]
    page = desk.get(f"/marking/{ids[-1]}").text
    assert all(f'href="/marking/{each}"' in page for each in ids)
