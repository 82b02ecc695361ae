"""From the browser's cookie to a person and back: what Flask-Login asks of us."""

from __future__ import annotations

import secrets
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime

from flask import Flask, current_app, redirect, request, url_for
from flask.globals import session as browser_cookie
from flask.typing import ResponseReturnValue
from flask_login import LoginManager, UserMixin, current_user, login_user
from itsdangerous import BadSignature, URLSafeTimedSerializer
from sqlalchemy.exc import OperationalError
from werkzeug.wrappers import Response

from app import clock
from app.accounts.actions import end_sign_in, start_sign_in, touch_sign_in
from app.accounts.doors import KnownDevice
from app.accounts.queries import seen_by
from app.accounts.rules import SEEN_EVERY
from app.errors import UserError
from app.web.errors import SIGNED_OUT, answer, wants_json
from app.web.transactions import READING, database, get_db
from app.web.viewing import Viewer
from app.words import say

DEVICE_COOKIE = "device"
DEVICE_KEPT = 180 * 86400
"""Seconds."""
FLASK_LOGINS_NOTES = ("_fresh", "_id")
"""About the browser and how it came in: nobody asks for them, and the cookie carries the random id alone."""


@dataclass(frozen=True)
class SignedInPerson(UserMixin):  # type: ignore[misc]  # Flask-Login has no types
    """Flask-Login's user: the viewer, known by the id of one open sign-in."""

    sign_in_id: str
    viewer: Viewer | None

    def get_id(self) -> str:
        return self.sign_in_id


def recognise_people(app: Flask) -> None:
    """Find out who is signed in from the cookie, when first asked in a request."""
    manager = LoginManager(app, add_context_processor=False)  # pages get `viewer`
    manager.session_protection = None  # the sign-in's row decides, not the browser's name
    manager.user_loader(_person_behind)
    app.extensions["ask_to_sign_in"] = _ask_to_sign_in


def hold_in_browser(sign_in_id: str) -> None:
    """Give the browser the id of a new sign-in, and nothing of what it held before."""
    browser_cookie.clear()
    login_user(SignedInPerson(sign_in_id, None))
    for note in FLASK_LOGINS_NOTES:
        browser_cookie.pop(note, None)


def held_by_browser() -> str | None:
    """The id of the open sign-in of this browser."""
    sign_in_id: str | None = getattr(current_user, "sign_in_id", None)
    return sign_in_id


def device_of_browser() -> KnownDevice | None:
    """The device as its cookie names it, signed by us and younger than half a year."""
    try:
        device_id, person_id = _devices().loads(request.cookies.get(DEVICE_COOKIE, ""), max_age=DEVICE_KEPT)
    except BadSignature:
        return None
    return KnownDevice(device_id, person_id)


def open_door(response: Response, person_id: int, *, now: datetime) -> None:
    """Sign a person in with this browser: its former door closes, and it is a known device from now on."""
    if former := held_by_browser():
        end_sign_in(get_db(), former, now=now)
    agent = request.user_agent.string
    hold_in_browser(start_sign_in(get_db(), person_id, user_agent=agent, now=now))
    remember_device(response, person_id)


def remember_device(response: Response, person_id: int) -> None:
    """Let this browser be known as one that the person signed in with."""
    known = device_of_browser()
    device_id = known.id if known and known.person_id == person_id else secrets.token_urlsafe(16)
    response.set_cookie(
        DEVICE_COOKIE,
        _devices().dumps((device_id, person_id)),
        max_age=DEVICE_KEPT,
        secure=current_app.config["SESSION_COOKIE_SECURE"],
        httponly=True,
        samesite="Strict",
        path="/sign-in",
    )


def _devices() -> URLSafeTimedSerializer:
    return URLSafeTimedSerializer(current_app.config["SECRET_KEY"], salt="device")


def _person_behind(sign_in_id: str) -> SignedInPerson | None:
    now = clock.now()
    with database().looking() as connection:
        seen = seen_by(connection, sign_in_id, now)
    if seen is None:
        return None
    if now - seen.last_seen_at > SEEN_EVERY:
        _note_as_seen(sign_in_id, now)
    return SignedInPerson(sign_in_id, seen.viewer)


def _note_as_seen(sign_in_id: str, now: datetime) -> None:
    # A transaction of its own, over before that of the request begins. Where nothing can be written now, looking can.
    with suppress(OperationalError), database().transaction() as db:
        touch_sign_in(db, sign_in_id, now=now)


def _ask_to_sign_in() -> ResponseReturnValue:
    if wants_json():
        return answer(SIGNED_OUT)  # a script cannot use a page: it asks for the password in place
    if request.method not in READING:
        raise UserError(say("You are no longer signed in. Sign in, then do this once more."))
    wanted = request.full_path if request.query_string else request.path
    return redirect(url_for("accounts.sign_in", next=None if wanted == "/" else wanted))
