from __future__ import annotations

import shutil
from collections.abc import Callable
from datetime import timedelta
from hashlib import sha256

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import QueuePool, select

from app.accounts.models import Person
from app.catalogue.actions import publish_course
from app.catalogue.models import PublishedCourse
from app.courses.documents import DOCUMENTS
from app.db import Database
from app.documents import CannotPrint
from app.files import FileStore
from tests.catalogue.samples import HIDDEN, RING, SECRET, create_course
from tests.conftest import NOW, CreatePerson, statements_of, token_of

ClientOf = Callable[[Person], FlaskClient]
FOR_TRAINEES = ["handbook", "worksheets"]


@pytest.fixture
def published(app: Flask, database: Database) -> Database:
    """A database with one course, whose pictures are in the store."""
    for picture in (RING, HIDDEN):
        app.extensions["files"].keep(picture)
    with database.transaction() as db:
        publish_course(db, create_course(), by=None, now=NOW)
    return database


def test_the_catalogue_lists_published_courses(published: Database, client_of: ClientOf, bob: Person) -> None:
    page = client_of(bob).get("/courses").text

    assert 'href="/courses/leads">线索与<wbr>需求</a>' in page
    assert "版本 1，2026年11月23日发布" in page


def test_an_empty_catalogue_says_how_to_begin(client_of: ClientOf, alice: Person) -> None:
    assert "flask content publish" in client_of(alice).get("/courses").text


def test_the_page_of_a_course_shows_its_days(published: Database, client_of: ClientOf, bob: Person) -> None:
    page = client_of(bob).get("/courses/leads").text

    assert [
        word in page
        for word in ("三条标准", "09:00", "茶歇", "午餐", "信息收集与筛选", "/courses/leads/worksheets#e-needs")
    ] == [True] * 6


def test_pages_speak_the_persons_language_and_documents_the_courses(
    published: Database, client_of: ClientOf, create_person: CreatePerson, app: Flask
) -> None:
    browser = client_of(create_person("Erin"))
    chinese, english = (
        browser.get("/courses/leads/handbook", headers={"Accept-Language": tag}).text for tag in ("zh", "en")
    )

    assert "学完这门课，你能" in chinese
    assert "学完这门课，你能" in english


@pytest.mark.usefixtures("published")
def test_an_english_page_says_so_and_marks_what_is_chinese(client_of: ClientOf, bob: Person) -> None:
    browser, title = client_of(bob), create_course().title
    browser.post("/language", data={"csrf_token": token_of(browser), "language": "en"})
    course, handbook = (browser.get(f"/courses/leads{path}").text for path in ("", "/handbook"))

    assert f"<title>Handbook · {title} · Coursewright</title>" in handbook
    assert f'<li aria-current="page" lang="zh-CN">{title}</li>' in course
    assert '<span lang="en">Lunch</span>' in course


@pytest.mark.usefixtures("published")
def test_the_contents_of_a_session_plan_lead_to_days_and_sessions(client_of: ClientOf, alice: Person) -> None:
    page = client_of(alice).get("/courses/leads/session-plan").text

    assert '<li><a href="#day-1">' in page
    assert '<li class="is-deeper"><a href="#s-d1-pm">' in page


@pytest.mark.parametrize("name", DOCUMENTS)
def test_trainers_read_every_document(published: Database, client_of: ClientOf, alice: Person, name: str) -> None:
    page = client_of(alice).get(f"/courses/leads/{name}")

    assert (page.status_code, f"{create_course().digest[:12]}" in page.text) == (200, True)


@pytest.mark.parametrize("name", DOCUMENTS)
@pytest.mark.parametrize("suffix", ["", ".pdf"])
@pytest.mark.usefixtures("published")
def test_others_read_what_is_for_trainees(
    client_of: ClientOf, bob: Person, hana: Person, name: str, suffix: str
) -> None:
    found = {client_of(person).get(f"/courses/leads/{name}{suffix}").status_code for person in (bob, hana)}

    assert found == {200 if name in FOR_TRAINEES else 404}


