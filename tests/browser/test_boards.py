"""Boards of other shapes: a table to put cards into, and cards to put in order; and what autosave puts back."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from playwright.sync_api import Browser, Locator, Page, Route

from app.documents.html import to_html
from app.exercises import fields_of, model_answer_of
from tests.browser.site import COLOURS_ONLY, COURSE, Site, Visit, visiting
from tests.exercises.samples import EXERCISES, shipped

pytestmark = [pytest.mark.browser, pytest.mark.timeout(120)]

LAPTOP: dict[str, Any] = {"viewport": {"width": 1280, "height": 1400}}
PHONE: dict[str, Any] = {"viewport": {"width": 390, "height": 844}, "has_touch": True, "is_mobile": True}
MATRIX = shipped(EXERCISES / "decision/decision-size-and-type.md")
ORDER = shipped(EXERCISES / "overview/nine-process-steps.md")
MAIN = re.compile(r"(<main[^>]*>).*(</main>)", re.DOTALL)
LISTEN = """
    window.heard = [];
    addEventListener("change", (event) => window.heard.push(event.target.name));
"""

DRAWN = "new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))"
"""Boards know by then how wide they are."""


@contextmanager
def looking_at(html: str, browser: Browser, site: Site, **context: Any) -> Iterator[Visit]:
    """The sheet on a page of the product that has the boards' script."""

    def put_in(route: Route) -> None:
        page = route.fetch()
        sheet = f"<h1>Board</h1><form>{html}</form>"
        route.fulfill(response=page, body=MAIN.sub(lambda main: f"{main[1]}{sheet}{main[2]}", page.text()))

    with visiting(browser, site, site.trainee, **context) as visit:
        visit.page.add_init_script(LISTEN)
        visit.page.route("**/worksheets", put_in)
        visit.page.goto(f"{site.url}{COURSE}/worksheets")
        visit.page.evaluate(DRAWN)
        yield visit
        assert visit.all_complaints() == []
        assert visit.width_beyond_screen() <= 0


def card_of(page: Page, name: str) -> Locator:
    return page.locator(f"[data-card]:has(select[name='{name}'])")


def values(page: Page) -> dict[str, str]:
    found: dict[str, str] = page.evaluate(
        "Object.fromEntries([...document.querySelectorAll('form select')].map((s) => [s.name, s.value]))"
    )
    return {name: value for name, value in found.items() if value}


def heard(page: Page) -> set[str]:
    names: list[str] = page.evaluate("window.heard")
    return set(names)


def drag(page: Page, card: Locator, target: Locator) -> None:
    card.scroll_into_view_if_needed()
    start, end = card.locator("[data-card-text]").bounding_box(), target.bounding_box()
    assert start
    assert end
    page.mouse.move(start["x"] + 20, start["y"] + start["height"] / 2)
    page.mouse.down()
    middle = (end["x"] + end["width"] / 2, end["y"] + end["height"] / 2)
    page.mouse.move(*middle, steps=10)
    for shift in (1, 2, 3):  # Chromium tells of dragging a few times a second only
        page.wait_for_timeout(120)
        page.mouse.move(middle[0] + shift, middle[1])
    page.mouse.up()


def test_card_is_dragged_into_a_cell(browser: Browser, site: Site) -> None:
    with looking_at(to_html(fields_of(MATRIX)), browser, site, **LAPTOP) as visit:
        page = visit.page
        drag(page, card_of(page, "cell.tyres"), page.locator("[data-list='small.tactical']"))
        assert values(page) == {"cell.tyres": "small.tactical"}
        assert heard(page) == {"cell.tyres"}
        assert card_of(page, "cell.tyres").evaluate("(card) => card.parentElement.dataset.list") == "small.tactical"
        assert page.locator("[data-count]").inner_text() == "1"
        assert visit.axe_findings() == []


def test_card_is_moved_through_the_table_with_the_arrows(browser: Browser, site: Site) -> None:
    with looking_at(to_html(fields_of(MATRIX)), browser, site, **LAPTOP) as visit:
        page = visit.page
        seen = []
        page.locator("select[name='cell.rain']").focus()
        for key in ("ArrowDown", "ArrowDown", "ArrowDown", "ArrowRight", "ArrowRight", "ArrowUp", "ArrowLeft"):
            page.keyboard.press(f"Alt+{key}")
            seen.append(values(page)["cell.rain"])
        large, small = ("large.strategic", "large.tactical"), ("small.strategic", "small.tactical")
        assert seen == [large[0], small[0], small[0], small[1], small[1], large[1], large[0]]
        assert page.evaluate("document.activeElement.name") == "cell.rain"
        assert "长期战略" in page.locator("matrix-board output").inner_text()


