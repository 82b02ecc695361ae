"""The pages of reviewing: who sees what, and that neither side learns who the other is."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import timedelta

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select
from werkzeug.test import TestResponse

from app import clock
from app.accounts.models import Audit, Person
from app.assessment.models import Attempt, Submission
from app.classroom.models import Group, GroupMember
from app.db import Database
from app.reviewing.models import Review, ReviewRound
from app.reviewing.sweeper import sweep_rounds
from tests.assessment.leaks import text_of_pdf
from tests.catalogue.samples import HIDDEN, RING
from tests.conftest import NOW, statements_of, token_of
from tests.reviewing.samples import SLUG, Class, answer, create_class, mark, open_for, review, reviews_of

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


def named(room: Class, number: int) -> re.Pattern[str]:
    """Names of everybody but one, their enrolments and persons in addresses, and every address of an answer."""
    others = [each.display_name for n, each in enumerate(room.people) if n != number]
    return re.compile("|".join([*map(re.escape, others), r"/attempts/\d", r"/marking/\d", r"enrolment"]))


def reviews_as(database: Database, room: Class, number: int) -> list[Review]:
    with database.reading() as db:
        return reviews_of(db, room, number)


def test_a_round_from_the_first_page_to_the_last(
    database: Database, room: Class, client_of: ClientOf, alice: Person
) -> None:
    trainer = client_of(alice)
    assert trainer.get(PAGE).status_code == 200
    sent = post(trainer, PAGE, reviewers="2", least="1", closes="2026-11-25T18:00", anonymous="yes", sample="")
    assert sent.status_code == 303
    for number, person in enumerate(room.people):
        browser = client_of(person)
        assert browser.get(OWN).status_code == 200
        for asked in reviews_as(database, room, number):
            assert browser.get(f"/reviews/{asked.id}").status_code == 200
            assert post(browser, f"/reviews/{asked.id}", **LEVELS, comment=f"{number}").status_code == 303
    assert post(trainer, f"{PAGE}/close").status_code == 303
    page = trainer.get(PAGE).text
    assert page.count("3 / 6") == 5
    with database.reading() as db:
        assert not any(each.asked or each.needs_person for each in db.scalars(select(Submission)))


def test_neither_side_learns_who_the_other_is(
    app: Flask, database: Database, opened: Class, client_of: ClientOf
) -> None:
    browsers = [client_of(person) for person in opened.people]
    for number, browser in enumerate(browsers):
        pages = [browser.get(OWN).text]
        for asked in reviews_as(database, opened, number):
            pages.append(browser.get(f"/reviews/{asked.id}").text)
            pages.append(post(browser, f"/reviews/{asked.id}").text)  # with complaints
            post(browser, f"/reviews/{asked.id}", **LEVELS, comment=f"意见之{number}")
        pages.append(browser.get(OWN).text)
        assert [found for page in pages for found in named(opened, number).findall(page)] == []
    with app.app_context():
        sweep_rounds(database, now=lambda: NOW + timedelta(days=3))
    for number, browser in enumerate(browsers):
        with database.reading() as db:
            own = db.scalars(select(Submission).where(Submission.by_id == opened.people[number].id)).one().attempt_id
        page = browser.get(f"/attempts/{own}").text
        assert page.count("意见之") == 3
        printed = text_of_pdf(browser.get(f"/attempts/{own}/answer.pdf").data)
        assert "信之" in printed
        others = [each.display_name for n, each in enumerate(opened.people) if n != number]
        assert [name for text in (page, printed, browser.get("/start").text) for name in others if name in text] == []
    with database.reading() as db:
        details = [row for row in db.scalars(select(Audit)) if row.action == "review-given"]
        assert details
        assert all(row.details == {} and row.object_type == "review" for row in details)


def test_an_open_round_tells_names_where_it_is_not_anonymous(
    database: Database, room: Class, client_of: ClientOf, alice: Person
) -> None:
    """The canary of the test above."""
    post(client_of(alice), PAGE, reviewers="2", least="1", closes="", sample="")
    asked = reviews_as(database, room, 0)[0]
    assert named(room, 0).search(client_of(room.people[0]).get(f"/reviews/{asked.id}").text)


def test_my_course_tells_what_is_owed_until_it_is_given(database: Database, opened: Class, client_of: ClientOf) -> None:
    browser = client_of(opened.people[0])
    assert f'href="{OWN}"' in browser.get("/cohorts/1/my-course").text
    for asked in reviews_as(database, opened, 0):
        post(browser, f"/reviews/{asked.id}", **LEVELS)
    page = browser.get("/cohorts/1/my-course")
    assert (page.status_code, f'href="{OWN}"' in page.text) == (200, False)


def test_only_whoever_was_asked_gets_the_page(
    database: Database, opened: Class, client_of: ClientOf, alice: Person, charlie: Person
) -> None:
    asked = reviews_as(database, opened, 0)[0]
    for person in (opened.people[1], alice, charlie):
        browser = client_of(person)
        assert browser.get(f"/reviews/{asked.id}").status_code == 404
        assert post(browser, f"/reviews/{asked.id}", **LEVELS).status_code == 404
    for person in (opened.people[0], charlie):
        browser = client_of(person)
        assert browser.get(PAGE).status_code == 404
        assert post(browser, f"{PAGE}/close").status_code == 404
    assert client_of(charlie).get(OWN).status_code == 404


def test_who_handed_in_nothing_reviews_nothing(
    app: Flask, database: Database, create_person: Create, alice: Person, client_of: ClientOf
) -> None:
    with app.app_context(), database.transaction() as db:
        room = create_class(db, create_person, alice, 3)
        answer(db, room, 0)
        answer(db, room, 1)
        open_for(db, room)
    assert client_of(room.people[2]).get(OWN).status_code == 404
    assert client_of(room.people[0]).get(OWN).status_code == 200


def test_what_is_wrong_with_a_plan_is_said_and_changes_nothing(
    database: Database, room: Class, client_of: ClientOf, alice: Person
) -> None:
    trainer = client_of(alice)
    for wrong in (
        {"reviewers": "0", "least": "1"},
        {"reviewers": "2", "least": "3"},
        {"reviewers": "2", "least": "1", "closes": "tomorrow"},
        {"reviewers": "2", "least": "1", "closes": "2020-01-01T09:00"},
        {"reviewers": "2", "least": "1", "sample": "1"},
        {"reviewers": "two", "least": ""},
    ):
        sent = post(trainer, PAGE, **wrong)
        assert sent.status_code == 422
        assert 'role="alert"' in sent.text
    with database.reading() as db:
        assert db.scalars(select(ReviewRound)).all() == []


def test_a_review_without_levels_is_kept_open_with_what_was_typed(
    database: Database, opened: Class, client_of: ClientOf
) -> None:
    browser, asked = client_of(opened.people[0]), reviews_as(database, opened, 0)[0]
    sent = post(browser, f"/reviews/{asked.id}", **{"criterion-0": "2", "comment": "写到一半"})
    assert sent.status_code == 422
    assert "写到一半" in sent.text
    assert 'value="2" checked' in sent.text
    assert "criterion-1-error" in sent.text


def test_a_volunteer_and_an_excused_reviewer(
    database: Database, opened: Class, client_of: ClientOf, alice: Person
) -> None:
    browser = client_of(opened.people[0])
    assert post(browser, OWN).status_code == 422
    for asked in reviews_as(database, opened, 0):
        post(browser, f"/reviews/{asked.id}", **LEVELS)
    assert post(browser, OWN).status_code == 303
    assert len(reviews_as(database, opened, 0)) == 4
    theirs = reviews_as(database, opened, 1)[0]
    assert post(client_of(alice), f"{PAGE}/excuse", review=str(theirs.id)).status_code == 303
    assert client_of(opened.people[1]).get(f"/reviews/{theirs.id}").status_code == 404


def test_a_troll_is_shown_to_the_trainer_who_decides(
    app: Flask, database: Database, opened: Class, client_of: ClientOf, alice: Person
) -> None:
    with database.transaction() as db:
        for number in range(5):
            for asked in reviews_of(db, opened, number):
                review(db, opened, number, asked, (0, 0) if number == 4 else (3, 2 + asked.attempt_id % 2))
    with app.app_context():
        sweep_rounds(database, now=lambda: NOW + timedelta(days=3))
    trainer, who = client_of(alice), str(opened.enrolments[4].id)
    page = trainer.get(PAGE).text
    first = re.search(r'<th scope="row">([^<]+)</th>', page)
    assert first is not None
    assert first[1] == opened.people[4].display_name
    assert page.count("review-flag") == 2  # far, and the same levels everywhere
    assert post(trainer, f"{PAGE}/reviewer", reviewer=who, counts="yes").status_code == 303
    assert post(trainer, f"{PAGE}/reviewer", reviewer="999", counts="yes").status_code == 404


def test_who_got_too_few_reviews_reads_why_until_the_trainer_has_marked(
    app: Flask, database: Database, opened: Class, client_of: ClientOf, alice: Person
) -> None:
    with app.app_context():
        sweep_rounds(database, now=lambda: NOW + timedelta(days=3))
    with database.reading() as db:
        own = db.scalars(select(Attempt).order_by(Attempt.id)).all()[0]
        assert all(each.needs_person and not each.asked for each in db.scalars(select(Submission)))
    author, trainer, why = client_of(opened.people[0]), client_of(alice), "有效的评阅太少。"
    assert why in author.get(f"/attempts/{own.id}").text
    assert f"{why}等你来评。" in trainer.get(f"/marking/{own.id}").text
    assert trainer.get(PAGE).text.count(f"{why}等你来评。") == 5
    assert post(trainer, f"/marking/{own.id}", **LEVELS).status_code == 303
    page = author.get(f"/attempts/{own.id}").text
    assert "3 / 6" in page
    assert why not in page
    assert trainer.get(PAGE).text.count(f"{why}等你来评。") == 4


def test_the_sample_shows_the_trainers_levels_only_afterwards(
    database: Database, room: Class, client_of: ClientOf, alice: Person
) -> None:
    with database.transaction() as db:
        sample = db.scalars(select(Attempt).order_by(Attempt.id)).all()[0]
        mark(db, room, sample, 3, 3)
    post(client_of(alice), PAGE, reviewers="2", least="1", anonymous="yes", closes="", sample=str(sample.id))
    with database.reading() as db:
        asked = reviews_of(db, room, 1, role="calibration")[0]
    browser = client_of(room.people[1])
    assert 'id="sample"' not in browser.get(f"/reviews/{asked.id}").text
    sent = post(browser, f"/reviews/{asked.id}", **{"criterion-0": "0", "criterion-1": "0"})
    after = browser.get(sent.location).text
    assert 'id="sample"' in after
    assert "100%" in after
    assert "100%" in client_of(alice).get(PAGE).text


def test_the_leader_of_a_group_names_an_observer(
    app: Flask, database: Database, create_person: Create, alice: Person, client_of: ClientOf
) -> None:
    with app.app_context(), database.transaction() as db:
        room = create_class(db, create_person, alice, 3, marking=["observer"])
        attempt = answer(db, room, 0)
        group = Group(cohort_id=room.cohort.id, work="group", name="一组", created_at=NOW)
        db.add(group)
        db.flush()
        for number in (0, 1):
            own = room.enrolments[number].id
            db.add(GroupMember(enrolment_id=own, work="group", group_id=group.id, leads=number == 1, joined_at=NOW))
        open_for(db, room)
    page = f"/attempts/{attempt.id}/observers"
    leader = client_of(room.people[1])
    assert leader.get(page).status_code == 200
    assert client_of(room.people[0]).get(page).status_code == 404
    assert client_of(alice).get(page).status_code == 404
    assert post(leader, page, observer=str(room.enrolments[2].id)).status_code == 303
    assert post(leader, page, observer=str(room.enrolments[0].id)).status_code == 422
    assert post(leader, page, observer="999").status_code == 404
    assert client_of(room.people[2]).get(f"/cohorts/1/exercises/{SLUG}/reviewing").status_code == 200


@pytest.mark.parametrize("count", [4, 12])
def test_the_page_takes_the_same_statements_whatever_the_class(
    app: Flask, database: Database, create_person: Create, alice: Person, client_of: ClientOf, *, count: int
) -> None:
    with app.app_context(), database.transaction() as db:
        room = create_class(db, create_person, alice, count)
        for number in range(count):
            answer(db, room, number)
        open_for(db, room)
        for number in range(count):
            for asked in reviews_of(db, room, number):
                review(db, room, number, asked, (2, 1))
    trainer, trainee = client_of(alice), client_of(room.people[0])
    trainer.get(PAGE)
    with statements_of(database) as trainers:
        trainer.get(PAGE)
    trainee.get(OWN)
    with statements_of(database) as trainees:
        trainee.get(OWN)
    assert (len(trainers), len(trainees)) == (13, 9)
