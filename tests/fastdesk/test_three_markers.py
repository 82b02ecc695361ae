"""Three who mark at once: nothing is marked twice by accident, nothing written over, nothing left out."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable
from fractions import Fraction

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select

from app.accounts.models import Person
from app.assessment.models import Marking, Submission
from app.db import Database
from app.fastdesk import together
from app.marking.models import Claim
from tests.conftest import CreatePerson, token_of
from tests.fastdesk.several import create_class
from tests.racing import at_once

pytestmark = pytest.mark.timeout(300)
LINE = "/cohorts/1/exercises/needs/mark"
HIDDEN = re.compile(r'<input type="hidden" name="(\w+)" value="([^"]*)">')
MANY = 200


@pytest.fixture
def markers(create_person: CreatePerson) -> list[Person]:
    return [create_person(name, roles=("trainer",)) for name in ("Alice", "Amir", "Anna")]


def mark_all(browser: FlaskClient, level: str) -> list[int]:
    """Mark one answer after the other as long as there are some; the statuses of all answers to that."""
    token, statuses = token_of(browser), []
    where = browser.post(f"{LINE}/next", data={"csrf_token": token}).location
    while "answer=" in where:
        _, found, form = browser.get(where).text.partition("data-marks")
        assert found
        sent: dict[str, list[str]] = {"criterion-0": [level], "then": ["next"]}
        for name, value in HIDDEN.findall(form.partition("</form>")[0]):
            sent.setdefault(name, []).append(value)
        response = browser.post(LINE, data={**sent, "csrf_token": token})
        statuses.append(response.status_code)
        if response.status_code != 303:
            break
        where = response.location
    return statuses


def markings(database: Database) -> list[tuple[int, int | None, Fraction | None]]:
    with database.reading() as db:
        rows = db.scalars(select(Marking).where(Marking.marked_by == "trainer"))
        return [(row.attempt_id, row.by_id, row.earned) for row in rows]


def test_every_answer_is_marked_once_by_one_of_them(
    database: Database, markers: list[Person], client_of: Callable[[Person], FlaskClient]
) -> None:
    with database.transaction() as db:
        _, attempts = create_class(db, markers, MANY)
    browsers = [client_of(person) for person in markers]
    statuses = at_once([lambda b=b: mark_all(b, "2") for b in browsers])  # type: ignore[misc]
    given = markings(database)
    assert Counter(attempt for attempt, *_ in given) == Counter(attempts)
    assert {status for each in statuses for status in each} == {303}
    assert sum(len(each) for each in statuses) == MANY
    assert len({by for _, by, _ in given}) == len(markers), "one of them did everything: nothing was tried here"
    with database.reading() as db:
        assert db.scalars(select(Submission).where(Submission.needs_person)).all() == []
        assert db.scalars(select(Claim)).all() == []


def test_answers_that_say_the_same_are_marked_once_together(
    database: Database, markers: list[Person], client_of: Callable[[Person], FlaskClient]
) -> None:
    different = 20
    with database.transaction() as db:
        _, attempts = create_class(db, markers, 100, lambda n: f"依据 {n % different}")
    statuses = at_once([lambda p=p: mark_all(client_of(p), "0") for p in markers])  # type: ignore[misc]
    assert Counter(attempt for attempt, *_ in markings(database)) == Counter(attempts)
    assert sum(len(each) for each in statuses) == different


def test_without_reservations_they_would_get_the_same(
    database: Database,
    markers: list[Person],
    client_of: Callable[[Person], FlaskClient],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The canary: what the test above is worth."""
    monkeypatch.setattr(together, "claim", lambda *_asked, **_named: None)
    with database.transaction() as db:
        create_class(db, markers, 6)
    browsers = [client_of(person) for person in markers]
    first = [b.post(f"{LINE}/next", data={"csrf_token": token_of(b)}).location for b in browsers]
    assert len(set(first)) == 1
