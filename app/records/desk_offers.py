"""What the filters of HR's pages offer: courses, cohorts, departments."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache

from markupsafe import Markup
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.accounts.departments import DepartmentNode, DepartmentRow, at_or_below, department_nodes, tree_of
from app.catalogue.models import CourseVersion
from app.cohorts.models import Cohort
from app.errors import NotFound
from app.records.filters import NOWHERE, Known, Wanted
from app.web.forms import read_id
from app.web.guards import NOTHING_HERE
from app.web.viewing import Viewer

MOST_COHORTS = 100


@dataclass(frozen=True, eq=False)
class Departments:
    """All departments as every page of the desk needs them: made once, and again when one of them changes."""

    tree: tuple[DepartmentRow, ...]
    paths: Mapping[int, str]
    options: Markup
    """For a list to choose from, with none chosen."""
    inner: frozenset[int]
    """Those with others inside."""

    def options_with(self, chosen: int | None) -> Markup:
        """The same with one of them chosen."""
        plain, picked = Markup('value="{}">'), Markup('value="{}" selected>')
        return self.options.replace(plain.format(chosen), picked.format(chosen), 1)


@dataclass(frozen=True)
class Offered:
    """The choices of a filter, each with its name."""

    courses: Mapping[int, str]
    """By title."""
    named: Departments
    asked_cohort: tuple[int, str] | None = None
    """The one that the address names, where it is there."""

    @property
    def departments(self) -> tuple[DepartmentRow, ...]:
        return self.named.tree

    @property
    def known(self) -> Known:
        cohorts = {self.asked_cohort[0]} if self.asked_cohort else set()
        return Known(self.courses.keys(), cohorts, self.paths.keys())

    @property
    def paths(self) -> Mapping[int, str]:
        return self.named.paths


def offered(db: Session, viewer: Viewer, *, cohort: str = "") -> Offered:
    """What HR may choose from. `cohort`: as the address names one. Two statements, and one for the cohort."""
    refuse_others(viewer)
    titles = select(CourseVersion.course_id, CourseVersion.title).order_by(CourseVersion.number)
    newest = dict(db.execute(titles).all())  # the last one stays
    courses = dict(sorted(newest.items(), key=lambda each: each[1]))
    asked = read_id(cohort)
    named = None if asked is None else db.scalar(select(Cohort.name).where(Cohort.id == asked))
    asked_cohort = None if asked is None or named is None else (asked, named)
    return Offered(courses, _named(department_nodes(db)), asked_cohort)


@lru_cache(maxsize=8)
def _named(nodes: tuple[DepartmentNode, ...]) -> Departments:
    tree = tree_of(nodes)
    option = Markup('<option value="{}">{}</option>\n')
    return Departments(
        tree,
        paths={row.id: row.path for row in tree},
        options=Markup("").join(option.format(row.id, row.path) for row in tree),
        inner=frozenset(row.parent_id for row in tree if row.parent_id is not None),
    )


def newest_cohorts(db: Session, wanted: Wanted, offered: Offered) -> dict[int, str]:
    """The newest cohorts, of the course where one is chosen, and the one that is asked for. One statement."""
    rows = select(Cohort.id, Cohort.name).order_by(Cohort.id.desc()).limit(MOST_COHORTS)
    if wanted.course is not None:
        rows = rows.where(
            Cohort.version_id.in_(select(CourseVersion.id).where(CourseVersion.course_id == wanted.course))
        )
    asked = (offered.asked_cohort,) if offered.asked_cohort else ()
    return dict(asked) | dict(db.execute(rows).all())


def departments_meant(offered: Offered, department: int | None, *, direct: bool = False) -> frozenset[int] | None:
    """The departments that a choice reaches; None for all."""
    if department is None:
        return None
    return frozenset({department} if direct or department == NOWHERE else at_or_below(offered.departments, department))


def children_of(tree: tuple[DepartmentRow, ...], department: int | None) -> tuple[DepartmentRow, ...]:
    """The departments right below one, or those at the top."""
    return tuple(row for row in tree if row.parent_id == department)


def way_to(tree: tuple[DepartmentRow, ...], department: int | None) -> tuple[DepartmentRow, ...]:
    """A department and those above it, from the top down."""
    rows = {row.id: row for row in tree}
    way: list[DepartmentRow] = []
    while department is not None and department in rows:
        way.append(rows[department])
        department = rows[department].parent_id
    return tuple(reversed(way))


def refuse_others(viewer: Viewer) -> None:
    """Raise NotFound for whoever is not HR."""
    if not viewer.has_any("HR"):
        raise NotFound(NOTHING_HERE)
