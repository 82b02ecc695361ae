"""The trainer's page of a round: opening and closing it, who is late, who is flagged, who observes whom."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from zoneinfo import ZoneInfo

from flask import redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Session

from app import clock
from app.assessment.actions import assignment_of
from app.assessment.models import Assignment
from app.assessment.showing import cohort_time, points_in_words
from app.assessment.table_queries import ExerciseColumn, exercise_columns
from app.cohorts.models import Cohort
from app.cohorts.queries import cohort_for, is_trainer_of
from app.errors import NotFound, UserError
from app.reviewing import actions, rounds
from app.reviewing.blueprint import ROUND, bp
from app.reviewing.forms import TypedPlan, read_plan, shown_plan
from app.reviewing.settling import settle_closed
from app.reviewing.showing import page_of
from app.web.forms import read_id
from app.web.guards import NOTHING_HERE, signed_in
from app.web.transactions import database
from app.web.viewing import signed_in_viewer

Act = Callable[[Session, Cohort, Assignment, datetime], None]
_COUNTS = {"yes": True, "no": False, "rules": None}


@bp.get(ROUND)
@signed_in
def round_page(cohort_id: int, exercise: str) -> str:
    """The round of an exercise: every answer with its reviews, everybody who reviews, and what is to be done."""
    with database().reading() as db:
        return _page(db, *_asked(db, cohort_id, exercise))


@bp.post(ROUND)
@signed_in
def open_round(cohort_id: int, exercise: str) -> ResponseReturnValue:
    """Open the round, or open it again."""
    return _take_plan(cohort_id, exercise, change=False)


@bp.post(f"{ROUND}/change")
@signed_in
def change_round(cohort_id: int, exercise: str) -> ResponseReturnValue:
    """Change how an open round goes."""
    return _take_plan(cohort_id, exercise, change=True)


@bp.post(f"{ROUND}/close")
@signed_in
def close_round(cohort_id: int, exercise: str) -> ResponseReturnValue:
    """Close the round; what the reviews come to counts at once."""
    by = signed_in_viewer().person_id

    def act(db: Session, cohort: Cohort, assignment: Assignment, now: datetime) -> None:
        rounds.close_round(db, cohort, assignment, by=by, now=now)

    return _do(cohort_id, exercise, act)


@bp.post(f"{ROUND}/excuse")
@signed_in
def excuse(cohort_id: int, exercise: str) -> ResponseReturnValue:
    """Await a review no more."""
    by, review_id = signed_in_viewer().person_id, _id("review")

    def act(db: Session, cohort: Cohort, assignment: Assignment, now: datetime) -> None:
        actions.excuse_review(db, cohort, assignment, review_id, by=by, now=now)

    return _do(cohort_id, exercise, act)


@bp.post(f"{ROUND}/reviewer")
@signed_in
def judge_reviewer(cohort_id: int, exercise: str) -> ResponseReturnValue:
    """Let what a reviewer said count, leave it out, or go by the rules."""
    by, enrolment_id = signed_in_viewer().person_id, _id("reviewer")
    counts = _COUNTS.get(request.form.get("counts", ""))

    def act(db: Session, cohort: Cohort, assignment: Assignment, now: datetime) -> None:
        actions.judge_reviewer(db, cohort, assignment, enrolment_id, counts=counts, by=by, now=now)

    return _do(cohort_id, exercise, act)


@bp.post(f"{ROUND}/review")
@signed_in
def judge_review(cohort_id: int, exercise: str) -> ResponseReturnValue:
    """Let one review count, leave it out, or go by the rules."""
    by, review_id = signed_in_viewer().person_id, _id("review")
    counts = _COUNTS.get(request.form.get("counts", ""))

    def act(db: Session, cohort: Cohort, assignment: Assignment, now: datetime) -> None:
        actions.judge_review(db, cohort, assignment, review_id, counts=counts, by=by, now=now)

    return _do(cohort_id, exercise, act)


@bp.post(f"{ROUND}/observers")
@signed_in
def name_observer(cohort_id: int, exercise: str) -> ResponseReturnValue:
    """Name somebody to judge what they saw."""
    by, attempt_id, observer = signed_in_viewer().person_id, _id("answer"), _id("observer")

    def act(db: Session, cohort: Cohort, assignment: Assignment, now: datetime) -> None:
        actions.name_observer(db, cohort, assignment, attempt_id, observer, by=by, now=now)

    return _do(cohort_id, exercise, act)


def _take_plan(cohort_id: int, exercise: str, *, change: bool) -> ResponseReturnValue:
    by = signed_in_viewer().person_id
    with database().reading() as db:
        cohort, column = _asked(db, cohort_id, exercise)
        page = page_of(db, cohort, column, clock.now())
        typed = read_plan(request.form, ZoneInfo(cohort.zone), page.samples)
        if typed.plan is None:
            return _page(db, cohort, column, typed), 422
    plan = typed.plan

    def act(db: Session, cohort: Cohort, assignment: Assignment, now: datetime) -> None:
        if change:
            rounds.change_round(db, cohort, assignment, plan, by=by, now=now)
        else:
            rounds.open_round(db, cohort, assignment, column.spec, plan, by=by, now=now)

    return _do(cohort_id, exercise, act, typed)


def _do(cohort_id: int, exercise: str, act: Act, typed: TypedPlan | None = None) -> ResponseReturnValue:
    """Do it, put down what is due by then, and show the page again; with what was typed where it is refused."""
    now = clock.now()
    try:
        with database().transaction() as db:
            cohort, _ = _asked(db, cohort_id, exercise)
            act(db, cohort, assignment_of(db, cohort_id, exercise), now)
    except NotFound:
        raise
    except UserError as refused:
        with database().reading() as db:
            return _page(db, *_asked(db, cohort_id, exercise), typed, refused), 422
    settle_closed(database(), now=now)
    return redirect(url_for("reviewing.round_page", cohort_id=cohort_id, exercise=exercise, done=1), 303)


def _asked(db: Session, cohort_id: int, exercise: str) -> tuple[Cohort, ExerciseColumn]:
    """An exercise that peers or observers have a say in, of a cohort that the viewer trains. Raises NotFound."""
    viewer = signed_in_viewer()
    cohort = cohort_for(db, viewer, cohort_id)
    column = next((each for each in exercise_columns(db, cohort) if each.slug == exercise), None)
    trains = is_trainer_of(db, viewer.person_id, cohort_id)
    if column is None or not trains or not rounds.is_reviewed(column.spec):
        raise NotFound(NOTHING_HERE)
    return cohort, column


def _page(
    db: Session,
    cohort: Cohort,
    column: ExerciseColumn,
    typed: TypedPlan | None = None,
    refused: UserError | None = None,
) -> str:
    page = page_of(db, cohort, column, clock.now())
    found = page.round
    return render_template(
        "reviewing/round.html",
        page=page,
        cohort=cohort,
        column=column,
        form=typed or shown_plan(column.spec, page.round, ZoneInfo(cohort.zone)),
        refused=refused and refused.sentence,
        done="done" in request.args,
        opened=cohort_time(cohort, found.opened_at if found else None),
        closes=cohort_time(cohort, found.closes_at if found else None),
        closed=cohort_time(cohort, (found.closed_at or found.closes_at) if found else None),
        points=points_in_words,
    )


def _id(name: str) -> int:
    return read_id(request.form.get(name, "")) or 0
