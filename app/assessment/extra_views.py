"""The page on which trainers give somebody more time at an exercise, and take it back."""

from __future__ import annotations

from dataclasses import dataclass, field

from flask import redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from app import clock
from app.assessment.blueprint import EXERCISE, bp
from app.assessment.deadlines import MOST_EXTRA, MOST_REASON, give_extra_time
from app.assessment.extra_forms import SHARES, TypedExtra, read_extra, share_of
from app.assessment.extra_queries import Somebody, enrolments_among, people_with_extra
from app.assessment.showing import cohort_time
from app.assessment.table_queries import ExerciseColumn, exercise_columns
from app.assessment.table_views import trained_cohort
from app.cohorts.models import Cohort
from app.errors import NotFound
from app.web.forms import read_id
from app.web.guards import NOTHING_HERE, signed_in
from app.web.transactions import get_db
from app.web.viewing import signed_in_viewer

EXTRA = f"{EXERCISE}/extra-time"


@dataclass(frozen=True)
class _Page:
    """What the page is about, and what became of the last form."""

    cohort: Cohort
    column: ExerciseColumn
    typed: TypedExtra = field(default_factory=TypedExtra)
    taken: Somebody | None = None
    """Whose extra time was taken back just now, as it was."""


@bp.get(EXTRA)
@signed_in
def extra_time(cohort_id: int, exercise: str) -> str:
    """Who has more time at an exercise, and the form to give some."""
    return _show(_page(cohort_id, exercise))


@bp.post(EXTRA)
@signed_in
def give_extra(cohort_id: int, exercise: str) -> ResponseReturnValue:
    """Give more time to those who are chosen; open attempts follow at once."""
    db, page = get_db(), _page(cohort_id, exercise)
    people = people_with_extra(db, cohort_id, exercise)
    typed = read_extra(request.form, {each.enrolment_id for each in people}, page.column.times.minutes)
    if typed.errors:
        return _show(_Page(page.cohort, page.column, typed)), 422
    by, now = signed_in_viewer().person_id, clock.now()
    for each in enrolments_among(db, page.cohort, typed.people):
        give_extra_time(db, page.cohort, exercise, each, typed.minutes, reason=typed.reason, by=by, now=now)
    return redirect(url_for("assessment.extra_time", cohort_id=cohort_id, exercise=exercise, done=1), 303)


@bp.post(f"{EXTRA}/take-back")
@signed_in
def take_back_extra(cohort_id: int, exercise: str) -> ResponseReturnValue:
    """Take somebody's extra time back. The page that follows can undo it: it knows what there was."""
    db, page = get_db(), _page(cohort_id, exercise)
    wanted = read_id(request.form.get("person", ""))
    had = next((e for e in people_with_extra(db, cohort_id, exercise) if e.enrolment_id == wanted), None)
    if had is None:
        raise NotFound(NOTHING_HERE)
    by, now = signed_in_viewer().person_id, clock.now()
    for each in enrolments_among(db, page.cohort, [had.enrolment_id]):
        give_extra_time(db, page.cohort, exercise, each, 0, reason="", by=by, now=now)
    db.flush()
    return _show(_Page(page.cohort, page.column, taken=had if had.given else None))


def _page(cohort_id: int, exercise: str) -> _Page:
    cohort = trained_cohort(cohort_id)
    column = next((each for each in exercise_columns(get_db(), cohort) if each.slug == exercise), None)
    if column is None:
        raise NotFound(NOTHING_HERE)
    return _Page(cohort, column)


def _show(page: _Page) -> str:
    limit = page.column.times.minutes
    return render_template(
        "assessment/extra_time.html",
        cohort=page.cohort,
        column=page.column,
        people=people_with_extra(get_db(), page.cohort.id, page.column.slug),
        typed=page.typed,
        taken=page.taken,
        done="done" in request.args and not page.typed.errors,
        closes=cohort_time(page.cohort, page.column.times.closes_at),
        shares=[(share, share_of(limit, share)) for share in SHARES] if limit else [],
        most_extra=MOST_EXTRA,
        most_reason=MOST_REASON,
    )
