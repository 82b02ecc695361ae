"""What a list of people would do to a cohort: line by line, before anything is stored."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Literal

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from app.accounts.departments import DepartmentRow, department_tree, path_names
from app.accounts.models import Person
from app.accounts.rules import email_refusal, name_refusal, number_refusal
from app.cohorts.models import Cohort, Enrolment
from app.cohorts.rosters import Column, RosterRow
from app.words import Sentence, say

Fate = Literal["new", "enrol", "back", "already", "error"]
FATES: tuple[Fate, ...] = ("new", "enrol", "back", "already", "error")


@dataclass(frozen=True)
class Judged:
    """A line with what would become of it."""

    row: RosterRow
    fate: Fate
    errors: Mapping[Column, Sentence]
    warnings: Mapping[Column, Sentence]
    person_id: int | None = None
    department_id: int | None = None
    new_department: str = ""
    """A path that is none yet and is to be made."""


@dataclass(frozen=True)
class Verdict:
    """A whole list, judged."""

    rows: tuple[Judged, ...]
    unknown_departments: tuple[str, ...] = ()
    """Which an admin may have made."""
    counts: Mapping[Fate, int] = field(default_factory=dict)

    @property
    def wrong(self) -> int:
        return self.counts.get("error", 0)

    @property
    def enrolling(self) -> int:
        """How many people would come in."""
        return sum(self.counts.get(fate, 0) for fate in ("new", "enrol", "back"))

    @property
    def stamp(self) -> str:
        """Changes with what would become of any line: nobody confirms what they have not seen."""
        seen = "\n".join(f"{each.row.number} {each.fate} {each.person_id}" for each in self.rows)
        return hashlib.sha256(seen.encode()).hexdigest()[:16]


@dataclass(frozen=True)
class _Known:
    """Somebody who is in the database already."""

    id: int
    number: str
    display_name: str
    email: str | None
    active: bool
    department_id: int | None


@dataclass(frozen=True)
class _Court:
    """Everything that lines are compared with."""

    numbers: Mapping[str, _Known]
    emails: Mapping[str, _Known]
    enrolled: Mapping[int, bool]
    """Person → whether they are in the cohort now; withdrawn people are False."""
    departments: Mapping[str, int]
    twins: Mapping[Column, Mapping[str, tuple[int, ...]]]
    adding: bool
    to_add: frozenset[str]


def judge_roster(
    db: Session, cohort: Cohort, rows: Collection[RosterRow], *, adding: bool, to_add: Iterable[str] = ()
) -> Verdict:
    """What the lines would do, in four statements. `adding`: whoever asks may make departments, and wants these."""
    people = _known_people(db, rows)
    court = _Court(
        {each.number: each for each in people},
        {each.email: each for each in people if each.email},
        _enrolled(db, cohort),
        departments=_by_name(department_tree(db)),
        twins={"number": _repeated(rows, "number"), "email": _repeated(rows, "email")},
        adding=adding,
        to_add=frozenset(to_add) if adding else frozenset(),
    )
    judged = tuple(_judge(row, court) for row in rows)
    unknown = dict.fromkeys(each.row.department for each in judged if _is_unknown(each, court))
    return Verdict(judged, tuple(unknown) if adding else (), Counter(each.fate for each in judged))


def path_key(text: str) -> str:
    """Paths that mean the same are compared by it: «华东大区／上海» is «华东大区/上海»."""
    return "/".join(path_names(text)).casefold()


def _judge(row: RosterRow, court: _Court) -> Judged:
    errors = dict(_wrong_cells(row, court))
    known = court.numbers.get(row.number)
    if errors:
        return Judged(row, "error", errors, {})
    if known is None:
        return _newcomer(row, court)
    warnings = dict(_kept_as_they_are(row, known, court))
    present = court.enrolled.get(known.id)
    fate: Fate = "enrol" if present is None else "already" if present else "back"
    return Judged(row, fate, {}, warnings, person_id=known.id)


def _newcomer(row: RosterRow, court: _Court) -> Judged:
    key = path_key(row.department)
    if not key or key in court.departments:
        return Judged(row, "new", {}, {}, department_id=court.departments.get(key))
    if row.department in court.to_add:
        return Judged(row, "new", {}, {}, new_department=row.department)
    return Judged(row, "new", {}, {"department": say("There is no such department. It is left empty.")})


def _wrong_cells(row: RosterRow, court: _Court) -> Iterable[tuple[Column, Sentence]]:
    known = court.numbers.get(row.number)
    if not row.number:
        yield "number", say("The number is missing.")
    elif refusal := number_refusal(row.number):
        yield "number", refusal
    elif known and not known.active:
        yield "number", say("This account is deactivated. An administrator can reactivate it.")
    elif twin := _twin(row, "number", court):
        yield "number", say("Line {line} has the same number.", line=twin)
    if known is None and (refusal := name_refusal(row.name)):
        yield "name", refusal
    if sentence := _wrong_email(row, known, court):
        yield "email", sentence
    if row.extra:
        yield "department", say("There is more on this line: “{text}”. Take it out.", text=row.extra[:60])
    elif known is None and court.adding and path_key(row.department) not in {"", *court.departments, *_keys(court)}:
        yield "department", say("There is no such department. Correct it, or have it added below.")


def _wrong_email(row: RosterRow, known: _Known | None, court: _Court) -> Sentence | None:
    if not row.email:
        return None
    if refusal := email_refusal(row.email):
        return refusal
    if twin := _twin(row, "email", court):
        return say("Line {line} has the same e-mail address.", line=twin)
    if known is None and row.email in court.emails:
        return say("This e-mail address belongs to somebody with another number.")
    return None


def _kept_as_they_are(row: RosterRow, known: _Known, court: _Court) -> Iterable[tuple[Column, Sentence]]:
    """A list never changes somebody who is here already: else it could take an account over."""
    if row.name and row.name != known.display_name:
        yield "name", say("Is known here as {name}, and stays so.", name=known.display_name)
    if row.email and row.email != known.email:
        yield "email", say("A list does not change the address of somebody who is here already.")
    if row.department and court.departments.get(path_key(row.department)) != known.department_id:
        yield "department", say("A list does not change the department of somebody who is here already.")


def _is_unknown(judged: Judged, court: _Court) -> bool:
    key = path_key(judged.row.department)
    return bool(key) and key not in court.departments and judged.row.number not in court.numbers


def _twin(row: RosterRow, column: Column, court: _Court) -> int | None:
    """Another line with the same text in this column."""
    lines = court.twins[column].get(row.cell(column), ())
    return next((line for line in lines if line != row.line), None)


def _repeated(rows: Iterable[RosterRow], column: Column) -> Mapping[str, tuple[int, ...]]:
    lines: dict[str, list[int]] = {}
    for row in rows:
        if text := row.cell(column):
            lines.setdefault(text, []).append(row.line)
    return {text: tuple(found) for text, found in lines.items() if len(found) > 1}


def _known_people(db: Session, rows: Iterable[RosterRow]) -> list[_Known]:
    numbers, emails = {row.number for row in rows}, {row.email for row in rows if row.email}
    found = select(
        Person.id, Person.number, Person.display_name, Person.email, Person.active, Person.department_id
    ).where(or_(Person.number.in_(numbers), Person.email.in_(emails)))
    return [_Known(*row) for row in db.execute(found)]


def _enrolled(db: Session, cohort: Cohort) -> dict[int, bool]:
    rows = select(Enrolment.person_id, Enrolment.withdrawn_at).where(Enrolment.cohort_id == cohort.id)
    return {person_id: withdrawn_at is None for person_id, withdrawn_at in db.execute(rows)}


def _by_name(tree: Iterable[DepartmentRow]) -> dict[str, int]:
    """Whole paths, and every end of a path that only one department has."""
    paths = {path_key(row.path): row.id for row in tree}
    ends = Counter(end for path in paths for end in _ends(path))
    alone = {end: row for path, row in paths.items() for end in _ends(path) if ends[end] == 1}
    return {**alone, **paths}


def _ends(path: str) -> list[str]:
    parts = path.split("/")
    return ["/".join(parts[start:]) for start in range(1, len(parts))]


def _keys(court: _Court) -> set[str]:
    return {path_key(text) for text in court.to_add}
