"""The addresses of attempts: what a browser with and without script gets."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from flask.testing import FlaskClient
from sqlalchemy import func, select
from werkzeug.test import TestResponse

from app.accounts.models import Person
from app.assessment.models import AnswerChange, Submission
from app.assessment.queries import written_in
from app.db import Database
from tests.assessment.samples import create_room, start
from tests.conftest import statements_of, token_of


@pytest.fixture
def bobs(database: Database, alice: Person, bob: Person, client_of: Callable[[Person], FlaskClient]) -> FlaskClient:
    """Bob's browser; attempt 1 is his."""
    with database.transaction() as db:
        start(db, create_room(db, bob, alice))
    return client_of(bob)


def patch(browser: FlaskClient, **over: Any) -> TestResponse:
    body = {"client": "phone", "seq": 1, "base": 0, "fields": {"reason.evidence": "会上说的"}, **over}
    return browser.patch("/attempts/1", json=body, headers={"X-CSRFToken": token_of(browser)})


def post(browser: FlaskClient, path: str = "", **form: str) -> TestResponse:
    typed = {name.replace("__", "."): text for name, text in form.items()}
    return browser.post(f"/attempts/1{path}", data={"csrf_token": token_of(browser), **typed})


def values(database: Database) -> dict[str, str]:
    with database.reading() as db:
        return dict(written_in(db, 1).values)


def test_a_save_is_answered_with_its_time_and_what_the_page_knows_now(bobs: FlaskClient, database: Database) -> None:
    response = patch(bobs)
    assert (response.status_code, response.json and response.json["base"]) == (200, 1)
    assert response.json
    assert set(response.json) == {
        "saved_at",
        "time",
        "base",
        "fields",
        "conflicts",
        "waiting",
        "late",
        "restored",
        "ends_at",
        "now",
    }
    assert values(database) == {"reason.evidence": "会上说的"}


def test_the_same_save_again_is_answered_alike(bobs: FlaskClient, database: Database) -> None:
    first, again = patch(bobs).json or {}, patch(bobs).json or {}
    assert first | {"now": ""} == again | {"now": ""}
    with database.reading() as db:
        assert db.scalar(select(func.count()).select_from(AnswerChange)) == 1


def test_another_page_learns_what_the_first_one_wrote(bobs: FlaskClient) -> None:
    patch(bobs)
    response = patch(bobs, client="laptop", fields={"level.uptime": "primary"})
    assert response.json
    assert response.json["fields"] == {"reason.evidence": "会上说的"}


def test_two_texts_for_one_field_are_a_409_with_both(bobs: FlaskClient, database: Database) -> None:
    patch(bobs)
    response = patch(bobs, client="laptop", fields={"reason.evidence": "电话里说的", "level.uptime": "primary"})
    assert response.status_code == 409
    (conflict,) = response.json["conflicts"] if response.json else []
    assert (conflict["field"], conflict["stands"], conflict["yours"]) == ("reason.evidence", "会上说的", "电话里说的")
    assert values(database) == {"reason.evidence": "会上说的", "level.uptime": "primary"}
    assert "电话里说的" in bobs.get("/attempts/1").text


@pytest.mark.parametrize(
    "over",
    [
        {"client": ""},
        {"client": "x" * 65},
        {"seq": 0},
        {"seq": True},
        {"seq": 2**70},
        {"base": -1},
        {"fields": {}},
        {"fields": {"points": "12"}},
        {"fields": {"reason.evidence": 1}},
        {"fields": {"reason.evidence": "a\0b"}},
        {"fields": {"reason.evidence": "x" * 20_001}},
        {"earned": "12"},
    ],
)
def test_a_save_that_cannot_be_kept_gets_a_sentence_and_changes_nothing(
    bobs: FlaskClient, database: Database, over: dict[str, Any]
) -> None:
    response = patch(bobs, **over)
    assert (response.status_code, response.mimetype) == (422, "application/problem+json")
    assert response.json
    assert response.json["detail"]
    assert values(database) == {}


def test_ten_megabytes_get_a_sentence(bobs: FlaskClient, database: Database) -> None:
    response = patch(bobs, fields={"reason.evidence": "x" * 10_000_000})
    assert (response.status_code, response.mimetype) == (413, "application/problem+json")
    assert values(database) == {}


def test_broken_json_gets_a_sentence(bobs: FlaskClient) -> None:
    headers = {"X-CSRFToken": token_of(bobs)}
    response = bobs.patch("/attempts/1", data='{"client": ', content_type="application/json", headers=headers)
    assert (response.status_code, response.mimetype) == (400, "application/problem+json")


