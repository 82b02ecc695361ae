"""Who may call what of writing together. Cohort 1 has one attempt of the trainee's own, which is a party of one."""

from __future__ import annotations

from tests.access import Call, Table, changing, only

ACCESS: Table = {
    "teamwork.news": (
        Call("GET", "/attempts/1/live", only(200, "trainee")),
        Call("GET", "/attempts/2/live", only(200)),
        Call("GET", "/attempts/99/live", only(200)),
    ),
    "teamwork.here": (
        Call("POST", "/attempts/1/live", changing(204, "trainee", anonymous=401), json={"field": ""}),
        Call("POST", "/attempts/2/live", changing(204, anonymous=401), json={"leaves": True}),
    ),
    "teamwork.take_row": (
        Call("POST", "/attempts/1/live/rows", changing(422, "trainee", anonymous=401), json={"rows": ["no"]}),
        Call("POST", "/attempts/2/live/rows", changing(422, anonymous=401), json={"rows": ["no"]}),
    ),
    "teamwork.who_wrote_what": (
        Call("GET", "/attempts/1/who-wrote-what", only(200, "trainee", "trainer")),
        Call("GET", "/attempts/2/who-wrote-what", only(200, "trainer")),
        Call("GET", "/attempts/99/who-wrote-what", only(200)),
    ),
}
