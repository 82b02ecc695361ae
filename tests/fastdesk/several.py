"""A cohort with many answers to mark and several who mark them, for tests."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from fractions import Fraction

from flask.testing import FlaskClient
from sqlalchemy import func, select
from sqlalchemy.orm import Session
from werkzeug.test import TestResponse

from app import clock
from app.accounts.models import Person
from app.assessment import actions
from app.assessment.actions import Save
from app.assessment.models import Submission
from app.assessment.queries import own_task, own_work, trained_work, written_in
from app.catalogue.actions import publish_course
from app.cohorts.models import Cohort, Enrolment
from app.db import Database
from app.marking.actions import mark_attempt
from app.marking.queries import markings_of
from tests.assessment.samples import viewer_of
from tests.catalogue.samples import create_course
from tests.cohorts.samples import create_cohort
from tests.conftest import NOW, token_of

FIELD = "reason.evidence"
LINE = "/cohorts/1/exercises/needs/mark"
TEXTS = ["会上说的", "会上说的", "ＡＢ  会", "AB 会", "没有依据"]
TWO, ZERO = (Fraction(2),), (Fraction(0),)


def create_class(
    db: Session, trainers: Sequence[Person], count: int, says: Callable[[int], str] = str
) -> tuple[Cohort, list[int]]:
    """A cohort of so many people, each of whom has handed in what `says` gives for their number; attempts in order."""
    people = [Person(number=f"Q{n:04}", display_name=f"学员{n:03}", created_at=NOW) for n in range(count)]
    db.add_all(people)
    db.flush()
    version = publish_course(db, create_course(), by=None, now=NOW)
    cohort = create_cohort(db, version, trainers=list(trainers), trainees=people)
    return cohort, [answered(db, cohort, person, says(n)) for n, person in enumerate(people)]


def join_class(db: Session, cohort: Cohort, count: int, says: Callable[[int], str] = "后来 {}".format) -> list[int]:
    """More people come, and hand in."""
    people = [Person(number=f"R{n:04}", display_name=f"后来{n:03}", created_at=NOW) for n in range(count)]
    db.add_all(people)
    db.flush()
    db.add_all(Enrolment(cohort_id=cohort.id, person_id=each.id, enrolled_at=NOW) for each in people)
    db.flush()
    return [answered(db, cohort, person, says(n)) for n, person in enumerate(people)]


def answered(db: Session, cohort: Cohort, person: Person, text: str) -> int:
    """Somebody's answer, handed in."""
    viewer = viewer_of(person)
    attempt = actions.start_attempt(db, own_task(db, viewer, cohort.id, "needs"), by=person.id, now=NOW)
    work = own_work(db, viewer, attempt.id)
    if text:
        actions.save_fields(db, work, Save("phone", 1, 0, {FIELD: text}), by=person.id, now=NOW)
    actions.hand_in(db, work, actions.graded(work.spec, written_in(db, attempt.id)), by=person.id, now=NOW)
    return attempt.id


def post(browser: FlaskClient, path: str = "", **form: object) -> TestResponse:
    typed = {name.replace("__", "-"): value for name, value in form.items()}
    return browser.post(f"{LINE}{path}", data={"csrf_token": token_of(browser), **typed})


def answer_in(response: TestResponse) -> int:
    found = re.search(r"answer=(\d+)", response.location)
    return int(found[1]) if found else 0


def saved_in(response: TestResponse) -> int:
    found = re.search(r"saved=(\d+)", response.location)
    assert found, response.location
    return int(found[1])


def given_to(database: Database, attempt_id: int, marked_by: str = "trainer") -> list[object]:
    with database.reading() as db:
        given = markings_of(db, attempt_id)
        return [each.mark.earned for each in given if each.mark.marked_by == marked_by]


def waiting(database: Database) -> int:
    with database.reading() as db:
        return db.scalar(select(func.count()).select_from(Submission).where(Submission.needs_person)) or 0


def mark_by(database: Database, person: Person, attempt_id: int, levels: tuple[Fraction, ...] = TWO) -> None:
    with database.transaction() as db:
        work = trained_work(db, viewer_of(person, "trainer"), attempt_id)
        mark_attempt(db, work, levels, comment="", seen=0, by=person.id, now=clock.now())
