"""`flask db copy`: every row arrives as it was, in either kind of database, or none does."""

from __future__ import annotations

import fcntl
import os
import signal
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path

import pytest
from flask.testing import FlaskCliRunner
from sqlalchemy import JSON, Connection, insert, select, text

from app.accounts.models import Audit, Department, Person
from app.backup import copying, sqlite
from app.backup.copying import copy_database
from app.backup.making import Installation
from app.backup.running import LOCK
from app.db import Base, Database
from app.errors import UserError
from app.factory import create_app
from app.web.schema import upgrade_database
from config import TestConfig
from tests.backup.installations import KEY, ON_POSTGRESQL, empty_database
from tests.backup.released import REVISIONS, fill, released

ROOT = Path(__file__).parents[2]
NOW = datetime(2026, 11, 23, 1, 0, 0, 123456, tzinfo=UTC)
pytestmark = pytest.mark.timeout(600)

Rows = dict[str, list[str]]


@pytest.fixture
def found(tmp_path: Path) -> Installation:
    """What people did, in a SQLite file: with a department below a later one, and moments to the microsecond."""
    folder = tmp_path / "instance"
    folder.mkdir()
    url = f"sqlite:///{folder / 'coursewright.sqlite'}"
    upgrade_database(url)
    fill(url, tmp_path / "released.sqlite")
    database = Database(url)
    with database.transaction() as db:
        db.execute(insert(Department), [{"id": 900, "name": "上级"}, {"id": 901, "name": "下级", "parent_id": 900}])
        db.execute(text("UPDATE department SET parent_id = 901 WHERE id = (SELECT min(id) FROM department)"))
        details = {"名": "“引号” \\ \u2028 😀", "n": 2**60, "empty": None}
        for each in (details, {}):
            row = {"at": NOW, "by_id": None, "action": "test", "object_type": "x", "object_id": "1", "details": each}
            db.execute(insert(Audit), [row])
    database.engine.dispose()
    return Installation(folder, url, KEY)


@pytest.fixture
def target(tmp_path: Path, worker_id: str) -> Iterator[str]:
    """The address of an empty database: of the kind that the tests run on."""
    (tmp_path / "target").mkdir()
    with empty_database(tmp_path / "target", f"copy_{worker_id}") as url:
        yield url


def content_of(url: str) -> Rows:
    """Every cell of every table, in values of Python, by other statements than the copy reads with."""
    database = Database(url)
    try:
        with database.reading() as db:
            return {
                each.name: sorted(repr(tuple(row)) for row in db.execute(select(each)))
                for each in Base.metadata.sorted_tables
            }
    finally:
        database.engine.dispose()


def is_empty(url: str) -> bool:
    return not any(content_of(url).values())


def add_person(url: str) -> int:
    """A person as the pages add one: the database numbers them."""
    database = Database(url)
    try:
        with database.transaction() as db:
            person = Person(number="copied-later", display_name="新人", created_at=NOW)
            db.add(person)
            db.flush()
            db.add(Audit(at=NOW, by_id=person.id, action="test", object_type="x", object_id="2", details={}))
            db.flush()
            return person.id
    finally:
        database.engine.dispose()


def test_every_row_arrives_and_counting_goes_on(found: Installation, target: str) -> None:
    before = content_of(found.database_url)
    counts = copy_database(found, target)
    assert content_of(target) == before == content_of(found.database_url)
    assert counts == {name: len(rows) for name, rows in before.items()}
    assert counts["answer_change"] > 0
    assert counts["certificate"] > 0
    database = Database(found.database_url)
    with database.reading() as db:
        highest = max(db.scalars(select(Person.id)))
    database.engine.dispose()
    assert add_person(target) == highest + 1


def test_there_and_back(found: Installation, target: str, tmp_path: Path) -> None:
    copy_database(found, target)
    back = f"sqlite:///{tmp_path / 'back.sqlite'}"
    copy_database(Installation(found.instance, target, KEY), back)
    assert content_of(back) == content_of(found.database_url)
    add_person(back)


def test_json_arrives_letter_by_letter(found: Installation, target: str) -> None:
    words = '{"b": 1.0, "a":  [1, null, "\\u540d"]}'
    ask = text("SELECT CAST(details AS TEXT) FROM audit WHERE object_id = 'json' ORDER BY id")
    row = {"at": NOW, "action": "test", "object_type": "x", "object_id": "json"}
    database = Database(found.database_url)
    with database.transaction() as db:
        db.execute(insert(Audit), [{**row, "details": {}}, {**row, "details": JSON.NULL}])
        db.execute(
            text("UPDATE audit SET details = :words WHERE object_id = 'json' AND details = '{}'"), {"words": words}
        )
    database.engine.dispose()
    copy_database(found, target)
    database = Database(target)
    with database.reading() as db:
        assert list(db.scalars(ask)) == [words, "null"]
    database.engine.dispose()


# Ended half-way.


