"""The pages of cohorts: the list, opening one, a cohort with its dates, and changing it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import cast, get_args
from zoneinfo import ZoneInfo

from flask import Blueprint, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from app import clock
from app.catalogue.models import CourseVersion
from app.catalogue.queries import catalogue_for, course_of, newest_version
from app.cohorts import actions
from app.cohorts.forms import CohortForm, OpenForm, read_day
from app.cohorts.listing import MOST_ROWS, cohort_rows
from app.cohorts.models import Cohort
from app.cohorts.pages import cohort_page
from app.cohorts.queries import (
    cohort_for,
    dates_in_order_of_course,
    enrolment_of,
    home_zone,
    is_trainer_of,
    possible_trainers,
    trainers_of,
)
from app.cohorts.rules import State, zones
from app.cohorts.schedule import Schedule, moved_schedule, stored_schedule, typed_schedule
from app.cohorts.showing import name_for, weekday
from app.errors import NotFound, UserError
from app.web.guards import NOTHING_HERE, for_roles, signed_in
from app.web.language import words
from app.web.transactions import get_db, roll_back
from app.web.viewing import signed_in_viewer
from app.words import Sentence, say

bp = Blueprint("cohorts", __name__, url_prefix="/cohorts", template_folder="templates")
bp.add_app_template_filter(weekday, "weekday")

COHORT = "/<int(max=2147483647):cohort_id>"
MOST_DAYS = 365
STATE_NAMES: Mapping[State, Sentence] = {
    "running": say("Running"),
    "coming": say("Coming"),
    "finished": say("Finished"),
    "archived": say("Archived"),
}
DONE: Mapping[str, Sentence] = {
    "opened": say("The cohort is open. Next: look over the dates, then enrol people."),
    "changed": say("Saved."),
    "dates": say("The dates are saved."),
    "archived": say("The cohort is archived. Everything in it can still be read."),
    "reopened": say("The cohort is open again."),
}


@bp.get("")
@for_roles("trainer", "admin")
def cohorts() -> str:
    """The viewer's cohorts, or all of them for admins."""
    viewer = signed_in_viewer()
    search, asked = request.args.get("search", "")[:200], request.args.get("state", "")
    state = cast("State", asked) if asked in get_args(State) else None
    today = clock.now().astimezone(ZoneInfo(viewer.zone)).date()
    rows = cohort_rows(get_db(), viewer, today, search=search, state=state)
    return render_template(
        "cohorts/cohorts.html",
        rows=rows[:MOST_ROWS],
        more=len(rows) > MOST_ROWS,
        search=search,
        state=state,
        states=STATE_NAMES,
    )


@bp.get("/new")
@for_roles("trainer", "admin")
def new_cohort() -> str:
    """The form for a new cohort."""
    return _open_form(OpenForm())


@bp.post("")
@for_roles("trainer", "admin")
def open_cohort() -> ResponseReturnValue:
    """Open a cohort on the newest version of a course."""
    form, viewer = OpenForm(), signed_in_viewer()
    if not form.validate():
        return _open_form(form), 422
    try:
        version = newest_version(get_db(), viewer, form.course.data.strip())
        cohort = actions.open_cohort(get_db(), version, _plan(form, version), by=viewer.person_id, now=clock.now())
    except UserError as refused:
        roll_back()
        return _open_form(form, _of_course(refused)), 422
    return redirect(url_for("cohorts.cohort", cohort_id=cohort.id, done="opened"), 303)


@bp.get(COHORT)
@signed_in
def cohort(cohort_id: int) -> ResponseReturnValue:
    """The page of a cohort for those who run it; whoever takes part in it goes to their own."""
    db, viewer = get_db(), signed_in_viewer()
    try:
        found = cohort_for(db, viewer, cohort_id)
    except NotFound:
        enrolment_of(db, viewer, cohort_id)
        return redirect(url_for("home.my_course", cohort_id=cohort_id), 303)
    page = cohort_page(db, found, trains=is_trainer_of(db, viewer.person_id, cohort_id), now=clock.now())
    moved = _days(request.args.get("days", "")) if request.args.get("done") == "moved" else None
    return render_template(
        "cohorts/cohort.html",
        page=page,
        cohort=found,
        done=_done(),
        states=STATE_NAMES,
        moved=moved,
        stamp=request.args.get("stamp", ""),
    )


