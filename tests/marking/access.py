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
    "marking.undo_one": (
        Call("POST", "/marking/2/undo", changing(404), form=(("marking", "99"),)),
        Call("POST", "/marking/2/undo", changing(404)),
    ),
    "marking.fast": (
        Call("GET", "/cohorts/1/exercises/needs/mark", only(200, "trainer")),
        Call("GET", "/cohorts/1/exercises/nothing/mark", only(200)),
        Call("GET", "/cohorts/1/people/1/mark", only(200, "trainer")),
        Call("GET", "/cohorts/2/people/1/mark", only(200)),
    ),
    "marking.take_next": (Call("POST", "/cohorts/1/exercises/needs/mark/next", changing(303, "trainer")),),
    "marking.mark_one": (
        Call(
            "POST",
            "/cohorts/1/exercises/needs/mark",
            changing(303, "trainer"),
            form=(("answer", "2"), ("criterion-0", "2")),
        ),
        Call("POST", "/cohorts/2/exercises/needs/mark", changing(303), form=(("answer", "2"), ("criterion-0", "2"))),
    ),
    "marking.undo": (Call("POST", "/cohorts/1/exercises/needs/mark/undo", changing(404), form=(("marking", "1"),)),),
    "marking.stay": (Call("POST", "/cohorts/1/exercises/needs/mark/stay", changing(204, "trainer")),),
    "marking.choose_way": (Call("POST", "/marking/choice", changing(303, "trainer", "other_trainer")),),
    "marking.phrases": (
        Call("POST", "/cohorts/1/exercises/needs/mark/phrases", changing(303, "trainer"), form=(("text", "依据够"),)),
    ),
    "marking.final": (
        Call("POST", "/cohorts/1/exercises/needs/mark/final", changing(303, "trainer"), form=(("final", "yes"),)),
    ),
    "marking.second": (Call("GET", "/cohorts/1/exercises/needs/mark/second", only(200, "trainer")),),
    "marking.settle": (
        Call("POST", "/cohorts/1/exercises/needs/mark/second", changing(409, "trainer"), form=(("answer", "2"),)),
        Call("POST", "/cohorts/2/exercises/needs/mark/second", changing(409), form=(("answer", "2"),)),
    ),
}
