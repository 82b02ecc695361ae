"""Coming in with a code, and asking for one, as a browser does it."""

from __future__ import annotations

import logging
import re
from collections.abc import Callable
from datetime import timedelta

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select, update
from werkzeug.test import TestResponse

from app import clock
from app.accounts.invitations import grouped, issue_invitation
from app.accounts.models import Invitation, Person, SignIn, Throttle
from app.accounts.passwords import commonest, password_fits, password_refusal
from app.accounts.rules import Purpose
from app.cli.operations import tasks_of
from app.db import Database
from app.outbox import NotSent, Outbox
from tests.conftest import CreatePerson, statements_of, token_of

GOOD = "a short sentence is good"
USELESS = "这个登录码不能用"
MAIL = "smtp://127.0.0.1:2525"


@pytest.fixture
def code(database: Database, bob: Person) -> str:
    return code_for(database, bob)


def code_for(database: Database, person: Person, purpose: Purpose = "invitation") -> str:
    with database.transaction() as db:
        return issue_invitation(db, db.get_one(Person, person.id), purpose=purpose, by=None, now=clock.now())


def post(client: FlaskClient, path: str, **form: str) -> TestResponse:
    return client.post(path, data={"csrf_token": token_of(client), **form})


def test_a_code_leads_in_and_is_used_up(app: Flask, client: FlaskClient, bob: Person, code: str) -> None:
    found = post(client, "/join", code=grouped(code).lower())
    assert (found.status_code, found.location) == (303, f"/join/{code}")
    page = client.get(found.location).text
    assert ("Bob" in page, bob.number in page, 'autocomplete="new-password"' in page) == (True, True, True)
    done = post(client, f"/join/{code}", password=GOOD)
    assert (done.status_code, done.location) == (303, "/")
    assert "Bob" in client.get("/").text
    later = app.test_client()
    assert post(later, f"/join/{code}", password="another sentence").status_code == 422
    assert post(later, "/sign-in", name=bob.number, password=GOOD).location == "/"


def test_who_comes_in_by_a_code_is_no_longer_who_was_there_before(
    client_of: Callable[[Person], FlaskClient], alice: Person, code: str, database: Database
) -> None:
    client = client_of(alice)
    post(client, f"/join/{code}", password=GOOD)
    assert "Bob" in client.get("/").text
    with database.reading() as db:
        former = select(SignIn.ended_at).where(SignIn.person_id == alice.id)
        assert db.scalars(former).one() is not None


def test_unknown_used_and_expired_codes_get_the_same_answer(
    client: FlaskClient, database: Database, bob: Person, charlie: Person, ada: Person
) -> None:
    used, expired, closed = (code_for(database, person) for person in (bob, charlie, ada))
    with database.transaction() as db:
        db.execute(update(Invitation).where(Invitation.person_id == bob.id).values(ended_at=clock.now()))
        db.execute(update(Invitation).where(Invitation.person_id == charlie.id).values(expires_at=clock.now()))
        db.get_one(Person, ada.id).active = False

    def answer(code: str) -> tuple[int, int, int, str]:
        seen, typed, tried = (
            client.get(f"/join/{code}"),
            post(client, "/join", code=code),
            post(client, f"/join/{code}"),
        )
        texts = {
            re.sub(r'value="[^"]*"', "", each.text.replace(f"/join/{code}", "/join")) for each in (seen, typed, tried)
        }
        assert len(texts) == 1
        return seen.status_code, typed.status_code, tried.status_code, texts.pop()

    answers = {answer(code) for code in (used, expired, closed, "2222333344445555", "x")}
    assert [(each[:3], USELESS in each[3]) for each in answers] == [((404, 422, 422), True)]


@pytest.mark.parametrize("typed", ["", "nul\0", "x" * 5_000, "王", "<b>"])
def test_what_is_no_code_is_told_so(client: FlaskClient, typed: str) -> None:
    response = post(client, "/join", code=typed)
    assert (response.status_code, USELESS in response.text, "<b>" in response.text) == (422, True, False)


