"""A trainee's worksheet: cards are placed by dragging, by keyboard, by finger, and without any script."""

from __future__ import annotations

import pytest
from playwright.sync_api import Browser, Locator, Page

from tests.browser.site import COURSE, Site, Visit, visiting

pytestmark = [pytest.mark.browser, pytest.mark.timeout(120)]

BOARD = "placement-board >> nth=0"


def open_board(visit: Visit, site: Site) -> Locator:
    visit.page.goto(f"{site.url}{COURSE}/worksheets")
    board = visit.page.locator(BOARD)
    board.scroll_into_view_if_needed()
    return board


def chosen(card: Locator) -> str | None:
    found: str | None = card.evaluate("(card) => card.querySelector('input[type=radio]:checked')?.value ?? null")
    return found


def places(card: Locator) -> list[str]:
    values: list[str] = card.evaluate("(card) => [...card.querySelectorAll('input[type=radio]')].map((r) => r.value)")
    return values


def centre(page: Page, selector: Locator) -> tuple[float, float]:
    selector.scroll_into_view_if_needed()
    box = selector.bounding_box()
    assert box
    return box["x"] + box["width"] / 2, box["y"] + box["height"] / 2


def swipe(page: Page, x: float, y: float, *, by: float) -> None:
    """Draw a finger over the screen, too quick to be meant as taking hold of a card."""
    devtools = page.context.new_cdp_session(page)
    devtools.send("Input.dispatchTouchEvent", {"type": "touchStart", "touchPoints": [{"x": x, "y": y}]})
    for step in range(1, 11):
        points = [{"x": x, "y": y + by * step / 10}]
        devtools.send("Input.dispatchTouchEvent", {"type": "touchMove", "touchPoints": points})
    devtools.send("Input.dispatchTouchEvent", {"type": "touchEnd", "touchPoints": []})


def test_card_is_placed_by_dragging(browser: Browser, site: Site) -> None:
    with visiting(browser, site, site.trainee, viewport={"width": 1280, "height": 1400}) as visit:
        board = open_board(visit, site)
        card = board.locator("[data-card]").first
        card.evaluate("(card) => card.id = 'dragged'")
        list_ = board.locator("[data-list]").nth(1)
        wanted = list_.get_attribute("data-list")
        visit.page.mouse.move(*centre(visit.page, card.locator("legend")))
        visit.page.mouse.down()
        visit.page.mouse.move(*centre(visit.page, list_), steps=8)
        visit.page.mouse.up()
        assert chosen(visit.page.locator("#dragged")) == wanted
        assert list_.locator("#dragged").count() == 1
        assert visit.all_complaints() == []


def test_card_is_placed_with_three_keys(browser: Browser, site: Site) -> None:
    with visiting(browser, site, site.trainee, viewport={"width": 1280, "height": 1400}) as visit:
        board = open_board(visit, site)
        card = board.locator("[data-card]").first
        card.evaluate("(card) => card.id = 'moved'")
        card.locator("input[type=radio]").first.focus()
        visit.page.keyboard.press("Space")
        visit.page.keyboard.press("ArrowRight")
        moved = visit.page.locator("#moved")
        assert chosen(moved) == places(moved)[1]
        assert visit.page.evaluate("document.activeElement.closest('[data-card]')?.id") == "moved"
        assert board.locator("output").inner_text() != ""
        assert visit.all_complaints() == []


def test_card_is_placed_by_one_touch(browser: Browser, site: Site) -> None:
    phone = {"viewport": {"width": 390, "height": 844}, "has_touch": True, "is_mobile": True}
    with visiting(browser, site, site.trainee, **phone) as visit:
        card = open_board(visit, site).locator("[data-card]").first
        tile = card.locator(".pick").nth(2)
        tile.scroll_into_view_if_needed()
        box = tile.bounding_box()
        assert box
        assert box["height"] >= 48
        tile.tap()
        assert chosen(card) == places(card)[2]
        assert visit.all_complaints() == []


def test_swipe_that_begins_on_a_card_still_scrolls(browser: Browser, site: Site) -> None:
    phone = {"viewport": {"width": 390, "height": 844}, "has_touch": True, "is_mobile": True}
    with visiting(browser, site, site.trainee, **phone) as visit:
        x, y = centre(visit.page, open_board(visit, site).locator("[data-card] legend").first)
        before = visit.page.evaluate("scrollY")
        swipe(visit.page, x, y, by=-250)
        visit.page.wait_for_function("(before) => scrollY > before + 100", arg=before)
        assert visit.page.locator("input[type=radio]:checked:not([name=theme])").count() == 0


def test_worksheet_is_filled_in_without_script(browser: Browser, site: Site) -> None:
    with visiting(
        browser, site, site.trainee, java_script_enabled=False, viewport={"width": 390, "height": 844}
    ) as visit:
        visit.page.goto(f"{site.url}{COURSE}/worksheets")
        tile = visit.page.locator("[data-card] input[type=radio]").first
        tile.check()
        assert tile.is_checked()
        place = visit.page.locator("[data-card] select").first
        place.select_option(index=2)
        assert place.input_value() not in ("", "1")
        number = visit.page.locator("input[inputmode=decimal]").first
        number.fill("12.5")
        assert number.input_value() == "12.5"
        assert visit.page.locator("[data-theme-switch]:visible").count() == 0


def test_site_is_walked_without_script(browser: Browser, site: Site) -> None:
    with visiting(browser, site, site.trainee, java_script_enabled=False) as visit:
        visit.page.click("nav a")
        visit.page.click(f"main a[href='{COURSE}']")
        visit.page.locator(f"a[href$='{COURSE}/handbook']").first.click()
        assert visit.page.url == f"{site.url}{COURSE}/handbook"
        visit.page.click("details.menu summary")
        visit.page.click("details.menu form[action='/sign-out'] button")
        assert visit.page.url == f"{site.url}/sign-in"
