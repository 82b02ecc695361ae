"""What tests stand on: the application on a database of its own, and people who look at it.

Alice teaches and writes courses, Bob is in the cohort, Charlie is not, Hana is HR, Ada is admin.
SQLite by default; PostgreSQL when TEST_DATABASE_URL names a database that may be emptied.
"""

from __future__ import annotations

import os
import re
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict
from datetime import UTC, datetime
from itertools import count
from pathlib import Path
from typing import Protocol

import pytest
from flask import Flask
from flask.testing import FlaskClient
from hypothesis import settings
from itsdangerous import URLSafeTimedSerializer
from jinja2 import FileSystemBytecodeCache
from sqlalchemy import Engine, event, inspect
from sqlalchemy.orm import Session

from app import clock
from app.accounts.actions import add_person, grant_role, start_sign_in
from app.accounts.models import Person
from app.db import Database
from app.web.schema import _revisions, upgrade_database
from app.web.viewing import RoleName
from config import TestConfig
from tests.survival.sizes import FULL

NOW = datetime(2026, 11, 23, 1, 0, tzinfo=UTC)
"""Monday, nine o'clock in Shanghai: the `now=` of tests."""


WAITS = re.compile(
    r"^(?:import|from) (?:time|threading|subprocess|concurrent|multiprocessing|tests\.(?:racing|timing))\b",
    re.MULTILINE,
)
"""A test module that measures time, or waits for threads or programs."""

