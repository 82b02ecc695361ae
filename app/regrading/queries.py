"""Reads for moving a cohort: which versions there are, what stands on the one it takes, how far the marking anew is."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Select, func, select
from sqlalchemy.orm import Session, aliased

from app.accounts.models import Person
from app.assessment.models import Assignment, Attempt, AttemptMember, Marking, Submission
from app.catalogue.models import CourseVersion
from app.cohorts.models import Cohort, CohortSession
from app.errors import NotFound
from app.regrading.models import Regrade
from app.regrading.refusals import Ground, Variant
from app.web.guards import NOTHING_HERE


@dataclass(frozen=True)
class Move:
    """A move of the cohort, and how far the marking anew is."""

    id: int
    number_before: int
    number: int
    by: str
    reason: str
    asked_at: datetime
    answers: int
    looked: int
    marked: int
    failed: int
    done_at: datetime | None


def newer_versions(db: Session, cohort: Cohort) -> tuple[CourseVersion, ...]:
    """The versions of its course that are newer than the one a cohort takes, newest first; that one is loaded."""
    wanted = (
        select(CourseVersion)
        .where(CourseVersion.course_id == cohort.version.course_id, CourseVersion.number > cohort.version.number)
        .order_by(CourseVersion.number.desc())
    )
    return tuple(db.scalars(wanted))


def version_of_course(db: Session, cohort: Cohort, number: int) -> CourseVersion:
    """A version of the course that a cohort takes. Raises NotFound."""
    wanted = select(CourseVersion).where(
        CourseVersion.course_id == cohort.version.course_id, CourseVersion.number == number
    )
    found = db.scalars(wanted).one_or_none()
    if found is None:
        raise NotFound(NOTHING_HERE)
    return found


def moves_of(db: Session, cohort_id: int) -> tuple[Move, ...]:
    """The moves of a cohort, newest first."""
    before, after = aliased(CourseVersion), aliased(CourseVersion)
    rows = db.execute(
        select(Regrade, before.number, after.number, Person.display_name)
        .join(before, before.id == Regrade.from_version_id)
        .join(after, after.id == Regrade.to_version_id)
        .outerjoin(Person, Person.id == Regrade.asked_by_id)
        .where(Regrade.cohort_id == cohort_id)
        .order_by(Regrade.id.desc())
    )
    return tuple(
        Move(
            row.id,
            then,
            now,
            name or "",
            row.reason,
            row.asked_at,
            answers=row.answers,
            looked=row.looked,
            marked=row.marked,
            failed=row.failed,
            done_at=row.done_at,
        )
        for row, then, now, name in rows
    )


def ground_of(db: Session, cohort_id: int) -> Ground:
    """What stands on the version that a cohort takes. Three statements."""
    begun: defaultdict[str, list[Variant]] = defaultdict(list)
    for exercise, seed, carried in db.execute(
        select(Assignment.exercise, Attempt.seed, Attempt.carried)
        .join(Attempt, Attempt.assignment_id == Assignment.id)
        .where(Assignment.cohort_id == cohort_id)
        .order_by(Attempt.id)
    ):
        begun[exercise].append(Variant(seed, carried))
    dated = db.scalars(select(CohortSession.session_id).where(CohortSession.cohort_id == cohort_id))
    final = db.scalars(
        select(Assignment.exercise).where(Assignment.cohort_id == cohort_id, Assignment.final_at.is_not(None))
    )
    return Ground(begun, frozenset(dated), frozenset(final))


def answers_in(cohort_id: int) -> Select[int]:
    """The attempts of a cohort that were handed in, and that somebody worked on who is still known to have."""
    return (
        select(Attempt.id)
        .join(Assignment, Assignment.id == Attempt.assignment_id)
        .join(Submission, Submission.attempt_id == Attempt.id)
        .where(Assignment.cohort_id == cohort_id)
        .where(Attempt.id.in_(select(AttemptMember.attempt_id)))
    )


def count_answers(db: Session, cohort_id: int) -> int:
    return db.scalar(select(func.count()).select_from(answers_in(cohort_id).subquery())) or 0


def key_markings(db: Session, attempt_ids: list[int]) -> dict[int, Marking]:
    """Attempt → its newest marking by key, in one statement."""
    newest = (
        select(func.max(Marking.id))
        .where(Marking.attempt_id.in_(attempt_ids), Marking.marked_by == "key")
        .group_by(Marking.attempt_id)
    )
    return {row.attempt_id: row for row in db.scalars(select(Marking).where(Marking.id.in_(newest)))}
