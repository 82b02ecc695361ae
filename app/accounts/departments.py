"""The departments of the organisation: a tree, its queries, and how it is changed."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from functools import lru_cache

from sqlalchemy import exists, func, select
from sqlalchemy.orm import Session

from app.accounts.actions import record, refuse_unless_admin
from app.accounts.models import Department, Person
from app.db import one_at_a_time
from app.errors import Mistyped, NotFound, UserError
from app.web.forms import read_id
from app.web.guards import NOTHING_HERE
from app.web.viewing import Viewer
from app.words import say

DEEPEST = 10
LONGEST = 200
SEPARATOR = " / "
_BETWEEN = re.compile(r"[/／>＞\\]")
"""What people type between the names of a path; so no name contains one."""
_TURN = "departments"


DepartmentNode = tuple[int, str, int | None]
"""A department with its name and the one above it."""


@dataclass(frozen=True)
class DepartmentRow:
    """A department in its place in the tree."""

    id: int
    name: str
    path: str
    depth: int
    """0 at the top."""
    parent_id: int | None
    people: int
    """Who work in it or below it."""
    empty: bool
    """Nobody and nothing is in it, so it can be removed."""


def department_tree(db: Session, *, counted: bool = True) -> tuple[DepartmentRow, ...]:
    """All departments, each followed by those below it, in two statements; in one where people are not counted."""
    nodes = department_nodes(db)
    return _tree_of(nodes, _people_in_each(db)) if counted else tree_of(nodes)


def department_nodes(db: Session) -> tuple[DepartmentNode, ...]:
    """All departments by name. One statement."""
    columns = select(Department.id, Department.name, Department.parent_id)
    rows = db.execute(columns.order_by(Department.name, Department.id))
    return tuple((key, name, parent_id) for key, name, parent_id in rows)


@lru_cache(maxsize=8)
def tree_of(nodes: tuple[DepartmentNode, ...]) -> tuple[DepartmentRow, ...]:
    """The tree without counts, kept in memory until a department changes."""
    return _tree_of(nodes, None)


def _tree_of(nodes: Iterable[DepartmentNode], people: Mapping[int, int] | None) -> tuple[DepartmentRow, ...]:
    counted, own = people is not None, people or {}
    below: dict[int | None, list[DepartmentNode]] = {}
    for node in nodes:
        below.setdefault(node[2], []).append(node)
    total = dict(own)
    found: list[DepartmentRow] = []

    def add(parent: int | None, above: str, depth: int) -> None:
        for key, name, parent_id in below.get(parent, ()):
            place, path = len(found), f"{above}{name}"
            row = DepartmentRow(key, name, path, depth, parent_id, 0, empty=key not in own and key not in below)
            found.append(row)
            add(key, f"{path}{SEPARATOR}", depth + 1)  # nothing is deeper than DEEPEST
            if counted:
                found[place] = replace(row, people=total.get(key, 0))
                if parent_id is not None:
                    total[parent_id] = total.get(parent_id, 0) + total.get(key, 0)

    add(None, "", 0)
    return tuple(found)


def department_in(tree: Iterable[DepartmentRow], viewer: Viewer, department_id: int) -> DepartmentRow:
    """One department of the tree, for whoever may change it. Raises NotFound."""
    found = next((row for row in tree if row.id == department_id), None)
    if found is None or not viewer.has_any("admin"):
        raise NotFound(NOTHING_HERE)
    return found


def at_or_below(tree: Iterable[DepartmentRow], department_id: int) -> set[int]:
    """The ids of a department and of all below it."""
    found = {department_id}
    for row in tree:  # in the order of the tree a department stands before those below it
        if row.parent_id in found:
            found.add(row.id)
    return found


def outside(tree: Iterable[DepartmentRow], department_id: int) -> tuple[DepartmentRow, ...]:
    """The departments that one can be moved into: all but itself and those below it."""
    rows = tuple(tree)
    inside = at_or_below(rows, department_id)
    return tuple(row for row in rows if row.id not in inside)


def department_typed(db: Session, field: str, typed: str) -> Department | None:
    """The department whose id a field holds; None where it is empty. Raises Mistyped."""
    if not typed:
        return None
    key = read_id(typed)
    found = None if key is None else db.get(Department, key)
    if found is None:
        raise Mistyped(field, say("This department is no longer there. Choose another one."))
    return found


def add_department(db: Session, name: str, parent: Department | None, *, by: int | None, now: datetime) -> Department:
    """Make a department. Raises UserError for a name that is taken beside it, and for a tree too deep."""
    refuse_unless_admin(db, by)
    one_at_a_time(db, _TURN)
    nodes, name = _all(db), _clean(name)
    above = len(_way_to(nodes, parent.id)) if parent else 0
    _refuse_too_deep(above + 1)
    _refuse_name(nodes, name, parent_id=parent.id if parent else None)
    department = Department(name=name, parent_id=parent.id if parent else None)
    db.add(department)
    db.flush()
    record(db, "department-added", Department, object_id=department.id, by=by, now=now)
    return department


def find_or_add_department(db: Session, path: str, *, by: int | None, now: datetime) -> Department:
    """The department of a path; what is missing of the path is made."""
    found: Department | None = None
    names = path_names(path)
    if not names:
        raise Mistyped("name", _NO_NAME)
    for name in names:
        found = _inside(db, found, name) or add_department(db, name, found, by=by, now=now)
    assert found is not None  # noqa: S101 -- a path has a name
    return found


def change_department(
    db: Session, department_id: int, name: str, *, parent_id: int | None, by: int | None, now: datetime
) -> Department:
    """Rename and move. Raises UserError for a name taken there, and for a move into itself."""
    refuse_unless_admin(db, by)
    one_at_a_time(db, _TURN)
    nodes, name = _all(db), _clean(name)
    department = _known(nodes, department_id)
    below = _children(nodes.values())
    if parent_id is not None and _known(nodes, parent_id).id in _below(below, department_id):
        raise Mistyped("parent", say("A department cannot lie inside itself. Choose another one above it."))
    _refuse_name(nodes, name, parent_id=parent_id, but=department_id)
    _refuse_too_deep((len(_way_to(nodes, parent_id)) if parent_id else 0) + _height(below, department))
    moved = department.parent_id != parent_id
    department.name, department.parent_id = name, parent_id
    record(
        db, "department-moved" if moved else "department-renamed", Department, object_id=department_id, by=by, now=now
    )
    return department


def remove_department(db: Session, department_id: int, *, by: int | None, now: datetime) -> None:
    """Remove an empty department. Raises UserError where somebody or something is in it."""
    refuse_unless_admin(db, by)
    one_at_a_time(db, _TURN)
    department = _known(_all(db), department_id)
    if db.scalar(select(exists().where(Department.parent_id == department_id))):
        raise UserError(say("There are departments inside {name}. Move or remove them first.", name=department.name))
    if db.scalar(select(exists().where(Person.department_id == department_id))):
        raise UserError(say("People work in {name}. Give them another department first.", name=department.name))
    db.delete(department)
    record(db, "department-removed", Department, object_id=department_id, by=by, now=now)


_NO_NAME = say("A department needs a name of up to 200 characters, without / and >.")


def _all(db: Session) -> dict[int, Department]:
    return {node.id: node for node in db.scalars(select(Department).order_by(Department.name, Department.id))}


def _people_in_each(db: Session) -> dict[int, int]:
    counts = select(Person.department_id, func.count()).where(Person.department_id.is_not(None))
    return {key: count for key, count in db.execute(counts.group_by(Person.department_id)) if key is not None}


def _inside(db: Session, parent: Department | None, name: str) -> Department | None:
    """The department of this name in another, or at the top. Capitals tell no two apart, as when one is added."""
    parent_id = parent.id if parent else None
    beside = (node for node in _all(db).values() if node.parent_id == parent_id)
    return next((node for node in beside if node.name.casefold() == name.casefold()), None)


def _known(nodes: Mapping[int, Department], department_id: int) -> Department:
    if department_id not in nodes:
        raise NotFound(NOTHING_HERE)
    return nodes[department_id]


def _children(nodes: Iterable[Department]) -> dict[int | None, list[Department]]:
    below: dict[int | None, list[Department]] = {}
    for node in nodes:
        below.setdefault(node.parent_id, []).append(node)
    return below


def _walk(
    below: Mapping[int | None, list[Department]], start: int | None = None, depth: int = 0
) -> Iterator[tuple[Department, int]]:
    """Each before those below it. Nothing is deeper than DEEPEST, so this may call itself."""
    for node in below.get(start, ()):
        yield node, depth
        yield from _walk(below, node.id, depth + 1)


def _below(below: Mapping[int | None, list[Department]], department_id: int) -> set[int]:
    return {department_id} | {node.id for node, _ in _walk(below, department_id)}


def _height(below: Mapping[int | None, list[Department]], department: Department) -> int:
    """How many levels a department and those below it make."""
    return 1 + max((depth + 1 for _, depth in _walk(below, department.id)), default=0)


def _way_to(nodes: Mapping[int, Department], department_id: int) -> list[Department]:
    """From the top down to a department."""
    way = [nodes[department_id]]
    while (parent := way[0].parent_id) is not None:
        way.insert(0, nodes[parent])
    return way


def path_names(path: str) -> list[str]:
    """The names that a typed path such as «华东大区／上海» is made of, from the top down, whatever stands between."""
    return [name for part in _BETWEEN.split(path) if (name := _clean(part))]


def _clean(name: str) -> str:
    return " ".join(name.split())


def _refuse_name(nodes: Mapping[int, Department], name: str, *, parent_id: int | None, but: int | None = None) -> None:
    if not name or len(name) > LONGEST or not name.isprintable() or _BETWEEN.search(name):
        raise Mistyped("name", _NO_NAME)
    beside = (node for node in nodes.values() if node.parent_id == parent_id and node.id != but)
    if any(node.name.casefold() == name.casefold() for node in beside):
        raise Mistyped("name", say("There is a department {name} in the same place already.", name=name))


def _refuse_too_deep(levels: int) -> None:
    if levels > DEEPEST:
        raise Mistyped("parent", say("Departments can be {deepest} levels deep, and no deeper.", deepest=DEEPEST))
