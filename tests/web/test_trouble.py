"""What of a failing database or disk people are told, and what the log is."""

from __future__ import annotations

import logging
import sqlite3
from collections.abc import Callable, Iterator
from errno import EACCES, EDQUOT, ENOSPC
from io import BytesIO
from pathlib import Path
from unittest.mock import Mock

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import update
from sqlalchemy.exc import DBAPIError, InterfaceError, OperationalError, ProgrammingError
from sqlalchemy.exc import TimeoutError as NoConnectionFree

from app import clock
from app.accounts.models import Person, SignIn
from app.accounts.rules import SEEN_EVERY
from app.db import Database
from app.web import trouble
from app.web.trouble import Trouble, trouble_of
from app.write_queue import NoTurn
from tests.conftest import token_of


class OfPostgreSQL(Exception):
    """What its driver raises; without a code where the server had no chance to say one."""

    def __init__(self, sqlstate: str | None = None) -> None:
        super().__init__("as the server said it")
        self.sqlstate = sqlstate


def of_sqlite(name: str) -> sqlite3.OperationalError:
    error = sqlite3.OperationalError(name)
    error.sqlite_errorcode = getattr(sqlite3, name)
    return error


def wrapped(error: Exception, kind: type[DBAPIError] = OperationalError, *, lost: bool = False) -> DBAPIError:
    return kind("SELECT 1", None, error, connection_invalidated=lost)


@pytest.fixture(autouse=True)
def _nothing_told_yet() -> Iterator[None]:
    trouble._told.clear()
    yield
    trouble._told.clear()


@pytest.mark.parametrize(
    ("error", "expected"),
    [
        (wrapped(of_sqlite("SQLITE_BUSY")), "busy"),
        (wrapped(of_sqlite("SQLITE_BUSY_SNAPSHOT")), "busy"),
        (wrapped(of_sqlite("SQLITE_LOCKED")), "busy"),
        (wrapped(NoTurn()), "busy"),
        (wrapped(of_sqlite("SQLITE_FULL")), "full"),
        (wrapped(of_sqlite("SQLITE_IOERR_WRITE")), "full"),
        (wrapped(of_sqlite("SQLITE_CANTOPEN")), "full"),
        (of_sqlite("SQLITE_FULL"), "full"),
        (wrapped(of_sqlite("SQLITE_ERROR")), None),
        (wrapped(of_sqlite("SQLITE_CORRUPT")), None),
        (wrapped(sqlite3.OperationalError("of the driver itself")), None),
        *[(wrapped(OfPostgreSQL(state)), "busy") for state in ("40P01", "40001", "55P03", "53300")],
        *[(wrapped(OfPostgreSQL(state)), "gone") for state in ("57P01", "57P02", "57P03", "25006")],
        *[(wrapped(OfPostgreSQL(state)), "full") for state in ("53100", "58030")],
        (wrapped(OfPostgreSQL()), "gone"),  # refused, timed out
        (wrapped(OfPostgreSQL(), InterfaceError), "gone"),
        (wrapped(OfPostgreSQL(), DBAPIError, lost=True), "gone"),
        (wrapped(OfPostgreSQL(), ProgrammingError), None),
        (wrapped(OfPostgreSQL("57014")), None),  # took too long: it would again
        (wrapped(OfPostgreSQL("42P01"), ProgrammingError), None),
        (NoConnectionFree(), "busy"),
        (OSError(ENOSPC, "No space left on device"), "full"),
        (OSError(EDQUOT, "Quota exceeded"), "full"),
        (OSError(EACCES, "Permission denied"), None),
        (ZeroDivisionError(), None),
        (None, None),
    ],
)
def test_what_an_error_means(error: BaseException | None, expected: Trouble | None) -> None:
    assert trouble_of(error) == expected


def failing_with(app: Flask, error: Exception) -> None:
    """Every page fails, as early as it is found out who asks."""
    app.config["PROPAGATE_EXCEPTIONS"] = False

    def fail() -> None:
        raise error

    app.before_request_funcs.setdefault(None, []).insert(0, fail)


