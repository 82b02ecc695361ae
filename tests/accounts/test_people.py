"""People, roles and the audit trail, as actions."""

from __future__ import annotations

from typing import Any

import pytest
from sqlalchemy import select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from app.accounts.actions import (
    add_person,
    deactivate_person,
    department_named,
    grant_role,
    revoke_role,
    set_password,
    start_sign_in,
)
from app.accounts.invitations import invited_by, issue_invitation
from app.accounts.models import Audit, Department, Person, Role
from app.accounts.queries import PersonRow, everybody, nobody_yet, person_numbered, roles_of, seen_by
from app.db import Database
from app.errors import NotAllowed, NotFound, UserError
from tests.conftest import NOW, CreatePerson, statements_of


def trail(db: Session) -> list[tuple[str, int | None, str, dict[str, Any]]]:
    db.flush()
    rows = db.scalars(select(Audit).order_by(Audit.id))
    return [(row.action, row.by_id, row.object_id, row.details) for row in rows]


def test_add_person_keeps_one_spelling_of_number_and_address(db: Session) -> None:
    person = add_person(db, " e-20951 ", " 王思齐 ", by=None, now=NOW, email=" Siqi@Example.COM ")
    assert (person.number, person.display_name, person.email) == ("E-20951", "王思齐", "siqi@example.com")
    assert trail(db) == [("person-added", None, str(person.id), {})]


@pytest.mark.parametrize(
    ("number", "name", "email"),
    [
        ("", "Somebody", None),
        ("a b", "Somebody", None),
        ("a@b", "Somebody", None),
        ("x" * 65, "Somebody", None),
        ("X1", " ", None),
        ("X1", "Some\nbody", None),
        ("X1", "x" * 201, None),
        ("X1", "Somebody", "nowhere"),
        ("X1", "Somebody", "a\u2028b@c"),
        ("TAKEN", "Somebody", None),
        ("taken", "Somebody", None),
        ("X1", "Somebody", "Taken@example.com"),
    ],
)
def test_add_person_refuses_what_cannot_be_told_apart(db: Session, number: str, name: str, email: str | None) -> None:
    add_person(db, "TAKEN", "First", by=None, now=NOW, email="taken@example.com")
    with pytest.raises(UserError):
        add_person(db, number, name, by=None, now=NOW, email=email)


def test_two_people_need_no_address(db: Session) -> None:
    assert [add_person(db, number, "Somebody", by=None, now=NOW).email for number in ("A", "B")] == [None, None]


def test_a_role_is_granted_by_an_admin_once_and_audited(db: Session, ada: Person, bob: Person) -> None:
    before = len(trail(db))
    grant_role(db, bob, "trainer", by=ada.id, now=NOW)
    grant_role(db, bob, "trainer", by=ada.id, now=NOW)
    assert roles_of(db, bob.id) == {"trainer"}
    assert trail(db)[before:] == [("role-granted", ada.id, str(bob.id), {"role": "trainer"})]


def test_a_password_from_before_the_first_role_is_taken_away(
    db: Session, ada: Person, create_person: CreatePerson
) -> None:
    db.rollback()
    carl = db.get_one(Person, create_person("Carl", password_hash="known").id)
    door = start_sign_in(db, carl.id, user_agent="", now=NOW)
    slip = issue_invitation(db, carl, purpose="reset", by=ada.id, now=NOW)
    before = len(trail(db))
    grant_role(db, carl, "trainer", by=ada.id, now=NOW)
    assert (carl.password_hash, seen_by(db, door, NOW), invited_by(db, slip, NOW)) == (None, None, None)
    assert [action for action, *_ in trail(db)[before:]] == ["role-granted", "password-removed"]
    set_password(db, carl, "own", by=carl.id, now=NOW)
    grant_role(db, carl, "HR", by=ada.id, now=NOW)
    assert carl.password_hash == "own"


def test_at_the_command_line_a_password_stays(db: Session, create_person: CreatePerson) -> None:
    db.rollback()
    carl = db.get_one(Person, create_person("Carl", password_hash="known").id)
    grant_role(db, carl, "admin", by=None, now=NOW)
    assert carl.password_hash == "known"


