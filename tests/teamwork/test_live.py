"""Writing on one sheet at the same time: who hears what, who is where, whose row it is, and what it costs to ask."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from flask.testing import FlaskClient
from sqlalchemy import delete, func, select, update
from sqlalchemy.orm import Session

from app.accounts.models import Person
from app.assessment.late import late_texts
from app.assessment.models import Assignment, AttemptMember
from app.assessment.queries import own_work
from app.classroom.models import GroupMember
from app.db import Database
from app.errors import NotFound, UserError
from app.teamwork import live
from app.teamwork.authors import written_by
from app.teamwork.discussion_queries import talk_of
from app.teamwork.live import HERE_FOR, TAKEN_FOR, Author, News, Told
from app.teamwork.models import Presence, TakenRow
from tests.assessment.samples import viewer_of
from tests.conftest import NOW, CreatePerson, statements_of, token_of
from tests.racing import at_once
from tests.teamwork.samples import Table, add_change, hand_in, sit_down, write, write_fields


@pytest.fixture
def table(db: Session, alice: Person, bob: Person, charlie: Person) -> Table:
    """Bob and Charlie at one sheet, Alice is their trainer."""
    return sit_down(db, alice, [bob, charlie])


@pytest.fixture
def kept_table(database: Database, alice: Person, bob: Person, charlie: Person) -> Table:
    """The same, committed."""
    with database.transaction() as db:
        return sit_down(db, alice, [bob, charlie])


def party(db: Session, table: Table, person: Person, *, after: timedelta = timedelta()) -> live.LiveParty:
    db.flush()
    return live.own_party(db, viewer_of(person), table.id, now=NOW + after)


def told(db: Session, table: Table, person: Person, *, since: int = 0, client: str = "") -> Told:
    found = party(db, table, person)
    return live.told_since(db, viewer_of(person), found, since=since, client=client or person.display_name)


def told_fields(*args: Any, **more: Any) -> dict[str, tuple[str, str]]:
    return {name: (each.text, each.by.name) for name, each in told(*args, **more).fields.items()}


# What others wrote


def test_a_page_hears_what_others_wrote_and_who(db: Session, table: Table, bob: Person, charlie: Person) -> None:
    saved = write(db, table, charlie, _1__customer="Alpha", _1__units="3")
    write(db, table, bob, _2__customer="Beta")
    news = News("Alpha", Author(charlie.id, "Charlie"), "09:00")
    assert told(db, table, bob).fields["visits.1.customer"] == news
    assert told_fields(db, table, bob) == {
        "visits.1.customer": ("Alpha", "Charlie"),
        "visits.1.units": ("3", "Charlie"),
    }
    assert told_fields(db, table, charlie, since=saved.change_id) == {"visits.2.customer": ("Beta", "Bob")}
    assert party(db, table, bob).newest == saved.change_id + 1


def test_another_page_of_ones_own_is_heard_like_any_other(db: Session, table: Table, bob: Person) -> None:
    write(db, table, bob, client="phone", _1__customer="Alpha")
    assert told_fields(db, table, bob, client="laptop") == {"visits.1.customer": ("Alpha", "Bob")}
    assert told_fields(db, table, bob, client="phone") == {}


def test_a_text_that_waits_beside_another_is_no_news(db: Session, table: Table, bob: Person, charlie: Person) -> None:
    write(db, table, bob, _1__customer="Alpha")
    assert write(db, table, charlie, _1__customer="Beta").stale == ("visits.1.customer",)
    assert told_fields(db, table, bob) == {}
    assert told_fields(db, table, charlie) == {"visits.1.customer": ("Alpha", "Bob")}


def test_what_came_late_is_no_news(db: Session, table: Table, bob: Person, charlie: Person) -> None:
    add_change(db, table, charlie, {"visits.1.customer": "Alpha"}, late=True)
    assert (party(db, table, bob).newest, told_fields(db, table, bob)) == (0, {})


def test_only_fields_of_the_sheet_are_told(db: Session, alice: Person, bob: Person, charlie: Person) -> None:
    table = sit_down(db, alice, [bob, charlie], "quick")
    add_change(db, table, charlie, {"answer.ratio": "net", "checked.ratio": "yes", "correct.ratio": "WHY"})
    names = {name for name in own_work(db, viewer_of(bob), table.id).sheet.names if "ratio" in name}
    found = told(db, table, bob)
    assert set(found.fields) <= names
    assert found.is_redrawn  # the page says that there is more to see


def test_the_state_of_several_pages_is_told_up_to_one_change(
    db: Session, table: Table, bob: Person, charlie: Person
) -> None:
    first = write(db, table, charlie, _1__customer="Alpha")
    before = party(db, table, bob)
    write(db, table, charlie, base=first.change_id, _1__customer="Beta")
    found = live.told_since(db, viewer_of(bob), before, since=0, client="Bob")
    assert {name: each.text for name, each in found.fields.items()} == {"visits.1.customer": "Alpha"}


# Who is there


def test_somebody_is_there_in_a_field_until_their_page_is_silent(
    db: Session, table: Table, bob: Person, charlie: Person
) -> None:
    live.note_presence(db, table.work(db, charlie), "visits.1.customer", now=NOW)
    live.note_presence(db, table.work(db, charlie), "visits.2.customer", now=NOW)

    def seen(after: timedelta) -> list[tuple[str, bool, str]]:
        return [(each.name, each.is_here, each.field) for each in party(db, table, bob, after=after).members]

    assert seen(timedelta(seconds=30)) == [("Bob", False, ""), ("Charlie", True, "visits.2.customer")]
    assert seen(HERE_FOR) == [("Bob", False, ""), ("Charlie", False, "")]
    live.forget_presence(db, table.work(db, charlie))
    assert seen(timedelta()) == [("Bob", False, ""), ("Charlie", False, "")]
    assert db.scalar(select(func.count()).select_from(Presence)) == 0


def test_nobody_is_in_a_field_that_is_not_on_the_sheet(db: Session, table: Table, bob: Person) -> None:
    live.note_presence(db, table.work(db, bob), "<b>elsewhere</b>", now=NOW)
    assert [each.field for each in party(db, table, bob).members] == ["", ""]
    assert party(db, table, bob).members[0].is_here


def test_a_party_is_nobody_elses(hana: Person, db: Session, table: Table, alice: Person) -> None:
    for person in (alice, hana):
        with pytest.raises(NotFound):
            party(db, table, person)


def test_whoever_was_taken_off_hears_nothing_more(db: Session, table: Table, bob: Person, charlie: Person) -> None:
    write(db, table, charlie, _1__customer="Alpha")
    db.execute(delete(AttemptMember).where(AttemptMember.enrolment_id == table.room.number_of(charlie)))
    with pytest.raises(NotFound):
        party(db, table, charlie)
    assert told_fields(db, table, bob) == {"visits.1.customer": ("Alpha", "Charlie")}  # what they wrote stays


def test_it_is_over_when_one_of_them_has_handed_in(db: Session, table: Table, bob: Person, charlie: Person) -> None:
    assert (party(db, table, bob).is_over, party(db, table, bob).ended_by) == (False, "")
    write(db, table, bob, _1__customer="Alpha")
    hand_in(db, table, charlie)
    assert (party(db, table, bob).is_over, party(db, table, bob).ended_by) == (True, "Charlie")


def test_what_somebody_still_typed_when_another_handed_in_is_kept_beside_it(
    db: Session, table: Table, bob: Person, charlie: Person
) -> None:
    first = write(db, table, bob, _1__customer="Al")
    hand_in(db, table, charlie)
    saved = write(db, table, bob, base=first.change_id, _1__customer="Alpha")
    assert saved.late
    late = late_texts(db, table.work(db, bob))
    assert late
    assert [(each.field, each.stands, each.late) for each in late.texts] == [("visits.1.customer", "Al", "Alpha")]
    with pytest.raises(UserError, match="handed in"):
        write(db, table, charlie, _1__customer="Beta")  # who hands in wants just that to count


def test_two_of_one_name_are_told_apart_by_their_numbers(
    db: Session, table: Table, bob: Person, charlie: Person
) -> None:
    db.execute(update(Person).where(Person.id == charlie.id).values(display_name="Bob"))
    write(db, table, charlie, _1__customer="Alpha")
    names = [each.name for each in party(db, table, bob).members]
    assert names == [f"Bob · {person.number}" for person in (bob, charlie)]
    assert told_fields(db, table, bob) == {"visits.1.customer": ("Alpha", names[1])}
    assert [each.name for each in written_by(db, table.work(db, bob), now=NOW).people] == names
    assert [each.display_name for each in talk_of(db, table.id).members] == names


def test_pages_hear_that_the_trainer_named_another_leader(
    db: Session, table: Table, bob: Person, charlie: Person
) -> None:
    before = party(db, table, bob).talk
    db.execute(update(GroupMember).values(leads=GroupMember.enrolment_id == table.room.number_of(charlie)))
    assert party(db, table, bob).talk != before


def test_an_end_that_was_moved_is_told(db: Session, table: Table, bob: Person) -> None:
    assert party(db, table, bob).ends_at is None
    db.get_one(Assignment, table.attempt.assignment_id).closes_at = NOW + timedelta(hours=1)
    assert party(db, table, bob).ends_at == NOW + timedelta(hours=1)
    table.attempt.ends_at = NOW + timedelta(minutes=5)
    assert party(db, table, bob).ends_at == NOW + timedelta(minutes=5)


# Rows

ROWS = [f"visits.{number}" for number in (4, 5, 6)]


def take(db: Session, table: Table, person: Person, *, after: timedelta = timedelta()) -> str | None:
    row = live.take_row(db, table.work(db, person), ROWS, now=NOW + after)
    db.flush()
    return row


def test_nobody_takes_a_row_that_another_has_taken(db: Session, table: Table, bob: Person, charlie: Person) -> None:
    assert (take(db, table, bob), take(db, table, charlie)) == ("visits.4", "visits.5")
    assert take(db, table, bob) == "visits.4"  # it is still blank
    write(db, table, bob, _4__customer="Alpha")
    assert take(db, table, bob) == "visits.6"
    assert take(db, table, charlie) == "visits.5"
    taken = [(each.row, each.enrolment_id) for each in party(db, table, bob).taken]
    one, other = (table.room.number_of(person) for person in (bob, charlie))
    assert taken == [("visits.4", one), ("visits.6", one), ("visits.5", other)]


def test_a_blank_row_is_free_again_after_a_while(db: Session, table: Table, bob: Person, charlie: Person) -> None:
    assert take(db, table, bob) == "visits.4"
    assert take(db, table, charlie, after=TAKEN_FOR) == "visits.4"
    assert [each.row for each in party(db, table, bob, after=TAKEN_FOR).taken] == ["visits.4"]
    assert party(db, table, bob, after=2 * TAKEN_FOR).taken == ()


def test_where_no_row_is_left_none_is_taken(db: Session, table: Table, bob: Person, charlie: Person) -> None:
    write(db, table, charlie, _4__customer="A", _5__customer="B", _6__customer="C")
    assert take(db, table, bob) is None
    write(db, table, charlie, base=99, _5__customer="  ")  # cleared
    assert take(db, table, bob) == "visits.5"


def test_a_row_that_somebody_puts_away_again_is_free(db: Session, table: Table, bob: Person, charlie: Person) -> None:
    assert (take(db, table, bob), take(db, table, charlie)) == ("visits.4", "visits.5")
    live.give_rows_back(db, table.work(db, bob), ["visits.4", "visits.5"])
    assert [each.row for each in party(db, table, bob).taken] == ["visits.5"]  # that of another stays theirs
    assert take(db, table, charlie) == "visits.4"


def test_rows_that_are_not_on_the_sheet_cannot_be_taken(db: Session, table: Table, bob: Person) -> None:
    for rows in (["visits.7"], ["visits"], ["<b>"], ["visits.4", "visits.99"]):
        with pytest.raises(UserError, match="no such row"):
            live.take_row(db, table.work(db, bob), rows, now=NOW)
    assert db.scalar(select(func.count()).select_from(TakenRow)) == 0


def test_no_row_is_taken_of_what_was_handed_in(db: Session, table: Table, bob: Person) -> None:
    hand_in(db, table, bob)
    with pytest.raises(UserError, match="handed in"):
        take(db, table, bob)


def test_five_who_add_a_row_in_the_same_moment_get_five_rows(
    database: Database, alice: Person, create_person: CreatePerson
) -> None:
    people = [create_person(f"Person {number}") for number in range(5)]
    with database.transaction() as db:
        table = sit_down(db, alice, people)
    rows = [f"visits.{number}" for number in range(1, 7)]

    def wanting(person: Person) -> Callable[[], str | None]:
        def go() -> str | None:
            with database.transaction() as db:
                return live.take_row(db, table.work(db, person), rows, now=NOW)

        return go

    taken = at_once([wanting(person) for person in people])
    assert sorted(filter(None, taken)) == rows[:5]


# Over the wire


def ask(browser: FlaskClient, table: Table, **wanted: Any) -> Any:
    return browser.get(f"/attempts/{table.id}/live", query_string=wanted)


def test_asking_where_nothing_is_new_takes_two_statements(
    database: Database, kept_table: Table, client_of: Callable[[Person], FlaskClient], bob: Person, charlie: Person
) -> None:
    with database.transaction() as db:
        newest = write(db, kept_table, charlie, _1__customer="Alpha").change_id
        live.note_presence(db, kept_table.work(db, charlie), "visits.1.customer", now=NOW)
        live.take_row(db, kept_table.work(db, charlie), ROWS, now=NOW)
    browser = client_of(bob)
    talk = ask(browser, kept_table).json["talk"]
    with statements_of(database) as seen:
        answer = ask(browser, kept_table, since=newest, client="Bob", talk=talk).json
    assert len(seen) <= 2  # who is signed in, and all the rest
    assert (answer["base"], answer["fields"], answer["by"]) == (newest, {}, {})


def test_news_take_the_same_statements_however_many(
    database: Database, kept_table: Table, client_of: Callable[[Person], FlaskClient], bob: Person, charlie: Person
) -> None:
    browser, counts = client_of(bob), []
    talk = ask(browser, kept_table).json["talk"]
    for row in (1, 2, 3):
        with database.transaction() as db:
            for column in ("customer", "units")[:row]:
                write_fields(db, kept_table, charlie, {f"visits.{row}.{column}": "7"})
        with statements_of(database) as seen:
            answer = ask(browser, kept_table, client="Bob", talk=talk).json
        counts.append(len(seen))
    assert counts == [counts[0]] * 3
    assert counts[0] <= 5
    by = answer["by"]["visits.1.customer"]
    assert (answer["fields"]["visits.1.customer"], by["name"], by["is_me"]) == ("7", "Charlie", False)


def test_a_page_says_where_it_is_and_that_it_goes(
    kept_table: Table, client_of: Callable[[Person], FlaskClient], bob: Person, charlie: Person
) -> None:
    bobs, charlies = client_of(bob), client_of(charlie)

    def say(**said: Any) -> int:
        headers = {"X-CSRFToken": token_of(charlies)}
        return charlies.post(f"/attempts/{kept_table.id}/live", json=said, headers=headers).status_code

    def seen() -> list[tuple[bool, str]]:
        return [(each["is_here"], each["field"]) for each in ask(bobs, kept_table).json["members"]]

    assert say(field="visits.1.units") == 204
    assert seen() == [(False, ""), (True, "visits.1.units")]
    assert say(leaves=True) == 204
    assert seen() == [(False, ""), (False, "")]
    assert [say(field=1), say(field="x" * 301), say(leaves="yes"), say(other="")] == [422] * 4


def test_a_row_is_taken_over_the_wire(
    kept_table: Table, client_of: Callable[[Person], FlaskClient], bob: Person, charlie: Person
) -> None:
    def take(person: Person, rows: Any) -> tuple[int, Any]:
        browser = client_of(person)
        headers = {"X-CSRFToken": token_of(browser), "Accept": "application/json"}
        answer = browser.post(f"/attempts/{kept_table.id}/live/rows", json={"rows": rows}, headers=headers)
        told: dict[str, Any] = answer.get_json()
        return answer.status_code, told.get("row")

    assert take(bob, ROWS) == (200, "visits.4")
    assert take(charlie, ROWS) == (200, "visits.5")
    assert take(bob, ["visits.5"]) == (200, None)
    assert [take(bob, wrong)[0] for wrong in ([], "visits.4", [1], ["nothing"], ["visits.4"] * 501)] == [422] * 5


def test_a_sheet_of_a_party_shows_who_is_at_it_and_one_of_ones_own_does_not(
    database: Database, kept_table: Table, client_of: Callable[[Person], FlaskClient], bob: Person, charlie: Person
) -> None:
    with database.transaction() as db:
        write(db, kept_table, charlie, _1__customer="Alpha")
        own = sit_down(db, kept_table.room.trainer, [bob], "alone")
    page = client_of(bob).get(f"/attempts/{kept_table.id}").text
    assert ("<live-party" in page, "live-" in page, "Charlie" in page) == (True, True, True)
    assert "visits.1.customer" in page.partition('data-marks="')[2].partition('"')[0]
    plain = client_of(bob).get(f"/attempts/{own.id}").text
    assert ("<live-party" in plain, "/live" in plain, "who-wrote-what" in plain) == (False, False, False)
