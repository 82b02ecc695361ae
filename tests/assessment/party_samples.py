"""A cohort whose people do one exercise in groups, one in pairs and one alone."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from copy import deepcopy
from dataclasses import dataclass
from typing import Any

from flask.testing import FlaskClient
from sqlalchemy import func, select
from sqlalchemy.orm import Session
from werkzeug.test import TestResponse

from app.accounts.models import Audit, Person
from app.assessment import actions
from app.assessment.models import Attempt, AttemptMember
from app.assessment.queries import Work, own_task, own_work, written_in
from app.catalogue.actions import publish_course
from app.classroom.models import Attendance, Group, GroupMember
from app.cohorts.models import Cohort, CohortSession, Enrolment
from tests.assessment.course_samples import CHOICE, FORM, course_with
from tests.assessment.samples import viewer_of
from tests.cohorts.samples import create_cohort
from tests.conftest import NOW, CreatePerson, token_of

EXERCISES: dict[str, Any] = {
    "ledger": {**deepcopy(FORM), "work": "group"},
    "quiz": {**deepcopy(CHOICE), "work": "group"},
    "twos": {**deepcopy(FORM), "work": "pairs"},
    "alone": deepcopy(FORM),
}
"""Two for groups, one of them marked by its key, one for pairs, one that everybody does alone."""


@dataclass(frozen=True)
class Class:
    """A cohort with people, some of them in a group."""

    cohort: Cohort
    trainer: Person
    people: tuple[Person, ...]
    enrolments: tuple[Enrolment, ...]
    group: Group

    def number_of(self, person: Person) -> int:
        """The id of somebody's enrolment."""
        return self.enrolments[self.people.index(person)].id


def create_class(db: Session, trainer: Person, people: Sequence[Person], *, grouped: int, **over: Any) -> Class:
    """The first so many people are in group 1. `over` replaces exercises."""
    version = publish_course(db, course_with({**EXERCISES, **over}), by=None, now=NOW)
    cohort = create_cohort(db, version, trainers=[trainer], trainees=people)
    wanted = select(Enrolment).where(Enrolment.cohort_id == cohort.id).order_by(Enrolment.id)
    enrolments = tuple(db.scalars(wanted))
    found = Class(cohort, trainer, tuple(people), enrolments, create_group(db, cohort, enrolments[:grouped]))
    create_group(db, cohort, enrolments[:2], work="pairs", name="一")
    return found


def create_group(
    db: Session, cohort: Cohort, enrolments: Sequence[Enrolment], *, work: str = "group", name: str = "第一组"
) -> Group:
    group = Group(cohort_id=cohort.id, work=work, name=name, created_at=NOW)
    db.add(group)
    db.flush()
    db.add_all(
        GroupMember(enrolment_id=each.id, work=work, group_id=group.id, leads=not place, joined_at=NOW)
        for place, each in enumerate(enrolments)
    )
    db.flush()
    return group


def tick(db: Session, room: Class, person: Person, state: str, *, session: int = 0) -> None:
    """Say how somebody attended a session of today."""
    sessions = select(CohortSession.id).where(CohortSession.cohort_id == room.cohort.id)
    session_id = db.scalars(sessions.order_by(CohortSession.day, CohortSession.starts)).all()[session]
    enrolment_id = room.number_of(person)
    db.add(Attendance(cohort_session_id=session_id, enrolment_id=enrolment_id, state=state, marked_at=NOW))
    db.flush()


def start(db: Session, room: Class, person: Person, exercise: str = "ledger") -> Attempt:
    task = own_task(db, viewer_of(person), room.cohort.id, exercise)
    attempt = actions.start_attempt(db, task, by=person.id, now=NOW)
    db.flush()
    return attempt


def work_of(db: Session, person: Person, attempt: Attempt) -> Work:
    return own_work(db, viewer_of(person), attempt.id, to_change=True)


def hand_in(db: Session, person: Person, attempt: Attempt) -> None:
    work = work_of(db, person, attempt)
    actions.hand_in(db, work, actions.graded(work.spec, written_in(db, attempt.id)), by=person.id, now=NOW)
    db.flush()


def members(db: Session, attempt_id: int) -> dict[int, int]:
    """Enrolment → the number that an attempt is for them."""
    rows = select(AttemptMember.enrolment_id, AttemptMember.number).where(AttemptMember.attempt_id == attempt_id)
    found = db.execute(rows.order_by(AttemptMember.enrolment_id))
    return {row.enrolment_id: row.number for row in found}


ClientOf = Callable[[Person], FlaskClient]


def five(create_person: CreatePerson) -> tuple[Person, ...]:
    return tuple(create_person(name) for name in ("安", "贝", "成", "丁", "恩"))


def audited(db: Session, action: str) -> int:
    db.flush()
    return db.scalar(select(func.count()).where(Audit.action == action)) or 0


def post(client: FlaskClient, path: str, **fields: str) -> Callable[[], TestResponse]:
    sent = {"csrf_token": token_of(client), **fields}
    return lambda: client.post(path, data=sent, buffered=True)
