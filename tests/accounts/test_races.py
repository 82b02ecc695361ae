"""What happens to accounts when two people do something about them in the same moment."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from app import clock
from app.accounts import actions
from app.accounts.administration import change_person
from app.accounts.invitations import Issued, invited_by, issue_invitations
from app.accounts.models import Audit, Person, Role, SignIn
from app.accounts.people import facts_of, person_for
from app.db import Database
from app.web.viewing import RoleName, Viewer
from tests.conftest import NOW, CreatePerson, token_of
from tests.racing import at_once, interleaved, overlapping

PASSWORD = "correct horse battery staple 9"


@pytest.fixture
def two(create_person: CreatePerson) -> tuple[Person, Person]:
    """The only two admins."""
    return create_person("Ada", roles=("admin",)), create_person("Ben", roles=("admin",))


def viewer_of(person: Person, role: RoleName = "admin") -> Viewer:
    return Viewer(person.id, person.display_name, frozenset({role}), "zh-CN")


def close(person: Person, by: Person) -> Callable[[Session], object]:
    def step(db: Session) -> None:
        found = person_for(db, viewer_of(by), person.id)
        actions.deactivate_person(db, found, by=by.id, now=NOW)

    return step


def revoke(person: Person, by: Person) -> Callable[[Session], object]:
    def step(db: Session) -> None:
        found = person_for(db, viewer_of(by), person.id)
        actions.revoke_role(db, found, "admin", by=by.id, now=NOW)

    return step


def admins(database: Database) -> int:
    with database.reading() as db:
        wanted = select(func.count()).select_from(Role).join(Person, Person.id == Role.person_id)
        return db.scalars(wanted.where(Role.role == "admin", Person.active)).one()


@pytest.mark.parametrize("first", [close, revoke])
@pytest.mark.parametrize("second", [close, revoke])
def test_two_admins_who_remove_each_other_leave_one(
    database: Database,
    two: tuple[Person, Person],
    first: Callable[[Person, Person], Callable[[Session], object]],
    second: Callable[[Person, Person], Callable[[Session], object]],
) -> None:
    ada, ben = two
    assert overlapping(database, first(ben, ada), second(ada, ben)) is not None
    assert admins(database) == 1


def test_two_admins_who_change_each_other_do_not_wait_for_one_another_for_ever(
    database: Database, two: tuple[Person, Person]
) -> None:
    def change(by: Person) -> Callable[[Session, Person], object]:
        def step(db: Session, person: Person) -> None:
            shown = facts_of(person)
            change_person(db, person, replace(shown, display_name="改"), shown=shown, by=by.id, now=NOW)

        return step

    ada, ben = two
    pairs = [
        (lambda db: person_for(db, viewer_of(ada), ben.id), change(ada)),
        (lambda db: person_for(db, viewer_of(ben), ada.id), change(ben)),
    ]
    assert interleaved(database, pairs) == [None, None]


def test_a_code_made_while_its_person_becomes_admin_is_worthless(
    database: Database, alice: Person, bob: Person, ada: Person
) -> None:
    codes: list[Issued] = []

    def issue(db: Session) -> None:
        codes.extend(issue_invitations(db, [(db.get_one(Person, bob.id), "invitation")], by=alice.id, now=NOW))

    def promote(db: Session) -> None:
        actions.grant_role(db, db.get_one(Person, bob.id), "admin", by=ada.id, now=NOW)

    assert overlapping(database, issue, promote) is None
    with database.reading() as db:
        assert invited_by(db, codes[0].code, NOW) is None


def test_nobody_makes_a_code_for_somebody_who_becomes_admin_meanwhile(
    database: Database, alice: Person, bob: Person, ada: Person
) -> None:
    def promote(db: Session) -> None:
        actions.grant_role(db, db.get_one(Person, bob.id), "admin", by=ada.id, now=NOW)

    def issue(db: Session) -> None:
        issue_invitations(db, [(db.get_one(Person, bob.id), "invitation")], by=alice.id, now=NOW)

    assert overlapping(database, promote, issue) is not None


def test_of_many_who_use_a_code_at_once_one_comes_in(app: Flask, database: Database, bob: Person) -> None:
    with database.transaction() as db:
        person = db.get_one(Person, bob.id)
        issued = issue_invitations(db, [(person, "invitation")], by=None, now=clock.now())[0]
    browsers = [app.test_client() for _ in range(6)]
    form = {"password": PASSWORD, "again": PASSWORD}

    def accept(browser: FlaskClient) -> Callable[[], int]:
        sent = {"csrf_token": token_of(browser), **form}
        return lambda: browser.post(f"/join/{issued.code}", data=sent).status_code

    assert sorted(at_once([accept(browser) for browser in browsers])) == [303, 422, 422, 422, 422, 422]
    with database.reading() as db:
        assert db.scalars(select(func.count()).select_from(SignIn)).one() == 1
        used = select(func.count()).select_from(Audit).where(Audit.action == "invitation-used")
        assert db.scalars(used).one() == 1