@bp.get(f"{COHORT}/edit")
@for_roles("trainer", "admin")
def edit_cohort(cohort_id: int) -> str:
    """The form for name, zone and trainers."""
    return _edit_form(cohort_for(get_db(), signed_in_viewer(), cohort_id), None)


@bp.post(f"{COHORT}/edit")
@for_roles("trainer", "admin")
def change_cohort(cohort_id: int) -> ResponseReturnValue:
    """Save name, zone and trainers."""
    db, viewer, form = get_db(), signed_in_viewer(), CohortForm()
    found = cohort_for(db, viewer, cohort_id, to_change=True)
    if not form.validate():
        return _edit_form(found, form), 422
    try:
        trainer_ids = form.trainers
        actions.change_cohort(
            db,
            found,
            form.name.data,
            zone=form.zone.data.strip(),
            trainer_ids=trainer_ids,
            by=viewer.person_id,
            now=clock.now(),
        )
    except UserError as refused:
        roll_back()
        return _edit_form(cohort_for(get_db(), viewer, cohort_id), form, refused.sentence), 422
    if viewer.person_id not in trainer_ids and not viewer.has_any("admin"):
        return redirect(url_for("cohorts.cohorts"), 303)  # they have just taken themselves out of it
    return redirect(url_for("cohorts.cohort", cohort_id=cohort_id, done="changed"), 303)


@bp.post(f"{COHORT}/archive")
@for_roles("trainer", "admin")
def archive(cohort_id: int) -> ResponseReturnValue:
    """Close a cohort for changes."""
    db, viewer = get_db(), signed_in_viewer()
    found = cohort_for(db, viewer, cohort_id, to_change=True)
    actions.archive_cohort(db, found, by=viewer.person_id, now=clock.now())
    return redirect(url_for("cohorts.cohort", cohort_id=cohort_id, done="archived"), 303)


@bp.post(f"{COHORT}/reopen")
@for_roles("trainer", "admin")
def reopen(cohort_id: int) -> ResponseReturnValue:
    """Take an archived cohort back."""
    db, viewer = get_db(), signed_in_viewer()
    found = cohort_for(db, viewer, cohort_id, to_change=True)
    actions.reopen_cohort(db, found, by=viewer.person_id, now=clock.now())
    return redirect(url_for("cohorts.cohort", cohort_id=cohort_id, done="reopened"), 303)


@bp.get(f"{COHORT}/sessions")
@for_roles("trainer", "admin")
def sessions(cohort_id: int) -> str:
    """The form for all dates."""
    found = cohort_for(get_db(), signed_in_viewer(), cohort_id)
    return _dates_form(found, stored_schedule(dates_in_order_of_course(get_db(), found)))


@bp.post(f"{COHORT}/sessions")
@for_roles("trainer", "admin")
def change_sessions(cohort_id: int) -> ResponseReturnValue:
    """Save all dates, or none."""
    db = get_db()
    found = cohort_for(db, signed_in_viewer(), cohort_id, to_change=True)
    actions.refuse_archived(found)
    trainer_ids = [trainer.id for trainer in trainers_of(db, found)]
    schedule = typed_schedule(
        db,
        found,
        dates_in_order_of_course(db, found),
        typed=request.form,
        trainer_ids=trainer_ids,
        today=clock.now().date(),
    )
    return _save_dates(found, schedule, stale=request.form.get("stamp") != schedule.stamp)


