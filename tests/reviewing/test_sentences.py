"""What the pages of a round say of what went otherwise: changed rubrics, insults, nobody to review, too late."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import timedelta
from fractions import Fraction

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select
from werkzeug.test import TestResponse

from app import clock
from app.accounts.models import Person
from app.assessment.marks import add_marking
from app.assessment.models import Submission
from app.assessment.queries import any_work
from app.db import Database
from app.reviewing.models import Review, ReviewRound
from app.reviewing.rounds import close_round, fill_round
from app.reviewing.settling import settle_closed
from app.reviewing.sweeper import sweep_rounds
from tests.assessment.leaks import text_of_pdf
from tests.catalogue.samples import HIDDEN, RING
from tests.conftest import NOW, token_of
from tests.reviewing.samples import SLUG, Class, answer, create_class, open_for, review, reviews_of

Create = Callable[..., Person]
ClientOf = Callable[[Person], FlaskClient]
PAGE = f"/cohorts/1/exercises/{SLUG}/reviews"
OWN = f"/cohorts/1/exercises/{SLUG}/reviewing"
LEVELS = {"criterion-0": "2", "criterion-1": "1"}


@pytest.fixture(autouse=True)
def _at_nine(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(clock, "now", lambda: NOW)


@pytest.fixture
def room(app: Flask, database: Database, create_person: Create, alice: Person) -> Class:
    for picture in (RING, HIDDEN):
        app.extensions["files"].keep(picture)
    with database.transaction() as db:
        room = create_class(db, create_person, alice, 5)
        for number in range(5):
            answer(db, room, number)
    return room


@pytest.fixture
def opened(app: Flask, database: Database, room: Class) -> Class:
    with app.app_context(), database.transaction() as db:
        open_for(db, room)
    return room


def post(client: FlaskClient, path: str, **fields: str) -> TestResponse:
    return client.post(path, data={"csrf_token": token_of(client), **fields})


def reviews_as(database: Database, room: Class, number: int) -> list[Review]:
    with database.reading() as db:
        return reviews_of(db, room, number)


def test_a_rubric_that_was_changed_while_the_page_was_open_is_not_judged_by(
    database: Database, opened: Class, client_of: ClientOf
) -> None:
    browser, asked = client_of(opened.people[0]), reviews_as(database, opened, 0)[0]
    shown = re.search(r'name="rubric" value="([0-9a-f]{12})"', browser.get(f"/reviews/{asked.id}").text)
    assert shown is not None
    sent = post(browser, f"/reviews/{asked.id}", **LEVELS, rubric="0123456789ab", comment="写到一半")
    assert sent.status_code == 422
    assert "页面打开期间评分标准改过了" in sent.text
    assert "写到一半" in sent.text
    assert f'name="rubric" value="{shown[1]}"' in sent.text  # what is chosen now is chosen by the new one
    assert reviews_as(database, opened, 0)[0].done_at is None
    assert post(browser, f"/reviews/{asked.id}", **LEVELS, rubric=shown[1]).status_code == 303


def test_a_review_by_other_levels_is_to_be_given_anew(
    database: Database, opened: Class, client_of: ClientOf, alice: Person
) -> None:
    browser, asked = client_of(opened.people[0]), reviews_as(database, opened, 0)[0]
    post(browser, f"/reviews/{asked.id}", **LEVELS)
    changed = "评分标准后来改过"
    assert changed not in browser.get(OWN).text
    with database.transaction() as db:
        work, mine = any_work(db, asked.attempt_id), db.get_one(Review, asked.id)
        parts = {"levels": ["9", "1"], "role": "peer"}
        old = add_marking(db, work, "review", by=opened.people[0].id, now=NOW, earned=Fraction(10), parts=parts)
        db.flush()
        mine.marking_id = old.id
    assert browser.get(OWN).text.count(changed) == 1
    assert "评分标准的档已经改过，这份评阅不再计入" in client_of(alice).get(PAGE).text
    post(browser, f"/reviews/{asked.id}", **LEVELS)
    assert changed not in browser.get(OWN).text


def test_an_insult_is_read_by_the_trainer_and_kept_from_its_author(
    app: Flask, database: Database, opened: Class, client_of: ClientOf, alice: Person
) -> None:
    with database.transaction() as db:
        for number in range(5):
            for asked in reviews_of(db, opened, number):
                levels = (3, 2 + (asked.attempt_id + number) % 2)
                review(db, opened, number, asked, levels, comment="什么玩意儿" if number == 4 else f"意见{number}")
        bad = reviews_of(db, opened, 4)[0]
        rude = db.scalars(select(Submission).where(Submission.attempt_id == bad.attempt_id)).one()
        author = next(each for each in opened.people if each.id == rude.by_id)
    trainer, page = client_of(alice), f"/attempts/{bad.attempt_id}"
    assert trainer.get(PAGE).text.count("什么玩意儿") == 3
    assert post(trainer, f"{PAGE}/review", review=str(bad.id), counts="no").status_code == 303
    with app.app_context():
        sweep_rounds(database, now=lambda: NOW + timedelta(days=3))
    assert "什么玩意儿" not in client_of(author).get(page).text
    assert post(trainer, f"{PAGE}/review", review=str(bad.id), counts="rules").status_code == 303
    assert "什么玩意儿" in client_of(author).get(page).text


def test_a_median_between_two_levels_is_marked(
    app: Flask, database: Database, opened: Class, client_of: ClientOf
) -> None:
    with database.transaction() as db:
        for number in (0, 1):
            for asked in reviews_of(db, opened, number):
                review(db, opened, number, asked, (2 + number, 1), comment=f"意见{number}")
        both = {each.attempt_id for each in reviews_of(db, opened, 0)}
        both &= {each.attempt_id for each in reviews_of(db, opened, 1)}
        own = db.scalars(select(Submission).where(Submission.attempt_id == min(both))).one()
        author = next(each for each in opened.people if each.id == own.by_id)
    with app.app_context():
        sweep_rounds(database, now=lambda: NOW + timedelta(days=3))
    browser = client_of(author)
    page, printed = browser.get(f"/attempts/{own.attempt_id}").text, browser.get("/record/answers.pdf").data
    assert "2.5 / 3" in page
    assert "介于两档之间" in page
    assert "介于两档之间" in text_of_pdf(printed).replace(" ", "").replace("\n", "")
    assert "还没有批" not in page


def test_an_answer_that_nobody_can_review_says_so_on_both_sides(
    app: Flask, database: Database, create_person: Create, alice: Person, client_of: ClientOf
) -> None:
    with app.app_context(), database.transaction() as db:
        room = create_class(db, create_person, alice, 3)
        own = answer(db, room, 0)
        open_for(db, room)
    author, trainer = client_of(room.people[0]), client_of(alice)
    assert "目前还没有人可以评阅你的作答" in author.get(f"/attempts/{own.id}").text
    assert "只有 0 份评阅，应有 3 份" in trainer.get(PAGE).text
    assert "没有分给你的评阅" in author.get(OWN).text
    with app.app_context(), database.transaction() as db:
        answer(db, room, 1)
        fill_round(db, db.scalars(select(ReviewRound)).one(), room.cohort, SLUG, now=NOW)
    assert "其他学员正在评阅你的作答" in author.get(f"/attempts/{own.id}").text
    assert "只有 1 份评阅，应有 3 份" in trainer.get(PAGE).text


def test_what_is_handed_in_after_the_end_says_why_it_waits(
    app: Flask, database: Database, create_person: Create, alice: Person, client_of: ClientOf
) -> None:
    with app.app_context(), database.transaction() as db:
        room = create_class(db, create_person, alice, 4)
        for number in range(3):
            answer(db, room, number)
        open_for(db, room)
        close_round(db, room.cohort, room.assignment, by=alice.id, now=NOW)
    settle_closed(database, now=NOW)
    with database.transaction() as db:
        late = answer(db, room, 3)
    why = "提交时本轮评阅已经结束"
    assert client_of(alice).get(PAGE).text.count(why) == 1
    assert why in client_of(room.people[3]).get(f"/attempts/{late.id}").text
    assert why in client_of(alice).get(f"/marking/{late.id}").text
