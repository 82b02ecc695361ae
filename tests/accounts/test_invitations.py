"""One-time codes: who may make them, what they open, and for how long."""

from __future__ import annotations

import re
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from threading import Barrier

import pytest
from flask import Flask
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from app.accounts import actions
from app.accounts.invitations import (
    LETTERS,
    accept_invitation,
    grouped,
    invited_by,
    issue_invitation,
    issue_invitations,
    mail_reset_code,
    plain,
)
from app.accounts.models import Audit, Invitation, Person, SignIn
from app.accounts.queries import hash_of
from app.accounts.rules import Purpose, life_of, may_invite
from app.db import Database
from app.errors import NotAllowed, UserError
from app.outbox import Outbox
from tests.conftest import NOW, CreatePerson, statements_of

MAIL = "smtp://127.0.0.1:2525"


def still_open(db: Session, code: str, after: timedelta = timedelta()) -> bool:
    return invited_by(db, code, NOW + after) is not None


@pytest.mark.parametrize(
    ("own", "theirs", "may"),
    [
        ({"admin"}, {"admin"}, True),
        ({"trainer"}, set(), True),
        ({"trainer"}, {"trainer"}, False),
        ({"trainer"}, {"admin"}, False),
        ({"author", "HR"}, set(), False),
        (set(), set(), False),
    ],
)
def test_a_trainer_makes_codes_only_for_people_without_roles(own: set[str], theirs: set[str], may: bool) -> None:  # noqa: FBT001 -- a row of the table
    assert may_invite(frozenset(own), frozenset(theirs)) is may


@pytest.mark.parametrize(
    ("purpose", "on_paper", "life"),
    [
        ("invitation", True, timedelta(days=30)),
        ("reset", True, timedelta(days=3)),
        ("reset", False, timedelta(hours=2)),
    ],
)
def test_how_long_a_code_works(purpose: Purpose, on_paper: bool, life: timedelta) -> None:  # noqa: FBT001 -- a row of the table
    assert life_of(purpose, on_paper=on_paper) == life


def test_a_code_is_long_readable_and_stored_as_its_hash(db: Session, bob: Person) -> None:
    codes = [issue_invitation(db, bob, purpose="invitation", by=None, now=NOW) for _ in range(20)]
    assert {len(code) for code in codes} == {16}
    assert set("".join(codes)) <= set(LETTERS)
    assert (len(LETTERS), set(LETTERS) & set("01OIL")) == (31, set())
    stored = set(db.scalars(select(Invitation.code_hash)))
    assert stored == {hash_of(code) for code in codes}
    assert re.fullmatch(r"(\w{4}-){3}\w{4}", grouped(codes[0]))


@pytest.mark.parametrize(
    "typed", ["7KQM2XTR9BNHCF4W", "7kqm-2xtr-9bnh-cf4w", " 7kqm 2xtr 9bnh cf4w\n", "７ｋｑｍ２ＸＴＲ—9bnhcf4w"]
)
def test_a_code_is_read_however_it_was_typed(typed: str) -> None:
    assert plain(typed) == "7KQM2XTR9BNHCF4W"


def test_a_new_code_ends_the_older_ones(db: Session, bob: Person, charlie: Person) -> None:
    other = issue_invitation(db, charlie, purpose="invitation", by=None, now=NOW)
    first, second = (issue_invitation(db, bob, purpose="invitation", by=None, now=NOW) for _ in range(2))
    assert [still_open(db, code) for code in (other, first, second)] == [True, False, True]


def test_a_code_runs_out(db: Session, bob: Person) -> None:
    code = issue_invitation(db, bob, purpose="invitation", by=None, now=NOW)
    almost = timedelta(days=30) - timedelta(seconds=1)
    assert (still_open(db, code, almost), still_open(db, code, timedelta(days=30))) == (True, False)
    with pytest.raises(UserError):
        accept_invitation(db, code, "hash", now=NOW + timedelta(days=30))


@pytest.mark.parametrize("typed", ["", "2222", "nul\0", "王" * 200, "\ud800", "A" * 10_000])
def test_what_is_no_code_opens_nothing(db: Session, bob: Person, typed: str) -> None:
    issue_invitation(db, bob, purpose="invitation", by=None, now=NOW)
    assert invited_by(db, typed, NOW) is None


