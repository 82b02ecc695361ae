"""Workbooks and what happens between download and sending: taking back, giving back, groups, two at once."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import timedelta
from fractions import Fraction

import pytest
from flask.testing import FlaskClient
from openpyxl.worksheet.worksheet import Worksheet
from sqlalchemy import select

from app import clock
from app.accounts.models import Audit, Person
from app.assessment.models import Attempt, AttemptMember, Submission
from app.cohorts.models import Enrolment
from app.db import Database
from app.gradebook import actions
from tests.conftest import NOW, CreatePerson
from tests.gradebook.samples import (
    Class,
    answer,
    changed,
    complaints,
    content_of,
    create_class,
    downloaded,
    mark,
    override_of,
    send,
    set_cell,
    take,
)
from tests.racing import at_once

ClientOf = Callable[[Person], FlaskClient]


@pytest.fixture(autouse=True)
def _now(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(clock, "now", lambda: NOW + timedelta(hours=1))


@pytest.fixture
def made(database: Database, create_person: CreatePerson, alice: Person) -> Class:
    trainees = [create_person(name) for name in ("Bob", "Cai", "Du")]
    with database.transaction() as db:
        db.get_one(Person, alice.id).language = "en"
        return create_class(db, alice, *trainees)


@pytest.fixture
def alices(made: Class, client_of: ClientOf) -> FlaskClient:
    return client_of(made.trainer)


def attempt_of(database: Database, enrolment_id: int, exercise: str = "drill") -> int:
    with database.reading() as db:
        asked = select(AttemptMember.attempt_id).join(Attempt).where(AttemptMember.enrolment_id == enrolment_id)
        found = db.scalars(asked.order_by(AttemptMember.attempt_id)).all()
    return found[{"drill": 0, "needs": 1}[exercise]]


def waits(database: Database, attempt_id: int) -> bool:
    with database.reading() as db:
        return db.get_one(Submission, attempt_id).needs_person


def test_a_dash_takes_back_what_was_set_by_hand(alices: FlaskClient, made: Class, database: Database) -> None:
    bob, cai, _ = made.enrolments
    mark(database, bob, "needs", 5)
    mark(database, cai, "drill", 4)
    attempt_id = attempt_of(database, bob, "needs")
    assert not waits(database, attempt_id)

    def change(sheet: Worksheet) -> None:
        sheet["E3"], sheet["F4"], sheet["F5"] = "–", "撤回", "-"  # nothing was handed in at F5: it says just that

    content = changed(alices, made, change)
    page = send(alices, made, content)
    assert (complaints(page.text), page.text.count("Points set by hand taken back")) == ({}, 2)
    assert take(alices, made, page.text).status_code == 303
    assert override_of(database, bob, "needs") == [Fraction(5), None]
    assert override_of(database, cai, "drill") == [Fraction(4), None]
    assert waits(database, attempt_id)  # its rubric is asked for again
    assert not waits(database, attempt_of(database, cai))
    with database.reading() as db:
        told = db.scalars(select(Audit.object_id).where(Audit.action == "override-taken-back")).all()
    assert sorted(told) == sorted(str(each) for each in (attempt_id, attempt_of(database, cai)))
    again = send(alices, made, content)  # the same once more says what stands here already
    assert (complaints(again.text), "says what stands here already" in again.text) == ({}, True)


def test_a_dash_where_nothing_was_set_by_hand_says_so(alices: FlaskClient, made: Class) -> None:
    told = complaints(send(alices, made, changed(alices, made, set_cell("F3", "–"))).text)
    assert told == {"F3": "No points set by hand stand here, so there is nothing to take back. Leave the cell empty."}


def test_what_was_set_by_hand_since_is_not_taken_back(alices: FlaskClient, made: Class, database: Database) -> None:
    content = changed(alices, made, set_cell("F3", "–"))
    mark(database, made.enrolments[0], "drill", 4)  # as many as by the key: the points alone do not tell
    assert "was marked after the workbook was made" in complaints(send(alices, made, content).text)["F3"]


def give_back(database: Database, attempt_id: int) -> None:
    with database.transaction() as db:
        db.get_one(Attempt, attempt_id).returned_at = NOW + timedelta(hours=2)


def test_marks_of_an_answer_given_back_do_not_go_to_the_one_before(
    alices: FlaskClient, made: Class, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    bob = made.enrolments[0]
    with database.transaction() as db:
        second = answer(db, made, made.trainees[0], "drill", 1)
    as_it_was, typed = (changed(alices, made, change) for change in (lambda _: None, set_cell("F3", 3)))
    give_back(database, second)
    monkeypatch.setattr(clock, "now", lambda: NOW + timedelta(hours=3))
    assert complaints(send(alices, made, as_it_was).text) == {}
    page = send(alices, made, typed)
    assert complaints(page.text) == {"F3": "This was given back after the workbook was made. Download it again."}
    assert take(alices, made, page.text, "good").status_code == 303
    assert override_of(database, bob, "drill") == []


def test_the_only_answer_given_back_is_called_so(
    alices: FlaskClient, made: Class, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    as_it_was, typed = (changed(alices, made, change) for change in (lambda _: None, set_cell("F3", 3)))
    give_back(database, attempt_of(database, made.enrolments[0]))
    monkeypatch.setattr(clock, "now", lambda: NOW + timedelta(hours=3))
    assert complaints(send(alices, made, as_it_was).text) == {}
    assert "was given back" in complaints(send(alices, made, typed).text)["F3"]


def join(database: Database, made: Class) -> None:
    """Du handed in together with Bob."""
    with database.transaction() as db:
        attempt = db.get_one(Attempt, attempt_of(database, made.enrolments[0]))
        du = AttemptMember(
            attempt_id=attempt.id, assignment_id=attempt.assignment_id, enrolment_id=made.enrolments[2], number=1
        )
        db.add(du)


def test_who_handed_in_together_get_the_same_points(alices: FlaskClient, made: Class, database: Database) -> None:
    join(database, made)

    def two(sheet: Worksheet) -> None:
        sheet["F3"], sheet["F5"] = 1, 2

    told = complaints(send(alices, made, changed(alices, made, two)).text)
    assert set(told) == {"F3", "F5"}
    page = send(alices, made, changed(alices, made, set_cell("F5", 2)))  # one of the lines is enough
    assert complaints(page.text) == {}
    assert re.search(r"Du</th>|Du, Bob", page.text)
    assert take(alices, made, page.text).status_code == 303
    assert override_of(database, made.enrolments[0], "drill") == [Fraction(2)]


def test_of_two_lines_or_columns_with_one_key_none_is_taken(
    alices: FlaskClient, made: Class, database: Database
) -> None:
    def double(sheet: Worksheet) -> None:
        for place, cell in enumerate(sheet[3], 1):
            sheet.cell(6, place).value = cell.value
        sheet["G2"], sheet["G4"], sheet["E4"], sheet["F6"] = "drill", 1, 4, 3

    page = send(alices, made, changed(alices, made, double))
    assert complaints(page.text) == {
        "A6": "The same key stands in A3. Take one of the two out.",
        "G2": "The same key stands in F2. Take one of the two out.",
    }
    assert take(alices, made, page.text, "good").status_code == 303
    assert [override_of(database, each, "drill") for each in made.enrolments[:2]] == [[], []]
    assert override_of(database, made.enrolments[1], "needs") == [Fraction(4)]


def test_a_copy_of_the_sheet_is_named(alices: FlaskClient, made: Class) -> None:
    book = downloaded(alices, made)
    first = book.worksheets[0]
    book.copy_worksheet(first).title = "备份"
    told = send(alices, made, content_of(book)).text
    assert f"{first.title}!A2 and 备份!A2" in told
    book.worksheets[1].sheet_state = "hidden"
    assert send(alices, made, content_of(book)).status_code == 200


def test_numbers_without_their_noughts_are_the_same_person(
    alices: FlaskClient, made: Class, database: Database
) -> None:
    with database.transaction() as db:
        bob = db.get_one(Enrolment, made.enrolments[0]).person_id
        db.get_one(Person, bob).number = "00123"
    assert complaints(send(alices, made, changed(alices, made, set_cell("B3", 123))).text) == {}
    assert "B3" in complaints(send(alices, made, changed(alices, made, set_cell("B3", 1230))).text)


def test_names_that_look_like_formulas_are_texts(alices: FlaskClient, made: Class, database: Database) -> None:
    names = ("=1+1", "+cmd|' /C calc'!A0", "@SUM(A1:A9)")
    with database.transaction() as db:
        for person, name in zip(made.trainees, names, strict=True):
            db.get_one(Person, person.id).display_name = name
    cells = {cell.value: cell.data_type for row in downloaded(alices, made).worksheets[0].iter_rows() for cell in row}
    assert {cells[name] for name in names} == {"s"}
    assert complaints(send(alices, made, changed(alices, made, set_cell("F3", 1))).text) == {}


def test_more_marks_than_are_written_at_once_are_written_in_turns(
    alices: FlaskClient, made: Class, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("app.gradebook.mark_views.MOST_MARKS", 1)
    monkeypatch.setattr(actions, "MOST_MARKS", 1)

    def both(sheet: Worksheet) -> None:
        sheet["F3"], sheet["F4"] = 1, 1

    content = changed(alices, made, both)
    for who in made.enrolments[:2]:
        page = send(alices, made, content)
        assert ("Send the same workbook again for the rest." in page.text) == (who == made.enrolments[0])
        assert take(alices, made, page.text).status_code == 303
        assert override_of(database, who, "drill") == [Fraction(1)]


def test_of_two_workbooks_at_once_the_second_is_told(
    alices: FlaskClient, made: Class, database: Database, client_of: ClientOf
) -> None:
    others = client_of(made.trainer)
    pages = [
        send(client, made, changed(client, made, set_cell("F3", points))).text
        for client, points in ((alices, 1), (others, 2))
    ]
    both = zip((alices, others), pages, strict=True)
    answers = at_once([lambda c=c, p=p: take(c, made, p) for c, p in both])  # type: ignore[misc]
    assert sorted(each.status_code for each in answers) == [303, 422]
    assert len(override_of(database, made.enrolments[0], "drill")) == 1
    refused = next(each.text for each in answers if each.status_code == 422)
    assert "was marked after the workbook was made" in complaints(refused)["F3"]


def test_two_workbooks_with_different_cells_are_both_written(
    alices: FlaskClient, made: Class, database: Database, client_of: ClientOf
) -> None:
    others = client_of(made.trainer)
    cells = ((alices, "F3"), (others, "F4"))
    pages = [send(client, made, changed(client, made, set_cell(place, 1))).text for client, place in cells]
    both = zip((alices, others), pages, strict=True)
    answers = at_once([lambda c=c, p=p: take(c, made, p) for c, p in both])  # type: ignore[misc]
    assert [each.status_code for each in answers] == [303, 303]
    assert [override_of(database, each, "drill") for each in made.enrolments[:2]] == [[Fraction(1)], [Fraction(1)]]
