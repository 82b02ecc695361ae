"""`flask people`, `flask db`, `flask demo`: what they print, and how they end."""

from __future__ import annotations

import json
from collections.abc import Callable

import pytest
from click.testing import Result
from flask import Flask
from flask.testing import FlaskClient

from app.db import Database
from tests.accounts.test_sign_in import sign_in


@pytest.fixture
def flask(app: Flask, monkeypatch: pytest.MonkeyPatch) -> Callable[[str], Result]:
    monkeypatch.setenv("LC_ALL", "C.UTF-8")
    runner = app.test_cli_runner()
    return lambda line: runner.invoke(args=line.split())


def test_people_add_makes_an_account_that_works(flask: Callable[[str], Result], client: FlaskClient) -> None:
    result = flask("people add t7 林若溪 --role trainer --role hr --email lin@example.com --department 培训部")
    assert (result.exit_code, result.stderr) == (0, "T7 can sign in with this password:\n")
    assert sign_in(client, "t7", result.stdout.strip()).location == "/"
    assert json.loads(flask("people list --json").stdout) == [
        {
            "number": "T7",
            "display_name": "林若溪",
            "email": "lin@example.com",
            "department": "培训部",
            "roles": ["HR", "trainer"],
            "active": True,
        }
    ]
    assert flask("people list").stdout.split() == ["T7", "HR+trainer", "林若溪", "培训部"]


def test_people_add_says_what_is_taken_and_changes_nothing(flask: Callable[[str], Result]) -> None:
    flask("people add t7 Lin")
    result = flask("people add T7 Other --department Nowhere")
    assert (result.exit_code, result.stdout) == (1, "")
    assert result.stderr == "The number T7 or its e-mail address belongs to somebody already.\n"


def test_people_add_refuses_an_unknown_role(flask: Callable[[str], Result]) -> None:
    assert flask("people add t7 Lin --role owner").exit_code == 2


def test_people_password_replaces_the_old_one(flask: Callable[[str], Result], client: FlaskClient) -> None:
    old = flask("people add t7 Lin").stdout.strip()
    new = flask("people password T7").stdout.strip()
    assert sign_in(client, "T7", old).status_code == 422
    assert sign_in(client, "T7", new).location == "/"
    assert flask("people password X9").exit_code == 1


def test_roles_come_and_go_but_the_last_admin_stays(flask: Callable[[str], Result]) -> None:
    flask("people add a1 Ada --role admin")
    assert [flask(f"people {line}").exit_code for line in ("grant A1 trainer", "grant a1 hr", "revoke A1 HR")] == [
        0,
        0,
        0,
    ]
    assert json.loads(flask("people list --json").stdout)[0]["roles"] == ["admin", "trainer"]
    refused = flask("people revoke A1 admin")
    assert (refused.exit_code, refused.stderr) == (1, "Ada is the only administrator. Make somebody else one first.\n")
    assert [flask(f"people {line}").exit_code for line in ("deactivate A1", "deactivate X9", "grant A1 owner")] == [
        1,
        1,
        2,
    ]


def test_people_deactivate_ends_sign_ins(flask: Callable[[str], Result], client: FlaskClient) -> None:
    password = flask("people add t7 Lin").stdout.strip()
    sign_in(client, "T7", password)
    assert flask("people deactivate T7").exit_code == 0
    assert client.get("/").status_code == 302
    assert flask("people list").stdout.split() == ["T7", "trainee", "Lin", "(-)"]


def test_db_current_tells_whether_it_is_the_newest(flask: Callable[[str], Result], database: Database) -> None:
    result = flask("db current --json")
    assert (result.exit_code, json.loads(result.stdout)["newest"]) == (0, True)
    with database.engine.begin() as connection:
        connection.exec_driver_sql("UPDATE alembic_version SET version_num = '9999'")
    assert flask("db current").exit_code == 1
    refused = flask("db upgrade")
    assert (refused.exit_code, "revision 9999" in refused.stderr) == (1, True)


def test_db_upgrade_does_nothing_twice(flask: Callable[[str], Result]) -> None:
    assert [flask("db upgrade").exit_code for _ in range(2)] == [0, 0]


def test_demo_prints_accounts_once(flask: Callable[[str], Result]) -> None:
    first, second = flask("demo"), flask("demo")
    assert (first.exit_code, len(first.stdout.splitlines())) == (0, 30)
    assert (second.exit_code, second.stdout) == (1, "")
