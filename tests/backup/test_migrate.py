"""T-MIGRATE: what people left in any released version is there after the upgrade, whatever ends it half-way."""

from __future__ import annotations

import re
import signal
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

import pytest
from alembic.migration import MigrationContext
from alembic.operations import Operations
from sqlalchemy import CheckConstraint, Column, Connection, Integer, String, create_engine
from sqlalchemy.exc import IntegrityError

from app.db import Database
from app.errors import UserError
from app.web.rebuild import Contents, _refuse_differences, contents_of, rebuild_table
from app.web.schema import is_at_head, revision_of, upgrade_database
from tests.backup.released import REVISIONS, columns_then, content_of, released, statements_of
from tests.survival.sizes import note, sized

ROOT = Path(__file__).parents[2]
KILLS = sized(10, 40)
INSERT = re.compile(r'^INSERT INTO "\w+" VALUES\(.*?\);$', re.MULTILINE | re.DOTALL)
UPGRADE = """
import os, signal, sys
from sqlalchemy import Engine, event
from app.web.schema import upgrade_database
seen, last, when = 0, int(sys.argv[2]), sys.argv[3]
def count(*_):
    global seen
    seen += 1
    if seen == last:
        os.kill(os.getpid(), signal.SIGKILL)
event.listen(Engine, when, count)
upgrade_database(sys.argv[1])
print(seen)
"""


def upgrading(url: str, *, killed_at: int = 0, when: str = "before_cursor_execute") -> subprocess.CompletedProcess[str]:
    """An upgrade in a process of its own, killed at a statement."""
    command = [sys.executable, "-c", UPGRADE, url, str(killed_at), when]
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)


@pytest.fixture(params=REVISIONS)
def old(request: pytest.FixtureRequest, tmp_path: Path) -> Path:
    """A database file of a released revision."""
    path = tmp_path / "old.sqlite"
    released(str(request.param), path)
    return path


def revision_in(path: Path) -> str:
    with closing(sqlite3.connect(path)) as connection:
        return str(connection.execute("SELECT version_num FROM alembic_version").fetchone()[0])


def at_head(path: Path) -> bool:
    found = Database(f"sqlite:///{path}")
    with found.engine.connect() as connection:
        newest = is_at_head(connection)
        assert connection.exec_driver_sql("PRAGMA foreign_key_check").all() == []
        assert connection.exec_driver_sql("PRAGMA integrity_check").scalars().all() == ["ok"]
    found.engine.dispose()
    return newest


def test_there_is_a_database_of_every_released_revision() -> None:
    scripts = sorted(path.name[:4] for path in (ROOT / "migrations/versions").glob("0*.py"))
    assert scripts[: len(REVISIONS)] == REVISIONS
    assert len(scripts) - len(REVISIONS) <= 1, "the newest may be under way; the ones before are released"


def test_the_released_databases_hold_what_people_do(tmp_path: Path) -> None:
    path = tmp_path / "newest.sqlite"
    released(REVISIONS[-1], path)
    empty = {name for name, found in content_of(path).items() if not found.rows}
    assert empty <= {"sign_in", "throttle", "outbox", "invitation"}


def test_an_upgrade_keeps_everything(old: Path) -> None:
    columns, before = columns_then(old), content_of(old)
    upgrade_database(f"sqlite:///{old}")
    assert at_head(old)
    assert content_of(old, columns) == before


@pytest.mark.slow
@pytest.mark.timeout(900)
def test_an_upgrade_that_is_killed_is_begun_again(old: Path, tmp_path: Path) -> None:
    columns, before = columns_then(old), content_of(old)
    copy = tmp_path / "copy.sqlite"
    released_bytes = old.read_bytes()
    copy.write_bytes(released_bytes)
    total = int(upgrading(f"sqlite:///{copy}").stdout)
    points = sorted({1 + round(n * (total - 1) / (KILLS - 1)) for n in range(KILLS)})
    for number, point in enumerate(points):
        for name in (copy, copy.with_name("copy.sqlite-wal"), copy.with_name("copy.sqlite-shm")):
            name.unlink(missing_ok=True)
        copy.write_bytes(released_bytes)
        when = ("before_cursor_execute", "after_cursor_execute")[number % 2]
        assert upgrading(f"sqlite:///{copy}", killed_at=point, when=when).returncode == -signal.SIGKILL
        assert content_of(copy, columns) == before, f"killed at statement {point} of {total}"
        upgrade_database(f"sqlite:///{copy}")
        assert at_head(copy)
        assert content_of(copy, columns) == before
    note("T-MIGRATE", revision=revision_in(old), kills=len(points), statements=total)


