"""A cohort with one trainee and their attempts, for tests."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import count

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.accounts.models import Person
from app.assessment import actions
from app.assessment.actions import Save, Saved
from app.assessment.models import Attempt
from app.assessment.queries import Work, own_task, own_work, written_in
from app.catalogue.actions import publish_course
from app.cohorts.models import Cohort, Enrolment
from app.web.viewing import RoleName, Viewer
from tests.catalogue.samples import create_course
from tests.cohorts.samples import create_cohort
from tests.conftest import NOW

_SEQ = count(1)


def viewer_of(person: Person, *roles: RoleName) -> Viewer:
    """A person with these roles, looking."""
    return Viewer(person.id, person.display_name, frozenset(roles), "zh-CN")


@dataclass(frozen=True)
class Room:
    """Cohort 1 on «leads», whose exercise «needs» has two items to place, reasons, and a rubric."""

    cohort: Cohort
    enrolment: Enrolment
    trainee: Person
    trainer: Person


def create_room(db: Session, trainee: Person, trainer: Person) -> Room:
    version = publish_course(db, create_course(), by=None, now=NOW)
    cohort = create_cohort(db, version, trainers=[trainer], trainees=[trainee])
    enrolment = db.scalars(select(Enrolment).where(Enrolment.cohort_id == cohort.id)).one()
    return Room(cohort, enrolment, trainee, trainer)


def start(db: Session, room: Room, exercise: str = "needs") -> Work:
    task = own_task(db, viewer_of(room.trainee), room.cohort.id, exercise)
    attempt = actions.start_attempt(db, task, by=room.trainee.id, now=NOW)
    return work_of(db, room, attempt)


def work_of(db: Session, room: Room, attempt: Attempt) -> Work:
    db.flush()
    return own_work(db, viewer_of(room.trainee), attempt.id, to_change=True)


def save(db: Session, work: Work, *, client: str = "phone", base: int = 0, **fields: str) -> Saved:
    """Save fields by name; two underscores stand for the dot."""
    typed = {name.replace("__", "."): text for name, text in fields.items()}
    wanted = Save(client, next(_SEQ), base, typed)
    return actions.save_fields(db, work, wanted, by=work.enrolment.person_id, now=NOW)


def hand_in(db: Session, room: Room, work: Work) -> Work:
    known = actions.graded(work.spec, written_in(db, work.attempt.id))
    actions.hand_in(db, work, known, by=room.trainee.id, now=NOW)
    return work_of(db, room, work.attempt)


def begin(db: Session, cohort: Cohort, person: Person, *, handed_in: bool = False, exercise: str = "needs") -> Attempt:
    """An attempt of somebody in a cohort, with one field written."""
    viewer = viewer_of(person)
    attempt = actions.start_attempt(db, own_task(db, viewer, cohort.id, exercise), by=person.id, now=NOW)
    work = own_work(db, viewer, attempt.id)
    name = min(work.sheet.names)
    actions.save_fields(db, work, Save("phone", 1, 0, {name: ""}), by=person.id, now=NOW)
    if handed_in:
        known = actions.graded(work.spec, written_in(db, attempt.id))
        actions.hand_in(db, work, known, by=person.id, now=NOW)
    return attempt
