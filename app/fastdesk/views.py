"""The fast desk: one answer after another, with plain forms; fast.js saves and goes on without loading the page."""

from __future__ import annotations

from flask import Response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Session

from app import clock
from app.assessment.blueprint import COHORT, EXERCISE
from app.assessment.queries import marking_spec
from app.assessment.rubrics import MOST_COMMENT
from app.assessment.saves import read_id
from app.assessment.showing import points_in_words
from app.errors import NotFound, UserError
from app.fastdesk.alike import digests_of
from app.fastdesk.blueprint import bp
from app.fastdesk.card import card_of
from app.fastdesk.final import final_since
from app.fastdesk.line import Scope, line_of, scope_for
from app.fastdesk.together import Given, Marked, mark_answers, take_answer, work_in
from app.marking.actions import ChangedMeanwhile, MarkedMeanwhile
from app.marking.claims import HeldByAnother, keep_claims, release
from app.marking.forms import Draft, read_marking
from app.marking.phrases import BY_KEY
from app.marking.undo import given_at_once, undo_marking
from app.web.guards import for_roles
from app.web.transactions import database, get_db, roll_back
from app.web.viewing import signed_in_viewer

LINE = f"{EXERCISE}/mark"
PERSON_LINE = f"{COHORT}/people/<int(max=2147483647):enrolment_id>/mark"


@bp.get(PERSON_LINE)
@bp.get(LINE)
@for_roles("trainer")
def fast(cohort_id: int, exercise: str | None = None, enrolment_id: int | None = None) -> str:
    """The line, and the answer that the address names. Nobody takes one by looking."""
    db = get_db()
    scope = _scope(db, cohort_id, exercise, enrolment_id)
    return _page(db, scope, read_id(request.args.get("answer")))


@bp.post(f"{PERSON_LINE}/next")
@bp.post(f"{LINE}/next")
@for_roles("trainer")
def take_next(cohort_id: int, exercise: str | None = None, enrolment_id: int | None = None) -> ResponseReturnValue:
    """Take the answer that was picked, or the next that nobody is at."""
    viewer, now = signed_in_viewer(), clock.now()
    with database().reading() as reading:  # what unread answers say takes its time
        scope = _scope(reading, cohort_id, exercise, enrolment_id)
        unread = line_of(reading, viewer, scope, now=now).unread
        digests = digests_of(reading, unread)
    db = get_db()
    left, holding = _ids("leave"), _ids("holding")
    release(db, [each for each in left if each not in holding], second=scope.second, by=viewer.person_id)
    wanted, after = read_id(request.form.get("answer")) or None, read_id(request.form.get("after")) or None
    place, _line = take_answer(
        db, viewer, scope, now=now, after=after, wanted=wanted, holding=holding, digests=(unread, digests)
    )
    return _on(scope, place.attempt_id if place else wanted)


@bp.post(PERSON_LINE)
@bp.post(LINE)
@for_roles("trainer")
def mark_one(cohort_id: int, exercise: str | None = None, enrolment_id: int | None = None) -> ResponseReturnValue:
    """Mark an answer and those that say the same; on to the next, or the page again with what was typed."""
    attempt_id = read_id(request.form.get("answer"))
    with database().reading() as reading:
        scope = _scope(reading, cohort_id, exercise, enrolment_id)
        draft = read_marking(
            marking_spec(reading, work_in(reading, signed_in_viewer(), scope, attempt_id)), request.form
        )
        if draft.errors:
            return _page(reading, scope, attempt_id, draft), 422
    try:
        return _mark(get_db(), scope, attempt_id, draft)
    except UserError as error:
        roll_back()
        refused = error
    with database().reading() as reading:
        return refusal(reading, _scope(reading, cohort_id, exercise, enrolment_id), attempt_id, refused, draft)


@bp.post(f"{PERSON_LINE}/undo")
@bp.post(f"{LINE}/undo")
@for_roles("trainer")
def undo(cohort_id: int, exercise: str | None = None, enrolment_id: int | None = None) -> ResponseReturnValue:
    """Take back what one marked, and be at it again; or why not, beside the answer as it stands."""
    db, viewer, now = get_db(), signed_in_viewer(), clock.now()
    scope = _scope(db, cohort_id, exercise, enrolment_id)
    marking_id = read_id(request.form.get("marking"))
    wanted = given_at_once(db, viewer, marking_id)[0]
    try:
        undo_marking(db, viewer, marking_id, now=now)
        take_answer(db, viewer, scope, now=now, wanted=wanted, holding=_ids("holding"))
    except NotFound:
        raise
    except UserError as error:
        roll_back()
        refused = error
    else:
        return _on(scope, wanted)
    with database().reading() as reading:
        return refusal(reading, _scope(reading, cohort_id, exercise, enrolment_id), wanted, refused)


