"""Servers that must fail the proofs: each breaks one promise, and the proof that does not notice proves nothing.

`flask --app tests.survival.lying:answers_first`, in the place of `wsgi`.
"""

from __future__ import annotations

import io
import json
import queue
import sqlite3
import threading
import time
from collections.abc import Callable, Iterable, Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Any

from flask import Flask, has_request_context, request
from sqlalchemy import Update, event, update

from app.accounts.post import carry_mail
from app.assessment import sweeper
from app.assessment.models import Attempt
from app.assessment.sweeper import due_attempts
from app.cli import operations
from app.db import Database
from app.factory import create_app

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

LATER = 0.1
"""Seconds from the answer to the commit of a server that answers first."""
SLOW = 0.2


class AnswersFirst:
    """Says «saved» at once and saves afterwards, as a cache that writes behind does."""

    def __init__(self, honest: WSGIApplication) -> None:
        self.honest = honest
        self.waiting: queue.SimpleQueue[tuple[float, WSGIEnvironment]] = queue.SimpleQueue()
        self.started = threading.Lock()

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        if environ["REQUEST_METHOD"] != "PATCH":
            return self.honest(environ, start_response)
        if self.started.acquire(blocking=False):  # here and not before: threads do not survive the fork
            threading.Thread(target=self._save_behind, daemon=True).start()
        body = environ["wsgi.input"].read(int(environ["CONTENT_LENGTH"]))
        self.waiting.put((time.monotonic() + LATER, {**environ, "wsgi.input": io.BytesIO(body)}))
        answer = json.dumps({"base": 0}).encode()
        start_response("200 OK", [("Content-Type", "application/json"), ("Content-Length", str(len(answer)))])
        return [answer]

    def _save_behind(self) -> None:
        while True:
            due, environ = self.waiting.get()
            time.sleep(max(0.0, due - time.monotonic()))
            list(self.honest(environ, lambda *_: lambda _: None))


def answers_first() -> Flask:
    """Answers before it commits."""
    app = create_app()
    app.wsgi_app = AnswersFirst(app.wsgi_app)  # type: ignore[method-assign]
    return app


def mails_behind() -> Flask:
    """A worker that calls a mail sent as soon as it means to send it."""

    def promise(*words: Any, **more: Any) -> None:
        threading.Timer(LATER * 5, carry_mail, words, more).start()

    operations.__dict__["carry_mail"] = promise
    return create_app()


def forgets_before_it_sweeps() -> Flask:
    """A sweeper that takes everything off its list, and then hands it in."""
    settle = sweeper._sweep_one

    def sweep(database: Database, *, now: Callable[[], datetime]) -> None:
        with database.transaction() as db:
            due = db.scalars(due_attempts(now())).all()
            db.execute(_due_at(due, None))
        for attempt_id in due:
            time.sleep(LATER)
            with database.transaction() as db:
                db.execute(_due_at([attempt_id], now()))
            settle(database, attempt_id, now=now())

    operations.__dict__["sweep"] = sweep
    return create_app()


def _due_at(attempts: Sequence[int], moment: datetime | None) -> Update:
    return update(Attempt).where(Attempt.id.in_(attempts)).values(sweep_at=moment)


def never_syncs() -> Flask:
    """Leaves it to the system when a commit reaches the disk."""
    return _with_pragma("synchronous=OFF")


def syncs_seldom() -> Flask:
    """What many advise for WAL: a commit is safe from a crash of the process, and not from a power cut."""
    return _with_pragma("synchronous=NORMAL")


def saves_slowly() -> Flask:
    """Takes 200 ms longer for every save."""
    app = create_app()

    @app.before_request
    def wait() -> None:
        if request.method == "PATCH":
            time.sleep(SLOW)

    return app


def _with_pragma(pragma: str) -> Flask:
    app = create_app()
    database: Database = app.extensions["database"]

    def weaken(connection: sqlite3.Connection, _record: object) -> None:
        if has_request_context():  # not during the start, which reads the settings back
            connection.execute(f"PRAGMA {pragma}")

    event.listen(database.engine, "connect", weaken)
    return app
