"""Tables that grow and work things out: rows that come when they are wanted, and the same figures as the server's."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, expect

from app.exercises import Spec, model_answer_of, shown_values
from tests.browser.attempts import begin, stored
from tests.browser.site import Site, Visit, visiting
from tests.exercises.samples import EXERCISES, shipped

pytestmark = [pytest.mark.browser, pytest.mark.timeout(120)]

PLAN = "visit-plan"
FIGURED = {
    "follow-up-plan": shipped(EXERCISES / "visiting/follow-up-plan.md"),
    "three-offers-by-weight": shipped(EXERCISES / "solution/three-offers-by-weight.md"),
}
PHONE: dict[str, Any] = {"viewport": {"width": 390, "height": 844}, "has_touch": True, "is_mobile": True}
OUT = """Object.fromEntries([...document.querySelectorAll("[data-out]")].map((out) => {
    const row = out.closest("tr"), named = row.querySelector("[name]");
    const at = row.dataset.sums ?? named?.name.split(".")[1] ?? [...row.parentNode.children].indexOf(row);
    return [`${at}.${out.closest("td").dataset.column}`, out.textContent.trim()];
}).filter(([, text]) => text))"""


@contextmanager
def at_work(browser: Browser, site: Site, exercise: str, **context: Any) -> Iterator[tuple[Visit, int]]:
    """An attempt on its page."""
    attempt = begin(site, exercise)
    with visiting(browser, site, site.trainee, **context) as visit:
        visit.page.goto(f"{site.url}/attempts/{attempt}")
        yield visit, attempt
        assert visit.all_complaints() == []
        assert visit.width_beyond_screen() <= 0


def rows(page: Page) -> int:
    return page.locator("ledger-table tbody tr:visible").count()


def first_field(page: Page, row: int) -> str:
    return page.locator("ledger-table tbody tr").nth(row).locator("[name]").first.get_attribute("name") or ""


def test_row_is_added_written_on_saved_and_there_again(browser: Browser, site: Site) -> None:
    with at_work(browser, site, PLAN) as (visit, attempt):
        page = visit.page
        before, add = rows(page), page.locator("[data-add]")
        add.click()
        assert rows(page) == before + 1
        name = first_field(page, before)
        assert page.evaluate("document.activeElement.name") == name
        expect(page.locator("ledger-table [data-said]")).not_to_be_empty()
        page.fill(f"[name='{name}']", "又一家")
        expect(page.locator("[data-remove]")).to_be_hidden()
        page.wait_for_timeout(1200)
        assert stored(site, attempt)[name] == "又一家"
        page.reload()
        assert page.input_value(f"[name='{name}']") == "又一家"


def test_last_blank_row_can_be_taken_away_again(browser: Browser, site: Site) -> None:
    with at_work(browser, site, PLAN, **PHONE) as (visit, _):
        page, before = visit.page, rows(visit.page)
        assert (page.locator("[data-add]").bounding_box() or {"height": 0})["height"] >= 48
        page.locator("[data-add]").click()
        page.locator("[data-remove]").click()
        assert rows(page) == before
        while page.locator("[data-add]").is_visible():
            page.locator("[data-add]").click()
        assert rows(page) == page.locator("ledger-table tbody tr").count()
        assert visit.axe_findings() == []


def test_without_script_saving_brings_rows(browser: Browser, site: Site) -> None:
    with at_work(browser, site, PLAN, java_script_enabled=False) as (visit, _):
        page, before = visit.page, rows(visit.page)
        assert not page.locator("[data-add]").is_visible()
        page.locator("ledger-table tbody tr").nth(before - 1).locator("textarea").first.fill("最后一行")
        page.get_by_role("button", name="Save", exact=True).click()
        expect(page.locator("ledger-table tbody tr:visible")).to_have_count(before + 2)


@pytest.mark.parametrize("exercise", FIGURED)
def test_page_works_out_what_the_server_does(exercise: str, browser: Browser, site: Site) -> None:
    spec = FIGURED[exercise]
    with at_work(browser, site, exercise) as (visit, attempt):
        for name, text in model_answer_of(spec).items():
            control = visit.page.locator(f"[name='{name}']")
            if control.evaluate("(control) => control.localName") == "select":
                control.select_option(text)
            else:
                control.fill(text)
        seen = visit.page.evaluate(OUT)
        assert seen == worked_out(spec)
        visit.page.wait_for_timeout(1500)
        assert stored(site, attempt).keys() >= model_answer_of(spec).keys() - {"reason"}
        visit.page.reload()
        assert visit.page.evaluate(OUT) == seen


def worked_out(spec: Spec) -> dict[str, str]:
    form = model_answer_of(spec)
    found = {name: text for name, text in shown_values(spec, form).items() if name not in form}
    assert found
    return {name.partition(".")[2]: text for name, text in found.items()}
