"""The gradebook on a phone and at a desk, in both languages: no barrier, nothing beyond the edge."""

from __future__ import annotations

import io
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from openpyxl import load_workbook
from playwright.sync_api import Browser, Locator, expect
from sqlalchemy.orm import Session

from app import clock
from app.accounts.models import Person
from tests.browser.attempts import _person, _writing
from tests.browser.parties import PASSWORD, _hash
from tests.browser.site import Account, Site, Visit, visiting
from tests.gradebook.samples import Class, content_of, create_class

pytestmark = [pytest.mark.browser, pytest.mark.timeout(300)]

PHONE, DESK = {"width": 390, "height": 844}, {"width": 1280, "height": 900}
SIZES = ((PHONE, "zh-CN"), (DESK, "en-GB"))
TARGET = 44
"""Pixels that a finger needs, where a summary stands for a button."""


def _class(db: Session, trainer: Person, prefix: str) -> Class:
    names = ("陈雨桐", "买买提阿卜杜热合曼玉素甫江古丽巴哈尔努尔", "Donaudampfschifffahrtskapitaen")
    people = [
        Person(number=f"{prefix}{n}", display_name=name, created_at=clock.now(), password_hash=_hash())
        for n, name in enumerate(names)
    ]
    db.add_all(people)
    db.flush()
    return create_class(db, trainer, *people)


@contextmanager
def at_the_book(browser: Browser, site: Site, prefix: str, size: dict[str, int], locale: str) -> Iterator[Visit]:
    """The trainer at the gradebook of a class of its own."""
    with _writing(site) as db:
        address = _class(db, _person(db, site.trainer.number), prefix).address
    with visiting(browser, site, site.trainer, locale=locale, viewport=size) as visit:
        visit.page.goto(site.url + address)
        yield visit


def refuse_barriers(visit: Visit) -> None:
    found = [*visit.all_complaints(), *visit.axe_findings()]
    assert (visit.page.url, found, visit.width_beyond_screen()) == (visit.page.url, [], 0)
    visit.complaints.clear()


def is_large_enough(control: Locator) -> bool:
    box = control.bounding_box()
    return box is not None and box["height"] >= TARGET


@pytest.mark.parametrize(("size", "locale"), SIZES)
def test_rules_and_excuses_are_within_reach(browser: Browser, site: Site, size: dict[str, int], locale: str) -> None:
    with at_the_book(browser, site, f"GR{size['width']}", size, locale) as visit:
        page, book = visit.page, visit.page.url
        refuse_barriers(visit)
        page.goto(f"{book}/rules")
        page.fill("[name='weight.drill']", "x")
        page.click("button[value=look]")
        page.click("a[href='#weight.drill']")  # what is wrong leads to its field
        expect(page.locator("[id='weight.drill']")).to_be_in_viewport()
        page.wait_for_load_state()
        visit.complaints.clear()  # the status 422 is one for the console
        assert visit.axe_findings() == []
        page.fill("[name='weight.drill']", "12")
        page.click("button[value=look] >> nth=0")
        expect(page.locator("#what-if")).to_be_visible()
        refuse_barriers(visit)
        page.click("button[value=save] >> nth=0")  # beside what it changes
        expect(page.get_by_role("status")).to_be_visible()
        page.click("tbody th a >> nth=0")
        fold = page.locator(".grade-excuse summary").first
        assert size is DESK or is_large_enough(fold)
        fold.click()
        refuse_barriers(visit)


def test_a_workbook_is_looked_at_and_then_written(browser: Browser, site: Site) -> None:
    with at_the_book(browser, site, "GM", PHONE, "zh-CN") as visit:
        page = visit.page
        page.click("a[href$='/gradebook/marks']")
        refuse_barriers(visit)
        with page.expect_download() as download:
            page.click("a[href$='marks.xlsx']")
        book = load_workbook(io.BytesIO(download.value.path().read_bytes()))
        sheet = book.worksheets[0]
        sheet["E3"], sheet["F4"] = "8分", 1
        kind = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
        file = {"name": "marks.xlsx", "mimeType": kind, "buffer": content_of(book)}
        page.set_input_files("input[type=file]", file)  # type: ignore[arg-type]  # a dictionary of these three
        page.click("main form button[type=submit]")
        expect(page.locator("#wrong")).to_be_visible()
        refuse_barriers(visit)
        page.click("button[value=good]")
        expect(page.get_by_role("status")).to_be_visible()


def test_a_trainee_supposes_without_script(browser: Browser, site: Site) -> None:
    prefix = "GT"
    with _writing(site) as db:
        address = _class(db, _person(db, site.trainer.number), prefix).address
    with visiting(browser, site, Account(f"{prefix}0", PASSWORD), locale="en-GB", viewport=PHONE) as visit:
        visit.page.goto(f"{site.url}{address}/mine")
        visit.page.fill("[name='if.needs']", "3")
        visit.page.fill("[name='if.drill']", "5")
        visit.page.click("form[method=get] button")
        expect(visit.page.locator("[id='if.drill-error']")).to_be_visible()
        refuse_barriers(visit)
