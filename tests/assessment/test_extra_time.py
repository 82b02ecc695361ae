"""The pages about time: limits of an exercise, more time for one person, and what each of them is told."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from zoneinfo import ZoneInfo

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select
from sqlalchemy.orm import Session
from werkzeug.datastructures import MultiDict
from werkzeug.test import TestResponse

from app import clock
from app.accounts.models import Audit, Person
from app.assessment.assigning import Window, read_minutes, set_times
from app.assessment.deadlines import give_extra_time
from app.assessment.ending import Ending, ending_of, offer_of
from app.assessment.extra_forms import TypedExtra, read_extra, share_of
from app.assessment.models import Assignment, Attempt, ExtraTime, Submission
from app.assessment.queries import own_task, own_work
from app.catalogue.models import CourseVersion
from app.cohorts.models import Cohort, Enrolment
from app.db import Database
from app.words import Sentence, in_words
from tests.assessment.samples import Room, create_room, save, start, viewer_of
from tests.cohorts.samples import create_cohort
from tests.conftest import NOW, CreatePerson, statements_of, token_of

TIMES = "/cohorts/1/exercises"
EXTRA = "/cohorts/1/exercises/needs/extra-time"
ClientOf = Callable[[Person], FlaskClient]


@pytest.fixture(autouse=True)
def _now(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(clock, "now", lambda: NOW)


@pytest.fixture
def room(database: Database, alice: Person, bob: Person) -> Room:
    """Bob may write for 20 minutes, until an hour from now at the latest; attempt 1 is his, under way."""
    with database.transaction() as db:
        room = create_room(db, bob, alice)
        windows = {"needs": Window(None, NOW + timedelta(hours=1), 20)}
        set_times(db, room.cohort, windows, by=alice.id, now=NOW)
        start(db, room)
    return room


@pytest.fixture
def alices(room: Room, client_of: ClientOf) -> FlaskClient:
    return client_of(room.trainer)


@pytest.fixture
def bobs(room: Room, client_of: ClientOf) -> FlaskClient:
    return client_of(room.trainee)


def post(browser: FlaskClient, path: str = EXTRA, **form: str) -> TestResponse:
    return browser.post(path, data={"csrf_token": token_of(browser), **form})


def end_in(database: Database) -> timedelta | None:
    """How long after now Bob's attempt ends."""
    with database.reading() as db:
        ends_at = db.get_one(Attempt, 1).ends_at
    return None if ends_at is None else ends_at - NOW


def minutes(number: int) -> timedelta:
    return timedelta(minutes=number)


# The limit of an exercise


def test_minutes_are_saved_with_the_other_times_and_open_attempts_follow(
    alices: FlaskClient, database: Database
) -> None:
    assert end_in(database) == minutes(20)
    form = {"minutes.needs": " 45 "}
    assert post(alices, TIMES, **form).status_code == 303
    assert end_in(database) == minutes(45)
    assert 'value="45"' in alices.get(TIMES).text
    post(alices, TIMES, **{"minutes.needs": ""})
    assert end_in(database) == minutes(60)  # the closing time alone
    post(alices, TIMES, **{"closes.needs": ""})
    assert end_in(database) is None


@pytest.mark.parametrize("typed", ["0", "601", "-5", "1.5", "²", "zwanzig", "99999999999999999999"])
def test_what_is_no_number_of_minutes_gets_a_sentence_and_changes_nothing(
    alices: FlaskClient, database: Database, typed: str
) -> None:
    refused = post(alices, TIMES, **{"minutes.needs": typed})
    assert (refused.status_code, "从 1 到 600" in refused.text) == (422, True)
    assert f'value="{typed}"' in refused.text
    assert 'aria-describedby="minutes.needs-error"' in refused.text
    assert end_in(database) == minutes(20)


def test_minutes_of_an_exercise_that_is_not_there_are_refused(alices: FlaskClient) -> None:
    assert post(alices, TIMES, **{"minutes.nothing": "5"}).status_code == 422


@pytest.mark.parametrize(("typed", "read"), [("", None), (" ", None), ("1", 1), ("600", 600), ("060", 60)])
def test_minutes_as_typed(typed: str, read: int | None) -> None:
    assert read_minutes(typed, most=600) == read


# More time for one person


def test_extra_time_is_given_seen_and_taken_back(alices: FlaskClient, bobs: FlaskClient, database: Database) -> None:
    given = post(alices, person="1", share="50", reason="右手打着石膏")
    assert given.status_code == 303
    assert end_in(database) == minutes(30)
    page = alices.get(given.headers["Location"]).text
    assert ("已加时。" in page, "右手打着石膏" in page, "Alice" in page) == (True, True, True)
    assert "(1)" in alices.get(TIMES).text
    sheet = bobs.get("/attempts/1").text
    assert ("比其他人多 10 分钟" in sheet, "石膏" in sheet) == (True, False)
    taken = post(alices, f"{EXTRA}/take-back", person="1")
    assert (taken.status_code, "不再加时" in taken.text) == (200, True)
    assert end_in(database) == minutes(20)
    with database.reading() as db:
        wanted = select(Audit.action).where(Audit.action.like("extra-time-%")).order_by(Audit.id)
        assert db.scalars(wanted).all() == ["extra-time-given", "extra-time-taken-back"]
        assert db.scalars(select(ExtraTime)).all() == []


