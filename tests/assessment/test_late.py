"""What arrives after the end: kept, never counted by itself, counted when the trainer says so."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from flask.testing import FlaskClient
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from app import clock
from app.accounts.models import Audit, Person
from app.assessment import actions
from app.assessment.actions import Save
from app.assessment.deadlines import give_extra_time, move_deadlines
from app.assessment.late import count_late, late_texts
from app.assessment.models import AnswerChange, Assignment, Marking, Submission
from app.assessment.queries import Work, handed_in, own_work, result_for, written_in
from app.assessment.rules import GRACE
from app.db import Database
from app.errors import UserError
from app.marking import actions as marking
from tests.assessment.samples import Room, create_room, hand_in, save, start, viewer_of, work_of
from tests.conftest import NOW, statements_of, token_of

END = NOW + timedelta(minutes=10)
LATE = END + GRACE
RIGHT = {"level.uptime": "primary", "sales_related.uptime": "yes"}


@pytest.fixture
def room(db: Session, bob: Person, alice: Person) -> Room:
    return create_room(db, bob, alice)


@pytest.fixture
def work(db: Session, room: Room) -> Work:
    """Bob's attempt, which ends in ten minutes."""
    begun = start(db, room)
    begun.assignment.minutes = 10
    move_deadlines(db, begun.assignment)
    save(db, begun, level__uptime="secondary")
    return work_of(db, room, begun.attempt)


def send(db: Session, work: Work, at: Any = LATE, *, client: str = "tablet", seq: int = 100, **fields: str) -> bool:
    """Whether what is saved then is late."""
    typed = {name.replace("__", "."): text for name, text in fields.items()}
    return actions.save_fields(db, work, Save(client, seq, 0, typed), by=1, now=at).late


def collected(db: Session, room: Room, work: Work) -> Work:
    """After the sweeper."""
    known = actions.graded(work.spec, written_in(db, work.attempt.id))
    actions.collect(db, work, known, now=LATE)
    return work_of(db, room, work.attempt)


def count(db: Session, room: Room, work: Work) -> Work:
    count_late(db, work, by=room.trainer.id, now=LATE)
    return work_of(db, room, work.attempt)


def test_what_comes_late_is_kept_and_no_part_of_the_answer(db: Session, room: Room, work: Work) -> None:
    assert send(db, work, level__uptime="primary", reason__evidence="晚到的")
    work = collected(db, room, work)
    assert send(db, work, seq=101, level__seats="primary")
    assert handed_in(db, work).values == {"level.uptime": "secondary"}
    assert written_in(db, work.attempt.id).conflicts == ()
    late = late_texts(db, work)
    assert late is not None
    assert [(each.field, each.stands, each.late) for each in late.texts] == [
        ("level.seats", "", "primary"),
        ("level.uptime", "secondary", "primary"),
        ("reason.evidence", "", "晚到的"),
    ]
    assert (late.first, late.last) == (LATE, LATE)


def test_what_says_the_same_is_not_shown(db: Session, work: Work) -> None:
    assert late_texts(db, work) is None
    send(db, work, level__uptime="secondary")
    assert late_texts(db, work) is None


def test_texts_of_two_pages_that_came_late_are_both_to_be_seen(db: Session, work: Work) -> None:
    send(db, work, client="phone", reason__evidence="手机上写的")
    send(db, work, LATE + GRACE, client="laptop", reason__evidence="电脑上写的")
    late = late_texts(db, work)
    assert late is not None
    assert [(each.late, each.others) for each in late.texts] == [("电脑上写的", ("手机上写的",))]
    assert (late.first, late.last) == (LATE, LATE + GRACE)


def test_the_same_late_save_again_is_kept_once(db: Session, work: Work) -> None:
    assert [send(db, work, at, level__uptime="primary") for at in (LATE, LATE + GRACE)] == [True, True]
    assert db.scalar(select(func.count()).where(AnswerChange.late).select_from(AnswerChange)) == 1


def test_a_save_that_was_kept_in_time_and_comes_again_is_not_late(db: Session, room: Room, work: Work) -> None:
    assert not send(db, work, NOW, level__seats="primary")
    assert not send(db, work, LATE, level__seats="primary")
    assert send(db, work, LATE, level__seats="primary", client="laptop")
    assert not send(db, collected(db, room, work), LATE, level__seats="primary")


