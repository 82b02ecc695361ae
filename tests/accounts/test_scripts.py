"""Pages that lost their sign-in: what a script is told, and how it comes back without loading anything anew."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from app.accounts.models import Person
from app.accounts.passwords import hash_password
from app.web.guards import signed_in
from tests.conftest import CreatePerson, token_of

PASSWORD = "a password of twenty-six"
JSON = {"Accept": "application/json"}


@pytest.fixture
def vera(create_person: CreatePerson) -> Person:
    return create_person("Vera", number="V1", password_hash=hash_password(PASSWORD))


@pytest.fixture
def saving(app: Flask) -> Flask:
    """The application with an address that scripts save to."""

    @signed_in
    def save() -> dict[str, str]:
        return {"state": "saved"}

    app.add_url_rule("/saving", "saving", save, methods=["PATCH"])
    return app


def save(client: FlaskClient, token: str) -> TestResponse:
    return client.patch("/saving", json={}, headers={"X-CSRFToken": token})


def sign_in(client: FlaskClient, token: str, **typed: object) -> TestResponse:
    return client.post("/sign-in", json=typed, headers={"X-CSRFToken": token})


def fresh_token(client: FlaskClient) -> str:
    return str(client.get("/sign-in/token").get_json()["csrf_token"])


def test_a_page_that_lost_its_sign_in_comes_back_by_itself(
    saving: Flask, client_of: Callable[[Person], FlaskClient], vera: Person
) -> None:
    client = client_of(vera)
    old = fresh_token(client)
    assert save(client, old).get_json() == {"state": "saved"}
    client.post("/sign-out", data={"csrf_token": old})  # in another tab
    lost = save(client, old)
    assert (lost.status_code, lost.mimetype) == (401, "application/problem+json")
    back = sign_in(client, fresh_token(client), name="V1", password=PASSWORD)
    answer = back.get_json()
    assert (back.status_code, answer["person_id"], answer["display_name"]) == (200, vera.id, "Vera")
    assert save(client, answer["csrf_token"]).get_json() == {"state": "saved"}
    assert save(client, old).status_code == 403  # somebody is in, and the token is of before


@pytest.mark.parametrize("token", ["", "guessed"])
def test_without_a_token_a_script_is_told_first_to_sign_in(saving: Flask, token: str) -> None:
    response = save(saving.test_client(), token)
    assert (response.status_code, response.get_json()["status"]) == (401, 401)


def test_somebody_signed_in_without_a_token_is_refused(
    saving: Flask, client_of: Callable[[Person], FlaskClient], vera: Person
) -> None:
    assert save(client_of(vera), "guessed").status_code == 403


def test_a_page_is_still_led_to_the_door(client: FlaskClient) -> None:
    assert client.get("/courses").status_code == 302
    assert client.post("/profile", data={"csrf_token": token_of(client)}).status_code == 422
    asked = client.get("/courses", headers=JSON)
    assert (asked.status_code, asked.mimetype) == (401, "application/problem+json")


def test_the_token_says_who_is_in(
    client: FlaskClient, client_of: Callable[[Person], FlaskClient], vera: Person
) -> None:
    assert client.get("/sign-in/token").get_json()["person_id"] is None
    answer = client_of(vera).get("/sign-in/token")
    assert (answer.get_json()["person_id"], answer.headers["Cache-Control"]) == (vera.id, "no-store")


@pytest.mark.parametrize(
    "typed",
    [{}, {"name": "V1"}, {"name": "V1", "password": "wrong"}, {"name": "\ud800", "password": "\udfff"}, {"name": 1}],
)
def test_a_refused_script_is_told_in_json(client: FlaskClient, vera: Person, typed: dict[str, object]) -> None:
    response = sign_in(client, token_of(client), **typed)
    assert (response.status_code, response.mimetype) == (422, "application/problem+json")
    assert response.get_json()["detail"] == "工号或密码不对，请再试一次。"


def test_scripts_guess_no_faster_than_people(client: FlaskClient, vera: Person) -> None:
    answers = [sign_in(client, token_of(client), name="V1", password=f"guess {n}") for n in range(12)]
    assert answers[-1].status_code == 429
    assert int(answers[-1].headers["Retry-After"]) >= 1
    assert "秒" in answers[-1].get_json()["detail"]


def test_signing_in_by_script_needs_a_token_too(client: FlaskClient, vera: Person) -> None:
    assert sign_in(client, "guessed", name="V1", password=PASSWORD).status_code == 403
    assert client.get("/").status_code == 302
