"""What a cohort's answers show together: who sees it, from when on, whose answers count, and that no name is in it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.accounts.models import Person
from app.assessment import outcomes
from app.assessment.models import Assignment, Attempt
from app.assessment.queries import Work, handed_in
from app.assessment.together import together_for_trainee, together_in
from app.cohorts.models import Cohort, Enrolment
from app.db import Database
from app.marking.actions import give_back
from app.words import in_words
from tests.assessment.course_samples import room_with
from tests.assessment.samples import Room, hand_in, save, start, work_of
from tests.conftest import NOW, statements_of, token_of

POLL: dict[str, Any] = {
    "kind": "poll",
    "title": "投票",
    "minutes": 3,
    "points": 0,
    "marking": "none",
    "feedback": "on_release",
    "question": "先打电话吗？",
    "options": [{"id": "call", "text": "打电话", "says": "SAYS-call"}, {"id": "visit", "text": "上门"}],
    "reason": "写一句理由",
}
EXERCISES = {"vote": POLL, "quiet": {**POLL, "title": "私下投票", "private": True}}
WAITS = "What everybody answered stands here once your trainer has released it."
TOO_FEW = "Fewer than three have answered so far. From three on, all of it stands here."


@pytest.fixture
def room(db: Session, bob: Person, alice: Person) -> Room:
    return room_with(db, bob, alice, EXERCISES)


def another(db: Session, room: Room, name: str) -> Room:
    """The same cohort as somebody else in it sees it."""
    person = Person(number=f"N-{name}", display_name=name, created_at=NOW)
    db.add(person)
    db.flush()
    enrolment = Enrolment(cohort_id=room.cohort.id, person_id=person.id, enrolled_at=NOW)
    db.add(enrolment)
    db.flush()
    return Room(room.cohort, enrolment, person, room.trainer)


def vote(db: Session, room: Room, option: str, exercise: str = "vote") -> Work:
    work = start(db, room, exercise)
    save(db, work, vote=option, because="REASON-text" if option else "")
    return hand_in(db, room, work)


def release(db: Session, room: Room, exercise: str = "vote") -> None:
    wanted = select(Assignment).where(Assignment.cohort_id == room.cohort.id, Assignment.exercise == exercise)
    db.scalars(wanted).one().released_at = NOW
    db.flush()


def votes_in(db: Session, room: Room, exercise: str = "vote") -> tuple[int, bool, bool]:
    """How many answers count, and whether two or three of them are for one option."""
    shown = together_in(db, room.cohort, room.cohort.version, exercise)
    return shown.count, ">2<" in shown.markup, ">3<" in shown.markup


def said(db: Session, work: Work, *, may_see: bool = True) -> str:
    together = together_for_trainee(db, work, may_see=may_see)
    assert together is not None
    return in_words(together.why_not, "en") if together.why_not else str(together.markup)


def test_nothing_is_seen_before_the_release(db: Session, room: Room) -> None:
    works = [vote(db, room, "call")]
    works += [vote(db, another(db, room, name), "visit") for name in ("Dan", "Eve", "Fay")]
    assert said(db, works[0], may_see=False) == WAITS
    assert "SAYS-call" in said(db, works[0])
    assert "REASON-text" not in said(db, works[0])


def test_of_fewer_than_three_nobody_in_the_cohort_sees_anything(db: Session, room: Room) -> None:
    own = vote(db, room, "call")
    vote(db, another(db, room, "Dan"), "visit")
    vote(db, another(db, room, "Eve"), "")  # a blank one is no answer
    assert said(db, own) == TOO_FEW
    assert together_in(db, room.cohort, room.cohort.version, "vote").count == 2
    vote(db, another(db, room, "Fay"), "visit")
    assert "SAYS-call" in said(db, own)


def test_private_exercises_and_other_kinds_show_nothing(db: Session, room: Room) -> None:
    own = vote(db, room, "call", "quiet")
    for name in ("Dan", "Eve", "Fay"):
        vote(db, another(db, room, name), "visit", "quiet")
    assert together_for_trainee(db, own, may_see=True) is None
    shown = together_in(db, room.cohort, room.cohort.version, "quiet")
    assert (shown.count, str(shown.markup)) == (0, "")


def test_of_everybody_the_newest_answer_counts_once(db: Session, room: Room) -> None:
    first = vote(db, room, "call")
    dan, eve = (another(db, room, name) for name in ("Dan", "Eve"))
    vote(db, dan, "call")
    gone = vote(db, eve, "visit")
    assert votes_in(db, room) == (3, True, False)
    give_back(db, first, handed_in(db, first), reason="", reopened=False, by=room.trainer.id, now=NOW)
    assert votes_in(db, room) == (2, False, False)
    vote(db, room, "visit")
    assert votes_in(db, room) == (3, True, False)
    gone.enrolment.withdrawn_at = NOW
    db.flush()
    assert votes_in(db, room)[0] == 2


def test_what_is_written_and_not_handed_in_counts_for_nothing(db: Session, room: Room) -> None:
    save(db, start(db, room, "vote"), vote="call")
    assert together_in(db, room.cohort, room.cohort.version, "vote").count == 0


def test_another_cohort_is_not_counted(db: Session, room: Room) -> None:
    vote(db, room, "call")
    cohort = Cohort(version=room.cohort.version, name="Other", zone="Asia/Shanghai", created_at=NOW)
    db.add(cohort)
    db.flush()
    assert together_in(db, cohort, cohort.version, "vote").count == 0


def test_it_takes_as_many_statements_for_many_as_for_one(database: Database, alice: Person, bob: Person) -> None:
    with database.transaction() as db:
        room = room_with(db, bob, alice, EXERCISES)
        own = vote(db, room, "call").attempt.id
    counts = []
    for number in range(3):
        with database.transaction() as db:
            work = work_of(db, room, db.get_one(Attempt, own))
            with statements_of(database) as seen:
                together_for_trainee(db, work, may_see=True)
            counts.append(len(seen))
            for each in range(3):
                vote(db, another(db, room, f"P{number}{each}"), "visit")
    assert counts == [2, 2, 2]


@pytest.fixture
def browsers(
    database: Database,
    bob: Person,
    alice: Person,
    client_of: Callable[[Person], FlaskClient],
) -> tuple[FlaskClient, FlaskClient]:
    """Bob's browser, who voted with three others, and his trainer's; attempt 1 is Bob's."""
    with database.transaction() as db:
        room = room_with(db, bob, alice, EXERCISES)
        vote(db, room, "call")
        for name in ("Dan", "Eve", "Fay"):
            vote(db, another(db, room, name), "visit")
    return client_of(bob), client_of(alice)


