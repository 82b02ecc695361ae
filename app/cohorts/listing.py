"""The list of cohorts: which of them a viewer sees, narrowed to a name or a state."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, func, or_, select, true
from sqlalchemy.orm import Session

from app.accounts.models import Person
from app.catalogue.models import CourseVersion
from app.cohorts.models import Cohort, CohortSession, CohortTrainer, Enrolment
from app.cohorts.queries import trains
from app.cohorts.rules import State, state_of
from app.web.viewing import Viewer

MOST_ROWS = 200
"""Of a list on one page."""


@dataclass(frozen=True)
class CohortRow:
    """A cohort as a list shows it."""

    id: int
    name: str
    course: str
    number: int
    first: date | None
    last: date | None
    people: int
    trainers: tuple[str, ...]
    state: State


def cohort_rows(
    db: Session, viewer: Viewer, today: date, *, search: str = "", state: State | None = None
) -> tuple[CohortRow, ...]:
    """The viewer's cohorts, those that begin last first; no more than MOST_ROWS and one. Two statements."""
    rows = db.execute(_list_of(viewer, today, search, state)).all()
    names = _trainer_names(db, [row.id for row in rows])
    return tuple(
        CohortRow(
            row.id,
            row.name,
            row.title,
            row.number,
            first=row.first,
            last=row.last,
            people=row.people,
            trainers=names.get(row.id, ()),
            state=state_of(row.first, row.last, archived=row.archived_at is not None, today=today),
        )
        for row in rows
    )


def _list_of(viewer: Viewer, today: date, search: str, state: State | None) -> Select[Any]:
    dates = (
        select(
            CohortSession.cohort_id,
            func.min(CohortSession.day).label("first"),
            func.max(CohortSession.day).label("last"),
        )
        .group_by(CohortSession.cohort_id)
        .subquery()
    )
    people = (
        select(func.count())
        .where(Enrolment.cohort_id == Cohort.id, Enrolment.withdrawn_at.is_(None))
        .correlate(Cohort)
        .scalar_subquery()
    )
    return (
        select(Cohort.id, Cohort.name, Cohort.archived_at, CourseVersion.title, CourseVersion.number)
        .add_columns(dates.c.first, dates.c.last, people.label("people"))
        .join(CourseVersion, CourseVersion.id == Cohort.version_id)
        .outerjoin(dates, dates.c.cohort_id == Cohort.id)
        .where(trains(viewer), _called(search), _in_state(state, dates.c.first, dates.c.last, today))
        .order_by(Cohort.archived_at.is_not(None), dates.c.first.desc().nulls_last(), Cohort.id.desc())
        .limit(MOST_ROWS + 1)
    )


def _called(search: str) -> ColumnElement[bool]:
    wanted = search.replace("\0", "").strip()[:200]
    if not wanted:
        return true()
    return or_(Cohort.name.icontains(wanted, autoescape=True), CourseVersion.title.icontains(wanted, autoescape=True))


def _in_state(
    state: State | None, first: ColumnElement[date], last: ColumnElement[date], today: date
) -> ColumnElement[bool]:
    match state:
        case None:
            return true()
        case "archived":
            return Cohort.archived_at.is_not(None)
        case "coming":
            return and_(Cohort.archived_at.is_(None), or_(first.is_(None), first > today))
        case "running":
            return and_(Cohort.archived_at.is_(None), first <= today, last >= today)
        case "finished":
            return and_(Cohort.archived_at.is_(None), last < today)


def _trainer_names(db: Session, cohort_ids: Iterable[int]) -> dict[int, tuple[str, ...]]:
    named: dict[int, tuple[str, ...]] = {}
    rows = (
        select(CohortTrainer.cohort_id, Person.display_name)
        .join(Person, Person.id == CohortTrainer.person_id)
        .where(CohortTrainer.cohort_id.in_(cohort_ids))
        .order_by(Person.display_name, Person.id)
    )
    for cohort_id, name in db.execute(rows):
        named[cohort_id] = (*named.get(cohort_id, ()), name)
    return named