@bp.post(f"{PERSON_LINE}/stay")
@bp.post(f"{LINE}/stay")
@for_roles("trainer")
def stay(cohort_id: int, exercise: str | None = None, enrolment_id: int | None = None) -> ResponseReturnValue:
    """An open page says that somebody is still there, or that they left."""
    db, viewer = get_db(), signed_in_viewer()
    scope = _scope(db, cohort_id, exercise, enrolment_id)
    if left := _ids("leave"):
        release(db, left, second=scope.second, by=viewer.person_id)
    else:
        keep_claims(db, second=scope.second, by=viewer.person_id, now=clock.now())
    return Response(status=204)


def refusal(
    db: Session, scope: Scope, attempt_id: int, refused: UserError, draft: Draft | None = None
) -> ResponseReturnValue:
    """The page of an answer with why nothing was done, and with what was typed: 409 after somebody else, else 422."""
    overtaken = isinstance(refused, MarkedMeanwhile | ChangedMeanwhile | HeldByAnother)
    return _page(db, scope, attempt_id, draft, refused), 409 if overtaken else 422


def here(scope: Scope) -> dict[str, object]:
    """What an address of this line is made of."""
    whose = {"exercise": scope.exercise} if scope.enrolment_id is None else {"enrolment_id": scope.enrolment_id}
    return {"cohort_id": scope.cohort.id, **whose, **({"second": 1} if scope.second else {})}


def _scope(db: Session, cohort_id: int, exercise: str | None, enrolment_id: int | None) -> Scope:
    second = request.values.get("second") == "1"
    return scope_for(db, signed_in_viewer(), cohort_id, exercise=exercise, enrolment_id=enrolment_id, second=second)


def _mark(db: Session, scope: Scope, attempt_id: int, draft: Draft) -> ResponseReturnValue:
    viewer, now = signed_in_viewer(), clock.now()
    given = Given(draft.levels, draft.comment, draft.seen, draft.read, _ids("alike"), _ids("phrase"))
    marked = mark_answers(db, viewer, scope, attempt_id, given, now=now)
    if request.form.get("then") == "stay":
        return _on(scope, attempt_id, marked)
    place, _line = take_answer(db, viewer, scope, now=now, after=attempt_id, holding=_ids("holding"))
    return _on(scope, place.attempt_id if place else None, marked)


def _on(scope: Scope, attempt_id: int | None, marked: Marked | None = None) -> ResponseReturnValue:
    """The address of the answer that comes next, which says what was saved."""
    told = {"saved": marked.marking_id, "count": len(marked.attempt_ids), "left": marked.left} if marked else {}
    part = {"part": 1} if request.form.get("part") else {}
    asked = {**here(scope), **told, **part, **({"answer": attempt_id} if attempt_id else {})}
    return redirect(url_for("fastdesk.fast", **asked), 303)  # type: ignore[arg-type]  # as url_for takes them


def _page(
    db: Session, scope: Scope, attempt_id: int, draft: Draft | None = None, refused: UserError | None = None
) -> str:
    """The whole page, or for fast.js the answer alone."""
    viewer, now = signed_in_viewer(), clock.now()
    line = line_of(db, viewer, scope, now=now)
    overtaken = draft is not None and isinstance(refused, MarkedMeanwhile)
    card = None
    sent = attempt_id and (refused is not None or draft is not None)
    if sent or line.place(attempt_id) is not None:  # what was given back left the line: it says so
        work = work_in(db, viewer, scope, attempt_id)
        card = card_of(db, viewer, work, line, now=now, typed=draft, overtaken=overtaken)
    return render_template(
        "fastdesk/fast_part.html" if request.values.get("part") else "fastdesk/fast.html",
        line=line,
        card=card,
        scope=scope,
        here=here(scope),
        final=final_since(db, scope) if card is None else None,
        refused=refused.sentence if refused else None,
        saved=read_id(request.args.get("saved")),
        count=read_id(request.args.get("count")),
        left=read_id(request.args.get("left")),
        points=points_in_words,
        most_comment=MOST_COMMENT,
        by_key=BY_KEY,
    )


def _ids(name: str) -> tuple[int, ...]:
    """The ids that a form sent under a name, as far as they are some."""
    return tuple(found for typed in request.form.getlist(name)[:500] if (found := read_id(typed)))
