"""What the fast desk does not do: each time a sentence says why, and what was typed stands there still."""

from __future__ import annotations

import re
from typing import Any

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select

from app import clock
from app.accounts.models import Person
from app.assessment.models import AnswerChange, Submission
from app.assessment.queries import handed_in, trained_work
from app.cohorts.models import Cohort
from app.db import Database
from app.errors import UserError
from app.fastdesk import line
from app.marking.actions import MarkedMeanwhile, give_back, override_points
from app.marking.models import Claim, Phrase
from app.marking.queries import markings_of
from app.marking.second import mark_second, settle_difference
from app.marking.undo import undo_marking
from tests.assessment.samples import viewer_of
from tests.fastdesk.several import LINE, TWO, ZERO, answer_in, given_to, join_class, mark_by, post, saved_in, waiting


def return_to_trainee(database: Database, person: Person, attempt_id: int) -> None:
    with database.transaction() as db:
        work = trained_work(db, viewer_of(person, "trainer"), attempt_id, to_change=True)
        give_back(db, work, handed_in(db, work), reason="再写", reopened=False, by=person.id, now=clock.now())


def change_answer(database: Database, attempt_id: int) -> None:
    """What counts is another text by now, as after counting what came late."""
    with database.transaction() as db:
        submission = db.get_one(Submission, attempt_id)
        change = AnswerChange(
            attempt_id=attempt_id,
            client="late",
            seq=1,
            base=submission.change_id or 0,
            fields={"reason.evidence": "后来的"},
            stale=[],
            at=clock.now(),
            by_id=None,
        )
        db.add(change)
        db.flush()
        submission.change_id = change.id


@pytest.mark.parametrize("level", ["2", "nothing"])
def test_what_was_given_back_meanwhile_says_so_and_the_comment_can_be_copied(
    desk: FlaskClient, database: Database, attempts: list[int], amir: Person, level: str
) -> None:
    return_to_trainee(database, amir, attempts[0])
    refused = post(desk, answer=attempts[0], criterion__0=level, seen="0", comment="依据够了")
    assert refused.status_code == 422
    assert "退回" in refused.text
    assert "依据够了" in refused.text


def test_what_became_final_meanwhile_says_so_and_the_comment_can_be_copied(
    desk: FlaskClient, other: FlaskClient, attempts: list[int]
) -> None:
    post(other, "/final", final="yes")
    refused = post(desk, answer=attempts[0], criterion__0="2", seen="0", comment="依据够了")
    assert refused.status_code == 422
    assert "重新开放" in refused.text
    assert "依据够了" in refused.text
    page = desk.post(f"/marking/{attempts[0]}", data={**fields(desk), "criterion-0": "2", "comment": "依据够了"})
    assert "依据够了" in page.text


def fields(browser: FlaskClient) -> dict[str, str]:
    found = re.search(r'name="csrf_token" value="([^"]+)"', browser.get("/marking").text)
    assert found
    return {"csrf_token": found[1]}


@pytest.mark.parametrize("path", ["", "second"])
def test_an_answer_that_changed_while_the_page_was_open_is_read_first(
    desk: FlaskClient, database: Database, attempts: list[int], amir: Person, path: str
) -> None:
    if path:
        mark_by(database, amir, attempts[0])
    asked = {"second": "1"} if path else {}
    page = desk.get(f"{LINE}?answer={attempts[0]}{'&second=1' if path else ''}").text
    shown = re.search(r'name="change" value="(\d+)"', page)
    assert shown
    change_answer(database, attempts[0])
    sent: dict[str, Any] = {"answer": attempts[0], "criterion__0": "2", "seen": "0", **asked}
    refused = post(desk, change=shown[1], **sent)
    assert (refused.status_code, "后来的" in refused.text) == (409, True)
    assert given_to(database, attempts[0], "second" if path else "trainer") == []
    now_shown = re.search(r'name="change" value="(\d+)"', refused.text)
    assert now_shown
    assert post(desk, change=now_shown[1], **sent).status_code == 303


def test_the_page_of_an_answer_tells_it_too(desk: FlaskClient, database: Database, attempts: list[int]) -> None:
    shown = re.search(r'name="change" value="(\d+)"', desk.get(f"/marking/{attempts[0]}").text)
    assert shown
    change_answer(database, attempts[0])
    sent = {**fields(desk), "criterion-0": "2", "seen": "0", "change": shown[1]}
    assert desk.post(f"/marking/{attempts[0]}", data=sent).status_code == 409
    assert given_to(database, attempts[0]) == []


def test_taking_back_what_another_marked_since_says_why_beside_the_answer(
    desk: FlaskClient, database: Database, attempts: list[int], amir: Person
) -> None:
    marking = saved_in(post(desk, answer=attempts[4], criterion__0="2", seen="0"))
    with database.transaction() as db:
        work = trained_work(db, viewer_of(amir, "trainer"), attempts[4])
        newest = markings_of(db, attempts[4])[-1].id
        override_points(db, work, ZERO[0], reason="口头", seen=newest, by=amir.id, now=clock.now())
    refused = post(desk, "/undo", marking=marking, part="1")
    assert (refused.status_code, f'data-answer="{attempts[4]}"' in refused.text) == (409, True)
    assert "没有撤回" in refused.text


