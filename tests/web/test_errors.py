"""Error pages: a sentence, a way out, a reference where the log has more."""

from __future__ import annotations

import logging
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskClient
from jinja2.environment import create_cache

from app.errors import UserError
from app.web.assets import Manifest
from app.web.guards import public
from app.words import say
from tests.conftest import token_of

ENGLISH = {"Accept-Language": "en"}


@public
def broken() -> str:
    raise ZeroDivisionError("a secret of the inside")


@public
def refusing() -> str:
    raise UserError(say("Nobody has the number {number}.", number="<b>7</b>"))


@pytest.fixture
def failing(app: Flask) -> FlaskClient:
    app.config["PROPAGATE_EXCEPTIONS"] = False
    app.add_url_rule("/broken", "broken", broken)
    app.add_url_rule("/refusing", "refusing", refusing, methods=["GET", "POST"])
    return app.test_client()


@pytest.mark.parametrize(
    ("method", "path", "status", "says"),
    [
        ("GET", "/nowhere", 404, "There is no such page, or it is not yours to see."),
        ("GET", "/sign-out", 405, "This address cannot be used in that way."),
        ("GET", "/refusing", 422, "Nobody has the number &lt;b&gt;7&lt;/b&gt;."),
        ("POST", "/sign-out", 403, "For your safety nothing was changed."),
    ],
)
def test_a_mistake_gets_a_sentence_and_a_way_out(
    failing: FlaskClient, method: str, path: str, status: int, says: str
) -> None:
    response = failing.open(path, method=method, headers=ENGLISH)
    assert (response.status_code, says in response.text, 'href="/"' in response.text) == (status, True, True)


@pytest.mark.parametrize(
    ("referrer", "back"),
    [
        ("http://localhost/courses?page=2", "/courses?page=2"),
        ("http://localhost/people/search/there-is-none", ""),
        ("http://localhost.evil.example/courses", ""),
        ("http://localhost//evil.example", ""),
        ("", ""),
    ],
)
def test_whoever_sent_a_form_gets_back_to_its_page(failing: FlaskClient, referrer: str, back: str) -> None:
    failing.application.config["WTF_CSRF_ENABLED"] = False
    page = failing.post("/refusing", headers={**ENGLISH, "Referer": referrer}).text
    ways = re.findall(r'<a class="btn btn-[a-z]+" href="([^"]*)"', page.partition("<main")[2])
    assert ways == [back, "/"] if back else ["/"]


def test_a_bug_gets_a_reference_that_is_in_the_log(failing: FlaskClient, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.ERROR):
        response = failing.get("/broken", headers=ENGLISH)
    found = re.search(r"E-[A-Z2-9]{6}", response.text)
    assert found is not None
    assert (response.status_code, "secret" in response.text) == (500, False)
    assert f"{found[0]} GET /broken" in caplog.text
    assert "a secret of the inside" in caplog.text


@pytest.mark.parametrize(("language", "word"), [("en", "Reference"), ("zh-CN", "编号")])
def test_a_page_about_a_bug_says_what_is_safe_and_what_to_do(failing: FlaskClient, language: str, word: str) -> None:
    page = failing.get("/broken", headers={"Accept-Language": language}).text
    assert re.search(rf'{word} <b class="mono">E-[A-Z2-9]{{6}}</b>', page)
    assert ("Try once more" if language == "en" else "请再试一次") in page


def test_a_bug_is_told_in_json_where_that_is_read(failing: FlaskClient, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.ERROR):
        response = failing.get("/broken", headers={"Accept": "application/json", **ENGLISH})
    problem = response.get_json()
    reference = problem.pop("instance")
    assert (response.status_code, response.mimetype) == (500, "application/problem+json")
    assert re.fullmatch(r"E-[A-Z2-9]{6}", reference)
    assert f"{reference} GET /broken" in caplog.text
    assert problem == {
        "type": "about:blank",
        "status": 500,
        "title": "This did not work",
        "detail": "The mistake is ours, and it is written down under its reference. Nothing of this step was kept; "
        "everything saved before it is safe. Try once more. If that does not help, tell the reference to your trainer "
        "or administrator.",
    }


def test_a_database_that_fails_still_gives_a_page(app: Flask, failing: FlaskClient) -> None:
    engine = app.extensions["database"].engine
    if engine.dialect.name == "sqlite":
        with engine.begin() as connection:
            connection.exec_driver_sql("DROP TABLE sign_in")
    with failing.session_transaction() as cookie:
        cookie["_user_id"] = "anything"
    response = failing.get("/", headers=ENGLISH)
    assert response.status_code in ({500} if engine.dialect.name == "sqlite" else {302})


def test_too_much_is_refused(client: FlaskClient) -> None:
    form = {"csrf_token": token_of(client), "name": "x" * 9_000_000, "password": "x"}
    assert client.post("/sign-in", data=form).status_code == 413


@pytest.mark.parametrize("host", ["..", "a" * 64 + ".example"])
def test_a_host_that_cannot_be_is_told_in_plain_words(client: FlaskClient, host: str) -> None:
    response = client.get("/sign-in", headers={"Host": host, **ENGLISH})
    assert (response.status_code, response.mimetype) == (400, "text/plain")
    assert response.text == (
        "Not understood\nThe browser sent something that cannot be read. Go back and try once more.\n"
    )


def test_a_wrong_method_is_told_the_right_ones(client: FlaskClient) -> None:
    response = client.get("/sign-out")
    assert (response.status_code, response.allow.as_set()) == (405, {"post", "options"})


@pytest.fixture
def forgetful(app: Flask) -> Iterator[None]:
    """Templates are loaded anew before and after: what they import keeps the globals that it first saw."""
    app.jinja_env.cache = create_cache(400)
    yield
    app.jinja_env.cache = create_cache(400)


@pytest.mark.usefixtures("forgetful")
def test_pages_without_their_styles_say_how_to_build_them(
    client: FlaskClient, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(client.application.jinja_env.globals, "asset_url", Manifest(tmp_path).file_of)
    response = client.get("/sign-in", headers=ENGLISH)
    assert (response.status_code, response.mimetype) == (503, "text/plain")
    assert response.text == (
        "The pages cannot be drawn yet\nTheir styles and scripts are not built: run «make assets» on the server.\n"
    )
