"""Who is through, by department and course: a heat map out of counts, and the same figures as a table."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from sqlalchemy import Subquery, func, literal, select, union_all
from sqlalchemy.orm import Session

from app.accounts.models import Department
from app.records.desk_offers import Offered, children_of
from app.records.filters import NOWHERE
from app.records.models import ProgressCount, ProgressTotal
from app.records.months import Span, month_of
from app.records.totals import ALL_COURSES, ALL_MONTHS

WARMTH = (45, 60, 75, 90)
"""From how many percent on a cell is one step darker."""

RIGHT_IN_IT = 0
"""In place of a department: the people of the chosen one who are in none below it."""


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
    counts = _counts(db, department, months)
    taken = {course for course, _ in counts}
    courses = tuple((key, title) for key, title in offered.courses.items() if key in taken)
    rows = [row for row in _rows(offered, department, counts, courses) if row.total.enrolled or not row.direct]
    totals = tuple(_added(row.cells[number] for row in rows) for number in range(len(courses)))
    return Overview(courses, tuple(rows), totals, _added(totals))


def _rows(
    offered: Offered,
    department: int | None,
    counts: Mapping[tuple[int, int], Share],
    courses: Iterable[tuple[int, str]],
) -> Iterable[OverviewRow]:
    def row(key: int, name: str, place: int, *, direct: bool = False, leads_on: bool = False) -> OverviewRow:
        cells = tuple(counts.get((course, place), NOTHING) for course, _ in courses)
        return OverviewRow(key, name, direct, leads_on, cells, _added(cells))

    for each in children_of(offered.departments, department):
        yield row(each.id, each.name, each.id, leads_on=each.id in offered.named.inner)
    yield row(NOWHERE if department is None else department, "", RIGHT_IN_IT, direct=True)


def _counts(db: Session, department: int | None, months: Span | None) -> dict[tuple[int, int], Share]:
    """Course and row (a department with all below it, or RIGHT_IN_IT) → enrolments and completed ones.

    The database adds up, so that hundreds of departments by tens of courses are not carried here first.
    """
    table, rows_of = ProgressTotal if months is None else ProgressCount, _rows_of(department)
    wanted = (
        select(table.course_id, rows_of.c.row, table.outcome, func.sum(table.enrolments))
        .join(rows_of, rows_of.c.id == table.department_id)
        .where(table.outcome != "withdrawn")
        .group_by(table.course_id, rows_of.c.row, table.outcome)
    )
    if months is None:
        wanted = wanted.where(table.month == ALL_MONTHS, table.course_id != ALL_COURSES)
    else:
        wanted = wanted.where(table.month.between(month_of(months.first), month_of(months.last)))
    completed: Counter[tuple[int, int]] = Counter()
    enrolled: Counter[tuple[int, int]] = Counter()
    for course, row, outcome, count in db.execute(wanted):
        enrolled[course, row] += int(count)
        completed[course, row] += int(count) if outcome == "completed" else 0
    return {key: Share(completed[key], count) for key, count in enrolled.items()}


def _rows_of(department: int | None) -> Subquery:
    """In which row of the overview each department counts."""
    top = select(Department.id.label("row"), Department.id).where(Department.parent_id == department)
    inside = top.cte("inside", recursive=True)
    inside = inside.union_all(select(inside.c.row, Department.id).join(inside, Department.parent_id == inside.c.id))
    own = select(literal(RIGHT_IN_IT), literal(NOWHERE if department is None else department))
    return union_all(select(inside), own).subquery()


def _added(shares: Iterable[Share]) -> Share:
    found = list(shares)
    return Share(sum(each.completed for each in found), sum(each.enrolled for each in found))
