"""Who is through, by department and course: a heat map out of counts, and the same figures as a table."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from app.accounts.departments import at_or_below
from app.records.desk_offers import Offered, children_of, departments_meant
from app.records.filters import NOWHERE
from app.records.models import ProgressCount, ProgressTotal
from app.records.months import Span, month_of
from app.records.totals import ALL_COURSES, ALL_DEPARTMENTS, ALL_MONTHS

WARMTH = (45, 60, 75, 90)
"""From how many percent on a cell is one step darker."""


@dataclass(frozen=True)
class Share:
    """How many of some enrolments are completed. Withdrawn ones are not among them."""

    completed: int = 0
    enrolled: int = 0

    @property
    def not_through(self) -> int:
        return self.enrolled - self.completed

    @property
    def percent(self) -> int | None:
        """Rounded down, so that 100 means everybody. None where nobody is enrolled."""
        return 100 * self.completed // self.enrolled if self.enrolled else None

    @property
    def heat(self) -> int:
        """1 to 5; 0 where there is nothing."""
        return 0 if self.percent is None else 1 + sum(self.percent >= least for least in WARMTH)

    def __add__(self, other: Share) -> Share:
        return Share(self.completed + other.completed, self.enrolled + other.enrolled)


NOTHING = Share()


@dataclass(frozen=True)
class OverviewRow:
    """A department with all below it; or, `direct`, only the people who are right in it."""

    department: int
    name: str
    direct: bool
    leads_on: bool
    """Whether there are departments inside it."""
    cells: tuple[Share, ...]
    """By course."""
    total: Share


@dataclass(frozen=True)
class Overview:
    """The departments inside one, or those at the top, by the courses that anybody takes there."""

    courses: tuple[tuple[int, str], ...]
    rows: tuple[OverviewRow, ...]
    totals: tuple[Share, ...]
    total: Share


def overview_for(db: Session, offered: Offered, department: int | None, months: Span | None) -> Overview:
    """The overview of a department, in one statement. `months`: whole months of the day in the list, or all."""
    counts = _counts(db, departments_meant(offered, department), months)
    courses = tuple(
        (key, title) for key, title in offered.courses.items() if any(key == course for course, _ in counts)
    )
    rows = [row for row in _rows(offered, department, counts, courses) if row.total.enrolled or not row.direct]
    totals = tuple(_added(row.cells[number] for row in rows) for number in range(len(courses)))
    return Overview(courses, tuple(rows), totals, _added(totals))


def _rows(
    offered: Offered,
    department: int | None,
    counts: Mapping[tuple[int, int], Share],
    courses: Iterable[tuple[int, str]],
) -> Iterable[OverviewRow]:
    def row(key: int, name: str, inside: set[int], *, direct: bool = False, leads_on: bool = False) -> OverviewRow:
        cells = tuple(_added(counts.get((course, each), NOTHING) for each in inside) for course, _ in courses)
        return OverviewRow(key, name, direct, leads_on, cells, _added(cells))

    tree = offered.departments
    parents = {each.parent_id for each in tree}
    for each in children_of(tree, department):
        yield row(each.id, each.name, at_or_below(tree, each.id), leads_on=each.id in parents)
    own = NOWHERE if department is None else department
    yield row(own, "", {own}, direct=True)


def _counts(db: Session, departments: frozenset[int] | None, months: Span | None) -> dict[tuple[int, int], Share]:
    """Course and department → enrolments and completed ones."""
    table = ProgressTotal if months is None else ProgressCount
    rows = select(table.course_id, table.department_id, table.outcome, func.sum(table.enrolments))
    if months is None:
        rows = rows.where(table.month == ALL_MONTHS, table.course_id != ALL_COURSES)
        rows = rows.where(table.department_id != ALL_DEPARTMENTS)
    else:
        rows = rows.where(table.month.between(month_of(months.first), month_of(months.last)))
    if departments is not None:
        rows = rows.where(table.department_id.in_(departments))
    rows = rows.where(table.outcome != "withdrawn").group_by(table.course_id, table.department_id, table.outcome)
    completed: Counter[tuple[int, int]] = Counter()
    enrolled: Counter[tuple[int, int]] = Counter()
    for course, department, outcome, count in db.execute(rows):
        enrolled[course, department] += int(count)
        completed[course, department] += int(count) if outcome == "completed" else 0
    return {key: Share(completed[key], count) for key, count in enrolled.items()}


def _added(shares: Iterable[Share]) -> Share:
    found = list(shares)
    return Share(sum(each.completed for each in found), sum(each.enrolled for each in found))
