"""Migrations: they make exactly the tables of the code, once, and go forward only."""

from __future__ import annotations

from pathlib import Path
from time import perf_counter

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import Connection

import app.accounts.models
import app.catalogue.models
import app.outbox  # noqa: F401 -- the tables
from app.db import Base, Database
from app.errors import UserError
from app.web.schema import is_at_head, revision_of, upgrade_database


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
    start = perf_counter()
    upgrade_database(url)
    assert perf_counter() - start < 0.5
    with database.engine.connect() as connection:
        assert is_at_head(connection)
    assert (tmp_path / "fresh.sqlite").read_bytes() == before
    database.engine.dispose()


def test_a_database_of_a_newer_version_is_left_alone(database: Database, database_url: str) -> None:
    with database.engine.begin() as connection:
        connection.exec_driver_sql("UPDATE alembic_version SET version_num = '9999'")
    with pytest.raises(UserError, match="revision 9999, which this version does not know"):
        upgrade_database(database_url)
    with database.engine.connect() as connection:
        assert revision_of(connection) == "9999"
