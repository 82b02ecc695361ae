"""The database: the base of every table, the engine's settings, and the transaction that every write happens in."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
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
from sqlalchemy.exc import OperationalError
from sqlalchemy.orm import DeclarativeBase, Session, sessionmaker

from app.write_queue import PATIENCE, NoTurn, WriteQueue, queue_before

SQLITE_PRAGMAS = {
    "journal_mode": "wal",
    "synchronous": "FULL",
    "busy_timeout": "5000",
    "foreign_keys": "ON",
    "cache_size": "-65536",
    "mmap_size": "268435456",
    "temp_store": "MEMORY",
}
POSTGRESQL = {
    "connect_timeout": 3,
    # A server that vanished without a word is noticed within half a minute, and not when the kernel gives up.
    "keepalives": 1,
    "keepalives_idle": 15,
    "keepalives_interval": 5,
    "keepalives_count": 3,
    "tcp_user_timeout": 15_000,
}
"""How its driver connects."""
POOL = {"pool_size": 5, "max_overflow": 5, "pool_timeout": 5}
"""Connections of a process: one for each of its four threads, a second while somebody is recognised. Seconds to wait
for one, until the page asks to try again."""


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

    def result_processor(self, dialect: Dialect, coltype: object) -> Callable[[Any], datetime | None] | None:
        """On SQLite at once from its text: a page reads hundreds of moments, and two steps take four times as long."""
        return _moment_in if dialect.name == "sqlite" else super().result_processor(dialect, coltype)


def _moment_in(text: str | None) -> datetime | None:
    """A moment as SQLite keeps it, without a zone because all are UTC."""
    return datetime.fromisoformat(f"{text}+00:00") if text else None


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
        self.limit("lock_timeout", PATIENCE)
        self._reads = sessionmaker(self.engine, expire_on_commit=False)
        self._writes = sessionmaker(self.engine.execution_options(writes=True), expire_on_commit=False)

    def limit(self, setting: Literal["lock_timeout", "statement_timeout"], seconds: float) -> None:
        """End what takes longer, on every connection to PostgreSQL that is opened from now on."""
        if self.engine.dialect.name != "postgresql":
            return

        def set_limit(connection: Any, _record: object) -> None:  # noqa: ANN401 -- a driver that need not be installed
            connection.autocommit = True
            connection.execute(f"SET {setting} = {int(seconds * 1000)}")
            connection.autocommit = False

        event.listen(self.engine, "connect", set_limit)

    def begin(self, *, writes: bool) -> Session:
        """A session whose first statement begins its transaction."""
        return (self._writes if writes else self._reads)()

    def after_commit(self, heard: Callable[[Session], None]) -> None:
        """Call a function with every session of a write transaction that was committed."""
        event.listen(self._writes, "after_commit", heard)

    @contextmanager
    def transaction(self, *, patience: float = PATIENCE) -> Iterator[Session]:
        """A write transaction: committed when the block ends, rolled back when it raises.

        `patience`: seconds to wait for others who write.
        """
        with self._writes.begin() as db:
            if patience != PATIENCE:
                _wait_longer(db.connection(execution_options={"patience": patience}), patience)
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
    if not url.startswith("sqlite"):
        return create_engine(url, pool_pre_ping=True, connect_args=POSTGRESQL, hide_parameters=True, **POOL)
    engine = create_engine(url, connect_args={"factory": _InLine}, hide_parameters=True)  # for the log
    event.listen(engine, "connect", _set_pragmas)
    event.listen(engine, "begin", _begin)
    event.listen(engine, "reset", _end)
    return engine


class _InLine(sqlite3.Connection):
    """A connection that stands in line before it writes, until nothing of its transaction is open any more."""

    queue: WriteQueue | None = None
    """None for a database in memory, which nobody shares."""
    has_turn = False

    def begin_writing(self, within: float) -> None:
        """Wait for the turn, once a transaction. Raises NoTurn."""
        if self.queue and not self.has_turn:
            self.queue.take(within)
            self.has_turn = True

    def commit(self) -> None:
        super().commit()
        self._give_back()

    def rollback(self) -> None:
        try:
            super().rollback()
        finally:
            self._give_back()

    def close(self) -> None:
        try:
            super().close()
        finally:
            self._give_back()

    def _give_back(self) -> None:
        if self.queue and self.has_turn:
            self.has_turn = False
            self.queue.give_back()


def _set_pragmas(connection: _InLine, _record: object) -> None:
    connection.isolation_level = None  # the driver starts no transaction of its own: `_begin` does
    for name, value in SQLITE_PRAGMAS.items():
        connection.execute(f"PRAGMA {name}={value}")
    (_number, _name, file) = connection.execute("PRAGMA database_list").fetchone()
    connection.queue = queue_before(Path(file)) if file else None


def _begin(connection: Connection) -> None:
    # A deferred transaction that reads and then writes fails at once under load, whatever the busy timeout.
    options, driver = connection.get_execution_options(), connection.connection.driver_connection
    if not options.get("writes", False):
        connection.exec_driver_sql("BEGIN")
        return
    assert isinstance(driver, _InLine)  # noqa: S101 -- for mypy
    try:
        driver.begin_writing(options.get("patience", PATIENCE))
    except NoTurn as gave_up:
        raise OperationalError("BEGIN IMMEDIATE", None, gave_up) from gave_up
    try:
        connection.exec_driver_sql("BEGIN IMMEDIATE")  # the line is ours: this waits for other programs alone
    except BaseException:
        driver.rollback()
        raise


def _end(connection: _InLine, _record: object, _state: object) -> None:
    # A COMMIT that fails leaves SQLite's transaction open, and SQLAlchemy takes it for ended.
    connection.rollback()


def _wait_longer(connection: Connection, patience: float) -> None:
    if connection.dialect.name == "postgresql":
        connection.exec_driver_sql(f"SET LOCAL lock_timeout = {int(patience * 1000)}")