@pytest.mark.parametrize("why", ["handed in", "gave this attempt back", "no longer in this cohort", "archived"])
def test_what_did_not_end_by_time_alone_takes_nothing(db: Session, room: Room, work: Work, why: str) -> None:
    match why:
        case "handed in":
            work = hand_in(db, room, work)
        case "gave this attempt back":
            work.attempt.returned_at = NOW
        case "no longer in this cohort":
            work.enrolment.withdrawn_at = NOW
        case _:
            work.cohort.archived_at = NOW
    with pytest.raises(UserError, match=why):
        send(db, work, level__uptime="primary")
    assert late_texts(db, work) is None


def test_what_a_trainer_handed_in_for_them_after_the_end_takes_what_comes_late(
    db: Session, room: Room, work: Work
) -> None:
    known = actions.graded(work.spec, written_in(db, work.attempt.id))
    marking.hand_in_for(db, work, known, by=room.trainer.id, now=LATE)
    assert send(db, work_of(db, room, work.attempt), level__uptime="primary")


def test_what_is_counted_is_the_answer_and_marked_anew(db: Session, room: Room, work: Work) -> None:
    for seq, (name, text) in enumerate(RIGHT.items(), 100):
        send(db, work, seq=seq, **{name.replace(".", "__"): text})
    work = collected(db, room, work)
    db.refresh(work.enrolment)
    before, revision = result_for(db, work), work.enrolment.revision
    work = count(db, room, work)
    db.refresh(work.enrolment)
    assert handed_in(db, work).values == RIGHT
    assert sum(part.earned for part in result_for(db, work).keyed) > sum(part.earned for part in before.keyed)
    assert work.enrolment.revision == revision + 1
    assert late_texts(db, work) is None
    count(db, room, work)
    assert db.scalars(select(Audit.action).where(Audit.action == "late-answer-counted")).all() == [
        "late-answer-counted"
    ]
    assert send(db, work, seq=200, level__uptime="secondary")  # and what comes after that is late again
    assert late_texts(db, work) is not None


def test_what_a_person_marked_stays_and_they_look_again(db: Session, room: Room, work: Work) -> None:
    send(db, work, level__uptime="primary")
    work = collected(db, room, work)
    levels = [max(level.points for level in criterion.levels) for criterion in work.spec.rubric]
    marking.mark_attempt(db, work, levels, comment="好", seen=0, by=room.trainer.id, now=LATE)
    db.flush()
    work = count(db, room, work)
    assert work.submission is not None
    assert (work.submission.needs_person, result_for(db, work).levels) == (True, tuple(levels))
    seen = db.scalar(select(func.max(Marking.id)).where(Marking.marked_by == "trainer")) or 0
    marking.mark_attempt(db, work, levels, comment="好", seen=seen, by=room.trainer.id, now=LATE)
    db.flush()
    assert not work.submission.needs_person
    assert db.scalar(select(func.count()).where(Marking.marked_by == "trainer").select_from(Marking)) == 2


def test_where_nothing_was_written_in_time_counting_hands_it_in(db: Session, room: Room) -> None:
    work = start(db, room)
    work.assignment.minutes = 10
    move_deadlines(db, work.assignment)
    send(db, work, level__uptime="primary")
    assert actions.collect(db, work, actions.graded(work.spec, written_in(db, 1)), now=LATE) is None
    work = count(db, room, work)
    assert work.submission is not None
    assert (work.submission.by_id, work.submission.at) == (room.trainer.id, LATE)
    assert handed_in(db, work).values == {"level.uptime": "primary"}


def test_what_an_archived_cohort_or_a_given_back_attempt_has_is_not_counted(
    db: Session, room: Room, work: Work
) -> None:
    send(db, work, level__uptime="primary")
    work.cohort.archived_at = NOW
    with pytest.raises(UserError, match="archived"):
        count(db, room, work)
    work.cohort.archived_at, work.attempt.returned_at = None, NOW
    with pytest.raises(UserError, match="given back"):
        count(db, room, work)


def test_what_extra_time_reaches_counts_by_itself(db: Session, room: Room, work: Work) -> None:
    send(db, work, LATE, level__uptime="primary")
    send(db, work, LATE + timedelta(hours=1), seq=101, level__seats="primary")
    give_extra_time(db, room.cohort, "needs", room.enrolment, 5, reason="断网", by=room.trainer.id, now=LATE)
    work = work_of(db, room, work.attempt)
    assert written_in(db, work.attempt.id).values == {"level.uptime": "primary"}
    late = late_texts(db, work)
    assert late is not None
    assert [each.field for each in late.texts] == ["level.seats"]


