"""The doors: sign in, sign out, and the language of pages."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from math import ceil

from flask import Blueprint, current_app, g, jsonify, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_login import logout_user
from flask_wtf.csrf import generate_csrf

from app import clock
from app.accounts import actions
from app.accounts.doors import Admitted, Caller, Refused, TooSoon, try_password
from app.accounts.forms import SignInForm
from app.accounts.identity import device_of_browser, held_by_browser, open_door
from app.accounts.organisation import OrganisationFacts, organisation_facts
from app.accounts.queries import Credentials, named
from app.errors import UserError
from app.web.errors import Mishap, answer, wants_json
from app.web.guards import public
from app.web.language import language_named, remember_language, words
from app.web.redirects import safe_target
from app.web.transactions import database, get_db
from app.web.viewing import viewer
from app.words import Sentence, say

bp = Blueprint("accounts", __name__, template_folder="templates")

NOT_RIGHT = say("Number or password is not right. Try again.")
SIGN_IN = say("Sign in")


@bp.app_context_processor
def whose() -> dict[str, Callable[[], OrganisationFacts]]:
    """`organisation()` for the doors and slips that say whose they are: asked when called, and on a read connection."""

    def organisation() -> OrganisationFacts:
        with database().reading() as db:
            return organisation_facts(db)

    return {"organisation": organisation}


@bp.get("/sign-in")
@public
def sign_in() -> ResponseReturnValue:
    """The form, or the start page for whoever is in already."""
    if viewer():
        return redirect(safe_target(request.args.get("next")))
    return _form(SignInForm())


@bp.get("/sign-in/token")
@public
def sign_in_token() -> ResponseReturnValue:
    """JSON {"csrf_token", "person_id"}: a fresh token for a page that was left open, and who is signed in, or null.

    A page that lost its sign-in (401 as application/problem+json) asks for a token here, sends it as the header
    X-CSRFToken with POST /sign-in, and goes on with the token which that answers.
    """
    someone = viewer()
    return jsonify(csrf_token=generate_csrf(), person_id=someone and someone.person_id)


@bp.post("/sign-in")
@public
def try_sign_in() -> ResponseReturnValue:
    """Compare first, then open a door or count the failure: a refusal is an answer, and is kept.

    With JSON {"name", "password"} and the header X-CSRFToken: 200 {"person_id", "display_name", "csrf_token"},
    or 422 or 429 (with Retry-After) as application/problem+json. The tokens from before are worth nothing then.
    """
    form, now = SignInForm(), clock.now()
    if not form.validate():
        return _refused(form, None)
    caller = Caller(request.remote_addr or "", device_of_browser())
    match try_password(database(), form.name.data, form.password.data, caller=caller, now=now):
        case TooSoon(wait):
            return _slow_down(form, wait)
        case Admitted(credentials, counters) if actions.still_fit(get_db(), credentials):
            actions.forget_failures(get_db(), counters)
            return _let_in(credentials)
        case Admitted(counters=counters) | Refused(counters):
            actions.count_failure(get_db(), counters, now=now)
            return _refused(form, NOT_RIGHT)


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


def _let_in(credentials: Credentials) -> ResponseReturnValue:
    person_id = credentials.person_id
    if not wants_json():
        response = redirect(safe_target(request.args.get("next")))
        open_door(response, person_id, now=clock.now())
        return response
    response = current_app.response_class(mimetype="application/json")
    open_door(response, person_id, now=clock.now())
    g.pop("csrf_token", None)  # of the cookie that was just emptied
    told = {"person_id": person_id, "display_name": named(get_db(), person_id), "csrf_token": generate_csrf()}
    response.set_data(current_app.json.dumps(told))
    return response


def _refused(form: SignInForm, refusal: Sentence | None) -> ResponseReturnValue:
    if wants_json():
        return answer(Mishap(422, SIGN_IN, refusal or NOT_RIGHT))
    return _form(form, refusal), 422


def _slow_down(form: SignInForm, wait: timedelta) -> ResponseReturnValue:
    seconds = ceil(wait.total_seconds())
    sentence = say("Too many tries went wrong. Wait {seconds} s, then try again.", seconds=seconds)
    if not wants_json():
        return _form(form, sentence), 429, {"Retry-After": str(seconds)}
    response = answer(Mishap(429, SIGN_IN, sentence))
    response.headers["Retry-After"] = str(seconds)
    return response


def _form(form: SignInForm, refusal: Sentence | None = None) -> str:
    return render_template("accounts/sign_in.html", form=form, refusal=refusal and words(refusal))
