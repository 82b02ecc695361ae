"""Returning commits, raising rolls back, whatever the status."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from contextlib import closing
from errno import ENOSPC
from pathlib import Path

import pytest
from flask import Flask, g, request
from flask.testing import FlaskClient
from flask.typing import ResponseReturnValue
from sqlalchemy import event, select, text
from sqlalchemy.exc import DBAPIError, OperationalError
from werkzeug.exceptions import Conflict

from app.accounts.models import Department
from app.db import Database
from app.errors import NotAllowed, NotFound, UserError
from app.files import NoRoom
from app.web.guards import public
from app.web.transactions import end_reading, get_db, roll_back
from app.words import say
from app.write_queue import WriteQueue
from tests.conftest import token_of


class GaveWay(Exception):
    """What the driver of PostgreSQL raises, with its code."""

    def __init__(self, sqlstate: str) -> None:
        super().__init__("could not go on")
        self.sqlstate = sqlstate


def gave_way(sqlstate: str = "40P01") -> DBAPIError:
    return DBAPIError("UPDATE", None, GaveWay(sqlstate))


def give_way(_: object) -> None:
    raise gave_way("40001")


RAISED: dict[str, Callable[[], Exception]] = {
    "user error": lambda: UserError(say("Not done")),
    "not found": lambda: NotFound(say("Nothing here")),
    "not allowed": lambda: NotAllowed(say("Not allowed")),
    "abort": Conflict,
    "bug": ZeroDivisionError,
    "gave way": gave_way,
    "broken connection": lambda: OperationalError("", None, GaveWay("57P01")),
    "disk full": lambda: OSError(ENOSPC, "No space left on device"),
    "no room": lambda: NoRoom(say("Not done")),
}


@public
def change() -> ResponseReturnValue:
    """Adds a department, then ends as it was told."""
    get_db().add(Department(name="new"))
    get_db().flush()
    match request.form["then"]:
        case mistake if mistake in RAISED:
            error = RAISED[mistake]()
            raise error
        case "gave way at commit":
            event.listen(get_db(), "before_commit", give_way)
            return "never seen"
        case "failing commit":
            get_db().execute(text("PRAGMA defer_foreign_keys=ON"))
            get_db().add(Department(name="orphan", parent_id=99))
            return "never seen"
        case status:
            return "done", int(status)


@pytest.fixture
def changing(app: Flask, client: FlaskClient) -> Callable[[str], int]:
    app.config["PROPAGATE_EXCEPTIONS"] = False
    app.add_url_rule("/change", "change", change, methods=["POST"])
    return lambda then: client.post("/change", data={"csrf_token": token_of(client), "then": then}).status_code


def departments(database: Database) -> list[str]:
    with database.reading() as db:
        return list(db.scalars(select(Department.name)))


@pytest.mark.parametrize("status", [200, 302, 409, 422, 503])
def test_a_returned_response_commits(changing: Callable[[str], int], database: Database, status: int) -> None:
    assert (changing(str(status)), departments(database)) == (status, ["new"])


@pytest.mark.parametrize(
    ("then", "status"), [("user error", 422), ("not found", 404), ("not allowed", 403), ("abort", 409), ("bug", 500)]
)
def test_a_raised_error_rolls_back(changing: Callable[[str], int], database: Database, then: str, status: int) -> None:
    assert (changing(then), departments(database)) == (status, [])


def test_a_handler_of_a_feature_cannot_keep_half_a_change(
    app: Flask, changing: Callable[[str], int], database: Database
) -> None:
    app.register_error_handler(ZeroDivisionError, lambda _: ("smoothed over", 200))
    assert (changing("bug"), departments(database)) == (200, [])


def test_a_failing_commit_becomes_an_error_page(changing: Callable[[str], int], database: Database) -> None:
    if database.engine.dialect.name != "sqlite":
        pytest.skip("PostgreSQL checks foreign keys at once")
    assert (changing("failing commit"), departments(database)) == (500, [])


@pytest.mark.parametrize(("method", "writes"), [("GET", False), ("HEAD", False), ("POST", True), ("DELETE", True)])
def test_only_looking_takes_no_write_lock(app: Flask, method: str, writes: bool) -> None:  # noqa: FBT001 -- a parameter of the table
    with app.test_request_context("/", method=method):
        options = get_db().connection().get_execution_options()
        roll_back()
    assert options.get("writes", False) is writes


def test_only_a_request_that_looks_can_end_its_reading(app: Flask) -> None:
    with app.test_request_context("/"):
        get_db().execute(text("SELECT 1"))
        end_reading()
        assert "db" not in g
    with app.test_request_context("/", method="POST"), pytest.raises(LookupError):
        end_reading()


@pytest.mark.parametrize(
    ("then", "status"),
    [("gave way", 503), ("gave way at commit", 503), ("broken connection", 503), ("disk full", 507), ("no room", 507)],
)
def test_whoever_gave_way_to_another_transaction_is_asked_to_try_again(
    client: FlaskClient, changing: Callable[[str], int], database: Database, then: str, status: int
) -> None:
    assert changing(then) == status
    response = client.post("/change", data={"csrf_token": token_of(client), "then": then})
    assert (response.status_code, response.headers["Retry-After"]) == (status, "3" if status == 503 else "10")
    assert departments(database) == []


def test_a_locked_database_asks_to_try_again(changing: Callable[[str], int], database: Database) -> None:
    if database.engine.dialect.name != "sqlite":
        pytest.skip("PostgreSQL has no such lock")
    event.listen(database.engine, "connect", lambda connection, _: connection.execute("PRAGMA busy_timeout=1"))
    with closing(sqlite3.connect(str(database.engine.url.database), isolation_level=None)) as another_program:
        another_program.execute("BEGIN IMMEDIATE")
        assert changing("200") == 503
        another_program.execute("ROLLBACK")
    assert (changing("200"), departments(database)) == (200, ["new"])


def test_whoever_does_not_get_a_turn_is_asked_to_try_again(
    changing: Callable[[str], int], database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    if database.engine.dialect.name != "sqlite":
        pytest.skip("PostgreSQL has no such line")
    monkeypatch.setattr("app.db.PATIENCE", 0.05)
    with WriteQueue(Path(str(database.engine.url.database))).turn():
        assert changing("200") == 503
    assert (changing("200"), departments(database)) == (200, ["new"])
