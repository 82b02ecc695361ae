"""Sums of the counts over all courses, departments or months, so that a page adds up hundreds of rows and not all."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from typing import Any, cast

from sqlalchemy import Connection, Select, Table, delete, func, insert, literal, select

from app.records.differences import add_differences
from app.records.models import ProgressCount, ProgressTotal

ALL_COURSES = 0
ALL_DEPARTMENTS = -1
"""0 is taken: people without a department."""
ALL_MONTHS = 0

Key = tuple[int, int, int, str]
"""Course, department, month, outcome."""

_COUNT, _TOTAL = (cast("Table", each.__table__) for each in (ProgressCount, ProgressTotal))
_KEYS = ("course_id", "department_id", "month", "outcome")
_ALL = {"course_id": ALL_COURSES, "department_id": ALL_DEPARTMENTS, "month": ALL_MONTHS}
_SUMMED = (("course_id", "department_id"), ("department_id",), ("course_id",), ("month",))
"""What each kind of sum is over: those that lists and the overview ask for."""


def sums_of(key: Key) -> tuple[Key, ...]:
    """The sums that a count is a part of."""
    named = dict(zip(_KEYS, key, strict=True))
    return tuple(
        cast("Key", tuple(_ALL[name] if name in summed else named[name] for name in _KEYS)) for summed in _SUMMED
    )


def add_to_totals(connection: Connection, changes: Mapping[Key, int]) -> None:
    """Follow changes of ProgressCount, in the same transaction: key → how many more, or fewer."""
    added: Counter[Key] = Counter()
    for key, more in changes.items():
        for total in sums_of(key):
            added[total] += more
    add_differences(connection, _TOTAL, added)


def are_added_up(connection: Connection) -> bool:
    """Whether every sum is what the counts add up to."""
    kept = set(map(tuple, connection.execute(select(*_TOTAL.c))))
    found = {(*row[:4], int(row[4])) for summed in _SUMMED for row in connection.execute(_sums_over(summed))}
    return kept == found


def add_up_totals(connection: Connection) -> None:
    """Every sum anew from ProgressCount."""
    connection.execute(delete(_TOTAL))
    for summed in _SUMMED:
        connection.execute(insert(_TOTAL).from_select([*_KEYS, "enrolments"], _sums_over(summed)))


def _sums_over(summed: tuple[str, ...]) -> Select[*tuple[Any, ...]]:
    columns = [literal(_ALL[name]) if name in summed else _COUNT.c[name] for name in _KEYS]
    apart = [_COUNT.c[name] for name in _KEYS if name not in summed]
    return select(*columns, func.sum(_COUNT.c.enrolments)).group_by(*apart)
