"""Every endpoint in one table of who may: an endpoint without a row fails, and so does a row without an endpoint."""

from __future__ import annotations

import hashlib
import shutil
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import inspect, text
from sqlalchemy.orm import Session
from werkzeug.test import TestResponse

from app import clock
from app.accounts.actions import add_person, department_named, grant_role, start_sign_in
from app.accounts.models import Person
from app.catalogue.actions import publish_course
from app.db import Database
from app.records.progress import refresh
from app.web.guards import refuse_endpoints_without_policy
from app.web.security import HEADERS
from app.web.viewing import RoleName
from tests.access import WHO, Call, Table, Who, everyone
from tests.accounts import access as accounts
from tests.accounts import admin_access as administration
from tests.assessment import access as assessment
from tests.assessment.samples import begin
from tests.catalogue import access as catalogue
from tests.catalogue.samples import HIDDEN, RING, create_course
from tests.certificates import access as certificates
from tests.certificates.samples import add_known_certificate
from tests.classroom import access as classroom
from tests.cohorts import access as cohorts
from tests.cohorts.samples import create_cohort
from tests.conftest import NOW, token_of
from tests.fastdesk import access as fastdesk
from tests.gradebook import access as gradebook
from tests.guide import access as guide
from tests.home import access as home
from tests.marking import access as marking
from tests.paperwork import access as paperwork
from tests.records import access as records
from tests.regrading import access as regrading
from tests.reviewing import access as reviewing
from tests.statistics import access as statistics
from tests.teamwork import discussion_access as discussions
from tests.teamwork import live_access as live

TABLE: Table = {
    **accounts.ACCESS,
    **administration.ACCESS,
    **assessment.ACCESS,
    **catalogue.ACCESS,
    **certificates.ACCESS,
    **classroom.ACCESS,
    **cohorts.ACCESS,
    **gradebook.ACCESS,
    **guide.ACCESS,
    **home.ACCESS,
    **marking.ACCESS,
    **fastdesk.ACCESS,
    **paperwork.ACCESS,
    **records.ACCESS,
    **reviewing.ACCESS,
    **statistics.ACCESS,
    **regrading.ACCESS,
    **discussions.ACCESS,
    **live.ACCESS,
    "asset": (Call("GET", "/assets/manifest.json", everyone(200)),),
    "health.healthz": (Call("GET", "/healthz", everyone(200)),),
    "health.readyz": (Call("GET", "/readyz", everyone(200)),),
}
CALLS = [pytest.param(endpoint, asked, id=asked.path) for endpoint, calls in TABLE.items() for asked in calls]
CHANGES = [asked for calls in TABLE.values() for asked in calls if asked.method != "GET"]
MAY_BE_KEPT = {"asset", "catalogue.document_pdf", "catalogue.media"}
"""Named by their content, or asked for again each time."""


@dataclass(frozen=True)
class World:
    """Rows for the table, and the open sign-in of each of its people."""

    sign_ins: Mapping[Who, str]
    file: Path | None = None
    """A SQLite file with those rows, to be copied."""


def furnish(database: Database) -> World:
    """Course «leads», and on it cohort 1 with enrolment 1, the trainee's.

    Attempt 1 is the trainee's, under way; attempt 2, handed in, is that of somebody else in the cohort. The trainee
    has a certificate, with the code that the samples of certificates name.
    """
    with database.transaction() as db:
        cora = add_person(db, "P0001", "Cora", by=None, now=NOW, language="zh-CN")
        people = {
            "trainee": add_person(db, "P0002", "Bob", by=None, now=NOW, language="zh-CN"),
            "outsider": add_person(db, "P0003", "Charlie", by=None, now=NOW, language="zh-CN"),
            "trainer": _with_role(db, "P0004", "Alice", "trainer"),
            "other_trainer": _with_role(db, "P0005", "Trudy", "trainer"),
            "author": _with_role(db, "P0006", "Aron", "author"),
            "HR": _with_role(db, "P0007", "Hana", "HR"),
            "admin": _with_role(db, "P0008", "Ada", "admin"),
        }
        department_named(db, "华东")
        version = publish_course(db, create_course(), by=None, now=NOW)
        cohort = create_cohort(db, version, trainers=[people["trainer"]], trainees=[people["trainee"], cora])
        begin(db, cohort, people["trainee"])
        begin(db, cohort, cora, handed_in=True)
        add_known_certificate(db, enrolment_id=1)
        create_cohort(db, version, trainers=[people["other_trainer"]], name="十二月班")
        refresh(db)  # or pages that show completion would work it out: the only thing that looking changes
        now = clock.now()
        return World(
            {who: start_sign_in(db, people[who].id, user_agent="tests", now=now) for who in WHO if who in people}
        )


