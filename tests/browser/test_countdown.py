"""How long is left, as somebody who writes sees and hears it: by the server's clock, whatever the device thinks."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from playwright.sync_api import Browser, Locator, Page, expect

from tests.browser.attempts import begin, end_in
from tests.browser.site import Site, Visit, visiting

pytestmark = [pytest.mark.browser, pytest.mark.timeout(300)]

# Before anything of the page runs: a device whose clock is wrong, and can be set while the page is open.
WRONG_CLOCK = """
    window.wrong = {milliseconds};
    const Real = Date;
    window.Date = class extends Real {{
        constructor(...given) {{ given.length ? super(...given) : super(Real.now() + window.wrong); }}
        static now() {{ return Real.now() + window.wrong; }}
    }};
"""
DAY = 24 * 60 * 60 * 1_000
HEARD = """
    window.heard = [];
    window.ups = 0;
    document.addEventListener("timeup", () => (window.ups += 1));
    addEventListener("DOMContentLoaded", () => {
        const voice = document.querySelector("[data-time-voice]");
        if (voice) new MutationObserver(() => window.heard.push(voice.textContent)).observe(voice, { childList: true });
    });
"""
LATER = 20_000  # ms that a loaded machine may take, also to load a page whose time ends soon


@contextmanager
def writing(
    browser: Browser, site: Site, seconds: float, *, minutes: int = 20, wrong: int = 0, **context: object
) -> Iterator[tuple[Visit, int]]:
    """A trainee at a sheet that ends so many seconds from now; their device's clock is wrong by `wrong` ms."""
    attempt = begin(site)
    with visiting(browser, site, site.trainee, **{"locale": "zh-CN", **context}) as visit:
        visit.page.add_init_script(WRONG_CLOCK.format(milliseconds=wrong))
        visit.page.add_init_script(HEARD)
        end_in(site, attempt, seconds, minutes=minutes)
        visit.page.goto(f"{site.url}/attempts/{attempt}")
        yield visit, attempt


def left(page: Page) -> Locator:
    return page.locator("time-left")


@pytest.mark.parametrize("wrong", [0, DAY, -DAY], ids=["right", "a day ahead", "a day behind"])
def test_the_minutes_are_those_of_the_server(browser: Browser, site: Site, wrong: int) -> None:
    with writing(browser, site, 12.9 * 60, wrong=wrong) as (visit, _):
        expect(left(visit.page)).to_have_text("还有 12 分钟")
        expect(left(visit.page)).to_have_attribute("data-state", "calm")
        visit.page.evaluate("milliseconds => { window.wrong += milliseconds; }", 2 * DAY)  # somebody sets the clock
        visit.page.evaluate("document.dispatchEvent(new Event('visibilitychange'))")
        visit.page.wait_for_timeout(1_000)  # the server is asked
        expect(left(visit.page)).to_have_text("还有 12 分钟")
        assert visit.page.evaluate("window.ups") == 0
        assert visit.all_complaints() == []


def test_a_countdown_that_trusted_the_device_would_be_wrong(browser: Browser, site: Site) -> None:
    """The canary: were the end compared with the device's clock, a day ahead would end everything at once."""
    with writing(browser, site, 12.9 * 60, wrong=DAY) as (visit, _):
        of_device = visit.page.evaluate("Number(document.querySelector('time-left').dataset.ends) - Date.now()")
        assert of_device < 0


def test_little_time_is_said_in_colour_and_sign_and_words(browser: Browser, site: Site) -> None:
    with writing(browser, site, 3.9 * 60) as (visit, attempt):
        sign = left(visit.page)
        expect(sign).to_have_attribute("data-state", "soon")  # 20 % of 20 minutes are 4
        expect(sign.locator("[data-sign=soon]")).to_be_visible()
        expect(sign.locator("[data-sign=calm]")).to_be_hidden()
        assert (visit.axe_findings(), visit.width_beyond_screen()) == ([], 0)
        end_in(site, attempt, 59, minutes=20)
        visit.page.reload()
        expect(sign).to_have_text("不到 1 分钟")
        expect(sign).to_have_attribute("data-state", "last")
        assert visit.axe_findings() == []


def test_screen_readers_hear_of_it_at_ten_five_and_one_minute_only(browser: Browser, site: Site) -> None:
    with writing(browser, site, 5 * 60 + 8) as (visit, _):
        page = visit.page
        page.wait_for_function("() => window.heard.length > 0", timeout=LATER)
        page.wait_for_timeout(1_500)
        assert page.evaluate("window.heard") == ["还有 5 分钟"]  # ten minutes were over before
        assert left(page).get_attribute("role") == "timer"  # its figures are no live region
        assert page.locator("time-left [aria-live], time-left [role=status]").count() == 0


