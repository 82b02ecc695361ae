"""Checking answers while the sheet is open: the verdict at once, and the first answer counts."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from fractions import Fraction
from typing import Any

import pytest
from flask.testing import FlaskClient
from sqlalchemy.orm import Session

from app.accounts.models import Person
from app.assessment import actions
from app.assessment.actions import RefusedSave, Save
from app.assessment.checking import check_answers
from app.assessment.queries import Work, result_for, written_in
from app.db import Database
from app.errors import UserError
from app.exercises import parse_spec
from app.exercises.checks import answered_parts, fields_by_part, verdicts
from app.marking.actions import give_back
from tests.assessment.course_samples import CHOICE, room_with
from tests.assessment.samples import Room, hand_in, save, start, work_of
from tests.conftest import NOW, token_of

AT_ONCE: dict[str, Any] = {**CHOICE, "feedback": "at_once", "attempts": 2}
LATER: dict[str, Any] = {**CHOICE, "title": "交卷后看"}


@pytest.fixture
def room(db: Session, bob: Person, alice: Person) -> Room:
    return room_with(db, bob, alice, {"quick": AT_ONCE, "later": LATER})


@pytest.fixture
def bobs(database: Database, bob: Person, alice: Person, client_of: Callable[[Person], FlaskClient]) -> FlaskClient:
    with database.transaction() as db:
        room = room_with(db, bob, alice, {"quick": AT_ONCE, "later": LATER})
        start(db, room, "quick")
        start(db, room, "later")
    return client_of(bob)


def send(
    browser: FlaskClient, path: str, fields: Mapping[str, str] | None = None, *, attempt: int = 1, **form: str
) -> Any:
    form = {**(fields or {}), "csrf_token": token_of(browser), "client": "page", "sheet": "whole", "base": "99", **form}
    return browser.post(f"/attempts/{attempt}{path}", data=form)


def check(db: Session, work: Work) -> tuple[str, ...]:
    return check_answers(db, work, by=work.enrolment.person_id, now=NOW)


def test_nothing_is_told_before_a_question_is_checked(bobs: FlaskClient) -> None:
    page = bobs.get("/attempts/1").text
    assert ("WHY-" in page, "核对已答的题" in page, "已核对 0 / 2 题" in page) == (False, True, True)


def test_one_question_is_checked_as_soon_as_it_is_answered(bobs: FlaskClient) -> None:
    checked = send(bobs, "/checks", ratio="gross")
    assert (checked.status_code, checked.location) == (303, "/attempts/1#checked")
    page = bobs.get("/attempts/1").text
    assert "WHY-ratio" in page
    assert "WHY-gross" in page
    assert "WHY-days" not in page
    assert ("已核对 1 / 2 题" in page, 'data-settled="[&#34;ratio&#34;]"' in page) == (True, True)


def test_what_was_checked_cannot_be_changed_by_form_or_autosave(bobs: FlaskClient, database: Database) -> None:
    send(bobs, "/checks", ratio="gross")
    refused = send(bobs, "", ratio="net")
    assert (refused.status_code, "按核对时的答案计分" in refused.text) == (422, True)
    body = {"client": "script", "seq": 1, "base": 99, "fields": {"ratio": "net", "days.a": "yes"}}
    saved = bobs.patch("/attempts/1", json=body, headers={"X-CSRFToken": token_of(bobs)})
    assert (saved.status_code, list(json.loads(saved.text)["errors"])) == (422, ["ratio"])
    with database.reading() as db:
        assert written_in(db, 1).values == {"ratio": "gross", "checked.ratio": "yes"}


def test_locked_controls_that_a_browser_does_not_send_stay_as_they_were(bobs: FlaskClient, database: Database) -> None:
    send(bobs, "/checks", {"days.a": "yes"})
    kept = send(bobs, "", ratio="net")  # the boxes that are locked are not in the form
    assert kept.status_code == 303
    with database.reading() as db:
        assert written_in(db, 1).values == {"ratio": "net", "days.a": "yes", "checked.days": "yes"}


def test_only_the_button_checks(bobs: FlaskClient) -> None:
    body = {"client": "script", "seq": 1, "base": 0, "fields": {"checked.ratio": "yes"}}
    saved = bobs.patch("/attempts/1", json=body, headers={"X-CSRFToken": token_of(bobs)})
    assert (saved.status_code, "WHY-" in saved.text) == (422, False)
    assert send(bobs, "", {"checked.ratio": "yes"}).status_code == 422
    assert "WHY-" not in bobs.get("/attempts/1").text


def test_an_exercise_of_another_policy_cannot_be_checked(bobs: FlaskClient) -> None:
    page = bobs.get("/attempts/2").text
    assert "核对已答的题" not in page
    refused = send(bobs, "/checks", attempt=2, ratio="gross")
    assert (refused.status_code, "WHY-" in refused.text) == (422, False)
    assert "WHY-" not in bobs.get("/attempts/2").text


def test_the_rest_is_judged_at_hand_in_and_the_first_answers_count(db: Session, room: Room) -> None:
    work = start(db, room, "quick")
    save(db, work, ratio="gross")
    assert check(db, work) == ("ratio",)
    assert check(db, work) == ()  # twice does it once
    save(db, work, days__a="yes", days__b="yes")
    work = hand_in(db, room, work)
    result = result_for(db, work)
    assert [(part.id, part.earned) for part in result.keyed] == [("ratio", Fraction(0)), ("days", Fraction(2))]


def test_a_question_over_which_two_pages_disagree_waits(db: Session, room: Room) -> None:
    work = start(db, room, "quick")
    save(db, work, client="phone", ratio="gross")
    save(db, work, client="laptop", ratio="net")
    assert check(db, work) == ()
    (conflict,) = written_in(db, work.attempt.id).conflicts
    choice = (conflict.field, conflict.change_id)
    actions.choose_text(db, work, *choice, theirs=False, base=conflict.change_id, by=room.trainee.id, now=NOW)
    assert check(db, work) == ("ratio",)


def test_a_page_that_knew_nothing_of_the_check_changes_nothing(db: Session, room: Room) -> None:
    work = start(db, room, "quick")
    first = Save("phone", 1, 0, {"ratio": "gross"})
    kept = actions.save_fields(db, work, first, by=room.trainee.id, now=NOW)
    check(db, work)
    assert actions.save_fields(db, work, first, by=room.trainee.id, now=NOW).change_id == kept.change_id  # sent again
    with pytest.raises(RefusedSave, match="checked before"):
        save(db, work, client="laptop", ratio="net")
    save(db, work, client="laptop", ratio="gross", days__c="yes")


def test_who_revises_may_change_what_was_checked(db: Session, room: Room) -> None:
    work = start(db, room, "quick")
    save(db, work, ratio="gross")
    check(db, work)
    work = hand_in(db, room, work)
    written = written_in(db, work.attempt.id)
    give_back(db, work, written, reason="", reopened=False, by=room.trainer.id, now=NOW)
    again = start(db, room, "quick")
    assert written_in(db, again.attempt.id).values == {"ratio": "gross"}
    save(db, again, client="revised", ratio="net")


def test_a_handed_in_answer_is_not_checked(db: Session, room: Room) -> None:
    work = hand_in(db, room, start(db, room, "quick"))
    with pytest.raises(UserError, match="handed in"):
        check(db, work_of(db, room, work.attempt))


def test_parts_know_their_fields_and_blank_ones_are_not_checked() -> None:
    spec = parse_spec(AT_ONCE)
    assert {part: len(names) for part, names in fields_by_part(spec).items()} == {"ratio": 1, "days": 3}
    assert answered_parts(spec, {"ratio": " "}) == ()
    assert answered_parts(spec, {"ratio": "nonsense", "days.c": "yes"}) == ("days",)
    assert verdicts(spec, {"ratio": "net"}) == ()
    assert fields_by_part(parse_spec(LATER)) == {}
