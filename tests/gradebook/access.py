"""Who may call what in the gradebook."""

from __future__ import annotations

from tests.access import Call, Table, changing, only

BOOK = "/cohorts/1/gradebook"
EXCUSE = (("exercise", "needs"), ("reason", "外派"))

ACCESS: Table = {
    "gradebook.gradebook": (
        Call("GET", BOOK, only(200, "trainer")),
        Call("GET", "/cohorts/2/gradebook", only(200, "other_trainer")),
        Call("GET", "/cohorts/99/gradebook", only(200)),
    ),
    "gradebook.rules": (Call("GET", f"{BOOK}/rules", only(200, "trainer")),),
    "gradebook.change_rules": (
        Call("POST", f"{BOOK}/rules", changing(200, "trainer")),
        Call("POST", f"{BOOK}/rules", changing(303, "trainer"), form=(("then", "save"), ("seen", "0"))),
    ),
    "gradebook.person": (
        Call("GET", f"{BOOK}/people/1", only(200, "trainer")),
        Call("GET", f"{BOOK}/people/99", only(200)),
        Call("GET", "/cohorts/2/gradebook/people/1", only(200)),
    ),
    "gradebook.excuse": (
        Call("POST", f"{BOOK}/people/1", changing(303, "trainer"), form=EXCUSE),
        Call("POST", "/cohorts/2/gradebook/people/1", changing(303), form=EXCUSE),
    ),
    "gradebook.ask_again": (
        Call("POST", f"{BOOK}/people/1/ask-again", changing(303, "trainer"), form=EXCUSE[:1]),
        Call("POST", f"{BOOK}/people/1/ask-again", changing(303), form=(("exercise", "nothing"),)),
    ),
    "gradebook.own": (
        Call("GET", f"{BOOK}/mine", only(200, "trainee")),
        Call("GET", "/cohorts/99/gradebook/mine", only(200)),
    ),
    "gradebook.marks": (Call("GET", f"{BOOK}/marks", only(200, "trainer")),),
    "gradebook.marks_xlsx": (
        Call("GET", f"{BOOK}/marks.xlsx", only(200, "trainer")),
        Call("GET", "/cohorts/99/gradebook/marks.xlsx", only(200)),
    ),
    "gradebook.check_marks": (Call("POST", f"{BOOK}/marks/check", changing(422, "trainer")),),
    "gradebook.take_marks": (Call("POST", f"{BOOK}/marks", changing(422, "trainer")),),
}
