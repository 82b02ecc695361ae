"""All rows of one database put into another, empty one, of the same kind or of the other.

The source is read as it was at one moment. The target takes everything in one transaction, in which it is counted and
compared before it ends: killed or refused at any point, the target has its tables and no rows.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from hashlib import sha256
from pathlib import Path
from typing import Any

from sqlalchemy import (
    JSON,
    Column,
    ColumnElement,
    Connection,
    Engine,
    RowMapping,
    Table,
    Text,
    and_,
    bindparam,
    cast,
    exists,
    func,
    inspect,
    select,
    table,
)
from sqlalchemy.exc import DBAPIError

from app.backup import postgresql, sqlite
from app.backup.examining import NOT_OURS, rows_of, what_is_wrong
from app.backup.making import Installation
from app.backup.running import product_ended
from app.db import Base, make_engine
from app.errors import UserError
from app.web.schema import is_at_head, upgrade_database
from app.words import say

AT_ONCE = 500
"""Rows in memory at a time: answers are short, and compiled courses few."""
LOCKS_HAVE = 10
"""Seconds to wait for somebody who uses the target's tables."""
_VALUE, _KEY = "value_", "key_"
"""What stands before a column's name where a statement waits for what is in it: the bare name is SQLAlchemy's."""


def copy_database(found: Installation, target: str) -> dict[str, int]:
    """Carry every row into the database of the address `target`; returns how many each table got.

    Raises UserError; then no row was added to the target. The source is only read.
    """
    with product_ended(found.instance), _source(found) as source, _engine(target) as engine:
        with _told_of_target(), engine.connect() as connection:
            _refuse_same(source, connection)
            _refuse_filled(connection)
        with _told_of_target():
            upgrade_database(target)
        with _told_of_target(), engine.execution_options(writes=True).begin() as connection:
            _lock(connection)
            _refuse_filled(connection)
            for each in Base.metadata.sorted_tables:
                _copy(each, source, connection)
            _set_sequences(connection)
            rows = rows_of(source)
            for wrong in what_is_wrong(connection, rows):
                raise UserError(say("What arrived is not what was there. {why} Nothing was copied.", why=wrong))
            return {name: count for name, count in rows.items() if name != NOT_OURS}


@contextmanager
def _source(found: Installation) -> Iterator[Connection]:
    """The database that is copied, at one moment. Raises UserError where it is used, old, or not there."""
    if found.on_sqlite:
        file = sqlite.file_of(found.database_url)
        if not file.exists():
            raise UserError(say("There is no database {path} yet.", path=file))
        sqlite.refuse_other_file(file)
    else:
        postgresql.refuse_others(found.database_url)
    with _engine(found.database_url) as engine, engine.connect() as connection:
        if not found.on_sqlite:
            connection.execution_options(isolation_level="REPEATABLE READ")
            connection.exec_driver_sql("SET TRANSACTION READ ONLY")
        if not is_at_head(connection):
            raise UserError(say("The database is not at the newest revision. Run `flask db upgrade` first."))
        yield connection


@contextmanager
def _engine(url: str) -> Iterator[Engine]:
    engine = make_engine(url)
    try:
        yield engine
    finally:
        engine.dispose()


@contextmanager
def _told_of_target() -> Iterator[None]:
    """What the target's driver complains of, as a sentence; its first line has no row and no password in it."""
    try:
        yield
    except (DBAPIError, OSError) as error:
        raise UserError(say("The target cannot be used: {why}. Nothing was copied.", why=_first_line(error))) from None


def _first_line(error: DBAPIError | OSError) -> str:
    said = str(error.orig) if isinstance(error, DBAPIError) else error.strerror or ""
    return said.strip().partition("\n")[0].removesuffix(".")


def _refuse_same(source: Connection, target: Connection) -> None:
    """Two addresses may name one database: by another name of the machine, or a link to the file."""
    if source.dialect.name == target.dialect.name and _identity(source) == _identity(target):
        raise UserError(say("The target is the same database. Nothing was copied."))


def _identity(connection: Connection) -> tuple[object, ...]:
    if connection.dialect.name == "sqlite":
        file = Path(connection.engine.url.database or "").stat()
        return file.st_dev, file.st_ino
    question = "SELECT pg_postmaster_start_time(), current_database(), current_schema()"
    return tuple(connection.exec_driver_sql(question).one())


def _refuse_filled(target: Connection) -> None:
    """Raises UserError for a database with any row, or with tables that are not the product's."""
    ours = {NOT_OURS, *Base.metadata.tables}
    for name in sorted(inspect(target).get_table_names()):
        if name not in ours or (name != NOT_OURS and target.scalar(select(exists().select_from(table(name))))):
            raise UserError(
                say(
                    "The target is not empty: there is {table}. Name an empty database. Nothing was copied.", table=name
                )
            )


