"""Neither side learns who the other is: whatever either can reach, whatever a trainer hands on, every letter."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from datetime import timedelta
from io import BytesIO
from zipfile import ZipFile, is_zipfile

import pytest
from flask import Flask
from flask.testing import FlaskClient
from pypdf import PdfReader
from sqlalchemy import select, text
from werkzeug.test import TestResponse

from app import clock
from app.accounts.models import Person
from app.assessment.models import Submission
from app.db import Database
from app.outbox import Outbox
from app.reviewing.sweeper import sweep_rounds
from tests.assessment.leaks import text_of_pdf
from tests.catalogue.samples import HIDDEN, RING
from tests.conftest import NOW
from tests.reviewing.samples import PLAN, Class, answer, create_class, open_for, review, reviews_of

Create = Callable[..., Person]
ClientOf = Callable[[Person], FlaskClient]
LATER = NOW + timedelta(days=3)
WORD = "意见"
"""Begins every comment."""
MINUTES = r"1[34]:0[1-4]|(?:05|06):0[1-4]"
"""When they were given, here and by UTC."""
MOST_PAGES = 40


@pytest.fixture
def room(
    app: Flask, database: Database, create_person: Create, alice: Person, monkeypatch: pytest.MonkeyPatch
) -> Class:
    """A round that is over; each review was given at a minute of its own, 14:01 to 14:04 in Shanghai."""
    for picture in (RING, HIDDEN):
        app.extensions["files"].keep(picture)
    monkeypatch.setattr(clock, "now", lambda: LATER)
    with app.app_context(), database.transaction() as db:
        room = create_class(db, create_person, alice, 5)
        for number in range(5):
            answer(db, room, number)
        open_for(db, room, PLAN)
        for number in range(5):
            for asked in reviews_of(db, room, number):
                moment = NOW + timedelta(hours=5, minutes=number)
                levels = (2 + number % 2, 1 + asked.attempt_id % 2)
                review(db, room, number, asked, levels, comment=f"{WORD}：请再具体", now=moment)
    with app.app_context():
        sweep_rounds(database, now=lambda: LATER)
    return room


def reachable(client: FlaskClient, start: str) -> Iterator[tuple[str, TestResponse]]:
    """Whatever somebody gets by following links, addresses of forms and of scripts among them."""
    waiting, known = [start], {start}
    while waiting and len(known) <= MOST_PAGES:
        path = waiting.pop(0)
        response = client.get(path, buffered=True, follow_redirects=True)
        yield path, response
        if response.mimetype != "text/html":
            continue
        for found in re.findall(r'(?:href|src|action|data-[a-z-]+)="(/[^"#]*)', response.text):
            link = found.replace("&amp;", "&")
            if link not in known and not re.match(r"/(static|assets|guide|courses|media|docs|sign-out)", link):
                known.add(link)
                waiting.append(link)


def words_of(response: TestResponse) -> str:
    """The text of a page or file, and what the file says about itself."""
    if response.mimetype == "application/pdf":
        return f"{text_of_pdf(response.data)} {PdfReader(BytesIO(response.data)).metadata}"
    if is_zipfile(BytesIO(response.data)):
        with ZipFile(BytesIO(response.data)) as parts:
            return " ".join(parts.read(name).decode(errors="ignore") for name in parts.namelist())
    return response.text


def strangers(room: Class, number: int) -> re.Pattern[str]:
    """Whoever else is in the class by name or number, rows of theirs in addresses, and the minutes of their reviews."""
    others = [each for n, each in enumerate(room.people) if n != number]
    marks = [*(each.display_name for each in others), *(str(each.number) for each in others)]
    rows = [rf'(?:person|enrolment|reviewer)[^"<>]{{0,12}}\b{each.id}\b' for each in others]
    return re.compile("|".join([*map(re.escape, marks), *rows, MINUTES]))


def test_neither_side_reaches_the_other(room: Class, client_of: ClientOf) -> None:
    for number in (0, 3):
        pages = dict(reachable(client_of(room.people[number]), "/cohorts/1/my-course"))
        assert {path.split("/")[1] for path in pages} >= {"attempts", "reviews", "cohorts"}, sorted(pages)
        assert sum(WORD in words_of(each) for each in pages.values()) >= 3 + 1  # theirs, and what was said to them
        leaks = [(path, strangers(room, number).findall(words_of(each))) for path, each in pages.items()]
        assert [leak for leak in leaks if leak[1]] == []


def test_the_crawl_sees_names_where_they_are(room: Class, database: Database, client_of: ClientOf) -> None:
    """The canary."""
    with database.transaction() as db:
        db.execute(text("UPDATE review_round SET anonymous = false"))
    pages = dict(reachable(client_of(room.people[0]), "/cohorts/1/my-course"))
    assert any(strangers(room, 0).search(words_of(each)) for each in pages.values())


def test_what_a_trainer_or_hr_may_hand_on_names_no_reviewer(
    room: Class, database: Database, client_of: ClientOf, create_person: Create
) -> None:
    """Names stand in tables as authors; nothing that was said in a review, nor when or in which one, stands beside."""
    trainer, hana = client_of(room.trainer), client_of(create_person("Hana", roles=("HR",)))
    files = {
        path: words_of(client.get(path, buffered=True))
        for client, path in (
            (trainer, "/cohorts/1/table.csv"),
            (trainer, "/cohorts/1/table.xlsx"),
            (trainer, "/cohorts/1/gradebook/marks.xlsx"),
            (hana, "/completion.csv"),
            (hana, "/completion.xlsx"),
        )
    }
    assert {path for path, found in files.items() if room.people[0].display_name not in found} == set()  # they are read
    assert {path: re.findall(rf"{WORD}|{MINUTES}|reviews?/\d", found) for path, found in files.items()} == {
        path: [] for path in files
    }


def test_what_an_author_may_hand_on_names_no_reviewer(room: Class, database: Database, client_of: ClientOf) -> None:
    with database.reading() as db:
        own = db.scalars(select(Submission).where(Submission.by_id == room.people[0].id)).one()
    found = words_of(client_of(room.people[0]).get(f"/attempts/{own.attempt_id}/answer.pdf", buffered=True))
    assert "信之0" in found
    assert not strangers(room, 0).search(found)


def test_letters_name_nobody(
    app: Flask, database: Database, create_person: Create, alice: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(app.config, "SMTP_URL", "smtp://mail.example.com:587")
    with app.app_context(), database.transaction() as db:
        room = create_class(db, create_person, alice, 4)
        for number, person in enumerate(room.people):
            db.merge(person).email = f"s{number}@example.com"
            answer(db, room, number)
        open_for(db, room, PLAN)
    for moment in (LATER - timedelta(days=2), LATER):
        with app.app_context():
            sweep_rounds(database, now=lambda: moment)  # noqa: B023 -- it is called at once
    with database.reading() as db:
        letters = [row.payload for row in db.scalars(select(Outbox))]
    assert len(letters) == 2 * 4  # it is open; it closes soon
    for letter in letters:
        number = int(letter["to"][1])
        others = [each.display_name for n, each in enumerate(room.people) if n != number]
        assert [name for name in others if name in str(letter)] == []
        assert not re.search(r"reviews/\d|attempts/\d", str(letter))
