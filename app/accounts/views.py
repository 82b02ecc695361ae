"""The doors: sign in, sign out, the start page, and the language of pages."""

from __future__ import annotations

from math import ceil

from flask import Blueprint, current_app, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_login import logout_user

from app import clock
from app.accounts import actions
from app.accounts.doors import Admitted, Caller, Refused, TooSoon, try_password
from app.accounts.forms import SignInForm
from app.accounts.identity import device_of_browser, held_by_browser, hold_in_browser, remember_device
from app.accounts.rules import first_steps
from app.errors import UserError
from app.web.guards import public, signed_in
from app.web.language import language_named, remember_language, words
from app.web.redirects import safe_target
from app.web.transactions import database, get_db
from app.web.viewing import signed_in_viewer, viewer
from app.words import Sentence, say

bp = Blueprint("accounts", __name__, template_folder="templates")

NOT_RIGHT = say("Number or password is not right. Try again.")


@bp.get("/")
@signed_in
def home() -> ResponseReturnValue:
    """Where everybody starts: what they can do here."""
    person = signed_in_viewer()
    return render_template("accounts/home.html", person=person, steps=first_steps(person))


@bp.get("/sign-in")
@public
def sign_in() -> ResponseReturnValue:
    """The form, or the start page for whoever is in already."""
    if viewer():
        return redirect(safe_target(request.args.get("next")))
    return _form(SignInForm())


@bp.post("/sign-in")
@public
def try_sign_in() -> ResponseReturnValue:
    """Compare first, then open a door or count the failure: a refusal is an answer, and is kept."""
    form, now = SignInForm(), clock.now()
    if not form.validate():
        return _form(form), 422
    caller = Caller(request.remote_addr or "", device_of_browser())
    match try_password(database(), form.name.data, form.password.data, caller=caller, now=now):
        case TooSoon(wait):
            return _slow_down(form, ceil(wait.total_seconds()))
        case Admitted(credentials, counters) if actions.still_fit(get_db(), credentials):
            actions.forget_failures(get_db(), counters)
            return _open_door(credentials.person_id)
        case Admitted(counters=counters) | Refused(counters):
            actions.count_failure(get_db(), counters, now=now)
            return _form(form, NOT_RIGHT), 422


@bp.post("/sign-out")
@public
def sign_out() -> ResponseReturnValue:
    """Close the door behind this browser; nothing to do where none is open."""
    if sign_in_id := held_by_browser():
        actions.end_sign_in(get_db(), sign_in_id, now=clock.now())
    logout_user()
    return redirect(url_for("accounts.sign_in"))


@bp.post("/language")
@public
def choose_language() -> ResponseReturnValue:
    """Turn to the other language and come back to the same place."""
    language = language_named(request.form.get("language", ""))
    if language is None:
        raise UserError(say("Pages can be read in Chinese and in English."))
    if someone := viewer():
        actions.choose_language(get_db(), someone.person_id, language)
    response = redirect(safe_target(request.form.get("next")))
    remember_language(response, language, secure=current_app.config["SESSION_COOKIE_SECURE"])
    return response


def _open_door(person_id: int) -> ResponseReturnValue:
    if former := held_by_browser():
        actions.end_sign_in(get_db(), former, now=clock.now())
    agent = request.user_agent.string
    hold_in_browser(actions.start_sign_in(get_db(), person_id, user_agent=agent, now=clock.now()))
    response = redirect(safe_target(request.args.get("next")))
    remember_device(response, person_id)
    return response


def _slow_down(form: SignInForm, seconds: int) -> ResponseReturnValue:
    sentence = say("Too many tries went wrong. Wait {seconds} seconds, then try again.", seconds=seconds)
    return _form(form, sentence), 429, {"Retry-After": str(seconds)}


def _form(form: SignInForm, refusal: Sentence | None = None) -> str:
    return render_template("accounts/sign_in.html", form=form, refusal=refusal and words(refusal))
