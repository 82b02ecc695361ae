"""From the browser's cookie to a person and back: what Flask-Login asks of us."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from flask import Flask, redirect, request, session, url_for
from flask.typing import ResponseReturnValue
from flask_login import LoginManager, UserMixin, current_user, login_user

from app import clock
from app.accounts.actions import touch_sign_in
from app.accounts.queries import seen_by
from app.accounts.rules import SEEN_EVERY
from app.errors import UserError
from app.web.transactions import READING, database
from app.web.viewing import Viewer
from app.words import say


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
    session.clear()
    login_user(SignedInPerson(sign_in_id, None))


def held_by_browser() -> str | None:
    """The id of the open sign-in of this browser."""
    sign_in_id: str | None = getattr(current_user, "sign_in_id", None)
    return sign_in_id


def _person_behind(sign_in_id: str) -> SignedInPerson | None:
    now = clock.now()
    with database().reading() as db:
        seen = seen_by(db, sign_in_id, now)
    if seen is None:
        return None
    if now - seen.last_seen_at > SEEN_EVERY:
        _note_as_seen(sign_in_id, now)
    return SignedInPerson(sign_in_id, seen.viewer)


def _note_as_seen(sign_in_id: str, now: datetime) -> None:
    # A transaction of its own, over before that of the request begins.
    with database().transaction() as db:
        touch_sign_in(db, sign_in_id, now=now)


def _ask_to_sign_in() -> ResponseReturnValue:
    if request.method not in READING:
        raise UserError(say("You are no longer signed in. Sign in, then do this once more."))
    wanted = request.full_path if request.query_string else request.path
    return redirect(url_for("accounts.sign_in", next=None if wanted == "/" else wanted))
