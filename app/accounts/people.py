"""What administrators see of people: the list with its filters, and one person whole."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, func, or_, select
from sqlalchemy.orm import Session

from app.accounts.departments import DepartmentRow, at_or_below, department_tree
from app.accounts.models import Person, Role, SignIn
from app.accounts.rules import AT_MOST, IDLE
from app.accounts.trail import Entry, entries_about
from app.errors import NotFound
from app.web.guards import NOTHING_HERE
from app.web.viewing import ROLES, Viewer

PER_PAGE = 50
NO_ROLE = "none"
STATES = ("active", "closed", "all")


@dataclass(frozen=True)
class Sought:
    """What a list of people is narrowed to, as the address says it; what it cannot mean counts as not said."""

    text: str = ""
    role: str = ""
    """A role, NO_ROLE, or empty for any."""
    department: int | None = None
    state: str = "active"
    page: int = 1


@dataclass(frozen=True)
class ListedPerson:
    id: int
    number: str
    display_name: str
    email: str
    department: str
    roles: tuple[str, ...]
    active: bool
    has_password: bool


@dataclass(frozen=True)
class PeoplePage:
    """One page of the list, and what the filters offer."""

    people: tuple[ListedPerson, ...]
    total: int
    page: int
    pages: int
    departments: tuple[DepartmentRow, ...]


@dataclass(frozen=True)
class PersonFacts:
    """What a form shows of a person and sends back: texts, empty where there is nothing."""

    number: str
    display_name: str
    email: str
    department: str
    """The id of a department."""
    language: str


@dataclass(frozen=True)
class PersonPage:
    """One person as administrators see them."""

    id: int
    facts: PersonFacts
    active: bool
    has_password: bool
    roles: tuple[str, ...]
    departments: tuple[DepartmentRow, ...]
    open_sign_ins: int
    last_seen_at: datetime | None
    entries: tuple[Entry, ...]


def people_for(db: Session, viewer: Viewer, sought: Sought) -> PeoplePage:
    """A page of the list by number, in four statements whatever its length. Raises NotFound."""
    _refuse_others(viewer)
    tree = department_tree(db)
    wanted = _conditions(sought, tree)
    total = db.scalar(select(func.count()).select_from(Person).where(*wanted)) or 0
    pages = max(1, -(-total // PER_PAGE))
    page = min(max(sought.page, 1), pages)
    shown = select(Person).where(*wanted).order_by(Person.number).offset((page - 1) * PER_PAGE).limit(PER_PAGE)
    people = tuple(db.scalars(shown))
    return PeoplePage(_listed(db, people, tree), total, page, pages, tree)


def person_for(db: Session, viewer: Viewer, person_id: int) -> Person:
    """A person to change: their row is held until the transaction ends. Raises NotFound.

    Not so tight that rows which only name them must wait: two admins who change each other would, for ever.
    """
    _refuse_others(viewer)
    held = select(Person).where(Person.id == person_id).with_for_update(key_share=True)
    person = db.scalars(held).one_or_none()
    if person is None:
        raise NotFound(NOTHING_HERE)
    return person


def person_page(db: Session, viewer: Viewer, person_id: int, *, now: datetime) -> PersonPage:
    """Everything about one person, in a number of statements that does not depend on them. Raises NotFound."""
    _refuse_others(viewer)
    person = db.scalars(select(Person).where(Person.id == person_id)).one_or_none()
    if person is None:
        raise NotFound(NOTHING_HERE)
    open_now = SignIn.ended_at.is_(None) & (SignIn.last_seen_at > now - IDLE) & (SignIn.created_at > now - AT_MOST)
    doors = select(func.count().filter(open_now), func.max(SignIn.last_seen_at)).where(SignIn.person_id == person_id)
    open_sign_ins, last_seen_at = db.execute(doors).one()
    return PersonPage(
        person.id,
        facts_of(person),
        person.active,
        person.password_hash is not None,
        _roles(db, [person_id]).get(person_id, ()),
        department_tree(db),
        open_sign_ins,
        last_seen_at,
        entries_about(db, person_id),
    )


def facts_of(person: Person) -> PersonFacts:
    """A person as their form shows them."""
    department = "" if person.department_id is None else str(person.department_id)
    return PersonFacts(person.number, person.display_name, person.email or "", department, person.language or "")


def _refuse_others(viewer: Viewer) -> None:
    if not viewer.has_any("admin"):
        raise NotFound(NOTHING_HERE)


def _conditions(sought: Sought, tree: Iterable[DepartmentRow]) -> list[ColumnElement[bool]]:
    found: list[ColumnElement[bool]] = []
    if text := " ".join(sought.text.replace("\0", "").split()):
        found.append(_named(text))
    if sought.role in ROLES:
        found.append(Person.id.in_(select(Role.person_id).where(Role.role == sought.role)))
    elif sought.role == NO_ROLE:
        found.append(Person.id.not_in(select(Role.person_id)))
    if sought.department is not None:
        found.append(Person.department_id.in_(at_or_below(tree, sought.department)))
    if sought.state != "all":
        found.append(Person.active.is_(sought.state != "closed"))
    return found


def _named(text: str) -> ColumnElement[bool]:
    columns = (Person.number, Person.display_name, Person.email)
    return or_(*(column.icontains(text, autoescape=True) for column in columns))


def _listed(db: Session, people: tuple[Person, ...], tree: Iterable[DepartmentRow]) -> tuple[ListedPerson, ...]:
    roles = _roles(db, [person.id for person in people])
    paths = {row.id: row.path for row in tree}
    return tuple(
        ListedPerson(
            person.id,
            person.number,
            person.display_name,
            person.email or "",
            paths.get(person.department_id or 0, ""),
            roles.get(person.id, ()),
            person.active,
            person.password_hash is not None,
        )
        for person in people
    )


def _roles(db: Session, person_ids: list[int]) -> dict[int, tuple[str, ...]]:
    """Person → roles, in the order of ROLES."""
    held: dict[int, set[str]] = {}
    for person_id, role in db.execute(select(Role.person_id, Role.role).where(Role.person_id.in_(person_ids))):
        held.setdefault(person_id, set()).add(role)
    return {person_id: tuple(role for role in ROLES if role in roles) for person_id, roles in held.items()}
