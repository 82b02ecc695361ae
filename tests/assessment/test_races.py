"""Many requests about one answer in the same moment: each thing happens once, and nothing that was kept is lost."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import Select, func, select
from sqlalchemy.orm import Session
from werkzeug.test import TestResponse

from app.accounts.models import Audit, Person
from app.assessment import actions, queries
from app.assessment.actions import Save
from app.assessment.deadlines import catch_up, give_extra_time, move_deadlines
from app.assessment.late import late_texts
from app.assessment.models import AnswerChange, Attempt, Marking, Submission
from app.assessment.queries import any_work, own_work, written_in
from app.assessment.rules import GRACE
from app.assessment.sweeper import still_due
from app.cohorts.models import CohortTrainer, Enrolment
from app.db import Database
from app.errors import UserError
from tests.assessment.samples import Room, begin, create_room, viewer_of
from tests.conftest import NOW, CreatePerson, token_of
from tests.racing import at_once, overlapping

MANY = 10
FIELD = "level.uptime"


@pytest.fixture
def room(database: Database, bob: Person, alice: Person) -> Room:
    with database.transaction() as db:
        return create_room(db, bob, alice)


@pytest.fixture
def begun(room: Room, database: Database) -> int:
    """The trainee's attempt, under way."""
    with database.transaction() as db:
        return begin(db, room.cohort, room.trainee).id


@pytest.fixture
def many(app: Flask, room: Room, client_of: Callable[[Person], FlaskClient]) -> list[FlaskClient]:
    """Several windows of the trainee."""
    return windows(app, client_of(room.trainee), MANY)


def windows(app: Flask, first: FlaskClient, number: int) -> list[FlaskClient]:
    """Browsers with the cookie of the first."""
    token_of(first)
    with first.session_transaction() as held:
        cookie = dict(held)
    found = []
    for _ in range(number):
        other = app.test_client()
        with other.session_transaction() as empty:
            empty.update(cookie)
        found.append(other)
    return found


def post(client: FlaskClient, path: str, **fields: str) -> Callable[[], TestResponse]:
    sent = {"csrf_token": token_of(client), **fields}
    return lambda: client.post(path, data=sent, buffered=True)


def save(client: FlaskClient, attempt: int, seq: int, text: str, page: str = "page") -> Callable[[], TestResponse]:
    headers = {"X-CSRFToken": token_of(client)}
    body = {"client": page, "seq": seq, "base": 0, "fields": {FIELD: text}}
    return lambda: client.patch(f"/attempts/{attempt}", json=body, headers=headers, buffered=True)


def statuses(calls: list[Callable[[], TestResponse]]) -> dict[int, int]:
    return dict(Counter(answer.status_code for answer in at_once(calls)))


def number_of(database: Database, wanted: Select[Any]) -> int:
    with database.reading() as db:
        return db.scalar(select(func.count()).select_from(wanted.subquery())) or 0


def audited(action: str) -> Select[Any]:
    return select(Audit.id).where(Audit.action == action)


def test_of_many_who_start_at_once_all_get_the_same_attempt(many: list[FlaskClient], database: Database) -> None:
    answers = at_once([post(each, "/cohorts/1/exercises/needs") for each in many])
    assert {(answer.status_code, answer.location) for answer in answers} == {(303, "/attempts/1")}
    assert number_of(database, select(Attempt.id)) == number_of(database, audited("attempt-started")) == 1


def test_handing_in_many_times_at_once_does_it_once(many: list[FlaskClient], begun: int, database: Database) -> None:
    assert statuses([post(each, f"/attempts/{begun}/hand-in") for each in many]) == {303: MANY}
    assert number_of(database, select(Submission.attempt_id)) == 1
    assert number_of(database, audited("attempt-handed-in")) == 1
    assert number_of(database, select(Marking.id).where(Marking.marked_by == "key")) <= 1
    with database.reading() as db:
        assert db.scalars(select(Enrolment.revision)).one() == 1


