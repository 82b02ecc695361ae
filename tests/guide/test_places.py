"""The «?»: every page has one, and it leads to a section that there is, in the guide of whoever looks."""

from __future__ import annotations

import re

import pytest
from flask import Flask
from flask.testing import FlaskClient

from app.guide.pages import guide_for
from app.guide.places import SECTIONS, place_for, places_in
from app.web.viewing import RoleName, Viewer
from app.words import LANGUAGES, Language

NO_PAGES = {
    "teamwork.news",
    "asset",
    "admin.logo",
    "catalogue.media",
    "certificates.picture",
    "health.healthz",
    "health.readyz",
    "paperwork.paper_code",
    "accounts.sign_in_token",
}
FILES = (".csv", ".xlsx", ".pdf", ".zip")
HELP = re.compile(r'<a class="help" href="([^"]*)"')


def pages_of(app: Flask) -> set[str]:
    """Endpoints of what people look at: neither a download nor for programs."""
    return {
        rule.endpoint
        for rule in app.url_map.iter_rules()
        if "GET" in (rule.methods or ()) and not rule.rule.endswith(FILES) and rule.endpoint not in NO_PAGES
    }


def someone(*roles: RoleName) -> Viewer:
    return Viewer(1, "Somebody", frozenset(roles), None)


def told(app: Flask, endpoint: str | None, viewer: Viewer | None, path: str = "/") -> str:
    with app.app_context():
        place = place_for(endpoint, path, viewer)
    return f"{place.reader}:{place.anchor}" if place else ""


def test_every_page_has_its_section(app: Flask) -> None:
    assert pages_of(app) - set(SECTIONS) == set()


def test_every_section_is_of_a_page(app: Flask) -> None:
    assert set(SECTIONS) - pages_of(app) == set()


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_section_is_in_the_guide(language: Language) -> None:
    named = {place for entry in SECTIONS.values() for place in places_in(entry)}
    missing = {
        place
        for place in named
        if place.anchor not in {section.anchor for section in guide_for(place.reader, language).sections}
    }
    assert missing == set()


@pytest.mark.parametrize(
    ("viewer", "section"),
    [
        (None, "trainee:today"),
        (someone(), "trainee:today"),
        (someone("trainer"), "trainer:day"),
        (someone("author"), "trainer:day"),
        (someone("HR"), "hr:morning"),
        (someone("admin"), "admin:first-steps"),
        (someone("admin", "trainer"), "trainer:day"),
    ],
)
def test_the_start_page_helps_each_with_their_day(app: Flask, viewer: Viewer | None, section: str) -> None:
    assert told(app, "home.start", viewer) == section


def test_a_trainer_who_answers_is_helped_as_a_trainee(app: Flask) -> None:
    assert told(app, "assessment.attempt", someone("trainer")) == "trainee:answer"


def test_a_form_that_was_refused_has_the_help_of_its_page(app: Flask) -> None:
    assert told(app, "enrolment.check", someone("trainer"), "/cohorts/1/enrol/check") == "trainer:import-list"
    assert told(app, "accounts.try_sign_in", None, "/sign-in") == "trainee:sign-in"


def test_an_address_that_leads_nowhere_has_help_too(app: Flask) -> None:
    assert told(app, None, None, "/nothing/here") == "trainee:errors"


@pytest.mark.parametrize("path", ["/sign-in", "/join", "/forgot", "/guide", "/guide/hr", "/nothing"])
def test_whoever_is_not_signed_in_has_one_question_mark(client: FlaskClient, path: str) -> None:
    assert len(HELP.findall(client.get(path).text)) == 1


def test_a_mistake_of_ours_has_help(app: Flask, client: FlaskClient, monkeypatch: pytest.MonkeyPatch) -> None:
    app.config["PROPAGATE_EXCEPTIONS"] = False
    monkeypatch.setitem(app.view_functions, "accounts.sign_in", _broken(app))
    page = client.get("/sign-in")
    assert (page.status_code, HELP.findall(page.text)) == (500, ["/guide/trainee#sign-in"])


def _broken(app: Flask) -> object:
    def broken() -> str:
        raise RuntimeError

    broken.__dict__.update(app.view_functions["accounts.sign_in"].__dict__)
    return broken