def test_phone_keeps_the_cards_where_they_are(browser: Browser, site: Site) -> None:
    with looking_at(to_html(fields_of(MATRIX)), browser, site, **PHONE) as visit:
        page = visit.page
        select = page.locator("select[name='cell.games']")
        box = select.bounding_box()
        assert box
        assert box["height"] >= 48
        select.select_option("large.tactical")
        assert page.locator("[data-pile] [data-card]").count() == len(values(page)) + 7
        assert page.locator("[data-cell='large.tactical'] .seal").all_inner_texts() == ["5"]
        assert visit.axe_findings() == []


def test_cards_are_numbered_by_choosing_one_after_the_other(browser: Browser, site: Site) -> None:
    with looking_at(to_html(fields_of(ORDER)), browser, site, **PHONE) as visit:
        page = visit.page
        assert values(page) == {}
        for name in ("collect", "campaign", "visit"):
            button = card_of(page, f"place.{name}").locator("button[data-move='0']")
            box = button.bounding_box()
            assert box
            assert box["height"] >= 48
            button.tap()
        assert values(page) == {"place.collect": "1", "place.campaign": "2", "place.visit": "3"}
        card_of(page, "place.visit").locator("button[data-move='-1']").tap()
        assert values(page) == {"place.collect": "1", "place.visit": "2", "place.campaign": "3"}
        assert heard(page) == {"place.collect", "place.campaign", "place.visit"}
        assert visit.axe_findings() == []


def test_number_that_is_taken_makes_room(browser: Browser, site: Site) -> None:
    with looking_at(to_html(fields_of(ORDER), model_answer_of(ORDER)), browser, site, **LAPTOP) as visit:
        page = visit.page
        page.locator("select[name='place.retention']").select_option("1")
        got = values(page)
        assert (got["place.retention"], got["place.collect"], got["place.fulfilment"]) == ("1", "2", "9")
        assert sorted(got.values()) == [str(number) for number in range(1, 10)]
        page.locator("select[name='place.visit']").select_option("")
        assert "place.visit" not in values(page)
        assert page.locator("[data-pile] [data-card]").count() == 1


def test_order_is_dragged_and_moved_with_keys(browser: Browser, site: Site) -> None:
    key = model_answer_of(ORDER)
    with looking_at(to_html(fields_of(ORDER), key), browser, site, **LAPTOP) as visit:
        page = visit.page
        page.locator("select[name='place.collect']").focus()
        page.keyboard.press("Alt+ArrowDown")
        assert (values(page)["place.collect"], values(page)["place.campaign"]) == ("2", "1")
        assert page.evaluate("document.activeElement.name") == "place.collect"
        drag(page, card_of(page, "place.campaign"), card_of(page, "place.needs"))
        assert (values(page)["place.collect"], values(page)["place.campaign"]) == ("1", "4")
        assert sorted(values(page).values()) == sorted(key.values())


@pytest.mark.parametrize("screen", [LAPTOP, PHONE], ids=["laptop", "phone"])
def test_boards_follow_what_is_put_back_without_a_word(screen: dict[str, Any], browser: Browser, site: Site) -> None:
    html = to_html(fields_of(MATRIX), scope="m") + to_html(fields_of(ORDER), scope="o")
    with looking_at(html, browser, site, **screen) as visit:
        page = visit.page
        for name, value in (("cell.rain", "large.tactical"), ("place.needs", "2"), ("place.visit", "1")):
            page.evaluate(
                """([name, value]) => {
                    const field = document.querySelector(`[name='${name}']`);
                    field.value = value;
                    field.dispatchEvent(new Event("restore", {bubbles: true}));
                }""",
                [name, value],
            )
        assert page.locator("[data-count]").all_inner_texts() == ["1", "2"]
        ranked = page.locator(".order__list").first.locator("select")
        assert [select.get_attribute("name") for select in ranked.all()] == ["place.visit", "place.needs"]
        assert page.locator("[data-cell='large.tactical'] .seal").count() >= 1
        assert heard(page) == set()
        assert page.locator("output").all_inner_texts() == ["", ""]


def test_cards_on_a_ladder_follow_what_is_put_back(browser: Browser, site: Site) -> None:
    spec = shipped(EXERCISES / "customer-needs/needs-hierarchy.md")
    with looking_at(to_html(fields_of(spec)), browser, site, **LAPTOP) as visit:
        page = visit.page
        page.evaluate(
            """() => {
                const radio = document.querySelector("[name='level.seats'][value='secondary']");
                radio.checked = true;
                radio.dispatchEvent(new Event("restore", {bubbles: true}));
            }"""
        )
        assert page.locator("[data-list='secondary'] [data-card]").count() == 1
        assert page.locator("[data-count]").inner_text() == "1"
        assert heard(page) == set()


def test_dark_boards_can_be_read(browser: Browser, site: Site) -> None:
    html = to_html(fields_of(MATRIX), model_answer_of(MATRIX), scope="m") + to_html(fields_of(ORDER), scope="o")
    with looking_at(html, browser, site, color_scheme="dark", **LAPTOP) as visit:
        assert visit.axe_findings(COLOURS_ONLY) == []
