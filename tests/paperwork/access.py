"""Who may call what on paper."""

from __future__ import annotations

from tests.access import Call, Table, changing, only

ACCESS: Table = {
    "paperwork.paper": (
        Call("GET", "/cohorts/1/exercises/needs/paper", only(200, "trainer")),
        Call("GET", "/cohorts/1/exercises/nothing/paper", only(200)),
    ),
    "paperwork.paper_sheet": (
        Call("GET", "/cohorts/1/exercises/needs/paper/1", only(200, "trainer")),
        Call("GET", "/cohorts/2/exercises/needs/paper/1", only(200)),
        Call("GET", "/cohorts/1/exercises/needs/paper/99", only(200)),
    ),
    "paperwork.enter": (
        Call(
            "POST",
            "/cohorts/1/exercises/needs/paper/1",
            changing(303, "trainer"),
            form=(("level.uptime", "primary"), ("confirm", "yes")),
        ),
    ),
    "paperwork.own_sheet": (
        Call("GET", "/cohorts/1/exercises/needs/sheet.pdf", only(200, "trainee")),
        Call("GET", "/cohorts/1/exercises/nothing/sheet.pdf", only(200)),
    ),
    "paperwork.own_form": (Call("GET", "/cohorts/1/exercises/needs/form.pdf", only(200, "trainee")),),
    "paperwork.sheets": (
        Call("GET", "/cohorts/1/exercises/needs/sheets.pdf", only(200, "trainer")),
        Call("GET", "/cohorts/1/exercises/nothing/sheets.pdf", only(200)),
    ),
    "paperwork.their_sheet": (
        Call("GET", "/cohorts/1/exercises/needs/paper/1/sheet.pdf", only(200, "trainer")),
        Call("GET", "/cohorts/1/exercises/needs/paper/99/sheet.pdf", only(200)),
    ),
    "paperwork.their_form": (Call("GET", "/cohorts/1/exercises/needs/paper/1/form.pdf", only(200, "trainer")),),
    "paperwork.answer_sheet": (
        Call("GET", "/attempts/1/answer.pdf", only(200, "trainee", "trainer")),
        Call("GET", "/attempts/99/answer.pdf", only(200)),
    ),
    "paperwork.paper_code": (Call("GET", "/p/MFRGG", only(200)),),
    "paperwork.returned": (Call("GET", "/cohorts/1/exercises/needs/returned", only(200, "trainee")),),
    "paperwork.read_returned": (Call("POST", "/cohorts/1/exercises/needs/returned", changing(422, "trainee")),),
    "paperwork.take_over": (
        Call(
            "POST", "/cohorts/1/exercises/needs/returned/take-over", changing(422, "trainee"), form=(("attempt", "9"),)
        ),
    ),
    "paperwork.their_returned": (
        Call("POST", "/cohorts/1/exercises/needs/paper/1/returned", changing(422, "trainer")),
    ),
}
