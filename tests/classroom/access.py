"""Who may call what in classroom."""

from __future__ import annotations

from tests.access import Call, Table, changing, only

ACCESS: Table = {
    "classroom.attendance": (
        Call("GET", "/cohorts/1/attendance/1", only(200, "trainer")),
        Call("GET", "/cohorts/1/attendance/3", only(200)),
        Call("GET", "/cohorts/2/attendance/1", only(200)),
        Call("GET", "/cohorts/2/attendance/3", only(200, "other_trainer")),
        Call("GET", "/cohorts/1/attendance/99", only(200)),
    ),
    "classroom.groups": (
        Call("GET", "/cohorts/1/groups", only(200, "trainer")),
        Call("GET", "/cohorts/2/groups", only(200, "other_trainer")),
        Call("GET", "/cohorts/99/groups", only(200)),
    ),
    "classroom.save_groups": (
        Call("POST", "/cohorts/1/groups", changing(409, "trainer")),
        Call("POST", "/cohorts/2/groups", changing(409, "other_trainer")),
    ),
    "classroom.deal_groups": (
        Call("POST", "/cohorts/1/groups/make", changing(422, "trainer"), form=(("size", "many"),)),
        Call("POST", "/cohorts/2/groups/make", changing(422, "other_trainer")),
    ),
    "classroom.take_groups_apart": (
        Call("POST", "/cohorts/1/groups/apart", changing(303, "trainer"), form=(("group", "all"),)),
        Call("POST", "/cohorts/2/groups/apart", changing(303, "other_trainer")),
    ),
    "classroom.tick": (
        Call("POST", "/cohorts/1/attendance/1", changing(303, "trainer")),
        Call("POST", "/cohorts/1/attendance/1", changing(422, "trainer"), form=(("state-1", "ill"),)),
        Call("POST", "/cohorts/2/attendance/1", changing(303)),
        Call("POST", "/cohorts/1/attendance/99", changing(303)),
    ),
}