def _with_role(db: Session, number: str, name: str, role: RoleName) -> Person:
    person = add_person(db, number, name, by=None, now=NOW, language="zh-CN")
    grant_role(db, person, role, by=None, now=NOW)
    return person


@pytest.fixture(scope="session")
def world_file(empty_database: Path, tmp_path_factory: pytest.TempPathFactory) -> World:
    """The world as a SQLite file, made once for the several hundred tests of the table."""
    path = tmp_path_factory.mktemp("world") / "world.sqlite"
    shutil.copy(empty_database, path)
    database = Database(f"sqlite:///{path}")
    world = furnish(database)
    database.engine.dispose()
    return replace(world, file=path)


@pytest.fixture
def world(request: pytest.FixtureRequest, database_url: str, tmp_path: Path) -> World:
    """The world in the database of this test."""
    if database_url.startswith("sqlite"):
        made: World = request.getfixturevalue("world_file")
        assert made.file is not None
        shutil.copy(made.file, tmp_path / "test.sqlite")
        return made
    database = Database(database_url)
    made = furnish(database)
    database.engine.dispose()
    return made


@pytest.fixture
def browsers(world: World, app: Flask) -> dict[Who, FlaskClient]:
    """A browser for each of WHO."""
    for picture in (RING, HIDDEN):
        app.extensions["files"].keep(picture)
    return {who: _browser(app, world.sign_ins.get(who)) for who in WHO}


def _browser(app: Flask, sign_in_id: str | None) -> FlaskClient:
    client = app.test_client()
    if sign_in_id is not None:
        with client.session_transaction() as cookie:
            cookie["_user_id"] = sign_in_id
    return client


def call(client: FlaskClient, asked: Call, token: str | None = None) -> TestResponse:
    if asked.method == "GET":
        return client.get(asked.path, buffered=True)
    if token is None:
        token = token_of(client)
    if asked.json is not None:
        return client.open(asked.path, method=asked.method, json=asked.json, headers={"X-CSRFToken": token})
    return client.open(asked.path, method=asked.method, data={"csrf_token": token, **dict(asked.form)})


def rows_missing(app: Flask) -> set[str]:
    return {rule.endpoint for rule in app.url_map.iter_rules()} ^ set(TABLE)


def test_the_table_has_every_endpoint_and_no_other(app: Flask) -> None:
    assert rows_missing(app) == set()


def test_an_endpoint_without_a_row_is_missed(app: Flask) -> None:
    app.add_url_rule("/new", "new", lambda: "new")
    assert rows_missing(app) == {"new"}


def test_every_method_of_an_address_is_in_the_table(app: Flask) -> None:
    methods = {rule.endpoint: (rule.methods or set()) - {"HEAD", "OPTIONS"} for rule in app.url_map.iter_rules()}
    assert methods == {endpoint: {asked.method for asked in calls} for endpoint, calls in TABLE.items()}


@pytest.mark.parametrize(("endpoint", "asked"), CALLS)
def test_each_endpoint_answers_each_person_as_the_table_says(
    app: Flask, endpoint: str, asked: Call, browsers: dict[Who, FlaskClient]
) -> None:
    assert tuple(call(browsers[who], asked).status_code for who in WHO) == asked.statuses
    if asked.statuses != everyone(404):
        assert app.url_map.bind("localhost").match(asked.path, method=asked.method)[0] == endpoint


