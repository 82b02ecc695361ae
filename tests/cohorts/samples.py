"""Cohorts for tests, as rows, without asking anybody's rights."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, datetime, timedelta

from sqlalchemy.orm import Session

from app.accounts.models import Person
from app.assessment.models import Assignment
from app.catalogue.models import CourseVersion
from app.catalogue.queries import course_of, timetable_of
from app.cohorts.models import Cohort, CohortSession, CohortTrainer, Enrolment
from tests.conftest import NOW

MONDAY = date(2026, 11, 23)
"""The day of NOW, in Shanghai."""


def create_cohort(
    db: Session,
    version: CourseVersion,
    *,
    trainers: Iterable[Person] = (),
    trainees: Iterable[Person] = (),
    name: str = "十一月班",
    first_day: date = MONDAY,
    now: datetime = NOW,
) -> Cohort:
    """A cohort with its sessions day after day, its people, and an assignment for each exercise of the version."""
    cohort = Cohort(version=version, name=name, zone="Asia/Shanghai", created_at=now)
    db.add(cohort)
    db.flush()
    course = course_of(version)
    for number, day in enumerate(timetable_of(course).days):
        for timed in day.sessions:
            dated = CohortSession(
                cohort_id=cohort.id,
                session_id=timed.session.id,
                day=first_day + timedelta(days=number),
                starts=timed.start,
                minutes=timed.end - timed.start,
                room="302",
            )
            db.add(dated)
    db.add_all(CohortTrainer(cohort_id=cohort.id, person_id=each.id, added_at=now) for each in trainers)
    db.add_all(Enrolment(cohort_id=cohort.id, person_id=each.id, enrolled_at=now) for each in trainees)
    db.add_all(Assignment(cohort_id=cohort.id, exercise=slug) for slug in course.exercise_slugs)
    db.flush()
    return cohort
