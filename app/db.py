"""The database: the base of every table, the engine's settings, and the transaction that every write happens in."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Literal

from sqlalchemy import (
    JSON,
    Connection,
    DateTime,
    Dialect,
    Engine,
    MetaData,
    String,
    TypeDecorator,
    create_engine,
    event,
    func,
    select,
)
from sqlalchemy.orm import DeclarativeBase, Session, sessionmaker

SQLITE_PRAGMAS = {
    "journal_mode": "wal",
    "synchronous": "FULL",
    "busy_timeout": "5000",
    "foreign_keys": "ON",
    "cache_size": "-65536",
    "mmap_size": "268435456",
    "temp_store": "MEMORY",
}


class UtcDateTime(TypeDecorator[datetime]):
    """An aware moment, stored in UTC on every database; a naive one is refused."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:  # noqa: ARG002 -- its signature
        if value is not None and value.tzinfo is None:
            raise ValueError("a moment without a time zone")
        return value and value.astimezone(UTC)

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:  # noqa: ARG002 -- its signature
        return value and (value.astimezone(UTC) if value.tzinfo else value.replace(tzinfo=UTC))


class Base(DeclarativeBase):
    metadata = MetaData(
        naming_convention={
            "ix": "ix_%(table_name)s_%(column_0_N_name)s",
            "uq": "uq_%(table_name)s_%(column_0_N_name)s",
            "ck": "ck_%(table_name)s_%(constraint_name)s",
            "fk": "fk_%(table_name)s_%(column_0_N_name)s_%(referred_table_name)s",
            "pk": "pk_%(table_name)s",
        }
    )
    type_annotation_map = {dict[str, Any]: JSON, datetime: UtcDateTime}  # noqa: RUF012 -- SQLAlchemy's way


@dataclass(frozen=True)
class Kept:
    """The entry of a column in the field catalogue."""

    purpose: str
    """Why the column exists."""
    readers: str
    """Who may see it: «everyone», «the person», «admin», «HR» …, separated by commas; «nobody» for secrets."""
    until: str
    """When it goes: «person erased», «90 days», «version withdrawn» …"""
    export: bool
    """Whether a person's export of their own records has it."""
    erasure: Literal["delete", "anonymise", "keep"]
    """What erasing the person does to it; «keep» for what says nothing about a person, or must by law stay."""


def kept(
    purpose: str, *, readers: str, until: str, export: bool = False, erasure: Literal["delete", "anonymise", "keep"]
) -> dict[str, Any]:
    """`info=` of a column: without one the build fails."""
    return {"kept": Kept(purpose, readers, until, export, erasure)}


class Database:
    """One engine. Reads run as they are; `writes=True` takes the write lock at the first statement."""

    def __init__(self, url: str) -> None:
        self.engine = make_engine(url)
        self._reads = sessionmaker(self.engine, expire_on_commit=False)
        self._writes = sessionmaker(self.engine.execution_options(writes=True), expire_on_commit=False)

    def begin(self, *, writes: bool) -> Session:
        """A session whose first statement begins its transaction."""
        return (self._writes if writes else self._reads)()

    @contextmanager
    def transaction(self) -> Iterator[Session]:
        """A write transaction: committed when the block ends, rolled back when it raises."""
        with self._writes.begin() as db:
            yield db

    @contextmanager
    def looking(self) -> Iterator[Connection]:
        """A bare connection for one read of columns: half of what a session costs, and asked with every request."""
        with self.engine.connect() as connection:
            yield connection

    @contextmanager
    def reading(self) -> Iterator[Session]:
        """A session for reads, closed when the block ends."""
        with self._reads() as db:
            yield db


def one_at_a_time(db: Session | Connection, turn: str) -> None:
    """Wait for every transaction of other nodes that took the turn of this name; it ends with the transaction.

    SQLite needs none of it: whoever writes there is alone.
    """
    connection = db.connection() if isinstance(db, Session) else db
    if connection.dialect.name == "postgresql":
        own = func.current_schema(type_=String) + f" {turn}"  # these locks know no schemas: other products have theirs
        connection.execute(select(func.pg_advisory_xact_lock(func.hashtext(own))))


def make_engine(url: str) -> Engine:
    """An engine with the settings this product relies on."""
    engine = create_engine(url, pool_pre_ping=not url.startswith("sqlite"), hide_parameters=True)  # for the log
    if engine.dialect.name == "sqlite":
        event.listen(engine, "connect", _set_pragmas)
        event.listen(engine, "begin", _begin)
        event.listen(engine, "reset", _end)
    return engine


def _set_pragmas(connection: sqlite3.Connection, _record: object) -> None:
    connection.isolation_level = None  # the driver starts no transaction of its own: `_begin` does
    for name, value in SQLITE_PRAGMAS.items():
        connection.execute(f"PRAGMA {name}={value}")


def _begin(connection: Connection) -> None:
    # A deferred transaction that reads and then writes fails at once under load, whatever the busy timeout.
    writes = connection.get_execution_options().get("writes", False)
    connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")


def _end(connection: sqlite3.Connection, _record: object, _state: object) -> None:
    # A COMMIT that fails leaves SQLite's transaction open, and SQLAlchemy takes it for ended.
    connection.rollback()
