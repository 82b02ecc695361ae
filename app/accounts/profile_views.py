"""The page of one's own account: name, language, password, and where one is signed in."""

from __future__ import annotations

from math import ceil

from flask import Blueprint, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from werkzeug.wrappers import Response

from app import clock
from app.accounts import actions, profile
from app.accounts.doors import Admitted, Refused, TooSoon, try_own_password
from app.accounts.forms import ChangePasswordForm, ProfileForm
from app.accounts.identity import held_by_browser, open_door
from app.accounts.models import Person
from app.accounts.passwords import hash_password
from app.accounts.queries import Credentials
from app.errors import UserError
from app.web.guards import signed_in
from app.web.language import language_named, words
from app.web.transactions import database, get_db
from app.web.viewing import signed_in_viewer
from app.words import Sentence, say

bp = Blueprint("profile", __name__, url_prefix="/profile")

DONE = {
    "profile": say("Saved."),
    "password": say("Your password is changed. Everywhere else you are signed out."),
    "ended": say("Signed out there."),
    "others": say("Everywhere else you are signed out."),
}
NOT_THE_PASSWORD = say("This is not the password that you have now. Try again.")


@bp.get("")
@signed_in
def own() -> ResponseReturnValue:
    """Everything about one's own account on one page."""
    return _page(done=DONE.get(request.args.get("done", "")))


@bp.post("")
@signed_in
def change() -> ResponseReturnValue:
    """Keep a new name and language, and whether mail about courses comes."""
    form, viewer = ProfileForm(), signed_in_viewer()
    if not form.validate():
        return _page(details=form), 422
    language = language_named(form.language.data or "")
    profile.change_profile(
        get_db(),
        viewer,
        form.display_name.data,
        language=language,
        course_mail={"yes": True, "no": False}.get(form.course_mail.data or ""),
        by=viewer.person_id,
        now=clock.now(),
    )
    return _back("profile")


@bp.post("/password")
@signed_in
def change_password() -> ResponseReturnValue:
    """Change the password of whoever knows the present one; all other doors close, this one gets a new id."""
    viewer = signed_in_viewer()
    with database().reading() as db:
        form = ChangePasswordForm(about=profile.profile_of(db, viewer).known_words)
    if not form.validate():
        return _page(password=form), 422
    typed, address = form.current.data, request.remote_addr or ""
    match try_own_password(database(), viewer.person_id, typed, address=address, now=clock.now()):
        case TooSoon(wait):
            return _slow_down(form, ceil(wait.total_seconds()))
        case Refused(counters):
            actions.count_failure(get_db(), counters, now=clock.now())
            return _page(password=form, refusal=NOT_THE_PASSWORD), 422
        case Admitted(credentials, counters):
            password_hash = hash_password(form.password.data)  # ahead of the write transaction
            actions.forget_failures(get_db(), counters)
            return _change(credentials, password_hash)


@bp.post("/sign-ins/<key>/end")
@signed_in
def end_sign_in(key: str) -> ResponseReturnValue:
    """Sign out on one device, which may be this one."""
    profile.end_own_sign_in(get_db(), signed_in_viewer(), key, now=clock.now())
    return _back("ended")


@bp.post("/sign-ins/end-others")
@signed_in
def end_others() -> ResponseReturnValue:
    """Sign out everywhere but here."""
    profile.end_other_sign_ins(get_db(), signed_in_viewer(), held_by_browser() or "", now=clock.now())
    return _back("others")


def _change(credentials: Credentials, password_hash: str) -> ResponseReturnValue:
    db, now = get_db(), clock.now()
    if not actions.still_fit(db, credentials):
        raise UserError(say("Your password was changed a moment ago, from somewhere else. Load the page again."))
    person = db.get_one(Person, credentials.person_id)
    actions.set_password(db, person, password_hash, by=person.id, now=now)
    response = _back("password")
    open_door(response, person.id, now=now)
    return response


def _slow_down(form: ChangePasswordForm, seconds: int) -> ResponseReturnValue:
    sentence = say("Too many tries went wrong. Wait {seconds} s, then try again.", seconds=seconds)
    return _page(password=form, refusal=sentence), 429, {"Retry-After": str(seconds)}


def _page(
    *,
    details: ProfileForm | None = None,
    password: ChangePasswordForm | None = None,
    refusal: Sentence | None = None,
    done: Sentence | None = None,
) -> str:
    viewer, now = signed_in_viewer(), clock.now()
    return render_template(
        "accounts/profile.html",
        person=profile.profile_of(get_db(), viewer),
        doors=profile.open_doors(get_db(), viewer, held_by_browser(), now),
        details=details,
        password=password,
        refusal=refusal and words(refusal),
        done=done and words(done),
    )


def _back(done: str) -> Response:
    return redirect(url_for("profile.own", done=done), 303)
