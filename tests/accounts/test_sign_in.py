"""Coming in and going out, as a browser does it."""

from __future__ import annotations

import json
import re
import zlib
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from io import BytesIO
from statistics import median
from threading import Barrier
from time import process_time

import pytest
from flask import Flask
from flask.testing import FlaskClient
from itsdangerous.encoding import base64_decode
from sqlalchemy import select, update
from werkzeug.test import TestResponse

from app import clock
from app.accounts import actions
from app.accounts.models import Audit, Person, SignIn, Throttle
from app.accounts.passwords import hash_password
from app.accounts.rules import AT_MOST, IDLE, SEEN_EVERY, counters
from app.db import Database
from tests.conftest import NOW, CreatePerson, statements_of, token_of

PASSWORD = "a password of twenty-six"
COOKIE = "__Host-sign-in"


@pytest.fixture
def vera(create_person: CreatePerson) -> Person:
    """Somebody with a password."""
    return create_person("Vera", number="V1", email="Vera@example.com", password_hash=hash_password(PASSWORD))


def sign_in(client: FlaskClient, name: str, password: str, *, path: str = "/sign-in") -> TestResponse:
    return client.post(path, data={"csrf_token": token_of(client), "name": name, "password": password})


def sign_out(client: FlaskClient) -> TestResponse:
    return client.post("/sign-out", data={"csrf_token": token_of(client)})


@pytest.mark.parametrize("name", ["V1", " v1 ", "vera@example.com", "VERA@Example.com"])
def test_sign_in_by_number_or_address_opens_the_start_page(client: FlaskClient, vera: Person, name: str) -> None:
    response = sign_in(client, name, PASSWORD)
    assert (response.status_code, response.location) == (302, "/")
    assert "Vera" in client.get("/").text


def test_sign_in_leads_to_where_somebody_was_going(client: FlaskClient, vera: Person) -> None:
    asked = client.get("/courses?x=1")
    assert asked.location == "/sign-in?next=/courses?x%3D1"
    form = re.search(r'<form action="(/sign-in[^"]*)"', client.get(asked.location).text)
    assert form is not None
    assert sign_in(client, "V1", PASSWORD, path=form[1]).location == "/courses?x=1"


def test_sign_in_does_not_lead_elsewhere(client: FlaskClient, vera: Person) -> None:
    assert sign_in(client, "V1", PASSWORD, path="/sign-in?next=//evil.example").location == "/"


def test_the_browser_gets_a_new_id_and_only_its_hash_is_stored(
    client: FlaskClient, vera: Person, database: Database
) -> None:
    client.get("/sign-in")
    before = client.get_cookie(COOKIE)
    sign_in(client, "V1", PASSWORD)
    after = client.get_cookie(COOKIE)
    with client.session_transaction() as cookie:
        held = cookie["_user_id"]
    with database.reading() as db:
        stored = db.scalars(select(SignIn.id_hash)).one()
    assert before is not None
    assert after is not None
    assert before.value != after.value
    assert (after.secure, after.http_only, after.same_site, after.path) == (True, True, "Lax", "/")
    assert len(held) == 43  # 256 bits
    assert held not in stored


def test_the_cookie_carries_the_random_id_alone(client: FlaskClient, vera: Person) -> None:
    with client.session_transaction() as cookie:
        cookie["planted"] = "before sign-in"
    sign_in(client, "V1", PASSWORD)
    assert set(carried_by(client)) == {"_user_id"}
    client.get("/")  # a page with forms
    assert set(carried_by(client)) == {"_user_id", "csrf_token"}
    sign_out(client)
    assert set(carried_by(client)) == {"csrf_token"}


def test_a_token_from_before_sign_in_is_worth_nothing_after_it(client: FlaskClient, vera: Person) -> None:
    planted = token_of(client)
    sign_in(client, "V1", PASSWORD)
    assert client.post("/sign-out", data={"csrf_token": planted}).status_code == 403
    assert client.get("/").status_code == 200


def carried_by(client: FlaskClient) -> dict[str, object]:
    """What anybody can read in the browser's cookie: it is signed, not encrypted."""
    cookie = client.get_cookie(COOKIE)
    assert cookie is not None
    packed = cookie.value.startswith(".")
    content = base64_decode(cookie.value.split(".")[1 if packed else 0])
    found: dict[str, object] = json.loads(zlib.decompress(content) if packed else content)
    return found


def test_a_wrong_password_is_refused_and_counted(client: FlaskClient, vera: Person, database: Database) -> None:
    response = sign_in(client, "V1", "wrong")
    with database.reading() as db:
        failures = sorted(db.scalars(select(Throttle.failures)))
    assert (response.status_code, failures) == (422, [1.0, 1.0, 1.0])
    assert client.get("/").status_code == 302


