"""Reads about cohorts: whose they are, when their sessions are, and who trains and takes them."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import ColumnElement, Select, and_, exists, false, func, select, true
from sqlalchemy.orm import Session, contains_eager, joinedload

from app.accounts.models import Organisation, Person, Role
from app.catalogue.models import CourseVersion
from app.catalogue.queries import course_of
from app.cohorts.models import Cohort, CohortSession, CohortTrainer, Enrolment
from app.cohorts.rules import Dated, moment_of
from app.courses.clock_times import clock
from app.documents.blocks import Text
from app.documents.markdown import inline
from app.errors import NotFound
from app.web.guards import NOTHING_HERE
from app.web.viewing import Viewer


@dataclass(frozen=True)
class TrainerChoice:
    """Somebody who may train a cohort."""

    id: int
    display_name: str
    number: str


@dataclass(frozen=True)
class SessionRow:
    """A session of a cohort as its page shows it."""

    id: int
    session_id: str
    day: date
    starts: str
    ends: str
    title: Text
    module: Text
    room: str
    trainer: str
    """The display name; empty: any trainer of the cohort."""
    begins_at: datetime
    ends_at: datetime


def trains(viewer: Viewer) -> ColumnElement[bool]:
    """A condition on Cohort: those whose dates and people the viewer manages."""
    if viewer.has_any("admin"):
        return true()
    if not viewer.has_any("trainer"):  # a role that was taken back counts no longer, whatever rows are left
        return false()
    return exists().where(CohortTrainer.cohort_id == Cohort.id, CohortTrainer.person_id == viewer.person_id)


def cohort_for(db: Session, viewer: Viewer, cohort_id: int, *, to_change: bool = False) -> Cohort:
    """A cohort with its version and course, for its trainers and for admins. Raises NotFound.

    `to_change`: two who change it follow each other, and nobody archives it meanwhile.
    """
    wanted = cohorts_with_course().where(Cohort.id == cohort_id, trains(viewer))
    held = wanted.with_for_update(of=Cohort, key_share=True) if to_change else wanted
    cohort = db.scalars(held).one_or_none()
    if cohort is None:
        raise NotFound(NOTHING_HERE)
    return cohort


def enrolment_of(db: Session, viewer: Viewer, cohort_id: int) -> Enrolment:
    """The viewer's own enrolment, with cohort, version and course, unless withdrawn. Raises NotFound."""
    own = enrolments_with_course().where(
        Enrolment.cohort_id == cohort_id,
        Enrolment.person_id == viewer.person_id,
        Enrolment.withdrawn_at.is_(None),
    )
    enrolment = db.scalars(own).one_or_none()
    if enrolment is None:
        raise NotFound(NOTHING_HERE)
    return enrolment


def is_trainer_of(db: Session, person_id: int, cohort_id: int) -> bool:
    """Whether somebody trains a cohort: named for it, and with the role."""
    row = (
        select(CohortTrainer.person_id)
        .join(Role, and_(Role.person_id == CohortTrainer.person_id, Role.role == "trainer"))
        .where(CohortTrainer.cohort_id == cohort_id, CohortTrainer.person_id == person_id)
    )
    return db.scalars(row).first() is not None


def training_cohorts(db: Session, viewer: Viewer) -> tuple[Cohort, ...]:
    """The cohorts that the viewer is a trainer of and that are not archived, by name, with version and course."""
    named = exists().where(CohortTrainer.cohort_id == Cohort.id, CohortTrainer.person_id == viewer.person_id)
    found = cohorts_with_course().where(Cohort.archived_at.is_(None), trains(viewer), named)
    return tuple(db.scalars(found.order_by(Cohort.name, Cohort.id)))


def sessions_of(db: Session, cohort: Cohort) -> tuple[CohortSession, ...]:
    """The dates of a cohort with their trainers, in the order of time. One statement."""
    dates = (
        select(CohortSession)
        .where(CohortSession.cohort_id == cohort.id)
        .options(joinedload(CohortSession.trainer))
        .order_by(CohortSession.day, CohortSession.starts, CohortSession.id)
    )
    return tuple(db.scalars(dates))