def test_a_code_is_good_for_one_password(db: Session, bob: Person) -> None:
    person = db.get_one(Person, bob.id)
    code = issue_invitation(db, person, purpose="invitation", by=None, now=NOW)
    actions.start_sign_in(db, person.id, user_agent="elsewhere", now=NOW)
    assert accept_invitation(db, grouped(code).lower(), "hash", now=NOW) is person
    assert person.password_hash == "hash"
    assert db.scalars(select(SignIn.ended_at)).one() == NOW
    with pytest.raises(UserError, match="This code does not work"):
        accept_invitation(db, code, "another", now=NOW)
    assert person.password_hash == "hash"


def test_of_two_who_use_a_code_at_once_one_wins(database: Database, bob: Person) -> None:
    with database.transaction() as db:
        code = issue_invitation(db, db.get_one(Person, bob.id), purpose="invitation", by=None, now=NOW)
    together = Barrier(6)

    def use(number: int) -> bool:
        together.wait()
        try:
            with database.transaction() as db:
                accept_invitation(db, code, f"hash {number}", now=NOW)
        except UserError:
            return False
        return True

    with ThreadPoolExecutor(6) as tries:
        assert sorted(tries.map(use, range(6))) == [False] * 5 + [True]


def test_who_may_make_a_code(db: Session, ada: Person, alice: Person, hana: Person, bob: Person) -> None:
    for by in (ada, alice):
        issue_invitation(db, bob, purpose="invitation", by=by.id, now=NOW)
    issue_invitation(db, hana, purpose="reset", by=ada.id, now=NOW)
    for by, person in ((alice, ada), (alice, hana), (alice, alice), (hana, bob), (bob, bob)):
        with pytest.raises(NotAllowed):
            issue_invitation(db, person, purpose="reset", by=by.id, now=NOW)


def test_a_trainers_code_does_not_open_the_account_of_somebody_who_became_admin(
    db: Session, ada: Person, alice: Person, bob: Person
) -> None:
    by_trainer = issue_invitation(db, bob, purpose="invitation", by=alice.id, now=NOW)
    actions.grant_role(db, bob, "admin", by=ada.id, now=NOW)
    assert not still_open(db, by_trainer)
    by_admin = issue_invitation(db, bob, purpose="invitation", by=ada.id, now=NOW)
    actions.grant_role(db, bob, "author", by=ada.id, now=NOW)
    assert still_open(db, by_admin)


def test_a_closed_account_has_no_codes(db: Session, ada: Person, bob: Person) -> None:
    person = db.get_one(Person, bob.id)
    code = issue_invitation(db, person, purpose="invitation", by=None, now=NOW)
    actions.deactivate_person(db, person, by=ada.id, now=NOW)
    with pytest.raises(UserError, match="deactivated"):
        issue_invitation(db, person, purpose="invitation", by=ada.id, now=NOW)
    actions.reactivate_person(db, person, by=ada.id, now=NOW)
    assert not still_open(db, code)


def test_a_password_ends_the_slips_that_lie_about(db: Session, bob: Person) -> None:
    person = db.get_one(Person, bob.id)
    code = issue_invitation(db, person, purpose="reset", by=None, now=NOW)
    actions.set_password(db, person, "hash", by=person.id, now=NOW)
    assert not still_open(db, code)


def test_codes_are_audited_without_being_told(db: Session, bob: Person, ada: Person) -> None:
    code = issue_invitation(db, db.get_one(Person, bob.id), purpose="reset", by=ada.id, now=NOW)
    accept_invitation(db, code, "hash", now=NOW)
    db.flush()
    rows = db.scalars(select(Audit).order_by(Audit.id.desc()).limit(3)).all()[::-1]
    assert [(row.action, row.by_id, row.object_id) for row in rows] == [
        ("invitation-issued", ada.id, str(bob.id)),
        ("password-set", bob.id, str(bob.id)),
        ("invitation-used", bob.id, str(bob.id)),
    ]
    assert [row.details for row in rows] == [{"purpose": "reset"}, {}, {"purpose": "reset"}]


