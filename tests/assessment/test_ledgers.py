"""Ledgers at the door: rows that are on the sheet are kept, and ten thousand of them are none; figures on the pages."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from flask.testing import FlaskClient
from sqlalchemy.orm import Session

from app.accounts.models import Person
from app.assessment import actions
from app.assessment.actions import RefusedSave, Save
from app.assessment.queries import written_in
from app.db import Database
from tests.assessment.course_samples import room_with
from tests.assessment.samples import save, start
from tests.conftest import NOW
from tests.exercises.test_ledger import ledger

TABLE = ledger()


def test_rows_of_the_sheet_are_kept_and_ten_thousand_change_nothing(db: Session, bob: Person, alice: Person) -> None:
    work = start(db, room_with(db, bob, alice, {"visits": TABLE}), "visits")
    save(db, work, visits__6__customer="Alpha")
    before = written_in(db, work.attempt.id)
    rows = {f"visits.{number}.customer": "x" for number in range(1, 10_001)}
    with pytest.raises(RefusedSave, match="no field “visits"):
        actions.save_fields(db, work, Save("phone", 2, 0, rows), by=bob.id, now=NOW)
    assert written_in(db, work.attempt.id) == before


def test_nobody_types_what_is_worked_out(db: Session, bob: Person, alice: Person) -> None:
    work = start(db, room_with(db, bob, alice, {"visits": TABLE}), "visits")
    with pytest.raises(RefusedSave, match=r"no field “visits\.1\.months”"):
        save(db, work, visits__1__months="3")


def test_pages_show_what_is_worked_out(
    database: Database, bob: Person, alice: Person, client_of: Callable[[Person], FlaskClient]
) -> None:
    with database.transaction() as db:
        work = start(db, room_with(db, bob, alice, {"visits": TABLE}), "visits")
        save(db, work, visits__1__date="2026-01-12", visits__2__date="tomorrow")
    page = client_of(bob).get("/attempts/1").text
    assert page.count("data-out>5<") == page.count("data-out>B<") == 1
    assert page.count("data-out><") == 2 * 5
    assert "ledger" in page
    assert "/assets/placement-" not in page
