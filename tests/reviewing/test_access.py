"""Who gets what of a round that exists: its own people by their part in it, and nobody else."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import pytest
from flask import Flask
from flask.testing import FlaskClient

from app import clock
from app.accounts.models import Person
from app.assessment.models import Attempt
from app.classroom.models import Group, GroupMember
from app.db import Database
from app.reviewing.actions import name_observer
from tests.conftest import NOW, token_of
from tests.reviewing.samples import SLUG, Class, answer, create_class, open_for, reviews_of

Create = Callable[..., Person]
ClientOf = Callable[[Person], FlaskClient]
ROUND = f"/cohorts/1/exercises/{SLUG}/reviews"
OWN = f"/cohorts/1/exercises/{SLUG}/reviewing"
LEVELS = {"criterion-0": "2", "criterion-1": "1"}
PARTS = ("reviewer", "author", "leader", "away", "outsider", "trainer", "other_trainer", "HR", "admin")
"""Of one answer: who was asked to review it, who wrote it, who leads its group; who handed in nothing; and others."""


@dataclass(frozen=True)
class World:
    room: Class
    attempt: Attempt
    people: dict[str, Person]
    review: int
    """Of the reviewer."""
    observation: int


@pytest.fixture
def world(
    app: Flask, database: Database, create_person: Create, alice: Person, monkeypatch: pytest.MonkeyPatch
) -> World:
    monkeypatch.setattr(clock, "now", lambda: NOW)
    with app.app_context(), database.transaction() as db:
        room = create_class(db, create_person, alice, 5, marking=["peer", "observer"])
        attempts = [answer(db, room, number) for number in range(4)]
        group = Group(cohort_id=room.cohort.id, work="group", name="一组", created_at=NOW)
        db.add(group)
        db.flush()
        for number in (0, 1):
            own = room.enrolments[number].id
            db.add(GroupMember(enrolment_id=own, work="group", group_id=group.id, leads=number == 1, joined_at=NOW))
        open_for(db, room)
        who = room.enrolments[3].id
        seen = name_observer(db, room.cohort, room.assignment, attempts[0].id, who, by=alice.id, now=NOW).id
        asked = next(each.id for each in reviews_of(db, room, 2) if each.attempt_id == attempts[0].id)
    people = {
        "reviewer": room.people[2],
        "author": room.people[0],
        "leader": room.people[1],
        "away": room.people[4],
        "outsider": create_person("Otto"),
        "trainer": alice,
        "other_trainer": create_person("Trudy", roles=("trainer",)),
        "HR": create_person("Hana", roles=("HR",)),
        "admin": create_person("Ada", roles=("admin",)),
    }
    return World(room, attempts[0], people, asked, seen)


def statuses(world: World, client_of: ClientOf, method: str, path: str, form: dict[str, str]) -> dict[str, int]:
    """What each of PARTS gets, where it is not that there is no such page."""
    found = {}
    for part in PARTS:
        client = client_of(world.people[part])
        sent = {"csrf_token": token_of(client), **form} if method == "POST" else None
        found[part] = client.open(path, method=method, data=sent).status_code
    return {part: status for part, status in found.items() if status != 404}


def test_each_gets_what_is_theirs(world: World, client_of: ClientOf) -> None:
    """One after the other in one round: what closes it comes last."""
    plan = {"reviewers": "3", "least": "2", "anonymous": "yes", "closes": "", "sample": ""}
    observer = {"answer": str(world.attempt.id), "observer": str(world.room.enrolments[1].id)}
    reviewer = str(world.room.enrolments[2].id)
    observers = f"/attempts/{world.attempt.id}/observers"
    one, seen = f"/reviews/{world.review}", {"review": str(world.review)}
    everyone_with_work = dict.fromkeys(("reviewer", "author", "leader"), 200)
    table: list[tuple[str, str, dict[str, str], dict[str, int]]] = [
        ("GET", ROUND, {}, {"trainer": 200}),
        ("POST", f"{ROUND}/change", plan, {"trainer": 303}),
        ("GET", OWN, {}, everyone_with_work),
        ("GET", one, {}, {"reviewer": 200}),
        ("POST", one, LEVELS, {"reviewer": 303}),
        ("POST", f"{ROUND}/reviewer", {"reviewer": reviewer, "counts": "no"}, {"trainer": 303}),
        ("POST", f"{ROUND}/review", {**seen, "counts": "no"}, {"trainer": 303}),
        ("POST", f"{ROUND}/excuse", seen, {"trainer": 303}),
        ("POST", f"{ROUND}/observers", observer, {"trainer": 303}),
        ("GET", observers, {}, {"leader": 200}),
        ("POST", observers, {"observer": observer["observer"]}, {"leader": 303}),
        ("GET", f"/reviews/{world.observation}", {}, {}),  # its observer is none of these
        ("POST", OWN, {}, {"reviewer": 422, "author": 422, "leader": 422, "away": 422}),
        ("POST", f"{ROUND}/close", {}, {"trainer": 303}),
        ("POST", ROUND, plan, {"trainer": 303}),
    ]
    assert [(*each[:2], statuses(world, client_of, *each[:3])) for each in table] == [
        (*each[:2], each[3]) for each in table
    ]


def test_nothing_is_there_for_a_reviewer_who_left_or_a_number_of_nobody(
    world: World, database: Database, client_of: ClientOf
) -> None:
    trainer = client_of(world.people["trainer"])
    for path, form in ((f"{ROUND}/review", {"review": "999"}), (f"{ROUND}/excuse", {"review": "x"})):
        assert trainer.post(path, data={"csrf_token": token_of(trainer), **form}).status_code == 404
    with database.transaction() as db:
        db.merge(world.room.enrolments[2]).withdrawn_at = NOW
    browser = client_of(world.people["reviewer"])
    assert browser.get(f"/reviews/{world.review}").status_code == 404
    assert browser.get(OWN).status_code == 404
