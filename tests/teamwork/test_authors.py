"""Who wrote what: each field with its people, for the party and its trainers, and for nobody else."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from flask.testing import FlaskClient
from sqlalchemy import delete
from sqlalchemy.orm import Session

from app.accounts.actions import add_person
from app.accounts.models import Person
from app.assessment.models import AttemptMember
from app.db import Database
from app.teamwork.authors import FieldRow, PersonRow, WrittenBy, written_by
from tests.conftest import NOW, statements_of
from tests.teamwork.samples import Table, add_change, hand_in, sit_down, write, write_fields


@pytest.fixture
def table(db: Session, alice: Person, bob: Person, charlie: Person) -> Table:
    return sit_down(db, alice, [bob, charlie])


def written(db: Session, table: Table, person: Person) -> WrittenBy:
    return written_by(db, table.work(db, person), now=NOW)


def said(row: FieldRow) -> list[tuple[str, str, bool]]:
    return [(each.text, each.name, each.is_beside) for each in (row.last, *row.before)]


def test_every_field_says_who_wrote_it_and_what_stood_there_before(
    db: Session, table: Table, bob: Person, charlie: Person
) -> None:
    first = write(db, table, bob, _1__customer="A")
    second = write(db, table, bob, base=first.change_id, _1__customer="Alpha", _1__role="user")
    write(db, table, charlie, base=second.change_id, _1__customer="Beta")
    rows = {str(row.label): said(row) for row in written(db, table, bob).fields}
    assert rows == {
        "1 · Customer": [("Beta", "Charlie", False), ("Alpha", "Bob", False)],
        "1 · Role": [("User", "Bob", False)],
    }


def test_people_are_counted_by_what_stands_and_by_what_they_touched(
    db: Session, table: Table, bob: Person, charlie: Person
) -> None:
    first = write(db, table, bob, _1__customer="Alpha", _2__customer="Beta")
    write(db, table, charlie, base=first.change_id, _1__customer="Gamma")
    assert written(db, table, bob).people == (PersonRow("Bob", 1, 2, "09:00"), PersonRow("Charlie", 1, 1, "09:00"))


def test_a_text_beside_another_is_shown_and_does_not_stand(
    db: Session, table: Table, bob: Person, charlie: Person
) -> None:
    write(db, table, bob, _1__customer="Alpha")
    write(db, table, charlie, _1__customer="Beta")
    (row,) = written(db, table, bob).fields
    assert said(row) == [("Alpha", "Bob", False), ("Beta", "Charlie", True)]


def test_what_somebody_wrote_before_leaving_stays_theirs(
    db: Session, table: Table, bob: Person, charlie: Person
) -> None:
    write(db, table, charlie, _1__customer="Alpha")
    db.execute(delete(AttemptMember).where(AttemptMember.enrolment_id == table.room.number_of(charlie)))
    found = written(db, table, bob)
    assert [(each.name, each.touched) for each in found.people] == [("Bob", 0), ("Charlie", 1)]
    assert said(found.fields[0]) == [("Alpha", "Charlie", False)]


def test_what_came_late_or_after_handing_in_is_not_part_of_it(
    db: Session, table: Table, bob: Person, charlie: Person
) -> None:
    write(db, table, bob, _1__customer="Alpha")
    hand_in(db, table, bob)
    add_change(db, table, charlie, {"visits.1.customer": "Beta"}, late=True)
    add_change(db, table, charlie, {"visits.1.customer": "Gamma"})
    assert [said(row) for row in written(db, table, bob).fields] == [[("Alpha", "Bob", False)]]


def test_the_page_is_for_the_party_and_its_trainer(
    database: Database, client_of: Callable[[Person], FlaskClient], alice: Person, bob: Person, hana: Person
) -> None:
    with database.transaction() as db:
        table = sit_down(db, alice, [bob, charlie := add_person(db, "P9", "Charlie", by=None, now=NOW)])
        write(db, table, charlie, _1__customer="<b>Alpha</b>")
    address = f"/attempts/{table.id}/who-wrote-what"
    pages = {person.display_name: client_of(person).get(address) for person in (alice, bob, charlie, hana)}
    assert {name: page.status_code for name, page in pages.items()} == {
        "Alice": 200,
        "Bob": 200,
        "Charlie": 200,
        "Hana": 404,
    }
    for name in ("Alice", "Bob", "Charlie"):
        assert ("&lt;b&gt;Alpha" in pages[name].text, "<b>Alpha" in pages[name].text) == (True, False)


def test_the_page_takes_the_same_statements_however_much_was_written(
    database: Database, client_of: Callable[[Person], FlaskClient], alice: Person, bob: Person, charlie: Person
) -> None:
    with database.transaction() as db:
        table = sit_down(db, alice, [bob, charlie])
    browser, counts = client_of(bob), []
    for row in (1, 2, 3):
        with database.transaction() as db:
            write_fields(db, table, charlie, {f"visits.{row}.customer": "Alpha"})
            write_fields(db, table, bob, {f"visits.{row}.units": "3"})
        with statements_of(database) as seen:
            browser.get(f"/attempts/{table.id}/who-wrote-what")
        counts.append(len(seen))
    assert counts == [counts[0]] * 3


def test_a_tick_is_shown_as_one_and_not_as_what_is_kept_for_it(
    db: Session, alice: Person, bob: Person, charlie: Person
) -> None:
    table = sit_down(db, alice, [bob, charlie], "quick")
    first = write_fields(db, table, bob, {"ratio": "net", "days.a": "yes", "days.b": "yes"})
    write_fields(db, table, charlie, {"days.b": ""}, base=first.change_id)
    shown = [row.last.text for row in written(db, table, bob).fields]
    assert shown == ["不含税售价", "✓", ""]
