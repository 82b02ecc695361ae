"""Marks in a workbook, there and back: what is right is written, and of what is wrong each cell says why."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Callable
from datetime import date, datetime, timedelta
from fractions import Fraction

import pytest
from flask.testing import FlaskClient
from openpyxl.utils.datetime import CALENDAR_MAC_1904
from openpyxl.worksheet.worksheet import Worksheet
from sqlalchemy import func, select

from app import clock
from app.accounts.models import Audit, Person
from app.assessment.models import Assignment, Marking, Submission
from app.cohorts.models import Enrolment
from app.db import Database
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

ClientOf = Callable[[Person], FlaskClient]
NEEDS, DRILL = "E", "F"
"""Bob stands in line 3, Cai in 4, Du in 5."""


@pytest.fixture(autouse=True)
def _now(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(clock, "now", lambda: NOW + timedelta(hours=1))


@pytest.fixture
def made(database: Database, create_person: CreatePerson, alice: Person) -> Class:
    trainees = [create_person(name) for name in ("Bob", "Cai", "Du")]
    with database.transaction() as db:
        return create_class(db, alice, *trainees)


@pytest.fixture
def alices(made: Class, client_of: ClientOf, database: Database) -> FlaskClient:
    with database.transaction() as db:
        db.get_one(Person, made.trainer.id).language = "en"
    return client_of(made.trainer)


def marked(database: Database) -> int:
    with database.reading() as db:
        return db.scalar(select(func.count()).select_from(Marking)) or 0


def test_the_workbook_has_everybody_without_private_exercises(alices: FlaskClient, made: Class) -> None:
    sheet = downloaded(alices, made).worksheets[0]
    rows = [[cell.value for cell in row] for row in sheet.iter_rows()]
    assert rows[1][1:] == ["number", "name", "department", "needs", "drill"]
    assert [row[2] for row in rows[2:]] == ["Bob", "Cai", "Du"]
    assert [row[4:] for row in rows[2:]] == [[None, 4], [None, 2], [None, None]]
    assert all(cell.data_type != "f" for row in sheet.iter_rows() for cell in row)


def test_sent_back_as_it_is_it_changes_nothing(alices: FlaskClient, made: Class, database: Database) -> None:
    before = marked(database)
    page = send(alices, made, changed(alices, made, lambda _: None))
    assert (page.status_code, complaints(page.text)) == (200, {})
    assert "says what stands here already" in page.text
    assert marked(database) == before


def test_marks_are_shown_and_then_written(alices: FlaskClient, made: Class, database: Database) -> None:
    before = marked(database)

    def change(sheet: Worksheet) -> None:
        sheet[f"{NEEDS}3"], sheet[f"{DRILL}4"] = 5.5, "３"

    page = send(alices, made, changed(alices, made, change))
    assert (page.status_code, complaints(page.text), marked(database)) == (200, {}, before)
    assert take(alices, made, page.text).status_code == 303
    assert override_of(database, made.enrolments[0], "needs") == [Fraction(11, 2)]
    assert override_of(database, made.enrolments[1], "drill") == [Fraction(3)]
    with database.reading() as db:
        waiting = select(func.count()).select_from(Submission).where(Submission.needs_person)
        assert db.scalar(waiting) == 1  # Cai's «needs»
        assert db.scalar(select(func.count()).select_from(Audit).where(Audit.action == "attempt-overridden")) == 2
        revisions = {row.id: row.revision for row in db.execute(select(Enrolment.id, Enrolment.revision))}
    assert revisions[made.enrolments[0]] > revisions[made.enrolments[2]]


@pytest.mark.parametrize(
    ("change", "place", "told"),
    [
        (set_cell("E3", "很好"), "E3", "“很好” is no number. Points from 0 to 6 go here."),
        (set_cell("E3", "八"), "E3", "“八” is no number. Points from 0 to 6 go here."),
        (set_cell("E3", "5 points"), "E3", "“5 points” is no number. Points from 0 to 6 go here."),
        (set_cell("E3", "50%"), "E3", "“50%” is no number. Points from 0 to 6 go here."),
        (set_cell("E3", 0.5, "0%"), "E3", "A percentage stands here. Points from 0 to 6 go here."),
        (set_cell("E3", date(2026, 1, 5)), "E3", "A date stands here. Points from 0 to 6 go here."),
        (set_cell("E3", datetime(2026, 1, 5, 7)), "E3", "A date stands here. Points from 0 to 6 go here."),  # noqa: DTZ001 -- a spreadsheet knows no zones
        (set_cell("E3", -1), "E3", "-1 is too much or too little. Points from 0 to 6 go here."),
        (set_cell("E3", 6.01), "E3", "6.01 is too much or too little. Points from 0 to 6 go here."),
        (set_cell("E3", 1e300), "E3", ""),
        (set_cell("E3", 1.00001), "E3", "Points have at most four decimals."),
        (set_cell("E3", "=2+3"), "E3", "A formula stands here. Put its value in its place."),
        (set_cell("E3", True), "E3", "TRUE or FALSE stands here. Points from 0 to 6 go here."),
        (set_cell("E3", "#N/A"), "E3", "The spreadsheet shows an error here. Points from 0 to 6 go here."),
        (set_cell("E5", 5), "E5", "Nothing was handed in here"),
        (set_cell("A6", "P99999"), "A6", "Nobody in this cohort has the key “P99999”. Take it out."),
        (set_cell("C6", "Eve"), "A6", "This line has no key"),
        (set_cell("A4", "P1"), "A4", "The same key stands in A3. Take one of the two out."),
        (set_cell("B3", "P9999"), "B3", "Was only a part of the sheet sorted?"),
        (set_cell("G3", "remark"), "G2", "This column has no key"),
        (set_cell("G2", "nothing"), "G2", "No exercise here has the key “nothing”. Take the column out."),
        (set_cell("G2", "own"), "G2", "No exercise here has the key “own”. Take the column out."),
        (set_cell("G2", "drill"), "G2", "The same key stands in F2. Take one of the two out."),
        (lambda sheet: sheet.merge_cells("F3:F4"), "F3", "The cells F3:F4 are merged. Take them apart."),
    ],
)
def test_each_wrong_cell_says_why_and_nothing_is_written(  # noqa: PLR0917 -- fixtures, and what a case is made of
    alices: FlaskClient, made: Class, database: Database, change: Callable[[Worksheet], None], place: str, told: str
) -> None:
    before = marked(database)

    def both(sheet: Worksheet) -> None:
        change(sheet)
        if place != "F3":
            sheet["F4"] = 1 if sheet["A4"].value != "P1" else 2

    page = send(alices, made, changed(alices, made, both))
    assert page.status_code == 200
    assert told in complaints(page.text)[place]
    assert 'value="all"' not in page.text
    assert marked(database) == before


def test_the_good_ones_are_written_alone_where_that_is_asked(
    alices: FlaskClient, made: Class, database: Database
) -> None:
    def change(sheet: Worksheet) -> None:
        sheet["E3"], sheet["F4"] = "gut", 1

    page = send(alices, made, changed(alices, made, change))
    assert list(complaints(page.text)) == ["E3"]
    assert 'value="all"' not in page.text
    assert take(alices, made, page.text, "good").status_code == 303
    assert override_of(database, made.enrolments[1], "drill") == [Fraction(1)]
    assert override_of(database, made.enrolments[0], "needs") == []


def test_lines_and_columns_may_be_moved_and_left_out(alices: FlaskClient, made: Class, database: Database) -> None:
    def change(sheet: Worksheet) -> None:
        sheet["F4"] = 1
        sheet.title = "umbenannt"
        sheet.move_range("A4:F4", rows=20)
        sheet.delete_rows(3)
        sheet.delete_cols(5)
        sheet.move_range("E1:E40", cols=5)
        sheet.insert_rows(1, 3)

    page = send(alices, made, changed(alices, made, change))
    assert complaints(page.text) == {}
    assert "1 people are not in it" in page.text
    assert take(alices, made, page.text).status_code == 303
    assert override_of(database, made.enrolments[1], "drill") == [Fraction(1)]


def test_what_was_marked_since_is_not_overwritten(alices: FlaskClient, made: Class, database: Database) -> None:
    old = changed(alices, made, set_cell("F3", 1))
    untouched = changed(alices, made, lambda _: None)
    mark(database, made.enrolments[0], "drill", 3)
    page = send(alices, made, old)
    assert complaints(page.text) == {
        "F3": "This was marked after the workbook was made: it has 3 by now. Download it again."
    }
    assert complaints(send(alices, made, untouched).text) == {}  # whoever changed nothing stands in nobody's way
    assert take(alices, made, page.text, "good").status_code == 303
    assert override_of(database, made.enrolments[0], "drill") == [Fraction(3)]


def test_what_was_marked_between_the_look_and_the_button_is_not_overwritten(
    alices: FlaskClient, made: Class, database: Database
) -> None:
    page = send(alices, made, changed(alices, made, set_cell("F3", 1)))
    mark(database, made.enrolments[0], "drill", 3)
    again = take(alices, made, page.text)
    assert (again.status_code, list(complaints(again.text))) == (422, ["F3"])
    assert override_of(database, made.enrolments[0], "drill") == [Fraction(3)]


def test_what_was_handed_in_anew_is_not_overwritten(
    alices: FlaskClient, made: Class, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    old = changed(alices, made, set_cell("F3", 1))
    later = NOW + timedelta(hours=3)
    monkeypatch.setattr(clock, "now", lambda: later)
    with database.transaction() as db:
        answer(db, made, made.trainees[0], "drill", 3, now=later)
    told = complaints(send(alices, made, old).text)
    assert told == {"F3": "This was handed in after the workbook was made. Download it again."}


def test_final_marks_stay(alices: FlaskClient, made: Class, database: Database) -> None:
    with database.transaction() as db:
        for each in db.scalars(select(Assignment).where(Assignment.exercise == "drill")):
            each.final_at = NOW
    page = send(alices, made, changed(alices, made, set_cell("F3", 1)))
    told = "The marks of this exercise are final. A trainer can open them again first."
    assert complaints(page.text) == {"F3": told}


def test_the_workbook_of_another_cohort_is_refused_with_its_place(
    alices: FlaskClient, made: Class, database: Database
) -> None:
    content = changed(alices, made, set_cell("F3", 1))
    with database.transaction() as db:
        other = create_class(db, db.get_one(Person, made.trainer.id))
    page = send(alices, other, content)
    assert page.status_code == 422
    assert "A2: this workbook is of another cohort." in page.text


def test_dates_from_1904_are_dates(alices: FlaskClient, made: Class) -> None:
    book = downloaded(alices, made)
    book.epoch = CALENDAR_MAC_1904
    book.worksheets[0]["E3"] = date(2026, 3, 1)
    assert complaints(send(alices, made, content_of(book)).text)["E3"].startswith("A date stands here.")


def many_lines(sheet: Worksheet) -> None:
    for _ in range(5_100):
        sheet.append(["P1", "x", "y", "", 1, 1])


def bomb() -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("[Content_Types].xml", b" " * 30_000_000)
    return file.getvalue()


@pytest.mark.parametrize(
    ("content", "told"),
    [
        (b"Key,number\nP1,3\n", "This is no Excel workbook."),
        (b"", "This is no Excel workbook."),
        (b"PK\x03\x04 broken", "This file cannot be read."),
        (b"\xd0\xcf\x11\xe0 old", "old Excel format"),
        (bomb(), "That is more than"),
    ],
    ids=["csv", "empty", "broken", "old", "bomb"],
)
def test_other_files_are_refused(
    alices: FlaskClient, made: Class, database: Database, content: bytes, told: str
) -> None:
    before = marked(database)
    page = send(alices, made, content)
    assert (page.status_code, told in page.text, marked(database)) == (422, True, before)


def test_more_lines_than_a_cohort_has_are_refused(alices: FlaskClient, made: Class) -> None:
    page = send(alices, made, changed(alices, made, many_lines))
    assert page.status_code == 422
    assert "more lines than a cohort has" in page.text


def test_a_form_that_is_none_of_ours_writes_nothing(alices: FlaskClient, made: Class, database: Database) -> None:
    before = marked(database)
    page = send(alices, made, changed(alices, made, set_cell("F3", 1))).text
    for broken in (page.replace("CW-", "CX-"), page.replace("P1\t", "P77\t"), page.replace("\tdrill\t", "\town\t")):
        assert take(alices, made, broken).status_code == 422
    assert marked(database) == before
