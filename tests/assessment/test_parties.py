"""Pairs and groups at an exercise: who is on its sheet, from the start to the marks, whoever comes, goes or is away."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select
from sqlalchemy.orm import Session

from app import clock
from app.accounts.models import Person
from app.assessment import actions, parties
from app.assessment.actions import Save
from app.assessment.chains import news_for
from app.assessment.deadlines import give_extra_time
from app.assessment.models import AnswerChange, Assignment, Attempt, Submission
from app.assessment.parties import (
    attempts_ahead,
    join_attempt,
    leave_attempt,
    members_of,
    party_of,
    put_on,
    take_off,
    variant_of,
)
from app.assessment.queries import Work, own_task, own_work, result_for, trained_work, written_in
from app.classroom.models import Group, GroupMember
from app.cohorts.enrolling import withdraw
from app.cohorts.models import Enrolment
from app.db import Database
from app.errors import NotFound, UserError
from app.marking.actions import give_back
from app.statistics.queries import course_statistics
from tests.assessment.course_samples import CHOICE, FORM
from tests.assessment.party_samples import (
    Class,
    audited,
    create_class,
    create_group,
    five,
    hand_in,
    members,
    start,
    tick,
    work_of,
)
from tests.assessment.samples import viewer_of
from tests.conftest import NOW, CreatePerson

ClientOf = Callable[[Person], FlaskClient]


@pytest.fixture
def people(create_person: CreatePerson) -> tuple[Person, ...]:
    """Five; four of them are in the group, the fifth is in none."""
    return five(create_person)


@pytest.fixture
def room(database: Database, alice: Person, people: tuple[Person, ...]) -> Class:
    with database.transaction() as db:
        return create_class(db, alice, people, grouped=4)


@pytest.fixture(autouse=True)
def _on_the_day(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(clock, "now", lambda: NOW)


def refusal(call: Callable[[], object]) -> str:
    with pytest.raises(UserError) as refused:
        call()
    return str(refused.value.sentence)


def test_everybody_of_a_group_is_on_the_sheet_that_one_begins(db: Session, room: Class) -> None:
    first, second, _, _, alone = room.people
    attempt = start(db, room, first)
    assert attempt.group_id == room.group.id
    assert members(db, attempt.id) == {each.id: 1 for each in room.enrolments[:4]}
    assert start(db, room, second).id == attempt.id
    assert members(db, start(db, room, alone).id) == {room.number_of(alone): 1}
    assert members(db, start(db, room, first, "twos").id) == {each.id: 1 for each in room.enrolments[:2]}
    assert members(db, start(db, room, first, "alone").id) == {room.number_of(first): 1}
    assert {each.name for each in members_of(db, [attempt.id])[attempt.id]} == {"安", "贝", "成", "丁"}


def test_what_one_writes_all_hand_in_and_all_get_the_marks(db: Session, room: Class) -> None:
    first, second, third, *_ = room.people
    attempt = start(db, room, first, "quiz")
    actions.save_fields(db, work_of(db, second, attempt), Save("p", 1, 0, {"ratio": "net"}), by=second.id, now=NOW)
    hand_in(db, third, attempt)
    hand_in(db, first, attempt)
    assert db.scalars(select(Submission.by_id)).all() == [third.id]
    assert audited(db, "attempt-handed-in") == 1
    assert db.scalars(select(Enrolment.revision).order_by(Enrolment.id)).all() == [1, 1, 1, 1, 0]
    earned = {result_for(db, own_work(db, viewer_of(each), attempt.id)).earned for each in room.people[:4]}
    assert len(earned) == 1
    assert (earned.pop() or 0) > 0


def test_who_is_absent_today_is_not_taken_in_and_joins_while_it_is_open(db: Session, room: Class) -> None:
    first, second, third, fourth, _ = room.people
    tick(db, room, second, "absent")
    tick(db, room, third, "excused")
    tick(db, room, fourth, "late")
    attempt = start(db, room, first)
    assert set(members(db, attempt.id)) == {room.number_of(first), room.number_of(fourth)}
    with pytest.raises(NotFound):
        own_work(db, viewer_of(second), attempt.id)
    assert start(db, room, second).id == attempt.id
    assert start(db, room, second).id == attempt.id
    assert members(db, attempt.id)[room.number_of(second)] == 1
    assert audited(db, "attempt-joined") == 1


def test_the_newest_tick_of_today_counts_and_none_of_a_session_to_come(db: Session, room: Class) -> None:
    first, second, *_ = room.people
    tick(db, room, second, "absent", session=1)  # after noon: it has not begun
    assert room.number_of(second) in members(db, start(db, room, first).id)


def test_whoever_begins_is_there_whatever_was_ticked(db: Session, room: Class) -> None:
    tick(db, room, room.people[0], "absent")
    assert set(members(db, start(db, room, room.people[0]).id)) == {each.id for each in room.enrolments[:4]}


def test_who_was_absent_until_it_was_handed_in_begins_alone_and_draws_nobody_in(db: Session, room: Class) -> None:
    first, second, *_ = room.people
    tick(db, room, second, "absent")
    attempt = start(db, room, first, "quiz")
    hand_in(db, first, attempt)
    own = start(db, room, second, "quiz")
    assert own.id != attempt.id
    assert members(db, own.id) == {room.number_of(second): 1}
    assert own.seed != attempt.seed


def test_a_second_try_takes_those_in_who_have_done_no_more(
    database: Database, alice: Person, people: tuple[Person, ...]
) -> None:
    with database.transaction() as db:
        room = create_class(db, alice, people, grouped=3, quiz={**CHOICE, "work": "group", "attempts": 2})
        first, second, third = people[:3]
        tick(db, room, third, "absent")
        hand_in(db, first, start(db, room, first, "quiz"))
        away = start(db, room, third, "quiz")
        assert members(db, away.id) == {room.number_of(third): 1}
        hand_in(db, third, away)
        again = start(db, room, second, "quiz")
        assert members(db, again.id) == {room.number_of(second): 2, room.number_of(first): 2}


def test_who_is_on_a_sheet_of_their_own_goes_on_with_it(db: Session, room: Class) -> None:
    newcomer = room.people[4]
    own = start(db, room, newcomer)
    db.add(
        GroupMember(
            enrolment_id=room.number_of(newcomer), work="group", group_id=room.group.id, leads=False, joined_at=NOW
        )
    )
    db.flush()
    attempt = start(db, room, room.people[0])
    assert room.number_of(newcomer) not in members(db, attempt.id)
    assert start(db, room, newcomer).id == own.id


def test_joining_what_was_handed_in_is_refused_and_begins_a_sheet_of_ones_own(db: Session, room: Class) -> None:
    first, second, *_ = room.people
    tick(db, room, second, "absent")
    attempt = start(db, room, first, "quiz")
    hand_in(db, first, attempt)
    task = own_task(db, viewer_of(second), room.cohort.id, "quiz")
    assert "handed in" in refusal(lambda: join_attempt(db, task, attempt, by=second.id, now=NOW))
    assert room.number_of(second) not in members(db, attempt.id)


def test_leaving_keeps_what_was_written_and_coming_back_is_joining(db: Session, room: Class) -> None:
    first, second, *_ = room.people
    attempt = start(db, room, first)
    actions.save_fields(db, work_of(db, second, attempt), Save("p", 1, 0, {"name": "甲"}), by=second.id, now=NOW)
    leave_attempt(db, work_of(db, second, attempt), by=second.id, now=NOW)
    with pytest.raises(NotFound):
        own_work(db, viewer_of(second), attempt.id)
    assert db.scalars(select(AnswerChange.by_id)).all() == [second.id]
    assert written_in(db, attempt.id).values["name"] == "甲"
    assert start(db, room, second).id == attempt.id
    assert members(db, attempt.id)[room.number_of(second)] == 1
    assert (audited(db, "attempt-left"), audited(db, "attempt-joined")) == (1, 1)


def test_the_last_one_stays_and_after_handing_in_nobody_leaves(db: Session, room: Class) -> None:
    pair = room.people[:2]
    attempt = start(db, room, pair[0], "twos")
    leave_attempt(db, work_of(db, pair[0], attempt), by=pair[0].id, now=NOW)
    assert "last one" in refusal(lambda: leave_attempt(db, work_of(db, pair[1], attempt), by=pair[1].id, now=NOW))
    assert start(db, room, pair[0], "twos").id == attempt.id
    hand_in(db, pair[1], attempt)
    assert "handed in" in refusal(lambda: leave_attempt(db, work_of(db, pair[0], attempt), by=pair[0].id, now=NOW))


def trained(db: Session, room: Class, attempt: Attempt) -> Work:
    return trained_work(db, viewer_of(room.trainer, "trainer"), attempt.id, to_change=True)


def test_a_trainer_takes_somebody_off_and_puts_somebody_on_after_it_was_handed_in(db: Session, room: Class) -> None:
    first, second, *_, alone = room.people
    attempt = start(db, room, first, "quiz")
    hand_in(db, first, attempt)
    gone, come = room.enrolments[1], room.enrolments[4]
    for _ in range(2):
        take_off(db, trained(db, room, attempt), gone, by=room.trainer.id, now=NOW)
        put_on(db, trained(db, room, attempt), come, by=room.trainer.id, now=NOW)
    assert set(members(db, attempt.id)) == {each.id for each in room.enrolments} - {gone.id}
    assert own_work(db, viewer_of(alone), attempt.id).submission is not None
    with pytest.raises(NotFound):
        own_work(db, viewer_of(second), attempt.id)
    db.expire_all()
    assert db.scalars(select(Enrolment.revision).order_by(Enrolment.id)).all() == [3, 2, 3, 3, 1]
    assert (audited(db, "member-taken-off"), audited(db, "member-put-on")) == (1, 1)


def test_nobody_is_put_on_who_has_an_answer_of_their_own(db: Session, room: Class) -> None:
    first, *_, alone = room.people
    attempt, own = start(db, room, first, "quiz"), start(db, room, alone, "quiz")
    by = room.trainer.id
    hand_in(db, alone, own)
    assert "used" in refusal(lambda: put_on(db, trained(db, room, attempt), room.enrolments[4], by=by, now=NOW))
    assert "last one" in refusal(lambda: take_off(db, trained(db, room, own), room.enrolments[4], by=by, now=NOW))


def test_who_shares_marks_that_are_final_stays_as_it_is(db: Session, room: Class) -> None:
    attempt, by = start(db, room, room.people[0], "quiz"), room.trainer.id
    hand_in(db, room.people[0], attempt)
    before = members(db, attempt.id)
    db.get_one(Assignment, attempt.assignment_id).final_at = NOW
    for change, who in ((take_off, room.enrolments[1]), (put_on, room.enrolments[4])):
        with pytest.raises(UserError, match="final"):
            change(db, trained(db, room, attempt), who, by=by, now=NOW)
    assert members(db, attempt.id) == before


def test_a_sheet_begun_alone_is_given_back_for_that_of_the_group(db: Session, room: Class) -> None:
    first, *_, alone = room.people
    attempt, own, late = start(db, room, first, "quiz"), start(db, room, alone, "quiz"), room.enrolments[4]
    put_on(db, trained(db, room, attempt), late, by=room.trainer.id, now=NOW)
    assert (own.returned_at, members(db, attempt.id)[late.id]) == (NOW, 2)
    assert start(db, room, alone, "quiz").id == attempt.id
    others = create_group(db, room.cohort, room.enrolments[4:], name="第二组")
    other = add_attempt_for(db, room, others)
    why = refusal(lambda: put_on(db, trained(db, room, other), late, by=room.trainer.id, now=NOW))
    assert "another sheet" in why


def add_attempt_for(db: Session, room: Class, group: Group) -> Attempt:
    """An attempt of another group that nobody in the room began."""
    begun = Attempt(
        assignment_id=db.scalars(select(Assignment.id).where(Assignment.exercise == "quiz")).one(),
        version_id=room.cohort.version_id,
        group_id=group.id,
        seed=1,
        carried={},
        started_at=NOW,
    )
    db.add(begun)
    db.flush()
    guest = Person(number="G1", display_name="客", created_at=NOW)
    db.add(guest)
    db.flush()
    enrolment = Enrolment(cohort_id=room.cohort.id, person_id=guest.id, enrolled_at=NOW)
    db.add(enrolment)
    db.flush()
    parties.add_members(db, begun, {enrolment.id: 1})
    db.flush()
    return begun


def test_what_a_group_hands_in_is_one_answer_in_the_statistics(db: Session, room: Class) -> None:
    hand_in(db, room.people[0], start(db, room, room.people[0], "quiz"))
    viewer = viewer_of(room.trainer, "trainer", "author")
    rows = {row.slug: row.handed_in for row in course_statistics(db, viewer, "leads").rows}
    assert rows["quiz"] == 1


def test_after_being_taken_off_the_next_attempt_has_a_number_of_its_own(
    database: Database, alice: Person, people: tuple[Person, ...]
) -> None:
    with database.transaction() as db:
        room = create_class(db, alice, people, grouped=2, quiz={**CHOICE, "work": "group", "attempts": 9})
        first = people[0]
        tries = []
        for _ in range(3):
            tries.append(start(db, room, first, "quiz"))
            hand_in(db, first, tries[-1])
        take_off(db, trained(db, room, tries[1]), room.enrolments[0], by=alice.id, now=NOW)
        assert members(db, start(db, room, first, "quiz").id)[room.enrolments[0].id] == 4


def test_an_attempt_given_back_goes_on_with_the_same_people(db: Session, room: Class) -> None:
    attempt = start(db, room, room.people[0], "quiz")
    leave_attempt(db, work_of(db, room.people[3], attempt), by=room.people[3].id, now=NOW)
    hand_in(db, room.people[1], attempt)
    work = trained(db, room, attempt)
    written = written_in(db, attempt.id)
    following = give_back(db, work, written, reason="依据", reopened=False, by=room.trainer.id, now=NOW)
    assert members(db, following) == {each.id: 2 for each in room.enrolments[:3]}
    found = db.get_one(Attempt, following)
    assert (found.group_id, found.seed) == (attempt.group_id, attempt.seed)
    assert start(db, room, room.people[3], "quiz").id == following


def test_all_of_a_party_have_the_variant_that_was_printed_for_them(db: Session, room: Class) -> None:
    ahead = attempts_ahead(db, room.cohort.id, "ledger", "group")
    assert set(ahead) == {each.id for each in room.enrolments[:4]}
    assert len({each.seed for each in ahead.values()}) == 1
    task = own_task(db, viewer_of(room.people[2]), room.cohort.id, "ledger")
    assert variant_of(db, task, party_of(db, task), 1) == ahead[room.enrolments[0].id].seed
    assert start(db, room, room.people[1]).seed == ahead[room.enrolments[0].id].seed
    create_group(db, room.cohort, room.enrolments[4:], name="第二组")
    other = attempts_ahead(db, room.cohort.id, "ledger", "group")[room.enrolments[4].id]
    assert other.seed not in {each.seed for each in ahead.values()}


def test_the_one_with_most_extra_time_has_it_for_all_also_when_they_join_late(db: Session, room: Class) -> None:
    first, second, *_ = room.people
    assignment = db.scalars(select(Assignment).where(Assignment.exercise == "ledger")).one()
    assignment.minutes = 30
    tick(db, room, second, "absent")
    give_extra_time(db, room.cohort, "ledger", room.enrolments[1], 20, reason="手伤了", by=room.trainer.id, now=NOW)
    attempt = start(db, room, first)
    assert attempt.ends_at == NOW + timedelta(minutes=30)
    start(db, room, second)
    assert attempt.ends_at == NOW + timedelta(minutes=50)


AFTER = {**FORM, "work": "group", "carries": [{"from": "alone", "fields": ["name"]}]}


def test_a_draft_that_one_made_alone_is_not_shown_to_the_group(
    database: Database, alice: Person, people: tuple[Person, ...]
) -> None:
    """What was handed in is taken over, and nobody of the group is told that theirs says something else."""
    with database.transaction() as db:
        room = create_class(db, alice, people, grouped=2, after=AFTER)
        first, second = people[:2]
        mine, theirs = start(db, room, first, "alone"), start(db, room, second, "alone")
        for each, attempt, text in ((first, mine, "草稿"), (second, theirs, "交了的")):
            actions.save_fields(db, work_of(db, each, attempt), Save("p", 1, 0, {"name": text}), by=each.id, now=NOW)
        hand_in(db, second, theirs)
        attempt = start(db, room, first, "after")
        assert "交了的" in str(attempt.carried)
        assert "草稿" not in str(attempt.carried)
        assert [news_for(db, work_of(db, each, attempt)) for each in (first, second)] == [(), ()]


def test_whoever_is_withdrawn_leaves_their_groups(db: Session, room: Class) -> None:
    gone = room.enrolments[1]
    withdraw(db, room.cohort, db.get_one(Enrolment, gone.id), by=room.trainer.id, now=NOW)
    db.flush()
    left = db.scalars(select(GroupMember.enrolment_id).where(GroupMember.enrolment_id == gone.id)).all()
    assert left == []
    assert gone.id not in members(db, start(db, room, room.people[0]).id)


def test_a_trainer_sees_the_sheet_by_somebody_who_is_still_there(db: Session, room: Class) -> None:
    attempt = start(db, room, room.people[0])
    withdraw(db, room.cohort, db.get_one(Enrolment, room.enrolments[0].id), by=room.trainer.id, now=NOW)
    db.flush()
    assert trained(db, room, attempt).enrolment.id == room.enrolments[1].id