def test_many_codes_cost_as_many_statements_as_one(
    db: Session, database: Database, ada: Person, create_person: CreatePerson
) -> None:
    db.rollback()
    people = [create_person() for _ in range(12)]
    counts = []
    for some in (people[:2], people):
        with statements_of(database) as statements:
            issue_invitations(db, [(person, "invitation") for person in some], by=ada.id, now=NOW)
            db.flush()
        counts.append(len(statements))
    assert counts[0] == counts[1]


def test_old_codes_are_removed(db: Session, bob: Person) -> None:
    issue_invitation(db, bob, purpose="reset", by=None, now=NOW)
    issue_invitation(db, bob, purpose="reset", by=None, now=NOW)
    for days, left in ((29, 2), (31, 1), (34, 0)):
        actions.clean_up(db, now=NOW + timedelta(days=days))
        assert db.scalars(select(func.count()).select_from(Invitation)).one() == left


@pytest.fixture
def erin(create_person: CreatePerson) -> Person:
    return create_person("Erin", number="E9", email="erin@example.com", password_hash="old")


def mails(db: Session) -> list[dict[str, str]]:
    db.flush()
    return list(db.scalars(select(Outbox.payload).where(Outbox.kind == "mail").order_by(Outbox.id)))


def ask(app: Flask, db: Session, name: str, *, minutes: int = 0) -> bool:
    with app.app_context():
        return mail_reset_code(
            db, name, language="en", public_url="https://t.example", now=NOW + timedelta(minutes=minutes)
        )


def test_a_forgotten_password_is_answered_by_mail(app: Flask, db: Session, erin: Person) -> None:
    app.config["SMTP_URL"] = MAIL
    assert ask(app, db, " e9 ")
    (mail,) = mails(db)
    link = re.search(r"https://t\.example/join/(\w{16})", mail["text"])
    assert link is not None
    assert (mail["to"], mail["subject"]) == ("erin@example.com", "Coursewright：设置新密码")  # Erin reads Chinese
    assert still_open(db, link[1], timedelta(minutes=119))
    assert not still_open(db, link[1], timedelta(minutes=120))


def test_who_used_such_a_code_is_told_so(app: Flask, db: Session, erin: Person) -> None:
    app.config["SMTP_URL"] = MAIL
    person = db.get_one(Person, erin.id)
    code = issue_invitation(db, person, purpose="reset", by=None, now=NOW)
    with app.app_context():
        accept_invitation(db, code, "new", now=NOW)
    (mail,) = mails(db)
    assert (mail["to"], mail["subject"]) == ("erin@example.com", "Coursewright：你的密码已更改")
    assert code not in mail["text"]


@pytest.mark.parametrize("name", ["nobody", "", "P0001", "nul\0", "\ud800".encode("utf-8", "replace").decode()])
def test_nobody_and_those_without_address_get_no_mail(app: Flask, db: Session, bob: Person, name: str) -> None:
    app.config["SMTP_URL"] = MAIL
    assert not ask(app, db, name)
    assert (mails(db), db.scalars(select(Invitation)).all()) == ([], [])


def test_closed_accounts_get_no_mail(app: Flask, db: Session, erin: Person) -> None:
    app.config["SMTP_URL"] = MAIL
    db.get_one(Person, erin.id).active = False
    assert not ask(app, db, "E9")


def test_no_code_is_made_where_no_mail_can_leave(app: Flask, db: Session, erin: Person) -> None:
    assert not ask(app, db, "E9")
    assert db.scalars(select(Invitation)).all() == []


def test_three_mails_an_hour_are_enough(app: Flask, db: Session, erin: Person) -> None:
    app.config["SMTP_URL"] = MAIL
    sent = [ask(app, db, "E9", minutes=minutes) for minutes in (0, 10, 20, 30, 59, 61)]
    assert sent == [True, True, True, False, False, True]


def test_asking_for_a_mail_leaves_the_slip_of_somebody_alone(
    app: Flask, db: Session, erin: Person, ada: Person
) -> None:
    app.config["SMTP_URL"] = MAIL
    on_paper = issue_invitation(db, db.get_one(Person, erin.id), purpose="invitation", by=ada.id, now=NOW)
    assert ask(app, db, "E9")
    assert still_open(db, on_paper)