def test_the_same_save_many_times_at_once_is_kept_once(many: list[FlaskClient], begun: int, database: Database) -> None:
    answers = at_once([save(each, begun, 7, "primary") for each in many])
    assert {answer.status_code for answer in answers} == {200}
    assert len({answer.get_json()["base"] for answer in answers}) == 1
    assert number_of(database, select(AnswerChange.id).where(AnswerChange.client == "page")) == 1


def handed_in_among_saves(many: list[FlaskClient], begun: int, database: Database) -> tuple[list[int], int]:
    """Half the windows save, each another text, while one hands in; the saves that were kept, and the last counted."""
    saves = [save(each, begun, 1, str(place), f"page{place}") for place, each in enumerate(many[1:])]
    middle = len(saves) // 2
    answers = at_once([*saves[:middle], post(many[0], f"/attempts/{begun}/hand-in"), *saves[middle:]])
    assert answers[middle].status_code == 303
    told = answers[:middle] + answers[middle + 1 :]
    assert {answer.status_code for answer in told} <= {200, 409, 422}
    with database.reading() as db:
        counted = db.scalars(select(Submission.change_id)).one()
    return [answer.get_json()["base"] for answer in told if answer.status_code != 422], counted or 0


def test_what_was_kept_before_handing_in_counts_and_nothing_is_kept_after(
    many: list[FlaskClient], begun: int, database: Database
) -> None:
    kept, counted = handed_in_among_saves(many, begun, database)
    assert [change_id for change_id in kept if change_id > counted] == []


@pytest.fixture
def both_trainers(
    room: Room, database: Database, create_person: CreatePerson, client_of: Callable[[Person], FlaskClient]
) -> tuple[FlaskClient, FlaskClient]:
    second = create_person("Trudy", roles=("trainer",))
    with database.transaction() as db:
        db.add(CohortTrainer(cohort_id=room.cohort.id, person_id=second.id, added_at=NOW))
        begin(db, room.cohort, room.trainee, handed_in=True)
    return client_of(room.trainer), client_of(second)


def test_of_two_trainers_who_mark_at_once_one_is_told(
    both_trainers: tuple[FlaskClient, FlaskClient], database: Database
) -> None:
    one, other = both_trainers
    marks = {"criterion-0": "2", "seen": "0"}
    calls = [post(one, "/marking/1", comment="甲", **marks), post(other, "/marking/1", comment="乙", **marks)]
    assert statuses(calls) == {303: 1, 409: 1}
    assert number_of(database, select(Marking.id).where(Marking.marked_by == "trainer")) == 1


def test_an_attempt_is_given_back_once(both_trainers: tuple[FlaskClient, FlaskClient], database: Database) -> None:
    one, other = both_trainers
    found = statuses([post(each, "/marking/1/return", reason="依据") for each in (one, other)])
    assert found == {303: 1, 422: 1}
    assert number_of(database, select(Attempt.id)) == 2


def test_giving_back_and_starting_anew_at_once_makes_one_attempt(
    both_trainers: tuple[FlaskClient, FlaskClient], many: list[FlaskClient], database: Database
) -> None:
    calls = [post(both_trainers[0], "/marking/1/return", reason="依据")]
    calls += [post(each, "/cohorts/1/exercises/needs") for each in many[:4]]
    assert set(statuses(calls)) <= {303, 422}
    assert number_of(database, select(Attempt.id)) == 2


def test_a_list_confirmed_twice_at_once_adds_people_once(
    both_trainers: tuple[FlaskClient, FlaskClient], database: Database
) -> None:
    rows = "E77\t陈雨桐\nE78\t周航"
    one, other = both_trainers
    page = post(one, "/cohorts/1/enrol/check", text=rows)().text
    hidden = dict(re.findall(r'<input type="hidden" name="(\w+)" value="([^"]*)"', page))
    hidden.pop("csrf_token", None)
    hidden |= dict(re.findall(r'<textarea[^>]*name="(\w+)"[^>]*>\n?([^<]*)</textarea>', page))
    found = statuses([post(each, "/cohorts/1/enrol", how="all", **hidden) for each in (one, other)])
    assert found in ({303: 1, 409: 1}, {303: 1, 422: 1})
    assert number_of(database, select(Person.id).where(Person.number.in_(["E77", "E78"]))) == 2
    assert number_of(database, select(Enrolment.id)) == 3