def test_the_trainer_uncovers_and_the_trainees_see(browsers: tuple[FlaskClient, FlaskClient]) -> None:
    bobs, alices = browsers
    before = bobs.get("/attempts/1").text
    assert ("SAYS-call" in before, "讲师公布后" in before) == (False, True)
    page = alices.get("/cohorts/1/exercises/vote/together").text
    assert ("SAYS-call" in page, '<details class="fold">' in page, "REASON-text" in page) == (True, True, False)
    for name in ("Bob", "Dan", "Eve", "Fay"):
        assert name not in page.split("<main")[1]
    form = {"csrf_token": token_of(alices), "release": "yes", "then": "together"}
    released = alices.post("/cohorts/1/exercises/vote/release", data=form)
    assert (released.status_code, released.location) == (303, "/cohorts/1/exercises/vote/together")
    assert '<details class="fold" open>' in alices.get(released.location).text
    after = bobs.get("/attempts/1").text
    assert ("SAYS-call" in after, "4 人投了票" in after) == (True, True)
    assert "/cohorts/1/exercises/vote/together" in alices.get("/cohorts/1/exercises").text
    assert "/cohorts/1/exercises/quiet/together" not in alices.get("/cohorts/1/exercises").text


def test_only_trainers_of_the_cohort_have_the_page(
    browsers: tuple[FlaskClient, FlaskClient], charlie: Person, client_of: Callable[[Person], FlaskClient]
) -> None:
    bobs, alices = browsers
    for browser in (bobs, client_of(charlie)):
        assert browser.get("/cohorts/1/exercises/vote/together").status_code == 404
    assert alices.get("/cohorts/1/exercises/quiet/together").status_code == 404
    assert alices.get("/cohorts/1/exercises/none/together").status_code == 404


def test_after_close_it_waits_for_the_end(db: Session, bob: Person, alice: Person) -> None:
    room = room_with(db, bob, alice, {"vote": {**POLL, "feedback": "after_close"}})
    work = vote(db, room, "call")
    assert said(db, work, may_see=False) == "What everybody answered stands here once the exercise has closed."


def test_a_policy_that_shows_it_at_once_would_be_found(
    browsers: tuple[FlaskClient, FlaskClient], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(outcomes, "may_see_result", lambda *_: True)
    assert "SAYS-call" in browsers[0].get("/attempts/1").text
