"""How somebody marks: with or without names, own phrases, two markers compared, and marks made final."""

from __future__ import annotations

from typing import Literal

from flask import redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from app import clock
from app.assessment.queries import take_turn
from app.assessment.saves import read_id
from app.assessment.showing import points_in_words
from app.documents.markdown import inline
from app.errors import UserError
from app.fastdesk.blueprint import bp
from app.fastdesk.comparing import comparison_of
from app.fastdesk.final import make_final, open_marks
from app.fastdesk.line import line_of, scope_for
from app.fastdesk.together import work_in
from app.fastdesk.views import LINE, refusal
from app.marking.anonymous import Choice, choose
from app.marking.phrases import change_phrase, forget_phrase, keep_phrase
from app.marking.second import STANDING_WORDS, settle_difference
from app.web.guards import for_roles
from app.web.redirects import safe_target
from app.web.transactions import database, get_db, roll_back
from app.web.viewing import signed_in_viewer
from app.words import Sentence

SECOND = f"{LINE}/second"


@bp.post("/marking/choice")
@for_roles("trainer")
def choose_way() -> ResponseReturnValue:
    """Names or numbers, the same answers together or one by one: for all that this person marks."""
    choice = Choice(request.form.get("hides_names") == "yes", request.form.get("groups_alike") == "yes")
    choose(get_db(), signed_in_viewer(), choice)
    return _back(url_for("marking.inbox"))


@bp.post(f"{LINE}/phrases")
@for_roles("trainer")
def phrases(cohort_id: int, exercise: str) -> ResponseReturnValue:
    """Add a phrase of one's own, change or remove one; or why not, on the desk where one was."""
    db, viewer, form = get_db(), signed_in_viewer(), request.form
    scope_for(db, viewer, cohort_id, exercise=exercise)
    forgotten, changed = read_id(form.get("forget")), read_id(form.get("change"))
    try:
        if forgotten:
            forget_phrase(db, viewer, exercise, forgotten)
        elif changed:
            change_phrase(db, viewer, exercise, changed, form.get("text", ""))
        else:
            keep_phrase(db, viewer, exercise, form.get("text", ""), now=clock.now())
    except UserError as error:
        roll_back()
        refused = error
    else:
        return _back(url_for("fastdesk.fast", cohort_id=cohort_id, exercise=exercise))
    with database().reading() as reading:
        scope = scope_for(reading, viewer, cohort_id, exercise=exercise)
        return refusal(reading, scope, read_id(form.get("answer")), refused)


@bp.post(f"{LINE}/final")
@for_roles("trainer")
def final(cohort_id: int, exercise: str) -> ResponseReturnValue:
    """Make the marks final, or open them again."""
    db, viewer, now = get_db(), signed_in_viewer(), clock.now()
    cohort = scope_for(db, viewer, cohort_id, exercise=exercise).cohort
    if request.form.get("final") == "yes":
        make_final(db, cohort, exercise, by=viewer.person_id, now=now)
    else:
        open_marks(db, cohort, exercise, reason=request.form.get("reason", ""), by=viewer.person_id, now=now)
    return redirect(url_for("fastdesk.fast", cohort_id=cohort_id, exercise=exercise), 303)


@bp.get(SECOND)
@for_roles("trainer")
def second(cohort_id: int, exercise: str) -> str:
    """What two markers gave."""
    return _comparison(cohort_id, exercise)


@bp.post(SECOND)
@for_roles("trainer")
def settle(cohort_id: int, exercise: str) -> ResponseReturnValue:
    """Let the word of one of them stand."""
    viewer, attempt_id = signed_in_viewer(), read_id(request.form.get("answer"))
    db = get_db()
    scope = scope_for(db, viewer, cohort_id, exercise=exercise)
    take_turn(db, attempt_id)
    work, now = work_in(db, viewer, scope, attempt_id), clock.now()
    word: Literal["first", "second"] = "second" if request.form.get("word") == "second" else "first"
    seen, by = read_id(request.form.get("seen")), viewer.person_id
    try:
        settle_difference(db, work, word, seen=seen, by=by, now=now)
    except UserError as error:
        roll_back()
        return _comparison(cohort_id, exercise, error.sentence), 409
    return redirect(url_for("fastdesk.second", cohort_id=cohort_id, exercise=exercise), 303)


def _comparison(cohort_id: int, exercise: str, refused: Sentence | None = None) -> str:
    viewer = signed_in_viewer()
    with database().reading() as db:
        scope = scope_for(db, viewer, cohort_id, exercise=exercise)
        line = line_of(db, viewer, scope, now=clock.now())
        spec = scope.spec(exercise)
        return render_template(
            "fastdesk/second.html",
            scope=scope,
            title=inline(spec.title) if spec else exercise,
            comparison=comparison_of(db, line),
            standing=STANDING_WORDS,
            points=points_in_words,
            refused=refused,
        )


def _back(otherwise: str) -> ResponseReturnValue:
    return redirect(safe_target(request.form.get("next"), otherwise=otherwise), 303)
