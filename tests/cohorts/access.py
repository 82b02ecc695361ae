"""Who may call what in cohorts."""

from __future__ import annotations

from tests.access import Call, Table, Who, changing, only

RUNS: tuple[Who, ...] = ("trainer", "admin")
"""Of cohort 1."""
MAY_OPEN: tuple[Who, ...] = ("trainer", "other_trainer", "admin")
TRAINEE_GOES_TO_THEIR_OWN = (302, 303, 404, 200, 404, 404, 404, 200)

ACCESS: Table = {
    "cohorts.cohorts": (Call("GET", "/cohorts", only(200, *MAY_OPEN)),),
    "cohorts.new_cohort": (Call("GET", "/cohorts/new", only(200, *MAY_OPEN)),),
    "cohorts.open_cohort": (Call("POST", "/cohorts", changing(422, *MAY_OPEN)),),
    "cohorts.cohort": (
        Call("GET", "/cohorts/1", TRAINEE_GOES_TO_THEIR_OWN),
        Call("GET", "/cohorts/2", only(200, "other_trainer", "admin")),
        Call("GET", "/cohorts/9", only(404)),
        Call("GET", "/cohorts/2147483647", only(404)),
    ),
    "cohorts.edit_cohort": (Call("GET", "/cohorts/1/edit", only(200, *RUNS)),),
    "cohorts.change_cohort": (Call("POST", "/cohorts/1/edit", changing(422, *RUNS)),),
    "cohorts.sessions": (Call("GET", "/cohorts/1/sessions", only(200, *RUNS)),),
    "cohorts.change_sessions": (Call("POST", "/cohorts/1/sessions", changing(422, *RUNS)),),
    "cohorts.move_sessions": (
        Call("POST", "/cohorts/1/sessions/move", changing(303, *RUNS), form=(("days", "7"), ("confirmed", "1"))),
    ),
    "cohorts.archive": (Call("POST", "/cohorts/1/archive", changing(303, *RUNS)),),
    "cohorts.reopen": (Call("POST", "/cohorts/1/reopen", changing(303, *RUNS)),),
    "enrolment.people": (Call("GET", "/cohorts/1/people", only(200, *RUNS)),),
    "enrolment.enrol": (Call("GET", "/cohorts/1/enrol", only(200, *RUNS)),),
    "enrolment.check": (Call("POST", "/cohorts/1/enrol/check", changing(200, *RUNS), form=(("text", "E1\t陈雨桐"),)),),
    "enrolment.confirm": (
        Call("POST", "/cohorts/1/enrol", changing(422, *RUNS), form=(("rows", "1\tE1\t陈雨桐"), ("how", "all"))),
    ),
    "enrolment.person": (
        Call("GET", "/cohorts/1/people/1", only(200, *RUNS)),
        Call("GET", "/cohorts/2/people/1", only(404)),
    ),
    "enrolment.correct": (
        Call("POST", "/cohorts/1/people/1", changing(303, *RUNS), form=(("name", "陈雨桐"),)),
        Call("POST", "/cohorts/2/people/1", changing(404), form=(("name", "陈雨桐"),)),
    ),
    "enrolment.withdraw": (
        Call("POST", "/cohorts/1/people/1/withdraw", changing(303, *RUNS)),
        Call("POST", "/cohorts/2/people/1/withdraw", changing(404)),
    ),
    "enrolment.take_back": (
        Call("POST", "/cohorts/1/people/1/take-back", changing(303, *RUNS)),
        Call("POST", "/cohorts/2/people/1/take-back", changing(404)),
    ),
    "enrolment.slips": (Call("POST", "/cohorts/1/slips", changing(200, *RUNS)),),
}
