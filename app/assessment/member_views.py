"""Leaving the sheet of one's group; and for trainers, who is on a sheet: taken off, put on."""

from __future__ import annotations

from flask import redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from app import clock
from app.assessment import parties
from app.assessment.blueprint import ATTEMPT, bp
from app.assessment.company import company_of, is_done_together
from app.assessment.queries import Work, own_work, trained_work
from app.assessment.showing import head_of
from app.classroom.groups import away_now
from app.cohorts.people import enrolment_in
from app.errors import NotFound, UserError
from app.web.forms import read_id
from app.web.guards import NOTHING_HERE, for_roles, signed_in
from app.web.transactions import get_db, roll_back
from app.web.viewing import signed_in_viewer
from app.words import Sentence

MEMBERS = f"{ATTEMPT}/members"


@bp.post(f"{ATTEMPT}/leave")
@signed_in
def leave(attempt_id: int) -> ResponseReturnValue:
    """Take oneself off; the page of the exercise is the way back."""
    db, viewer = get_db(), signed_in_viewer()
    work = own_work(db, viewer, attempt_id, to_change=True)
    parties.leave_attempt(db, work, by=viewer.person_id, now=clock.now())
    return redirect(
        url_for("assessment.exercise", cohort_id=work.cohort.id, exercise=work.assignment.exercise, again=""), 303
    )


@bp.get(MEMBERS)
@for_roles("trainer")
def members(attempt_id: int) -> str:
    """Who is on a sheet, and who could be."""
    return _show(trained_work(get_db(), signed_in_viewer(), attempt_id))


@bp.post(MEMBERS)
@for_roles("trainer")
def change_members(attempt_id: int) -> ResponseReturnValue:
    """Put somebody on, or take somebody off."""
    db, viewer, now = get_db(), signed_in_viewer(), clock.now()
    work = trained_work(db, viewer, attempt_id, to_change=True)
    taken_off = "off" in request.form
    enrolment_id = read_id(request.form.get("off" if taken_off else "on", ""))
    if enrolment_id is None or not is_done_together(work):
        raise NotFound(NOTHING_HERE)
    enrolment = enrolment_in(db, work.cohort, enrolment_id)
    try:
        change = parties.take_off if taken_off else parties.put_on
        change(db, work, enrolment, by=viewer.person_id, now=now)
    except UserError as refused:
        roll_back()
        return _show(trained_work(get_db(), viewer, attempt_id), refused.sentence), 422
    return redirect(url_for("assessment.members", attempt_id=attempt_id, done=1), 303)


def _show(work: Work, refused: Sentence | None = None) -> str:
    db = get_db()
    company = company_of(db, work)
    if company is None:
        raise NotFound(NOTHING_HERE)
    return render_template(
        "assessment/members.html",
        work=work,
        head=head_of(work.spec, work.version),
        company=company,
        away=away_now(db, work.cohort, clock.now()),
        others=parties.possible_members(db, work),
        refused=refused,
        done="done" in request.args and refused is None,
    )
