"""The discussion bar in several windows, and the trainer's page of groups: all live, and nothing moves by itself."""

from __future__ import annotations

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.browser.parties import NAMES, sit_down
from tests.browser.site import Site, visiting
from tests.browser.test_pages import barriers

pytestmark = [pytest.mark.browser, pytest.mark.timeout(300)]

PATIENCE = 30_000  # ms, on a machine that does other things beside
CASE = ".sheet--work textarea >> nth=0"
EXERCISE = "two-candidates"
HOURS_AHEAD = """() => {
    const bar = document.querySelector("discussion-bar");
    document.dispatchEvent(new CustomEvent("live", { detail: { discussion: {
        stage: bar.dataset.stage, since: Number(bar.dataset.since), now: Number(bar.dataset.now) + 5 * 3600_000,
        leader: Number(bar.dataset.own), leads: true, members: [], words: [] } } }));
    return ["[data-left]", "[data-voice]"].map((place) => bar.querySelector(place).textContent);
}"""
"""What the bar says then, read at once: the next answer of the server puts the time right again."""


def stage_on(page: Page) -> str | None:
    return page.locator(".talk__steps [aria-current]").get_attribute("data-stage")


def test_one_goes_on_and_the_others_see_it_without_a_reload(browser: Browser, site: Site) -> None:
    attempt, accounts = sit_down(site, 2, EXERCISE)
    with (
        visiting(browser, site, accounts[0], locale="zh-CN") as leading,
        visiting(browser, site, accounts[1], locale="zh-CN") as following,
    ):
        one, other = leading.page, following.page
        for page in (one, other):
            page.goto(f"{site.url}/attempts/{attempt}")
        other.fill(CASE, "写到一半")
        expect(other.locator("[data-leads]")).to_be_hidden()
        one.click("[data-direction=after]")
        for page in (one, other):
            expect(page.locator(".talk__steps [aria-current]")).to_have_attribute(
                "data-stage", "discuss", timeout=PATIENCE
            )
        expect(other.locator(CASE)).to_have_value("写到一半")
        expect(other.locator("discussion-bar [data-voice]")).to_have_text("现在：讨论")
        assert [*leading.all_complaints(), *following.all_complaints()] == []


def test_the_lead_is_taken_and_handed_on(browser: Browser, site: Site) -> None:
    attempt, accounts = sit_down(site, 2, EXERCISE)
    with (
        visiting(browser, site, accounts[0], locale="zh-CN") as leading,
        visiting(browser, site, accounts[1], locale="zh-CN") as following,
    ):
        one, other = leading.page, following.page
        for page in (one, other):
            page.goto(f"{site.url}/attempts/{attempt}")
        other.click("[data-takes]")
        expect(other.locator("[data-leads]")).to_be_visible(timeout=PATIENCE)
        expect(one.locator("[data-leads]")).to_be_hidden(timeout=PATIENCE)
        expect(one.locator("[data-leader]")).to_have_text(NAMES[1])
        other.click(".talk__hand summary")
        other.click(f".talk__hand button >> text={NAMES[0]}")
        expect(one.locator("[data-leads]")).to_be_visible(timeout=PATIENCE)


def test_the_trainer_sees_the_groups_and_speaks_to_one(browser: Browser, site: Site) -> None:
    attempt, accounts = sit_down(site, 2, EXERCISE)
    with (
        visiting(browser, site, accounts[0], locale="zh-CN") as sitting,
        visiting(browser, site, site.trainer, locale="zh-CN") as walking,
    ):
        one, trainer = sitting.page, walking.page
        one.goto(f"{site.url}/attempts/{attempt}")
        trainer.goto(f"{site.url}/marking/{attempt}")
        trainer.click("a[href$='/groups']:has-text('各组进展')")
        state, present = trainer.locator("[data-text=state]"), trainer.locator("[data-text=present]")
        expect(present).to_have_text(NAMES[0], timeout=PATIENCE)
        one.click("[data-direction=after]")
        expect(state).to_have_text("讨论", timeout=PATIENCE)
        trainer.click("[data-say] summary")
        trainer.fill("[data-say] textarea", "想想 <谁> 有决定权")
        trainer.click("[data-say] button")
        expect(one.locator("discussion-bar [data-list]")).to_contain_text("想想 <谁> 有决定权", timeout=PATIENCE)
        trainer.click("#main form.actions button.btn-primary")
        expect(one.locator(".talk__steps [aria-current]")).to_have_attribute("data-stage", "record", timeout=PATIENCE)
        assert [*sitting.all_complaints(), *walking.all_complaints()] == []


def test_when_time_is_over_a_sentence_says_so_and_the_stage_stays(browser: Browser, site: Site) -> None:
    attempt, accounts = sit_down(site, 1, EXERCISE)
    with visiting(browser, site, accounts[0], locale="zh-CN") as visit:
        page = visit.page
        page.goto(f"{site.url}/attempts/{attempt}")
        expect(page.locator("discussion-bar [data-left]")).to_contain_text("还有")
        assert all("这个阶段的时间到了" in said for said in page.evaluate(HOURS_AHEAD))
        assert stage_on(page) == "read"


def test_without_script_every_step_is_a_form(browser: Browser, site: Site) -> None:
    attempt, accounts = sit_down(site, 2, EXERCISE)
    with visiting(browser, site, accounts[0], locale="zh-CN", java_script_enabled=False) as visit:
        page = visit.page
        page.goto(f"{site.url}/attempts/{attempt}")
        page.fill(CASE, "还没有按保存")
        page.click("[data-direction=after]")
        assert stage_on(page) == "discuss"
        expect(page.locator(CASE)).to_have_value("还没有按保存")
        page.click("[data-direction=before]")
        assert stage_on(page) == "read"
        page.click(".talk__hand summary")
        page.click(f".talk__hand button >> text={NAMES[1]}")
        expect(page.locator("[data-leader]")).to_have_text(NAMES[1])


def test_the_pages_have_no_barriers(browser: Browser, site: Site) -> None:
    attempt, accounts = sit_down(site, 2, EXERCISE)
    with visiting(browser, site, accounts[0], locale="zh-CN") as visit:
        assert barriers(visit, f"{site.url}/attempts/{attempt}") == []
    with visiting(browser, site, site.trainer, locale="zh-CN") as visit:
        visit.page.goto(f"{site.url}/marking/{attempt}")
        groups = visit.page.locator("a[href$='/groups']", has_text="各组进展").get_attribute("href")
        for address in (f"{groups}", f"/attempts/{attempt}/shared"):
            assert barriers(visit, f"{site.url}{address}") == []