def test_what_does_not_arrive_as_it_was_is_noticed(
    found: Installation, target: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    def changed(connection: Connection) -> None:
        connection.execute(text("UPDATE person SET display_name = 'x' WHERE id = (SELECT max(id) FROM person)"))

    whole = copying._Pointers.put_in

    def put_in(self: copying._Pointers, connection: Connection) -> None:
        whole(self, connection)
        if self.of.name == "person":
            changed(connection)

    monkeypatch.setattr(copying._Pointers, "put_in", put_in)
    with pytest.raises(UserError, match="rows of person did not arrive as they were"):
        copy_database(found, target)
    assert is_empty(target)


def test_a_row_that_the_target_refuses_leaves_nothing(found: Installation, target: str) -> None:
    with closing(sqlite3.connect(sqlite.file_of(found.database_url))) as connection:  # which looks at no references
        connection.execute(
            "UPDATE answer_change SET attempt_id = 999999 WHERE id = (SELECT min(id) FROM answer_change)"
        )
        connection.commit()
    with pytest.raises(UserError, match="refused rows of answer_change"):
        copy_database(found, target)
    assert is_empty(target)


KILLED = """
import os, signal, sys
from pathlib import Path
import tests.backup.released
from app.backup import copying
from app.backup.making import Installation
copying._set_sequences = lambda target: os.kill(os.getpid(), signal.SIGKILL)
copying.copy_database(Installation(Path(sys.argv[1]), sys.argv[2], "k"), sys.argv[3])
"""


def test_killed_before_the_end_leaves_nothing_and_can_be_run_again(found: Installation, target: str) -> None:
    words = [sys.executable, "-c", KILLED, str(found.instance), found.database_url, target]
    killed = subprocess.run(words, cwd=ROOT, env={**os.environ, "PYTHONPATH": str(ROOT)}, check=False)
    assert killed.returncode == -signal.SIGKILL
    assert is_empty(target)
    copy_database(found, target)
    assert content_of(target) == content_of(found.database_url)


# Refused.


def test_a_target_with_a_row_is_refused_and_left_alone(found: Installation, target: str) -> None:
    upgrade_database(target)
    add_person(target)
    before = content_of(target)
    with pytest.raises(UserError, match="is not empty: there is audit"):
        copy_database(found, target)
    assert content_of(target) == before


def test_a_target_of_something_else_is_refused_and_left_alone(found: Installation, target: str) -> None:
    database = Database(target)
    with database.transaction() as db:
        db.execute(text("CREATE TABLE invoices (id integer)"))
    with pytest.raises(UserError, match="is not empty: there is invoices"):
        copy_database(found, target)
    with database.reading() as db, pytest.raises(Exception, match="alembic_version"):
        db.execute(text("SELECT * FROM alembic_version"))
    database.engine.dispose()


def test_the_same_database_under_another_name_is_refused(found: Installation, target: str, tmp_path: Path) -> None:
    (tmp_path / "link").symlink_to(found.instance)
    with pytest.raises(UserError, match="is the same database"):
        copy_database(found, f"sqlite:///{tmp_path / 'link' / 'coursewright.sqlite'}")
    if ON_POSTGRESQL:
        upgrade_database(target)
        with pytest.raises(UserError, match="is the same database"):
            copy_database(Installation(found.instance, target, KEY), f"{target}?application_name=other")


def test_a_source_of_an_older_version_is_refused(found: Installation, target: str, tmp_path: Path) -> None:
    old = Installation(found.instance, released(REVISIONS[0], tmp_path / "old.sqlite"), KEY)
    with pytest.raises(UserError, match="flask db upgrade"):
        copy_database(old, target)
    with pytest.raises(UserError, match="There is no database"):
        copy_database(Installation(found.instance, f"sqlite:///{tmp_path / 'none.sqlite'}", KEY), target)
    assert not (tmp_path / "none.sqlite").exists()


def test_a_target_out_of_reach_is_refused_without_its_password(found: Installation, tmp_path: Path) -> None:
    (tmp_path / "people.txt").write_text("1001 林知远\n" * 200, encoding="utf-8")
    places = [f"sqlite:///{tmp_path / 'nowhere' / 'x.sqlite'}", f"sqlite:///{tmp_path / 'people.txt'}"]
    if ON_POSTGRESQL:
        places.append("postgresql+psycopg://somebody:hush-hush@127.0.0.1:1/nowhere")
    for place in places:
        with pytest.raises(UserError, match=r"target cannot be used: .+\. Nothing was copied") as refused:
            copy_database(found, place)
        assert "hush" not in str(refused.value)
    assert (tmp_path / "people.txt").read_text(encoding="utf-8") == "1001 林知远\n" * 200


def test_while_the_product_runs_nothing_is_copied(found: Installation, target: str) -> None:
    with (found.instance / LOCK).open("w") as running:  # as `announce_running` has it, for as long as it lives
        fcntl.flock(running, fcntl.LOCK_SH)
        with pytest.raises(UserError, match="The product is running"):
            copy_database(found, target)
    copy_database(found, target)


# The command.


@pytest.fixture
def runner(found: Installation) -> FlaskCliRunner:
    config = TestConfig(INSTANCE_PATH=found.instance, DATABASE_URL=found.database_url)
    return create_app(config).test_cli_runner()


def test_the_command_says_what_to_do_now(runner: FlaskCliRunner, found: Installation, target: str) -> None:
    done = runner.invoke(args=["db", "copy", target])
    assert (done.exit_code, done.exception) == (0, None)
    assert "Copied and compared: " in done.stdout
    for told in ("set DATABASE_URL", f"stay in {found.instance}", "SECRET_KEY must stay the same"):
        assert told in done.stderr
    again = runner.invoke(args=["db", "copy", target, "--json"])
    assert (again.exit_code, "is not empty" in again.stderr) == (1, True)


@pytest.mark.parametrize("address", ["mysql://u:hush-hush@host/x", "postgresql://u:hush-hush@host:port/x"])
def test_an_address_that_is_none_is_refused_without_its_password(runner: FlaskCliRunner, address: str) -> None:
    done = runner.invoke(args=["db", "copy", address])
    assert done.exit_code == 1
    assert "The target cannot be used. " in done.stderr
    assert "hush" not in done.output


def test_a_driver_that_is_missing_is_told(runner: FlaskCliRunner, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("config.find_spec", lambda _name: None)
    done = runner.invoke(args=["db", "copy", "postgresql://u:hush-hush@host/x"])
    assert (done.exit_code, "requirements-postgresql.txt" in done.stderr, "hush" in done.output) == (1, True, False)
