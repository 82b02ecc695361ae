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
}
