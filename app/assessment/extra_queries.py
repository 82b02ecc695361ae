"""Who has more time at one exercise of a cohort, for its trainers."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.accounts.models import Person
from app.assessment.models import Assignment, ExtraTime
from app.cohorts.models import Cohort, Enrolment


@dataclass(frozen=True)
class Given:
    """More time that somebody has."""

    minutes: int
    reason: str
    at: datetime
    by_id: int | None


@dataclass(frozen=True)
class Somebody:
    """A trainee of the cohort, with the extra time that they have."""

    enrolment_id: int
    number: str
    name: str
    given: Given | None
    given_by: str
    """"" where nobody gave any, or whoever did is gone."""


def people_with_extra(db: Session, cohort_id: int, exercise: str) -> tuple[Somebody, ...]:
    """The trainees of a cohort by name. Two statements whatever their number."""
    assignment = (
        select(Assignment.id)
        .where(Assignment.cohort_id == cohort_id, Assignment.exercise == exercise)
        .scalar_subquery()
    )
    rows = db.execute(
        select(Enrolment.id, Person.number, Person.display_name, ExtraTime)
        .join(Person, Person.id == Enrolment.person_id)
        .outerjoin(ExtraTime, (ExtraTime.enrolment_id == Enrolment.id) & (ExtraTime.assignment_id == assignment))
        .where(Enrolment.cohort_id == cohort_id, Enrolment.withdrawn_at.is_(None))
        .order_by(Person.display_name, Person.number)
    ).all()
    names = _names(db, {row.ExtraTime.given_by_id for row in rows if row.ExtraTime})
    return tuple(
        Somebody(row.id, row.number, row.display_name, _given(row.ExtraTime), names.get(_by(row.ExtraTime), ""))
        for row in rows
    )


def enrolments_among(db: Session, cohort: Cohort, ids: Collection[int]) -> tuple[Enrolment, ...]:
    """Those of these enrolments that are in the cohort. One statement."""
    wanted = select(Enrolment).where(Enrolment.cohort_id == cohort.id, Enrolment.id.in_(sorted(ids)))
    return tuple(db.scalars(wanted.order_by(Enrolment.id)))


def _names(db: Session, ids: Collection[int | None]) -> dict[int, str]:
    wanted = Person.id.in_(sorted(each for each in ids if each is not None))
    return {row.id: row.display_name for row in db.execute(select(Person.id, Person.display_name).where(wanted))}


def _given(extra: ExtraTime | None) -> Given | None:
    return Given(extra.minutes, extra.reason, extra.given_at, extra.given_by_id) if extra else None


def _by(extra: ExtraTime | None) -> int:
    return (extra.given_by_id if extra else None) or 0
