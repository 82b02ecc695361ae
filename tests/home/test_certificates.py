"""Certificates and the state of a cohort on the pages of whoever took part in it."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import date, timedelta

import pytest
from flask.testing import FlaskClient
from sqlalchemy.orm import Session

from app import clock
from app.accounts.models import Person
from app.catalogue.actions import publish_course
from app.certificates.actions import issue_certificate, reissue_certificate, revoke_certificate
from app.certificates.models import Certificate
from app.cohorts.models import Enrolment
from app.db import Database
from tests.assessment.samples import hand_in, start
from tests.catalogue.samples import create_course
from tests.certificates.samples import (
    create_certificate,
    create_graduates,
    enrolments_of,
    name_organisation,
)
from tests.cohorts.samples import MONDAY, create_cohort
from tests.conftest import NOW
from tests.home.test_record import create_cohort_on, in_room

ClientOf = Callable[[Person], FlaskClient]
RECORD = "/record"


@pytest.fixture(autouse=True)
def _now(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(clock, "now", lambda: NOW)


def revoke(db: Session, certificate: Certificate) -> None:
    revoke_certificate(db, certificate, "错发", by=None, now=NOW)


def reissue(db: Session, certificate: Certificate) -> None:
    reissue_certificate(db, certificate, by=None, now=NOW)


def course_page(db: Session, certificate: Certificate) -> str:
    return f"/cohorts/{db.get_one(Enrolment, certificate.enrolment_id).cohort_id}/my-course"


@pytest.mark.parametrize(("change", "said"), [(revoke, "撤销。"), (reissue, "已颁发新的证书")])
def test_a_certificate_that_does_not_stand_any_more_is_not_offered(
    *,
    change: Callable[[Session, Certificate], None],
    said: str,
    database: Database,
    bob: Person,
    hana: Person,
    client_of: ClientOf,
) -> None:
    with database.transaction() as db:
        certificate = create_certificate(db, bob)
        pdf, verify = f"/certificates/{certificate.code}.pdf", f"/verify/{certificate.code}"
        course = course_page(db, certificate)
    record, hr = (client_of(bob), RECORD), (client_of(hana), f"/people/{bob.id}/record")
    for client, address in (record, hr):
        page = client.get(address).text
        assert (pdf in page, verify in page, said in page) == (True, True, False), address
    assert pdf in client_of(bob).get(course).text
    with database.transaction() as db:
        change(db, db.get_one(Certificate, certificate.id))
    for client, address in (record, hr):
        page = client.get(address).text
        assert (pdf in page, verify in page, said in page) == (False, True, True), address
    assert pdf not in client_of(bob).get(course).text


def test_the_course_says_where_a_certificate_will_stand(database: Database, bob: Person, client_of: ClientOf) -> None:
    to_come, offered = "证书颁发以后，可以在这里下载", "下载证书"
    with database.transaction() as db:
        name_organisation(db)
        cohort = create_graduates(db, [bob])
        (enrolment,) = enrolments_of(db, cohort)
    address = f"/cohorts/{cohort.id}/my-course"
    page = client_of(bob).get(address).text
    assert (to_come in page, offered in page) == (True, False)
    with database.transaction() as db:
        issue_certificate(db, db.get_one(Enrolment, enrolment.id), by=None, now=NOW)
    page = client_of(bob).get(address).text
    assert (to_come in page, offered in page) == (False, True)


@pytest.mark.parametrize(("first_day", "is_said"), [(MONDAY, False), (MONDAY + timedelta(days=28), True)])
def test_before_it_begins_a_course_says_that_reasons_come_later(
    *, first_day: date, is_said: bool, database: Database, bob: Person, hana: Person, client_of: ClientOf
) -> None:
    with database.transaction() as db:
        version = publish_course(db, create_course(), by=None, now=NOW)
        cohort = create_cohort(db, version, trainees=[bob], first_day=first_day)
    pages = [(bob, RECORD), (bob, f"/cohorts/{cohort.id}/my-course"), (hana, f"/people/{bob.id}/record")]
    said = ["开始以后，这里会写明还差什么" in client_of(person).get(address).text for person, address in pages]
    assert said == [is_said] * len(pages)


def test_from_an_old_answer_whoever_was_withdrawn_goes_back_to_the_record(
    database: Database, bob: Person, alice: Person, client_of: ClientOf
) -> None:
    with database.transaction() as db:
        room = in_room(db, create_cohort_on(db, alice, bob), bob, alice)
        handed_in, begun = hand_in(db, room, start(db, room)), start(db, room, "own")
        enrolment_id = room.enrolment.id
    sheet = f"/attempts/{begun.attempt.id}"
    addresses = (f"/attempts/{handed_in.attempt.id}", sheet, f"{sheet}/check")
    course = f"/cohorts/{room.cohort.id}/my-course"
    assert [course in client_of(bob).get(address).text for address in addresses] == [True, True, True]
    with database.transaction() as db:
        db.get_one(Enrolment, enrolment_id).withdrawn_at = NOW
    for address in addresses:
        page = client_of(bob).get(address).text
        back = re.search(r'(?:<ol class="crumbs"><li>|<header class="worktop">\s*)<a [^>]*href="([^"]*)"', page)
        assert (course in page, back and back[1]) == (False, RECORD), address
