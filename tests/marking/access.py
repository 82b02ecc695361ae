"""Who may call what in marking."""

from __future__ import annotations

from tests.access import Call, Table, changing, only

ACCESS: Table = {
    "marking.inbox": (Call("GET", "/marking", only(200, "trainer", "other_trainer")),),
    "marking.lately": (Call("GET", "/marking/lately", only(200, "trainer", "other_trainer")),),
    "marking.answer": (
        Call("GET", "/marking/1", only(200, "trainer")),
        Call("GET", "/marking/2", only(200, "trainer")),
        Call("GET", "/marking/99", only(200)),
    ),
    "marking.mark": (
        Call("POST", "/marking/2", changing(303, "trainer"), form=(("criterion-0", "2"),)),
        Call("POST", "/marking/99", changing(303)),
    ),
    "marking.override": (
        Call("POST", "/marking/2/override", changing(303, "trainer"), form=(("points", "3"), ("reason", "口头"))),
    ),
    "marking.take_back": (Call("POST", "/marking/2/take-back", changing(303, "trainer")),),
    "marking.return_for_revision": (
        Call("POST", "/marking/2/return", changing(303, "trainer"), form=(("reason", "依据"),)),
    ),
    "marking.reopen": (Call("POST", "/marking/2/reopen", changing(303, "trainer"), form=(("reason", "误交"),)),),
    "marking.hand_in_for": (Call("POST", "/marking/2/hand-in", changing(303, "trainer")),),
    "marking.count_late": (
        Call("POST", "/marking/2/count-late", changing(303, "trainer")),
        Call("POST", "/marking/99/count-late", changing(303)),
    ),
    "marking.paper": (
        Call("GET", "/cohorts/1/exercises/needs/paper", only(200, "trainer")),
        Call("GET", "/cohorts/1/exercises/nothing/paper", only(200)),
    ),
    "marking.paper_sheet": (
        Call("GET", "/cohorts/1/exercises/needs/paper/1", only(200, "trainer")),
        Call("GET", "/cohorts/2/exercises/needs/paper/1", only(200)),
        Call("GET", "/cohorts/1/exercises/needs/paper/99", only(200)),
    ),
    "marking.enter": (
        Call(
            "POST",
            "/cohorts/1/exercises/needs/paper/1",
            changing(303, "trainer"),
            form=(("level.uptime", "primary"), ("confirm", "yes")),
        ),
    ),
    "marking.own_sheet": (
        Call("GET", "/cohorts/1/exercises/needs/sheet.pdf", only(200, "trainee")),
        Call("GET", "/cohorts/1/exercises/nothing/sheet.pdf", only(200)),
    ),
    "marking.own_form": (Call("GET", "/cohorts/1/exercises/needs/form.pdf", only(200, "trainee")),),
    "marking.sheets": (
        Call("GET", "/cohorts/1/exercises/needs/sheets.pdf", only(200, "trainer")),
        Call("GET", "/cohorts/1/exercises/nothing/sheets.pdf", only(200)),
    ),
    "marking.their_sheet": (
        Call("GET", "/cohorts/1/exercises/needs/paper/1/sheet.pdf", only(200, "trainer")),
        Call("GET", "/cohorts/1/exercises/needs/paper/99/sheet.pdf", only(200)),
    ),
    "marking.their_form": (Call("GET", "/cohorts/1/exercises/needs/paper/1/form.pdf", only(200, "trainer")),),
    "marking.answer_sheet": (
        Call("GET", "/attempts/1/answer.pdf", only(200, "trainee", "trainer")),
        Call("GET", "/attempts/99/answer.pdf", only(200)),
    ),
    "marking.paper_code": (Call("GET", "/p/MFRGG", only(200)),),
    "marking.returned": (Call("GET", "/cohorts/1/exercises/needs/returned", only(200, "trainee")),),
    "marking.read_returned": (Call("POST", "/cohorts/1/exercises/needs/returned", changing(422, "trainee")),),
    "marking.take_over": (
        Call(
            "POST", "/cohorts/1/exercises/needs/returned/take-over", changing(422, "trainee"), form=(("attempt", "9"),)
        ),
    ),
    "marking.their_returned": (Call("POST", "/cohorts/1/exercises/needs/paper/1/returned", changing(422, "trainer")),),
}
