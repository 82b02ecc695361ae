"""The doors for whoever has no password yet, or forgot it: codes on slips and in mails."""

from __future__ import annotations

from math import ceil

from flask import Blueprint, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from app import clock, outbox
from app.accounts import actions
from app.accounts.doors import Refused, TooSoon, try_code
from app.accounts.forms import ForgotForm, NewPasswordForm
from app.accounts.identity import open_door
from app.accounts.invitations import RESET, USELESS, Invited, accept_invitation, plain
from app.accounts.passwords import hash_password
from app.accounts.queries import longest_wait
from app.accounts.rules import NO_WAIT, letter_counters
from app.mail import mail_is_configured
from app.web.guards import public
from app.web.language import current_language, words
from app.web.transactions import database, get_db
from app.words import Sentence, say

bp = Blueprint("doors", __name__)


@bp.get("/join")
@public
def join() -> ResponseReturnValue:
    """Where a code from a slip is typed."""
    return _ask_for_code()


@bp.post("/join")
@public
def find_invitation() -> ResponseReturnValue:
    """To the page of a typed code; a wrong one is counted, and may be mended."""
    typed = request.form.get("code", "")
    match _try(typed):
        case TooSoon(wait):
            return _slow_down(ceil(wait.total_seconds()), typed)
        case Refused(counters):
            actions.count_failure(get_db(), counters, now=clock.now())
            return _ask_for_code(typed, USELESS), 422
        case Invited():
            return redirect(url_for("doors.invitation", code=plain(typed)), 303)


@bp.get("/join/<code>")
@public
def invitation(code: str) -> ResponseReturnValue:
    """Where the code of a link or slip leads: for whom it is, and the form for a password.

    Nothing is counted, because looking changes nothing: what keeps guessers out here are the 79 bits of a code.
    """
    match _try(code):
        case TooSoon(wait):
            return _slow_down(ceil(wait.total_seconds()), code)
        case Refused():
            return _ask_for_code(code, USELESS), 404
        case Invited() as invited:
            return _ask_for_password(code, invited, NewPasswordForm())


@bp.post("/join/<code>")
@public
def accept(code: str) -> ResponseReturnValue:
    """Set the password and come in; of two at once one does."""
    match _try(code):
        case TooSoon(wait):
            return _slow_down(ceil(wait.total_seconds()), code)
        case Refused(counters):
            actions.count_failure(get_db(), counters, now=clock.now())
            return _ask_for_code(code, USELESS), 422
        case Invited() as invited:
            return _come_in(code, invited)


@bp.get("/forgot")
@public
def forgot() -> ResponseReturnValue:
    """The form for a mail with a code, and what else helps; after it was sent, what happens now."""
    return _ask_for_name(ForgotForm())


@bp.post("/forgot")
@public
def ask_for_reset() -> ResponseReturnValue:
    """Queue the search for whoever is called so: found or not, the answer is the same and takes the same time."""
    form, now = ForgotForm(), clock.now()
    if not form.validate():
        return _ask_for_name(form), 422
    counted = letter_counters(request.remote_addr or "")
    if (wait := longest_wait(get_db(), counted, now)) > NO_WAIT:
        seconds = ceil(wait.total_seconds())
        return _ask_for_name(form, _too_often(seconds)), 429, {"Retry-After": str(seconds)}
    actions.count_failure(get_db(), counted, now=now)
    if mail_is_configured():
        outbox.put(get_db(), RESET, {"name": form.name.data, "language": current_language()}, now=now)
    return redirect(url_for("doors.forgot", asked="yes"), 303)


def _try(code: str) -> Invited | Refused | TooSoon:
    return try_code(database(), code, address=request.remote_addr or "", now=clock.now())


def _come_in(code: str, invited: Invited) -> ResponseReturnValue:
    form = NewPasswordForm(about=(invited.number, invited.display_name, invited.email or ""))
    if not form.validate():
        return _ask_for_password(code, invited, form), 422
    password_hash = hash_password(form.password.data)  # ahead of the write transaction
    person, response = accept_invitation(get_db(), code, password_hash, now=clock.now()), redirect("/", 303)
    open_door(response, person.id, now=clock.now())
    return response


def _ask_for_code(typed: str = "", refusal: Sentence | None = None) -> str:
    return render_template("accounts/join.html", typed=typed[:200], refusal=refusal and words(refusal))


def _ask_for_password(code: str, invited: Invited, form: NewPasswordForm) -> str:
    return render_template("accounts/choose_password.html", code=plain(code), invited=invited, form=form)


def _ask_for_name(form: ForgotForm, refusal: Sentence | None = None) -> str:
    return render_template(
        "accounts/forgot.html",
        form=form,
        refusal=refusal and words(refusal),
        asked=request.args.get("asked") == "yes",
        mail=mail_is_configured(),
    )


def _slow_down(seconds: int, typed: str) -> ResponseReturnValue:
    return _ask_for_code(typed, _too_often(seconds)), 429, {"Retry-After": str(seconds)}


def _too_often(seconds: int) -> Sentence:
    return say("Too many tries in a row. Wait {seconds} s, then try again.", seconds=seconds)
