"""Who may call what in reviewing. The exercise of this world is reviewed by nobody: its pages are there for no one.

`test_access.py` asks the same of a round that exists, of everybody by their part in it.
"""

from __future__ import annotations

from tests.access import Call, Table, changing, only

ROUND = "/cohorts/1/exercises/needs/reviews"
OWN = "/cohorts/1/exercises/needs/reviewing"
ACCESS: Table = {
    "reviewing.round_page": (Call("GET", ROUND, only(404)),),
    "reviewing.open_round": (Call("POST", ROUND, changing(404)),),
    "reviewing.change_round": (Call("POST", f"{ROUND}/change", changing(404)),),
    "reviewing.close_round": (Call("POST", f"{ROUND}/close", changing(404)),),
    "reviewing.excuse": (Call("POST", f"{ROUND}/excuse", changing(404)),),
    "reviewing.judge_reviewer": (Call("POST", f"{ROUND}/reviewer", changing(404)),),
    "reviewing.judge_review": (Call("POST", f"{ROUND}/review", changing(404)),),
    "reviewing.name_observer": (Call("POST", f"{ROUND}/observers", changing(404)),),
    "reviewing.own": (Call("GET", OWN, only(404)),),
    "reviewing.take_one_more": (Call("POST", OWN, changing(422, "trainee")),),
    "reviewing.review": (Call("GET", "/reviews/1", only(404)),),
    "reviewing.give_review": (Call("POST", "/reviews/1", changing(404)),),
    "reviewing.observers": (Call("GET", "/attempts/1/observers", only(404)),),
    "reviewing.lead_observers": (Call("POST", "/attempts/1/observers", changing(404)),),
}
