"""Whether a certificate would tell points that its owner may not see yet."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.assessment.models import Assignment
from app.assessment.queries import times_of
from app.assessment.rules import may_see_result, scheme_of
from app.assessment.sheets import spec_of
from app.catalogue.queries import course_of
from app.cohorts.models import Cohort
from app.records.rules import required_exercises


def hides_results(db: Session, cohort: Cohort, *, now: datetime) -> bool:
    """Whether trainees of a cohort do not see all results yet that completion counts; its version is loaded.

    Of an archived cohort nothing is released any more, so nothing is waited for. At most one statement.
    """
    course = course_of(cohort.version)
    specs = {slug: spec_of(cohort.version, slug) for slug in required_exercises(course)}
    later = {
        slug: spec
        for slug, spec in specs.items()
        if spec.feedback in ("on_release", "after_close") and scheme_of(spec) and not spec.private
    }
    if not later or cohort.archived_at is not None:
        return False
    rows = db.scalars(select(Assignment).where(Assignment.cohort_id == cohort.id, Assignment.exercise.in_(later)))
    given = {row.exercise: row for row in rows}
    return not all(may_see_result(spec, times_of(given.get(slug)), now) for slug, spec in later.items())