def test_taking_back_can_be_undone_with_what_there_was(alices: FlaskClient, database: Database) -> None:
    post(alices, person="1", share="minutes", minutes="15", reason="停电 <10 分钟>")
    page = post(alices, f"{EXTRA}/take-back", person="1").text
    for name, value in (("person", "1"), ("share", "minutes"), ("minutes", "15"), ("reason", "停电 &lt;10 分钟&gt;")):
        assert f'<input type="hidden" name="{name}" value="{value}">' in page
    assert post(alices, person="1", share="minutes", minutes="15", reason="停电 <10 分钟>").status_code == 303
    assert end_in(database) == minutes(35)


def test_taking_back_twice_takes_back_once(alices: FlaskClient, database: Database) -> None:
    post(alices, person="1", minutes="15", reason="停电")
    post(alices, f"{EXTRA}/take-back", person="1")
    again = post(alices, f"{EXTRA}/take-back", person="1")
    assert (again.status_code, "不再加时" in again.text, end_in(database)) == (200, False, minutes(20))
    assert post(alices, f"{EXTRA}/take-back", person="2").status_code == 404
    assert post(alices, f"{EXTRA}/take-back", person="x").status_code == 404


@pytest.mark.parametrize(
    ("form", "says"),
    [
        ({"minutes": "5", "reason": "停电"}, "请选出加时的学员"),
        ({"person": "99", "minutes": "5", "reason": "停电"}, "请选出加时的学员"),
        ({"person": "1' OR 1", "minutes": "5", "reason": "停电"}, "请选出加时的学员"),
        ({"person": "1", "reason": "停电"}, "这里填整数分钟"),
        ({"person": "1", "minutes": "0", "reason": "停电"}, "这里填整数分钟"),
        ({"person": "1", "minutes": "43201", "reason": "停电"}, "这里填整数分钟"),
        ({"person": "1", "share": "1000", "reason": "停电"}, "这里填整数分钟"),
        ({"person": "1", "minutes": "5", "reason": " "}, "reason-error"),
        ({"person": "1", "minutes": "5", "reason": "长" * 501}, "reason-error"),
        ({"person": "1", "minutes": "5", "reason": "停\0电"}, "reason-error"),
    ],
)
def test_what_is_missing_or_wrong_is_said_at_its_place_and_what_was_typed_stays(
    alices: FlaskClient, database: Database, form: dict[str, str], says: str
) -> None:
    refused = post(alices, **form)
    assert (refused.status_code, says in refused.text) == (422, True)
    assert ("停电" in refused.text) == (form["reason"] == "停电")
    assert ('id="person-1" checked' in refused.text) == (form.get("person") == "1")
    assert end_in(database) == minutes(20)


def test_a_share_is_of_the_limit_and_never_less_than_it_says() -> None:
    assert [share_of(25, share) for share in ("25", "50", "100")] == [7, 13, 25]
    form = MultiDict({"person": "1", "share": "25", "minutes": "3", "reason": "慢"})
    assert read_extra(form, {1}, 25) == TypedExtra(frozenset({1}), "25", "3", "慢", 7, {})
    assert read_extra(form, {1}, None).minutes == 3  # of no limit there is no share


def test_several_people_get_it_at_once(
    alices: FlaskClient, database: Database, room: Room, create_person: CreatePerson
) -> None:
    stranger, second = create_person("X1"), create_person("X2")
    with database.transaction() as db:
        version = db.get_one(CourseVersion, room.cohort.version_id)
        create_cohort(db, version, trainers=[room.trainer], trainees=[stranger])
        db.add(Enrolment(cohort_id=1, person_id=second.id, enrolled_at=NOW))
    token = token_of(alices)
    data = {"csrf_token": token, "person": ["1", "2"], "minutes": "5", "reason": "停电"}
    assert alices.post(EXTRA, data=data).status_code == 422  # enrolment 2 is in another cohort
    with database.reading() as db:
        assert db.scalars(select(ExtraTime)).all() == []
    assert alices.post(EXTRA, data={**data, "person": ["1", "3"]}).status_code == 303
    with database.reading() as db:
        assert sorted(db.scalars(select(ExtraTime.enrolment_id))) == [1, 3]


def test_the_page_takes_as_many_statements_for_many_as_for_one(
    alices: FlaskClient, database: Database, room: Room, create_person: CreatePerson
) -> None:
    post(alices, person="1", minutes="5", reason="停电")
    with statements_of(database) as few:
        alices.get(EXTRA)
    people = [create_person(f"M{number}") for number in range(12)]
    with database.transaction() as db:
        cohort = db.get_one(Cohort, 1)
        added = [Enrolment(cohort_id=1, person_id=each.id, enrolled_at=NOW) for each in people]
        db.add_all(added)
        db.flush()
        for each in added:
            give_extra_time(db, cohort, "needs", each, 10, reason="停电", by=room.trainer.id, now=NOW)
    with statements_of(database) as many:
        assert alices.get(EXTRA).text.count("停电") == 13
    assert len(many) == len(few)


