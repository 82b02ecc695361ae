"""The page on which a trainer shows a cohort what its answers come to."""

from __future__ import annotations

from flask import render_template

from app import clock
from app.assessment.blueprint import EXERCISE, bp
from app.assessment.table_queries import counts_by_exercise, exercise_columns
from app.assessment.table_views import trained_cohort
from app.assessment.together import LEAST, together_in
from app.catalogue.queries import course_of
from app.errors import NotFound
from app.exercises import shows_together
from app.web.guards import NOTHING_HERE, signed_in
from app.web.transactions import get_db


@bp.get(f"{EXERCISE}/together")
@signed_in
def together(cohort_id: int, exercise: str) -> str:
    """What everybody answered, without names, to be shown to all: covered until the results are released."""
    db, cohort = get_db(), trained_cohort(cohort_id)
    column = next((each for each in exercise_columns(db, cohort) if each.slug == exercise), None)
    if column is None or not shows_together(column.spec):
        raise NotFound(NOTHING_HERE)
    times, handed_in = column.times, counts_by_exercise(db, cohort_id).get(exercise, (0, 0))[0]
    return render_template(
        "assessment/together.html",
        cohort=cohort,
        column=column,
        shown=together_in(db, cohort, cohort.version, exercise),
        handed_in=handed_in,
        least=LEAST,
        exercise_language=course_of(cohort.version).language,
        released=times.is_released(clock.now()),
    )
