"""The pages of those who review: what they were asked for, one answer with the rubric, offering one more."""

from __future__ import annotations

from flask import redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Session

from app import clock
from app.assessment.queries import marking_spec, own_task
from app.assessment.rubrics import MOST_COMMENT, RUBRIC_CHANGED, Judgement, read_judgement
from app.assessment.showing import cohort_time
from app.errors import NotFound, UserError
from app.reviewing import actions
from app.reviewing.blueprint import OWN, REVIEW, bp
from app.reviewing.own import own_page, review_page
from app.reviewing.queries import Part, assignment_at, own_part
from app.web.guards import NOTHING_HERE, signed_in
from app.web.transactions import database, get_db
from app.web.viewing import signed_in_viewer


@bp.get(OWN)
@signed_in
def own(cohort_id: int, exercise: str) -> str:
    """What the viewer was asked to review at an exercise."""
    db = get_db()
    task = own_task(db, signed_in_viewer(), cohort_id, exercise)
    page = own_page(db, task, clock.now())
    if page is None:
        raise NotFound(NOTHING_HERE)
    closes = cohort_time(task.cohort, page.closes_at)
    return render_template("reviewing/own.html", page=page, task=task, closes=closes, done="done" in request.args)


@bp.post(OWN)
@signed_in
def take_one_more(cohort_id: int, exercise: str) -> ResponseReturnValue:
    """Take the answer that is most in want of a review."""
    db = get_db()
    task = own_task(db, signed_in_viewer(), cohort_id, exercise)
    assignment = assignment_at(db, cohort_id, exercise)
    if assignment is None:
        raise NotFound(NOTHING_HERE)
    taken = actions.take_one_more(db, task.cohort, assignment, task.enrolment, now=clock.now())
    return redirect(url_for("reviewing.review", review_id=taken.id), 303)


@bp.get(REVIEW)
@signed_in
def review(review_id: int) -> str:
    """An answer of somebody's with its rubric."""
    db = get_db()
    return _page(db, own_part(db, signed_in_viewer(), review_id))


@bp.post(REVIEW)
@signed_in
def give_review(review_id: int) -> ResponseReturnValue:
    """Keep a review; on to the next that is owed, or back to the list."""
    viewer, now = signed_in_viewer(), clock.now()
    with database().reading() as reading:
        part = own_part(reading, viewer, review_id)
        sent = read_judgement(marking_spec(reading, part.work), request.form)
        if sent.errors:
            return _page(reading, part, sent), 422
    try:
        with database().transaction() as db:
            part = own_part(db, viewer, review_id, to_change=True)
            _refuse_if_rubric_changed(db, part)
            actions.give_review(db, part, sent.levels, comment=sent.comment, by=viewer.person_id, now=now)
    except NotFound:
        raise
    except UserError as refused:
        with database().reading() as reading:
            return _page(reading, own_part(reading, viewer, review_id), sent, refused), 422
    if part.review.role == "calibration":
        return redirect(url_for("reviewing.review", review_id=review_id, done=1), 303)  # to see the distance
    cohort_id, exercise = part.work.cohort.id, part.work.assignment.exercise
    return redirect(url_for("reviewing.own", cohort_id=cohort_id, exercise=exercise, done=1), 303)


def _refuse_if_rubric_changed(db: Session, part: Part) -> None:
    """It was read before this transaction began, and a corrected rubric may have come in between."""
    if read_judgement(marking_spec(db, part.work), request.form).errors:
        raise UserError(RUBRIC_CHANGED)


def _page(db: Session, part: Part, sent: Judgement | None = None, refused: UserError | None = None) -> str:
    cohort = part.work.cohort
    return render_template(
        "reviewing/review.html",
        page=review_page(db, part, sent, clock.now()),
        cohort=cohort,
        exercise=part.work.assignment.exercise,
        closes=cohort_time(cohort, part.round.closes_at),
        refused=refused and refused.sentence,
        done="done" in request.args,
        most_comment=MOST_COMMENT,
    )
