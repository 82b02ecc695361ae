"""Rounds from opening to the end: absentees, a troll, late answers, volunteers, the sample, observers."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import timedelta
from fractions import Fraction
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.accounts.models import Person
from app.assessment.models import Attempt, Marking, Submission
from app.assessment.queries import any_work, result_for
from app.db import Database
from app.errors import NotFound, UserError
from app.reviewing.actions import excuse_review, judge_reviewer, name_observer, take_one_more
from app.reviewing.models import Review, ReviewRound
from app.reviewing.queries import facts_of, own_part, round_of
from app.reviewing.rounds import Plan, change_round, close_round, open_round
from app.reviewing.settling import settle_closed
from app.reviewing.sweeper import sweep_rounds
from tests.assessment.samples import viewer_of
from tests.conftest import NOW
from tests.reviewing.samples import (
    PLAN,
    Class,
    answer,
    create_class,
    mark,
    open_for,
    review,
    reviews_of,
)

LATER = NOW + timedelta(days=3)
Create = Callable[..., Person]
HONEST = {0: (2, 2), 1: (3, 2), 2: (2, 1), 3: (1, 2), 4: (3, 3), 5: (2, 3)}
"""What the answer of each is worth."""


@pytest.fixture(autouse=True)
def _in_the_application(app: Flask) -> Iterator[None]:
    """Letters ask it for the mail server."""
    with app.app_context():
        yield


def judge_all(db: Session, room: Class, number: int, troll: tuple[int, int] | None = None) -> None:
    """Somebody gives every review they were asked for: near what the answer is worth, or always the same."""
    by_author = {each.id: n for n, each in enumerate(room.enrolments)}
    facts = facts_of(db, round_of(db, room.assignment.id), room.cohort, "letter")  # type: ignore[arg-type]  # it is open
    for asked in reviews_of(db, room, number):
        author = by_author[min(facts.answers[asked.attempt_id].members)]
        worth = HONEST[author % 6]
        off = (number + author) % 2
        levels = troll or (max(0, worth[0] - off), worth[1])
        review(db, room, number, asked, levels, comment="" if troll else f"{number} 评 {author}")


def end(database: Database, room: Class) -> None:
    sweep_rounds(database, now=lambda: LATER)


def newest(db: Session, attempt: Attempt, side: str = "peer") -> Marking | None:
    wanted = select(Marking).where(Marking.attempt_id == attempt.id, Marking.marked_by == side)
    return db.scalars(wanted.order_by(Marking.id.desc())).first()


@pytest.mark.parametrize("troll", [(0, 0), (3, 3)])
def test_two_absentees_and_a_troll(
    database: Database, create_person: Create, alice: Person, troll: tuple[int, int]
) -> None:
    """Seven in the class: one handed in nothing, one reviews nothing, one gives the same to everybody."""
    with database.transaction() as db:
        room = create_class(db, create_person, alice, 8)
        attempts = {number: answer(db, room, number) for number in range(7)}  # 7 handed in nothing
        found = open_for(db, room)
        assert reviews_of(db, room, 7) == []
        for number in range(5):
            judge_all(db, room, number)
        judge_all(db, room, 5, troll)  # and 6 reviews nothing
    end(database, room)
    with database.reading() as db:
        facts = facts_of(db, round_of(db, room.assignment.id), room.cohort, "letter")  # type: ignore[arg-type]
        assert facts.round.closed_at == LATER
        assert [room.number_of(who) for who, each in facts.stand.items() if each.doubtful] == [5]
        for number, attempt in attempts.items():
            submission, marking = db.get_one(Submission, attempt.id), newest(db, attempt)
            assert marking is not None
            assert not submission.asked
            honest = [said for said in facts.said(attempt.id) if room.number_of(said.reviewer) not in (5, number)]
            if marking.earned is None:
                assert (submission.needs_person, marking.parts["why"]) == (True, "few")
                assert len(honest) < found.least
            else:
                sums = sorted(sum(said.levels) for said in honest)
                assert not submission.needs_person
                assert sums[0] <= marking.earned <= sums[-1]
                assert result_for(db, any_work(db, attempt.id)).earned == marking.earned


def test_ending_twice_ends_once(database: Database, create_person: Create, alice: Person) -> None:
    with database.transaction() as db:
        room = create_class(db, create_person, alice, 4)
        for number in range(4):
            answer(db, room, number)
        open_for(db, room)
        for number in range(4):
            judge_all(db, room, number)
    end(database, room)
    with database.reading() as db:
        before = len(db.scalars(select(Marking)).all())
    end(database, room)
    with database.transaction() as db:
        close_round(db, room.cohort, room.assignment, by=alice.id, now=LATER)
    assert settle_closed(database, now=LATER) == 0
    with database.reading() as db:
        assert len(db.scalars(select(Marking)).all()) == before == 4 * 3 + 4


def test_an_answer_waits_for_no_trainer_while_reviewers_are_at_it(
    db: Session, create_person: Create, alice: Person
) -> None:
    room = create_class(db, create_person, alice, 4)
    attempts = [answer(db, room, number) for number in range(4)]
    assert all(db.get_one(Submission, each.id).needs_person for each in attempts)
    open_for(db, room)
    db.expire_all()
    waits = [(each.asked, each.needs_person) for each in db.scalars(select(Submission))]
    assert waits == [(True, False)] * 4


def test_where_the_trainer_marks_as_well_it_waits_for_them(db: Session, create_person: Create, alice: Person) -> None:
    room = create_class(db, create_person, alice, 4, marking=["peer", "trainer"])
    attempts = [answer(db, room, number) for number in range(4)]
    mark(db, room, attempts[0], 2, 2)
    assert db.get_one(Submission, attempts[0].id).needs_person
    open_for(db, room)
    db.expire_all()
    assert [db.get_one(Submission, each.id).needs_person for each in attempts] == [False, True, True, True]


def test_shares_of_peers_and_trainer(database: Database, create_person: Create, alice: Person) -> None:
    with database.transaction() as db:
        shares = {"peer": 1, "trainer": 3}
        room = create_class(db, create_person, alice, 4, marking=["peer", "trainer"], shares=shares)
        attempts = [answer(db, room, number) for number in range(4)]
        open_for(db, room)
        for number in range(4):
            for asked in reviews_of(db, room, number):
                review(db, room, number, asked, (1, 1))
        mark(db, room, attempts[0], 3, 3)
    end(database, room)
    with database.reading() as db:
        assert result_for(db, any_work(db, attempts[0].id)).earned == Fraction(3 * 6 + 2, 4)
        assert db.get_one(Submission, attempts[1].id).needs_person


def test_nobody_reviews_their_own_and_all_have_as_much_to_do(db: Session, create_person: Create, alice: Person) -> None:
    room = create_class(db, create_person, alice, 9)
    owner = {answer(db, room, number).id: number for number in range(9)}
    open_for(db, room)
    asked = db.scalars(select(Review)).all()
    assert all(owner[each.attempt_id] != room.number_of(each.enrolment_id) for each in asked)
    assert set(Counter(each.enrolment_id for each in asked).values()) == {3}
    assert set(Counter(each.attempt_id for each in asked).values()) == {3}


def test_the_numbers_of_reviews_tell_nothing(db: Session, create_person: Create, alice: Person) -> None:
    room = create_class(db, create_person, alice, 9)
    for number in range(9):
        answer(db, room, number)
    open_for(db, room)
    rows = db.scalars(select(Review).order_by(Review.id)).all()
    assert [each.attempt_id for each in rows] != sorted(each.attempt_id for each in rows)
    assert [each.enrolment_id for each in rows] != sorted(each.enrolment_id for each in rows)


def test_what_is_handed_in_late_is_taken_in(database: Database, create_person: Create, alice: Person) -> None:
    with database.transaction() as db:
        room = create_class(db, create_person, alice, 5)
        for number in range(4):
            answer(db, room, number)
        open_for(db, room)
        before = {each.id for each in db.scalars(select(Review))}
    with database.transaction() as db:
        late = answer(db, room, 4)
    sweep_rounds(database, now=lambda: NOW)
    with database.reading() as db:
        new = [each for each in db.scalars(select(Review)) if each.id not in before]
        assert [each.attempt_id for each in new].count(late.id) == 3
        assert db.get_one(Submission, late.id).asked
        count = len(db.scalars(select(Review)).all())
    sweep_rounds(database, now=lambda: NOW)
    with database.reading() as db:
        assert len(db.scalars(select(Review)).all()) == count


def test_once_marks_are_final_nobody_is_asked(database: Database, create_person: Create, alice: Person) -> None:
    with database.transaction() as db:
        room = create_class(db, create_person, alice, 5)
        for number in range(4):
            answer(db, room, number)
        open_for(db, room)
    with database.transaction() as db:
        late = answer(db, room, 4)
    for final_at, asked in ((NOW, 0), (None, 3)):
        with database.transaction() as db:
            db.merge(room.assignment).final_at = final_at
        sweep_rounds(database, now=lambda: NOW)
        with database.reading() as db:
            assert sum(each.attempt_id == late.id for each in db.scalars(select(Review))) == asked


def test_a_round_that_fails_stands_in_no_others_way(
    database: Database, create_person: Create, alice: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    rooms = []
    for letter in "XY":
        with database.transaction() as db:

            def known_as(name: str, *, number: str, letter: str = letter) -> Person:
                return create_person(name, number=letter + number)

            rooms.append(create_class(db, known_as, alice, 4))
            for person in range(4):
                answer(db, rooms[-1], person)
            open_for(db, rooms[-1])
    broken, sound = (room.assignment.id for room in rooms)
    honest = facts_of

    def fails(db: Session, found: ReviewRound, *known: Any) -> Any:
        if found.assignment_id == broken:
            raise ZeroDivisionError
        return honest(db, found, *known)

    for module in ("rounds", "settling"):
        monkeypatch.setattr(f"app.reviewing.{module}.facts_of", fails)
    end(database, rooms[0])
    with database.reading() as db:
        closed = {each.assignment_id: each.closed_at is not None for each in db.scalars(select(ReviewRound))}
        waiting = set(db.scalars(select(Attempt.assignment_id).join(Submission).where(Submission.asked)))
    assert (closed, waiting) == ({broken: False, sound: True}, {broken})


def test_who_leaves_the_cohort_is_replaced(database: Database, create_person: Create, alice: Person) -> None:
    with database.transaction() as db:
        room = create_class(db, create_person, alice, 6)
        for number in range(6):
            answer(db, room, number)
        open_for(db, room)
        left = {each.attempt_id for each in reviews_of(db, room, 0)}
    with database.transaction() as db:
        db.merge(room.enrolments[0]).withdrawn_at = NOW
    sweep_rounds(database, now=lambda: NOW)
    with database.reading() as db:
        live = [each for each in db.scalars(select(Review)) if each.excused_at is None]
        assert {attempt: sum(each.attempt_id == attempt for each in live) for attempt in left} == dict.fromkeys(left, 3)


def test_a_volunteer_takes_over_what_is_missing(db: Session, create_person: Create, alice: Person) -> None:
    room = create_class(db, create_person, alice, 6)
    for number in range(6):
        answer(db, room, number)
    open_for(db, room)
    own = room.enrolments[0]
    with pytest.raises(UserError, match="Give the reviews first"):
        take_one_more(db, room.cohort, room.assignment, own, now=NOW)
    judge_all(db, room, 0)
    known = {each.attempt_id for each in reviews_of(db, room, 0)}
    more = take_one_more(db, room.cohort, room.assignment, own, now=NOW)
    assert more.attempt_id not in known
    review(db, room, 0, more, (2, 2))
    assert len(reviews_of(db, room, 0)) == 4


def test_whoever_is_excused_is_replaced_and_not_asked_again(db: Session, create_person: Create, alice: Person) -> None:
    room = create_class(db, create_person, alice, 6)
    for number in range(6):
        answer(db, room, number)
    open_for(db, room)
    asked = reviews_of(db, room, 0)[0]
    excuse_review(db, room.cohort, room.assignment, asked.id, by=alice.id, now=NOW)
    live = [each for each in db.scalars(select(Review)) if each.excused_at is None]
    assert sum(each.attempt_id == asked.attempt_id for each in live) == 3
    with pytest.raises(NotFound):
        own_part(db, viewer_of(room.people[0]), asked.id)


def test_the_sample_comes_first_and_tells_the_distance(db: Session, create_person: Create, alice: Person) -> None:
    room = create_class(db, create_person, alice, 5)
    attempts = [answer(db, room, number) for number in range(5)]
    with pytest.raises(UserError, match="marked with the rubric"):
        open_for(db, room, replace(PLAN, sample_id=attempts[0].id))
    mark(db, room, attempts[0], 3, 3)
    found = open_for(db, room, replace(PLAN, sample_id=attempts[0].id))
    assert reviews_of(db, room, 0, role="calibration") == []
    (sample,) = reviews_of(db, room, 1, role="calibration")
    with pytest.raises(UserError, match="sample first"):
        review(db, room, 1, reviews_of(db, room, 1)[0], (2, 2))
    review(db, room, 1, sample, (0, 0))
    with pytest.raises(UserError, match="seen the trainer's levels"):
        review(db, room, 1, sample, (3, 3))
    review(db, room, 1, reviews_of(db, room, 1)[0], (2, 2))
    stand = facts_of(db, found, room.cohort, "letter").stand[room.enrolments[1].id]
    assert (stand.calibrated, stand.flags) == (Fraction(1), ("calibration",))


def test_a_trainer_lets_a_troll_count_after_all(database: Database, create_person: Create, alice: Person) -> None:
    with database.transaction() as db:
        room = create_class(db, create_person, alice, 5)
        attempts = [answer(db, room, number) for number in range(5)]
        open_for(db, room)
        for number in range(4):
            judge_all(db, room, number)
        judge_all(db, room, 4, (0, 0))
    end(database, room)
    with database.transaction() as db:
        before = [newest(db, each) for each in attempts]
        who = room.enrolments[4].id
        judge_reviewer(db, room.cohort, room.assignment, who, counts=True, by=alice.id, now=LATER)
    settle_closed(database, now=LATER)
    with database.reading() as db:
        after = [newest(db, each) for each in attempts]
        changed = [one.id != other.id for one, other in zip(before, after, strict=True) if one and other]
        assert changed == [attempt.id in {r.attempt_id for r in reviews_of(db, room, 4)} for attempt in attempts]
        assert sum(changed) == 3


def test_nothing_is_taken_after_the_end(database: Database, create_person: Create, alice: Person) -> None:
    with database.transaction() as db:
        room = create_class(db, create_person, alice, 4)
        for number in range(4):
            answer(db, room, number)
        open_for(db, room)
        with pytest.raises(UserError, match="time for reviews is over"):
            review(db, room, 0, reviews_of(db, room, 0)[0], (1, 1), now=LATER)
        plan = Plan(3, 2, anonymous=True, closes_at=NOW - timedelta(hours=1))
        with pytest.raises(UserError, match="close at once"):
            change_round(db, room.cohort, room.assignment, plan, by=alice.id, now=NOW)


def test_a_closed_round_is_opened_again(database: Database, create_person: Create, alice: Person) -> None:
    with database.transaction() as db:
        room = create_class(db, create_person, alice, 4)
        attempts = [answer(db, room, number) for number in range(4)]
        open_for(db, room)
    end(database, room)
    with database.transaction() as db:
        assert [(newest(db, each) or Marking(parts={})).parts for each in attempts] == [{"why": "few"}] * 4
        open_for(db, room)
        for number in range(4):
            judge_all(db, room, number)
        close_round(db, room.cohort, room.assignment, by=alice.id, now=NOW)
    assert settle_closed(database, now=NOW) == 4
    with database.reading() as db:
        assert all((found := newest(db, each)) and found.earned is not None for each in attempts)


def test_an_answer_given_back_is_reviewed_no_more(database: Database, create_person: Create, alice: Person) -> None:
    with database.transaction() as db:
        room = create_class(db, create_person, alice, 4)
        attempts = [answer(db, room, number) for number in range(4)]
        open_for(db, room)
        asked = next(each for each in reviews_of(db, room, 1) if each.attempt_id == attempts[0].id)
        attempts[0].returned_at = NOW
        with pytest.raises(UserError, match="given back"):
            review(db, room, 1, asked, (1, 1))
    end(database, room)
    with database.reading() as db:
        assert newest(db, attempts[0]) is None
        assert not db.get_one(Submission, attempts[0].id).asked


def test_observers_are_averaged_into_a_side_of_their_own(
    database: Database, create_person: Create, alice: Person
) -> None:
    with database.transaction() as db:
        room = create_class(db, create_person, alice, 4, marking=["observer"])
        attempts = [answer(db, room, number) for number in range(2)]
        open_for(db, room)
        assert db.scalars(select(Review)).all() == []
        with pytest.raises(UserError, match="observes themselves"):
            name_observer(db, room.cohort, room.assignment, attempts[0].id, room.enrolments[0].id, by=alice.id, now=NOW)
        for number, levels in ((1, (2, 2)), (2, (3, 1))):
            who = room.enrolments[number].id
            asked = name_observer(db, room.cohort, room.assignment, attempts[0].id, who, by=alice.id, now=NOW)
            review(db, room, number, asked, levels)
    end(database, room)
    with database.reading() as db:
        marking = newest(db, attempts[0], "observer")
        assert marking is not None
        assert marking.parts["levels"] == ["5/2", "3/2"]
        alone = newest(db, attempts[1], "observer")
        assert alone is not None
        assert (alone.earned, alone.parts) == (None, {"why": "nobody"})
        assert db.get_one(Submission, attempts[1].id).needs_person


def test_others_reviews_are_not_there(db: Session, create_person: Create, alice: Person) -> None:
    room = create_class(db, create_person, alice, 4)
    for number in range(4):
        answer(db, room, number)
    open_for(db, room)
    theirs = reviews_of(db, room, 1)[0]
    for person in (room.people[0], alice):
        with pytest.raises(NotFound):
            own_part(db, viewer_of(person, "trainer"), theirs.id)


def test_levels_that_the_rubric_does_not_have_are_refused(db: Session, create_person: Create, alice: Person) -> None:
    room = create_class(db, create_person, alice, 4)
    for number in range(4):
        answer(db, room, number)
    open_for(db, room)
    asked = reviews_of(db, room, 0)[0]
    for levels in ((9, 1), (1,), (1, 1, 1)):
        with pytest.raises(UserError, match="Choose one level"):
            review(db, room, 0, asked, levels)


def test_private_answers_are_reviewed_by_nobody(db: Session, create_person: Create, alice: Person) -> None:
    room = create_class(db, create_person, alice, 2)
    spec = room.spec.model_copy(update={"private": True})
    with pytest.raises(UserError, match="private"):
        open_round(db, room.cohort, room.assignment, spec, PLAN, by=alice.id, now=NOW)


def test_final_marks_are_not_touched(database: Database, create_person: Create, alice: Person) -> None:
    with database.transaction() as db:
        room = create_class(db, create_person, alice, 4)
        attempts = [answer(db, room, number) for number in range(4)]
        open_for(db, room)
        judge_all(db, room, 0)
    with database.transaction() as db:
        db.merge(room.assignment).final_at = NOW
    end(database, room)
    with database.transaction() as db:
        assert [newest(db, each) for each in attempts] == [None] * 4
        found = round_of(db, room.assignment.id)
        assert found is not None
        found.closed_at = found.closes_at = None
        with pytest.raises(UserError, match="final"):
            judge_all(db, room, 1)
    with database.transaction() as db:
        db.merge(room.assignment).final_at = None
        close_round(db, room.cohort, room.assignment, by=alice.id, now=LATER)
    assert settle_closed(database, now=LATER) == 4


def test_letters_go_to_those_who_owe_reviews_and_name_nobody_else(
    database: Database, create_person: Create, alice: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    sent: list[tuple[dict[int, int], str, bool]] = []

    def note(
        _db: Session, _assignment: object, asked: dict[int, int], *, path: str, soon: bool, **_rest: object
    ) -> int:
        sent.append((asked, path, soon))
        return 0

    monkeypatch.setattr("app.reviewing.rounds.tell_reviewers", note)
    with database.transaction() as db:
        room = create_class(db, create_person, alice, 5)
        for number in range(4):
            answer(db, room, number)
        open_for(db, room)
        judge_all(db, room, 0)
    for moment in (NOW + timedelta(hours=23), NOW + timedelta(hours=25), NOW + timedelta(hours=26)):
        sweep_rounds(database, now=lambda: moment)  # noqa: B023 -- it is called at once
    own = [each.id for each in room.enrolments]
    path = f"/cohorts/{room.cohort.id}/exercises/letter/reviewing"
    everybody, late = dict.fromkeys(own[:4], 3), dict.fromkeys(own[1:4], 3)
    assert sent == [(everybody, path, False), (late, path, True)]
