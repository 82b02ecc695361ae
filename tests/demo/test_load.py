"""`flask demo --trainees N`: people with everything that belongs to them, again and again."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import Result
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import func, select

from app.accounts.models import Department, Person
from app.assessment.models import Marking, Submission
from app.catalogue.models import CourseVersion, PublishedCourse
from app.classroom.models import Attendance
from app.cohorts.models import CohortSession, Enrolment
from app.db import Base, Database
from app.demo.load_courses import COURSES, PUBLISHED
from app.demo.load_people import ACCOUNTS, PASSWORDS
from app.records.models import Progress
from tests.accounts.test_sign_in import sign_in


@pytest.fixture
def flask(app: Flask, monkeypatch: pytest.MonkeyPatch) -> Callable[[str], Result]:
    monkeypatch.setenv("LC_ALL", "C.UTF-8")
    runner = app.test_cli_runner()
    return lambda line: runner.invoke(args=line.split())


def versions(database: Database) -> int:
    """Versions of the courses that a load test publishes; how many the product ships does not matter."""
    with database.reading() as db:
        wanted = select(func.count()).select_from(CourseVersion).join(CourseVersion.course)
        return db.scalar(wanted.where(PublishedCourse.slug.startswith("load-"))) or 0


def count(database: Database, model: type[Base]) -> int:
    with database.reading() as db:
        return db.scalar(select(func.count()).select_from(model)) or 0


def test_everybody_has_ten_enrolments_and_what_comes_of_them(
    flask: Callable[[str], Result], database: Database, tmp_path: Path, client: FlaskClient
) -> None:
    said = flask("demo --trainees 50")
    assert said.exit_code == 0, said.stderr
    assert "Trainees: 50 of 50" in said.stderr
    assert count(database, Enrolment) == 500
    assert count(database, Progress) == 500
    assert versions(database) == COURSES * len(PUBLISHED)
    assert count(database, Department) == 300
    assert count(database, Attendance) > 500
    assert count(database, Marking) == count(database, Submission) > 50
    with database.reading() as db:
        outcomes = set(db.scalars(select(Progress.outcome)))
        stale = db.scalars(select(Enrolment.id).where(Enrolment.settled != Enrolment.revision)).all()
        people_a_course = select(func.count(func.distinct(Progress.course_id))).group_by(Progress.person_id)
        assert set(db.scalars(people_a_course)) == {10}
        reach = db.execute(select(func.min(CohortSession.day), func.max(CohortSession.day))).one()
    assert outcomes == {"open", "completed", "withdrawn"}
    assert stale == []
    assert (reach[1] - reach[0]).days > 600
    file = tmp_path / ACCOUNTS
    assert file.stat().st_mode & 0o777 == 0o600
    accounts = dict(line.split() for line in file.read_text("utf-8").splitlines() if not line.startswith("#"))
    assert {"L000001", "L000050", "LT000001", "LH000001"} <= accounts.keys()
    assert len(set(accounts.values())) <= PASSWORDS
    assert sign_in(client, "L000050", accounts["L000050"]).location == "/"


def test_a_second_call_adds_further_people(flask: Callable[[str], Result], database: Database, tmp_path: Path) -> None:
    (tmp_path / ACCOUNTS).touch(mode=0o644)
    assert [flask("demo --trainees 3").exit_code for _ in range(2)] == [0, 0]
    with database.reading() as db:
        numbers = list(db.scalars(select(Person.number).where(Person.number.startswith("L")).order_by(Person.number)))
    assert numbers == [
        *(f"L00000{n}" for n in range(1, 7)),
        "LH000001",
        "LT000001",
        "LT000002",
    ]
    assert (count(database, Department), versions(database)) == (300, COURSES * len(PUBLISHED))
    assert (tmp_path / ACCOUNTS).stat().st_mode & 0o777 == 0o600
    assert sum(line.startswith("L") for line in (tmp_path / ACCOUNTS).read_text("utf-8").splitlines()) == 9


@pytest.mark.parametrize("number", ["0", "-1", "100001", "many"])
def test_a_number_that_makes_no_sense_changes_nothing(
    flask: Callable[[str], Result], database: Database, number: str
) -> None:
    assert flask(f"demo --trainees {number}").exit_code == 2
    assert count(database, Person) == 0


def test_they_are_kept_away_from_people(
    app: Flask, flask: Callable[[str], Result], database: Database, tmp_path: Path, bob: Person
) -> None:
    refused = flask("demo --trainees 3")
    assert (refused.exit_code, "people in this database" in refused.stderr) == (1, True)
    assert (count(database, Person), count(database, CourseVersion), (tmp_path / ACCOUNTS).exists()) == (1, 0, False)
    app.config["DEMO"] = True  # on a machine for trying things out, who is there may stay
    assert flask("demo --trainees 3").exit_code == 0
    app.config["DEMO"] = False
    assert flask("demo --trainees 3").exit_code == 0
