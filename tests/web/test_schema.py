"""Migrations: they make exactly the tables of the code, once, and go forward only."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from time import sleep

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import Connection, inspect, select, text

import app.accounts.models
import app.assessment.models
import app.catalogue.models
import app.certificates.models
import app.classroom.models
import app.cohorts.models
import app.gradebook.models
import app.outbox
import app.records.models
import app.regrading.models
import app.reviewing.models
import app.teamwork.models  # noqa: F401 -- the tables
from app.accounts.models import Person, Role
from app.db import Base, Database, one_at_a_time
from app.errors import UserError
from app.web.schema import SCRIPTS, _revisions, _upgrade, is_at_head, revision_of, upgrade_database
from tests.timing import quickly


def differences(connection: Connection) -> list[object]:
    context = MigrationContext.configure(connection, opts={"compare_type": True, "compare_server_default": True})
    return list(compare_metadata(context, Base.metadata))


def test_migrations_make_the_tables_of_the_code(database: Database) -> None:
    with database.engine.connect() as connection:
        assert differences(connection) == []


def test_a_missing_column_is_noticed(database: Database) -> None:
    with database.engine.connect() as connection:
        connection.exec_driver_sql("ALTER TABLE outbox DROP COLUMN error")
        assert len(differences(connection)) == 1
        connection.rollback()


def test_a_fresh_file_comes_to_the_newest_revision_and_stays(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path}/fresh.sqlite"
    database = Database(url)
    with database.engine.connect() as connection:
        assert (revision_of(connection), is_at_head(connection)) == (None, False)
    upgrade_database(url)
    before = (tmp_path / "fresh.sqlite").read_bytes()
    quickly(0.5, lambda: upgrade_database(url))
    with database.engine.connect() as connection:
        assert is_at_head(connection)
    assert (tmp_path / "fresh.sqlite").read_bytes() == before
    database.engine.dispose()


MIGRATION = """
import sqlalchemy as sa
from alembic import op
revision, down_revision, branch_labels, depends_on = "9999", "{head}", None, None
def upgrade():
{steps}
"""
MAKES_PERSON_ANEW = """
    with op.batch_alter_table("person", recreate="always") as person:
        person.add_column(sa.Column("nickname", sa.String(10), nullable=True))
"""
FORGETS_WHO_HAS_ROLES = """
    op.execute("DELETE FROM person")
"""


@pytest.fixture
def with_migration(tmp_path: Path) -> Callable[[str], Path]:
    """Gives a copy of the migrations with one more."""

    def copied(steps: str) -> Path:
        scripts = shutil.copytree(SCRIPTS, tmp_path / "migrations", ignore=shutil.ignore_patterns("__pycache__"))
        migration = MIGRATION.format(head=_revisions()[0], steps=steps)
        (scripts / "versions" / "9999_more.py").write_text(migration, encoding="utf-8")
        return scripts

    return copied


def migrate(database: Database, scripts: Path) -> None:
    with database.engine.connect().execution_options(writes=True) as connection:
        _upgrade(connection, scripts)


def roles_in(database: Database) -> list[str]:
    with database.reading() as db:
        return sorted(db.scalars(select(Role.role)))


def test_a_table_that_is_made_anew_keeps_the_rows_that_refer_to_it(
    database: Database, alice: Person, with_migration: Callable[[str], Path]
) -> None:
    if database.engine.dialect.name != "sqlite":
        pytest.skip("PostgreSQL changes its tables in place")
    migrate(database, with_migration(MAKES_PERSON_ANEW))
    with database.engine.connect() as connection:
        assert revision_of(connection) == "9999"
        assert "nickname" in {column["name"] for column in inspect(connection).get_columns("person")}
        assert connection.exec_driver_sql("PRAGMA foreign_keys").scalar() == 1
    assert roles_in(database) == ["author", "trainer"]


def test_a_migration_that_leaves_orphans_is_taken_back(
    database: Database, alice: Person, with_migration: Callable[[str], Path]
) -> None:
    if database.engine.dialect.name != "sqlite":
        pytest.skip("PostgreSQL watches its foreign keys during a migration, too")
    with pytest.raises(RuntimeError, match="2 rows would refer to nothing, in role"):
        migrate(database, with_migration(FORGETS_WHO_HAS_ROLES))
    with database.engine.connect() as connection:
        assert is_at_head(connection)
        assert connection.exec_driver_sql("PRAGMA foreign_keys").scalar() == 1
    assert roles_in(database) == ["author", "trainer"]


def test_nodes_that_start_together_on_an_empty_database_migrate_once(empty_url: str) -> None:
    nodes = [starting(empty_url) for _ in range(3)]
    assert [node.wait() for node in nodes] == [0, 0, 0]
    found = Database(empty_url)
    with found.engine.connect() as connection:
        assert is_at_head(connection)
    found.engine.dispose()


def test_a_node_waits_for_another_that_migrates(empty_url: str) -> None:
    other = Database(empty_url)
    if other.engine.dialect.name == "sqlite":
        pytest.skip("SQLite has one writer at a time, whatever it writes")
    waiting = text("SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND NOT granted")
    with other.engine.begin() as connection:
        one_at_a_time(connection, "migrating")
        node = starting(empty_url)
        while not connection.scalar(waiting):
            assert node.poll() is None
            sleep(0.05)
    assert node.wait() == 0
    other.engine.dispose()


def starting(url: str) -> subprocess.Popen[bytes]:
    """A node that brings the database up to date: a process, since alembic keeps what it does in its modules."""
    start = f"from app.web.schema import upgrade_database; upgrade_database({url!r})"
    return subprocess.Popen([sys.executable, "-c", start], cwd=SCRIPTS.parent)


@pytest.fixture
def empty_url(tmp_path: Path, worker_id: str) -> Iterator[str]:
    """The address of a database without tables."""
    if "TEST_DATABASE_URL" not in os.environ:
        yield f"sqlite:///{tmp_path}/empty.sqlite"
        return
    url = f"postgresql+psycopg://{os.environ['TEST_DATABASE_URL'].partition('://')[2]}"
    schema, server = f"test_empty_{worker_id}", Database(url).engine
    with server.begin() as connection:
        connection.exec_driver_sql(f"DROP SCHEMA IF EXISTS {schema} CASCADE")
        connection.exec_driver_sql(f"CREATE SCHEMA {schema}")
    yield f"{url}{'&' if '?' in url else '?'}options=-csearch_path%3D{schema}"
    with server.begin() as connection:
        connection.exec_driver_sql(f"DROP SCHEMA {schema} CASCADE")
    server.dispose()


def test_a_database_of_a_newer_version_is_left_alone(database: Database, database_url: str) -> None:
    with database.engine.begin() as connection:
        connection.exec_driver_sql("UPDATE alembic_version SET version_num = '9999'")
    with pytest.raises(UserError, match="revision 9999, which this version does not know"):
        upgrade_database(database_url)
    with database.engine.connect() as connection:
        assert revision_of(connection) == "9999"
