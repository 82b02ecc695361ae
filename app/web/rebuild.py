"""A changed table on SQLite: made anew beside the old one, filled by column names, and proven to hold the same.

SQLite changes little of a table in place. What it recommends instead is what stands here; what is ours is the proof:
the rows of every table are counted and hashed before and after, and whatever differs takes everything back.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from hashlib import sha256
from typing import Any

from alembic import op
from sqlalchemy import Column, Connection
from sqlalchemy.schema import SchemaItem

_MANY = 2**256
_ROWS_AT_ONCE = 1_000


@dataclass(frozen=True)
class Contents:
    """What a table holds, whatever the order of its rows."""

    rows: int
    digest: str


def rebuild_table(name: str, *elements: SchemaItem, dropping: Collection[str] = ()) -> None:
    """Put a table of these columns and constraints in the place of the SQLite table of this name, in a migration.

    Rows, indexes and triggers are kept. Columns are copied by their names; new ones need a default or may be null;
    those that go are named in `dropping`. Raises RuntimeError, which takes everything back, if anything else changed.
    """
    connection = op.get_bind()
    _refuse_cascades(connection)
    draft = f"{name}__anew"
    common = _common_columns(connection, name, elements, dropping)
    attached = _indexes_and_triggers(connection, name)
    before = contents_of(connection, {name: common})
    op.create_table(draft, *elements)
    columns = ", ".join(map(_in_quotes, common))
    connection.exec_driver_sql(
        f"INSERT INTO {_in_quotes(draft)} ({columns}) SELECT {columns} FROM {_in_quotes(name)} ORDER BY rowid"  # noqa: S608 -- names of our own tables
    )
    connection.exec_driver_sql(f"DROP TABLE {_in_quotes(name)}")
    connection.exec_driver_sql(f"ALTER TABLE {_in_quotes(draft)} RENAME TO {_in_quotes(name)}")
    for statement in attached:
        connection.exec_driver_sql(statement)
    _refuse_differences(before, contents_of(connection, {name: common}))
    refuse_orphans(connection)


def contents_of(
    connection: Connection, columns: Mapping[str, Sequence[str]] | None = None, *, tables: Collection[str] = ()
) -> dict[str, Contents]:
    """What every table of a SQLite database holds (or `tables` alone), in all columns but where `columns` says less."""
    names = tables or [
        str(name)
        for (name,) in connection.exec_driver_sql(
            "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite^_%' ESCAPE '^' ORDER BY name"
        )
    ]
    less = columns or {}
    return {name: _contents(connection, name, less.get(name) or columns_of(connection, name)) for name in names}


def columns_of(connection: Connection, table: str) -> list[str]:
    """The names of a SQLite table's columns, in their order."""
    return [str(row[1]) for row in connection.exec_driver_sql(f"PRAGMA table_info({_in_quotes(table)})")]


def refuse_orphans(connection: Connection) -> None:
    """Raises RuntimeError, which takes everything back, where a migration left rows that refer to nothing."""
    if connection.dialect.name != "sqlite":
        return  # PostgreSQL never lets go of its foreign keys
    orphans = connection.exec_driver_sql("PRAGMA foreign_key_check").all()
    if orphans:
        tables = ", ".join(sorted({table for table, *_ in orphans}))
        raise RuntimeError(f"{len(orphans)} rows would refer to nothing, in {tables}: the database is left as it was")


def _refuse_cascades(connection: Connection) -> None:
    if connection.dialect.name != "sqlite":
        raise RuntimeError("other databases change their tables in place")
    if connection.exec_driver_sql("PRAGMA foreign_keys").scalar():
        raise RuntimeError("foreign keys are on: dropping the old table would remove every row that refers to it")


def _common_columns(
    connection: Connection, name: str, elements: Sequence[SchemaItem], dropping: Collection[str]
) -> list[str]:
    old, new = columns_of(connection, name), {each.name for each in elements if isinstance(each, Column)}
    if not old:
        raise RuntimeError(f"there is no table {name} to change")
    lost = sorted(set(old) - new - set(dropping))
    if lost:
        raise RuntimeError(f"{name} would lose {', '.join(lost)}, which nobody said should go")
    return [column for column in old if column in new]


def _indexes_and_triggers(connection: Connection, table: str) -> list[str]:
    """How they were made; what SQLite made by itself for a constraint has no text and comes with the new table."""
    found = connection.exec_driver_sql(
        "SELECT sql FROM sqlite_master WHERE tbl_name = ? AND type IN ('index', 'trigger') AND sql IS NOT NULL "
        "ORDER BY type, name",
        (table,),
    )
    return [str(statement) for (statement,) in found]


def _contents(connection: Connection, table: str, columns: Sequence[str]) -> Contents:
    rows, total = 0, 0
    asked = ", ".join(map(_in_quotes, columns))
    # On the driver's connection: SQLAlchemy would make a row of its own of each, for nothing.
    cursor = connection.connection.cursor()
    try:
        cursor.execute(f"SELECT {asked} FROM {_in_quotes(table)}")  # noqa: S608 -- names of our tables
        while some := cursor.fetchmany(_ROWS_AT_ONCE):
            rows += len(some)
            total += sum(map(_hash, some))
    finally:
        cursor.close()
    return Contents(rows, f"{total % _MANY:064x}")


def _hash(row: tuple[Any, ...]) -> int:
    # repr tells 1 from "1" and None from "None", and a sum does not ask for the order of rows.
    return int.from_bytes(sha256(repr(row).encode("utf-8", "surrogatepass")).digest(), "big")


def _refuse_differences(before: Mapping[str, Contents], after: Mapping[str, Contents]) -> None:
    changed = [
        f"{name} ({before[name].rows if name in before else 0} → {after[name].rows if name in after else 0} rows)"
        for name in sorted({*before, *after})
        if before.get(name) != after.get(name)
    ]
    if changed:
        raise RuntimeError(f"the contents of {', '.join(changed)} changed: the database is left as it was")


def _in_quotes(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'
