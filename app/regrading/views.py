"""The pages on which trainers move their cohort to a newer version: what differs, what it does to points, the move."""

from __future__ import annotations

from flask import redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Session

from app import clock
from app.assessment.blueprint import COHORT
from app.assessment.showing import points_in_words
from app.cohorts.models import Cohort
from app.cohorts.queries import cohort_for, is_trainer_of
from app.errors import NotFound, UserError
from app.regrading.actions import MOST_REASON, go_on, move_cohort
from app.regrading.blueprint import bp
from app.regrading.compare import ASPECT_WORDS
from app.regrading.plan import Plan, plan_of
from app.regrading.queries import moves_of, newer_versions, version_of_course
from app.web.guards import NOTHING_HERE, signed_in
from app.web.transactions import database, get_db, roll_back
from app.web.viewing import signed_in_viewer
from app.words import Sentence, say

VERSION = f"{COHORT}/versions/<int(max=2147483647):number>"
MOST_ROWS = 100
"""People of an exercise that the page lists; those who lose come first."""
TURNS = {
    "loses": (say("loses points"), "due", "triangle-alert"),
    "gains": (say("gains points"), "done", "plus"),
    "waits": (say("waits for marks"), "due", "hourglass"),
    "unmarked": (say("is not marked any more"), "due", "triangle-alert"),
    "marked": (say("has points now"), "done", "check"),
    "same": (say("stays the same"), "", ""),
}
"""What becomes of somebody's points: its words, the kind of its chip and its icon."""


@bp.get(f"{COHORT}/versions")
@signed_in
def versions(cohort_id: int) -> str:
    """The version a cohort takes, the newer ones, and the moves there were."""
    db = get_db()
    cohort = _trained(db, cohort_id)
    moves = moves_of(db, cohort_id)
    return render_template(
        "regrading/versions.html",
        cohort=cohort,
        newer=newer_versions(db, cohort),
        moves=moves,
        under_way=next((move for move in moves if move.done_at is None), None),
    )


@bp.get(VERSION)
@signed_in
def version(cohort_id: int, number: int) -> ResponseReturnValue:
    """The dry run: what a newer version changes, and for whom. Nothing is written."""
    with database().reading() as db:
        cohort = _trained(db, cohort_id)
        wanted = version_of_course(db, cohort, number)
        if number <= cohort.version.number:
            return redirect(url_for("regrading.versions", cohort_id=cohort_id))
        return _page(cohort, plan_of(db, cohort, wanted))


@bp.post(VERSION)
@signed_in
def move(cohort_id: int, number: int) -> ResponseReturnValue:
    """Move the cohort; the worker marks anew."""
    viewer, reason = signed_in_viewer(), request.form.get("reason", "")
    with database().reading() as reading:  # marking everything takes its time, and would hold up everybody's saves
        cohort = _trained(reading, cohort_id)
        plan = plan_of(reading, cohort, version_of_course(reading, cohort, number))
    db = get_db()
    try:
        held = _trained(db, cohort_id, to_change=True)
        move_cohort(db, held, plan, reason=reason, by=viewer.person_id, now=clock.now())
    except UserError as error:
        roll_back()
        with database().reading() as reading:
            cohort = _trained(reading, cohort_id)
            plan = plan_of(reading, cohort, version_of_course(reading, cohort, number))
            return _page(cohort, plan, refused=error.sentence, reason=reason), 422
    return redirect(url_for("regrading.versions", cohort_id=cohort_id), 303)


@bp.post(f"{COHORT}/versions/go-on")
@signed_in
def ask_again(cohort_id: int) -> ResponseReturnValue:
    """Ask the worker once more for what is under way."""
    db = get_db()
    go_on(db, _trained(db, cohort_id, to_change=True), by=signed_in_viewer().person_id, now=clock.now())
    return redirect(url_for("regrading.versions", cohort_id=cohort_id), 303)


def _page(cohort: Cohort, plan: Plan, *, refused: Sentence | None = None, reason: str = "") -> str:
    return render_template(
        "regrading/version.html",
        cohort=cohort,
        plan=plan,
        refused=refused,
        reason=reason,
        aspects=ASPECT_WORDS,
        turns=TURNS,
        points=points_in_words,
        most_rows=MOST_ROWS,
        most_reason=MOST_REASON,
    )


def _trained(db: Session, cohort_id: int, *, to_change: bool = False) -> Cohort:
    """A cohort whose answers the viewer may see: one they train. Raises NotFound."""
    viewer = signed_in_viewer()
    cohort = cohort_for(db, viewer, cohort_id, to_change=to_change)
    if not is_trainer_of(db, viewer.person_id, cohort_id):
        raise NotFound(NOTHING_HERE)
    return cohort