@pytest.fixture
def failing(app: Flask) -> Iterator[Callable[[Exception], FlaskClient]]:
    before = list(app.before_request_funcs.get(None, []))

    def fail(error: Exception) -> FlaskClient:
        failing_with(app, error)
        return app.test_client()

    yield fail
    app.before_request_funcs[None] = before


@pytest.mark.parametrize(
    ("error", "status", "title"),
    [
        (wrapped(NoTurn()), 503, "正忙"),
        (wrapped(OfPostgreSQL("57P03")), 503, "请稍等"),
        (wrapped(of_sqlite("SQLITE_FULL")), 507, "服务器磁盘已满"),
    ],
)
def test_a_page_and_a_script_are_asked_to_try_again(
    failing: Callable[[Exception], FlaskClient], error: Exception, status: int, title: str
) -> None:
    client = failing(error)
    page = client.get("/", headers={"Accept-Language": "zh-CN"})
    told = client.patch("/attempts/1", json={}, headers={"Accept": "application/json", "Accept-Language": "zh-CN"})
    assert (page.status_code, told.status_code, title in page.text) == (status, status, True)
    assert int(page.headers["Retry-After"]) > 0
    assert (told.mimetype, told.get_json()["status"], told.get_json()["title"]) == (
        "application/problem+json",
        status,
        title,
    )
    assert told.headers["Retry-After"] == page.headers["Retry-After"]


def test_the_log_has_one_line_a_minute_for_all_who_are_refused(
    failing: Callable[[Exception], FlaskClient], caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    client = failing(wrapped(of_sqlite("SQLITE_FULL")))
    with caplog.at_level(logging.WARNING, "app.web.trouble"):
        for _ in range(20):
            client.get("/courses")
        assert [record.getMessage() for record in caplog.records] == [
            "full, first at GET /courses: SQLITE_FULL (told once a minute)"
        ]
        monkeypatch.setattr(trouble, "LINE_EVERY", 0.0)
        client.get("/courses")
    assert len(caplog.records) == 2


def test_looking_goes_on_where_nothing_can_be_written(
    app: Flask, client_of: Callable[[Person], FlaskClient], bob: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Who was seen last is noted with a page now and then; that must not be what refuses it."""
    client = client_of(bob)
    database: Database = app.extensions["database"]
    with database.transaction() as db:
        db.execute(update(SignIn).values(last_seen_at=clock.now() - 2 * SEEN_EVERY))
    tried = Mock(side_effect=wrapped(of_sqlite("SQLITE_FULL")))
    monkeypatch.setattr("app.accounts.identity.touch_sign_in", tried)
    assert (client.get("/courses").status_code, tried.call_count) == (200, 1)


def test_files_are_refused_while_the_disk_is_nearly_full(
    client_of: Callable[[Person], FlaskClient], ada: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    client = client_of(ada)
    form = {"csrf_token": token_of(client)}
    monkeypatch.setattr("app.web.trouble.LEAST_FREE", 10**18)
    upload = client.post("/admin", data={**form, "logo": (BytesIO(b"x"), "logo.png")})
    assert (upload.status_code, upload.headers["Retry-After"]) == (507, "10")
    assert client.post("/admin", data=form).status_code != 507


def test_not_ready_while_next_to_nothing_is_free(client: FlaskClient, monkeypatch: pytest.MonkeyPatch) -> None:
    assert client.get("/readyz").status_code == 200
    monkeypatch.setattr("app.web.health.LEAST_READY", 10**18)
    answer = client.get("/readyz")
    assert (answer.status_code, answer.get_json()["checks"]["disk"]) == (503, "failed")


def test_where_the_database_lies_counts_as_well(app: Flask, tmp_path: Path) -> None:
    with app.app_context():
        app.config["DATABASE_URL"] = f"sqlite:///{tmp_path / 'elsewhere' / 'x.sqlite'}"
        assert trouble.written_folders() == (tmp_path, tmp_path / "elsewhere")
        app.config["DATABASE_URL"] = "postgresql+psycopg://user@host/name"
        assert trouble.written_folders() == (tmp_path,)
