"""Rows put in, replaced or counted up in one statement for all of them, on either database."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from sqlalchemy import Connection, Table, bindparam, delete

if TYPE_CHECKING:
    from sqlalchemy.dialects import postgresql, sqlite


def put(connection: Connection, table: Table, rows: Iterable[Mapping[str, Any]]) -> None:
    """Insert rows, or replace those of the same key."""
    keys = [column.name for column in table.primary_key]
    statement = _insert(connection, table)
    others = {column.name: statement.excluded[column.name] for column in table.columns if column.name not in keys}
    connection.execute(statement.on_conflict_do_update(index_elements=keys, set_=others), list(rows))


def add_differences(connection: Connection, table: Table, changes: Mapping[tuple[Any, ...], int]) -> None:
    """Add to the `enrolments` of a table of counts, by primary key; what comes to nothing goes."""
    keys = [column.name for column in table.primary_key]
    differing = {key: by for key, by in sorted(changes.items()) if by}
    if not differing:
        return
    statement = _insert(connection, table)
    more = {"enrolments": table.c.enrolments + statement.excluded.enrolments}
    rows = [dict(zip(keys, key, strict=True)) | {"enrolments": by} for key, by in differing.items()]
    connection.execute(statement.on_conflict_do_update(index_elements=keys, set_=more), rows)
    _remove_empty(connection, table, keys, [key for key, by in differing.items() if by < 0])


def _remove_empty(connection: Connection, table: Table, keys: Sequence[str], fewer: Sequence[tuple[Any, ...]]) -> None:
    gone = [dict(zip((f"of_{name}" for name in keys), key, strict=True)) for key in fewer]
    if gone:
        of_key = (table.c[name] == bindparam(f"of_{name}") for name in keys)
        connection.execute(delete(table).where(*of_key, table.c.enrolments == 0), gone)


def _insert(connection: Connection, table: Table) -> postgresql.Insert | sqlite.Insert:
    if connection.dialect.name == "postgresql":
        from sqlalchemy.dialects import postgresql  # noqa: PLC0415 -- 3 MB that a server on SQLite does without

        return postgresql.insert(table)
    from sqlalchemy.dialects import sqlite  # noqa: PLC0415 -- likewise

    return sqlite.insert(table)
