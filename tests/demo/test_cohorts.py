"""The demo organisation as it comes out: two cohorts over, one under way, one to come, whatever day it is."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from itertools import pairwise

import pytest
from flask import Flask
from sqlalchemy import func, select

from app.accounts.models import Audit, Person
from app.assessment.models import AnswerChange, Assignment, Attempt, AttemptMember, Marking, Submission
from app.catalogue.shipped import publish_shipped_courses
from app.certificates.models import Certificate, CertificateDesign
from app.classroom.models import Attendance
from app.cohorts.models import Cohort, CohortSession, Enrolment
from app.cohorts.rules import teaching_days
from app.db import Database
from app.demo.cohorts import furnish
from app.demo.people import create_demo_people, demo_organisation
from app.demo.plan import demo_plan
from app.records.models import Progress
from config import PROJECT
from tests.conftest import NOW

WEDNESDAY = NOW + timedelta(days=2, hours=5)


def make(app: Flask, database: Database, now: datetime) -> None:
    publish_shipped_courses(database, PROJECT, store=app.extensions["files"], now=now - timedelta(days=90))
    with database.transaction() as db:
        hashes = {person.number: "x" for person in demo_organisation().people}
        create_demo_people(db, hashes, now=now - timedelta(days=90))
    furnish(database, app.extensions["files"], now=now)


def outcomes(database: Database, cohort: str) -> dict[str, str]:
    with database.reading() as db:
        rows = db.execute(
            select(Person.number, Progress.outcome)
            .join(Progress, Progress.person_id == Person.id)
            .join(Cohort, Cohort.id == Progress.cohort_id)
            .where(Cohort.name == next(each.name for each in demo_plan().cohorts if each.id == cohort))
        )
        return {row.number: row.outcome for row in rows}


def test_cohorts_in_all_states(app: Flask, database: Database) -> None:
    make(app, database, WEDNESDAY)
    finished = outcomes(database, "finished")
    completed = {number for number, outcome in finished.items() if outcome == "completed"}
    assert {number: outcome for number, outcome in finished.items() if number not in completed} == {
        "E3006": "open",
        "E3009": "open",
        "E3012": "withdrawn",
    }
    assert len(completed) == 9
    assert set(outcomes(database, "running").values()) == set(outcomes(database, "coming").values()) == {"open"}
    with database.reading() as db:
        missing = {
            number: {each["kind"] for each in found}
            for number, found in db.execute(
                select(Person.number, Progress.missing)
                .join(Person, Person.id == Progress.person_id)
                .join(Cohort, Cohort.id == Progress.cohort_id)
                .where(Cohort.name == "关键客户经理第一期", Progress.outcome == "open")
            )
        }
        assert "attendance" in missing["E3006"]
        assert {"exercise", "points"} == missing["E3009"]
        through = {number for number, outcome in outcomes(database, "relationship").items() if outcome == "completed"}
        assert through == {"E3001", "E3008"}
        waiting = db.scalar(select(func.count()).select_from(Submission).where(Submission.needs_person))
        returned = db.scalars(select(Attempt.return_reason).where(Attempt.returned_at.is_not(None))).all()
        unsubmitted = select(func.count()).select_from(Attempt).outerjoin(Submission).where(Submission.at.is_(None))
        assert (waiting or 0) >= 5
        assert len(returned) == 1
        assert (db.scalar(unsubmitted) or 0) >= 5
        twice = select(Enrolment.person_id).group_by(Enrolment.person_id).having(func.count() > 1)
        again = next(each for each in demo_plan().cohorts if each.id == "relationship")
        assert len(db.scalars(twice).all()) == 3 + len(again.people)


def test_certificates_are_issued_revoked_and_superseded(app: Flask, database: Database) -> None:
    make(app, database, WEDNESDAY)
    with database.reading() as db:
        found = db.scalars(select(Certificate).order_by(Certificate.id)).all()
        design = db.get(CertificateDesign, 1)
        assert design is not None
        assert design.seal is not None
        assert design.seal in app.extensions["files"]
    assert len(found) == 10
    assert [each.issue for each in found].count(2) == 2
    assert len([each for each in found if each.revoked_at]) == 1
    assert all(each.snapshot["signer"] == "李华" for each in found)


def test_answers_are_carried_from_exercise_to_exercise(app: Flask, database: Database) -> None:
    make(app, database, WEDNESDAY)
    chain = (
        "customer-information-record",
        "needs-hierarchy-own-customer",
        "own-decision-team",
        "account-goal",
        "key-questions",
        "own-question-funnel",
    )
    with database.reading() as db:
        rows = db.execute(
            select(Person.number, Assignment.exercise, Attempt.carried)
            .join(AttemptMember, AttemptMember.attempt_id == Attempt.id)
            .join(Assignment, Assignment.id == Attempt.assignment_id)
            .join(Enrolment, Enrolment.id == AttemptMember.enrolment_id)
            .join(Person, Person.id == Enrolment.person_id)
            .join(Cohort, Cohort.id == Enrolment.cohort_id)
            .where(Cohort.name == "大客户关系第一期")
        ).all()
    carried = {(row.number, row.exercise): row.carried for row in rows}
    for number in ("E3001", "E3008"):
        for earlier, later in pairwise(chain):
            assert carried[number, later][earlier]["fields"], (number, later)


@pytest.mark.parametrize("days", range(7))
def test_it_is_the_third_day_of_the_running_cohort(days: int) -> None:
    today = date(2026, 11, 23) + timedelta(days=days)
    running = next(each for each in demo_plan().cohorts if each.id == "running")
    third = teaching_days(running.first_day(today), 3, skip_weekends=True)[-1]
    assert third == min(today, date(2026, 11, 27))


@pytest.mark.parametrize("hour", [0, 7])
def test_nothing_has_happened_that_lies_ahead(app: Flask, database: Database, hour: int) -> None:
    now = datetime(2026, 11, 24, hour, 30, tzinfo=UTC)
    make(app, database, now)
    with database.reading() as db:
        for moment in (
            Audit.at,
            AnswerChange.at,
            Submission.at,
            Marking.at,
            Attendance.marked_at,
            Enrolment.enrolled_at,
        ):
            assert (db.scalar(select(func.max(moment))) or now) <= now, moment
        ahead = select(func.count()).select_from(Attendance).join(CohortSession).where(CohortSession.day > now.date())
        assert db.scalar(ahead) == 0
        starts = select(Attempt.started_at, Submission.at).join(Submission)
        assert all(started < handed_in for started, handed_in in db.execute(starts))


def test_without_the_course_there_are_people_alone(app: Flask, database: Database) -> None:
    with database.transaction() as db:
        create_demo_people(db, {person.number: "x" for person in demo_organisation().people}, now=NOW)
    furnish(database, app.extensions["files"], now=NOW)
    with database.reading() as db:
        assert db.scalar(select(func.count()).select_from(Cohort)) == 0
