"""One request, one transaction: returning a response commits, raising rolls back, whatever the status."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from typing import Any

from flask import Flask, Response, current_app, g, request
from flask.typing import ResponseReturnValue
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session
from werkzeug.exceptions import HTTPException

from app.db import Database

READING = frozenset({"GET", "HEAD"})


class TransactionalFlask(Flask):
    """Flask, with "raising rolls back" ahead of every error handler: none can answer with half a change in store."""

    def handle_user_exception(self, e: Exception) -> HTTPException | ResponseReturnValue:
        roll_back()
        return super().handle_user_exception(e)

    def handle_exception(self, e: Exception) -> Response:
        roll_back()
        return super().handle_exception(e)

    def ensure_sync(self, func: Callable[..., Any]) -> Callable[..., Any]:
        """Itself: none of our views is asynchronous, and Flask would look fifteen times a request."""
        return func

    def log_exception(self, exc_info: object) -> None:
        """Nothing here: the error page writes it to the log, once and with its reference."""


def database() -> Database:
    """The database of the running application."""
    found: Database = current_app.extensions["database"]
    return found


def get_db() -> Session:
    """The transaction of this request, begun by its first statement; a write transaction unless GET or HEAD."""
    if "db" not in g:
        g.db = database().begin(writes=request.method not in READING)
    db: Session = g.db
    return db


def only_look() -> None:
    """Say, ahead of the first statement, that a request which sends something changes nothing: nobody waits for it."""
    g.db = database().begin(writes=False)


def roll_back() -> None:
    """Drop what this request changed; a later `get_db()` begins anew."""
    if (db := g.pop("db", None)) is not None:
        with suppress(DBAPIError):  # a lost connection is rolled back by its end, and the answer stays what it is
            db.close()


def end_reading() -> None:
    """Give back the connection of a request that only looks, ahead of something slow; a later `get_db()` begins anew.

    What was read stays as it is, but loads nothing further.
    """
    if request.method not in READING:
        raise LookupError("a request that may have changed something ends with its response")
    roll_back()


def one_transaction_per_request(app: TransactionalFlask, database: Database) -> None:
    app.extensions["database"] = database

    @app.after_request
    def settle(response: Response) -> Response:
        # Here and not in the teardown, so that a failing commit still becomes an error page.
        # What only looked has nothing to commit: its transaction ends with the teardown.
        if "db" in g and request.method not in READING:
            g.db.commit()
        return response

    @app.teardown_request
    def close(_: BaseException | None) -> None:
        roll_back()
