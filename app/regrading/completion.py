"""Whom a move lets complete the course, and who would not any more, before anything is written."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction

from sqlalchemy import exists, select
from sqlalchemy.orm import Session

from app.accounts.models import Person
from app.catalogue.models import CourseVersion
from app.certificates.models import Certificate
from app.certificates.queries import IS_STANDING
from app.cohorts.models import Cohort, Enrolment
from app.records.facts import Facts, facts_of
from app.records.rows import progress_rows
from app.records.rules import Mark, Try

Anew = Mapping[str, Mapping[int, Sequence[Fraction | None]]]
"""Exercise → enrolment → for each attempt that counts, oldest first, what the key will say to it; None: nothing new."""


@dataclass(frozen=True)
class CompletionChange:
    """Somebody who completes the course by a move, or does so no more."""

    enrolment_id: int
    number: str
    name: str
    completes: bool
    certified: bool
    """Whether they hold a certificate, which stays."""


def completion_changes(db: Session, cohort: Cohort, new: CourseVersion, anew: Anew) -> tuple[CompletionChange, ...]:
    """By name, those who complete it no more first. The same reading and reckoning as of what is stored."""
    certified = exists().where(Certificate.enrolment_id == Enrolment.id, IS_STANDING)
    rows = db.execute(
        select(Enrolment.id, Person.number, Person.display_name, certified)
        .join(Person, Person.id == Enrolment.person_id)
        .where(Enrolment.cohort_id == cohort.id, Enrolment.withdrawn_at.is_(None))
        .order_by(Person.display_name, Enrolment.id)
    ).all()
    ids = [row[0] for row in rows]
    before, after = _completed(facts_of(db, ids)), _completed(_with(facts_of(db, ids, taking=new), anew))
    changes = (
        CompletionChange(key, number, name, key in after, certified=held)
        for key, number, name, held in rows
        if (key in before) != (key in after)
    )
    return tuple(sorted(changes, key=lambda each: each.completes))


def _completed(facts: Facts) -> frozenset[int]:
    return frozenset(row["enrolment_id"] for row in progress_rows(facts) if row["outcome"] == "completed")


def _with(facts: Facts, anew: Anew) -> Facts:
    """The facts as they will be once the key has said what it will."""
    tries = {
        enrolment_id: {slug: _added(those, anew.get(slug, {}).get(enrolment_id, ())) for slug, those in by_slug.items()}
        for enrolment_id, by_slug in facts.tries.items()
    }
    return replace(facts, tries=tries)


def _added(tries: Sequence[Try], points: Sequence[Fraction | None]) -> Sequence[Try]:
    if not points:
        return tries
    return [
        each if said is None else each._replace(marks=[*each.marks, Mark(each.handed_in_at, "key", said)])
        for each, said in zip(tries, points, strict=True)
    ]
