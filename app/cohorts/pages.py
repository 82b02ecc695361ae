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
from app.courses.documents import DOCUMENTS, NAMES
from app.web.language import words
from app.web.navigation import way_for_viewer
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
    runs: bool
    past: bool
    attendance: str | None
    """None for those who see dates and not who was there."""


@dataclass(frozen=True)
class CohortPage:
    """A cohort for those who run it."""

    state: State
    tongue: Language
    """Of the course, not of the page."""
    rows: tuple[DatedRow, ...]
    next: DatedRow | None
    """What runs now, else what comes next."""
    trainers: tuple[str, ...]
    people: int
    documents: tuple[Link, ...]
    table: str | None
    """None likewise."""
    gradebook: str | None
    """Likewise."""
    completion: str | None
    """Likewise."""
    exercises: str | None
    versions: str | None
    """Where it is moved to a newer version of its course."""
    groups: str | None
    """None for those who see dates and not who works with whom."""


def cohort_page(db: Session, cohort: Cohort, *, trains: bool, now: datetime) -> CohortPage:
    """The page, in a number of statements that does not depend on its people and dates.

    `trains`: whether the viewer is a trainer of it, who alone sees what its people do; admins see its dates.
    """
    rows = session_rows(db, cohort)
    dated = tuple(_dated(cohort, row, trains=trains, now=now) for row in rows)
    first, last = (min((r.day for r in rows), default=None), max((r.day for r in rows), default=None))
    today = now.astimezone(ZoneInfo(cohort.zone)).date()
    return CohortPage(
        state_of(first, last, archived=cohort.archived_at is not None, today=today),
        course_of(cohort.version).language,
        dated,
        next=next((each for each in dated if not each.past), None),
        trainers=tuple(trainer.display_name for trainer in trainers_of(db, cohort)),
        people=people_in(db, cohort),
        documents=tuple(_documents(cohort)),
        table=url_for("assessment.cohort_table", cohort_id=cohort.id) if trains else None,
        gradebook=url_for("gradebook.gradebook", cohort_id=cohort.id) if trains else None,
        completion=way_for_viewer("records.cohort_completion", cohort_id=cohort.id) if trains else None,
        exercises=url_for("assessment.assignments", cohort_id=cohort.id),
        versions=url_for("regrading.versions", cohort_id=cohort.id) if trains else None,
        groups=url_for("classroom.groups", cohort_id=cohort.id) if trains else None,
    )


def _dated(cohort: Cohort, row: SessionRow, *, trains: bool, now: datetime) -> DatedRow:
    attendance = url_for("classroom.attendance", cohort_id=cohort.id, session_id=row.id) if trains else None
    return DatedRow(row, runs=row.begins_at <= now < row.ends_at, past=row.ends_at <= now, attendance=attendance)


def _documents(cohort: Cohort) -> Iterator[Link]:
    """Of the version that the cohort takes, which need not be the newest."""
    version = cohort.version
    for name in DOCUMENTS:
        url = url_for("catalogue.document", slug=version.course.slug, name=name, version=version.number)
        yield Link(words(NAMES[name]), ICONS[name], url)
