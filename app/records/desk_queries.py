"""HR's list of enrolments: how many there are, and one page of them, whatever the filter and however many rows.

Totals come out of counts kept by month; only months that a range cuts are counted row by row. The counts also tell
how far to look for a page, so that a rare combination costs no more than a common one.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from sqlalchemy import ColumnElement, Date, Integer, and_, column, func, literal, or_, select, tuple_, union_all
from sqlalchemy.orm import InstrumentedAttribute, Session

from app.accounts.models import Person
from app.records.filters import NOWHERE, Facts, Place, Turned, Wanted, belongs, outcomes_of
from app.records.models import Progress, ProgressCount, ProgressTotal
from app.records.months import EARLIEST, LATEST, Span, month_of, span_of, split, windows
from app.records.totals import ALL_COURSES, ALL_DEPARTMENTS

PER_PAGE = 50
MOST_PEOPLE = 200
"""People whom a name may mean; there are more only where it was hardly begun."""
Condition = ColumnElement[bool]
_ORDER = (Progress.dated_on, Progress.enrolment_id)
_COLUMNS = (column("dated_on", Date), column("enrolment_id", Integer))
"""The same by their names alone."""


@dataclass(frozen=True)
class Chosen:
    """A filter with what it means on a day: the departments it reaches, and the people that its text may name."""

    wanted: Wanted
    departments: frozenset[int] | None
    """None: all of them. NOWHERE stands for none."""
    today: date
    people: frozenset[int] | None = None
    """None: the text is empty."""

    @property
    def reach(self) -> Span:
        """The days that its rows can have."""
        match self.wanted.state:
            case "running":
                return self.wanted.span.within(Span(self.today, LATEST))
            case "not_completed":
                return self.wanted.span.within(Span(EARLIEST, self.today - timedelta(days=1)))
            case _:
                return self.wanted.span

    @property
    def is_small(self) -> bool:
        """Whether its rows are best all read: those of a cohort or of a few people."""
        return self.people is not None or self.wanted.cohort is not None


@dataclass(frozen=True)
class Found:
    """One page of places, the newest first, and how many there are in all."""

    places: tuple[Place, ...]
    total: int
    older: Place | None
    """Behind which the next page begins; None on the last one."""
    newer: Place | None
    """Before which the page before this one ends; None on the first one."""


def people_named(db: Session, text: str) -> tuple[frozenset[int], bool]:
    """Whom a text may mean, at most MOST_PEOPLE, and whether there are more. One or two statements.

    By what their number or name begins with; where nobody's does, by what stands anywhere in the name.
    """
    beginnings = tuple(dict.fromkeys((text, text.upper(), text.lower(), text.title())))
    begins = _begins_with_on_postgresql if db.connection().dialect.name == "postgresql" else _begins_with
    columns = (Person.number, Person.display_name)
    begun = or_(*(begins(column, each) for column in columns for each in beginnings))
    inside = Person.display_name.icontains(text, autoescape=True)
    found: Sequence[int] = ()
    for named in (begun, inside):
        found = found or db.scalars(select(Person.id).where(named).limit(MOST_PEOPLE + 1)).all()
    return frozenset(found[:MOST_PEOPLE]), len(found) > MOST_PEOPLE


def find_page(db: Session, chosen: Chosen, turned: Turned) -> Found:
    """A page of the list, in a number of statements that does not depend on the rows."""
    if chosen.is_small:
        places = small_places(db, chosen)
        return _turn(places, len(places), turned)
    counts = counts_by_month(db, chosen)
    total = _total(db, chosen, counts)
    places = tuple(_walk(db, chosen, counts, turned)) if total else ()
    return _turn(places, total, turned)


def small_places(db: Session, chosen: Chosen) -> tuple[Place, ...]:
    """All places of a cohort or of some people, the newest first. One statement."""
    rows = select(*(getattr(Progress, name) for name in Facts._fields))
    if chosen.people is not None:
        rows = rows.where(Progress.person_id.in_(chosen.people))
    else:
        rows = rows.where(Progress.cohort_id == chosen.wanted.cohort)
    facts = (Facts(*row) for row in db.execute(rows))
    found = (each for each in facts if belongs(each, chosen.wanted, chosen.departments, chosen.today))
    return tuple(sorted((Place(each.dated_on, each.enrolment_id) for each in found), reverse=True))


def counts_by_month(db: Session, chosen: Chosen) -> dict[int, int]:
    """Month → how many rows there are with the course, departments and outcomes of a filter. One statement."""
    wanted, departments = chosen.wanted, chosen.departments
    table = ProgressTotal if wanted.course is None or departments is None else ProgressCount
    inside = table.department_id == ALL_DEPARTMENTS if departments is None else table.department_id.in_(departments)
    rows = (
        select(table.month, func.sum(table.enrolments))
        .where(table.course_id == (ALL_COURSES if wanted.course is None else wanted.course), inside)
        .where(table.outcome.in_(outcomes_of(wanted.state)))
        .where(table.month.between(month_of(wanted.span.first), month_of(wanted.span.last)))
        .group_by(table.month)
    )
    return {month: int(count) for month, count in db.execute(rows)}


def rows_within(chosen: Chosen, span: Span) -> Condition:
    """The rows of a filter whose day lies within a span; for a filter that is not small."""
    return or_(*(and_(*conditions) for conditions in _branches(chosen, span)))


def _total(db: Session, chosen: Chosen, counts: dict[int, int]) -> int:
    match chosen.wanted.state:
        case "running" | "coming":
            return _count(db, rows_within(chosen, chosen.reach))
        case "not_completed":
            open_ = _counted(db, chosen, counts)
            return open_ - _count(db, and_(*_undated(chosen, chosen.reach))) if open_ else 0
        case _:
            return _counted(db, chosen, counts)


def _counted(db: Session, chosen: Chosen, counts: dict[int, int]) -> int:
    """How many rows with the outcomes of a filter there are."""
    whole, cut = split(chosen.reach)
    kept = sum(count for month, count in counts.items() if whole.first <= span_of(month).first <= whole.last)
    outcomes = Progress.outcome.in_(outcomes_of(chosen.wanted.state))
    parts = [and_(*_filter(chosen), outcomes, _within(part)) for part in cut if month_of(part.first) in counts]
    return kept + sum(_count(db, part) for part in parts)


def _count(db: Session, condition: Condition) -> int:
    return db.scalar(select(func.count()).select_from(Progress).where(condition)) or 0


def _walk(db: Session, chosen: Chosen, counts: dict[int, int], turned: Turned) -> Iterator[Place]:
    """Places from where a page begins, one more than it holds, in the order of looking."""
    reach, beyond = chosen.reach, None
    if turned.place:
        day = turned.place.dated_on
        reach = reach.within(Span(day, LATEST) if turned.back else Span(EARLIEST, day))
        here = tuple_(literal(day), literal(turned.place.enrolment_id))
        beyond = tuple_(*_ORDER) > here if turned.back else tuple_(*_ORDER) < here
    left = PER_PAGE + 1
    parts = windows(counts, reach, wanted=left, newest_first=not turned.back)
    for span in parts if chosen.departments is not None else (reach,):
        rows = _places(db, chosen, span, beyond=beyond, limit=left, newest_first=not turned.back)
        yield from rows
        left -= len(rows)
        if not left:
            return


def _places(
    db: Session, chosen: Chosen, span: Span, *, beyond: Condition | None, limit: int, newest_first: bool
) -> Sequence[Place]:
    """The first places within a span. Each outcome is walked along an index of its own, then they are merged."""
    further = () if beyond is None else (beyond,)
    order = [column.desc() if newest_first else column.asc() for column in _ORDER]
    parts = [
        select(*_ORDER).where(*conditions, *further).order_by(*order).limit(limit)
        for conditions in _branches(chosen, span)
    ]
    if len(parts) == 1:
        return [Place(*row) for row in db.execute(parts[0])]
    together = union_all(*(select(*_COLUMNS).select_from(part.subquery()) for part in parts))
    order = [column.desc() if newest_first else column.asc() for column in _COLUMNS]
    return [Place(*row) for row in db.execute(together.order_by(*order).limit(limit))]


def _turn(places: Sequence[Place], total: int, turned: Turned) -> Found:
    """The page out of all places, or out of those from where it begins and one more."""
    if turned.back and turned.place:
        found = sorted(place for place in places if place > turned.place)
        page = tuple(reversed(found[:PER_PAGE]))
        return Found(page, total, page[-1] if page else None, page[0] if len(found) > PER_PAGE else None)
    found = [place for place in places if not turned.place or place < turned.place]
    page = tuple(found[:PER_PAGE])
    newer = page[0] if page and turned.place else None
    return Found(page, total, page[-1] if len(found) > PER_PAGE else None, newer)


def _branches(chosen: Chosen, span: Span) -> list[list[Condition]]:
    """The conditions of the filter's rows within a span, apart by outcome, as the indexes are."""
    common, today, state = _filter(chosen), chosen.today, chosen.wanted.state
    open_ = Progress.outcome == "open"
    match state:
        case "running" | "not_completed":
            return [[*common, open_, Progress.starts_on <= today, _within(span.within(chosen.reach))]]
        case "coming":
            dated = [open_, Progress.starts_on > today, _within(span.within(Span(today, LATEST)))]
            return [[*common, *dated], _undated(chosen, span)]
        case _:
            return [[*common, Progress.outcome == outcome, _within(span)] for outcome in outcomes_of(state)]


