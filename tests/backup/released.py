"""Databases of every released revision, as the code of then left them: the demo organisation of each."""

from __future__ import annotations

import gzip
import sqlite3
from collections.abc import Sequence
from contextlib import closing
from pathlib import Path

from sqlalchemy import Connection, create_engine, inspect, select

import app.accounts.models
import app.assessment.models
import app.catalogue.models
import app.certificates.models
import app.classroom.models
import app.cohorts.models
import app.gradebook.models
import app.marking.models
import app.outbox
import app.records.models
import app.regrading.models
import app.reviewing.models
import app.teamwork.models  # noqa: F401 -- the tables
from app.db import Base, Database
from app.web.rebuild import Contents, columns_of, contents_of
from app.web.schema import upgrade_database

FOLDER = Path(__file__).parent / "released"
REVISIONS = sorted(path.name.partition(".")[0] for path in FOLDER.glob("*.sql.gz"))


def statements_of(revision: str) -> str:
    """The database of a revision as SQL, in the words of SQLite."""
    return gzip.decompress((FOLDER / f"{revision}.sql.gz").read_bytes()).decode()


def released(revision: str, path: Path) -> str:
    """A database of a revision, with its rows; returns its address."""
    with closing(sqlite3.connect(path)) as connection:
        connection.executescript(statements_of(revision))
        connection.execute("PRAGMA journal_mode=WAL")
    return f"sqlite:///{path}"


def columns_in(connection: Connection) -> dict[str, list[str]]:
    return {name: columns_of(connection, name) for name in inspect(connection).get_table_names()}


def content_of(path: Path, columns: dict[str, list[str]] | None = None) -> dict[str, Contents]:
    """What a SQLite file holds, in these columns or in all, whatever product reads it."""
    engine = create_engine(f"sqlite:///{path}")
    try:
        with engine.connect() as connection:
            found = columns or columns_in(connection)
            return contents_of(connection, found, tables=[name for name in found if name != "alembic_version"])
    finally:
        engine.dispose()


def columns_then(path: Path) -> dict[str, list[str]]:
    """The tables of a SQLite file and their columns."""
    engine = create_engine(f"sqlite:///{path}")
    try:
        with engine.connect() as connection:
            return columns_in(connection)
    finally:
        engine.dispose()


def fill(url: str, scratch: Path) -> None:
    """Put the rows of the newest released database, brought to the newest revision, into an empty one."""
    source = Database(f"sqlite:///{scratch}")
    released(REVISIONS[-1], scratch)
    upgrade_database(f"sqlite:///{scratch}")
    target = Database(url)
    with source.engine.connect() as old, target.transaction() as new:
        for table in Base.metadata.sorted_tables:
            rows: Sequence[dict[str, object]] = [dict(row) for row in old.execute(select(table)).mappings()]
            if rows and not new.execute(select(table)).first():
                new.execute(table.insert(), rows)
        if target.engine.dialect.name == "postgresql":
            for table in Base.metadata.sorted_tables:
                if _counts(new.connection(), table.name):
                    new.connection().exec_driver_sql(
                        f"SELECT setval(pg_get_serial_sequence('{table.name}', 'id'), "  # noqa: S608 -- tables of ours
                        f"(SELECT coalesce(max(id), 1) FROM {table.name}))"
                    )
    source.engine.dispose()
    target.engine.dispose()


def _counts(connection: Connection, table: str) -> bool:
    """Whether ids of a PostgreSQL table come from a sequence."""
    columns = inspect(connection).get_columns(table)
    return any(column["name"] == "id" and "nextval" in str(column["default"]) for column in columns)
