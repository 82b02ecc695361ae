"""Several at once: two close a round, workers settle it, reviews come in, and everything is put down once."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from fractions import Fraction
from threading import Barrier

from flask import Flask
from sqlalchemy import select

from app.accounts.models import Audit, Person
from app.assessment.models import Assignment, Marking, Submission
from app.cohorts.models import Cohort
from app.db import Database
from app.errors import UserError
from app.reviewing.actions import give_review
from app.reviewing.models import Review
from app.reviewing.queries import own_part
from app.reviewing.rounds import close_round
from app.reviewing.settling import settle_closed
from tests.assessment.samples import viewer_of
from tests.conftest import NOW
from tests.reviewing.samples import Class, answer, create_class, open_for, review, reviews_of

Create = Callable[..., Person]


def test_two_close_a_round_while_reviews_come_in(
    app: Flask, database: Database, create_person: Create, alice: Person
) -> None:
    with app.app_context(), database.transaction() as db:
        room = create_class(db, create_person, alice, 5)
        for number in range(5):
            answer(db, room, number)
        open_for(db, room)
        for number in range(4):
            for asked in reviews_of(db, room, number):
                review(db, room, number, asked, (2, 2))
    with database.reading() as db:
        last = [each.id for each in reviews_of(db, room, 4)]
    gate = Barrier(5)

    def close() -> str:
        gate.wait()
        with app.app_context():
            with database.transaction() as db:
                cohort, assignment = db.get_one(Cohort, room.cohort.id), db.get_one(Assignment, room.assignment.id)
                close_round(db, cohort, assignment, by=alice.id, now=NOW)
            settle_closed(database, now=NOW)
        return "closed"

    def judge(review_id: int) -> str:
        gate.wait()
        return give(app, database, room, review_id)

    with ThreadPoolExecutor(5) as threads:
        waiting = [threads.submit(close), threads.submit(close), *(threads.submit(judge, each) for each in last)]
        said = Counter(each.result() for each in waiting)
    assert said["closed"] == 2
    settle_closed(database, now=NOW)
    with database.reading() as db:
        verdicts = db.scalars(select(Marking).where(Marking.marked_by == "peer")).all()
        assert Counter(each.attempt_id for each in verdicts) == dict.fromkeys((each.attempt_id for each in verdicts), 1)
        assert len(verdicts) == 5
        assert not any(each.asked for each in db.scalars(select(Submission)))
        assert len(db.scalars(select(Audit).where(Audit.action == "reviews-closed")).all()) == 1
        kept = db.scalars(select(Review).where(Review.id.in_(last), Review.done_at.is_not(None))).all()
        assert len(kept) == said["kept"]
        for each in kept:  # whatever was taken before the end went into the verdict
            verdict = next(one for one in verdicts if one.attempt_id == each.attempt_id)
            assert each.marking_id in verdict.parts["from"]


def give(app: Flask, database: Database, room: Class, review_id: int) -> str:
    """The last reviewer's word; the round may be over by then."""
    person = room.people[4]
    try:
        with app.app_context(), database.transaction() as db:
            part = own_part(db, viewer_of(person), review_id, to_change=True)
            give_review(db, part, [Fraction(2), Fraction(3)], comment="", by=person.id, now=NOW)
    except UserError:
        return "refused"
    return "kept"
