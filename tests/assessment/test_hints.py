"""Hints: opened one by one in the log of the answer, shown only then, paid with points, and never closed again."""

from __future__ import annotations

import json
from collections.abc import Callable
from fractions import Fraction
from typing import Any

import pytest
from flask.testing import FlaskClient
from sqlalchemy.orm import Session

from app import clock
from app.accounts.models import Person
from app.assessment import actions
from app.assessment.actions import RefusedSave, Save
from app.assessment.models import Assignment
from app.assessment.queries import Work, changes_since, result_for, written_in
from app.assessment.rules import GRACE
from app.db import Database
from app.exercises import grade_answer, parse_spec, read_answer
from app.marking.actions import give_back
from tests.assessment.course_samples import CHOICE, room_with
from tests.assessment.samples import Room, hand_in, save, start, work_of
from tests.conftest import NOW, token_of

HINTS = [
    {"id": "formula", "text": "分母是 TEXT-formula。", "cost": 0.5},
    {"id": "example", "text": "TEXT-example", "cost": 3},
]
HINTED: dict[str, Any] = {**CHOICE, "hints": HINTS}
RIGHT = {"ratio": "net", "days.a": "yes", "days.b": "yes"}


@pytest.fixture
def room(db: Session, bob: Person, alice: Person) -> Room:
    return room_with(db, bob, alice, {"hinted": HINTED, "again": {**HINTED, "title": "再来"}})


@pytest.fixture
def bobs(database: Database, bob: Person, alice: Person, client_of: Callable[[Person], FlaskClient]) -> FlaskClient:
    with database.transaction() as db:
        start(db, room_with(db, bob, alice, {"hinted": HINTED}), "hinted")
    return client_of(bob)


def post(browser: FlaskClient, path: str = "", **form: str) -> Any:
    fields = {name.replace("__", "."): text for name, text in form.items()}
    return browser.post(f"/attempts/1{path}", data={"csrf_token": token_of(browser), **fields})


def open_hint(db: Session, work: Work, hint: str) -> None:
    actions.save_fields(db, work, Save("page", 1, 0, {f"hint.{hint}": "yes"}), by=work.enrolment.person_id, now=NOW)


def test_a_hint_is_nowhere_before_it_is_opened_and_its_cost_is(bobs: FlaskClient) -> None:
    page = bobs.get("/attempts/1").text
    assert ("TEXT-" in page, "打开提示 1，扣 0.5 分" in page, "打开提示 2，扣 3 分" in page) == (False, True, True)


def test_the_button_opens_one_and_keeps_what_is_typed(bobs: FlaskClient, database: Database) -> None:
    opened = post(bobs, client="page", base="0", sheet="whole", hint__formula="yes", days__a="yes")
    assert (opened.status_code, opened.location) == (303, "/attempts/1#hint.formula")
    page = bobs.get("/attempts/1").text
    assert ("TEXT-formula" in page, "TEXT-example" in page, "打开提示 1" in page) == (True, False, False)
    with database.reading() as db:
        assert written_in(db, 1).values == {"hint.formula": "yes", "days.a": "yes"}


def test_by_autosave_it_is_opened_too_and_the_answer_to_the_save_has_no_text(bobs: FlaskClient) -> None:
    body = {"client": "page", "seq": 1, "base": 0, "fields": {"hint.example": "yes"}}
    saved = bobs.patch("/attempts/1", json=body, headers={"X-CSRFToken": token_of(bobs)})
    assert (saved.status_code, "TEXT-" in saved.text) == (200, False)
    assert "TEXT-example" in bobs.get("/attempts/1").text


def test_it_stays_in_the_log_and_cannot_be_closed(db: Session, room: Room) -> None:
    work = start(db, room, "hinted")
    open_hint(db, work, "formula")
    for text in ("", "no"):
        with pytest.raises(RefusedSave, match="stays open"):
            save(db, work, hint__formula=text)
    with pytest.raises(RefusedSave, match=r"no field “hint\.other”"):
        save(db, work, hint__other="yes")
    save(db, work, client="other", hint__formula="yes")  # two pages open the same one
    written = written_in(db, work.attempt.id)
    assert (written.values, written.conflicts) == ({"hint.formula": "yes"}, ())


def test_a_form_that_does_not_send_it_leaves_it_open(bobs: FlaskClient, database: Database) -> None:
    post(bobs, client="page", sheet="whole", hint__formula="yes")
    post(bobs, client="page", base="1", sheet="whole", days__a="yes")
    with database.reading() as db:
        assert written_in(db, 1).values["hint.formula"] == "yes"
        assert all(change.fields.get("hint.formula", "yes") == "yes" for change in changes_since(db, 1))


