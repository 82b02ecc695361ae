"""What a mistake of ours keeps from being handed in or marked, in the cohorts of a trainer."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import Select, select, union_all
from sqlalchemy.orm import Session

from app.assessment.models import Assignment, Attempt, Submission
from app.cohorts.models import Cohort, CohortTrainer
from app.marking.queries import ON_A_PAGE, names_of
from app.web.viewing import Viewer


@dataclass(frozen=True)
class Troubled:
    """An answer under the reference that the log has for it."""

    attempt_id: int
    names: tuple[str, ...]
    exercise: str
    """Its slug: what it is called stands in what may be the very thing that cannot be read."""
    cohort: str
    reference: str
    handed_in: bool
    """Whether it is only the key that failed."""


def troubled_of(db: Session, viewer: Viewer) -> tuple[Troubled, ...]:
    """Oldest first. One statement, and some for the names where there are any."""
    attempt_id = Attempt.id.label("attempt_id")
    marked_by_nobody = _mine(
        viewer, select(attempt_id, Submission.unmarked.label("reference"), Submission.at.label("at"))
    )
    handed_in_by_nobody = _mine(
        viewer, select(attempt_id, Attempt.set_aside.label("reference"), Attempt.ends_at.label("at"))
    )
    rows = db.execute(
        union_all(
            # its next try is due some time, which finds it in an index of few
            marked_by_nobody.where(Attempt.sweep_at.is_not(None), Submission.unmarked != ""),
            handed_in_by_nobody.where(Attempt.set_aside != "", Submission.attempt_id.is_(None)),
        )
        .order_by("at", "attempt_id")
        .limit(ON_A_PAGE)
    ).all()
    names = names_of(db, viewer, [row.attempt_id for row in rows]) if rows else {}
    return tuple(
        Troubled(
            row.attempt_id, names[row.attempt_id], row.exercise, row.name, row.reference, handed_in=bool(row.handed_in)
        )
        for row in rows
    )


def _mine(viewer: Viewer, wanted: Select[int, str, object]) -> Select[int, str, object, str, str, bool]:
    return (
        wanted.add_columns(Assignment.exercise, Cohort.name, Submission.attempt_id.is_not(None).label("handed_in"))
        .select_from(Attempt)
        .join(Assignment, Assignment.id == Attempt.assignment_id)
        .join(Cohort, Cohort.id == Assignment.cohort_id)
        .join(CohortTrainer, CohortTrainer.cohort_id == Cohort.id)
        .outerjoin(Submission, Submission.attempt_id == Attempt.id)
        .where(CohortTrainer.person_id == viewer.person_id)
        .where(Cohort.archived_at.is_(None), Attempt.returned_at.is_(None))
    )
