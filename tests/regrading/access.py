"""Who may move a cohort to another version of its course: its trainers."""

from __future__ import annotations

from tests.access import Call, Table, changing, only

ACCESS: Table = {
    "regrading.versions": (
        Call("GET", "/cohorts/1/versions", only(200, "trainer")),
        Call("GET", "/cohorts/99/versions", only(200)),
    ),
    "regrading.version": (
        Call("GET", "/cohorts/1/versions/1", only(302, "trainer")),
        Call("GET", "/cohorts/1/versions/9", only(200)),
    ),
    "regrading.move": (
        Call("POST", "/cohorts/1/versions/1", changing(422, "trainer"), form=(("reason", "改正答案"),)),
        Call("POST", "/cohorts/1/versions/9", changing(303), form=(("reason", "改正答案"),)),
    ),
    "regrading.ask_again": (Call("POST", "/cohorts/1/versions/go-on", changing(303, "trainer")),),
}
