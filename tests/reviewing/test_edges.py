"""What happens around a round: samples that go, people who leave, groups, late answers, words that were given."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from datetime import timedelta
from fractions import Fraction

import pytest
from flask import Flask
from sqlalchemy import func, select
from sqlalchemy.orm import Session, joinedload

from app.accounts.models import Person
from app.assessment.marks import add_marking
from app.assessment.models import AnswerChange, Attempt, Marking, Submission
from app.assessment.queries import any_work, result_for
from app.assessment.rules import rubric_marking
from app.classroom.models import Group, GroupMember
from app.cohorts.models import Cohort, Enrolment
from app.db import Database
from app.errors import UserError
from app.reviewing.actions import excuse_review, judge_review, name_observer, take_one_more, wanting_for
from app.reviewing.models import Review
from app.reviewing.queries import Facts, facts_of, owed_by, own_reviews, round_of
from app.reviewing.rounds import change_round, close_round, fill_round, open_round
from app.reviewing.settling import settle_closed
from app.reviewing.sweeper import _has_gone, _open, sweep_rounds
from tests.conftest import NOW
from tests.reviewing.samples import PLAN, SLUG, Class, answer, create_class, mark, open_for, review, reviews_of

Create = Callable[..., Person]
LATER = NOW + timedelta(days=3)


@pytest.fixture(autouse=True)
def _in_the_application(app: Flask) -> Iterator[None]:
    """Letters ask it for the mail server."""
    with app.app_context():
        yield


def facts(db: Session, room: Class) -> Facts:
    found = round_of(db, room.assignment.id)
    assert found is not None
    return facts_of(db, found, room.cohort, SLUG)


def fill(db: Session, room: Class) -> None:
    fill_round(db, facts(db, room).round, room.cohort, SLUG, now=NOW)


def group_of(db: Session, room: Class, numbers: Sequence[int]) -> Group:
    group = Group(cohort_id=room.cohort.id, work="group", name="一组", created_at=NOW)
    db.add(group)
    db.flush()
    for number in numbers:
        own = room.enrolments[number].id
        db.add(GroupMember(enrolment_id=own, work="group", group_id=group.id, leads=False, joined_at=NOW))
    db.flush()
    return group


def peers_of(db: Session, attempt: Attempt) -> set[int]:
    wanted = select(Review.enrolment_id).where(Review.attempt_id == attempt.id, Review.role == "peer")
    return set(db.scalars(wanted))


@pytest.mark.parametrize("how", ["its author leaves", "it is given back"])
def test_a_sample_that_goes_blocks_nobody(db: Session, create_person: Create, alice: Person, how: str) -> None:
    room = create_class(db, create_person, alice, 5)
    attempts = [answer(db, room, number) for number in range(5)]
    mark(db, room, attempts[0], 3, 3)
    open_for(db, room, replace(PLAN, sample_id=attempts[0].id))
    if how == "it is given back":
        attempts[0].returned_at = NOW
    else:
        room.enrolments[0].withdrawn_at = NOW
    db.flush()
    asked = [each for each in reviews_of(db, room, 1) if each.attempt_id != attempts[0].id]
    review(db, room, 1, asked[0], (2, 2))
    assert asked[0].done_at == NOW


def test_another_sample_is_another_comparison(db: Session, create_person: Create, alice: Person) -> None:
    room = create_class(db, create_person, alice, 5)
    attempts = [answer(db, room, number) for number in range(5)]
    mark(db, room, attempts[0], 3, 3)
    mark(db, room, attempts[1], 0, 0)
    open_for(db, room, replace(PLAN, sample_id=attempts[0].id))
    review(db, room, 2, reviews_of(db, room, 2, role="calibration")[0], (3, 3))
    plan = replace(PLAN, sample_id=attempts[1].id)
    change_round(db, room.cohort, room.assignment, plan, by=alice.id, now=NOW)
    assert facts(db, room).calibrated == {}  # what was said of the first tells nothing about the second
    review(
        db,
        room,
        3,
        next(each for each in reviews_of(db, room, 3, role="calibration") if each.attempt_id == attempts[1].id),
        (0, 0),
    )
    review(db, room, 3, reviews_of(db, room, 3)[0], (2, 2))  # the first sample is not waited for any more
    assert facts(db, room).calibrated == {room.enrolments[3].id: Fraction(0)}


def test_a_sample_marked_by_another_rubric_compares_with_nobody(
    db: Session, create_person: Create, alice: Person
) -> None:
    room = create_class(db, create_person, alice, 4)
    attempts = [answer(db, room, number) for number in range(4)]
    mark(db, room, attempts[0], 3, 3)
    open_for(db, room, replace(PLAN, sample_id=attempts[0].id))
    review(db, room, 1, reviews_of(db, room, 1, role="calibration")[0], (3, 3))
    one = [Fraction(2)]
    work = any_work(db, attempts[0].id)
    add_marking(db, work, "trainer", by=alice.id, now=NOW, earned=Fraction(2), parts=rubric_marking(one))
    db.flush()
    assert facts(db, room).calibrated == {}
    assert facts(db, room).stand[room.enrolments[1].id].calibrated is None


@pytest.mark.parametrize("how", ["its author leaves", "it is given back"])
def test_what_cannot_be_reviewed_any_more_is_owed_nowhere(
    db: Session, create_person: Create, alice: Person, how: str
) -> None:
    """My course, the list, the letters and the offer to take one more all count the same."""
    room = create_class(db, create_person, alice, 5)
    attempts = [answer(db, room, number) for number in range(5)]
    found = open_for(db, room)
    gone = reviews_of(db, room, 0)[0]
    author = next(number for number in range(5) if attempts[number].id == gone.attempt_id)
    if how == "it is given back":
        attempts[author].returned_at = NOW
    else:
        room.enrolments[author].withdrawn_at = NOW
    db.flush()
    whole = joinedload(Enrolment.cohort).joinedload(Cohort.version)
    own = db.get_one(Enrolment, room.enrolments[0].id, options=[whole], populate_existing=True)
    assert [each.count for each in owed_by(db, own, now=NOW)] == [2]
    for each in own_reviews(db, found.id, own.id):
        review(db, room, 0, each, (2, 1))
    assert owed_by(db, own, now=NOW) == ()
    assert not any(each.is_awaited for each in facts(db, room).asked if each.review.enrolment_id == own.id)
    take_one_more(db, room.cohort, room.assignment, own, now=NOW)  # nothing stands in the way


def test_nobody_reviews_what_their_group_wrote_though_they_worked_alone(
    db: Session, create_person: Create, alice: Person
) -> None:
    """One of the group was ill that day and answered alone; another had typed in it before they changed groups."""
    room = create_class(db, create_person, alice, 6, work="group")
    attempts = [answer(db, room, number) for number in range(6)]
    group = group_of(db, room, (0, 1))
    attempts[0].group_id = group.id
    change = db.scalars(select(AnswerChange).where(AnswerChange.attempt_id == attempts[0].id)).one()
    typed = AnswerChange(
        attempt_id=attempts[0].id,
        client="other",
        seq=1,
        base=change.id,
        fields={},
        stale=[],
        at=NOW,
        by_id=room.people[2].id,
    )
    db.add(typed)
    db.flush()
    open_for(db, room, replace(PLAN, reviewers=4))
    mates = {room.enrolments[number].id for number in (0, 1, 2)}
    assert peers_of(db, attempts[0]).isdisjoint(mates)
    assert peers_of(db, attempts[1]).isdisjoint({room.enrolments[0].id})
    assert len(peers_of(db, attempts[0])) == 3
    assert attempts[0].id not in wanting_for(db, facts(db, room), room.enrolments[1].id)


def test_a_round_that_was_anonymous_stays_so(db: Session, create_person: Create, alice: Person) -> None:
    """Whoever has reviewed did so on that word."""
    room = create_class(db, create_person, alice, 4)
    for number in range(4):
        answer(db, room, number)
    found, named = open_for(db, room), replace(PLAN, anonymous=False)
    change_round(db, room.cohort, room.assignment, named, by=alice.id, now=NOW)  # nobody has relied on it yet
    change_round(db, room.cohort, room.assignment, PLAN, by=alice.id, now=NOW)
    review(db, room, 0, reviews_of(db, room, 0)[0], (2, 2))
    with pytest.raises(UserError, match="stays anonymous"):
        change_round(db, room.cohort, room.assignment, named, by=alice.id, now=NOW)
    close_round(db, room.cohort, room.assignment, by=alice.id, now=NOW)
    with pytest.raises(UserError, match="stays anonymous"):
        open_round(db, room.cohort, room.assignment, room.spec, named, by=alice.id, now=NOW)
    assert found.anonymous
    assert found.closed_at == NOW


@pytest.mark.parametrize(("levels", "why"), [((0, 0), "alone"), ((3, 3), "alone"), ((3, 2), None)])
def test_one_review_alone_that_tells_nothing_is_left_to_the_trainer(
    database: Database, create_person: Create, alice: Person, levels: tuple[int, int], why: str | None
) -> None:
    with database.transaction() as db:
        room = create_class(db, create_person, alice, 3)
        attempts = [answer(db, room, number) for number in range(3)]
        open_for(db, room, replace(PLAN, reviewers=1, least=1))
        for number in range(3):
            review(db, room, number, reviews_of(db, room, number)[0], levels)
        close_round(db, room.cohort, room.assignment, by=alice.id, now=NOW)
    settle_closed(database, now=NOW)
    with database.reading() as db:
        for attempt in attempts:
            submission = db.get_one(Submission, attempt.id)
            verdict = db.scalars(
                select(Marking).where(Marking.attempt_id == attempt.id, Marking.marked_by == "peer")
            ).one()
            assert verdict.parts.get("why") == why
            assert submission.needs_person == (why is not None)


def test_who_failed_the_sample_does_not_count_where_nobody_else_can_be_compared(
    db: Session, create_person: Create, alice: Person
) -> None:
    room = create_class(db, create_person, alice, 3)
    attempts = [answer(db, room, number) for number in range(3)]
    mark(db, room, attempts[0], 3, 3)
    open_for(db, room, replace(PLAN, reviewers=1, least=1, sample_id=attempts[0].id))
    for number, levels in ((1, (0, 1)), (2, (3, 3))):
        review(db, room, number, reviews_of(db, room, number, role="calibration")[0], levels)
        review(db, room, number, reviews_of(db, room, number)[0], levels)
    stand = facts(db, room).stand
    assert {number: stand[room.enrolments[number].id].doubtful for number in (1, 2)} == {1: True, 2: False}


def test_a_trainer_leaves_out_one_review(database: Database, create_person: Create, alice: Person) -> None:
    with database.transaction() as db:
        room = create_class(db, create_person, alice, 4)
        attempts = [answer(db, room, number) for number in range(4)]
        open_for(db, room)
        for number in range(4):
            for asked in reviews_of(db, room, number):
                review(db, room, number, asked, (3, 2) if number == 0 else (2, 2))
        close_round(db, room.cohort, room.assignment, by=alice.id, now=NOW)
    settle_closed(database, now=NOW)
    with database.transaction() as db:
        bad = next(each for each in reviews_of(db, room, 0) if each.attempt_id == attempts[1].id)
        assert len(newest(db, attempts[1]).parts["from"]) == 3
        for counts in (False, False):  # twice does it once
            judge_review(db, room.cohort, room.assignment, bad.id, counts=counts, by=alice.id, now=NOW)
    assert settle_closed(database, now=NOW) == 1
    with database.reading() as db:
        assert bad.marking_id not in newest(db, attempts[1]).parts["from"]
        assert len(newest(db, attempts[1]).parts["from"]) == 2
        assert len(newest(db, attempts[2]).parts["from"]) == 3  # the others of the same reviewer stay


def newest(db: Session, attempt: Attempt) -> Marking:
    wanted = select(Marking).where(Marking.attempt_id == attempt.id, Marking.marked_by == "peer")
    return db.scalars(wanted.order_by(Marking.id.desc()).limit(1)).one()


def test_an_observers_word_can_be_left_out(database: Database, create_person: Create, alice: Person) -> None:
    with database.transaction() as db:
        room = create_class(db, create_person, alice, 3, marking=["observer"])
        attempt = answer(db, room, 0)
        open_for(db, room)
        for number, levels in ((1, (2, 2)), (2, (0, 0))):
            who = room.enrolments[number].id
            asked = name_observer(db, room.cohort, room.assignment, attempt.id, who, by=alice.id, now=NOW)
            review(db, room, number, asked, levels)
        judge_review(db, room.cohort, room.assignment, asked.id, counts=False, by=alice.id, now=NOW)
        close_round(db, room.cohort, room.assignment, by=alice.id, now=NOW)
    settle_closed(database, now=NOW)
    with database.reading() as db:
        assert result_for(db, any_work(db, attempt.id)).earned == 4


def test_what_comes_when_time_is_up_is_asked_of_nobody(
    database: Database, create_person: Create, alice: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    told: list[int] = []
    monkeypatch.setattr("app.reviewing.rounds.tell_reviewers", lambda *_args, **_rest: told.append(1))
    with database.transaction() as db:
        room = create_class(db, create_person, alice, 5)
        for number in range(4):
            answer(db, room, number)
        open_for(db, room, replace(PLAN, closes_at=NOW + timedelta(hours=2)))
        late = answer(db, room, 4)
    told.clear()
    sweep_rounds(database, now=lambda: NOW + timedelta(hours=3))
    with database.reading() as db:
        assert peers_of(db, late) == set()
        assert told == []
        assert (newest(db, late).parts, db.get_one(Submission, late.id).needs_person) == ({"why": "few"}, True)


@pytest.mark.parametrize("late", [1, 2])
def test_who_hands_in_late_reviews_as_many_as_the_others(
    db: Session, create_person: Create, alice: Person, late: int
) -> None:
    room = create_class(db, create_person, alice, 8)
    for number in range(8 - late):
        answer(db, room, number)
    open_for(db, room)
    for number in range(8 - late, 8):
        answer(db, room, number)
    fill(db, room)
    loads = Counter(each.enrolment_id for each in db.scalars(select(Review)))
    assert max(loads.values()) - min(loads[each.id] for each in room.enrolments) <= 1
    assert max(Counter(each.attempt_id for each in db.scalars(select(Review))).values()) <= 4
    before = db.scalar(select(func.count(Review.id)))
    fill(db, room)
    assert db.scalar(select(func.count(Review.id))) == before


def test_who_is_excused_from_everything_is_asked_for_nothing_else(
    db: Session, create_person: Create, alice: Person
) -> None:
    room = create_class(db, create_person, alice, 7)
    for number in range(6):
        answer(db, room, number)
    open_for(db, room)
    for each in reviews_of(db, room, 0):
        excuse_review(db, room.cohort, room.assignment, each.id, by=alice.id, now=NOW)
    answer(db, room, 6)
    fill(db, room)
    assert [each for each in reviews_of(db, room, 0) if each.excused_at is None] == []


def test_an_observer_who_left_is_looked_after_once(database: Database, create_person: Create, alice: Person) -> None:
    with database.transaction() as db:
        room = create_class(db, create_person, alice, 3, marking=["observer"])
        attempt = answer(db, room, 0)
        open_for(db, room)
        name_observer(db, room.cohort, room.assignment, attempt.id, room.enrolments[1].id, by=alice.id, now=NOW)
        room.enrolments[1].withdrawn_at = NOW
    for _ in range(2):
        sweep_rounds(database, now=lambda: NOW)
    with database.reading() as db:
        assert db.scalars(_open(NOW).where(_has_gone())).all() == []


def test_nobody_named_is_a_sentence(db: Session, create_person: Create, alice: Person) -> None:
    room = create_class(db, create_person, alice, 3, marking=["observer"])
    attempt = answer(db, room, 0)
    open_for(db, room)
    with pytest.raises(UserError, match="Choose who observes"):
        name_observer(db, room.cohort, room.assignment, attempt.id, 0, by=alice.id, now=NOW)
