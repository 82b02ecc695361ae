"""Key, peers, observers and trainer together: what the answer comes to, reckoned once more by hand."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from fractions import Fraction
from typing import Any

import pytest
from flask import Flask
from sqlalchemy.orm import Session

from app.accounts.models import Person
from app.assessment import actions as answering
from app.assessment.actions import Save
from app.assessment.models import Attempt, Submission
from app.assessment.queries import any_work, own_task, own_work, result_for, written_in
from app.db import Database
from app.reviewing.actions import name_observer
from app.reviewing.rounds import close_round
from app.reviewing.settling import settle_closed
from tests.assessment.samples import viewer_of
from tests.catalogue.samples import HIERARCHY
from tests.conftest import NOW
from tests.reviewing.samples import PLAN, SLUG, Class, create_class, mark, open_for, review, reviews_of

Create = Callable[..., Person]
SIDES = ("peer", "observer", "trainer")
GIVEN = {"peer": Fraction(2), "observer": Fraction(1), "trainer": Fraction(2)}
"""Of the 2 points of the rubric; the two observers say 0 and 2."""


def expected(shares: dict[str, int], there: set[str], keyed: Fraction) -> Fraction | None:
    """None while the trainer is to mark; sides that are left out are made up for by the others, by their shares."""
    counting = {side: share for side, share in shares.items() if side in there}
    if ("trainer" in shares and "trainer" not in there) or not counting:
        return None
    total = sum(counting.values())
    return keyed + sum((GIVEN[side] * share / total for side, share in counting.items()), Fraction(0))


@pytest.fixture(autouse=True)
def _in_the_application(app: Flask) -> Iterator[None]:
    """Letters ask it for the mail server."""
    with app.app_context():
        yield


def hand_in(db: Session, room: Class, number: int) -> Attempt:
    person, viewer = room.people[number], viewer_of(room.people[number])
    attempt = answering.start_attempt(db, own_task(db, viewer, room.cohort.id, SLUG), by=person.id, now=NOW)
    work = own_work(db, viewer, attempt.id)
    save = Save("phone", 1, 0, {"level.uptime": "primary", "sales_related.uptime": "yes"})
    answering.save_fields(db, work, save, by=person.id, now=NOW)
    answering.hand_in(db, work, answering.graded(work.spec, written_in(db, attempt.id)), by=person.id, now=NOW)
    return attempt


def judge(db: Session, room: Class, attempt: Attempt, there: set[str]) -> None:
    """Those sides say what GIVEN says of the first answer."""
    if "peer" in there:
        for number in range(1, 4):
            for asked in reviews_of(db, room, number):
                review(db, room, number, asked, (2,))
    if "observer" in there:
        for number, level in ((1, 0), (2, 2)):
            who, by = room.enrolments[number].id, room.trainer.id
            asked = name_observer(db, room.cohort, room.assignment, attempt.id, who, by=by, now=NOW)
            review(db, room, number, asked, (level,))
    if "trainer" in there:
        mark(db, room, attempt, 2)


@pytest.mark.parametrize(
    ("shares", "there"),
    [
        ({"peer": 1, "observer": 2, "trainer": 3}, {"peer", "observer", "trainer"}),
        ({"peer": 1, "observer": 2, "trainer": 3}, {"observer", "trainer"}),
        ({"peer": 1, "observer": 2, "trainer": 3}, {"peer", "observer"}),
        ({"peer": 3, "observer": 1}, {"peer", "observer"}),
        ({"peer": 3, "observer": 1}, {"peer"}),
        ({"peer": 3, "observer": 1}, set()),
    ],
)
def test_the_points_of_all_sides(
    database: Database, create_person: Create, alice: Person, shares: dict[str, int], there: set[str]
) -> None:
    over: dict[str, Any] = {**HIERARCHY, "marking": ["key", *shares], "shares": shares}
    with database.transaction() as db:
        room = create_class(db, create_person, alice, 4, **over)
        first, *_ = [hand_in(db, room, number) for number in range(4)]
        keyed = sum((part.earned for part in result_for(db, any_work(db, first.id)).keyed), Fraction(0))
        open_for(db, room, PLAN)
        judge(db, room, first, there)
        close_round(db, room.cohort, room.assignment, by=alice.id, now=NOW)
    settle_closed(database, now=NOW)
    with database.reading() as db:
        points = expected(shares, there, keyed)
        assert keyed > 0
        assert result_for(db, any_work(db, first.id)).earned == points
        assert db.get_one(Submission, first.id).needs_person == (points is None)
