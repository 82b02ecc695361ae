"""What the page of two markers shows: each answer that both marked, and how far they are apart."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.accounts.models import Person
from app.assessment.models import Marking
from app.assessment.queries import mark_of
from app.fastdesk.line import Line, Scope, in_scope
from app.marking.queries import GivenMarking, newest_by_person
from app.marking.second import Compared, compared


@dataclass(frozen=True)
class ComparedRow:
    """An answer that two markers have marked."""

    attempt_id: int
    label: str
    both: Compared
    seen: int
    """The newest marking by a trainer."""


@dataclass(frozen=True)
class Comparison:
    """All of them, those that differ most first."""

    rows: tuple[ComparedRow, ...]

    @property
    def open(self) -> int:
        return sum(row.both.standing == "differs" for row in self.rows)

    @property
    def mean_gap(self) -> Fraction | None:
        """By how many points they are apart on the average, whichever is higher."""
        gaps = [abs(row.both.gap) for row in self.rows]
        return sum(gaps, Fraction(0)) / len(gaps) if gaps else None


def comparison_of(db: Session, line: Line) -> Comparison:
    """What two markers gave the answers of a line. One statement more than the line."""
    given = _given(db, line.scope)
    rows = []
    for place in line.places:
        marks = given.get(place.attempt_id, ())
        if both := compared(marks):
            rows.append(ComparedRow(place.attempt_id, place.label, both, newest_by_person(marks)))
    return Comparison(tuple(sorted(rows, key=lambda row: (row.both.standing != "differs", -abs(row.both.gap)))))


def _given(db: Session, scope: Scope) -> dict[int, Sequence[GivenMarking]]:
    rows = db.execute(
        select(Marking, Person.display_name)
        .outerjoin(Person, Person.id == Marking.by_id)
        .where(Marking.attempt_id.in_(in_scope(scope)), Marking.marked_by.in_(("trainer", "second", "override")))
        .order_by(Marking.id)
    )
    found: dict[int, list[GivenMarking]] = {}
    for row, name in rows:
        marking = GivenMarking(row.id, mark_of(row, name or ""), row.by_id, row.change_id, row.rubric)
        found.setdefault(row.attempt_id, []).append(marking)
    return dict(found)