def test_a_save_takes_four_statements(bobs: FlaskClient, database: Database) -> None:
    patch(bobs)
    with statements_of(database) as seen:
        patch(bobs, seq=2, base=1)
    turn = database.engine.dialect.name == "postgresql"  # waiting for one's turn is a statement there
    assert len(seen) == 4 + turn


def test_the_sheet_takes_few_statements_however_often_it_was_saved(bobs: FlaskClient, database: Database) -> None:
    counts = []
    for seq in (1, 2, 3):
        patch(bobs, seq=seq, base=seq - 1)
        with statements_of(database) as seen:
            assert bobs.get("/attempts/1").status_code == 200
        counts.append(len(seen))
    assert counts[0] == counts[2] <= 6


def test_a_form_without_script_keeps_what_differs(bobs: FlaskClient, database: Database) -> None:
    typed = {"client": "page", "base": "0", "sheet": "whole", "level.uptime": "primary", "reason.evidence": ""}
    assert post(bobs, **typed).status_code == 303
    assert values(database) == {"level.uptime": "primary"}
    untick = {"client": "page2", "base": "1", "sheet": "whole", "reason.evidence": "依据"}
    assert post(bobs, **untick).status_code == 303
    assert values(database) == {"level.uptime": "", "reason.evidence": "依据"}


def test_a_form_that_is_not_the_whole_sheet_blanks_nothing(bobs: FlaskClient, database: Database) -> None:
    patch(bobs, fields={"level.uptime": "primary"})
    post(bobs, base="1", reason__evidence="依据")
    assert values(database) == {"level.uptime": "primary", "reason.evidence": "依据"}


def test_a_form_with_unknown_fields_changes_nothing(bobs: FlaskClient, database: Database) -> None:
    assert post(bobs, earned="12", reason__evidence="依据").status_code == 422
    assert values(database) == {}


def test_a_form_that_cannot_be_kept_comes_back_as_it_was_typed(bobs: FlaskClient, database: Database) -> None:
    response = post(bobs, reason__evidence="依据\x07", level__uptime="primary")
    assert (response.status_code, "依据" in response.text) == (422, True)
    assert values(database) == {}


def test_a_form_over_what_another_page_wrote_shows_both(bobs: FlaskClient, database: Database) -> None:
    patch(bobs)
    response = post(bobs, client="page", base="0", reason__evidence="电话里说的")
    assert (response.status_code, "会上说的" in response.text, "电话里说的" in response.text) == (409, True, True)
    choice = post(bobs, "/choose", field="reason.evidence", change="2", base="2", take="other")
    assert (choice.status_code, values(database)) == (303, {"reason.evidence": "电话里说的"})


def test_the_check_lists_what_is_blank(bobs: FlaskClient) -> None:
    patch(bobs, fields={"level.uptime": "primary"})
    page = bobs.get("/attempts/1/check").text
    assert ("多两个座位" in page, "判断依据" in page, "高峰期不能抛锚" in page) == (True, True, False)


def test_handing_in_twice_is_one_submission(bobs: FlaskClient, database: Database) -> None:
    patch(bobs)
    answers = [post(bobs, "/hand-in"), post(bobs, "/hand-in")]
    assert [each.status_code for each in answers] == [303, 303]
    with database.reading() as db:
        assert db.scalar(select(func.count()).select_from(Submission)) == 1
    assert patch(bobs, seq=2).status_code == 422


def test_handing_in_by_json_says_when(bobs: FlaskClient) -> None:
    headers = {"X-CSRFToken": token_of(bobs), "Accept": "application/json"}
    response = bobs.post("/attempts/1/hand-in", headers=headers)
    assert (response.status_code, response.json and response.json["attempt"]) == (200, 1)


def test_a_page_that_lies_open_is_told_when_it_ends(bobs: FlaskClient) -> None:
    told = bobs.get("/attempts/1", headers={"Accept": "application/json"}).json or {}
    assert (told["ends_at"], set(told)) == (None, {"ends_at", "now"})
    assert "<html" in bobs.get("/attempts/1", headers={"Accept": "*/*"}).text


def test_what_the_form_of_the_sheet_carries_is_handed_in_with_it(bobs: FlaskClient, database: Database) -> None:
    post(bobs, "/hand-in", client="page", base="0", reason__evidence="最后一句")
    assert values(database) == {"reason.evidence": "最后一句"}


def test_the_key_stays_away_until_the_exercise_is_handed_in(bobs: FlaskClient) -> None:
    assert "SECRET" not in bobs.get("/attempts/1").text + bobs.get("/attempts/1/check").text
    post(bobs, "/hand-in")
    page = bobs.get("/attempts/1").text
    assert ("SECRET-why" in page, "SECRET-note" in page, "SECRET-reason" in page) == (True, False, False)
