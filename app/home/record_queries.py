"""Somebody's whole record: their cohorts with what came of them, certificates, hours. Their own, and as HR sees it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from zoneinfo import ZoneInfo

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.accounts.departments import department_tree
from app.accounts.models import Person
from app.catalogue.queries import course_of
from app.certificates.queries import CertificateRow, certificates_of_person
from app.cohorts.models import Enrolment
from app.cohorts.queries import enrolments_with_course, first_and_last_days
from app.errors import NotFound
from app.home.queries import TaskRow, tasks_for
from app.home.rules import points_are_out
from app.records.cohort_queries import progress_of, training_minutes
from app.records.completion import Completion, completion_of
from app.records.models import Progress
from app.web.guards import NOTHING_HERE
from app.web.viewing import Viewer
from app.words import Language


@dataclass(frozen=True)
class RecordEntry:
    """One cohort that somebody is or was in."""

    cohort_id: int
    cohort: str
    course: str
    tongue: Language
    """Of the course, not of the page."""
    first: date | None
    last: date | None
    today: date
    """Where the cohort is."""
    zone: str
    archived: bool
    withdrawn_at: datetime | None
    completion: Completion
    tasks: tuple[TaskRow, ...]
    """With their results as far as they may be seen; of one's own record only."""

    @property
    def answered(self) -> bool:
        return any(task.attempt_id for task in self.tasks)


@dataclass(frozen=True)
class Record:
    """Everything that stands on the page."""

    entries: tuple[RecordEntry, ...]
    """Newest first."""
    certificates: tuple[CertificateRow, ...]
    years: tuple[tuple[int, int], ...]
    """Year and minutes attended in it, newest first."""

    @property
    def answered(self) -> bool:
        """Whether there is anything to print."""
        return any(entry.answered for entry in self.entries)


@dataclass(frozen=True)
class PersonRecord:
    """The record of somebody as HR sees it: no answers, no results of single exercises."""

    id: int
    number: str
    display_name: str
    department_id: int | None
    department: str
    """Its whole path; empty where there is none."""
    active: bool
    record: Record


def enrolments_of(db: Session, person_id: int) -> tuple[Enrolment, ...]:
    """All enrolments of somebody, also withdrawn ones, newest first, with cohort, version and course. One statement."""
    found = (
        enrolments_with_course()
        .where(Enrolment.person_id == person_id)
        .order_by(Enrolment.enrolled_at.desc(), Enrolment.id.desc())
    )
    return tuple(db.scalars(found))


def own_record(
    db: Session, viewer: Viewer, enrolments: Sequence[Enrolment], *, language: Language, now: datetime
) -> Record:
    """The record of whoever looks, in six statements whatever its length. `enrolments`: all of theirs."""
    tasks = tasks_for(db, enrolments, now=now)
    facts = _facts(db, enrolments)
    entries = (_entry(each, facts, tasks[each.id], language=language, now=now) for each in enrolments)
    return Record(tuple(entries), certificates_of_person(db, viewer.person_id), training_minutes(db, viewer.person_id))


def person_record(db: Session, viewer: Viewer, person_id: int, *, language: Language, now: datetime) -> PersonRecord:
    """The record of anybody, for HR, in seven statements whatever its length. Raises NotFound."""
    person = db.scalars(select(Person).where(Person.id == person_id)).one_or_none() if viewer.has_any("HR") else None
    if person is None:
        raise NotFound(NOTHING_HERE)
    enrolments = enrolments_of(db, person_id)
    facts = _facts(db, enrolments)
    entries = tuple(_entry(each, facts, None, language=language, now=now) for each in enrolments)
    paths = {row.id: row.path for row in department_tree(db)}
    return PersonRecord(
        person.id,
        person.number,
        person.display_name,
        person.department_id,
        paths.get(person.department_id or 0, ""),
        person.active,
        Record(entries, certificates_of_person(db, person_id), training_minutes(db, person_id)),
    )


@dataclass(frozen=True)
class _Facts:
    progress: Mapping[int, Progress]
    days: Mapping[int, tuple[date, date]]


def _facts(db: Session, enrolments: Iterable[Enrolment]) -> _Facts:
    wanted = list(enrolments)
    return _Facts(
        progress_of(db, [each.id for each in wanted]), first_and_last_days(db, [each.cohort_id for each in wanted])
    )


def _entry(
    enrolment: Enrolment, facts: _Facts, tasks: tuple[TaskRow, ...] | None, *, language: Language, now: datetime
) -> RecordEntry:
    """A cohort; with its `tasks` for oneself, without them for HR."""
    cohort = enrolment.cohort
    course, today = course_of(cohort.version), now.astimezone(ZoneInfo(cohort.zone)).date()
    first, last = facts.days.get(cohort.id, (None, None))
    completion = completion_of(
        facts.progress.get(enrolment.id),
        course,
        language,
        of="HR" if tasks is None else "own",
        today=today,
        points_visible=tasks is None or points_are_out(tasks),
    )
    return RecordEntry(
        cohort.id,
        cohort.name,
        cohort.version.title,
        course.language,
        first,
        last,
        today=today,
        zone=cohort.zone,
        archived=cohort.archived_at is not None,
        withdrawn_at=enrolment.withdrawn_at,
        completion=completion,
        tasks=tasks or (),
    )
