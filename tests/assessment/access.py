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
    "assessment.check_answers": (
        Call("POST", "/attempts/1/checks", changing(422, *OWN)),
        Call("POST", "/attempts/2/checks", changing(303)),
    ),
    "assessment.take_over": (
        Call("POST", "/attempts/1/take-over", changing(303, *OWN)),
        Call("POST", "/attempts/2/take-over", changing(303)),
    ),
    "assessment.choose": (Call("POST", "/attempts/1/choose", changing(303, *OWN)),),
    "assessment.assignments": (
        Call("GET", "/cohorts/1/exercises", only(200, "trainer", "admin")),
        Call("GET", "/cohorts/99/exercises", only(200)),
    ),
    "assessment.change_assignments": (Call("POST", "/cohorts/1/exercises", changing(303, "trainer", "admin")),),
    "assessment.together": (
        Call("GET", "/cohorts/1/exercises/needs/together", only(200)),  # nobody: it shows nothing of the sort
        Call("GET", "/cohorts/1/exercises/nothing/together", only(200)),
    ),
    "assessment.release": (
        Call("POST", "/cohorts/1/exercises/needs/release", changing(303, "trainer")),
        Call("POST", "/cohorts/1/exercises/nothing/release", changing(303)),
    ),
    "assessment.extra_time": (
        Call("GET", "/cohorts/1/exercises/needs/extra-time", only(200, "trainer")),
        Call("GET", "/cohorts/1/exercises/nothing/extra-time", only(200)),
        Call("GET", "/cohorts/99/exercises/needs/extra-time", only(200)),
    ),
    "assessment.give_extra": (
        Call(
            "POST",
            "/cohorts/1/exercises/needs/extra-time",
            changing(303, "trainer"),
            form=(("person", "1"), ("minutes", "15"), ("reason", "手伤了")),
        ),
    ),
    "assessment.take_back_extra": (
        Call(
            "POST", "/cohorts/1/exercises/needs/extra-time/take-back", changing(200, "trainer"), form=(("person", "1"),)
        ),
        Call("POST", "/cohorts/2/exercises/needs/extra-time/take-back", changing(200), form=(("person", "1"),)),
    ),
    "assessment.leave": (
        Call("POST", "/attempts/1/leave", changing(422, *OWN)),
        Call("POST", "/attempts/2/leave", changing(303)),
    ),
    "assessment.members": (
        Call("GET", "/attempts/1/members", only(200)),  # nobody: everybody does it alone
        Call("GET", "/attempts/99/members", only(200)),
    ),
    "assessment.change_members": (
        Call("POST", "/attempts/1/members", changing(303), form=(("off", "99"),)),
        Call("POST", "/attempts/2/members", changing(303), form=(("on", "1"),)),
    ),
    "assessment.cohort_table": (Call("GET", "/cohorts/1/table", only(200, "trainer")),),
    "assessment.cohort_table_csv": (
        Call("GET", "/cohorts/1/table.csv", only(200, "trainer")),
        Call("GET", "/cohorts/99/table.csv", only(200)),
    ),
    "assessment.cohort_table_xlsx": (
        Call("GET", "/cohorts/1/table.xlsx", only(200, "trainer")),
        Call("GET", "/cohorts/99/table.xlsx", only(200)),
    ),
    "assessment.hand_in": (
        Call("POST", "/attempts/1/hand-in", changing(303, *OWN)),
        Call("POST", "/attempts/2/hand-in", changing(303)),
    ),
}
