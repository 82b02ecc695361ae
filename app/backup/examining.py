"""What a database holds, and whether it can be what people left: read from a restored copy, never believed."""

from __future__ import annotations

from collections.abc import Iterator

from sqlalchemy import Connection, func, inspect, select, table, text

from app.words import Sentence, say

NOT_OURS = "alembic_version"

# Each finds rows that cannot be. A table that a revision did not have yet is asked nothing.
_INVARIANTS: tuple[tuple[frozenset[str], str], ...] = (
    (
        frozenset({"submission", "answer_change"}),
        (
            "SELECT count(*) FROM submission LEFT JOIN answer_change ON answer_change.id = submission.change_id "
            "WHERE submission.change_id IS NOT NULL "
            "AND (answer_change.id IS NULL OR answer_change.attempt_id <> submission.attempt_id)"
        ),
    ),
    (
        frozenset({"marking", "submission"}),
        (
            "SELECT count(*) FROM marking LEFT JOIN submission ON submission.attempt_id = marking.attempt_id "
            "WHERE submission.attempt_id IS NULL"
        ),
    ),
    (
        frozenset({"marking", "answer_change"}),
        (
            "SELECT count(*) FROM marking LEFT JOIN answer_change ON answer_change.id = marking.change_id "
            "WHERE marking.change_id IS NOT NULL "
            "AND (answer_change.id IS NULL OR answer_change.attempt_id <> marking.attempt_id)"
        ),
    ),
    (
        frozenset({"attempt", "attempt_member"}),
        (
            "SELECT count(*) FROM attempt LEFT JOIN attempt_member ON attempt_member.attempt_id = attempt.id "
            "WHERE attempt_member.attempt_id IS NULL"
        ),
    ),
    (
        frozenset({"certificate", "enrolment"}),
        (
            "SELECT count(*) FROM certificate LEFT JOIN enrolment ON enrolment.id = certificate.enrolment_id "
            "WHERE enrolment.id IS NULL"
        ),
    ),
)


def rows_of(connection: Connection) -> dict[str, int]:
    """How many rows every table has."""
    names = sorted(inspect(connection).get_table_names())
    counts = {name: connection.scalar(select(func.count()).select_from(table(name))) for name in names}
    return {name: int(count or 0) for name, count in counts.items()}


def what_is_wrong(connection: Connection, rows: dict[str, int]) -> Iterator[Sentence]:
    """Everything about a restored database that cannot be, one sentence each."""
    if connection.dialect.name == "sqlite":
        yield from _wrong_in_sqlite(connection)
    found = rows_of(connection)
    for name in sorted({*rows, *found}):
        if found.get(name) != rows.get(name):
            there, told = found.get(name, 0), rows.get(name, 0)
            yield say("{table} has {there} rows and should have {told}.", table=name, there=there, told=told)
    for tables, question in _INVARIANTS:
        wrong = connection.scalar(text(question)) if tables <= found.keys() else 0
        if wrong:
            yield say("{count} rows of {tables} contradict each other.", count=wrong, tables=", ".join(sorted(tables)))


def _wrong_in_sqlite(connection: Connection) -> Iterator[Sentence]:
    if connection.exec_driver_sql("SELECT 1 FROM sqlite_master WHERE type NOT IN ('table', 'index')").first():
        yield say("Its database would run something by itself.")  # a trigger or a view: the product makes none
        return
    if connection.exec_driver_sql("PRAGMA integrity_check").scalars().all() != ["ok"]:
        yield say("Its database is damaged.")
    if connection.exec_driver_sql("PRAGMA foreign_key_check").first():
        yield say("Rows in its database refer to nothing.")
