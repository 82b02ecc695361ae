"""Slips: one code each, in the words of whoever it is for, with a picture that says the same."""

from __future__ import annotations

import re

import pytest
import segno
from flask import Flask, render_template
from sqlalchemy.orm import Session

from app.accounts.invitations import invited_by, plain
from app.accounts.models import Organisation, Person
from app.accounts.slips import QUIET, Slip, make_slips, square_of
from app.db import Database
from app.errors import NotAllowed
from tests.conftest import NOW, CreatePerson, statements_of


def slips_of(app: Flask, db: Session, *people: Person, by: Person | None = None) -> tuple[Slip, ...]:
    with app.app_context():
        return make_slips(db, people, by=by.id if by else None, now=NOW)


def test_a_slip_says_who_how_where_and_until_when(app: Flask, db: Session, bob: Person) -> None:
    db.add(Organisation(id=1, name="华东培训中心", zone="America/New_York"))
    (slip,) = slips_of(app, db, bob)
    invited = invited_by(db, slip.code, NOW)
    assert invited is not None
    assert (invited.number, slip.number, slip.display_name) == (bob.number, bob.number, "Bob")
    assert slip.link == f"{app.config['PUBLIC_URL']}/join/{plain(slip.code)}"
    assert (slip.organisation, slip.heading) == ("华东培训中心", "你的课程账户")
    assert slip.until == "只能用一次，2026年12月22日 20:00 前有效"  # thirty days later, in New York


def test_whoever_has_a_password_gets_a_way_to_another(app: Flask, db: Session, create_person: CreatePerson) -> None:
    person = create_person("Erin", password_hash="old")
    person.language = "en"
    (slip,) = slips_of(app, db, person)
    assert (slip.heading, slip.until) == ("Your way to a new password", "Works once, until 26 November 2026 09:00")


def test_a_trainer_prints_none_for_an_admin(app: Flask, db: Session, alice: Person, bob: Person, ada: Person) -> None:
    assert len(slips_of(app, db, bob, by=alice)) == 1
    with pytest.raises(NotAllowed):
        slips_of(app, db, bob, ada, by=alice)


def test_many_slips_cost_as_many_statements_as_one(
    app: Flask, db: Session, database: Database, ada: Person, create_person: CreatePerson
) -> None:
    people = [create_person() for _ in range(12)]
    counts = []
    for some in (people[:2], people):
        with statements_of(database) as statements:
            slips_of(app, db, *some, by=ada)
            db.flush()
        counts.append(len(statements))
    assert counts[0] == counts[1]


def test_the_picture_is_the_link_with_a_quiet_zone() -> None:
    link = "https://training.example.com/join/7KQM2XTR9BNHCF4W"
    square = square_of(link)
    expected = segno.make_qr(link, error="m", boost_error=False)
    dark = {(int(x), int(y)) for x, y in re.findall(r"M(\d+) (\d+)h1v1h-1z", square.path)}
    rows = [
        bytes((x + QUIET, y + QUIET) in dark for x in range(square.side - 2 * QUIET))
        for y in range(square.side - 2 * QUIET)
    ]
    assert (expected.error, QUIET) == ("M", 4)
    assert rows == [bytes(row) for row in expected.matrix]
    assert {x for x, _ in dark} | {y for _, y in dark} == set(range(QUIET, square.side - QUIET))
    assert square_of(link + "A").path != square.path


def test_the_page_prints_every_slip_and_escapes_names(app: Flask, db: Session, create_person: CreatePerson) -> None:
    people = [create_person("<b>Eve</b>"), create_person("王思齐")]
    slips = slips_of(app, db, *people)
    with app.test_request_context("/"):
        page = render_template("accounts/slips.html", slips=slips, back="/people")
    assert [slip.code in page for slip in slips] == [True, True]
    assert (page.count("<article"), "<b>Eve" in page, 'href="/people"' in page) == (2, False, True)


def test_the_page_without_slips_says_why(app: Flask) -> None:
    with app.test_request_context("/"):
        assert "没有要打印的登录条" in render_template("accounts/slips.html", slips=())