def _lock(target: Connection) -> None:
    """Keep everybody else out of the target's tables until the transaction ends; on SQLite the writer is alone."""
    if target.dialect.name == "postgresql":
        quote = target.dialect.identifier_preparer.format_table
        target.exec_driver_sql(f"SET LOCAL lock_timeout = {LOCKS_HAVE * 1000}")
        names = ", ".join(quote(each) for each in Base.metadata.sorted_tables)
        target.exec_driver_sql(f"LOCK TABLE {names} IN ACCESS EXCLUSIVE MODE")


@dataclass
class _Content:
    """What rows say, whatever their order: databases sort texts differently."""

    rows: int = 0
    total: int = 0

    def add(self, rows: Sequence[RowMapping]) -> None:
        self.rows += len(rows)
        self.total += sum(int.from_bytes(sha256(repr(tuple(row.values())).encode()).digest()) for row in rows)


@dataclass
class _Pointers:
    """Columns that refer to rows of their own table, perhaps to later ones: filled when all rows are there."""

    of: Table
    columns: list[Column[Any]] = field(init=False)
    found: list[dict[str, object]] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.columns = [key.parent for key in self.of.foreign_keys if key.column.table is self.of]

    def taken_out(self, row: RowMapping) -> dict[str, object]:
        """The row with nothing in these columns."""
        pointing = {_VALUE + column.name: row[_VALUE + column.name] for column in self.columns}
        if any(value is not None for value in pointing.values()):
            keys = {_KEY + column.name: row[_VALUE + column.name] for column in self.of.primary_key}
            self.found.append({**pointing, **keys})
        return {**row, **dict.fromkeys(pointing)}

    def put_in(self, target: Connection) -> None:
        own = and_(*(column == bindparam(_KEY + column.name) for column in self.of.primary_key))
        values: dict[str, ColumnElement[Any]] = {
            column.name: bindparam(_VALUE + column.name) for column in self.columns
        }
        if self.found:
            target.execute(self.of.update().where(own).values(values), self.found)


def _copy(each: Table, source: Connection, target: Connection) -> None:
    """Copy the rows of a table, and read them back. Raises UserError where they are not the same."""
    there, arrived, pointers = _Content(), _Content(), _Pointers(each)
    insertion = each.insert().values({column.name: _inserted(column, target) for column in each.columns})
    try:
        for rows in _pieces(each, source):
            target.execute(insertion, [pointers.taken_out(row) for row in rows])
            there.add(rows)
        pointers.put_in(target)
    except DBAPIError as error:
        why = _first_line(error)
        raise UserError(
            say("The target refused rows of {table}: {why}. Nothing was copied.", table=each.name, why=why)
        ) from None
    for rows in _pieces(each, target):
        arrived.add(rows)
    if there != arrived:
        raise UserError(say("The rows of {table} did not arrive as they were. Nothing was copied.", table=each.name))


def _pieces(each: Table, connection: Connection) -> Iterator[Sequence[RowMapping]]:
    """All rows, with JSON as the text that it is: an empty cell stays apart from the word null, and 1.0 from 1."""
    columns = [
        (cast(column, Text) if isinstance(column.type, JSON) else column).label(_VALUE + column.name)
        for column in each.columns
    ]
    try:
        found = connection.execute(select(*columns), execution_options={"yield_per": AT_ONCE})
        yield from found.mappings().partitions()
    except DBAPIError as error:
        raise UserError(say("The database cannot be read: {why}.", why=_first_line(error))) from None


def _inserted(column: Column[Any], target: Connection) -> ColumnElement[Any]:
    """Where the value of a column goes in. SQLite would take the word JSON of a cast for a number."""
    if not isinstance(column.type, JSON):
        return bindparam(_VALUE + column.name, type_=column.type)
    words = bindparam(_VALUE + column.name, type_=Text())
    return words if target.dialect.name == "sqlite" else cast(words, JSON)


def _set_sequences(target: Connection) -> None:
    """Let PostgreSQL count on from the highest number; SQLite looks for itself."""
    if target.dialect.name != "postgresql":
        return
    quote = target.dialect.identifier_preparer.format_table
    for each in Base.metadata.sorted_tables:
        number = each.autoincrement_column
        highest = target.scalar(select(func.max(number))) if number is not None else None
        if number is not None and highest:
            target.execute(select(func.setval(func.pg_get_serial_sequence(quote(each), number.name), highest)))
