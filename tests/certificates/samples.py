"""Cohorts whose people have completed their course, and certificates, for tests."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from fractions import Fraction
from typing import Any

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from app.accounts.models import Organisation, Person
from app.catalogue.actions import publish_course
from app.certificates.actions import issue_certificate
from app.certificates.codes import with_check
from app.certificates.models import Certificate
from app.certificates.snapshots import Snapshot
from app.cohorts.models import Cohort, Enrolment
from app.courses.outline import Course
from app.records.models import Outcome, Progress
from tests.catalogue.samples import create_course
from tests.cohorts.samples import MONDAY, create_cohort
from tests.conftest import NOW

CODE = with_check("7K2MQ9XF4T8VP3HD6WNBZRJ5EE")
"""Of the certificate that somebody in cohort 1 has in the table of who may."""
ISSUER = "滨河客运培训中心"
LATER = date(2026, 11, 30)


def create_snapshot(**over: Any) -> Snapshot:
    """What the certificate of 陈雨桐 certifies; `over` replaces facts."""
    facts: dict[str, Any] = {
        "language": "zh-CN",
        "name": "陈雨桐",
        "course": "关键客户营销生态系统",
        "version": 7,
        "cohort": "十一月班",
        "first_day": MONDAY,
        "last_day": date(2026, 11, 27),
        "taught_minutes": 1800,
        "attended_minutes": 1730,
        "handed_in": 14,
        "required": 14,
        "earned": Fraction(443, 5),
        "possible": Fraction(100),
        "completed_on": date(2026, 11, 27),
        "issued_on": LATER,
        "issuer": ISSUER,
        "signer": "周敏",
        "signer_title": "培训总监",
        "design": "classic",
        "logo": None,
        "seal": None,
        "signature": None,
    }
    return Snapshot(**{**facts, **over})


def name_organisation(db: Session, name: str = ISSUER) -> None:
    """Without it nobody issues."""
    row = db.get(Organisation, 1) or Organisation(id=1, zone="Asia/Shanghai")
    row.name = name
    db.add(row)
    db.flush()


def create_graduates(
    db: Session,
    trainees: Iterable[Person],
    *,
    trainers: Iterable[Person] = (),
    name: str = "十一月班",
    course: Course | None = None,
) -> Cohort:
    """A cohort on «leads», or another course, in which everybody has completed it."""
    version = publish_course(db, course or create_course(), by=None, now=NOW)
    cohort = create_cohort(db, version, trainers=trainers, trainees=trainees, name=name)
    for enrolment in enrolments_of(db, cohort):
        set_outcome(db, enrolment, cohort)
    return cohort


def enrolments_of(db: Session, cohort: Cohort) -> tuple[Enrolment, ...]:
    return tuple(db.scalars(select(Enrolment).where(Enrolment.cohort_id == cohort.id).order_by(Enrolment.id)))


def set_outcome(
    db: Session, enrolment: Enrolment, cohort: Cohort, outcome: Outcome = "completed", **over: Any
) -> Progress:
    """Completion as it was worked out last, by hand."""
    facts: dict[str, Any] = {
        "enrolment_id": enrolment.id,
        "person_id": enrolment.person_id,
        "cohort_id": cohort.id,
        "course_id": cohort.version.course_id,
        "outcome": outcome,
        "starts_on": MONDAY,
        "dated_on": MONDAY,
        "completed_on": MONDAY if outcome == "completed" else None,
        "attended_minutes": 120,
        "taught_minutes": 135,
        "handed_in": 1,
        "required": 1,
        "earned_numerator": 9,
        "earned_denominator": 2,
        "possible_numerator": 6,
        "possible_denominator": 1,
        "missing": [],
        "minutes_by_year": {"2026": 120},
    }
    progress = db.merge(Progress(**{**facts, **over}))
    settled = update(Enrolment).where(Enrolment.id == enrolment.id).values(settled=Enrolment.revision)
    db.execute(settled, execution_options={"synchronize_session": False})
    db.flush()
    db.expire(enrolment)
    return progress


def create_certificate(db: Session, person: Person, *, trainers: Iterable[Person] = ()) -> Certificate:
    """One that stands, in a cohort of its own."""
    name_organisation(db)
    cohort = create_graduates(db, [person], trainers=trainers)
    (enrolment,) = enrolments_of(db, cohort)
    return issue_certificate(db, enrolment, by=None, now=NOW)


def add_known_certificate(db: Session, enrolment_id: int) -> None:
    """The one with CODE, whatever completion says."""
    snapshot = create_snapshot().model_dump(mode="json")
    db.add(Certificate(enrolment_id=enrolment_id, issue=1, code=CODE, issued_at=NOW, snapshot=snapshot))
    db.flush()
