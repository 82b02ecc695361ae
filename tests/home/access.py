"""Who may call what in home."""

from __future__ import annotations

from tests.access import Call, Table, only, signed_in

ACCESS: Table = {
    "home.start": (Call("GET", "/", (302, 302, 200, 200, 200, 200, 200, 200)),),
    "home.my_course": (
        Call("GET", "/cohorts/1/my-course", only(200, "trainee")),
        Call("GET", "/cohorts/2/my-course", only(200)),
        Call("GET", "/cohorts/99/my-course", only(200)),
    ),
    "home.record": (Call("GET", "/record", signed_in(200)),),
    "home.record_answers": (Call("GET", "/record/answers.pdf", signed_in(404)),),  # they have written nothing
    "home.person_record": (
        Call("GET", "/people/2/record", only(200, "HR")),
        Call("GET", "/people/99/record", only(404)),
    ),
}