def second_by(database: Database, person: Person, attempt_id: int) -> None:
    with database.transaction() as db:
        work = trained_work(db, viewer_of(person, "trainer"), attempt_id)
        mark_second(db, work, ZERO, comment="", seen=0, by=person.id, now=clock.now())


def newest_of(database: Database, attempt_id: int) -> int:
    with database.reading() as db:
        return markings_of(db, attempt_id)[-1].id


def test_what_a_second_marker_answered_is_not_pulled_away(
    database: Database, attempts: list[int], alice: Person, amir: Person
) -> None:
    mark_by(database, alice, attempts[0])
    first = newest_of(database, attempts[0])
    second_by(database, amir, attempts[0])
    with pytest.raises(MarkedMeanwhile), database.transaction() as db:
        undo_marking(db, viewer_of(alice, "trainer"), first, now=clock.now())
    assert given_to(database, attempts[0]) == [TWO[0]]


def test_what_was_settled_is_not_pulled_away(
    database: Database, attempts: list[int], alice: Person, amir: Person
) -> None:
    mark_by(database, alice, attempts[0])
    first = newest_of(database, attempts[0])
    second_by(database, amir, attempts[0])
    second = newest_of(database, attempts[0])
    with database.transaction() as db:
        work = trained_work(db, viewer_of(alice, "trainer"), attempts[0])
        settle_difference(db, work, "second", seen=first, by=alice.id, now=clock.now())
    with pytest.raises(UserError), database.transaction() as db:
        undo_marking(db, viewer_of(amir, "trainer"), second, now=clock.now())


def test_the_page_of_an_answer_is_blind_too_for_whoever_is_at_it_as_the_second(
    desk: FlaskClient, other: FlaskClient, attempts: list[int]
) -> None:
    post(desk, answer=attempts[4], criterion__0="2", seen="0", comment="依据够了")
    assert answer_in(post(other, "/next", second="1")) == attempts[4]
    page = other.get(f"/marking/{attempts[4]}").text
    assert "依据够了" not in page
    assert "data-marks" not in page
    post(other, answer=attempts[4], criterion__0="0", seen="0", second="1")
    assert "依据够了" in other.get(f"/marking/{attempts[4]}").text


def test_who_comes_later_with_the_same_answer_is_offered_the_same_marks(
    desk: FlaskClient, database: Database, attempts: list[int]
) -> None:
    post(desk, "/next")
    post(desk, answer=attempts[0], alike=attempts[1], criterion__0="2", seen="0", comment="会上谁说的？")
    with database.transaction() as db:
        (late,) = join_class(db, db.get_one(Cohort, 1), 1, says=lambda _: " 会上说的　")
    assert given_to(database, late) == [], "nobody has looked at it"
    post(desk, "/next", answer=late)
    form = desk.get(f"{LINE}?answer={late}").text.partition("data-marks")[2]
    assert 'value="2" data-points="2" checked' in form
    assert "会上谁说的？" in form
    post(desk, "/next", answer=attempts[4])
    page = desk.get(f"{LINE}?answer={attempts[4]}").text
    assert " checked" not in page.partition("data-marks")[2].partition("</form>")[0]


def test_an_answer_come_upon_by_its_address_can_be_taken(
    desk: FlaskClient, database: Database, attempts: list[int]
) -> None:
    page = desk.get(f"{LINE}?answer={attempts[0]}").text
    assert "data-loose" in page
    assert answer_in(post(desk, "/next", answer=attempts[0])) == attempts[0]
    assert "data-loose" not in desk.get(f"{LINE}?answer={attempts[0]}").text
    with database.reading() as db:
        assert {row.attempt_id for row in db.scalars(select(Claim))} == set(attempts[:2])


def test_phrases_are_put_in_other_words_and_refusals_stand_on_the_desk(
    desk: FlaskClient, other: FlaskClient, database: Database, attempts: list[int]
) -> None:
    post(desk, "/phrases", text="依据再写具体")
    post(desk, "/phrases", text="时间写清楚")
    with database.reading() as db:
        ids = {row.text: row.id for row in db.scalars(select(Phrase))}
    assert post(desk, "/phrases", change=ids["时间写清楚"], text="时间 写准").status_code == 303
    wrong = [("", ids["依据再写具体"]), ("时间 写准", ids["依据再写具体"]), ("x", 99), ("a\x00b", ids["依据再写具体"])]
    for text, phrase in wrong:
        refused = post(desk, "/phrases", change=phrase, text=text, answer=attempts[0])
        assert (refused.status_code, "data-refused" in refused.text) == (422, True)
    assert post(desk, "/phrases", text="").status_code == 422
    post(other, "/phrases", change=ids["依据再写具体"], text="Amir")
    with database.reading() as db:
        assert {row.text for row in db.scalars(select(Phrase))} == {"依据再写具体", "时间 写准"}
    assert waiting(database) == len(attempts)


def test_an_answer_given_back_between_two_statements_is_left_out(
    desk: FlaskClient, attempts: list[int], monkeypatch: pytest.MonkeyPatch
) -> None:
    members = line._members
    monkeypatch.setattr(line, "_members", lambda *asked: {k: v for k, v in members(*asked).items() if k != attempts[0]})
    assert answer_in(post(desk, "/next")) == attempts[1]
