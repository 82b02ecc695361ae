"""Mail about answers: who is told what, once, in their language, and nobody who does not want it."""

from __future__ import annotations

import os
import signal
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from fractions import Fraction
from functools import partial
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from app.accounts.models import Person
from app.assessment import letters
from app.assessment.actions import assignment_of
from app.assessment.assigning import release_results
from app.assessment.letters import KEPT, clear_told, tell_marked, tell_reviewers, tell_trainers
from app.assessment.marks import add_marking
from app.assessment.models import Assignment, Attempt, Submission, Told
from app.assessment.queries import any_work, written_in
from app.catalogue.actions import publish_course
from app.cohorts.models import Cohort, Enrolment
from app.db import Database
from app.mail import Sender, compose, queue_mail
from app.marking.actions import give_back
from app.outbox import Outbox
from tests.assessment.samples import Room, hand_in, save, start, work_of
from tests.catalogue.samples import HIERARCHY, create_course
from tests.cohorts.samples import create_cohort
from tests.conftest import NOW, CreatePerson

LATER = NOW + timedelta(hours=1)


@pytest.fixture(autouse=True)
def _mail_server(app: Flask, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setitem(app.config, "SMTP_URL", "smtp://mail.example.com:587")
    with app.app_context():
        yield


@pytest.fixture
def feedback() -> str:
    """When results can be seen."""
    return "on_release"


@pytest.fixture
def room(db: Session, create_person: CreatePerson, feedback: str) -> Room:
    trainee = create_person("Bob", email="bob@example.com")
    trainer = create_person("Alice", roles=("author", "trainer"), email="alice@example.com")
    course = create_course(exercises={"needs": HIERARCHY | {"feedback": feedback}})
    cohort = create_cohort(db, publish_course(db, course, by=None, now=NOW), trainers=[trainer], trainees=[trainee])
    return Room(cohort, db.scalars(select(Enrolment)).one(), trainee, trainer)


def mails(db: Session) -> list[dict[str, Any]]:
    db.flush()
    return [row.payload for row in db.scalars(select(Outbox).order_by(Outbox.id))]


def answer(db: Session, room: Room) -> int:
    """An answer that waits for nobody any more."""
    work = start(db, room)
    save(db, work, level__uptime="primary", sales_related__uptime="yes")
    attempt_id = hand_in(db, room, work).attempt.id
    db.get_one(Submission, attempt_id).needs_person = False
    return attempt_id


def test_whoever_handed_in_is_told_once_a_day_that_results_can_be_seen(db: Session, room: Room) -> None:
    attempt_id = answer(db, room)
    for release in (True, False, True):
        release_results(db, room.cohort, "needs", release=release, by=room.trainer.id, now=LATER)
    mail = mails(db)[0]
    assert (len(mails(db)), mail["to"]) == (1, "bob@example.com")
    assert mail["subject"].endswith("的成绩可以查看了")
    assert f"/attempts/{attempt_id}\n" in mail["text"]
    assert "/profile#course-mail" in mail["text"]
    release_results(db, room.cohort, "needs", release=False, by=room.trainer.id, now=LATER)
    release_results(db, room.cohort, "needs", release=True, by=room.trainer.id, now=LATER + timedelta(days=1))
    assert len(mails(db)) == 2


def test_marks_stand_in_no_mail(db: Session, room: Room) -> None:
    answer(db, room)
    release_results(db, room.cohort, "needs", release=True, by=room.trainer.id, now=LATER)
    assert not any(digit in mails(db)[0]["subject"] for digit in "0123456789")


@pytest.mark.parametrize("why", ["no wish", "no address", "closed", "no server", "nothing handed in", "withdrawn"])
def test_nobody_else_is_told(db: Session, room: Room, app: Flask, monkeypatch: pytest.MonkeyPatch, why: str) -> None:
    if why != "nothing handed in":
        answer(db, room)
    trainee = db.get_one(Person, room.trainee.id)
    trainee.course_mail, trainee.active = why != "no wish", why != "closed"
    trainee.email = None if why == "no address" else trainee.email
    room.enrolment.withdrawn_at = NOW if why == "withdrawn" else None
    if why == "no server":
        monkeypatch.setitem(app.config, "SMTP_URL", "")
    release_results(db, room.cohort, "needs", release=True, by=room.trainer.id, now=LATER)
    assert mails(db) == []


def test_whoever_gets_an_answer_back_is_led_to_the_new_attempt(db: Session, room: Room) -> None:
    attempt_id = answer(db, room)
    db.get_one(Person, room.trainee.id).language = "en"
    work = work_of(db, room, db.get_one(Attempt, attempt_id))
    following = give_back(
        db, work, written_in(db, attempt_id), reason="隐私", reopened=False, by=room.trainer.id, now=LATER
    )
    mail = mails(db)[0]
    assert mail["subject"].endswith("was given back to you")
    assert f"/attempts/{following}\n" in mail["text"]
    assert "隐私" not in mail["text"]


def test_reviewers_are_told_how_many_answers_wait_and_until_when(db: Session, room: Room) -> None:
    assignment = assignment_of(db, room.cohort.id, "needs")
    asked = {room.enrolment.id: 3}
    for _ in range(2):
        tell_reviewers(db, assignment, asked, path="/cohorts/1/reviews", closes_at=LATER, now=NOW)
    tell_reviewers(db, assignment, asked, path="/cohorts/1/reviews", closes_at=LATER, now=NOW, soon=True)
    tell_reviewers(db, assignment, {room.enrolment.id: 0}, path="/", closes_at=None, now=NOW + timedelta(days=2))
    opened, due = mails(db)
    assert (opened["subject"].endswith("有作答等你评阅"), due["subject"].endswith("的评阅快要截止了")) == (True, True)
    assert "：3 份。" in opened["text"]
    assert "2026年11月23日 10:00" in opened["text"]
    assert "/cohorts/1/reviews\n" in opened["text"]
    assert "Alice" not in opened["text"]


@pytest.fixture
def waiting(db: Session, room: Room) -> Room:
    """An answer that waits for its trainer, committed."""
    answer(db, room)
    db.flush()
    for submission in db.scalars(select(Submission)):
        submission.needs_person = True
    db.commit()
    return room


def told(database: Database) -> list[dict[str, Any]]:
    with database.reading() as db:
        return [row.payload for row in db.scalars(select(Outbox).order_by(Outbox.id))]


def test_trainers_are_told_once_what_has_waited_for_half_an_hour(database: Database, waiting: Room) -> None:
    at = [timedelta(minutes=29), timedelta(minutes=30), timedelta(minutes=40), timedelta(hours=3)]
    assert [tell_trainers(database, now=NOW + after) for after in at] == [0, 1, 0, 0]
    mail = told(database)[0]
    assert (mail["to"], mail["subject"].endswith("：1 份作答等待批改")) == ("alice@example.com", True)
    assert f"/marking?cohort={waiting.cohort.id}\n" in mail["text"]


def test_the_next_day_only_what_is_new_is_worth_a_mail(database: Database, waiting: Room) -> None:
    tell_trainers(database, now=LATER)
    tomorrow = LATER + timedelta(days=1)
    assert tell_trainers(database, now=tomorrow) == 0
    with database.transaction() as db:
        db.scalars(select(Submission)).one().at = LATER + timedelta(minutes=1)
    assert tell_trainers(database, now=LATER + timedelta(hours=2)) == 0  # once a day
    assert tell_trainers(database, now=tomorrow) == 1
    assert waiting.cohort.id


def test_nobody_is_told_in_the_evening(database: Database, waiting: Room) -> None:
    evening = NOW.replace(hour=13)  # 21:00 in Shanghai
    morning = evening + timedelta(hours=11)
    assert [tell_trainers(database, now=at) for at in (evening, morning)] == [0, 1]
    assert waiting.cohort.id


def test_two_workers_at_once_tell_once(app: Flask, database: Database, waiting: Room) -> None:
    def look(_: int) -> int:
        with app.app_context():
            return tell_trainers(database, now=LATER)

    with ThreadPoolExecutor(4) as pool:
        assert sum(pool.map(look, range(8))) == 1
    with database.reading() as db:
        assert db.scalar(select(func.count()).select_from(Outbox)) == 1
    assert waiting.cohort.id


def test_whose_marks_still_wait_is_told_when_they_are_there_and_once(database: Database, waiting: Room) -> None:
    with database.transaction() as db:
        release_results(db, waiting.cohort, "needs", release=True, by=waiting.trainer.id, now=LATER)
    assert (told(database), tell_marked(database, now=LATER + timedelta(hours=1))) == ([], 0)
    marked = LATER + timedelta(hours=1)
    mark_by_hand(database, at=marked)
    after = [timedelta(minutes=29), timedelta(minutes=30), timedelta(hours=2), timedelta(days=1)]
    assert [tell_marked(database, now=marked + each) for each in after] == [0, 1, 0, 0]
    assert [mail["to"] for mail in told(database)] == ["bob@example.com"]
    mark_by_hand(database, at=marked + timedelta(days=1))
    assert tell_marked(database, now=marked + timedelta(days=1, hours=1)) == 0, "it was told since they handed in"


@pytest.mark.parametrize("why", ["not released", "taken back", "long ago", "archived", "evening", "by its key alone"])
def test_of_marks_that_are_no_news_nobody_is_told(database: Database, waiting: Room, why: str) -> None:
    with database.transaction() as db:
        assignment = db.scalars(select(Assignment).where(Assignment.exercise == "needs")).one()
        assignment.released_at = None if why == "not released" else NOW - timedelta(days=20)
        db.get_one(Cohort, waiting.cohort.id).archived_at = NOW if why == "archived" else None
    if why != "by its key alone":
        mark_by_hand(database, at=NOW, taken_back=why == "taken back")
    when = {"long ago": timedelta(days=4), "evening": timedelta(hours=12)}.get(why, timedelta(hours=1))
    assert tell_marked(database, now=NOW + when) == 0


def mark_by_hand(database: Database, *, at: datetime, taken_back: bool = False) -> None:
    with database.transaction() as db:
        work = any_work(db, db.scalars(select(Submission.attempt_id)).one())
        add_marking(db, work, "override", by=None, now=at, earned=None if taken_back else Fraction(2))
        db.scalars(select(Submission)).one().needs_person = taken_back


@pytest.mark.parametrize(("feedback", "letters_"), [("on_hand_in", 0), ("after_close", 0), ("on_release", 1)])
def test_a_release_is_no_news_where_the_results_could_be_seen_before(db: Session, room: Room, letters_: int) -> None:
    answer(db, room)
    assignment_of(db, room.cohort.id, "needs").closes_at = LATER - timedelta(minutes=1)
    release_results(db, room.cohort, "needs", release=True, by=room.trainer.id, now=LATER)
    assert len(mails(db)) == letters_


@pytest.mark.parametrize("writes", [False, True])
def test_killed_while_it_writes_it_is_told_once_afterwards(
    database: Database, database_url: str, waiting: Room, monkeypatch: pytest.MonkeyPatch, *, writes: bool
) -> None:
    """Killed ahead of the letter, or with letter and note written and not committed."""
    with monkeypatch.context() as patch:
        patch.setattr(letters, "queue_mail", partial(write_and_die, queue_mail if writes else None))
        child = os.fork()
        if not child:
            try:
                tell_trainers(Database(database_url), now=LATER)
            finally:
                os._exit(1)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == -signal.SIGKILL
    assert (told(database), [tell_trainers(database, now=LATER) for _ in range(2)]) == ([], [1, 0])
    assert (len(told(database)), waiting.cohort.id) == (1, waiting.cohort.id)


def write_and_die(write: Callable[..., bool] | None, db: Session, **letter: Any) -> bool:
    if write is not None:
        write(db, **letter)
        db.flush()
    os.kill(os.getpid(), signal.SIGKILL)
    return False


def test_without_the_note_it_would_be_told_twice(
    database: Database, waiting: Room, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The canary: what the tests above are worth."""
    monkeypatch.setattr(Session, "add_all", lambda _db, _rows: None)
    assert [tell_trainers(database, now=LATER) for _ in range(2)] == [1, 1]
    assert waiting.cohort.id


def test_a_mail_program_can_offer_where_to_switch_it_off(db: Session, room: Room) -> None:
    answer(db, room)
    release_results(db, room.cohort, "needs", release=True, by=room.trainer.id, now=LATER)
    message = compose(mails(db)[0], Sender("desk@example.com"), now=NOW)
    assert message["List-Unsubscribe"].endswith("/profile#course-mail>")


def test_what_was_told_long_ago_is_forgotten(db: Session, room: Room) -> None:
    answer(db, room)
    release_results(db, room.cohort, "needs", release=True, by=room.trainer.id, now=LATER)
    db.flush()
    clear_told(db, now=LATER + KEPT)
    assert db.scalar(select(func.count()).select_from(Told)) == 1
    clear_told(db, now=LATER + KEPT + timedelta(seconds=1))
    assert db.scalar(select(func.count()).select_from(Told)) == 0