def test_a_document_that_is_not_yours_answers_like_one_that_is_not_there(
    published: Database, client_of: ClientOf, bob: Person
) -> None:
    browser = client_of(bob)
    hidden = browser.get("/courses/leads/answer-key").text
    missing = browser.get("/courses/zzzzz/answer-key").text

    assert hidden.replace("leads", "zzzzz") == missing


@pytest.mark.parametrize("path", ["", *(f"/{name}{suffix}" for name in FOR_TRAINEES for suffix in ("", ".pdf"))])
def test_nothing_for_trainers_reaches_a_trainee(
    published: Database, client_of: ClientOf, bob: Person, path: str
) -> None:
    response = client_of(bob).get(f"/courses/leads{path}")

    assert (response.status_code, SECRET.encode() in response.data) == (200, False)


def test_the_answer_key_has_what_trainers_need(published: Database, client_of: ClientOf, alice: Person) -> None:
    page = client_of(alice).get("/courses/leads/answer-key").text
    marks = ["SECRET-why-1", "SECRET-why-2", "SECRET-reason", "SECRET-level-0", "SECRET-level-2", "SECRET-note"]

    assert [mark for mark in marks if mark not in page] == []


def test_materials_are_counted_for_so_many_people(published: Database, client_of: ClientOf, alice: Person) -> None:
    page = client_of(alice).get("/courses/leads/materials?people=30").text

    assert [word in page for word in ("按 30 人准备", "5 组", 'value="30"', "materials.pdf?people=30")] == [True] * 4


@pytest.mark.parametrize("people", ["0", "501", "-1", "abc", "", "１２", "1e9", "9" * 400])
def test_a_number_of_people_that_is_none_is_refused_with_a_sentence(
    published: Database, client_of: ClientOf, alice: Person, people: str
) -> None:
    response = client_of(alice).get("/courses/leads/materials", query_string={"people": people})

    assert (response.status_code, "从 1 到 500" in response.text) == (422, True)


def test_a_pdf_is_shown_in_the_browser_and_sent_once(published: Database, client_of: ClientOf, bob: Person) -> None:
    browser = client_of(bob)
    first = browser.get("/courses/leads/handbook.pdf")
    again = browser.get("/courses/leads/handbook.pdf", headers={"If-None-Match": first.headers["ETag"]})

    assert first.data.startswith(b"%PDF-")
    assert first.mimetype == "application/pdf"
    assert first.headers["Content-Disposition"] == (
        "inline; filename=\"leads-handbook.pdf\"; filename*=UTF-8''"
        "%E7%BA%BF%E7%B4%A2%E4%B8%8E%E9%9C%80%E6%B1%82-%E5%AD%A6%E5%91%98%E6%89%8B%E5%86%8C.pdf"
    )
    assert first.headers["Cache-Control"] == "private, no-cache"
    assert (again.status_code, again.data) == (304, b"")


def test_a_pdf_that_cannot_be_printed_is_told_and_not_tried_again(
    app: Flask, published: Database, client_of: ClientOf, bob: Person
) -> None:
    with published.transaction() as db:
        publish_course(db, create_course(objectives=["说出 \U0001f600 的三个来源"]), by=None, now=NOW)
    browser = client_of(bob)
    told = [browser.get("/courses/leads/handbook.pdf") for _ in range(2)]

    assert [(answer.status_code, "U+1F600" in answer.text) for answer in told] == [(422, True)] * 2
    kept = app.extensions["pages"]._pdfs._values.values()
    assert [isinstance(paper, CannotPrint) for paper in kept] == [True]


def test_printing_keeps_no_connection(app: Flask, published: Database, client_of: ClientOf, bob: Person) -> None:
    open_during: list[int] = []

    class Watched(FileStore):
        def content(self, key: str) -> bytes:
            pool = published.engine.pool
            assert isinstance(pool, QueuePool)
            open_during.append(pool.checkedout())
            return super().content(key)

    app.extensions["pages"].store = Watched(app.extensions["files"].folder)

    assert client_of(bob).get("/courses/leads/handbook.pdf").status_code == 200
    assert open_during == [0, 0]


