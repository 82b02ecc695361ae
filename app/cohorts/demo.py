"""A cohort for the demo people: begun today on the shipped course, so that every page has something to show."""

from __future__ import annotations

from datetime import datetime
from zoneinfo import ZoneInfo

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.accounts.models import Person
from app.catalogue.actions import newest_of
from app.cohorts.actions import Plan, open_cohort
from app.cohorts.enrolling import enrol_people
from app.cohorts.models import Cohort

COURSE = "key-account-ecosystem"
ZONE = "Asia/Shanghai"
TRAINERS = ("T1001", "T1002")
TRAINEES = ("E3001", "E3002", "E3003")


def open_demo_cohort(db: Session, *, now: datetime) -> Cohort | None:
    """The cohort; None where the shipped course was never published."""
    version = newest_of(db, COURSE)
    if version is None:
        return None
    people = db.scalars(select(Person).where(Person.number.in_(TRAINERS + TRAINEES)))
    ids = {person.number: person.id for person in people}
    plan = Plan(
        name="关键客户经理第一期",
        zone=ZONE,
        first_day=now.astimezone(ZoneInfo(ZONE)).date(),
        room="302 教室",
        trainer_ids=tuple(ids[number] for number in TRAINERS),
    )
    cohort = open_cohort(db, version, plan, by=ids[TRAINERS[0]], now=now)
    enrol_people(db, cohort, [ids[number] for number in TRAINEES], by=ids[TRAINERS[0]], now=now)
    return cohort
