"""People, for administrators: the list, one person, their roles and their way in."""

from __future__ import annotations

from dataclasses import replace

from flask import Blueprint, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from app import clock
from app.accounts import actions
from app.accounts.administration import (
    ChangedMeanwhile,
    add_described_person,
    change_person,
    change_roles,
    untouched_as_now,
)
from app.accounts.departments import department_tree
from app.accounts.identity import hold_in_browser
from app.accounts.people import NO_ROLE, STATES, PersonFacts, Sought, people_for, person_for, person_page
from app.accounts.slips import make_slips
from app.accounts.trail import ROLE_WORDS
from app.errors import Mistyped, UserError
from app.web.forms import read_id
from app.web.guards import for_roles
from app.web.language import words
from app.web.transactions import get_db, roll_back
from app.web.viewing import ROLES, signed_in_viewer
from app.words import Sentence, say

bp = Blueprint("people", __name__, url_prefix="/people", template_folder="templates")
ONE = "/<int(max=2147483647):person_id>"
NOBODY = PersonFacts("", "", "", "", "")
DONE = {
    "added": say("The account is there. Print a slip, so that {name} can choose a password."),
    "saved": say("Saved."),
    "roles": say("The roles are saved. {name} has to sign in once more."),
    "closed": say("The account is deactivated, and everybody using it was signed out. What {name} has done stays."),
    "reopened": say("The account is active again, with the roles it had."),
}


@bp.get("")
@for_roles("admin")
def people() -> str:
    """The list."""
    sought = _sought()
    page = people_for(get_db(), signed_in_viewer(), sought)
    return render_template("accounts/people.html", page=page, sought=sought, roles=ROLE_WORDS, no_role=NO_ROLE)


@bp.get("/new")
@for_roles("admin")
def new() -> str:
    """An empty form."""
    return _new_person(NOBODY)


@bp.post("")
@for_roles("admin")
def add() -> ResponseReturnValue:
    """Make a person, or the form again with what is wrong."""
    typed = _typed()
    try:
        person = add_described_person(get_db(), typed, by=signed_in_viewer().person_id, now=clock.now())
    except Mistyped as mistake:
        return _new_person(typed, mistake), 422
    return _back_to(person.id, "added")


@bp.get(ONE)
@for_roles("admin")
def person(person_id: int) -> str:
    """One person."""
    return _one_person(person_id, done=DONE.get(request.args.get("done", "")))


@bp.post(ONE)
@for_roles("admin")
def change(person_id: int) -> ResponseReturnValue:
    """Keep what was typed; the form again where it cannot be, with both where somebody was faster."""
    viewer, typed = signed_in_viewer(), _typed()
    found, shown = person_for(get_db(), viewer, person_id), _typed("was_")
    try:
        change_person(get_db(), found, typed, shown=shown, by=viewer.person_id, now=clock.now())
    except Mistyped as mistake:
        return _one_person(person_id, typed=typed, mistake=mistake), 422
    except ChangedMeanwhile as refusal:
        return _one_person(person_id, typed=typed, shown=shown, refusal=refusal.sentence), 409
    return _back_to(person_id, "saved")


@bp.post(f"{ONE}/roles")
@for_roles("admin")
def roles(person_id: int) -> ResponseReturnValue:
    """Give and take roles. It ends the person's sign-ins; an admin who changes their own gets a new one."""
    viewer, now = signed_in_viewer(), clock.now()
    found, wanted = person_for(get_db(), viewer, person_id), request.form.getlist("role")
    shown = request.form.getlist("was_role")
    try:
        changed = change_roles(get_db(), found, wanted, shown=shown, by=viewer.person_id, now=now)
    except ChangedMeanwhile as refusal:
        return _one_person(person_id, ticked=wanted, refusal=refusal.sentence), 409
    except UserError as refusal:
        return _one_person(person_id, ticked=wanted, refusal=refusal.sentence), 422
    if changed and person_id == viewer.person_id:
        agent = request.user_agent.string
        hold_in_browser(actions.start_sign_in(get_db(), person_id, user_agent=agent, now=now))
        if "admin" not in wanted:
            return redirect(url_for("home.start"), 303)
    return _back_to(person_id, "roles" if changed else "saved")


@bp.post(f"{ONE}/deactivate")
@for_roles("admin")
def deactivate(person_id: int) -> ResponseReturnValue:
    """Close an account; the page that follows offers to open it again."""
    viewer = signed_in_viewer()
    found = person_for(get_db(), viewer, person_id)
    try:
        actions.deactivate_person(get_db(), found, by=viewer.person_id, now=clock.now())
    except UserError as refusal:
        return _one_person(person_id, refusal=refusal.sentence), 422
    return _back_to(person_id, "closed")


@bp.post(f"{ONE}/reactivate")
@for_roles("admin")
def reactivate(person_id: int) -> ResponseReturnValue:
    """Open a closed account again."""
    viewer = signed_in_viewer()
    found = person_for(get_db(), viewer, person_id)
    actions.reactivate_person(get_db(), found, by=viewer.person_id, now=clock.now())
    return _back_to(person_id, "reopened")


@bp.post(f"{ONE}/slip")
@for_roles("admin")
def slip(person_id: int) -> ResponseReturnValue:
    """A slip with a new one-time code: shown this once, to be printed."""
    viewer = signed_in_viewer()
    found = person_for(get_db(), viewer, person_id)
    slips = make_slips(get_db(), (found,), by=viewer.person_id, now=clock.now())
    return render_template("accounts/slips.html", slips=slips, back=url_for(".person", person_id=person_id))


def _sought() -> Sought:
    asked = request.args
    department, page, state = asked.get("department", ""), asked.get("page", ""), asked.get("state", "")
    return Sought(
        text=asked.get("q", "")[:200],
        role=asked.get("role", ""),
        department=read_id(department),
        state=state if state in STATES else STATES[0],
        page=read_id(page) or 1,
    )


def _typed(prefix: str = "") -> PersonFacts:
    form = request.form
    facts = {name: form.get(f"{prefix}{name}", "") for name in vars(NOBODY)}
    return replace(NOBODY, **facts)


def _back_to(person_id: int, done: str) -> ResponseReturnValue:
    return redirect(url_for("people.person", person_id=person_id, done=done), 303)


def _new_person(typed: PersonFacts, mistake: Mistyped | None = None) -> str:
    if mistake:
        roll_back()
    departments = department_tree(get_db())
    return render_template("accounts/new_person.html", typed=typed, departments=departments, errors=_errors(mistake))


def _one_person(
    person_id: int,
    *,
    typed: PersonFacts | None = None,
    shown: PersonFacts | None = None,
    ticked: list[str] | None = None,
    mistake: Mistyped | None = None,
    refusal: Sentence | None = None,
    done: Sentence | None = None,
) -> str:
    if mistake or refusal:
        roll_back()  # the page is an answer, and an answer commits
    page = person_page(get_db(), signed_in_viewer(), person_id, now=clock.now())
    return render_template(
        "accounts/person.html",
        page=page,
        typed=untouched_as_now(typed, shown, page.facts) if typed and shown else typed or page.facts,
        shown=shown,
        ticked=page.roles if ticked is None else [role for role in ROLES if role in ticked],
        roles=ROLE_WORDS,
        errors=_errors(mistake),
        refusal=refusal,
        done=done and say(done.text, name=page.facts.display_name),
    )


def _errors(mistake: Mistyped | None) -> dict[str, str]:
    return {mistake.field: words(mistake.sentence)} if mistake else {}