def test_failures_at_the_same_moment_are_all_counted(database: Database) -> None:
    counted, together = counters("V1", "10.0.0.1", device=None), Barrier(8)

    def fail() -> None:
        together.wait()
        with database.transaction() as db:
            actions.count_failure(db, counted, now=NOW)

    with ThreadPoolExecutor(8) as tries:
        for done in [tries.submit(fail) for _ in range(8)]:
            done.result()
    with database.reading() as db:
        assert sorted(db.scalars(select(Throttle.failures))) == [8.0, 8.0, 8.0]


def test_an_unknown_name_gets_the_same_answer_as_a_wrong_password(client: FlaskClient, vera: Person) -> None:
    def answer(name: str) -> str:
        text = sign_in(client, name, "wrong").text
        return re.sub(r'name="csrf_token" value="[^"]*"', "", text).replace(name, "")

    assert answer("V1") == answer("V2") == answer("nul\0") == answer("王思齐")


def test_a_person_without_password_cannot_sign_in(client: FlaskClient, bob: Person) -> None:
    assert sign_in(client, bob.number, "").status_code == 422
    assert sign_in(client, bob.number, "None").status_code == 422


@pytest.mark.slow
def test_an_unknown_name_takes_as_long_as_a_wrong_password(
    client: FlaskClient, vera: Person, database: Database
) -> None:
    def seconds(name: str) -> float:
        with database.transaction() as db:
            actions.clean_up(db, now=clock.now() + timedelta(days=2))
        start = process_time()  # of all threads, the one that hashes included, however busy the machine is
        sign_in(client, name, "wrong")
        return process_time() - start

    pairs = [(seconds("V1"), seconds("V2")) for _ in range(9)]
    assert 0.6 < median(known / unknown for known, unknown in pairs) < 1.7


def test_guessing_is_slowed_down(client: FlaskClient, vera: Person) -> None:
    answers = [sign_in(client, "V1", f"guess {n}") for n in range(100)]
    looked_at = [response.status_code for response in answers].count(422)
    assert 5 <= looked_at <= 20
    assert {response.status_code for response in answers} == {422, 429}
    assert int(answers[-1].headers["Retry-After"]) >= 1
    assert sign_in(client, "V1", PASSWORD).status_code == 429  # the right one waits, too


def test_the_right_password_makes_failures_forgotten(client: FlaskClient, vera: Person, database: Database) -> None:
    for _ in range(4):
        sign_in(client, "V1", "wrong")
    sign_in(client, "V1", PASSWORD)
    with database.reading() as db:
        assert sorted(db.scalars(select(Throttle.failures))) == pytest.approx([4.0, 4.0], rel=0.01)


def test_one_account_does_not_slow_down_another(client: FlaskClient, vera: Person) -> None:
    for n in range(8):
        sign_in(client, "V2", f"guess {n}")
    assert sign_in(client, "V1", PASSWORD).location == "/"


def test_strangers_who_guess_do_not_keep_the_owner_out(app: Flask, client: FlaskClient, vera: Person) -> None:
    sign_in(client, "V1", PASSWORD)
    sign_out(client)
    stranger = app.test_client()
    assert sign_in_often(stranger, 20) == {422, 429}
    assert sign_in(stranger, "V1", PASSWORD).status_code == 429
    assert sign_in(client, "vera@example.com", PASSWORD).location == "/"


def test_a_known_device_is_slowed_down_when_it_guesses(client: FlaskClient, vera: Person) -> None:
    sign_in(client, "V1", PASSWORD)
    sign_out(client)
    assert sign_in_often(client, 20) == {422, 429}


def test_a_device_is_known_for_its_own_account_only(
    client: FlaskClient, vera: Person, create_person: CreatePerson
) -> None:
    create_person("Otto", number="O1", password_hash=hash_password("another"))
    sign_in(client, "O1", "another")
    sign_out(client)
    sign_in_often(client, 20)
    assert sign_in(client, "V1", PASSWORD).status_code == 429


def sign_in_often(client: FlaskClient, times: int) -> set[int]:
    return {sign_in(client, "V1", f"guess {n}").status_code for n in range(times)}


def test_a_cookie_from_before_sign_out_is_refused(app: Flask, client: FlaskClient, vera: Person) -> None:
    sign_in(client, "V1", PASSWORD)
    held = client.get_cookie(COOKIE)
    assert held is not None
    assert sign_out(client).location == "/sign-in"
    thief = app.test_client()
    thief.set_cookie(COOKIE, held.value)
    assert thief.get("/").status_code == 302


def test_signing_in_again_closes_the_former_door(client: FlaskClient, vera: Person, database: Database) -> None:
    sign_in(client, "V1", PASSWORD)
    sign_in(client, "V1", PASSWORD)
    with database.reading() as db:
        assert [ended is None for ended in db.scalars(select(SignIn.ended_at).order_by(SignIn.created_at))] == [
            False,
            True,
        ]


def test_deactivation_closes_every_door(client: FlaskClient, vera: Person, database: Database) -> None:
    sign_in(client, "V1", PASSWORD)
    with database.transaction() as db:
        actions.deactivate_person(db, db.get_one(Person, vera.id), by=None, now=clock.now())
    assert client.get("/").status_code == 302
    assert sign_in(client, "V1", PASSWORD).status_code == 422


