"""Sheets of the kinds with fields of their own: what a trainee with a phone, a keyboard or two pages meets there."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.browser.attempts import begin, stored
from tests.browser.site import COURSE, Site, Visit, visiting
from tests.browser.test_autosave import another_page, expect_state

pytestmark = [pytest.mark.browser, pytest.mark.timeout(300)]

PHONE: dict[str, Any] = {"viewport": {"width": 390, "height": 844}, "locale": "zh-CN"}
SECOND_COURSE = "/courses/account-relationship"
OVERLAPS = """(box) => [...box.closest("form").querySelectorAll(".sheet :is(label, select, textarea, p)")]
    .filter((each) => !box.contains(each))
    .filter((each) => {
        const [a, b] = [box.getBoundingClientRect(), each.getBoundingClientRect()];
        return a.left < b.right - 1 && b.left < a.right - 1 && a.top < b.bottom - 1 && b.top < a.bottom - 1;
    }).map((each) => each.textContent.trim())"""


@contextmanager
def writing(
    browser: Browser, site: Site, exercise: str, course: str = COURSE, **context: Any
) -> Iterator[tuple[Visit, int]]:
    attempt = begin(site, exercise, course=course)
    with visiting(browser, site, site.trainee, **{**PHONE, **context}) as visit:
        visit.page.goto(f"{site.url}/attempts/{attempt}")
        yield visit, attempt


def answer_first(page: Page, place: int) -> None:
    """Choose a tile of the first question, or type into the first line."""
    line = page.locator(".sheet input[inputmode=decimal]").first
    if line.count():
        line.fill(str(place))
    else:
        page.locator(".sheet fieldset").first.locator("input[type=radio]").nth(place).check(force=True)


@pytest.mark.parametrize(
    ("exercise", "course"),
    [
        ("competency-profile", COURSE),
        ("why-forty-were-lost", COURSE),
        ("phone-invitation", COURSE),
        ("two-ways-of-selling", COURSE),
        ("figures-in-a-sentence", SECOND_COURSE),
    ],
)
def test_choice_between_two_texts_covers_nothing_and_is_in_plain_words(
    browser: Browser, site: Site, exercise: str, course: str
) -> None:
    with writing(browser, site, exercise, course) as (visit, _):
        first, second = visit.page, another_page(visit.page.context, visit.page.url)
        answer_first(first, 0)
        expect_state(first, "saved")
        answer_first(second, 1)
        expect_state(second, "conflict")
        box = second.locator("autosave-form form .clash")
        wide = box.bounding_box()
        assert wide
        assert wide["width"] > 280
        assert box.evaluate(OVERLAPS) == []
        assert Visit(second).width_beyond_screen() == 0
        assert not (box.locator("[data-mine]").text_content() or "").startswith("B")  # the mark of a narrow tile
        assert Visit(second).axe_findings() == []


def test_whoever_ranks_as_many_as_are_asked_for_leaves_nothing_blank(browser: Browser, site: Site) -> None:
    with writing(browser, site, "this-weeks-visits") as (visit, attempt):
        page = visit.page
        for line in page.locator(".sheet textarea").all():
            line.fill("价值有依据")
        names = page.eval_on_selector_all(".sheet select", "(all) => all.map((one) => one.name)")
        for number, name in enumerate(names[:3], start=1):
            page.select_option(f"select[name='{name}']", str(number))
        expect_state(page, "saved")
        page.goto(f"{site.url}/attempts/{attempt}/check")
        assert page.locator(".findings li").count() == 1
        page.goto(f"{site.url}/attempts/{attempt}")
        page.context.set_offline(True)
        page.locator(".workbar .btn-primary").click()
        expect(page.locator("dialog [data-blank]")).to_be_visible()
        page.locator("dialog[data-hand-in] button").last.click()
        page.context.set_offline(False)
        page.select_option(f"select[name='{names[3]}']", "4")
        expect_state(page, "saved")
        page.goto(f"{site.url}/attempts/{attempt}/check")
        assert page.locator(".findings li").count() == 0


@pytest.mark.parametrize(
    ("exercise", "chosen", "cleared"),
    [
        ("competency-profile", ".sheet fieldset input[value='2']", ".sheet fieldset input[value='']"),
        ("proposal-checklist", ".sheet input[type=checkbox]", ""),
        ("why-forty-were-lost", ".sheet input[inputmode=decimal]", ""),
    ],
)
def test_what_alone_is_cleared_is_saved(browser: Browser, site: Site, exercise: str, chosen: str, cleared: str) -> None:
    course = SECOND_COURSE if exercise == "proposal-checklist" else COURSE
    with writing(browser, site, exercise, course) as (visit, attempt):
        page = visit.page
        control = page.locator(chosen).first
        is_line = control.get_attribute("inputmode") == "decimal"
        control.fill("20") if is_line else control.check(force=True)
        page.wait_for_timeout(1_500)
        expect_state(page, "saved")
        assert "" not in stored(site, attempt).values()
        if cleared:
            page.locator(cleared).first.check(force=True)
        elif is_line:
            control.fill("")
        else:
            control.uncheck(force=True)
        page.wait_for_timeout(1_500)
        expect_state(page, "saved")
        assert set(stored(site, attempt).values()) == {""}
        assert visit.all_complaints() == []


def test_row_is_added_with_the_keyboard_and_stands_there_again(browser: Browser, site: Site) -> None:
    with writing(browser, site, "visit-plan") as (visit, attempt):
        page = visit.page
        shown = page.locator("ledger-table tbody tr:visible").count()
        page.locator("[data-add]").focus()
        page.keyboard.press("Enter")
        page.keyboard.type("永新客运")
        expect(page.locator("ledger-table [data-said]")).to_contain_text("4")
        expect_state(page, "saved")
        assert list(stored(site, attempt).values()) == ["永新客运"]
        page.reload()
        assert page.locator("ledger-table tbody tr:visible").count() > shown
        assert page.locator("ledger-table tbody tr").nth(shown).locator("textarea").first.input_value() == "永新客运"


def test_long_words_in_a_gap_do_not_widen_what_was_handed_in(browser: Browser, site: Site) -> None:
    with writing(browser, site, "figures-in-a-sentence", SECOND_COURSE) as (visit, attempt):
        page = visit.page
        for gap in page.locator("input.gap").all():
            gap.fill("客户车队经理说每年要新增40台，交付要在六月前完成")
        expect_state(page, "saved")
        page.goto(f"{site.url}/attempts/{attempt}/check")
        page.click("form[data-once] button")
        page.locator(".gap--read").first.wait_for()
        page.set_viewport_size({"width": 320, "height": 844})
        assert visit.width_beyond_screen() == 0