def test_a_row_that_changes_is_noticed(tmp_path: Path) -> None:
    path = tmp_path / "old.sqlite"
    released(REVISIONS[-1], path)
    before = content_of(path)
    for change in ("UPDATE person SET display_name = '1' WHERE id = 1", "DELETE FROM marking WHERE id = 1"):
        with closing(sqlite3.connect(path)) as connection, connection:
            connection.execute(change)
        after = content_of(path)
        assert after != before
        before = after


# Nodes are restarted one by one: what runs the version before writes into the new tables meanwhile.


def inserts_of(revision: str, path: Path) -> Iterator[str]:
    """What the code of a revision writes: its columns by name, as its models name them."""
    columns = columns_then(path)
    for statement in re.findall(
        r'^INSERT INTO "\w+" VALUES\(.*?\);$', statements_of(revision), re.MULTILINE | re.DOTALL
    ):
        table = statement.partition('"')[2].partition('"')[0]
        if table != "alembic_version":
            names = ", ".join(f'"{name}"' for name in columns[table])
            yield statement.replace(" VALUES(", f" ({names}) VALUES(", 1)


def replayed(path: Path, statements: list[str]) -> int:
    with closing(sqlite3.connect(path)) as connection, connection:
        for statement in statements:
            connection.execute(statement)
        assert connection.execute("PRAGMA foreign_key_check").fetchall() == []
    return len(statements)


def test_the_code_before_can_write_into_the_new_tables(empty_database: Path, tmp_path: Path) -> None:
    path, newest = tmp_path / "old.sqlite", tmp_path / "new.sqlite"
    released(REVISIONS[-1], path)
    newest.write_bytes(empty_database.read_bytes())
    statements = list(inserts_of(REVISIONS[-1], path))
    expected = {name: found.rows for name, found in content_of(path).items()}
    assert replayed(newest, statements) == sum(expected.values())
    assert {name: found.rows for name, found in content_of(newest, columns_then(path)).items()} == expected


def test_a_column_that_the_code_before_cannot_fill_is_noticed(empty_database: Path, tmp_path: Path) -> None:
    path, newest = tmp_path / "old.sqlite", tmp_path / "new.sqlite"
    released(REVISIONS[-1], path)
    newest.write_bytes(empty_database.read_bytes())
    with closing(sqlite3.connect(newest)) as connection, connection:
        connection.execute("DROP TABLE throttle")
        connection.execute("ALTER TABLE person RENAME TO person_before")
        columns = columns_then(path)["person"]
        connection.execute(f"CREATE TABLE person ({', '.join(columns)}, more TEXT NOT NULL)")
    with pytest.raises(sqlite3.IntegrityError, match=r"NOT NULL constraint failed: person\.more"):
        replayed(newest, list(inserts_of(REVISIONS[-1], path)))


# The table rebuild itself.


MADE = """
PRAGMA foreign_keys={on};
CREATE TABLE parent (id INTEGER PRIMARY KEY, name TEXT, gone TEXT);
CREATE TABLE child (id INTEGER PRIMARY KEY, parent_id REFERENCES parent(id) ON DELETE CASCADE);
CREATE TABLE log (what TEXT);
CREATE INDEX ix_parent_name ON parent (name);
CREATE TRIGGER tr_parent AFTER UPDATE ON parent BEGIN INSERT INTO log VALUES (new.name); END;
INSERT INTO parent VALUES (1, 'a', 'x'), (2, 'b', 'y');
"""


@contextmanager
def migrating(*, foreign_keys: bool) -> Iterator[Connection]:
    """A parent with a thousand children, and a migration under way."""
    engine = create_engine("sqlite://")
    with engine.connect() as connection:
        connection.connection.cursor().executescript(MADE.format(on=int(foreign_keys)))
        connection.exec_driver_sql("INSERT INTO child VALUES (?, ?)", [(n, 1 + n % 2) for n in range(1_000)])
        connection.commit()
        with Operations.context(MigrationContext.configure(connection)):
            yield connection
    engine.dispose()


def columns() -> list[Column[Any]]:
    return [Column("id", Integer(), primary_key=True), Column("name", String(10)), Column("minutes", Integer())]


