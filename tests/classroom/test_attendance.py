"""Attendance: ticked, changed, cleared, by two trainers at once, and by nobody else."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import timedelta

import pytest
from flask.testing import FlaskClient
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import select
from sqlalchemy.orm import Session

from app import clock
from app.accounts.models import Audit, Person
from app.catalogue.actions import publish_course
from app.classroom.actions import tick_attendance
from app.classroom.models import Attendance
from app.classroom.queries import Taught, attendance_of, own_attendance, rolls_of, taught_session, ticks_of
from app.classroom.rules import TICKS, Judged, Tick, Typed, everyone_present, judged
from app.cohorts.models import Cohort, CohortSession, Enrolment
from app.db import Database
from app.errors import NotFound, UserError
from app.web.viewing import Viewer
from tests.catalogue.samples import create_course
from tests.cohorts.samples import create_cohort
from tests.conftest import NOW, CreatePerson, statements_of, token_of

ClientOf = Callable[[Person], FlaskClient]
SHEET = "/cohorts/1/attendance/1"


def trainer_viewer(person: Person) -> Viewer:
    return Viewer(person.id, person.display_name, frozenset({"trainer"}), "zh-CN")


@pytest.fixture
def cohort(database: Database, alice: Person, bob: Person, charlie: Person) -> Cohort:
    """Cohort 1 of Alice with Bob (enrolment 1) and Charlie (2); session 1 in the morning, 2 after noon."""
    with database.transaction() as db:
        version = publish_course(db, create_course(), by=None, now=NOW)
        return create_cohort(db, version, trainers=[alice], trainees=[bob, charlie])


@pytest.fixture
def taught(cohort: Cohort, db: Session, alice: Person) -> Taught:
    return taught_session(db, trainer_viewer(alice), cohort.id, 1)


@pytest.fixture(autouse=True)
def _on_the_day(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(clock, "now", lambda: NOW)


def tick(
    db: Session, taught: Taught, typed: Mapping[int, tuple[Tick, Tick]], *, fill: bool = False
) -> Mapping[int, Tick]:
    """Tick by (what the form showed, what it wants)."""
    wanted = {enrolment_id: Typed(*each) for enrolment_id, each in typed.items()}
    clashes = tick_attendance(db, taught, wanted, fill=fill, by=taught_by(db), now=NOW)
    db.expire_all()
    return clashes


def taught_by(db: Session) -> int:
    return db.scalars(select(Person.id).where(Person.display_name == "Alice")).one()


def stored(db: Session) -> dict[int, str]:
    return {row.enrolment_id: row.state for row in db.scalars(select(Attendance))}


def revisions(db: Session) -> list[int]:
    return list(db.scalars(select(Enrolment.revision).order_by(Enrolment.id)))


def test_ticks_are_set_changed_and_cleared_with_an_audit_row_each(db: Session, taught: Taught) -> None:
    tick(db, taught, {1: ("", "present"), 2: ("", "")})
    assert (stored(db), revisions(db)) == ({1: "present"}, [1, 0])
    tick(db, taught, {1: ("present", "late"), 2: ("", "absent")})
    assert (stored(db), revisions(db)) == ({1: "late", 2: "absent"}, [2, 1])
    tick(db, taught, {1: ("late", "")})
    assert (stored(db), revisions(db)) == ({2: "absent"}, [3, 1])
    told = db.scalars(select(Audit).where(Audit.action == "attendance-ticked").order_by(Audit.id))
    assert [(row.object_id, row.details["session"], row.details["before"], row.details["after"]) for row in told] == [
        ("1", "1", "", "present"),
        ("1", "1", "present", "late"),
        ("2", "1", "", "absent"),
        ("1", "1", "late", ""),
    ]


def test_a_form_that_changes_nothing_writes_nothing(db: Session, taught: Taught) -> None:
    tick(db, taught, {1: ("", "present"), 2: ("", "")})
    before = (stored(db), revisions(db), len(list(db.scalars(select(Audit)))))
    tick(db, taught, {1: ("present", "present"), 2: ("", "")})
    assert (stored(db), revisions(db), len(list(db.scalars(select(Audit))))) == before


def test_everyone_present_fills_only_the_unticked(db: Session, taught: Taught) -> None:
    tick(db, taught, {1: ("", "excused"), 2: ("", "")}, fill=True)
    assert stored(db) == {1: "excused", 2: "present"}


def test_two_trainers_at_once_lose_nothing(db: Session, taught: Taught) -> None:
    tick(db, taught, {1: ("", "late"), 2: ("", "")})
    clashes = tick(db, taught, {1: ("", "present"), 2: ("", "absent")})  # the page was opened before
    assert (clashes, stored(db)) == ({1: "present"}, {1: "late", 2: "absent"})
    assert tick(db, taught, {1: ("late", "present")}) == {}
    assert stored(db)[1] == "present"


def test_what_the_other_trainer_ticked_stays_where_this_form_says_nothing(db: Session, taught: Taught) -> None:
    tick(db, taught, {1: ("", "late")})
    assert tick(db, taught, {1: ("", ""), 2: ("", "")}, fill=True) == {}
    assert stored(db) == {1: "late", 2: "present"}


ROWS = st.dictionaries(st.integers(1, 5), st.tuples(*(st.sampled_from(TICKS),) * 3))
"""Enrolment → what the form showed, what it wants, what is stored by now."""


@given(ROWS)
def test_a_form_changes_only_what_it_changed(rows: dict[int, tuple[Tick, Tick, Tick]]) -> None:
    typed = {number: Typed(shown, wanted) for number, (shown, wanted, _) in rows.items()}
    found = judged(typed, {number: before for number, (*_, before) in rows.items() if before})
    for number, (shown, wanted, before) in rows.items():
        assert (number in found.changes) == (wanted not in (shown, before) and before == shown)
        assert (number in found.clashes) == (wanted not in (shown, before) and before != shown)


@given(ROWS)
def test_filling_leaves_nobody_unticked_and_touches_no_tick_of_others(rows: dict[int, tuple[Tick, Tick, Tick]]) -> None:
    typed = {number: Typed(shown, wanted) for number, (shown, wanted, _) in rows.items()}
    stored = {number: before for number, (*_, before) in rows.items() if before}
    found = judged(everyone_present(typed, stored), stored)
    after = {**stored, **found.changes}
    for number, (shown, wanted, before) in rows.items():
        unchanged = wanted == shown != ""  # and another trainer may have cleared it since
        assert after.get(number) or number in found.clashes or unchanged
        if before not in ("", shown):
            assert after[number] == before


def test_the_judgement_of_one_form() -> None:
    typed = {1: Typed("", "late"), 2: Typed("late", "absent"), 3: Typed("", "late"), 4: Typed("", "")}
    assert judged(typed, {2: "late", 3: "present", 4: "absent"}) == Judged({1: "late", 2: "absent"}, {3: "late"})


def test_an_archived_cohort_takes_no_ticks(db: Session, taught: Taught) -> None:
    taught.cohort.archived_at = NOW
    with pytest.raises(UserError, match="archived"):
        tick(db, taught, {1: ("", "present")})
    assert stored(db) == {}


def test_ticks_begin_the_day_before(db: Session, taught: Taught) -> None:
    taught.session.day += timedelta(days=1)
    tick(db, taught, {1: ("", "excused")})
    taught.session.day += timedelta(days=1)
    with pytest.raises(UserError, match="too early"):
        tick(db, taught, {2: ("", "excused")})
    assert stored(db) == {1: "excused"}


def test_whoever_was_withdrawn_is_not_listed_and_not_ticked(db: Session, taught: Taught) -> None:
    db.get_one(Enrolment, 2).withdrawn_at = NOW
    db.flush()
    assert [row.display_name for row in ticks_of(db, taught.session)] == ["Bob"]
    tick(db, taught, {2: ("", "present"), 99: ("", "present")})
    assert stored(db) == {}


def test_reads_tell_what_was_ticked(db: Session, taught: Taught) -> None:
    tick(db, taught, {1: ("", "late"), 2: ("", "")})
    assert attendance_of(db, taught.cohort.id) == {(1, 1): "late"}
    assert own_attendance(db, db.get_one(Enrolment, 1)) == {1: "late"}
    assert own_attendance(db, db.get_one(Enrolment, 2)) == {}
    rolls = rolls_of(db, [1, 2])
    assert [(roll.ticked, roll.people, roll.unticked) for roll in (rolls[1], rolls[2])] == [
        (1, 2, ("Charlie",)),
        (0, 2, ("Bob", "Charlie")),
    ]


def test_sessions_of_other_cohorts_and_strangers_are_not_there(
    db: Session, taught: Taught, alice: Person, create_person: CreatePerson
) -> None:
    version = db.get_one(Cohort, 1).version
    other = create_cohort(db, version, name="另一个班")
    foreign = db.scalars(select(CohortSession.id).where(CohortSession.cohort_id == other.id)).first() or 0
    for cohort_id, session_id in ((1, foreign), (other.id, foreign), (1, 9999)):
        with pytest.raises(NotFound):
            taught_session(db, trainer_viewer(alice), cohort_id, session_id)
    admin = Viewer(alice.id + 100, "Ada", frozenset({"admin", "trainer"}), "zh-CN")
    with pytest.raises(NotFound):
        taught_session(db, admin, 1, 1)


def test_the_page_lists_people_with_their_ticks(cohort: Cohort, client_of: ClientOf, alice: Person) -> None:
    page = client_of(alice).get(SHEET)
    assert page.status_code == 200
    assert [word in page.text for word in ("信息筛选", "Bob", "Charlie", "11月23日（周一）", "09:00–11:00")] == [
        True
    ] * 5
    assert page.text.count('type="radio" name="state-1"') == 6
    assert f'href="/cohorts/{cohort.id}/attendance/2"' in page.text


def test_a_form_saves_and_shows_it(cohort: Cohort, client_of: ClientOf, alice: Person, database: Database) -> None:
    browser = client_of(alice)
    typed = {"state-1": "late", "shown-1": "", "state-2": "", "shown-2": "", "everyone": "present"}
    answer = browser.post(SHEET, data={"csrf_token": token_of(browser), **typed})
    assert (answer.status_code, answer.location) == (303, f"{SHEET}?done=ticked")
    with database.reading() as db:
        assert stored(db) == {1: "late", 2: "present"}
    page = browser.get(f"{SHEET}?done=ticked").text
    assert ('id="state-1-late" value="late" checked' in page, "已保存。" in page) == (True, True)


def test_a_clash_is_shown_with_both_and_settled_by_saving_again(
    cohort: Cohort, client_of: ClientOf, alice: Person, database: Database
) -> None:
    browser = client_of(alice)
    token = token_of(browser)
    browser.post(SHEET, data={"csrf_token": token, "state-1": "late", "shown-1": ""})
    mine = {"csrf_token": token, "state-1": "absent", "shown-1": "", "state-2": "excused", "shown-2": ""}
    answer = browser.post(SHEET, data=mine)
    assert answer.status_code == 409
    assert "Alice在 09:00 记为“迟到”，你选的是“缺勤”。" in answer.text
    assert ('name="shown-1" value="late"' in answer.text, 'value="absent" checked' in answer.text) == (True, True)
    with database.reading() as db:
        assert stored(db) == {1: "late", 2: "excused"}
    assert browser.post(SHEET, data={**mine, "shown-1": "late", "shown-2": "excused"}).status_code == 303
    with database.reading() as db:
        assert stored(db) == {1: "absent", 2: "excused"}


@pytest.mark.parametrize(
    "odd", [{"state-1": "ill"}, {"state-1": "late", "shown-1": "ill"}, {"state-1": "\0"}, {"state-1": "late" * 9999}]
)
def test_odd_states_are_refused(
    cohort: Cohort, client_of: ClientOf, alice: Person, odd: dict[str, str], database: Database
) -> None:
    browser = client_of(alice)
    assert browser.post(SHEET, data={"csrf_token": token_of(browser), **odd}).status_code == 422
    with database.reading() as db:
        assert stored(db) == {}


@pytest.mark.parametrize(
    "name", ["state-", "state-1e3", "state-²", "state--1", f"state-{9**40}", "state-99", "other-1"]
)
def test_fields_of_others_are_passed_over(
    cohort: Cohort, client_of: ClientOf, alice: Person, name: str, database: Database
) -> None:
    browser = client_of(alice)
    assert browser.post(SHEET, data={"csrf_token": token_of(browser), name: "late"}).status_code == 303
    with database.reading() as db:
        assert stored(db) == {}


def test_an_archived_cohort_is_read_only(
    cohort: Cohort, client_of: ClientOf, alice: Person, database: Database
) -> None:
    with database.transaction() as db:
        db.get_one(Cohort, cohort.id).archived_at = NOW
    page = client_of(alice).get(SHEET)
    assert (page.status_code, "Bob" in page.text, '<form action="/cohorts/1' in page.text) == (200, True, False)


def test_the_page_asks_as_often_for_many_people_as_for_few(
    cohort: Cohort, client_of: ClientOf, alice: Person, database: Database, create_person: CreatePerson
) -> None:
    browser = client_of(alice)
    browser.get(SHEET)

    def count() -> int:
        with statements_of(database) as seen:
            browser.get(SHEET)
        return len(seen)

    few = count()
    people = [create_person(f"P{number}") for number in range(8)]
    with database.transaction() as db:
        db.add_all(Enrolment(cohort_id=cohort.id, person_id=person.id, enrolled_at=NOW) for person in people)
    assert (count(), few) == (few, 5)