def session_rows(db: Session, cohort: Cohort) -> tuple[SessionRow, ...]:
    """The dates of a cohort as pages show them."""
    course = course_of(cohort.version)
    planned = {session.id: session for session in course.sessions}
    return tuple(
        _session_row(
            dated,
            cohort.zone,
            title=inline(planned[dated.session_id].title),
            module=inline(course.modules[module].title if (module := planned[dated.session_id].module) else ""),
        )
        for dated in sessions_of(db, cohort)
    )


def dates_in_order_of_course(db: Session, cohort: Cohort) -> tuple[Dated, ...]:
    """The dates of a cohort in the order that the course teaches them."""
    rows = {row.session_id: row for row in sessions_of(db, cohort)}
    return tuple(
        Dated(row.id, session.title, row.day, row.starts, minutes=row.minutes, room=row.room, trainer_id=row.trainer_id)
        for session in course_of(cohort.version).sessions
        if (row := rows.get(session.id))
    )


def trainers_of(db: Session, cohort: Cohort) -> tuple[TrainerChoice, ...]:
    """The trainers of a cohort by name."""
    named = select(Person.id, Person.display_name, Person.number).join(
        CohortTrainer, CohortTrainer.person_id == Person.id
    )
    rows = db.execute(named.where(CohortTrainer.cohort_id == cohort.id).order_by(Person.display_name, Person.id))
    return tuple(TrainerChoice(*row) for row in rows)


def possible_trainers(db: Session) -> tuple[TrainerChoice, ...]:
    """Everybody with the role trainer who may sign in, by name."""
    found = (
        select(Person.id, Person.display_name, Person.number)
        .join(Role, and_(Role.person_id == Person.id, Role.role == "trainer"))
        .where(Person.active)
        .order_by(Person.display_name, Person.id)
    )
    return tuple(TrainerChoice(*row) for row in db.execute(found))


def people_in(db: Session, cohort: Cohort) -> int:
    """How many are enrolled and not withdrawn."""
    enrolled = select(func.count()).where(Enrolment.cohort_id == cohort.id, Enrolment.withdrawn_at.is_(None))
    return db.scalar(enrolled) or 0


def home_zone(db: Session) -> str:
    """The zone of the organisation: what a new cohort begins with."""
    return db.scalar(select(Organisation.zone)) or "Asia/Shanghai"


def cohorts_with_course() -> Select[Cohort]:
    """Cohorts that bring their version and course along; whoever asks narrows them to what the viewer may see."""
    return (
        select(Cohort)
        .join(Cohort.version)
        .options(contains_eager(Cohort.version).joinedload(CourseVersion.course, innerjoin=True))
    )


def enrolments_with_course() -> Select[Enrolment]:
    """The same of enrolments, with cohort, version and course."""
    return (
        select(Enrolment)
        .join(Enrolment.cohort)
        .join(Cohort.version)
        .options(
            contains_eager(Enrolment.cohort)
            .contains_eager(Cohort.version)
            .joinedload(CourseVersion.course, innerjoin=True)
        )
    )


def first_and_last_days(db: Session, cohort_ids: Collection[int]) -> Mapping[int, tuple[date, date]]:
    """Cohort → its first and last day; nothing where there are no dates. One statement."""
    rows = db.execute(
        select(CohortSession.cohort_id, func.min(CohortSession.day), func.max(CohortSession.day))
        .where(CohortSession.cohort_id.in_(cohort_ids))
        .group_by(CohortSession.cohort_id)
    )
    return {cohort_id: (first, last) for cohort_id, first, last in rows}


def _session_row(dated: CohortSession, zone: str, *, title: Text, module: Text) -> SessionRow:
    when = Dated(dated.id, "", dated.day, dated.starts, minutes=dated.minutes, room="", trainer_id=None)
    return SessionRow(
        dated.id,
        dated.session_id,
        dated.day,
        starts=clock(dated.starts),
        ends=clock(dated.starts + dated.minutes),
        title=title,
        module=module,
        room=dated.room,
        trainer=dated.trainer.display_name if dated.trainer else "",
        begins_at=moment_of(when.begins, zone),
        ends_at=moment_of(when.ends, zone),
    )
