"""What trainers see of answers that time has ended: handed in by itself, what came late, what failed."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select

from app import clock
from app.accounts.models import Audit, Person
from app.assessment import actions
from app.assessment.actions import Save
from app.assessment.assigning import Window, set_times
from app.assessment.models import Attempt, Marking, Submission
from app.assessment.queries import handed_in, own_work, trained_work
from app.assessment.sweeper import sweep
from app.cohorts.models import Cohort
from app.db import Database
from tests.assessment.samples import Room, create_room, save, start, viewer_of
from tests.conftest import NOW, statements_of, token_of

END = NOW + timedelta(minutes=20)
AFTER = END + timedelta(minutes=5)


@pytest.fixture(autouse=True)
def _later(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(clock, "now", lambda: AFTER)


@pytest.fixture
def room(database: Database, alice: Person, bob: Person) -> Room:
    """Attempt 1, Bob's, had 20 minutes; he wrote one thing in time, and his browser never came back."""
    with database.transaction() as db:
        room = create_room(db, bob, alice)
        set_times(db, room.cohort, {"needs": Window(None, None, 20)}, by=alice.id, now=NOW)
        save(db, start(db, room), level__uptime="secondary", reason__evidence="及时写的")
    return room


@pytest.fixture
def desk(room: Room, client_of: Callable[[Person], FlaskClient]) -> FlaskClient:
    return client_of(room.trainer)


def arrive_late(database: Database, room: Room, seq: int = 1, **fields: str) -> None:
    typed = {name.replace("__", "."): text for name, text in fields.items()}
    with database.transaction() as db:
        work = own_work(db, viewer_of(room.trainee), 1, to_change=True)
        late = actions.save_fields(db, work, Save("bus", seq, 0, typed), by=room.trainee.id, now=AFTER)
        assert late.late


def counts(database: Database, room: Room) -> dict[str, str]:
    with database.reading() as db:
        return dict(handed_in(db, trained_work(db, viewer_of(room.trainer, "trainer"), 1)).values)


def collect(database: Database) -> None:
    assert sweep(database, now=lambda: AFTER).handed_in == 1


def test_what_was_handed_in_by_itself_says_so(desk: FlaskClient, database: Database) -> None:
    collect(database)
    page = desk.get("/marking/1").text
    assert ("已自动交卷，内容是当时已保存的" in page, "结束后才到的内容" in page) == (True, False)


def test_what_came_late_stands_beside_what_counts_and_is_counted_on_request(
    desk: FlaskClient, database: Database, room: Room
) -> None:
    collect(database)
    arrive_late(database, room, level__uptime="primary", reason__evidence="车上<b>写的</b>")
    page = desk.get("/marking/1").text
    assert ("结束后才到的内容" in page, "车上&lt;b&gt;写的" in page, "及时写的" in page) == (True, True, True)
    assert counts(database, room)["reason.evidence"] == "及时写的"
    form = {"csrf_token": token_of(desk)}
    assert desk.post("/marking/1/count-late", data=form).location == "/marking/1"
    assert counts(database, room) == {"level.uptime": "primary", "reason.evidence": "车上<b>写的</b>"}
    desk.post("/marking/1/count-late", data=form)  # twice does it once
    with database.reading() as db:
        wanted = select(Marking.earned_numerator).where(Marking.marked_by == "key").order_by(Marking.id)
        assert [bool(points) for points in db.scalars(wanted)] == [False, True]
        assert db.scalars(select(Audit.action).where(Audit.action == "late-answer-counted")).all() == [
            "late-answer-counted"
        ]
    assert "结束后才到的内容" not in desk.get("/marking/1").text


def test_the_trainee_is_told_that_something_came_late(
    database: Database, room: Room, client_of: Callable[[Person], FlaskClient]
) -> None:
    collect(database)
    arrive_late(database, room, level__uptime="primary")
    assert "讲师可以把它算进去" in client_of(room.trainee).get("/attempts/1").text


def test_an_archived_cohort_shows_what_came_late_and_counts_nothing(
    desk: FlaskClient, database: Database, room: Room
) -> None:
    collect(database)
    arrive_late(database, room, level__uptime="primary")
    with database.transaction() as db:
        db.get_one(Cohort, 1).archived_at = AFTER
    page = desk.get("/marking/1").text
    assert ("结束后才到的内容" in page, "count-late" in page) == (True, False)
    assert desk.post("/marking/1/count-late", data={"csrf_token": token_of(desk)}).status_code == 422


def test_what_the_key_could_not_mark_is_named_with_its_reference(desk: FlaskClient, database: Database) -> None:
    collect(database)
    with database.transaction() as db:
        db.get_one(Submission, 1).unmarked = "E-AB12CD"
        db.get_one(Attempt, 1).sweep_at = AFTER
    inbox, page = desk.get("/marking").text, desk.get("/marking/1").text
    assert ("E-AB12CD" in page, "内容都在" in page) == (True, True)
    assert ("没能按参考答案批改：E-AB12CD" in inbox, 'href="/marking/1"' in inbox) == (True, True)


def test_what_was_set_aside_is_in_the_inbox_of_its_trainers_alone(
    desk: FlaskClient, database: Database, client_of: Callable[[Person], FlaskClient], charlie: Person
) -> None:
    assert "E-AB12CD" not in desk.get("/marking").text
    with database.transaction() as db:
        attempt = db.get_one(Attempt, 1)
        attempt.set_aside, attempt.sweep_at = "E-AB12CD", None
    inbox = desk.get("/marking").text
    assert ("没能自动交卷：E-AB12CD" in inbox, "Bob" in inbox) == (True, True)
    assert "E-AB12CD" in desk.get("/marking/1").text
    assert "E-AB12CD" not in client_of(charlie).get("/marking").text


def test_the_page_takes_as_many_statements_for_many_late_texts_as_for_one(
    desk: FlaskClient, database: Database, room: Room
) -> None:
    collect(database)
    arrive_late(database, room, level__uptime="primary")
    with statements_of(database) as one:
        desk.get("/marking/1")
    for seq in range(2, 8):
        arrive_late(database, room, seq, reason__evidence=f"车上 {seq}", level__seats="primary")
    with statements_of(database) as many:
        desk.get("/marking/1")
    assert len(many) == len(one)
