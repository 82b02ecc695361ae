"""Writes about cohorts: opened, changed, archived, and their sessions moved. Each leaves an audit row."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from itertools import chain

from sqlalchemy import delete, select, update
from sqlalchemy.orm import Session

from app.accounts.actions import record
from app.catalogue.models import CourseVersion
from app.catalogue.queries import course_of, timetable_of
from app.cohorts.models import Cohort, CohortSession, CohortTrainer, Enrolment
from app.cohorts.queries import possible_trainers, trainers_of
from app.cohorts.rules import Dated, is_zone, teaching_days, within_reach
from app.db import one_at_a_time
from app.errors import UserError
from app.words import say

OPENING = "opening cohorts"
"""The turn that is taken before looking whether there is one of that name."""
ARCHIVED = say("This cohort is archived: it can be read, and nothing in it changed.")
NAME = say("A cohort needs a name of up to 200 characters that can be printed.")
ROOM = say("A room has a name of up to 200 characters that can be printed.")


@dataclass(frozen=True)
class Plan:
    """What opening a cohort needs beside its version."""

    name: str
    zone: str
    first_day: date
    room: str
    trainer_ids: tuple[int, ...]
    skip_weekends: bool = True


def open_cohort(db: Session, version: CourseVersion, plan: Plan, *, by: int, now: datetime) -> Cohort:
    """A cohort on a version, with a date for every session of its timetable. Raises UserError."""
    name = _checked_name(plan.name)
    _refuse_odd_plan(plan, now)
    _refuse_strangers(db, plan.trainer_ids, known=())
    one_at_a_time(db, OPENING)
    _refuse_twin(db, version, name, plan.first_day)
    cohort = Cohort(version_id=version.id, name=name, zone=plan.zone, created_at=now, created_by_id=by)
    db.add(cohort)
    db.flush()
    db.add_all(_dates(cohort, version, plan))
    record(db, "cohort-opened", Cohort, object_id=cohort.id, by=by, now=now, version=str(version.id))
    _add_trainers(db, cohort, sorted(set(plan.trainer_ids)), by=by, now=now)
    db.flush()
    return cohort


def change_cohort(
    db: Session, cohort: Cohort, name: str, *, zone: str, trainer_ids: Collection[int], by: int, now: datetime
) -> None:
    """Give a cohort another name, zone or trainers. Raises UserError."""
    refuse_archived(cohort)
    name = _checked_name(name)
    _refuse_zone(zone)
    present = {trainer.id for trainer in trainers_of(db, cohort)}
    _refuse_strangers(db, trainer_ids, known=present)
    if (cohort.name, cohort.zone) != (name, zone):
        if cohort.zone != zone:
            raise_revisions(db, cohort)
        cohort.name, cohort.zone = name, zone
        record(db, "cohort-changed", Cohort, object_id=cohort.id, by=by, now=now)
    _remove_trainers(db, cohort, sorted(present - set(trainer_ids)), by=by, now=now)
    _add_trainers(db, cohort, sorted(set(trainer_ids) - present), by=by, now=now)
    db.flush()


def archive_cohort(db: Session, cohort: Cohort, *, by: int, now: datetime) -> None:
    """Close a cohort for changes; doing it twice does nothing."""
    if cohort.archived_at is None:
        cohort.archived_at = now
        record(db, "cohort-archived", Cohort, object_id=cohort.id, by=by, now=now)


def reopen_cohort(db: Session, cohort: Cohort, *, by: int, now: datetime) -> None:
    """Take an archived cohort back."""
    if cohort.archived_at is not None:
        cohort.archived_at = None
        record(db, "cohort-reopened", Cohort, object_id=cohort.id, by=by, now=now)


def set_dates(db: Session, cohort: Cohort, dates: Sequence[Dated], *, by: int, now: datetime) -> int:
    """Store dates that were looked over; returns how many sessions changed."""
    refuse_archived(cohort)
    rows = {row.id: row for row in db.scalars(select(CohortSession).where(CohortSession.cohort_id == cohort.id))}
    changed = [dated for dated in dates if _differs(rows[dated.id], dated)]
    for dated in changed:
        row = rows[dated.id]
        row.day, row.starts, row.room, row.trainer_id = dated.day, dated.starts, dated.room, dated.trainer_id
        record(
            db,
            "session-moved",
            CohortSession,
            object_id=row.id,
            by=by,
            now=now,
            day=str(row.day),
            starts=str(row.starts),
        )
    if changed:
        raise_revisions(db, cohort)
        db.flush()
    return len(changed)


def raise_revisions(db: Session, cohort: Cohort) -> None:
    """Note for everybody in a cohort that something changed which may bear on completion."""
    db.execute(update(Enrolment).where(Enrolment.cohort_id == cohort.id).values(revision=Enrolment.revision + 1))


def refuse_archived(cohort: Cohort) -> None:
    """Raise UserError for a cohort that is closed for changes."""
    if cohort.archived_at is not None:
        raise UserError(ARCHIVED)


def _dates(cohort: Cohort, version: CourseVersion, plan: Plan) -> Iterable[CohortSession]:
    timetable = timetable_of(course_of(version))
    days = teaching_days(plan.first_day, len(timetable.days), skip_weekends=plan.skip_weekends)
    return chain.from_iterable(
        (
            CohortSession(
                cohort_id=cohort.id,
                session_id=timed.session.id,
                day=day,
                starts=timed.start,
                minutes=max(1, timed.end - timed.start),
                room=plan.room,
            )
            for timed in planned.sessions
        )
        for day, planned in zip(days, timetable.days, strict=True)
    )


def _add_trainers(db: Session, cohort: Cohort, person_ids: Iterable[int], *, by: int, now: datetime) -> None:
    for person_id in person_ids:
        db.add(CohortTrainer(cohort_id=cohort.id, person_id=person_id, added_at=now, added_by_id=by))
        record(db, "trainer-added", Cohort, object_id=cohort.id, by=by, now=now, person=str(person_id))


def _remove_trainers(db: Session, cohort: Cohort, person_ids: Sequence[int], *, by: int, now: datetime) -> None:
    if not person_ids:
        return
    db.execute(
        update(CohortSession)
        .where(CohortSession.cohort_id == cohort.id, CohortSession.trainer_id.in_(person_ids))
        .values(trainer_id=None)
    )
    db.execute(
        delete(CohortTrainer).where(CohortTrainer.cohort_id == cohort.id, CohortTrainer.person_id.in_(person_ids))
    )
    for person_id in person_ids:
        record(db, "trainer-removed", Cohort, object_id=cohort.id, by=by, now=now, person=str(person_id))


def _checked_name(name: str) -> str:
    name = " ".join(name.split())
    if not name or len(name) > 200 or not name.isprintable():
        raise UserError(NAME)
    return name


def _refuse_odd_plan(plan: Plan, now: datetime) -> None:
    _refuse_zone(plan.zone)
    if not within_reach(plan.first_day, now.date()):
        raise UserError(say("The first day lies too far away. Is the year right?"))
    if len(plan.room) > 200 or not plan.room.isprintable():
        raise UserError(ROOM)


def _refuse_zone(zone: str) -> None:
    if not is_zone(zone):
        raise UserError(say("There is no time zone of that name. One looks like Asia/Shanghai."))


def _refuse_strangers(db: Session, person_ids: Collection[int], *, known: Collection[int]) -> None:
    """Whoever is a trainer of it already may stay, even without the role."""
    if not person_ids:
        raise UserError(say("A cohort keeps at least one trainer."))
    if set(person_ids) - {trainer.id for trainer in possible_trainers(db)} - set(known):
        raise UserError(say("Only people with the role trainer can train a cohort."))


def _refuse_twin(db: Session, version: CourseVersion, name: str, first_day: date) -> None:
    """A second click, or a second trainer, must not open the same cohort again."""
    twin = (
        select(Cohort.id)
        .join(CohortSession, CohortSession.cohort_id == Cohort.id)
        .where(
            Cohort.version_id == version.id,
            Cohort.name == name,
            Cohort.archived_at.is_(None),
            CohortSession.day == first_day,
        )
    )
    if db.scalars(twin.limit(1)).first() is not None:
        raise UserError(say("A cohort of this name begins on that day already. It may be the one you just opened."))


def _differs(row: CohortSession, dated: Dated) -> bool:
    return (row.day, row.starts, row.room, row.trainer_id) != (dated.day, dated.starts, dated.room, dated.trainer_id)
