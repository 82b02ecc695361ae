"""Training hours of a year, by person and by department, out of the minutes that people attended."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from fractions import Fraction
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, Select, func, literal, select, tuple_
from sqlalchemy.orm import Session

from app.accounts.departments import at_or_below
from app.accounts.models import Person
from app.records.desk_offers import Offered, children_of, departments_meant
from app.records.desk_queries import PER_PAGE, people_named
from app.records.filters import NOWHERE
from app.records.models import TrainingTime
from app.web.forms import read_id

HOUR = 60
DENSE = 20
"""Where the departments hold one in so many people, walking by hours meets enough of theirs."""


@dataclass(frozen=True)
class HoursWanted:
    """Which people a list of hours is about, and from which end it begins."""

    year: int
    department: int | None = None
    direct: bool = False
    under: int | None = None
    """Only people with fewer hours than these."""
    text: str = ""
    least_first: bool = False

    @property
    def is_narrowed(self) -> bool:
        return self != HoursWanted(self.year)

    def in_address(self) -> dict[str, str]:
        """The part of an address that says the same."""
        said = {
            "year": str(self.year),
            "department": "" if self.department is None else str(self.department),
            "direct": "1" if self.direct and self.department else "",
            "under": "" if self.under is None else str(self.under),
            "q": self.text,
            "order": "least" if self.least_first else "",
        }
        return {name: value for name, value in said.items() if value}


class HoursPlace(NamedTuple):
    """Where a person stands in the list."""

    minutes: int
    person_id: int


@dataclass(frozen=True, slots=True)
class PersonHours:
    """One line of the list."""

    person_id: int
    display_name: str
    number: str
    department: str
    minutes: int


@dataclass(frozen=True)
class DepartmentHours:
    """The people of a department who attended anything, with all below it or, `direct`, without."""

    department: int
    name: str
    direct: bool
    leads_on: bool
    people: int
    minutes: int

    @property
    def average(self) -> Fraction:
        """Minutes a person."""
        return Fraction(self.minutes, self.people) if self.people else Fraction(0)


@dataclass(frozen=True)
class HoursPage:
    """A page of the list, with the sums of its year and department."""

    people: tuple[PersonHours, ...]
    total: int
    departments: tuple[DepartmentHours, ...]
    whole: DepartmentHours
    after: HoursPlace | None
    before: HoursPlace | None
    too_many: bool
    """The name fits more people than are looked at."""


def years_with_hours(db: Session, today: date) -> tuple[int, ...]:
    """The years to choose from, the newest first. One statement."""
    ends = (select(func.min(TrainingTime.year)), select(func.max(TrainingTime.year)))
    first, last = db.execute(select(*(each.scalar_subquery() for each in ends))).one()
    years = [year for year in (first, last, today.year) if year]
    return tuple(range(max(years), min(years) - 1, -1))


def read_place(typed: str) -> HoursPlace | None:
    """A place as an address holds it."""
    minutes, _, person = typed.partition(".")
    first, second = read_id(minutes), read_id(person)
    return None if first is None or second is None else HoursPlace(first, second)


def hours_page(
    db: Session, wanted: HoursWanted, offered: Offered, *, after: HoursPlace | None, before: HoursPlace | None
) -> HoursPage:
    """A page of the list, in a number of statements that does not depend on the rows."""
    sums = _sums(db, wanted)
    departments = departments_meant(offered, wanted.department, direct=wanted.direct)
    meant = {each: sums[each] for each in sums if departments is None or each in departments}
    people, too_many = people_named(db, wanted.text) if wanted.text else (None, False)
    conditions = _conditions(wanted, departments, people)
    total = sum(each.under for each in meant.values()) if people is None else _count(db, conditions)
    dense = DENSE * sum(each.people for each in meant.values()) > sum(each.people for each in sums.values())
    if people is None and departments is not None and dense:
        conditions = _conditions(wanted, departments, people, walked=True)
    lines, on, back = _turn(db, wanted, conditions, offered.paths, after=after, before=before)
    whole = _department(NOWHERE, "", meant)
    return HoursPage(lines, total, tuple(_departments(wanted, offered, sums)), whole, on, back, too_many)


def department_hours(db: Session, wanted: HoursWanted, offered: Offered) -> tuple[DepartmentHours, ...]:
    """The departments inside the chosen one, or those at the top. One statement."""
    return tuple(_departments(wanted, offered, _sums(db, wanted)))


def every_person(db: Session, wanted: HoursWanted, offered: Offered) -> Iterator[PersonHours]:
    """All lines of the list in its order."""
    departments = departments_meant(offered, wanted.department, direct=wanted.direct)
    people = people_named(db, wanted.text)[0] if wanted.text else None
    rows = _rows(_conditions(wanted, departments, people), least_first=wanted.least_first)
    paths = offered.paths
    for part in db.execute(rows.execution_options(yield_per=1000)).partitions():
        yield from _lines(part, paths)


class _Sum(NamedTuple):
    people: int
    minutes: int
    under: int
    """How many of the people have fewer hours than asked."""


def _sums(db: Session, wanted: HoursWanted) -> dict[int, _Sum]:
    """Department (NOWHERE: none) → what its people attended in the year."""
    time = TrainingTime
    few = func.count() if wanted.under is None else func.count().filter(time.minutes < HOUR * wanted.under)
    rows = select(time.department_id, func.count(), func.sum(time.minutes), few).where(time.year == wanted.year)
    found = db.execute(rows.where(time.minutes > 0).group_by(time.department_id))
    return {department or NOWHERE: _Sum(people, int(minutes), under) for department, people, minutes, under in found}


def _departments(wanted: HoursWanted, offered: Offered, sums: Mapping[int, _Sum]) -> Iterator[DepartmentHours]:
    tree, inside = offered.departments, wanted.department
    if inside != NOWHERE and not wanted.direct:
        for each in children_of(tree, inside):
            below = {key: sums[key] for key in at_or_below(tree, each.id) if key in sums}
            yield _department(each.id, each.name, below, leads_on=each.id in offered.named.inner)
    own = NOWHERE if inside is None else inside
    if own in sums:
        yield _department(own, "", {own: sums[own]}, direct=True)


def _department(
    key: int, name: str, sums: Mapping[int, _Sum], *, direct: bool = False, leads_on: bool = False
) -> DepartmentHours:
    people, minutes = sum(each.people for each in sums.values()), sum(each.minutes for each in sums.values())
    return DepartmentHours(key, name, direct, leads_on, people, minutes)


def _conditions(
    wanted: HoursWanted, departments: frozenset[int] | None, people: frozenset[int] | None, *, walked: bool = False
) -> list[ColumnElement[bool]]:
    """`walked`: offers no index by department, since going along the hours meets enough people."""
    year = TrainingTime.year if people is None else TrainingTime.year + 0  # those of a few people are read by person
    found = [year == wanted.year, TrainingTime.minutes > 0]
    if wanted.under is not None:
        found.append(TrainingTime.minutes < HOUR * wanted.under)
    if departments is not None and NOWHERE in departments:
        found.append(TrainingTime.department_id.is_(None))
    elif departments is not None:
        column = TrainingTime.department_id + 0 if walked else TrainingTime.department_id
        found.append(column.in_(departments))
    if people is not None:
        found.append(TrainingTime.person_id.in_(people))
    return found


def _count(db: Session, conditions: Iterable[ColumnElement[bool]]) -> int:
    return db.scalar(select(func.count()).select_from(TrainingTime).where(*conditions)) or 0


def _rows(conditions: Iterable[ColumnElement[bool]], *, least_first: bool) -> Select[*tuple[Any, ...]]:
    order = [
        column.asc() if least_first else column.desc() for column in (TrainingTime.minutes, TrainingTime.person_id)
    ]
    return (
        select(
            TrainingTime.person_id, Person.display_name, Person.number, TrainingTime.department_id, TrainingTime.minutes
        )
        .join(Person, Person.id == TrainingTime.person_id)
        .where(*conditions)
        .order_by(*order)
    )


def _turn(
    db: Session,
    wanted: HoursWanted,
    conditions: list[ColumnElement[bool]],
    paths: Mapping[int, str],
    *,
    after: HoursPlace | None,
    before: HoursPlace | None,
) -> tuple[tuple[PersonHours, ...], HoursPlace | None, HoursPlace | None]:
    """A page, and the places behind and before which the next ones are."""
    place, back = (before, True) if before else (after, False)
    upwards = wanted.least_first != back
    beyond = [] if place is None else [_beyond(place, upwards=upwards)]
    rows = db.execute(_rows([*conditions, *beyond], least_first=upwards).limit(PER_PAGE + 1)).all()
    more, shown = len(rows) > PER_PAGE, tuple(_lines(rows[:PER_PAGE], paths))
    if back:
        shown = tuple(reversed(shown))
    if not shown:
        return shown, None, None
    ends = [HoursPlace(each.minutes, each.person_id) for each in (shown[0], shown[-1])]
    return shown, ends[1] if more or back else None, ends[0] if (more if back else place) else None


def _beyond(place: HoursPlace, *, upwards: bool) -> ColumnElement[bool]:
    columns = tuple_(TrainingTime.minutes, TrainingTime.person_id)
    here = tuple_(literal(place.minutes), literal(place.person_id))
    return columns > here if upwards else columns < here


def _lines(rows: Sequence[Any], paths: Mapping[int, str]) -> Iterator[PersonHours]:
    for person_id, name, number, department, minutes in rows:
        yield PersonHours(person_id, name, number, paths.get(department, ""), minutes)
