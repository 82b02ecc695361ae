"""Every endpoint in one table of who may: an endpoint without a row fails, and so does a row without an endpoint."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import inspect, text
from werkzeug.test import TestResponse

from app.accounts.actions import department_named
from app.accounts.models import Person
from app.catalogue.actions import publish_course
from app.db import Database
from app.web.guards import refuse_endpoints_without_policy
from app.web.security import HEADERS
from tests.access import WHO, Call, Table, Who, everyone
from tests.accounts import access as accounts
from tests.accounts import admin_access as administration
from tests.assessment import access as assessment
from tests.assessment.samples import begin
from tests.catalogue import access as catalogue
from tests.catalogue.samples import HIDDEN, RING, create_course
from tests.classroom import access as classroom
from tests.cohorts import access as cohorts
from tests.cohorts.samples import create_cohort
from tests.conftest import NOW, CreatePerson, token_of

TABLE: Table = {
    **accounts.ACCESS,
    **administration.ACCESS,
    **assessment.ACCESS,
    **catalogue.ACCESS,
    **classroom.ACCESS,
    **cohorts.ACCESS,
    "asset": (Call("GET", "/assets/manifest.json", everyone(200)),),
    "health.healthz": (Call("GET", "/healthz", everyone(200)),),
    "health.readyz": (Call("GET", "/readyz", everyone(200)),),
}
CALLS = [pytest.param(endpoint, asked, id=asked.path) for endpoint, calls in TABLE.items() for asked in calls]
CHANGES = [asked for calls in TABLE.values() for asked in calls if asked.method != "GET"]
MAY_BE_KEPT = {"asset", "catalogue.document_pdf", "catalogue.media"}
"""Named by their content, or asked for again each time."""


@pytest.fixture
def browsers(
    app: Flask, client: FlaskClient, client_of: Callable[[Person], FlaskClient], create_person: CreatePerson
) -> dict[Who, FlaskClient]:
    """A browser for each of WHO; course «leads», and on it cohort 1 with enrolment 1, the trainee's.

    Attempt 1 is the trainee's, under way; attempt 2, handed in, is that of somebody else in the cohort.
    """
    classmate = create_person("Cora")
    people = {
        "trainee": create_person("Bob"),
        "outsider": create_person("Charlie"),
        "trainer": create_person("Alice", roles=("trainer",)),
        "other_trainer": create_person("Trudy", roles=("trainer",)),
        "author": create_person("Aron", roles=("author",)),
        "HR": create_person("Hana", roles=("HR",)),
        "admin": create_person("Ada", roles=("admin",)),
    }
    for picture in (RING, HIDDEN):
        app.extensions["files"].keep(picture)
    with app.extensions["database"].transaction() as db:
        department_named(db, "华东")
        version = publish_course(db, create_course(), by=None, now=NOW)
        cohort = create_cohort(db, version, trainers=[people["trainer"]], trainees=[people["trainee"], classmate])
        begin(db, cohort, people["trainee"])
        begin(db, cohort, classmate, handed_in=True)
        create_cohort(db, version, trainers=[people["other_trainer"]], name="十二月班")
    return {who: client_of(people[who]) if who in people else client for who in WHO}


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


def content_of(database: Database) -> str:
    """A hash of every row of every table."""
    return hashlib.sha256("\n".join(_rows(database)).encode()).hexdigest()


def _rows(database: Database) -> Iterator[str]:
    with database.engine.connect() as connection:
        for table in sorted(inspect(connection).get_table_names()):
            yield table
            yield from sorted(str(row) for row in connection.execute(text(f'SELECT * FROM "{table}"')))  # noqa: S608