def test_an_endpoint_without_a_policy_stops_the_start(app: Flask) -> None:
    app.add_url_rule("/new", "new", lambda: "new")
    with pytest.raises(LookupError, match="endpoints without a policy: new"):
        refuse_endpoints_without_policy(app)


def test_an_endpoint_without_a_policy_is_shown_to_nobody(app: Flask, client: FlaskClient) -> None:
    app.config["PROPAGATE_EXCEPTIONS"] = False
    app.add_url_rule("/new", "new", lambda: "secret")
    response = client.get("/new")
    assert (response.status_code, "secret" in response.text) == (500, False)


@pytest.mark.parametrize("asked", CHANGES, ids=lambda asked: asked.path)
@pytest.mark.parametrize("token", ["", "guessed"])
def test_a_change_without_a_token_is_refused_and_changes_nothing(
    asked: Call, token: str, browsers: dict[Who, FlaskClient], database: Database
) -> None:
    before = content_of(database)
    refused = dict.fromkeys(WHO, 403)
    if asked.statuses[0] == 401:  # a script that has lost its sign-in is told so, token or not
        refused["anonymous"] = 401
    assert {who: call(browsers[who], asked, token).status_code for who in WHO} == refused
    assert content_of(database) == before


def test_a_token_of_somebody_else_is_refused(app: Flask, browsers: dict[Who, FlaskClient]) -> None:
    with browsers["trainer"].session_transaction() as cookie:
        cookie["csrf_token"] = "another"
    foreign = token_of(browsers["trainee"])
    assert browsers["trainer"].post("/sign-out", data={"csrf_token": foreign}).status_code == 403


def test_looking_changes_nothing(browsers: dict[Who, FlaskClient], database: Database) -> None:
    before = content_of(database)
    for asked in (asked for calls in TABLE.values() for asked in calls):
        for who in WHO:
            browsers[who].get(asked.path, buffered=True)
            browsers[who].head(asked.path, buffered=True)
    assert content_of(database) == before


def test_changing_is_seen_by_the_hash(browsers: dict[Who, FlaskClient], database: Database) -> None:
    before = content_of(database)
    browsers["trainee"].post("/sign-out", data={"csrf_token": token_of(browsers["trainee"])})
    assert content_of(database) != before


@pytest.mark.parametrize(("endpoint", "asked"), CALLS)
def test_every_answer_tells_the_browser_what_to_refuse(
    endpoint: str, asked: Call, browsers: dict[Who, FlaskClient]
) -> None:
    for who in ("anonymous", "trainer"):
        response = call(browsers[who], asked)
        assert set(HEADERS) - set(response.headers.keys()) == set()
        assert "unsafe" not in response.headers["Content-Security-Policy"]
        if endpoint not in MAY_BE_KEPT or response.status_code != 200:
            assert response.headers["Cache-Control"] == "no-store"


def test_every_page_has_one_way_to_help(browsers: dict[Who, FlaskClient]) -> None:
    for asked in (asked for calls in TABLE.values() for asked in calls if asked.method == "GET"):
        for who in WHO:
            answer = browsers[who].get(asked.path, buffered=True)
            if answer.mimetype == "text/html" and answer.status_code not in {301, 302, 303, 304, 308}:
                assert answer.text.count('<a class="help" href="/guide') == 1, (who, asked.path)


def content_of(database: Database) -> str:
    """A hash of every row of every table."""
    return hashlib.sha256("\n".join(_rows(database)).encode()).hexdigest()


def _rows(database: Database) -> Iterator[str]:
    with database.engine.connect() as connection:
        for table in sorted(inspect(connection).get_table_names()):
            yield table
            yield from sorted(str(row) for row in connection.execute(text(f'SELECT * FROM "{table}"')))  # noqa: S608