def saved_behind_a_submission(database: Database, room: Room, begun: int) -> UserError | None:
    """Why a save is refused that comes while a submission is not yet committed; None where it is kept."""
    viewer = viewer_of(room.trainee)

    def hand_in(db: Session) -> None:
        work = own_work(db, viewer, begun, to_change=True)
        actions.hand_in(db, work, actions.graded(work.spec, written_in(db, begun)), by=viewer.person_id, now=NOW)

    def save_late(db: Session) -> None:
        work = own_work(db, viewer, begun, to_change=True)
        actions.save_fields(db, work, Save("late", 1, 0, {FIELD: "primary"}), by=viewer.person_id, now=NOW)

    return overlapping(database, hand_in, save_late)


def test_a_save_waits_for_a_submission_under_way_and_is_refused(database: Database, room: Room, begun: int) -> None:
    assert saved_behind_a_submission(database, room, begun) is not None


def test_without_turns_it_would_be_kept_and_never_counted(
    database: Database, room: Room, begun: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The canary: it needs a database that lets several write at once."""
    if database.engine.dialect.name == "sqlite":
        pytest.skip("whoever writes to SQLite is alone")
    monkeypatch.setattr(queries, "take_turn", lambda *_: None)
    assert saved_behind_a_submission(database, room, begun) is None


def test_who_gives_more_time_while_it_is_handed_in_by_itself_moves_nothing(
    database: Database, room: Room, begun: int
) -> None:
    """Else a late text would be let into an answer that is handed in without it, and seen by nobody."""
    end = NOW + timedelta(minutes=10)
    with database.transaction() as db:
        limit(db, room, minutes=10)
        work = own_work(db, viewer_of(room.trainee), begun)
        actions.save_fields(db, work, Save("page", 1, 0, {FIELD: "primary"}), by=room.trainee.id, now=NOW)
        actions.save_fields(db, work, Save("page", 2, 0, {FIELD: "none"}), by=room.trainee.id, now=end + GRACE)

    def sweep_it(db: Session) -> None:
        assert still_due(db, begun, end + GRACE)
        work = any_work(db, begun)
        actions.collect(db, work, actions.graded(work.spec, written_in(db, begun)), now=end + GRACE)

    def give_more(db: Session) -> None:
        give_extra_time(
            db, room.cohort, "needs", room.enrolment, 60, reason="病假", by=room.trainer.id, now=end + GRACE
        )

    assert overlapping(database, sweep_it, give_more) is None
    with database.reading() as db:
        work = any_work(db, begun)
        late = late_texts(db, work)
        assert (work.ends_at, work.attempt.sweep_at) == (end, None)
        assert late is not None
        assert [text.late for text in late.texts] == ["none"]


def test_the_worker_gives_no_end_by_times_that_are_being_moved(database: Database, room: Room, begun: int) -> None:
    with database.transaction() as db:
        limit(db, room, minutes=10)
        attempt = db.get_one(Attempt, begun)
        attempt.ends_at = attempt.sweep_at = None  # as a node of the version before begins it

    overlapping(database, lambda db: limit(db, room, minutes=30), lambda _: catch_up(database, now=NOW))
    with database.reading() as db:
        assert db.get_one(Attempt, begun).ends_at == NOW + timedelta(minutes=30)


def limit(db: Session, room: Room, *, minutes: int) -> None:
    """The trainer sets how long an attempt may take."""
    assignment = actions.assignment_of(db, room.cohort.id, "needs")
    assignment.minutes = minutes
    move_deadlines(db, assignment)
