"""A world in which everybody and everything is called like a script: on every page in the table it stays a name."""

from __future__ import annotations

import re
from collections.abc import Iterator
from html.parser import HTMLParser
from urllib.parse import urlencode

import pytest
from flask.testing import FlaskClient
from sqlalchemy import update

from app.accounts.models import Department, Organisation, Person
from app.catalogue.models import CourseVersion
from app.certificates.models import Certificate, CertificateDesign
from app.cohorts.models import Cohort
from app.db import Database
from tests.access import WHO, Who
from tests.certificates.samples import create_snapshot, name_organisation
from tests.test_routes import TABLE, browsers, world, world_file

__all__ = ["browsers", "world", "world_file"]  # fixtures

EVIL = "\"'><x-evil onload=a()></title>)>>/JS(a{{7*7}}"
"""Out of an attribute, an element, a title, a string of a PDF; and a template in it."""
ASKED = ("q", "code", "done", "issued", "state", "from", "until", "year", "under", "after", "before", "by")
SHOWN = {
    "certificates.certificate",
    "certificates.certificates",
    "certificates.cohort",
    "certificates.design",
    "certificates.verify",
    "certificates.verify_form",
    "home.person_record",
    "home.record",
    "records.cohort_completion",
    "records.completion",
    "records.hours",
    "records.overview",
}
"""Pages on which the name must be met, or the test would look at nothing."""

STREAM, ACTS = (
    re.compile(rb"stream\r?\n.*?endstream", re.DOTALL),
    re.compile(rb"/(JS|JavaScript|OpenAction|AA|Launch)\b"),
)


class Broken(HTMLParser):
    """Collects what only a name that became markup would bring into a page."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag == "x-evil" or any(name.startswith(("on", "x-evil")) for name, _ in attrs):
            self.found.append(self.get_starttag_text() or tag)
        if any((value or "").strip().lower().startswith(("javascript:", "data:")) for _, value in attrs):
            self.found.append(self.get_starttag_text() or tag)


@pytest.fixture
def hostile(browsers: dict[Who, FlaskClient], database: Database) -> dict[Who, FlaskClient]:
    """Past every form: names as no form would let them in."""
    texts = dict.fromkeys(("name", "course", "cohort", "issuer", "signer", "signer_title"), EVIL)
    with database.transaction() as db:
        name_organisation(db)
        db.add(CertificateDesign(id=1, issuer=EVIL, signer=EVIL, signer_title=EVIL))
        db.flush()
        db.execute(update(Person).values(display_name=EVIL, department_id=1))
        db.execute(update(Person).values(moved=False))
        for column in (Department.name, Cohort.name, Organisation.name, CourseVersion.title):
            db.execute(update(column.class_).values({column: EVIL}))
        db.execute(update(Certificate).values(snapshot=create_snapshot(**texts).model_dump(mode="json")))
    return browsers


def addresses() -> Iterator[tuple[str, str]]:
    query = urlencode(dict.fromkeys(ASKED, EVIL))
    for endpoint, calls in TABLE.items():
        for path in dict.fromkeys(asked.path for asked in calls if asked.method == "GET"):
            yield endpoint, path
            yield endpoint, f"{path.split('?')[0]}?{query}"


@pytest.mark.slow
def test_no_name_becomes_markup_on_any_page(hostile: dict[Who, FlaskClient]) -> None:
    met, refused = set(), set()
    for endpoint, path in addresses():
        for who in WHO:
            place = who, path.split("?")[0]
            if place in refused:
                continue  # whoever may not come without a query may not come with one
            answer = hostile[who].get(path, buffered=True)
            refused |= {place} if answer.status_code in {403, 404} else set()
            assert answer.status_code < 500, (who, path)
            if answer.mimetype == "text/html":
                page = Broken()
                page.feed(answer.text)
                assert (who, path, page.found) == (who, path, [])
                met |= {endpoint} if "&lt;x-evil onload=a()&gt;" in answer.text else set()
            elif answer.mimetype == "application/pdf":
                assert not ACTS.search(STREAM.sub(b"", answer.data)), (who, path)
            assert "\n" not in answer.headers.get("Content-Disposition", "")
    assert SHOWN - met == set()


def test_markup_would_be_seen() -> None:
    for text in (f'<a href="{EVIL}">', f"<p>{EVIL}</p>", '<a href="javascript:a()">'):
        page = Broken()
        page.feed(text)
        assert page.found, text