# No deadlines: a busy machine is not a mistake. `make soak` looks much longer.
settings.register_profile("suite", max_examples=60, deadline=None)
settings.register_profile("soak", max_examples=5_000, deadline=None)
settings.load_profile("suite")


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """One worker's share begins with the proofs of survival, the next one's with the browser; the order stays drawn.

    So those that drive many programs do not run beside one another, nor last, where all would wait for one of them.
    Workers that have done their share take from the end of the longest (`--dist worksteal`). They measure and wait on
    a machine that does other things beside, as do those with clocks, threads and programs of their own, so they are
    tried a second time; in `make soak` never.
    """
    survival = [item for item in items if "survival" in item.path.parts]
    browser = [item for item in items if item.get_closest_marker("browser")]
    apart = {*survival, *browser}
    if not FULL:
        waits = {path for path in {item.path for item in items} if WAITS.search(path.read_text(encoding="utf-8"))}
        for item in items:
            if item in apart or item.path in waits:
                item.add_marker(pytest.mark.flaky(reruns=1))
    others = sorted((item for item in items if item not in apart), key=lambda item: not item.get_closest_marker("slow"))
    workers: int = getattr(config, "workerinput", {"workercount": 1})["workercount"]
    share = max(0, len(items) // workers - len(survival))
    items[:] = [*survival, *others[:share], *browser, *others[share:]]


_used: set[Engine] = set()
event.listen(Engine, "engine_connect", lambda connection: _used.add(connection.engine))


@pytest.fixture(autouse=True)
def _no_connection_outlives_its_test() -> Iterator[None]:
    """Close what a test opened: Python 3.13 complains of what is left to the garbage collector."""
    yield
    while _used:
        _used.pop().dispose()


class CreatePerson(Protocol):
    def __call__(
        self,
        display_name: str = ...,
        *,
        number: str | None = ...,
        roles: tuple[RoleName, ...] = ...,
        email: str | None = ...,
        password_hash: str | None = ...,
    ) -> Person: ...


@pytest.fixture(scope="session")
def empty_database(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A SQLite file with the tables of all migrations and no rows, to be copied."""
    path = tmp_path_factory.mktemp("empty") / "empty.sqlite"
    upgrade_database(f"sqlite:///{path}")
    return path


@pytest.fixture(scope="session")
def empty_schema(worker_id: str) -> Iterator[str]:
    """The address of a fresh PostgreSQL schema with the tables of all migrations, one a test process."""
    url = f"postgresql+psycopg://{os.environ['TEST_DATABASE_URL'].partition('://')[2]}"
    schema = f"test_{worker_id}"
    server = Database(url).engine
    with server.begin() as connection:
        connection.exec_driver_sql(f"DROP SCHEMA IF EXISTS {schema} CASCADE")
        connection.exec_driver_sql(f"CREATE SCHEMA {schema}")
    inside = f"{url}{'&' if '?' in url else '?'}options=-csearch_path%3D{schema}"
    upgrade_database(inside)
    yield inside
    with server.begin() as connection:
        connection.exec_driver_sql(f"DROP SCHEMA {schema} CASCADE")
    server.dispose()


@pytest.fixture
def database_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """The address of an empty database with tables."""
    if "TEST_DATABASE_URL" not in os.environ:
        return f"sqlite:///{shutil.copy(request.getfixturevalue('empty_database'), tmp_path / 'test.sqlite')}"
    url: str = request.getfixturevalue("empty_schema")
    _remove_rows(url)
    return url


@pytest.fixture(scope="session")
def compiled_templates(tmp_path_factory: pytest.TempPathFactory) -> FileSystemBytecodeCache:
    """Templates are compiled once, not once a test: most of what a page test would take."""
    return FileSystemBytecodeCache(str(tmp_path_factory.mktemp("templates")))


@pytest.fixture
def app(database_url: str, tmp_path: Path, compiled_templates: FileSystemBytecodeCache) -> Iterator[Flask]:
    """The application as in production, on an empty database and an instance folder of its own."""
    from app.factory import create_app  # noqa: PLC0415 -- it imports everything, and most tests need nothing of it

    config = TestConfig(INSTANCE_PATH=tmp_path, DATABASE_URL=database_url)
    app = _idle.pop() if _idle else create_app(config)
    _furnish(app, config)
    app.jinja_env.bytecode_cache = compiled_templates
    rules = app.url_map._rules.copy()
    yield app
    app.extensions["database"].engine.dispose()
    if app.url_map._rules == rules:
        _idle.append(app)


_idle: list[Flask] = []
"""Applications that no test uses now. Making one compiles a hundred addresses, which takes longer than most tests."""


def _furnish(app: Flask, config: TestConfig) -> None:
    """Put an application where a new one with this configuration would be."""
    from app.catalogue.pages import keep_pages  # noqa: PLC0415 -- as in the fixture

    original = app.extensions.setdefault("original config", dict(app.config))
    app.config.clear()
    app.config.update(original, **asdict(config))
    app.instance_path = str(config.INSTANCE_PATH)
    app.extensions["database"] = Database(config.DATABASE_URL)
    app._got_first_request = False
    keep_pages(app)


@pytest.fixture
def database(app: Flask) -> Database:
    found: Database = app.extensions["database"]
    return found


@pytest.fixture
def db(database: Database) -> Iterator[Session]:
    """A write transaction for actions and queries, rolled back in the end.

    From its first statement on it holds the write lock: commit before a client writes.
    """
    with database.begin(writes=True) as db:
        yield db


@pytest.fixture
def client(app: Flask) -> FlaskClient:
    """A browser that nobody is signed in with."""
    return app.test_client()


@pytest.fixture
def create_person(database: Database) -> CreatePerson:
    """Makes people, committed."""
    numbers = count(1)

    def create(
        display_name: str = "Somebody",
        *,
        number: str | None = None,
        roles: tuple[RoleName, ...] = (),
        email: str | None = None,
        password_hash: str | None = None,
    ) -> Person:
        with database.transaction() as db:
            person = add_person(
                db,
                number or f"P{next(numbers):04}",
                display_name,
                by=None,
                now=NOW,
                email=email,
                password_hash=password_hash,
                language="zh-CN",
            )
            for role in roles:
                grant_role(db, person, role, by=None, now=NOW)
        return person

    return create


@pytest.fixture
def alice(create_person: CreatePerson) -> Person:
    return create_person("Alice", roles=("author", "trainer"))


@pytest.fixture
def bob(create_person: CreatePerson) -> Person:
    return create_person("Bob")


@pytest.fixture
def charlie(create_person: CreatePerson) -> Person:
    return create_person("Charlie")


@pytest.fixture
def hana(create_person: CreatePerson) -> Person:
    return create_person("Hana", roles=("HR",))


@pytest.fixture
def ada(create_person: CreatePerson) -> Person:
    return create_person("Ada", roles=("admin",))


@pytest.fixture
def client_of(app: Flask, database: Database) -> Callable[[Person], FlaskClient]:
    """Gives a browser that a person is signed in with."""

    def sign_in(person: Person) -> FlaskClient:
        with database.transaction() as db:
            sign_in_id = start_sign_in(db, person.id, user_agent="tests", now=clock.now())
        client = app.test_client()
        with client.session_transaction() as cookie:
            cookie["_user_id"] = sign_in_id
        return client

    return sign_in


def token_of(client: FlaskClient) -> str:
    """A CSRF token that this browser's forms would carry."""
    with client.session_transaction() as cookie:
        raw = cookie.setdefault("csrf_token", "0123456789abcdef" * 2)
    secret = client.application.config["SECRET_KEY"]
    return str(URLSafeTimedSerializer(secret, salt="wtf-csrf-token").dumps(raw))


@contextmanager
def statements_of(database: Database) -> Iterator[list[str]]:
    """The statements that run inside the block, but BEGIN and the like."""
    seen: list[str] = []

    def note(_connection: object, _cursor: object, statement: str, *_rest: object) -> None:
        if not statement.startswith("BEGIN"):
            seen.append(statement)

    event.listen(database.engine, "before_cursor_execute", note)
    try:
        yield seen
    finally:
        event.remove(database.engine, "before_cursor_execute", note)


def _remove_rows(url: str) -> None:
    database = Database(url)
    with database.engine.begin() as connection:
        tables = [name for name in inspect(connection).get_table_names() if name != "alembic_version"]
        connection.exec_driver_sql(f"TRUNCATE {', '.join(tables)} RESTART IDENTITY CASCADE")
        connection.exec_driver_sql(f"UPDATE alembic_version SET version_num = '{_revisions()[0]}'")  # noqa: S608
    database.engine.dispose()