def test_nobody_else_grants_a_role(db: Session, alice: Person, hana: Person, bob: Person) -> None:
    for by in (alice, hana, bob):
        with pytest.raises(NotAllowed):
            grant_role(db, bob, "admin", by=by.id, now=NOW)
        with pytest.raises(NotAllowed):
            revoke_role(db, alice, "trainer", by=by.id, now=NOW)
        with pytest.raises(NotAllowed):
            deactivate_person(db, alice, by=by.id, now=NOW)
    assert (roles_of(db, bob.id), roles_of(db, alice.id)) == (frozenset(), frozenset({"author", "trainer"}))


def test_an_unknown_role_is_refused_by_the_database(db: Session, bob: Person) -> None:
    db.add(Role(person_id=bob.id, role="owner", granted_at=NOW))
    with pytest.raises(IntegrityError):
        db.flush()


def test_the_last_admin_stays(db: Session, ada: Person, bob: Person) -> None:
    with pytest.raises(UserError, match="Ada is the only administrator"):
        revoke_role(db, ada, "admin", by=ada.id, now=NOW)
    with pytest.raises(UserError, match="Ada is the only administrator"):
        deactivate_person(db, ada, by=None, now=NOW)
    grant_role(db, bob, "admin", by=ada.id, now=NOW)
    revoke_role(db, ada, "admin", by=bob.id, now=NOW)
    assert (roles_of(db, ada.id), roles_of(db, bob.id)) == (frozenset(), frozenset({"admin"}))


def test_an_inactive_admin_is_no_second_one(db: Session, ada: Person, create_person: CreatePerson) -> None:
    db.rollback()
    other = create_person("Other", roles=("admin",))
    deactivate_person(db, db.get_one(Person, other.id), by=ada.id, now=NOW)
    db.flush()
    with pytest.raises(UserError):
        revoke_role(db, ada, "admin", by=ada.id, now=NOW)


def test_a_password_is_set_by_oneself_or_an_admin(db: Session, ada: Person, bob: Person, alice: Person) -> None:
    set_password(db, bob, "one", by=bob.id, now=NOW)
    set_password(db, bob, "two", by=ada.id, now=NOW)
    with pytest.raises(NotAllowed):
        set_password(db, bob, "three", by=alice.id, now=NOW)
    assert bob.password_hash == "two"


def test_an_audit_row_is_never_changed(db: Session, ada: Person) -> None:
    row = db.scalars(select(Audit).limit(1)).one()
    row.action = "something else"
    with pytest.raises(TypeError):
        db.flush()


def test_an_audit_row_is_never_removed(db: Session, ada: Person) -> None:
    db.delete(db.scalars(select(Audit).limit(1)).one())
    with pytest.raises(TypeError):
        db.flush()


def test_person_numbered_reads_either_case_and_says_who_is_missing(db: Session, bob: Person) -> None:
    assert person_numbered(db, bob.number.lower()).id == bob.id
    with pytest.raises(NotFound, match="Nobody has the number X99"):
        person_numbered(db, "X99")


def test_everybody_is_listed_in_two_statements(db: Session, database: Database) -> None:
    assert nobody_yet(db)
    sales = department_named(db, "销售部")
    assert department_named(db, "销售部") is sales
    for number in ("C", "A", "B"):
        add_person(db, number, f"Person {number}", by=None, now=NOW, department=sales)
    grant_role(db, person_numbered(db, "B"), "trainer", by=None, now=NOW)
    grant_role(db, person_numbered(db, "B"), "author", by=None, now=NOW)
    db.flush()
    with statements_of(database) as statements:
        rows = everybody(db)
    assert rows == (
        PersonRow("A", "Person A", "", "销售部", (), active=True),
        PersonRow("B", "Person B", "", "销售部", ("author", "trainer"), active=True),
        PersonRow("C", "Person C", "", "销售部", (), active=True),
    )
    assert len(statements) == 2
    assert db.scalars(select(Department.name)).all() == ["销售部"]
