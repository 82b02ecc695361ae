"""An exercise that nobody marks is handed in and never "marked", for whoever did it and for whoever trains."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from flask.testing import FlaskClient
from sqlalchemy.orm import Session

from app.accounts.models import Person
from app.assessment.outcomes import outcome_of
from app.assessment.table_queries import cohort_table
from app.catalogue.actions import publish_course
from app.cohorts.queries import enrolment_of
from app.db import Database
from app.home.queries import tasks_of
from tests.assessment.samples import Room, hand_in, start, viewer_of
from tests.catalogue.samples import HIERARCHY, create_course
from tests.cohorts.samples import create_cohort
from tests.conftest import NOW

UNMARKED: dict[str, Any] = {**HIERARCHY, "points": 0, "marking": "none", "rubric": []}


def create_unmarked_room(db: Session, trainee: Person, trainer: Person) -> Room:
    version = publish_course(db, create_course(exercises={"needs": UNMARKED}), by=None, now=NOW)
    cohort = create_cohort(db, version, trainers=[trainer], trainees=[trainee])
    return Room(cohort, enrolment_of(db, viewer_of(trainee), cohort.id), trainee, trainer)


def test_both_sides_say_handed_in(db: Session, bob: Person, alice: Person) -> None:
    room = create_unmarked_room(db, bob, alice)
    work = hand_in(db, room, start(db, room))
    (task,) = tasks_of(db, room.enrolment, now=NOW)
    ((cell,),) = (row.cells for row in cohort_table(db, room.cohort, now=NOW).rows)
    assert (task.state, cell.state, outcome_of(db, work, NOW).state) == ("handed_in",) * 3


def test_the_desk_counts_what_is_handed_in(
    database: Database, bob: Person, alice: Person, client_of: Callable[[Person], FlaskClient]
) -> None:
    with database.transaction() as db:
        room = create_unmarked_room(db, bob, alice)
        hand_in(db, room, start(db, room))
    browser = client_of(alice)
    for path in ("/marking/1", "/cohorts/1/exercises/needs/paper"):
        page = browser.get(path).text
        assert ("已交" in page, "已批" in page) == (True, False), path
