"""What the page of a cohort shows."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from flask import url_for
from sqlalchemy.orm import Session

from app.catalogue.queries import course_of
from app.catalogue.showing import ICONS
from app.cohorts.models import Cohort
from app.cohorts.queries import SessionRow, people_in, session_rows, trainers_of
from app.cohorts.rules import State, state_of
from app.cohorts.showing import way_to
from app.courses.documents import DOCUMENTS, NAMES
from app.web.language import words
from app.words import Language


@dataclass(frozen=True)
class Link:
    """A way from the page."""

    label: str
    icon: str
    url: str


@dataclass(frozen=True)
class DatedRow:
    """A session with the way to its attendance."""

    session: SessionRow
    past: bool
    attendance: str | None


@dataclass(frozen=True)
class CohortPage:
    """A cohort for those who run it."""

    state: State
    tongue: Language
    """Of the course, not of the page."""
    rows: tuple[DatedRow, ...]
    next: SessionRow | None
    trainers: tuple[str, ...]
    people: int
    documents: tuple[Link, ...]
    table: str | None
    exercises: str | None


def cohort_page(db: Session, cohort: Cohort, *, now: datetime) -> CohortPage:
    """The page, in a number of statements that does not depend on its people and dates."""
    rows = session_rows(db, cohort)
    first, last = (min((r.day for r in rows), default=None), max((r.day for r in rows), default=None))
    today = now.astimezone(ZoneInfo(cohort.zone)).date()
    return CohortPage(
        state_of(first, last, archived=cohort.archived_at is not None, today=today),
        course_of(cohort.version).language,
        tuple(_dated(cohort, row, now) for row in rows),
        next=next((row for row in rows if row.ends_at > now), None),
        trainers=tuple(trainer.display_name for trainer in trainers_of(db, cohort)),
        people=people_in(db, cohort),
        documents=tuple(_documents(cohort)),
        table=way_to("assessment.cohort_table", cohort_id=cohort.id),
        exercises=way_to("assessment.assignments", cohort_id=cohort.id),
    )


def _dated(cohort: Cohort, row: SessionRow, now: datetime) -> DatedRow:
    attendance = way_to("classroom.attendance", cohort_id=cohort.id, session_id=row.id)
    return DatedRow(row, row.ends_at <= now, attendance)


def _documents(cohort: Cohort) -> Iterator[Link]:
    """Of the version that the cohort takes, which need not be the newest."""
    version = cohort.version
    for name in DOCUMENTS:
        url = url_for("catalogue.document", slug=version.course.slug, name=name, version=version.number)
        yield Link(words(NAMES[name]), ICONS[name], url)