def test_an_archived_cohort_shows_it_and_changes_nothing(alices: FlaskClient, database: Database) -> None:
    post(alices, person="1", minutes="5", reason="停电")
    with database.transaction() as db:
        db.get_one(Cohort, 1).archived_at = NOW
    page = alices.get(EXTRA).text
    assert ("停电" in page, 'name="reason"' in page, "take-back" in page) == (True, False, False)
    assert post(alices, person="1", minutes="9", reason="停电").status_code == 422
    assert post(alices, f"{EXTRA}/take-back", person="1").status_code == 422


# What the trainee is told


def test_before_the_start_the_page_says_how_long_there_will_be(bobs: FlaskClient, alices: FlaskClient) -> None:
    page = bobs.get(f"{TIMES}/needs?again=").text
    assert ("你有 20 分钟，最晚到" in page, "已保存的内容会自动交卷" in page, "比其他人" in page) == (True, True, False)
    post(alices, person="1", minutes="5", reason="停电")
    assert "你有 25 分钟" in (page := bobs.get(f"{TIMES}/needs?again=").text)
    assert "比其他人多 5 分钟" in page
    post(alices, TIMES, **{"minutes.needs": "", "closes.needs": ""})
    page = bobs.get(f"{TIMES}/needs?again=").text
    assert ("分钟，最晚" in page, "自动交卷" in page) == (False, False)


def test_an_offer_says_when_less_than_the_limit_is_left(database: Database, room: Room) -> None:
    with database.reading() as db:
        task = own_task(db, viewer_of(room.trainee), 1, "needs")
        early, late = offer_of(db, task, NOW), offer_of(db, task, NOW + minutes(50))
    assert (early.minutes, early.extra, early.cut, late.cut) == (20, 0, False, True)
    assert (late.is_over(NOW + minutes(59)), late.is_over(NOW + minutes(60))) == (False, True)


def ending(db: Session, room: Room) -> Ending:
    work = own_work(db, viewer_of(room.trainee), 1)
    return ending_of(db, work, NOW)


def test_the_countdown_gets_the_servers_clock_and_the_end(database: Database, room: Room, bobs: FlaskClient) -> None:
    with database.reading() as db:
        found = ending(db, room)
    assert found.ends_ms - found.now_ms == found.total_ms == 20 * 60_000
    assert found.in_words == f"{(NOW + minutes(20)).astimezone(ZoneInfo('Asia/Shanghai')):%H:%M}"
    sheet = bobs.get("/attempts/1").text
    assert f'data-now="{found.now_ms}" data-ends="{found.ends_ms}" data-total="{found.total_ms}"' in sheet
    assert f"{found.in_words} 结束" in sheet  # the wall time, for browsers without script


def test_where_the_closing_time_ends_it_the_last_hour_is_counted(database: Database, room: Room) -> None:
    with database.transaction() as db:
        set_times(db, db.get_one(Cohort, 1), {"needs": Window(None, NOW + minutes(10), 20)}, by=1, now=NOW)
    with database.reading() as db:
        found = ending(db, room)
    assert (found.by_closing, found.total) == (True, timedelta(hours=1))
    with database.transaction() as db:
        set_times(db, db.get_one(Cohort, 1), {"needs": Window(None, None)}, by=1, now=NOW)
    with database.reading() as db:
        assert (ending(db, room).ends_at, ending(db, room).in_words) == (None, "")


def test_the_page_says_that_it_was_handed_in_by_itself_and_what_came_late(
    database: Database, room: Room, bobs: FlaskClient
) -> None:
    with database.transaction() as db:
        work = own_work(db, viewer_of(room.trainee), 1, to_change=True)
        saved = save(db, work, level__uptime="primary")
        db.add(
            Submission(attempt_id=1, change_id=saved.change_id, at=NOW, needs_person=True, collected=True, unmarked="")
        )
        work.attempt.sweep_at = None
    page = bobs.get("/attempts/1").text
    assert ("已自动交卷，内容是当时已保存的" in page, "讲师可以把它算进去" in page) == (True, False)
    with database.transaction() as db:
        db.get_one(Submission, 1).unmarked = "E-ABC123"
    page = bobs.get("/attempts/1").text
    assert ("暂时没能按参考答案批改" in page, "E-ABC123" in page) == (True, True)


def test_every_sentence_of_a_form_is_in_words() -> None:
    errors = read_extra(MultiDict(), {1}, None).errors
    assert set(errors) == {"person", "minutes", "reason"}
    assert all(isinstance(each, Sentence) and in_words(each, "en") for each in errors.values())


def test_no_row_means_no_limit(db: Session, bob: Person, alice: Person) -> None:
    room = create_room(db, bob, alice)
    work = start(db, room)
    found = ending_of(db, work, NOW)
    assert (found.ends_at, found.ends_ms, found.extra, found.in_words) == (None, 0, 0, "")
    assert db.scalars(select(Assignment.minutes)).all() == [None]
