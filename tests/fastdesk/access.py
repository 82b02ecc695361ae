"""Who may call what on the fast desk."""

from __future__ import annotations

from tests.access import Call, Table, changing, only

ACCESS: Table = {
    "fastdesk.fast": (
        Call("GET", "/cohorts/1/exercises/needs/mark", only(200, "trainer")),
        Call("GET", "/cohorts/1/exercises/nothing/mark", only(200)),
        Call("GET", "/cohorts/1/people/1/mark", only(200, "trainer")),
        Call("GET", "/cohorts/2/people/1/mark", only(200)),
    ),
    "fastdesk.take_next": (Call("POST", "/cohorts/1/exercises/needs/mark/next", changing(303, "trainer")),),
    "fastdesk.mark_one": (
        Call(
            "POST",
            "/cohorts/1/exercises/needs/mark",
            changing(303, "trainer"),
            form=(("answer", "2"), ("criterion-0", "2")),
        ),
        Call("POST", "/cohorts/2/exercises/needs/mark", changing(303), form=(("answer", "2"), ("criterion-0", "2"))),
    ),
    "fastdesk.undo": (Call("POST", "/cohorts/1/exercises/needs/mark/undo", changing(404), form=(("marking", "1"),)),),
    "fastdesk.stay": (Call("POST", "/cohorts/1/exercises/needs/mark/stay", changing(204, "trainer")),),
    "fastdesk.choose_way": (Call("POST", "/marking/choice", changing(303, "trainer", "other_trainer")),),
    "fastdesk.phrases": (
        Call("POST", "/cohorts/1/exercises/needs/mark/phrases", changing(303, "trainer"), form=(("text", "依据够"),)),
    ),
    "fastdesk.final": (
        Call("POST", "/cohorts/1/exercises/needs/mark/final", changing(303, "trainer"), form=(("final", "yes"),)),
    ),
    "fastdesk.second": (Call("GET", "/cohorts/1/exercises/needs/mark/second", only(200, "trainer")),),
    "fastdesk.settle": (
        Call("POST", "/cohorts/1/exercises/needs/mark/second", changing(409, "trainer"), form=(("answer", "2"),)),
        Call("POST", "/cohorts/2/exercises/needs/mark/second", changing(409), form=(("answer", "2"),)),
    ),
}