def children(connection: Connection) -> int:
    return int(connection.exec_driver_sql("SELECT count(*) FROM child").scalar_one())


def test_a_table_made_anew_keeps_rows_children_index_and_trigger() -> None:
    with migrating(foreign_keys=False) as connection:
        before = contents_of(connection, {"parent": ["id", "name"]})
        rebuild_table("parent", *columns(), CheckConstraint("minutes > 0", name="ck"), dropping=["gone"])
        assert contents_of(connection, {"parent": ["id", "name"]}) == before
        assert before["child"].rows == 1_000
        connection.exec_driver_sql("UPDATE parent SET name = 'c' WHERE id = 1")
        assert connection.exec_driver_sql("SELECT what FROM log").scalars().all() == ["c"]
        found = connection.exec_driver_sql("SELECT name FROM sqlite_master WHERE type = 'index'").scalars().all()
        assert found == ["ix_parent_name"]
        with pytest.raises(IntegrityError, match="ck"):
            connection.exec_driver_sql("UPDATE parent SET minutes = 0")


def test_a_batch_change_that_removes_children_is_noticed() -> None:
    """The canary: the usual way, with foreign keys on. A thousand rows become none."""
    with migrating(foreign_keys=True) as connection:
        before = contents_of(connection)
        operations = Operations(MigrationContext.configure(connection))
        with operations.batch_alter_table("parent", recreate="always") as parent:
            parent.add_column(Column("minutes", Integer()))
        assert children(connection) == 0
        with pytest.raises(RuntimeError, match=r"child \(1000 → 0 rows\)"):
            _refuse_differences(before, contents_of(connection, {"parent": ["id", "name", "gone"]}))


def test_no_table_is_made_anew_while_foreign_keys_are_on() -> None:
    with migrating(foreign_keys=True) as connection:
        with pytest.raises(RuntimeError, match="every row that refers to it"):
            rebuild_table("parent", *columns(), dropping=["gone"])
        assert children(connection) == 1_000


def test_no_column_goes_unless_somebody_said_so() -> None:
    with migrating(foreign_keys=False), pytest.raises(RuntimeError, match="parent would lose gone"):
        rebuild_table("parent", *columns())


def test_rows_that_a_new_type_would_change_are_noticed() -> None:
    with migrating(foreign_keys=False) as connection:
        connection.exec_driver_sql("UPDATE parent SET name = '007' WHERE id = 2")
        number = [Column("id", Integer(), primary_key=True), Column("name", Integer())]
        with pytest.raises(RuntimeError, match=r"the contents of parent \(2 → 2 rows\) changed"):
            rebuild_table("parent", *number, dropping=["gone"])


def test_contents_do_not_ask_for_the_order_of_rows_but_for_their_types() -> None:
    with migrating(foreign_keys=False) as connection:
        before = contents_of(connection, tables=["parent"])
        connection.exec_driver_sql("UPDATE parent SET id = 3 - id + 10")
        connection.exec_driver_sql("UPDATE parent SET name = 'ab', gone = NULL")
        connection.exec_driver_sql("DELETE FROM parent")
        connection.exec_driver_sql("INSERT INTO parent VALUES (2, 'b', 'y'), (1, 'a', 'x')")
        assert contents_of(connection, tables=["parent"]) == before
        connection.exec_driver_sql("UPDATE parent SET gone = 'None'")
        said = contents_of(connection, tables=["parent"])
        connection.exec_driver_sql("UPDATE parent SET gone = NULL")
        assert contents_of(connection, tables=["parent"]) not in (before, said)
        assert isinstance(said["parent"], Contents)


def test_an_assignment_has_minutes_or_none(database: Database) -> None:
    refused = "INSERT INTO assignment (cohort_id, exercise, minutes) VALUES (1, 'x', 0)"
    with database.engine.connect() as connection, pytest.raises(IntegrityError, match="minutes_are_positive"):
        connection.exec_driver_sql(refused)


def test_a_released_database_is_not_taken_for_a_newer_one(tmp_path: Path) -> None:
    url = released(REVISIONS[0], tmp_path / "old.sqlite")
    with closing(sqlite3.connect(tmp_path / "old.sqlite")) as connection, connection:
        connection.execute("UPDATE alembic_version SET version_num = '9999'")
    with pytest.raises(UserError, match="which this version does not know"):
        upgrade_database(url)
    found = Database(url)
    with found.engine.connect() as connection2:
        assert revision_of(connection2) == "9999"
    found.engine.dispose()
