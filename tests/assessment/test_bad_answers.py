"""At the door of every shipped exercise: what is no answer gets a sentence, and changes nothing."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from flask.testing import FlaskClient
from sqlalchemy.orm import Session

from app.accounts.models import Person
from app.assessment.queries import changes_since, own_work
from app.assessment.sheets import Sheet
from app.assessment.writing import LONGEST_FIELD
from app.catalogue.actions import publish_course
from app.courses.files import SHIPPED, read_files
from app.courses.loading import load_root
from app.courses.outline import Course
from app.db import Database
from app.documents.blocks import field_names
from app.exercises import Spec, fields_of, grade_answer, read_answer
from tests.assessment.course_samples import room_on
from tests.assessment.samples import start, viewer_of
from tests.conftest import NOW, token_of

MANY = 10_000
"""Rows of a ledger that nobody asked for."""


def bodies(sheet: Sheet) -> Iterator[tuple[str, Any]]:
    """What may come instead of an answer."""
    name = min(sheet.names)
    whole = {"client": "c", "seq": 1, "base": 0}
    stem = name.rsplit(".", 2)[0]
    yield "a number for a text", {**whole, "fields": {name: 1}}
    yield "a list for a text", {**whole, "fields": {name: ["a"]}}
    yield "nothing for a text", {**whole, "fields": {name: None}}
    yield "a list of fields", {**whole, "fields": [name]}
    yield "no field", {**whole, "fields": {}}
    yield "a field of no sheet", {**whole, "fields": {name: "", "no-such-field": "x"}}
    yield "an unknown card", {**whole, "fields": {f"{name}.unknown": "x"}}
    yield "ten thousand rows", {**whole, "fields": {f"{stem}.{row}.customer": "x" for row in range(1, MANY + 1)}}
    yield "a row too many", {**whole, "fields": {f"{stem}.{MANY}.customer": "x"}}
    yield "300 kB", {**whole, "fields": {name: "很" * 100_000}}
    yield "one character too many", {**whole, "fields": {name: "x" * (LONGEST_FIELD + 1)}}
    yield "a control character", {**whole, "fields": {name: "a\0b"}}
    yield "half a character", {**whole, "fields": {name: "\ud800"}}
    yield "an unknown key", {**whole, "fields": {name: ""}, "points": 12}
    yield "a negative number", {"client": "c", "seq": -1, "base": 0, "fields": {name: ""}}
    yield "a closed hint", {**whole, "fields": {"hint.none": ""}}
    yield "a check by hand", {**whole, "fields": {"checked.any": "yes"}}
    yield "a text", "text"
    yield "nothing", None


def courses() -> list[Course]:
    return [each.course for each in load_root(read_files(SHIPPED)).courses if each.course]


@pytest.mark.slow
@pytest.mark.timeout(600)
def test_what_is_no_answer_gets_a_sentence_and_changes_nothing(
    database: Database, alice: Person, bob: Person, client_of: Callable[[Person], FlaskClient]
) -> None:
    browser, wrong = client_of(bob), []
    headers = {"X-CSRFToken": token_of(browser), "Accept": "application/json"}
    for course in courses():
        with database.transaction() as db:
            sheets = begin_all(db, course, alice, bob)
        for (slug, attempt_id), sheet in sheets.items():
            for what, body in bodies(sheet):
                answer = browser.patch(f"/attempts/{attempt_id}", json=body, headers=headers)
                said = (answer.get_json(silent=True) or {}).get("detail", "")
                if answer.status_code not in (400, 413, 415, 422) or not said or len(said) > 300:
                    wrong.append((slug, what, answer.status_code, said))
            with database.reading() as db:
                assert changes_since(db, attempt_id) == ()
    assert wrong == []


def begin_all(db: Session, course: Course, alice: Person, bob: Person) -> dict[tuple[str, int], Sheet]:
    room = room_on(db, publish_course(db, course, by=None, now=NOW), bob, alice)
    found = {}
    for slug in course.exercise_slugs:
        work = start(db, room, slug)
        found[slug, work.attempt.id] = own_work(db, viewer_of(bob), work.attempt.id).sheet
    return found


NONSENSE = (
    "-1",
    "108",
    "1e999",
    "999999999999999999999999",
    "no-such-card",
    "yes",
    "2026-02-31",
    "½",
    "٣",
    "x" * 20_000,
)
"""What can be typed, chosen or sent into one field: cards there are not, shares over a hundred, days there are not."""


def test_whatever_stands_in_a_field_can_be_read_and_marked() -> None:
    wrong = []
    for loaded in load_root(read_files(SHIPPED)).exercises:
        spec = loaded.spec
        assert spec is not None, loaded.file
        names = sheet_names(spec)
        for text in NONSENSE:
            form = dict.fromkeys(names, text)
            answer = read_answer(spec, form)
            grade = grade_answer(spec, answer)
            if grade is not None and not 0 <= grade.earned <= grade.possible:
                wrong.append((loaded.file.stem, text[:20], str(grade.earned)))
            assert set(answer.unreadable) <= set(names)
    assert wrong == []


def sheet_names(spec: Spec) -> tuple[str, ...]:
    return tuple(name for name in field_names(fields_of(spec)) if not name.startswith("hint."))
