"""One's own account: name, language, password, and where one is signed in."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import timedelta

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select
from sqlalchemy.orm import Session
from werkzeug.test import TestResponse

from app import clock
from app.accounts import actions
from app.accounts.devices import device_of
from app.accounts.invitations import issue_invitation
from app.accounts.models import Audit, Department, Organisation, Person, SignIn
from app.accounts.passwords import hash_password, password_fits
from app.accounts.queries import hash_of, seen_by
from app.db import Database
from app.words import in_words
from tests.conftest import NOW, CreatePerson, statements_of, token_of

PASSWORD, NEW = "a password of twenty-six", "another short sentence"
ANDROID = "Mozilla/5.0 (Linux; Android 14; Pixel 8) AppleWebKit/537.36 Chrome/131.0.0.0 Mobile Safari/537.36"
ClientOf = Callable[[Person], FlaskClient]


@pytest.fixture
def vera(create_person: CreatePerson) -> Person:
    return create_person("Vera", number="V1", email="vera@example.com", password_hash=hash_password(PASSWORD))


def post(client: FlaskClient, path: str, **form: str) -> TestResponse:
    return client.post(path, data={"csrf_token": token_of(client), **form})


def change_password(client: FlaskClient, current: str, new: str) -> TestResponse:
    return post(client, "/profile/password", current=current, password=new)


def is_in(client: FlaskClient) -> bool:
    return client.get("/").status_code == 200


def elsewhere(app: Flask, database: Database, person: Person, agent: str = ANDROID) -> FlaskClient:
    """Another browser of a person."""
    with database.transaction() as db:
        held = actions.start_sign_in(db, person.id, user_agent=agent, now=clock.now())
    client = app.test_client()
    with client.session_transaction() as cookie:
        cookie["_user_id"] = held
    return client


def test_the_page_shows_what_is_known(client_of: ClientOf, vera: Person, database: Database) -> None:
    with database.transaction() as db:
        person = db.get_one(Person, vera.id)
        person.department = Department(name="华东销售部")
    page = client_of(vera).get("/profile").text
    assert [word in page for word in ("V1", "vera@example.com", "华东销售部", 'value="Vera"')] == [True] * 4


def test_name_and_language_are_changed_and_audited_without_their_text(
    client_of: ClientOf, vera: Person, database: Database
) -> None:
    client = client_of(vera)
    done = post(client, "/profile", display_name="  维拉 ", language="en", active="0", number="X", roles="admin")
    assert (done.status_code, done.location) == (303, "/profile?done=profile")
    page = client.get(done.location).text
    assert ('lang="en"' in page, "Saved." in page, "维拉" in page) == (True, True, True)
    with database.reading() as db:
        person, last = db.get_one(Person, vera.id), db.scalars(select(Audit).order_by(Audit.id.desc())).first()
    assert (person.number, person.active, person.display_name) == ("V1", True, "维拉")
    assert last is not None
    assert (last.action, last.by_id, last.details) == ("person-changed", vera.id, {"fields": "display_name, language"})


def test_mail_about_courses_can_be_switched_off_and_stays_as_it_is_where_a_form_says_nothing(
    client_of: ClientOf, vera: Person, database: Database
) -> None:
    client, wished = client_of(vera), []
    for sent in ({"course_mail": "no"}, {}, {"course_mail": "yes"}):
        assert post(client, "/profile", display_name="Vera", language="", **sent).status_code == 303
        with database.reading() as db:
            wished.append(db.get_one(Person, vera.id).course_mail)
    assert wished == [False, False, True]
    assert 'id="course-mail-yes" value="yes" checked' in client.get("/profile").text


def test_a_language_may_be_left_to_the_browser(client_of: ClientOf, vera: Person) -> None:
    client = client_of(vera)
    post(client, "/profile", display_name="Vera", language="")
    assert 'lang="en"' in client.get("/profile", headers={"Accept-Language": "en"}).text


@pytest.mark.parametrize("name", ["", "  ", "x" * 201, "Ve\nra", "nul\0", "a\u202eb"])
def test_a_name_that_cannot_be_printed_is_refused_and_stays_in_the_field(
    client_of: ClientOf, vera: Person, database: Database, name: str
) -> None:
    response = post(client_of(vera), "/profile", display_name=name, language="en")
    assert (response.status_code, 'id="display_name-error"' in response.text) == (422, True)
    with database.reading() as db:
        person = db.get_one(Person, vera.id)
        assert (person.display_name, person.language) == ("Vera", "zh-CN")


def test_an_unknown_language_is_refused(client_of: ClientOf, vera: Person) -> None:
    assert post(client_of(vera), "/profile", display_name="Vera", language="tlh").status_code == 422


def test_a_new_password_keeps_this_door_under_a_new_id_and_closes_the_others(
    app: Flask, client_of: ClientOf, vera: Person, database: Database
) -> None:
    here, there = client_of(vera), elsewhere(app, database, vera)
    with database.transaction() as db:
        slip = issue_invitation(db, db.get_one(Person, vera.id), purpose="reset", by=None, now=clock.now())
    with here.session_transaction() as cookie:
        before = cookie["_user_id"]
    assert change_password(here, PASSWORD, NEW).location == "/profile?done=password"
    assert (is_in(here), is_in(there)) == (True, False)
    with here.session_transaction() as cookie:
        assert cookie["_user_id"] != before
    with database.reading() as db:
        person = db.get_one(Person, vera.id)
        assert (password_fits(NEW, person.password_hash), seen_by(db, before, clock.now())) == (True, None)
    assert here.get(f"/join/{slip}").status_code == 404


@pytest.mark.parametrize(
    ("current", "new", "field"),
    [
        ("wrong", NEW, "current"),
        ("", NEW, "current"),
        (PASSWORD, "short", "password"),
        (PASSWORD, "iloveyou", "password"),
        (PASSWORD, "vera@example.com", "password"),
        (PASSWORD, "", "password"),
    ],
)
def test_a_password_is_changed_by_whoever_knows_it_to_a_good_one(
    client_of: ClientOf, vera: Person, current: str, new: str, field: str
) -> None:
    client = client_of(vera)
    response = change_password(client, current, new)
    errors = re.findall(r'id="([a-z]+)-error"', response.text)
    assert (response.status_code, errors) == (422, [field])
    assert is_in(client)
    assert change_password(client, PASSWORD, NEW).status_code == 303


def test_guessing_the_present_password_is_slowed_down_and_strangers_do_not_matter(
    app: Flask, client_of: ClientOf, vera: Person
) -> None:
    client, stranger = client_of(vera), app.test_client()
    for n in range(9):
        post(stranger, "/sign-in", name="V1", password=f"guess {n}")
    assert change_password(client, PASSWORD, NEW).status_code == 303
    answers = [change_password(client, f"guess {n}", PASSWORD).status_code for n in range(12)]
    assert 5 <= answers.count(422) <= 8  # failures fade while this runs
    assert answers[-1] == 429
    assert change_password(client, NEW, PASSWORD).status_code == 429  # the right one waits, too


def test_doors_are_listed_in_words_with_this_one_marked(
    app: Flask, client_of: ClientOf, vera: Person, database: Database
) -> None:
    client = client_of(vera)
    elsewhere(app, database, vera)
    page = client.get("/profile").text
    assert [page.count(word) for word in ("Chrome · Android", "这一台", "退出这一台")] == [1, 2, 1]


def test_closed_and_forgotten_doors_are_not_listed(
    app: Flask, client_of: ClientOf, vera: Person, database: Database
) -> None:
    with database.transaction() as db:
        for age in (timedelta(hours=12), timedelta(days=31)):
            actions.start_sign_in(db, vera.id, user_agent=ANDROID, now=clock.now() - age)
    assert "Android" not in client_of(vera).get("/profile").text


def key_of(page: str) -> list[str]:
    return re.findall(r"/profile/sign-ins/([0-9a-f]+)/end", page)


def test_one_door_is_ended(app: Flask, client_of: ClientOf, vera: Person, database: Database) -> None:
    client, there = client_of(vera), elsewhere(app, database, vera)
    here_key, there_key = key_of(client.get("/profile").text)
    assert post(client, f"/profile/sign-ins/{there_key}/end").location == "/profile?done=ended"
    assert (is_in(client), is_in(there)) == (True, False)
    assert post(client, f"/profile/sign-ins/{there_key}/end").status_code == 404
    post(client, f"/profile/sign-ins/{here_key}/end")
    assert not is_in(client)


def test_all_other_doors_are_ended(
    app: Flask, client_of: ClientOf, vera: Person, alice: Person, database: Database
) -> None:
    client, others, foreign = client_of(vera), [elsewhere(app, database, vera) for _ in range(2)], client_of(alice)
    assert post(client, "/profile/sign-ins/end-others").location == "/profile?done=others"
    assert ([is_in(other) for other in others], is_in(client), is_in(foreign)) == ([False, False], True, True)


def test_nobody_ends_the_door_of_another(client_of: ClientOf, vera: Person, alice: Person, database: Database) -> None:
    client, victim = client_of(alice), client_of(vera)
    (key,) = key_of(victim.get("/profile").text)
    missing = post(client, "/profile/sign-ins/0123456789abcdef/end")
    foreign = post(client, f"/profile/sign-ins/{key}/end")
    assert (foreign.status_code, missing.status_code) == (404, 404)
    bare, bare_missing = (re.sub(r'name="csrf_token" value="[^"]*"', "", each.text) for each in (foreign, missing))
    assert bare.replace(key, "") == bare_missing.replace("0123456789abcdef", "")
    assert is_in(victim)


def test_the_page_tells_no_hash_that_a_cookie_could_be_made_of(
    client_of: ClientOf, vera: Person, database: Database
) -> None:
    page = client_of(vera).get("/profile").text
    with database.reading() as db:
        assert db.scalars(select(SignIn.id_hash)).one() not in page


def test_many_doors_cost_as_many_statements_as_one(
    app: Flask, client_of: ClientOf, vera: Person, database: Database
) -> None:
    client, counts = client_of(vera), []
    for more in (0, 5):
        for _ in range(more):
            elsewhere(app, database, vera)
        with statements_of(database) as statements:
            assert client.get("/profile").status_code == 200
        counts.append(len(statements))
    assert counts[0] == counts[1]


@pytest.mark.parametrize(
    ("agent", "words"),
    [
        (ANDROID, "Chrome · Android"),
        (
            "Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) AppleWebKit/605 Version/18.0 Mobile Safari/604.1",
            "Safari · iPhone",
        ),
        ("Mozilla/5.0 (Windows NT 10.0) AppleWebKit/537.36 Chrome/131.0 Safari/537.36 Edg/131.0", "Edge · Windows"),
        ("Mozilla/5.0 (Macintosh; Intel Mac OS X 10.15; rv:132.0) Gecko/20100101 Firefox/132.0", "Firefox · macOS"),
        ("Mozilla/5.0 (Linux; Android 12) Chrome/107 Mobile Safari/537.36 MicroMessenger/8.0.47", "WeChat · Android"),
        ("curl/8.0", "A device that does not say what it is"),
        ("", "A device that does not say what it is"),
        ("something on Linux", "Some browser · Linux"),
    ],
)
def test_a_device_is_told_in_words(agent: str, words: str) -> None:
    assert in_words(device_of(agent), "en") == words


def test_moments_are_shown_where_the_organisation_is(client_of: ClientOf, vera: Person, database: Database) -> None:
    client = client_of(vera)
    with database.transaction() as db:
        db.add(Organisation(id=1, zone="Asia/Kolkata"))
        door = db.scalars(select(SignIn)).one()
        door.created_at = door.created_at.replace(hour=11, minute=7)
    assert " 16:37<" in client.get("/profile").text


def test_who_is_signed_in_has_the_zone_of_the_organisation(db: Session, bob: Person) -> None:
    held = actions.start_sign_in(db, bob.id, user_agent="", now=NOW)
    seen = seen_by(db, held, NOW)
    assert seen is not None
    assert (seen.viewer.zone, len(hash_of(held))) == ("Asia/Shanghai", 64)
    db.add(Organisation(id=1, zone="Europe/Berlin"))
    seen = seen_by(db, held, NOW)
    assert seen is not None
    assert seen.viewer.zone == "Europe/Berlin"