def test_a_lost_picture_is_told_and_can_come_back(
    app: Flask, published: Database, client_of: ClientOf, bob: Person, caplog: pytest.LogCaptureFixture
) -> None:
    browser, paths = client_of(bob), ("/courses/leads/handbook.pdf", "/courses/leads/media/ring.svg")
    shutil.rmtree(app.extensions["files"].folder)
    told = [browser.get(path) for path in paths]

    assert [(answer.status_code, "服务器上缺了图片 media/ring.svg" in answer.text) for answer in told] == [
        (422, True)
    ] * 2
    assert browser.get("/courses/leads/handbook").status_code == 200
    assert f"the store of files has lost media/ring.svg: {sha256(RING).hexdigest()}" in caplog.messages

    for picture in (RING, HIDDEN):
        app.extensions["files"].keep(picture)
    assert [browser.get(path).status_code for path in paths] == [200, 200]


@pytest.mark.parametrize("path", ["", "/handbook", "/handbook.pdf", "/media/ring.svg"])
def test_a_withdrawn_course_is_nowhere(published: Database, client_of: ClientOf, alice: Person, path: str) -> None:
    browser = client_of(alice)
    before = browser.get(f"/courses/leads{path}").status_code
    with published.transaction() as db:
        db.scalars(select(PublishedCourse)).one().withdrawn_at = NOW

    assert (before, browser.get(f"/courses/leads{path}").status_code) == (200, 404)
    assert "/courses/leads" not in browser.get("/courses").text


def test_a_pdf_changes_its_etag_with_the_version(published: Database, client_of: ClientOf, bob: Person) -> None:
    browser = client_of(bob)
    first = browser.get("/courses/leads/handbook.pdf").headers["ETag"]
    with published.transaction() as db:
        publish_course(db, create_course(title="新题目"), by=None, now=NOW + timedelta(days=1))

    assert browser.get("/courses/leads/handbook.pdf").headers["ETag"] != first


def test_a_picture_is_sent_in_a_sandbox(published: Database, client_of: ClientOf, bob: Person) -> None:
    response = client_of(bob).get("/courses/leads/media/ring.svg")

    assert (response.status_code, response.data, response.mimetype) == (200, RING, "image/svg+xml")
    assert response.headers["Content-Security-Policy"] == "sandbox; default-src 'none'"
    assert response.headers["X-Content-Type-Options"] == "nosniff"


def test_a_picture_of_the_trainers_notes_is_for_trainers(
    published: Database, client_of: ClientOf, alice: Person, bob: Person
) -> None:
    found = [client_of(person).get("/courses/leads/media/hidden.svg").status_code for person in (alice, bob)]

    assert found == [200, 404]


@pytest.mark.parametrize("path", ["none.svg", "../outline.yaml", "%2e%2e/outline.yaml", "ring.svg/", "\x00"])
def test_a_picture_that_is_not_the_courses_is_not_found(
    published: Database, client_of: ClientOf, alice: Person, path: str
) -> None:
    assert client_of(alice).get(f"/courses/leads/media/{path}").status_code == 404


@pytest.mark.parametrize(
    "path", ["/courses/none", "/courses/none/handbook", "/courses/leads/diary", "/courses/none/media/x.svg"]
)
def test_what_is_not_there_is_not_found(published: Database, client_of: ClientOf, alice: Person, path: str) -> None:
    assert client_of(alice).get(path).status_code == 404


def test_the_page_of_a_course_costs_two_statements(published: Database, client_of: ClientOf, bob: Person) -> None:
    browser = client_of(bob)
    browser.get("/courses/leads")
    with statements_of(published) as statements:
        browser.get("/courses/leads")

    assert [statement.split()[0] for statement in statements] == ["SELECT", "SELECT"]
    assert not any("course_version.compiled" in statement for statement in statements)


def test_the_catalogue_costs_the_same_with_one_course_and_with_three(
    published: Database, client_of: ClientOf, bob: Person
) -> None:
    browser = client_of(bob)
    counts = []
    for slugs in ((), ("second", "third")):
        with published.transaction() as db:
            for slug in slugs:
                publish_course(db, create_course(slug=slug), by=None, now=NOW)
        browser.get("/courses")
        with statements_of(published) as statements:
            browser.get("/courses")
        counts.append(len(statements))

    assert counts[0] == counts[1]
