"""The pages of the people in a cohort: the list, enrolling from a list, corrections, slips."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, current_app, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from app import clock
from app.accounts.departments import department_tree
from app.accounts.models import Person
from app.accounts.slips import make_slips
from app.cohorts import enrolling
from app.cohorts.actions import refuse_archived
from app.cohorts.judging import FATES, Verdict, judge_roster
from app.cohorts.models import Cohort
from app.cohorts.people import correctable_person, enrolment_in, members_of, people_for_slips
from app.cohorts.queries import cohort_for
from app.cohorts.roster_files import read_file
from app.cohorts.rosters import COLUMNS, MOST_BYTES, MOST_ROWS, Roster, as_lines, from_lines, read_text
from app.cohorts.views import COHORT
from app.errors import UserError
from app.web.forms import read_id
from app.web.guards import for_roles
from app.web.language import words
from app.web.transactions import get_db, roll_back
from app.web.viewing import signed_in_viewer
from app.words import Sentence, say

bp = Blueprint("enrolment", __name__, url_prefix="/cohorts", template_folder="templates")
MEMBER = f"{COHORT}/people/<int(max=2147483647):enrolment_id>"


@bp.get(f"{COHORT}/people")
@for_roles("trainer", "admin")
def people(cohort_id: int) -> str:
    """Everybody who is or was in the cohort."""
    db = get_db()
    cohort = cohort_for(db, signed_in_viewer(), cohort_id)
    members = members_of(db, cohort, now=clock.now())
    return render_template(
        "cohorts/people.html",
        cohort=cohort,
        members=[member for member in members if member.withdrawn_at is None],
        withdrawn=[member for member in members if member.withdrawn_at is not None],
        done=request.args.get("done", ""),
        left=read_id(request.args.get("left", "")),
        counts={name: read_id(request.args.get(name, "")) or 0 for name in (*FATES, "mailed")},
    )


@bp.get(f"{COHORT}/enrol")
@for_roles("trainer", "admin")
def enrol(cohort_id: int) -> str:
    """The form for a list."""
    cohort = cohort_for(get_db(), signed_in_viewer(), cohort_id)
    return _list_form(cohort)


@bp.post(f"{COHORT}/enrol/check")
@for_roles("trainer", "admin")
def check(cohort_id: int) -> ResponseReturnValue:
    """Show what a list would do; stores nothing."""
    try:
        roster = _sent_roster()
    except UserError as refused:
        return _list_form(cohort_for(get_db(), signed_in_viewer(), cohort_id), refused.sentence), 422
    viewer, db = signed_in_viewer(), get_db()
    cohort = cohort_for(db, viewer, cohort_id)
    refuse_archived(cohort)
    verdict = judge_roster(db, cohort, roster.rows, adding=viewer.has_any("admin"))
    return _preview(cohort, verdict, ignored=roster.ignored)


@bp.post(f"{COHORT}/enrol")
@for_roles("trainer", "admin")
def confirm(cohort_id: int) -> ResponseReturnValue:
    """Enrol the people of a list that was shown, or show it again where something is not right yet."""
    rows, to_add, how = from_lines(request.form.get("rows", ""), request.form), _to_add(), request.form.get("how")
    viewer, db = signed_in_viewer(), get_db()
    cohort = cohort_for(db, viewer, cohort_id, to_change=True)
    if how not in {"all", "correct"}:
        refuse_archived(cohort)
        verdict = judge_roster(db, cohort, rows, adding=viewer.has_any("admin"), to_add=to_add)
        return _preview(cohort, verdict, to_add=to_add)
    came = enrolling.confirm_roster(
        db,
        cohort,
        rows,
        by=viewer,
        now=clock.now(),
        seen=request.form.get("seen", ""),
        public_url=current_app.config["PUBLIC_URL"],
        leaving_out=how == "correct",
        to_add=to_add,
    )
    if isinstance(came, Verdict):
        return _preview(cohort, came, to_add=to_add, again=True), 422
    told: dict[str, Any] = {**{str(fate): count for fate, count in came.counts.items()}, "mailed": came.mailed}
    return redirect(url_for("enrolment.people", cohort_id=cohort_id, done="enrolled", **told), 303)


@bp.post(f"{MEMBER}/withdraw")
@for_roles("trainer", "admin")
def withdraw(cohort_id: int, enrolment_id: int) -> ResponseReturnValue:
    """Take somebody out."""
    db, viewer = get_db(), signed_in_viewer()
    cohort = cohort_for(db, viewer, cohort_id, to_change=True)
    enrolment = enrolment_in(db, cohort, enrolment_id)
    enrolling.withdraw(db, cohort, enrolment, by=viewer.person_id, now=clock.now())
    return redirect(url_for("enrolment.people", cohort_id=cohort_id, done="withdrawn", left=enrolment_id), 303)


@bp.post(f"{MEMBER}/take-back")
@for_roles("trainer", "admin")
def take_back(cohort_id: int, enrolment_id: int) -> ResponseReturnValue:
    """Let somebody come back."""
    db, viewer = get_db(), signed_in_viewer()
    cohort = cohort_for(db, viewer, cohort_id, to_change=True)
    enrolment = enrolment_in(db, cohort, enrolment_id)
    enrolling.take_back(db, cohort, enrolment, by=viewer.person_id, now=clock.now())
    return redirect(url_for("enrolment.people", cohort_id=cohort_id, done="taken-back"), 303)


@bp.get(f"{MEMBER}")
@for_roles("trainer", "admin")
def person(cohort_id: int, enrolment_id: int) -> str:
    """The form for name, address and department of somebody who has no password yet."""
    cohort = cohort_for(get_db(), signed_in_viewer(), cohort_id)
    found = correctable_person(get_db(), cohort, enrolment_id)
    typed = {
        "name": found.display_name,
        "email": found.email or "",
        "department": str(found.department_id or ""),
    }
    return _person_form(cohort, enrolment_id, found, typed)


@bp.post(f"{MEMBER}")
@for_roles("trainer", "admin")
def correct(cohort_id: int, enrolment_id: int) -> ResponseReturnValue:
    """Save a correction."""
    db, viewer, typed = get_db(), signed_in_viewer(), request.form
    cohort = cohort_for(db, viewer, cohort_id)
    found = correctable_person(db, cohort, enrolment_id, to_change=True)
    departments = {str(row.id): row.id for row in department_tree(db)}
    try:
        enrolling.correct_person(
            db,
            cohort,
            found,
            display_name=typed.get("name", ""),
            email=typed.get("email", ""),
            department_id=departments.get(typed.get("department", "")),
            by=viewer.person_id,
            now=clock.now(),
        )
    except UserError as refused:
        roll_back()
        return _person_form(cohort, enrolment_id, found, typed, refused.sentence), 422
    return redirect(url_for("enrolment.people", cohort_id=cohort_id, done="corrected"), 303)


@bp.post(f"{COHORT}/slips")
@for_roles("trainer", "admin")
def slips(cohort_id: int) -> str:
    """Slips with new codes, shown this once."""
    db, viewer = get_db(), signed_in_viewer()
    cohort = cohort_for(db, viewer, cohort_id)
    refuse_archived(cohort)
    wanted = people_for_slips(db, cohort, _one(request.form.get("enrolment", "")))
    made = make_slips(db, wanted, by=viewer.person_id, now=clock.now())
    back = url_for("enrolment.people", cohort_id=cohort_id)
    return render_template("accounts/slips.html", slips=made, back=back, back_to=cohort.name)


def _sent_roster() -> Roster:
    """The list of the form: the file where one was chosen, else the text. Raises UserError."""
    file = request.files.get("file")
    if file is not None and file.filename:
        return read_file(file.stream.read(MOST_BYTES + 1))
    return read_text(request.form.get("text", ""))


def _list_form(cohort: Cohort, refusal: Sentence | None = None) -> str:
    return render_template(
        "cohorts/enrol.html",
        cohort=cohort,
        text=request.form.get("text", ""),
        refusal=refusal and words(refusal),
        most=MOST_ROWS,
        megabytes=MOST_BYTES // 1024 // 1024,
    )


def _preview(
    cohort: Cohort,
    verdict: Verdict,
    *,
    ignored: tuple[str, ...] = (),
    to_add: tuple[str, ...] = (),
    again: bool = False,
) -> str:
    return render_template(
        "cohorts/preview.html",
        cohort=cohort,
        verdict=verdict,
        lines=as_lines(judged.row for judged in verdict.rows),
        ignored=ignored,
        to_add=to_add,
        again=again and not verdict.wrong,
        columns=COLUMNS,
    )


def _person_form(
    cohort: Cohort, enrolment_id: int, person: Person, typed: object, refusal: Sentence | None = None
) -> str:
    return render_template(
        "cohorts/person.html",
        cohort=cohort,
        enrolment_id=enrolment_id,
        person=person,
        typed=typed,
        refusal=refusal and words(refusal),
        departments=department_tree(get_db()),
    )


def _to_add() -> tuple[str, ...]:
    """Departments that are to be made. Who may, the verdict decides."""
    return tuple(dict.fromkeys(text[:300] for text in request.form.getlist("add") if text.isprintable()))[:MOST_ROWS]


def _one(typed: str) -> int | None:
    """The enrolment that a slip is wanted for; None for all."""
    if not typed:
        return None
    if (enrolment_id := read_id(typed)) is None:
        raise UserError(say("There is nobody to print a slip for."))
    return enrolment_id
