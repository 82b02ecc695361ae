"""The pages of those who mark: the inbox, one answer with its rubric, giving back, points by hand."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime

from flask import redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Session

from app import clock
from app.assessment import late
from app.assessment.actions import graded_or_unmarked
from app.assessment.queries import Work, handed_in, marking_spec, marking_version, trained_work, written_in
from app.assessment.rubrics import MOST_COMMENT
from app.assessment.saves import read_id
from app.assessment.showing import points_in_words
from app.errors import UserError
from app.exercises import Spec
from app.marking import actions
from app.marking.blueprint import ANSWER, bp
from app.marking.claims import release
from app.marking.desk import desk_of
from app.marking.forms import (
    MOST_REASON,
    Draft,
    read_marking,
    read_override,
    read_reopen,
    read_return,
    read_take_back,
)
from app.marking.phrases import BY_KEY, with_phrases
from app.marking.queries import inbox_of, marked_lately, next_waiting
from app.marking.second import STANDING_WORDS
from app.marking.trouble import troubled_of
from app.marking.undo import undo_marking
from app.web.guards import for_roles
from app.web.transactions import database, get_db, roll_back
from app.web.viewing import signed_in_viewer

OVERTAKEN = actions.MarkedMeanwhile | actions.ChangedMeanwhile
Read = Callable[[Spec, Mapping[str, str]], Draft]
Act = Callable[[Session, Work, Draft, datetime], str]
"""Does what a form asks, and says which address comes next."""


@bp.get("/marking")
@for_roles("trainer")
def inbox() -> str:
    """What waits for marks in all cohorts of the viewer."""
    asked = request.args
    cohort_id, page = asked.get("cohort", type=int), asked.get("page", 1, type=int)
    exercise = asked.get("exercise") or None
    found = inbox_of(get_db(), signed_in_viewer(), cohort_id=cohort_id, exercise=exercise, page=page)
    troubled = troubled_of(get_db(), signed_in_viewer())
    return render_template("marking/inbox.html", inbox=found, troubled=troubled, cohort_id=cohort_id, exercise=exercise)


@bp.get("/marking/lately")
@for_roles("trainer")
def lately() -> str:
    """What was marked last in all cohorts of the viewer."""
    return render_template("marking/lately.html", rows=marked_lately(get_db(), signed_in_viewer()))


@bp.get(ANSWER)
@for_roles("trainer")
def answer(attempt_id: int) -> str:
    """An answer with its rubric."""
    db = get_db()
    return _desk(db, trained_work(db, signed_in_viewer(), attempt_id))


@bp.post(ANSWER)
@for_roles("trainer")
def mark(attempt_id: int) -> ResponseReturnValue:
    """Give the levels and a comment; on to the next that waits, or back to this one."""
    viewer = signed_in_viewer()

    def act(db: Session, work: Work, draft: Draft, now: datetime) -> str:
        ticked = [read_id(each) for each in request.form.getlist("phrase")]
        comment = with_phrases(db, viewer, work.assignment.exercise, draft.comment, ticked, now=now)
        seen, by = draft.seen, viewer.person_id
        actions.mark_attempt(db, work, draft.levels, comment=comment, seen=seen, by=by, now=now, read=draft.read)
        release(db, [attempt_id], second=False, by=viewer.person_id)
        if request.form.get("then") != "next":
            return _url(attempt_id)
        following = next_waiting(db, viewer, work)
        return _url(following) if following else url_for("marking.inbox")

    return _take_form(attempt_id, read_marking, act)


@bp.post(f"{ANSWER}/undo")
@for_roles("trainer")
def undo_one(attempt_id: int) -> ResponseReturnValue:
    """Take back the marks that one gave last."""
    db, viewer = get_db(), signed_in_viewer()
    undo_marking(db, viewer, read_id(request.form.get("marking")), now=clock.now(), alone=attempt_id)
    return redirect(_url(attempt_id), 303)


@bp.post(f"{ANSWER}/override")
@for_roles("trainer")
def override(attempt_id: int) -> ResponseReturnValue:
    """Set the points by hand, with a reason."""
    by = signed_in_viewer().person_id

    def act(db: Session, work: Work, draft: Draft, now: datetime) -> str:
        if draft.value is not None:  # it is, or there were errors
            actions.override_points(db, work, draft.value, reason=draft.reason, seen=draft.seen, by=by, now=now)
        return _url(attempt_id)

    return _take_form(attempt_id, read_override, act)


@bp.post(f"{ANSWER}/take-back")
@for_roles("trainer")
def take_back(attempt_id: int) -> ResponseReturnValue:
    """Let key and rubric count again."""
    by = signed_in_viewer().person_id

    def act(db: Session, work: Work, draft: Draft, now: datetime) -> str:
        actions.take_back_override(db, work, seen=draft.seen, by=by, now=now)
        return _url(attempt_id)

    return _take_form(attempt_id, read_take_back, act)


@bp.post(f"{ANSWER}/return")
@for_roles("trainer")
def return_for_revision(attempt_id: int) -> ResponseReturnValue:
    """Give an answer back, to be revised."""
    return _take_form(attempt_id, read_return, lambda *asked: _give_back(*asked, reopened=False))


@bp.post(f"{ANSWER}/reopen")
@for_roles("trainer")
def reopen(attempt_id: int) -> ResponseReturnValue:
    """Open an answer again that was handed in by mistake."""
    return _take_form(attempt_id, read_reopen, lambda *asked: _give_back(*asked, reopened=True))


@bp.post(f"{ANSWER}/hand-in")
@for_roles("trainer")
def hand_in_for(attempt_id: int) -> ResponseReturnValue:
    """Hand in what somebody saved and cannot hand in any more."""
    viewer = signed_in_viewer()
    with database().reading() as reading:  # grading takes its time, and would hold up everybody's saves
        before = trained_work(reading, viewer, attempt_id)
        spec, version_id = marking_spec(reading, before), marking_version(reading, before).id
        written = written_in(reading, attempt_id)
        known = graded_or_unmarked(spec, written, about=f"attempt {attempt_id}", version_id=version_id)
    db = get_db()
    work = trained_work(db, viewer, attempt_id, to_change=True)
    actions.hand_in_for(db, work, known, by=viewer.person_id, now=clock.now())
    return redirect(_url(attempt_id), 303)


@bp.post(f"{ANSWER}/count-late")
@for_roles("trainer")
def count_late(attempt_id: int) -> ResponseReturnValue:
    """Let what arrived after the end count; the key marks it anew."""
    db, viewer = get_db(), signed_in_viewer()
    work = trained_work(db, viewer, attempt_id, to_change=True)
    late.count_late(db, work, by=viewer.person_id, now=clock.now())
    return redirect(_url(attempt_id), 303)


def _give_back(db: Session, work: Work, draft: Draft, now: datetime, *, reopened: bool) -> str:
    written, by = handed_in(db, work), signed_in_viewer().person_id
    actions.give_back(db, work, written, reason=draft.reason, reopened=reopened, by=by, now=now)
    return _url(work.attempt.id)


def _take_form(attempt_id: int, read: Read, act: Act) -> ResponseReturnValue:
    """Read a form and do what it asks; else the page again with what was typed: 422, or 409 after another trainer.

    Pages are made on a connection that reads: a form full of mistakes holds nobody up.
    """
    viewer = signed_in_viewer()
    with database().reading() as reading:
        work = trained_work(reading, viewer, attempt_id)
        draft = read(marking_spec(reading, work), request.form)
        if draft.errors:
            return _desk(reading, work, draft), 422
    db = get_db()
    work = trained_work(db, viewer, attempt_id, to_change=True)
    try:
        return redirect(act(db, work, draft, clock.now()), 303)
    except UserError as error:
        roll_back()
        refused = error
    with database().reading() as reading:
        work = trained_work(reading, viewer, attempt_id)
        return _desk(reading, work, draft, refused), 409 if isinstance(refused, OVERTAKEN) else 422


def _desk(db: Session, work: Work, draft: Draft | None = None, refused: UserError | None = None) -> str:
    overtaken = isinstance(refused, actions.MarkedMeanwhile)
    return render_template(
        "marking/answer.html",
        desk=desk_of(db, signed_in_viewer(), work, draft, overtaken=overtaken, now=clock.now()),
        work=work,
        refused=refused.sentence if refused else None,
        points=points_in_words,
        most_comment=MOST_COMMENT,
        most_reason=MOST_REASON,
        by_key=BY_KEY,
        standing=STANDING_WORDS,
    )


def _url(attempt_id: int) -> str:
    return url_for("marking.answer", attempt_id=attempt_id)