def test_a_new_password_closes_every_door(client: FlaskClient, vera: Person, database: Database) -> None:
    sign_in(client, "V1", PASSWORD)
    with database.transaction() as db:
        actions.set_password(db, db.get_one(Person, vera.id), hash_password("another"), by=vera.id, now=clock.now())
    assert client.get("/").status_code == 302
    assert sign_in(client, "V1", "another").location == "/"


@pytest.mark.parametrize(
    ("ages", "status"),  # of its making and of its last use
    [
        ((AT_MOST - timedelta(minutes=1), timedelta(0)), 200),
        ((AT_MOST, timedelta(0)), 302),
        ((IDLE, IDLE - timedelta(minutes=1)), 200),
        ((IDLE, IDLE), 302),
    ],
)
def test_a_door_closes_by_itself(
    client: FlaskClient, vera: Person, database: Database, ages: tuple[timedelta, timedelta], status: int
) -> None:
    sign_in(client, "V1", PASSWORD)
    created, seen = (clock.now() - age for age in ages)
    with database.transaction() as db:
        db.execute(update(SignIn).values(created_at=created, last_seen_at=seen))
    assert client.get("/").status_code == status


def test_a_used_door_is_noted_once_a_quarter_of_an_hour(client: FlaskClient, vera: Person, database: Database) -> None:
    sign_in(client, "V1", PASSWORD)
    long_ago = clock.now() - SEEN_EVERY - timedelta(seconds=1)
    with database.transaction() as db:
        db.execute(update(SignIn).values(last_seen_at=long_ago))
    client.get("/")
    with database.reading() as db:
        noted = db.scalars(select(SignIn.last_seen_at)).one()
    client.get("/")
    with database.reading() as db:
        assert long_ago < noted == db.scalars(select(SignIn.last_seen_at)).one()


def test_who_is_signed_in_costs_one_statement(
    alice: Person, client_of: Callable[[Person], FlaskClient], database: Database
) -> None:
    client = client_of(alice)
    with statements_of(database) as statements:
        assert client.get("/sign-in/token").get_json()["person_id"] == alice.id
    assert len(statements) == 1


def test_sign_in_is_audited(client: FlaskClient, vera: Person, database: Database) -> None:
    sign_in(client, "V1", PASSWORD)
    with database.reading() as db:
        last = db.scalars(select(Audit).order_by(Audit.id.desc())).first()
    assert last is not None
    assert (last.action, last.by_id, last.object_type, last.object_id) == ("signed-in", vera.id, "person", str(vera.id))


def test_old_doors_and_failures_are_removed(client: FlaskClient, vera: Person, database: Database) -> None:
    sign_in(client, "V1", "wrong")
    sign_in(client, "V1", PASSWORD)
    sign_out(client)
    for days, left in ((1, (1, 2)), (29, (1, 0)), (31, (0, 0))):
        with database.transaction() as db:
            actions.clean_up(db, now=clock.now() + timedelta(days=days, minutes=-1))
        with database.reading() as db:
            assert (len(db.scalars(select(SignIn)).all()), len(db.scalars(select(Throttle)).all())) == left


def test_the_first_page_of_each_role_says_what_to_do(
    client_of: Callable[[Person], FlaskClient], alice: Person, bob: Person, hana: Person, ada: Person
) -> None:
    pages = {person.display_name: client_of(person).get("/").text for person in (alice, bob, hana, ada)}
    assert "流程表" in pages["Alice"]
    assert "flask content check" in pages["Alice"]
    assert "学员手册" in pages["Bob"]
    assert "先看“完成情况”" in pages["Hana"]
    assert "打印登录条" in pages["Ada"]


@pytest.mark.parametrize("typed", [{"name": 5, "password": {}}, ["name"], 5, {"name": "\ud800", "password": "x"}])
def test_a_form_takes_no_json(client: FlaskClient, typed: object) -> None:
    response = client.post("/sign-in", json=typed, headers={"X-CSRFToken": token_of(client)})
    assert response.status_code == 422


@pytest.mark.parametrize("field", ["name", "password"])
def test_a_form_takes_no_file_for_text(client: FlaskClient, field: str) -> None:
    form = {"csrf_token": token_of(client), "name": "V1", "password": "x", field: (BytesIO(b"V1"), "V1.txt")}
    assert client.post("/sign-in", data=form).status_code == 422


@pytest.mark.parametrize("password", [PASSWORD, "wrong"])
def test_signing_in_once_more_after_a_while_does_not_wait_for_itself(
    client: FlaskClient, vera: Person, database: Database, password: str
) -> None:
    sign_in(client, "V1", PASSWORD)
    with database.transaction() as db:
        db.execute(update(SignIn).values(last_seen_at=clock.now() - SEEN_EVERY - timedelta(minutes=1)))
    assert sign_in(client, "V1", password).status_code == (302 if password == PASSWORD else 422)
