"""Who may call what in assessment."""

from __future__ import annotations

from tests.access import Call, Table, Who, changing, only

SAVE = {"client": "tests", "seq": 1, "base": 0, "fields": {"level.uptime": "primary"}}
OWN: tuple[Who, ...] = ("trainee",)
"""The attempt is this person's; its cohort is the trainer's."""

ACCESS: Table = {
    "assessment.exercise": (
        Call("GET", "/cohorts/1/exercises/needs", only(302, "trainee")),
        Call("GET", "/cohorts/1/exercises/needs?again=", only(200, "trainee")),
        Call("GET", "/cohorts/1/exercises/nothing", only(200)),
        Call("GET", "/cohorts/99/exercises/needs", only(200)),
    ),
    "assessment.start": (Call("POST", "/cohorts/1/exercises/needs", changing(303, *OWN)),),
    "assessment.attempt": (
        Call("GET", "/attempts/1", (302, 200, 404, 302, 404, 404, 404, 404)),
        Call("GET", "/attempts/2", only(302, "trainer")),
        Call("GET", "/attempts/99", only(200)),
    ),
    "assessment.save_fields": (
        Call("PATCH", "/attempts/1", changing(200, *OWN, anonymous=401), json=SAVE),
        Call("PATCH", "/attempts/2", changing(200, anonymous=401), json=SAVE),
    ),
    "assessment.save_form": (
        Call("POST", "/attempts/1", changing(303, *OWN)),
        Call("POST", "/attempts/2", changing(303)),
    ),
    "assessment.save_and_check": (Call("POST", "/attempts/1/check", changing(303, *OWN)),),
    "assessment.check": (Call("GET", "/attempts/1/check", only(200, *OWN)),),
    "assessment.choose": (Call("POST", "/attempts/1/choose", changing(303, *OWN)),),
    "assessment.assignments": (
        Call("GET", "/cohorts/1/exercises", only(200, "trainer", "admin")),
        Call("GET", "/cohorts/99/exercises", only(200)),
    ),
    "assessment.change_assignments": (Call("POST", "/cohorts/1/exercises", changing(303, "trainer", "admin")),),
    "assessment.release": (
        Call("POST", "/cohorts/1/exercises/needs/release", changing(303, "trainer")),
        Call("POST", "/cohorts/1/exercises/nothing/release", changing(303)),
    ),
    "assessment.cohort_table": (Call("GET", "/cohorts/1/table", only(200, "trainer")),),
    "assessment.cohort_table_csv": (Call("GET", "/cohorts/1/table.csv", only(200, "trainer")),),
    "assessment.home": (Call("GET", "/", (302, 302, 200, 200, 200, 200, 200, 200)),),
    "assessment.my_course": (
        Call("GET", "/cohorts/1/my-course", only(200, "trainee")),
        Call("GET", "/cohorts/2/my-course", only(200)),
        Call("GET", "/cohorts/99/my-course", only(200)),
    ),
    "assessment.inbox": (Call("GET", "/marking", only(200, "trainer", "other_trainer")),),
    "assessment.lately": (Call("GET", "/marking/lately", only(200, "trainer", "other_trainer")),),
    "assessment.marking": (
        Call("GET", "/marking/1", only(200, "trainer")),
        Call("GET", "/marking/2", only(200, "trainer")),
        Call("GET", "/marking/99", only(200)),
    ),
    "assessment.mark": (
        Call("POST", "/marking/2", changing(303, "trainer"), form=(("criterion-0", "2"),)),
        Call("POST", "/marking/99", changing(303)),
    ),
    "assessment.override": (
        Call("POST", "/marking/2/override", changing(303, "trainer"), form=(("points", "3"), ("reason", "口头"))),
    ),
    "assessment.take_back": (Call("POST", "/marking/2/take-back", changing(303, "trainer")),),
    "assessment.return_for_revision": (
        Call("POST", "/marking/2/return", changing(303, "trainer"), form=(("reason", "依据"),)),
    ),
    "assessment.reopen": (Call("POST", "/marking/2/reopen", changing(303, "trainer"), form=(("reason", "误交"),)),),
    "assessment.hand_in_for": (Call("POST", "/marking/2/hand-in", changing(303, "trainer")),),
    "assessment.paper": (
        Call("GET", "/cohorts/1/exercises/needs/paper", only(200, "trainer")),
        Call("GET", "/cohorts/1/exercises/nothing/paper", only(200)),
    ),
    "assessment.paper_sheet": (
        Call("GET", "/cohorts/1/exercises/needs/paper/1", only(200, "trainer")),
        Call("GET", "/cohorts/2/exercises/needs/paper/1", only(200)),
        Call("GET", "/cohorts/1/exercises/needs/paper/99", only(200)),
    ),
    "assessment.enter": (
        Call(
            "POST",
            "/cohorts/1/exercises/needs/paper/1",
            changing(303, "trainer"),
            form=(("level.uptime", "primary"), ("confirm", "yes")),
        ),
    ),
    "assessment.hand_in": (
        Call("POST", "/attempts/1/hand-in", changing(303, *OWN)),
        Call("POST", "/attempts/2/hand-in", changing(303)),
    ),
}
