"""Trainees at their desks, written into the database of a running product: people, attempts, and their cookies."""

from __future__ import annotations

from datetime import timedelta

from flask import Flask
from sqlalchemy.orm import Session

from app import clock
from app.accounts.actions import add_person
from app.assessment.models import Assignment, Attempt, AttemptMember
from app.assessment.rules import sweep_time
from app.catalogue.actions import newest_of
from app.catalogue.queries import course_of
from app.cohorts.models import Cohort, Enrolment
from app.documents.blocks import field_names
from app.exercises import fields_of
from bench.room import SHEET, SHIPPED, Desk, headers_of


def seat(
    db: Session, app: Flask, count: int, *, exercise: str = SHEET, closed_since: timedelta | None = None
) -> tuple[Desk, ...]:
    """A cohort of so many trainees, each with an attempt under way, or one that time has ended."""
    now = clock.now()
    ends_at = None if closed_since is None else now - closed_since
    version = newest_of(db, SHIPPED)
    assert version is not None, "the product publishes it at its start"
    field = field_names(fields_of(course_of(version).exercises[exercise]))[-1]
    cohort = Cohort(version=version, name="一间教室", zone="Asia/Shanghai", created_at=now)
    db.add(cohort)
    db.flush()
    assignment = Assignment(cohort_id=cohort.id, exercise=exercise, closes_at=ends_at)
    people = [add_person(db, f"S{cohort.id}-{n}", f"学员{n}", by=None, now=now) for n in range(1, count + 1)]
    enrolments = [Enrolment(cohort_id=cohort.id, person_id=each.id, enrolled_at=now) for each in people]
    db.add_all([assignment, *enrolments])
    db.flush()
    began = (ends_at or now) - timedelta(hours=1)
    given = {"assignment_id": assignment.id, "version_id": version.id, "carried": {}, "started_at": began}
    ends = {"ends_at": ends_at, "sweep_at": sweep_time(ends_at, started_at=began)}
    attempts = [Attempt(seed=n, **given, **ends) for n in range(count)]
    db.add_all(attempts)
    db.flush()
    pairs = list(zip(attempts, enrolments, people, strict=True))
    db.add_all(
        AttemptMember(attempt_id=attempt.id, enrolment_id=enrolment.id, assignment_id=assignment.id, number=1)
        for attempt, enrolment, _ in pairs
    )
    return tuple(Desk(attempt.id, field, headers_of(db, app, person)) for attempt, _, person in pairs)
