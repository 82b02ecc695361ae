"""The language of a page, and moments in words."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime

import pytest
from flask.testing import FlaskClient

from app.accounts.models import Person
from app.db import Database
from app.web.language import current_language, day_in_words, moment_in_words
from tests.conftest import token_of


def language_of(client: FlaskClient, *, accept: str = "") -> str:
    text = client.get("/sign-in" if accept != "home" else "/", headers={"Accept-Language": accept}).text
    return text.split('<html lang="')[1].split('"')[0]


@pytest.mark.parametrize(
    ("accept", "language"),
    [
        ("", "zh-CN"),
        ("en-GB,en;q=0.9", "en"),
        ("zh-TW,en;q=0.9", "zh-CN"),
        ("de,en;q=0.5,zh;q=0.4", "en"),
        ("fr", "zh-CN"),
        ("*", "zh-CN"),
    ],
)
def test_an_unknown_browser_is_asked_what_it_reads(client: FlaskClient, accept: str, language: str) -> None:
    assert language_of(client, accept=accept) == language


def choose(client: FlaskClient, language: str, **more: str) -> str | None:
    return client.post("/language", data={"csrf_token": token_of(client), "language": language, **more}).location


def test_a_choice_is_remembered_and_keeps_the_place(client: FlaskClient) -> None:
    assert choose(client, "en", next="/sign-in?next=/courses") == "/sign-in?next=/courses"
    assert language_of(client, accept="zh-CN") == "en"
    cookie = client.get_cookie("language")
    assert cookie is not None
    assert (cookie.secure, cookie.http_only) == (True, True)


def test_a_choice_does_not_lead_elsewhere(client: FlaskClient) -> None:
    assert choose(client, "en", next="https://evil.example") == "/"


def test_an_unknown_language_is_refused(client: FlaskClient) -> None:
    response = client.post("/language", data={"csrf_token": token_of(client), "language": "tlh"})
    assert (response.status_code, client.get_cookie("language")) == (422, None)


def test_a_person_takes_their_language_along(
    client_of: Callable[[Person], FlaskClient], bob: Person, database: Database
) -> None:
    first, second = client_of(bob), client_of(bob)
    assert "Bob，你好" in second.get("/", headers={"Accept-Language": "en"}).text
    choose(first, "en")
    assert "Good to see you, Bob" in second.get("/", headers={"Accept-Language": "zh-CN"}).text


def test_outside_of_a_request_words_are_chinese() -> None:
    assert current_language() == "zh-CN"


def test_moments_are_told_as_the_calendar_at_home_has_them() -> None:
    late = datetime(2026, 11, 22, 17, 5, tzinfo=UTC)
    assert (day_in_words(late, "zh-CN"), day_in_words(late, "en")) == ("2026年11月23日", "23 November 2026")
    assert (moment_in_words(late, "zh-CN"), moment_in_words(late, "en")) == (
        "2026年11月23日 01:05",
        "23 November 2026 01:05",
    )