def _filter(chosen: Chosen, *, indexed: bool = True) -> list[Condition]:
    """Course and departments. With both, only the index by department is offered: its rows hold the course as well."""
    course, departments = chosen.wanted.course, chosen.departments
    found: list[Condition] = []
    if course is not None:
        by_index = indexed and departments is None
        found.append((Progress.course_id if by_index else Progress.course_id + 0) == course)
    if departments is not None:
        inside = Progress.department_id if indexed else Progress.department_id + 0
        found.append(inside.is_(None) if NOWHERE in departments else inside.in_(departments))
    return found


def _undated(chosen: Chosen, span: Span) -> list[Condition]:
    """The open rows without dates, by the index that has nothing else: no other one is offered."""
    open_ = Progress.outcome + "" == "open"
    return [*_filter(chosen, indexed=False), open_, Progress.starts_on.is_(None), _within(span)]


def _within(span: Span) -> Condition:
    return Progress.dated_on.between(span.first, span.last)


def _begins_with(column: InstrumentedAttribute[str], text: str) -> Condition:
    """In the order of code points, which SQLite's index has."""
    return and_(column >= text, column < text + chr(0x10FFFF))


def _begins_with_on_postgresql(column: InstrumentedAttribute[str], text: str) -> Condition:
    return column.startswith(text, autoescape=True)