@bp.post(f"{COHORT}/sessions/move")
@for_roles("trainer", "admin")
def move_sessions(cohort_id: int) -> ResponseReturnValue:
    """Move all dates by some days."""
    db = get_db()
    found = cohort_for(db, signed_in_viewer(), cohort_id, to_change=True)
    actions.refuse_archived(found)
    stored = dates_in_order_of_course(db, found)
    days = _days(request.form.get("days", ""))
    if days is None:
        wrong = say("A whole number of days goes here, up to {most}: 7, or -7 for a week earlier.", most=MOST_DAYS)
        return _dates_form(found, stored_schedule(stored), move_error=wrong), 422
    schedule = moved_schedule(db, found, stored, days=days, today=clock.now().date())
    return _save_dates(found, schedule, stale=request.form.get("stamp", schedule.stamp) != schedule.stamp, moved=days)


def _save_dates(cohort: Cohort, schedule: Schedule, *, stale: bool, moved: int = 0) -> ResponseReturnValue:
    unconfirmed = schedule.has_warnings and "confirmed" not in request.form
    if stale or schedule.is_wrong or unconfirmed:
        return _dates_form(cohort, schedule, stale=stale), 422
    actions.set_dates(get_db(), cohort, schedule.dates, by=signed_in_viewer().person_id, now=clock.now())
    if moved:  # with the stamp of what it came to: undone once, and not after somebody else has changed dates
        stamp = stored_schedule(dates_in_order_of_course(get_db(), cohort)).stamp
        return redirect(url_for("cohorts.cohort", cohort_id=cohort.id, done="moved", days=moved, stamp=stamp), 303)
    return redirect(url_for("cohorts.cohort", cohort_id=cohort.id, done="dates"), 303)


def _dates_form(cohort: Cohort, schedule: Schedule, *, stale: bool = False, move_error: Sentence | None = None) -> str:
    return render_template(
        "cohorts/sessions.html",
        cohort=cohort,
        schedule=schedule,
        trainers=trainers_of(get_db(), cohort),
        stale=stale,
        move_error=move_error and words(move_error),
    )


def _open_form(form: OpenForm, refusal: Sentence | None = None) -> str:
    viewer, typed = signed_in_viewer(), request.form
    people = possible_trainers(get_db())
    return render_template(
        "cohorts/new.html",
        form=form,
        refusal=refusal and words(refusal),
        courses=catalogue_for(get_db(), viewer),
        course=typed.get("course", request.args.get("course", "")),
        zone=typed.get("zone", home_zone(get_db())),
        zones=zones(),
        weekends=bool(form.weekends.data),
        people=people,
        chosen=form.trainers if typed else (viewer.person_id,),
    )


def _edit_form(cohort: Cohort, form: CohortForm | None, refusal: Sentence | None = None) -> str:
    present = trainers_of(get_db(), cohort)
    people = {person.id: person for person in (*present, *possible_trainers(get_db()))}
    return render_template(
        "cohorts/edit.html",
        cohort=cohort,
        name=form.name.data if form else cohort.name,
        zone=form.zone.data if form else cohort.zone,
        errors=form.errors if form else {},
        refusal=refusal and words(refusal),
        zones=zones(),
        people=tuple(people.values()),
        chosen=form.trainers if form else tuple(person.id for person in present),
    )


def _plan(form: OpenForm, version: CourseVersion) -> actions.Plan:
    first_day = read_day(form.first_day.data)
    assert first_day is not None, "the form was validated"  # noqa: S101 -- not for people
    room = " ".join((form.room.data or "").split())
    name = (form.name.data or "").strip() or name_for(version.title, first_day, course_of(version).language)
    return actions.Plan(
        name, form.zone.data.strip(), first_day, room, form.trainers, skip_weekends=not form.weekends.data
    )


def _of_course(refused: UserError) -> Sentence:
    """A course that is not there was typed, so it is a matter of the form."""
    return say("Choose a course.") if refused.sentence == NOTHING_HERE else refused.sentence


def _days(typed: str) -> int | None:
    plain = typed.strip().replace("−", "-").removeprefix("+")
    digits = plain.removeprefix("-")
    if not (digits.isascii() and digits.isdigit() and len(digits) <= 3) or not 0 < int(digits) <= MOST_DAYS:
        return None
    return int(plain)


def _done() -> Sentence | None:
    return DONE.get(request.args.get("done", ""))
