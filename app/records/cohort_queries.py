"""Reads about completion: of a cohort for its trainers, and of one person."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.accounts.models import Person
from app.catalogue.queries import course_of
from app.cohorts.models import Cohort, Enrolment
from app.records.completion import Completion, completion_of
from app.records.models import Progress, TrainingTime
from app.words import Language, Sentence


@dataclass(frozen=True)
class CompletionRow:
    """One trainee of a cohort."""

    number: str
    display_name: str
    completion: Completion


@dataclass(frozen=True)
class CohortCompletion:
    """Everybody of a cohort by name."""

    rows: tuple[CompletionRow, ...]

    @property
    def labels(self) -> tuple[Sentence, ...]:
        """What is asked for: of everybody the same."""
        return next(
            (tuple(each.label for each in row.completion.conditions) for row in self.rows if row.completion.conditions),
            (),
        )

    @property
    def through(self) -> int:
        return sum(row.completion.state == "completed" for row in self.rows)


def cohort_completion(db: Session, cohort: Cohort, *, language: Language, today: date) -> CohortCompletion:
    """How far everybody is who was not withdrawn, by name. One statement; the cohort's version is loaded."""
    course = course_of(cohort.version)
    rows = db.execute(
        select(Person.number, Person.display_name, Progress)
        .select_from(Enrolment)
        .join(Person, Person.id == Enrolment.person_id)
        .outerjoin(Progress, Progress.enrolment_id == Enrolment.id)
        .where(Enrolment.cohort_id == cohort.id, Enrolment.withdrawn_at.is_(None))
        .order_by(Person.display_name, Person.number)
    )
    return CohortCompletion(
        tuple(
            CompletionRow(number, name, completion_of(found, course, language, of="trainer", today=today))
            for number, name, found in rows
        )
    )


def progress_of(db: Session, enrolment_ids: Iterable[int]) -> Mapping[int, Progress]:
    """Enrolment → how far it is; nothing where that is being worked out. One statement."""
    wanted = select(Progress).where(Progress.enrolment_id.in_(list(enrolment_ids)))
    rows = db.scalars(wanted, execution_options={"populate_existing": True})  # they are written as plain rows
    return {row.enrolment_id: row for row in rows}


def training_minutes(db: Session, person_id: int) -> tuple[tuple[int, int], ...]:
    """Year and attended minutes of somebody, newest year first. One statement."""
    rows = db.execute(
        select(TrainingTime.year, TrainingTime.minutes)
        .where(TrainingTime.person_id == person_id, TrainingTime.minutes > 0)
        .order_by(TrainingTime.year.desc())
    )
    return tuple((year, minutes) for year, minutes in rows)
