"""Statistics from answers that people gave: whose count, what stays out, and how much is asked of the database."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest
from flask.testing import FlaskClient
from sqlalchemy.orm import Session

from app.accounts.models import Person
from app.assessment import actions
from app.assessment.actions import Save
from app.assessment.queries import own_task, own_work, written_in
from app.catalogue.actions import publish_course
from app.catalogue.queries import newest_version
from app.cohorts.models import Cohort
from app.db import Database
from app.errors import NotFound
from app.statistics.queries import course_statistics, exercise_statistics
from tests.assessment.samples import viewer_of
from tests.catalogue.samples import create_course
from tests.cohorts.samples import create_cohort
from tests.conftest import NOW, CreatePerson, statements_of


def answer(db: Session, cohort: Cohort, person: Person, fields: dict[str, str], *, minutes: int = 4) -> None:
    """An attempt of somebody, handed in after so many minutes."""
    viewer = viewer_of(person)
    attempt = actions.start_attempt(db, own_task(db, viewer, cohort.id, "needs"), by=person.id, now=NOW)
    work = own_work(db, viewer, attempt.id)
    later = NOW + timedelta(minutes=minutes)
    actions.save_fields(db, work, Save("phone", 1, 0, fields), by=person.id, now=later)
    known = actions.graded(work.spec, written_in(db, attempt.id))
    actions.hand_in(db, work, known, by=person.id, now=later)


RIGHT = {"level.uptime": "primary", "sales_related.uptime": "yes", "level.seats": "secondary"}
WRONG = {"level.uptime": "secondary", "level.seats": "secondary"}


@pytest.fixture
def cohort(database: Database, alice: Person, create_person: CreatePerson) -> Cohort:
    """Twelve people on one course; eight of them have everything right."""
    people = [create_person(f"Person {number}", number=f"P{number}") for number in range(12)]
    with database.transaction() as db:
        version = publish_course(db, create_course(), by=None, now=NOW)
        cohort = create_cohort(db, version, trainers=[alice], trainees=people)
        for number, person in enumerate(people):
            answer(db, cohort, person, RIGHT if number < 8 else WRONG)
    return cohort


def test_figures_of_real_answers(database: Database, cohort: Cohort, alice: Person) -> None:
    with database.reading() as db:
        shown = exercise_statistics(db, viewer_of(alice, "trainer"), "leads", "needs")
    assert cohort.id == 1
    assert shown.found.count == 12
    assert [round(row.difficulty, 3) for row in shown.found.items] == [round(8 / 12, 3), 1.0]
    assert shown.found.times is not None
    assert shown.found.times.median == pytest.approx(4)
    (first, *_) = shown.found.questions
    assert {row.label: row.count for row in first.options} == {"主要需求": 8, "次要需求": 4}
    assert [row.is_right for row in first.options] == [True, False]


def test_pages_name_nobody(cohort: Cohort, alice: Person, client_of: Callable[[Person], FlaskClient]) -> None:
    desk = client_of(alice)
    course = desk.get("/courses/leads").text
    assert "/courses/leads/statistics" in course
    listed, one = desk.get("/courses/leads/statistics").text, desk.get("/courses/leads/statistics/needs").text
    assert "12" in listed
    assert "/courses/leads/statistics/needs" in listed
    for page in (listed, one):
        assert "Person 1" not in page
        assert cohort.name not in page
    assert "preliminary" in one or "初步" in one


def test_trainees_are_not_offered_them(bob: Person, cohort: Cohort, client_of: Callable[[Person], FlaskClient]) -> None:
    assert cohort.id
    browser = client_of(bob)
    assert "/statistics" not in browser.get("/courses/leads").text
    assert browser.get("/courses/leads/statistics").status_code == 404


def test_the_same_number_of_statements_for_few_and_many(
    database: Database, cohort: Cohort, alice: Person, create_person: CreatePerson
) -> None:
    viewer = viewer_of(alice, "trainer")

    def asked() -> tuple[int, int]:
        with database.reading() as db, statements_of(database) as one:
            exercise_statistics(db, viewer, "leads", "needs")
        with database.reading() as db, statements_of(database) as listed:
            course_statistics(db, viewer, "leads")
        return len(one), len(listed)

    before = asked()
    people = [create_person(f"More {number}", number=f"M{number}") for number in range(9)]
    with database.transaction() as db:
        version = newest_version(db, viewer, "leads")
        other = create_cohort(db, version, trainers=[alice], trainees=people, name="Two")
        for person in people:
            answer(db, other, person, RIGHT)
    assert asked() == before
    assert before[0] <= 5
    with database.reading() as db:
        assert exercise_statistics(db, viewer, "leads", "needs").found.count == 21


def test_what_is_private_has_none(database: Database, alice: Person) -> None:
    course = create_course()
    private = course.exercises["needs"].model_copy(update={"private": True})
    with database.transaction() as db:
        publish_course(db, course.model_copy(update={"exercises": {"needs": private}}), by=None, now=NOW)
    with database.reading() as db:
        (row,) = course_statistics(db, viewer_of(alice, "author"), "leads").rows
        assert (row.is_private, row.handed_in, row.share) == (True, 0, None)
        with pytest.raises(NotFound):
            exercise_statistics(db, viewer_of(alice, "author"), "leads", "needs")


def test_an_exercise_that_reads_differently_begins_anew(database: Database, cohort: Cohort, alice: Person) -> None:
    same = create_course().model_copy(update={"title": "Another course title"})
    harder = same.exercises["needs"].model_copy(update={"title": "Another text"})
    other = create_course().model_copy(update={"exercises": {"needs": harder}})
    assert cohort.id
    viewer = viewer_of(alice, "author")
    with database.transaction() as db:
        publish_course(db, same, by=None, now=NOW)
    with database.reading() as db:
        assert (exercise_statistics(db, viewer, "leads", "needs").found.count) == 12
    with database.transaction() as db:
        publish_course(db, other, by=None, now=NOW)
    with database.reading() as db:
        assert exercise_statistics(db, viewer, "leads", "needs").found.count == 0