def test_the_end_is_told_once(browser: Browser, site: Site) -> None:
    with writing(browser, site, 8) as (visit, _):
        expect(left(visit.page)).to_have_text("时间到", timeout=LATER)
        visit.page.evaluate("document.dispatchEvent(new Event('visibilitychange'))")
        visit.page.wait_for_timeout(500)
        assert visit.page.evaluate("[window.ups, window.heard.at(-1)]") == [1, "时间到"]


def test_more_time_arrives_with_the_next_save(browser: Browser, site: Site) -> None:
    with writing(browser, site, 90) as (visit, attempt):
        page = visit.page
        expect(left(page)).to_have_text("还有 1 分钟")
        end_in(site, attempt, 16.5 * 60, minutes=20)
        page.fill("[id='reason.evidence']", "采购主管说的")
        expect(left(page)).to_have_text("还有 16 分钟", timeout=LATER)
        expect(page.locator("[data-end-line]")).to_contain_text("结束时间改为")
        assert "结束时间改为" in page.evaluate("window.heard.at(-1)")
        assert page.evaluate("window.ups") == 0


def test_at_the_end_the_server_is_asked_whether_there_is_more_time(browser: Browser, site: Site) -> None:
    """Somebody who only thinks saves nothing, and would be told that time is up while a trainer has given more."""
    with writing(browser, site, 8) as (visit, attempt):
        page = visit.page
        end_in(site, attempt, 16.5 * 60, minutes=20)
        page.wait_for_function("() => window.ups > 0", timeout=LATER)
        expect(left(page)).to_have_text("还有 16 分钟", timeout=LATER)
        expect(page.locator("[id='reason.evidence']")).to_be_editable()
        expect(page.locator("[data-note=late]")).to_be_hidden()
        assert visit.all_complaints() == []


def test_more_time_given_while_cut_off_opens_the_sheet_again(browser: Browser, site: Site) -> None:
    with writing(browser, site, 8) as (visit, attempt):
        page = visit.page
        page.context.set_offline(True)
        page.wait_for_function("() => window.ups > 0", timeout=LATER)
        expect(page.locator("[id='reason.evidence']")).not_to_be_editable()
        end_in(site, attempt, 16.5 * 60, minutes=20)
        page.context.set_offline(False)
        expect(page.locator("[id='reason.evidence']")).to_be_editable(timeout=LATER)


def test_more_time_given_after_something_came_late_opens_the_sheet_again(browser: Browser, site: Site) -> None:
    with writing(browser, site, 90) as (visit, attempt):
        page, evidence = visit.page, visit.page.locator("[id='reason.evidence']")
        end_in(site, attempt, -60, minutes=20)
        evidence.fill("晚了一步")
        expect(page.locator("[data-note=late]")).to_be_visible(timeout=LATER)
        expect(evidence).not_to_be_editable()
        end_in(site, attempt, 16.5 * 60, minutes=20)
        page.evaluate("document.dispatchEvent(new Event('visibilitychange'))")  # they look at it again
        expect(evidence).to_be_editable(timeout=LATER)
        expect(page.locator("[data-note=late]")).to_be_hidden()


def test_a_closing_time_far_away_is_not_counted_down(browser: Browser, site: Site) -> None:
    attempt = begin(site)
    with visiting(browser, site, site.trainee, locale="zh-CN") as visit:
        end_in(site, attempt, 26 * 60 * 60, minutes=20)
        visit.page.goto(f"{site.url}/attempts/{attempt}")
        expect(left(visit.page)).to_be_hidden()
        expect(visit.page.locator("[data-end-line]")).to_contain_text("结束")


@pytest.mark.parametrize("width", [320, 390])
def test_it_fits_on_a_phone(browser: Browser, site: Site, width: int) -> None:
    with writing(browser, site, 12.9 * 60, viewport={"width": width, "height": 700}) as (visit, _):
        expect(left(visit.page)).to_be_in_viewport(ratio=1)
        expect(visit.page.locator(".worktop [data-save]")).to_be_in_viewport(ratio=1)
        assert visit.width_beyond_screen() == 0
        height: float = visit.page.locator(".worktop").bounding_box()["height"]  # type: ignore[index]
        assert height < 80


def test_without_script_the_wall_time_stands_there(browser: Browser, site: Site) -> None:
    with writing(browser, site, 12.9 * 60, java_script_enabled=False) as (visit, _):
        expect(left(visit.page)).to_be_hidden()
        expect(visit.page.locator("[data-end-line]")).to_contain_text("结束")