def test_guessing_codes_is_slowed_down_like_guessing_passwords(
    client: FlaskClient, code: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    moment = clock.now()
    monkeypatch.setattr(clock, "now", lambda: moment)  # on a busy machine a wait of a second is over too soon
    answers = [post(client, "/join", code=f"guess {n}") for n in range(60)]
    assert {each.status_code for each in answers} == {422, 429}
    assert int(answers[-1].headers["Retry-After"]) >= 1
    assert post(client, "/join", code=code).status_code == 429
    assert post(client, "/sign-in", name="V1", password="x").status_code == 429  # one counter of this address


def test_what_is_tried_with_a_wrong_code_is_counted(client: FlaskClient, database: Database) -> None:
    post(client, "/join/2222333344445555", password=GOOD)
    client.get("/join/2222333344445555")
    with database.reading() as db:
        assert db.scalars(select(Throttle.failures)).all() == [1.0, 1.0]  # the address, and everywhere


@pytest.mark.parametrize(
    ("password", "says"),
    [
        ("", "请填新密码"),
        ("seven77", "至少要 8 个字符"),
        ("x" * 1025, "最多 1024 个字符"),
        ("PassWord1", "最常见的密码"),
        ("Coursewright", "容易猜"),
        ("p0001-bob", "容易猜"),
        ("aaaaaaaaaaaa", "容易猜"),
    ],
)
def test_a_password_that_is_guessed_first_is_refused(
    client: FlaskClient, database: Database, create_person: CreatePerson, password: str, says: str
) -> None:
    code = code_for(database, create_person("Bob", number="P0001-BOB"))
    response = post(client, f"/join/{code}", password=password)
    assert (response.status_code, says in response.text) == (422, True)
    assert post(client, f"/join/{code}", password=GOOD).status_code == 303  # the code is still good


def test_the_commonest_passwords_are_those_that_could_be_chosen() -> None:
    assert (len(commonest()), min(map(len, commonest()))) == (3_000, 8)
    assert {"password", "12345678", "iloveyou", "1qaz2wsx"} <= commonest()
    assert password_refusal("korrekte pferde", about=("E1", "王思齐", "")) is None


def test_a_long_password_with_any_characters_is_kept(client: FlaskClient, database: Database, code: str) -> None:
    password = " 床前明月光\t疑是地上霜 " + "x" * 900
    assert post(client, f"/join/{code}", password=password).status_code == 303
    with database.reading() as db:
        assert password_fits(
            password, db.scalars(select(Person.password_hash).where(Person.display_name == "Bob")).one()
        )


def test_a_code_is_in_no_log(
    app: Flask, client: FlaskClient, code: str, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    app.config["PROPAGATE_EXCEPTIONS"] = False
    monkeypatch.setattr("app.accounts.door_views.try_code", lambda *_, **__: 1 / 0)
    with caplog.at_level(logging.DEBUG):
        assert client.get(f"/join/{code}").status_code == 500
    assert "GET /join/…" in caplog.text
    assert code not in caplog.text


def test_the_code_of_an_address_is_sent_to_nobody_else(client: FlaskClient, code: str) -> None:
    response = client.get(f"/join/{code}")
    assert (response.headers["Referrer-Policy"], response.headers["Cache-Control"]) == ("same-origin", "no-store")
    assert not re.search(r'(?:src|href|action)="(?:https?:)?//', response.text)


def test_looking_at_a_code_takes_two_statements(client: FlaskClient, code: str, database: Database) -> None:
    with statements_of(database) as statements:
        client.get(f"/join/{code}")
    assert len(statements) <= 3


@pytest.mark.parametrize("name", ["P0001", "erin@example.com", "nobody", "nul\0", "王"])
def test_whoever_asks_for_a_mail_gets_the_same_answer(
    app: Flask, client: FlaskClient, database: Database, create_person: CreatePerson, name: str
) -> None:
    app.config["SMTP_URL"] = MAIL
    create_person("Bob", number="P0001")
    create_person("Erin", number="E1", email="erin@example.com")
    with statements_of(database) as statements:
        response = post(client, "/forgot", name=name)
    assert (response.status_code, response.location) == (303, "/forgot?asked=yes")
    assert not [statement for statement in statements if "person" in statement]  # nobody is looked for at the door
    assert "邮件已经在路上了" in client.get(response.location).text


def test_the_worker_finds_who_forgot_and_queues_one_mail(
    app: Flask,
    client: FlaskClient,
    database: Database,
    create_person: CreatePerson,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def not_yet(*_: object, payload: object) -> None:
        raise NotSent("later")

    app.config["SMTP_URL"] = MAIL
    create_person("Erin", number="E1", email="erin@example.com")
    for name in ("e1", "nobody"):
        post(client, "/forgot", name=name)

    app.config["PUBLIC_URL"] = "https://t.example"
    monkeypatch.setattr("app.cli.operations.carry_mail", not_yet)
    (errands,) = (task for task in tasks_of(app, ending=lambda: False) if task.name == "errands")
    errands.work()  # as the worker's thread does: in no context of the application
    with database.reading() as db:
        kept = [
            (kind, payload) for kind, payload in db.execute(select(Outbox.kind, Outbox.payload).order_by(Outbox.id))
        ]
    assert [(kind, payload.get("to")) for kind, payload in kept] == [
        ("reset", None),
        ("reset", None),
        ("mail", "erin@example.com"),
    ]
    link = re.search(r"https://t\.example(/join/\w+)", kept[2][1]["text"])
    assert link is not None
    assert "Erin" in client.get(link[1]).text


def test_asking_for_mails_is_slowed_down_and_signing_in_is_not(app: Flask, client: FlaskClient) -> None:
    app.config["SMTP_URL"] = MAIL
    answers = [post(client, "/forgot", name=f"E{n}").status_code for n in range(40)]
    assert set(answers) == {303, 429}
    assert post(client, "/sign-in", name="V1", password="x").status_code == 422


def test_without_mail_the_page_says_who_can_help(client: FlaskClient, database: Database) -> None:
    assert "这台服务器不发邮件" in client.get("/forgot").text
    post(client, "/forgot", name="E1")
    with database.reading() as db:
        assert db.scalars(select(Outbox)).all() == []


@pytest.mark.parametrize("name", ["", " ", "x" * 255])
def test_a_name_that_cannot_be_is_told_so(app: Flask, client: FlaskClient, name: str) -> None:
    app.config["SMTP_URL"] = MAIL
    assert post(client, "/forgot", name=name).status_code == 422


def test_a_code_for_a_while_ago_is_over(client: FlaskClient, database: Database, bob: Person, code: str) -> None:
    with database.transaction() as db:
        db.execute(update(Invitation).values(expires_at=clock.now() - timedelta(seconds=1)))
    assert client.get(f"/join/{code}").status_code == 404
