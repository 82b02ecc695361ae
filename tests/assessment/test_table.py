"""The cohort table and the times of exercises."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from fractions import Fraction
from zoneinfo import ZoneInfo

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select
from sqlalchemy.orm import Session, joinedload

from app.accounts.models import Audit, Person
from app.assessment import actions
from app.assessment.assigning import Window, release_results, set_times
from app.assessment.marks import add_marking
from app.assessment.models import Assignment
from app.assessment.rules import STATE_CHIPS, STATE_WORDS
from app.assessment.table_queries import cohort_table
from app.catalogue.queries import course_of
from app.classroom.models import STATES, Attendance
from app.classroom.rules import TICK_SIGNS
from app.cohorts.models import Cohort, CohortSession, Enrolment
from app.db import Database
from app.errors import UserError
from app.web.exports.cells import safe_text
from app.web.moments import read_moment, typed_moment
from app.words import Language, Sentence, in_words
from tests.assessment.samples import Room, create_room, hand_in, save, start
from tests.conftest import NOW, CreatePerson, statements_of, token_of

SHANGHAI = ZoneInfo("Asia/Shanghai")


@pytest.fixture
def room(db: Session, bob: Person, alice: Person) -> Room:
    return create_room(db, bob, alice)


def cells(db: Session, cohort: Cohort) -> list[tuple[str, Fraction | None]]:
    db.flush()
    return [(cell.state, cell.earned) for row in cohort_table(db, cohort, now=NOW).rows for cell in row.cells]


def test_a_cell_follows_the_trainee(db: Session, room: Room) -> None:
    assert cells(db, room.cohort) == [("open", None)]
    work = start(db, room)
    assert cells(db, room.cohort) == [("started", None)]
    save(db, work, level__uptime="primary", sales_related__uptime="yes")
    work = hand_in(db, room, work)
    assert cells(db, room.cohort) == [("handed_in", None)]
    add_marking(db, work, "trainer", by=room.trainer.id, now=NOW, earned=Fraction(1), parts={"levels": ["1"]})
    assert cells(db, room.cohort) == [("marked", Fraction(3))]
    add_marking(db, work, "override", by=room.trainer.id, now=NOW, earned=Fraction(5), reason="口头补充")
    assert cells(db, room.cohort) == [("marked", Fraction(5))]
    add_marking(db, work, "override", by=room.trainer.id, now=NOW, earned=None)
    assert cells(db, room.cohort) == [("marked", Fraction(3))]


def test_a_closed_exercise_that_nobody_did_is_closed(db: Session, room: Room) -> None:
    actions.assignment_of(db, room.cohort.id, "needs").closes_at = NOW
    assert cells(db, room.cohort) == [("closed", None)]


def test_attendance_stands_under_its_session(db: Session, room: Room) -> None:
    first = db.scalars(select(CohortSession).order_by(CohortSession.id)).first()
    assert first is not None
    db.add(Attendance(cohort_session_id=first.id, enrolment_id=room.enrolment.id, state="late", marked_at=NOW))
    db.flush()
    assert cohort_table(db, room.cohort, now=NOW).rows[0].attendance == ("late", "")


@pytest.mark.parametrize("language", ["zh-CN", "en"])
def test_states_can_be_told_apart_by_their_signs(language: Language) -> None:
    assert len({in_words(sign, language) for sign in TICK_SIGNS.values()}) == len(TICK_SIGNS) == len(STATES)
    signs = [STATE_CHIPS[state] for state in STATE_WORDS]
    assert len(set(signs)) == len(signs)


def test_somebody_withdrawn_is_not_in_the_table(db: Session, room: Room) -> None:
    room.enrolment.withdrawn_at = NOW
    assert cells(db, room.cohort) == []


def test_points_of_a_private_exercise_are_in_no_sum_and_no_file(
    db: Session, room: Room, monkeypatch: pytest.MonkeyPatch
) -> None:
    spec = course_of(room.cohort.version).exercises["needs"]
    monkeypatch.setitem(spec.__dict__, "private", True)
    work = hand_in(db, room, start(db, room))
    add_marking(db, work, "override", by=room.trainer.id, now=NOW, earned=Fraction(5))
    table = cohort_table(db, room.cohort, now=NOW)
    assert [table.possible, table.rows[0].earned] == [Fraction(0), Fraction(0)]


def test_the_table_takes_as_many_statements_for_many_as_for_one(
    database: Database, alice: Person, bob: Person, create_person: CreatePerson
) -> None:
    more = [create_person(f"学员{number}") for number in range(5)]
    with database.transaction() as db:
        room = create_room(db, bob, alice)
        hand_in(db, room, start(db, room))
    counts = []
    for extra in ([], more):
        with database.transaction() as db:
            db.add_all(Enrolment(cohort_id=room.cohort.id, person_id=each.id, enrolled_at=NOW) for each in extra)
        with database.reading() as db:
            cohort = db.get_one(Cohort, room.cohort.id, options=[joinedload(Cohort.version)])
            with statements_of(database) as seen:
                assert cohort_table(db, cohort, now=NOW).rows
            counts.append(len(seen))
    assert counts[0] == counts[1] <= 8


def test_the_page_and_the_file_say_the_same(
    database: Database, alice: Person, create_person: CreatePerson, client_of: Callable[[Person], FlaskClient]
) -> None:
    nasty = create_person("=cmd|' /C calc'!A0", number="N1")
    with database.transaction() as db:
        room = create_room(db, nasty, alice)
        hand_in(db, room, start(db, room))
    browser = client_of(alice)
    page = browser.get("/cohorts/1/table")
    assert (page.status_code, "/marking/1" in page.text, "已交" in page.text) == (200, True, True)
    response = browser.get("/cohorts/1/table.csv")
    assert response.data.startswith(b"\xef\xbb\xbf")
    header, line = csv.reader(io.StringIO(response.data.decode("utf-8-sig")))
    assert (header[:3], line[:2]) == (["工号", "姓名", "部门"], ["N1", "'=cmd|' /C calc'!A0"])
    assert line[-3:] == ["已交", "", "0"]


@pytest.mark.parametrize(
    ("text", "kept"),
    [("=1", "'=1"), (" +1", "' +1"), ("＝1", "'＝1"), ("\x00@x", "'@x"), ("李=四", "李=四"), ("-", "'-"), ("", "")],
)
def test_no_text_is_a_formula(text: str, kept: str) -> None:
    assert safe_text(text) == kept


def test_times_are_set_and_read_on_the_wall_of_the_room(
    database: Database, alice: Person, bob: Person, client_of: Callable[[Person], FlaskClient]
) -> None:
    with database.transaction() as db:
        create_room(db, bob, alice)
    browser = client_of(alice)
    form = {"csrf_token": token_of(browser), "opens.needs": "2026-11-25T09:00", "closes.needs": "2026-11-25T12:00"}
    saved = browser.post("/cohorts/1/exercises", data=form)
    assert (saved.status_code, "已保存。" in browser.get(saved.headers["Location"]).text) == (303, True)
    with database.reading() as db:
        row = db.scalars(select(Assignment)).one()
        assert (row.opens_at, row.closes_at) == (
            datetime(2026, 11, 25, 1, tzinfo=UTC),
            datetime(2026, 11, 25, 4, tzinfo=UTC),
        )
    assert 'value="2026-11-25T12:00"' in browser.get("/cohorts/1/exercises").text


@pytest.mark.parametrize(
    "over",
    [
        {"closes.needs": "2026-11-25T08:00"},
        {"closes.needs": "morgen"},
        {"closes.needs": "9999-99-99T99:99"},
        {"closes.nothing": ""},
    ],
)
def test_wrong_times_get_a_sentence_and_change_nothing(
    database: Database, alice: Person, bob: Person, client_of: Callable[[Person], FlaskClient], over: dict[str, str]
) -> None:
    with database.transaction() as db:
        create_room(db, bob, alice)
    browser = client_of(alice)
    form = {"csrf_token": token_of(browser), "opens.needs": "2026-11-25T09:00", **over}
    response = browser.post("/cohorts/1/exercises", data=form)
    assert response.status_code == 422
    with database.reading() as db:
        assert db.scalars(select(Assignment.opens_at)).one() is None


def test_a_time_that_the_clocks_leave_out_is_refused() -> None:
    berlin = ZoneInfo("Europe/Berlin")
    assert isinstance(read_moment("2027-03-28T02:30", berlin), Sentence)
    moment = read_moment("2027-03-28 03:30", berlin)
    assert isinstance(moment, datetime)
    assert typed_moment(moment, berlin) == "2027-03-28T03:30"
    assert read_moment(" ", SHANGHAI) is None


def test_releasing_is_audited_and_taken_back(db: Session, room: Room) -> None:
    for release in (True, True, False):
        release_results(db, room.cohort, "needs", release=release, by=room.trainer.id, now=NOW)
    db.flush()
    done = db.scalars(select(Audit.action).where(Audit.object_type == "assignment").order_by(Audit.id)).all()
    assert done == ["results-released", "results-withheld"]


def test_the_exercises_of_an_archived_cohort_offer_nothing_to_change(
    database: Database, alice: Person, bob: Person, client_of: Callable[[Person], FlaskClient]
) -> None:
    with database.transaction() as db:
        room = create_room(db, bob, alice)
    browser = client_of(alice)
    assert "保存时间" in browser.get("/cohorts/1/exercises").text
    with database.transaction() as db:
        db.get_one(Cohort, room.cohort.id).archived_at = NOW
    page = browser.get("/cohorts/1/exercises").text
    assert ("保存时间" in page, "/paper" in page, "这个班级已归档" in page) == (False, False, True)


def test_an_archived_cohort_keeps_its_times(db: Session, room: Room) -> None:
    room.cohort.archived_at = NOW
    with pytest.raises(UserError, match="archived"):
        set_times(db, room.cohort, {"needs": Window(NOW, NOW + timedelta(hours=1))}, by=room.trainer.id, now=NOW)
