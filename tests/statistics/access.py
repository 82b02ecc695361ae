"""Who may call what in statistics."""

from __future__ import annotations

from tests.access import Call, Table, Who, only

TEACHING: tuple[Who, ...] = ("trainer", "other_trainer", "author")
ACCESS: Table = {
    "statistics.course": (
        Call("GET", "/courses/leads/statistics", only(200, *TEACHING)),
        Call("GET", "/courses/none/statistics", only(200)),
    ),
    "statistics.exercise": (
        Call("GET", "/courses/leads/statistics/needs", only(200, *TEACHING)),
        Call("GET", "/courses/leads/statistics/none", only(200)),
    ),
}
