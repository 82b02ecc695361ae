"""An attempt that is left and come back to: by the browser's memory, in another language, from another page."""

from __future__ import annotations

import pytest
from playwright.sync_api import Browser, expect

from tests.browser.attempts import conflicts, forget_language, saves, stored
from tests.browser.site import Site
from tests.browser.test_autosave import EVIDENCE, VERIFY, another_page, expect_state, writing

pytestmark = [pytest.mark.browser, pytest.mark.timeout(300)]

LANGUAGE = "[data-after-save] button:visible"


def test_going_back_to_the_sheet_shows_what_was_saved_and_saves_on(browser: Browser, site: Site) -> None:
    with writing(browser, site) as (visit, attempt):
        page = visit.page
        page.on("dialog", lambda dialog: dialog.accept())
        page.fill(EVIDENCE, "离开前写的")
        page.click(".worktop__back")
        page.wait_for_url("**/my-course")
        page.go_back()
        expect(page.locator(EVIDENCE)).to_have_value("离开前写的")
        page.fill(VERIFY, "回来后写的")
        expect_state(page, "saved")
        assert stored(site, attempt) == {"reason.evidence": "离开前写的", "reason.verify": "回来后写的"}
        assert conflicts(site, attempt) == []


def test_back_from_the_check_the_buttons_still_work(browser: Browser, site: Site) -> None:
    with writing(browser, site) as (visit, attempt):
        page = visit.page
        page.fill(EVIDENCE, "一")
        page.click(".workbar .btn-primary")
        page.wait_for_url("**/check")
        page.go_back()
        page.fill(EVIDENCE, "一二")
        page.click(".workbar .btn-primary")
        page.wait_for_url("**/check")
        assert (stored(site, attempt), conflicts(site, attempt)) == ({"reason.evidence": "一二"}, [])


def test_a_syllable_that_is_not_yet_a_word_is_not_saved(browser: Browser, site: Site) -> None:
    with writing(browser, site) as (visit, attempt):
        page = visit.page
        typing = page.context.new_cdp_session(page)
        page.focus(EVIDENCE)
        for syllable in ("c", "ca", "cai", "cai g", "cai go", "cai gou"):
            typing.send("Input.imeSetComposition", {"text": syllable, "selectionStart": 0, "selectionEnd": 0})
            page.wait_for_timeout(250)
        assert saves(site, attempt) == 0
        typing.send("Input.insertText", {"text": "采购"})
        expect_state(page, "saved")
        assert (stored(site, attempt), saves(site, attempt)) == ({"reason.evidence": "采购"}, 1)


@pytest.mark.parametrize("width", [390, 1280])
def test_the_other_language_takes_what_was_just_typed_along(browser: Browser, site: Site, width: int) -> None:
    with writing(browser, site, viewport={"width": width, "height": 844}) as (visit, attempt):
        page = visit.page
        page.fill(EVIDENCE, "刚写的")
        page.click(LANGUAGE)
        try:
            expect(page.locator("html")).to_have_attribute("lang", "en")
        finally:
            forget_language(site)
        assert page.input_value(EVIDENCE) == "刚写的"
        assert stored(site, attempt) == {"reason.evidence": "刚写的"}


def test_without_network_the_other_language_waits_and_the_text_stays(browser: Browser, site: Site) -> None:
    with writing(browser, site) as (visit, _attempt):
        page = visit.page
        page.context.set_offline(True)
        page.fill(EVIDENCE, "断网时写的")
        page.click(LANGUAGE)
        page.wait_for_timeout(1_000)
        expect_state(page, "offline")
        assert (page.input_value(EVIDENCE), page.get_attribute("html", "lang")) == ("断网时写的", "zh-CN")


@pytest.mark.parametrize(("kept", "text"), [("mine", "第一页"), ("theirs", "第二页")])
def test_the_page_whose_text_stands_is_told_with_its_next_save(
    browser: Browser, site: Site, kept: str, text: str
) -> None:
    with writing(browser, site) as (visit, attempt):
        first, second = visit.page, another_page(visit.page.context, visit.page.url)
        first.fill(EVIDENCE, "第一页")
        expect_state(first, "saved")
        second.fill(EVIDENCE, "第二页")
        expect_state(second, "conflict")
        first.fill(VERIFY, "别的")
        expect_state(first, "conflict")
        box = first.locator("autosave-form form .clash")
        assert (box.locator("[data-mine]").inner_text(), box.locator("[data-theirs]").inner_text()) == (
            "第一页",
            "第二页",
        )
        box.locator(f"[data-keep={kept}]").click()
        expect_state(first, "saved")
        assert (first.input_value(EVIDENCE), conflicts(site, attempt)) == (text, [])
        assert stored(site, attempt) == {"reason.evidence": text, "reason.verify": "别的"}
        second.check("[id='sales_related.uptime']")
        expect_state(second, "conflict" if kept == "mine" else "saved")