def test_letting_it_count_settles_no_choice_that_nobody_made(db: Session, room: Room, work: Work) -> None:
    save(db, work, client="laptop", level__uptime="primary")
    send(db, work, LATE, level__uptime="")
    give_extra_time(db, room.cohort, "needs", room.enrolment, 5, reason="断网", by=room.trainer.id, now=LATE)
    (conflict,) = written_in(db, work.attempt.id).conflicts
    assert (conflict.stands, conflict.other) == ("", "primary")


def test_what_was_written_over_in_time_given_later_has_had_its_day(db: Session, room: Room, work: Work) -> None:
    send(db, work, LATE + timedelta(hours=2), reason__evidence="旧的")
    give_extra_time(db, room.cohort, "needs", room.enrolment, 60, reason="断网", by=room.trainer.id, now=LATE)
    assert not send(db, work, LATE, client="laptop", reason__evidence="新的")
    assert late_texts(db, work) is None


@pytest.fixture
def bobs(database: Database, alice: Person, bob: Person, client_of: Callable[[Person], FlaskClient]) -> FlaskClient:
    """Bob's browser; attempt 1 is his."""
    with database.transaction() as db:
        start(db, create_room(db, bob, alice))
    return client_of(bob)


def end(database: Database) -> None:
    """Let the time be up."""
    with database.transaction() as db:
        assignment = db.get_one(Assignment, 1)
        assignment.closes_at = clock.now() - GRACE
        move_deadlines(db, assignment)


def patch(browser: FlaskClient, seq: int, **fields: str) -> Any:
    typed = {name.replace("__", "."): text for name, text in fields.items()}
    body = {"client": "phone", "seq": seq, "base": 0, "fields": typed}
    return browser.patch("/attempts/1", json=body, headers={"X-CSRFToken": token_of(browser)})


def ask(browser: FlaskClient) -> Any:
    headers = {"X-CSRFToken": token_of(browser), "Accept": "application/json"}
    return browser.post("/attempts/1/hand-in", json={}, headers=headers)


def test_a_save_is_told_when_it_ends_and_whether_it_came_late(bobs: FlaskClient, database: Database) -> None:
    first = patch(bobs, 1, level__uptime="primary").json
    assert (first["late"], first["ends_at"], "detail" in first) == (False, None, False)
    end(database)
    late = patch(bobs, 2, level__uptime="secondary")
    assert (late.status_code, late.json["late"]) == (200, True)
    assert late.json["ends_at"] < late.json["now"]
    assert "讲师可以决定" in late.json["detail"]


def test_handing_in_by_json_after_the_end_says_that_it_was_collected(bobs: FlaskClient, database: Database) -> None:
    patch(bobs, 1, level__uptime="primary")
    end(database)
    answers = [ask(bobs), ask(bobs)]
    assert [(each.status_code, each.json["collected"]) for each in answers] == [(200, True)] * 2
    assert answers[0].json == answers[1].json
    assert patch(bobs, 2, level__uptime="secondary").json["late"]


def test_handing_in_after_the_end_what_nobody_wrote_in_time_is_refused(bobs: FlaskClient, database: Database) -> None:
    end(database)
    patch(bobs, 1, level__uptime="primary")
    refused = ask(bobs)
    assert (refused.status_code, "截止" in refused.json["detail"]) == (422, True)
    with database.reading() as db:
        assert db.scalars(select(Submission)).all() == []
        assert late_texts(db, own_work(db, viewer_of_bob(db), 1)) is not None


def viewer_of_bob(db: Session) -> Any:
    return viewer_of(db.scalars(select(Person).where(Person.display_name == "Bob")).one())


def test_handing_in_in_time_says_that_it_was_not_collected(bobs: FlaskClient) -> None:
    assert ask(bobs).json["collected"] is False


def test_a_late_save_takes_no_more_statements_than_another(bobs: FlaskClient, database: Database) -> None:
    patch(bobs, 1, level__uptime="primary")
    counts = []
    for seq in (2, 3):
        with statements_of(database) as seen:
            assert patch(bobs, seq, level__uptime="primary").status_code == 200
        counts.append(len(seen))
        end(database)
    assert counts[0] == counts[1] <= 5
