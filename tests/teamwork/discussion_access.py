"""Who may call what of discussions. Nobody works in a group here: test_discussion_pages.py has those who do."""

from __future__ import annotations

from tests.access import Call, Table, changing, only

ACCESS: Table = {
    "teamwork.move_stage": (
        Call("POST", "/attempts/1/stage", changing(303), form=(("to", "discuss"), ("seen", "read"))),
        Call("POST", "/attempts/2/stage", changing(303), form=(("to", "discuss"), ("seen", "read"))),
    ),
    "teamwork.choose_leader": (Call("POST", "/attempts/1/leader", changing(303), form=(("leader", "1"),)),),
    "teamwork.add_word": (Call("POST", "/attempts/1/words", changing(303), form=(("text", "很好"),)),),
    "teamwork.take_back_word": (Call("POST", "/attempts/1/words/take-back", changing(303), form=(("word", "1"),)),),
    "teamwork.groups_at_work": (
        Call("GET", "/cohorts/1/exercises/needs/groups", only(200)),
        Call("GET", "/cohorts/1/exercises/nothing/groups", only(200)),
        Call("GET", "/cohorts/99/exercises/needs/groups", only(200)),
    ),
    "teamwork.move_all": (Call("POST", "/cohorts/1/exercises/needs/groups", changing(303), form=(("to", "discuss"),)),),
    "teamwork.shared": (
        Call("GET", "/attempts/1/shared", only(200)),
        Call("GET", "/attempts/99/shared", only(200)),
    ),
}
