"""Who may call what in home."""

from __future__ import annotations

from tests.access import Call, Table, only

ACCESS: Table = {
    "home.start": (Call("GET", "/", (302, 302, 200, 200, 200, 200, 200, 200)),),
    "home.my_course": (
        Call("GET", "/cohorts/1/my-course", only(200, "trainee")),
        Call("GET", "/cohorts/2/my-course", only(200)),
        Call("GET", "/cohorts/99/my-course", only(200)),
    ),
}