@pytest.mark.parametrize(
    ("opened", "answers", "earned"),
    [
        ((), RIGHT, "4"),
        (("formula",), RIGHT, "3.5"),
        (("formula", "example"), RIGHT, "0.5"),
        (("formula", "example"), {"ratio": "net"}, "0"),  # never below nothing
        (("example",), {}, "0"),
    ],
)
def test_it_costs_its_points_and_no_more_than_there_are(
    opened: tuple[str, ...], answers: dict[str, str], earned: str
) -> None:
    spec = parse_spec(HINTED)
    grade = grade_answer(spec, read_answer(spec, {**answers, **{f"hint.{each}": "yes" for each in opened}}))
    assert grade is not None
    assert (grade.earned, grade.possible) == (Fraction(earned), Fraction(4))
    assert [part.id for part in grade.parts] == ["ratio", "days", *(["hints"] if opened else [])]


def test_an_exercise_without_hints_has_no_such_part_and_takes_no_such_field(db: Session, room: Room) -> None:
    spec = parse_spec(CHOICE)
    grade = grade_answer(spec, read_answer(spec, {**RIGHT, "hint.formula": "yes"}))
    assert grade is not None
    assert [part.id for part in grade.parts] == ["ratio", "days"]


def test_points_are_the_same_wherever_they_stand(
    db: Session, database: Database, room: Room, client_of: Callable[[Person], FlaskClient]
) -> None:
    work = start(db, room, "hinted")
    open_hint(db, work, "formula")
    actions.save_fields(db, work, Save("page", 2, 1, RIGHT), by=room.trainee.id, now=NOW)
    work = hand_in(db, room, work)
    result = result_for(db, work)
    assert result.earned == sum(part.earned for part in result.keyed) == Fraction("3.5")
    db.commit()
    bobs, alices = client_of(room.trainee), client_of(room.trainer)
    mine, desk = bobs.get("/attempts/1").text, alices.get("/marking/1").text
    for page in (mine, desk):
        assert ("3.5 / 4" in page, "打开的提示" in page, "−0.5" in page, "TEXT-formula" in page) == (True,) * 4
        assert "TEXT-example" not in page
    assert "3.5" in alices.get("/cohorts/1/table").text


def test_what_was_given_back_keeps_its_hints(db: Session, room: Room) -> None:
    work = start(db, room, "hinted")
    open_hint(db, work, "formula")
    work = hand_in(db, room, work)
    written = written_in(db, work.attempt.id)
    next_id = give_back(db, work, written, reason="", reopened=False, by=room.trainer.id, now=NOW)
    assert written_in(db, next_id).values == {"hint.formula": "yes"}


def test_after_the_end_none_can_be_opened(bobs: FlaskClient, database: Database) -> None:
    with database.transaction() as db:
        db.get_one(Assignment, 1).closes_at = clock.now() - GRACE
    refused = post(bobs, client="page", hint__formula="yes")
    assert (refused.status_code, "不能再打开提示" in refused.text, "TEXT-" in refused.text) == (422, True, False)
    body = {"client": "page", "seq": 1, "base": 0, "fields": {"hint.example": "yes"}}
    saved = bobs.patch("/attempts/1", json=body, headers={"X-CSRFToken": token_of(bobs)})
    assert (saved.status_code, list(json.loads(saved.text)["errors"])) == (422, ["hint.example"])
    with database.reading() as db:
        assert changes_since(db, 1) == ()


def test_a_hint_in_a_handed_in_answer_stays_closed(bobs: FlaskClient) -> None:
    post(bobs, "/hand-in", client="page")
    assert post(bobs, client="page", hint__formula="yes").status_code == 422
    assert "TEXT-" not in bobs.get("/attempts/1").text


@pytest.mark.parametrize(
    ("over", "says"),
    [
        ({"hints": [{"id": "a", "text": "x", "cost": 5}]}, "cost 5 points"),
        ({"hints": [{"id": "a", "text": "x", "cost": -1}]}, "greater than or equal"),
        ({"hints": [{"id": "a", "text": "x"}, {"id": "a", "text": "y"}]}, "stands twice"),
    ],
)
def test_an_author_is_told_what_is_wrong(over: dict[str, Any], says: str) -> None:
    with pytest.raises(ValueError, match=says):
        parse_spec({**CHOICE, **over})


def test_paper_has_no_hints(db: Session, room: Room) -> None:
    work = start(db, room, "hinted")
    assert not {name for name in work.sheet.names if name.startswith("hint.")}
    assert work_of(db, room, work.attempt).sheet.hints == {"hint.formula", "hint.example"}
