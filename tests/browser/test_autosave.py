"""An attempt as a trainee writes it: what is typed is kept, and the page never says so before it is true."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, Route, expect

from tests.browser.attempts import begin, close, conflicts, end_sign_ins, saves, stored, submissions
from tests.browser.site import Site, Visit, sign_in, visiting
from tests.browser.test_pages import LOCALES, barriers

pytestmark = [pytest.mark.browser, pytest.mark.timeout(300)]

EVIDENCE = "[id='reason.evidence']"
VERIFY = "[id='reason.verify']"
SIGN = ".worktop [data-save]"


@contextmanager
def writing(
    browser: Browser, site: Site, exercise: str = "needs-hierarchy", **context: object
) -> Iterator[tuple[Visit, int]]:
    """A trainee at a fresh sheet."""
    attempt = begin(site, exercise)
    with visiting(browser, site, site.trainee, **{"locale": "zh-CN", **context}) as visit:
        visit.page.goto(f"{site.url}/attempts/{attempt}")
        yield visit, attempt


def expect_state(page: Page, state: str, words: str = "") -> None:
    sign = page.locator(SIGN)
    expect(sign).to_have_attribute("data-state", state, timeout=15_000)
    expect(sign).to_contain_text(words)


def another_page(context: BrowserContext, url: str) -> Page:
    page = context.new_page()
    page.goto(url)
    return page


def test_what_is_typed_is_saved_and_stands_there_again(browser: Browser, site: Site) -> None:
    with writing(browser, site) as (visit, attempt):
        page = visit.page
        expect_state(page, "none", "还没有存过")
        page.fill(EVIDENCE, "采购主管说的\n招标文件里有")
        expect_state(page, "saving", "正在保存…")
        page.locator("[id='level.uptime'] .pick").first.locator("input").check(force=True)
        page.check("[id='sales_related.uptime']")
        expect_state(page, "saved", "已保存")
        assert stored(site, attempt) == {
            "reason.evidence": "采购主管说的\n招标文件里有",
            "level.uptime": "primary",
            "sales_related.uptime": "yes",
        }
        page.reload()
        assert page.input_value(EVIDENCE) == "采购主管说的\n招标文件里有"
        expect_state(page, "saved", "已保存")
        assert visit.all_complaints() == []


def test_saved_is_not_said_before_the_server_said_so(browser: Browser, site: Site) -> None:
    with writing(browser, site) as (visit, attempt):
        held: list[Route] = []

        def hold(route: Route) -> None:
            held.append(route)

        visit.page.route(f"**/attempts/{attempt}", hold)
        visit.page.fill(EVIDENCE, "一")
        visit.page.wait_for_timeout(2_500)
        expect_state(visit.page, "saving")
        assert (len(held), stored(site, attempt)) == (1, {})
        held[0].continue_()
        expect_state(visit.page, "saved")
        assert stored(site, attempt) == {"reason.evidence": "一"}


def test_an_answer_that_is_no_answer_of_ours_is_not_taken_for_one(browser: Browser, site: Site) -> None:
    with writing(browser, site) as (visit, attempt):
        visit.page.route(f"**/attempts/{attempt}", lambda route: route.fulfill(status=200, body="<p>Wi-Fi login</p>"))
        visit.page.fill(EVIDENCE, "一")
        expect_state(visit.page, "failed", "没有存上，已存在本机，正在重试")
        visit.page.unroute(f"**/attempts/{attempt}")
        expect_state(visit.page, "saved")
        assert stored(site, attempt) == {"reason.evidence": "一"}


def test_offline_is_said_and_what_was_typed_is_saved_on_return(browser: Browser, site: Site) -> None:
    with writing(browser, site) as (visit, attempt):
        page, context = visit.page, visit.page.context
        context.set_offline(True)
        page.fill(EVIDENCE, "在地下会议室写的")
        expect_state(page, "offline", "离线，已存在本机，连上后自动保存")
        page.wait_for_timeout(1_500)
        expect_state(page, "offline")
        page.fill(VERIFY, "座位")
        context.set_offline(False)
        expect_state(page, "saved", "已保存")
        assert stored(site, attempt) == {"reason.evidence": "在地下会议室写的", "reason.verify": "座位"}


def test_a_save_whose_answer_was_lost_is_kept_once(browser: Browser, site: Site) -> None:
    with writing(browser, site) as (visit, attempt):
        lost: list[str] = []

        def lose(route: Route) -> None:
            lost.append(route.request.post_data or "")
            if len(lost) == 1:
                route.fetch()  # the server keeps it, and nobody hears of it
                route.abort()
            else:
                route.continue_()

        visit.page.route(f"**/attempts/{attempt}", lose)
        visit.page.fill(EVIDENCE, "一")
        expect_state(visit.page, "saved")
        assert lost[0] == lost[1]
        assert (saves(site, attempt), stored(site, attempt)) == (1, {"reason.evidence": "一"})


def test_what_cannot_be_kept_is_said_at_its_field_and_the_rest_is_saved(browser: Browser, site: Site) -> None:
    with writing(browser, site) as (visit, attempt):
        page = visit.page
        page.fill(EVIDENCE, "长" * 20_001)
        page.fill(VERIFY, "座位")
        expect(page.locator("[id='reason.evidence-error']")).to_contain_text("20001")
        expect_state(page, "failed", "有一格没有存上")
        assert stored(site, attempt) == {"reason.verify": "座位"}
        assert len(page.input_value(EVIDENCE)) == 20_001
        page.fill(EVIDENCE, "短")
        expect_state(page, "saved")
        assert page.locator("[id='reason.evidence-error']").count() == 0
        assert stored(site, attempt)["reason.evidence"] == "短"


def test_control_characters_do_not_stop_a_save(browser: Browser, site: Site) -> None:
    with writing(browser, site) as (visit, attempt):
        visit.page.fill(EVIDENCE, "从别处\u0007粘贴\u200b的\t字")
        expect_state(visit.page, "saved")
        assert stored(site, attempt) == {"reason.evidence": "从别处粘贴\u200b的\t字"}


def test_a_second_page_shows_what_the_first_one_wrote(browser: Browser, site: Site) -> None:
    with writing(browser, site) as (visit, attempt):
        first, second = visit.page, another_page(visit.page.context, visit.page.url)
        first.locator("[id='level.uptime'] .pick").first.locator("input").check(force=True)
        first.fill(EVIDENCE, "第一页")
        expect_state(first, "saved")
        second.fill(VERIFY, "第二页")
        expect_state(second, "saved")
        assert second.input_value(EVIDENCE) == "第一页"
        assert second.is_checked("[id='level.uptime-primary']")
        assert conflicts(site, attempt) == []


@pytest.mark.parametrize(("kept", "text"), [("mine", "第二页"), ("theirs", "第一页")])
def test_two_texts_are_both_shown_until_somebody_chooses(browser: Browser, site: Site, kept: str, text: str) -> None:
    with writing(browser, site) as (visit, attempt):
        first, second = visit.page, another_page(visit.page.context, visit.page.url)
        first.fill(EVIDENCE, "第一页")
        expect_state(first, "saved")
        second.fill(EVIDENCE, "第二页")
        expect_state(second, "conflict", "有冲突")
        assert conflicts(site, attempt) == [("reason.evidence", "第一页", "第二页")]
        box = second.locator("autosave-form form .clash")
        assert (box.locator("[data-mine]").inner_text(), box.locator("[data-theirs]").inner_text()) == (
            "第二页",
            "第一页",
        )
        second.fill(VERIFY, "别的照样存")
        expect_state(second, "saving")
        expect_state(second, "conflict")
        assert stored(site, attempt) == {"reason.evidence": "第一页", "reason.verify": "别的照样存"}
        box.locator(f"[data-keep={kept}]").click()
        expect_state(second, "saved")
        assert (second.input_value(EVIDENCE), box.count()) == (text, 0)
        assert (stored(site, attempt)["reason.evidence"], conflicts(site, attempt)) == (text, [])


def test_two_places_for_a_card_are_named_by_their_labels(browser: Browser, site: Site) -> None:
    with writing(browser, site) as (visit, attempt):
        first, second = visit.page, another_page(visit.page.context, visit.page.url)
        first.check("[id='level.uptime-primary']", force=True)
        expect_state(first, "saved")
        second.check("[id='level.uptime-personal']", force=True)
        expect_state(second, "conflict")
        box = second.locator("autosave-form form .clash")
        assert "客户个人需求" in box.locator("[data-mine]").inner_text()
        assert "主要需求" in box.locator("[data-theirs]").inner_text()
        box.locator("[data-keep=theirs]").click()
        expect_state(second, "saved")
        assert second.is_checked("[id='level.uptime-primary']")
        assert second.locator("[data-list=primary] [id='level.uptime']").count() == 1  # the board has followed
        assert stored(site, attempt) == {"level.uptime": "primary"}


def test_the_check_waits_until_somebody_has_chosen(browser: Browser, site: Site) -> None:
    with writing(browser, site) as (visit, attempt):
        first, second = visit.page, another_page(visit.page.context, visit.page.url)
        first.fill(EVIDENCE, "第一页")
        expect_state(first, "saved")
        second.fill(EVIDENCE, "第二页")
        second.click(".workbar .btn-primary")
        expect_state(second, "conflict")
        expect(second.locator("[data-keep=mine]")).to_be_focused()
        second.keyboard.press("Enter")
        expect_state(second, "saved")
        second.click(".workbar .btn-primary")
        second.wait_for_url("**/check")
        assert stored(site, attempt) == {"reason.evidence": "第二页"}


@pytest.mark.parametrize("given", [(500, 503, 429), (507, 507)])
def test_a_mistake_of_the_server_is_tried_again(browser: Browser, site: Site, given: tuple[int, ...]) -> None:
    with writing(browser, site) as (visit, attempt):
        answers = [*given]

        def fail(route: Route) -> None:
            if answers:
                route.fulfill(status=answers.pop(), headers={"Retry-After": "1"}, json={"detail": "later"})
            else:
                route.continue_()

        visit.page.route(f"**/attempts/{attempt}", fail)
        visit.page.fill(EVIDENCE, "一")
        expect_state(visit.page, "failed", "没有存上，已存在本机，正在重试")
        expect_state(visit.page, "saved")
        assert (answers, stored(site, attempt)) == ([], {"reason.evidence": "一"})


def test_enter_in_a_line_hands_nothing_in(browser: Browser, site: Site) -> None:
    with writing(browser, site, "six-financial-figures") as (visit, attempt):
        visit.page.locator("input.num").first.fill("12")
        visit.page.locator("input.num").first.press("Enter")
        expect_state(visit.page, "saved")
        assert visit.page.url.endswith(f"/attempts/{attempt}")


def test_typing_on_over_a_conflict_loses_neither_text(browser: Browser, site: Site) -> None:
    with writing(browser, site) as (visit, attempt):
        first, second = visit.page, another_page(visit.page.context, visit.page.url)
        first.fill(EVIDENCE, "第一页")
        expect_state(first, "saved")
        second.fill(EVIDENCE, "第二页")
        expect_state(second, "conflict")
        second.fill(EVIDENCE, "第二页，又写了一句")
        second.wait_for_timeout(1_500)
        assert conflicts(site, attempt) == [("reason.evidence", "第一页", "第二页")]
        assert second.locator("[data-mine]").inner_text() == "第二页，又写了一句"
        second.locator("[data-keep=mine]").click()
        expect_state(second, "saved")
        assert stored(site, attempt) == {"reason.evidence": "第二页，又写了一句"}


def test_a_conflict_that_waits_since_before_is_settled_in_place(browser: Browser, site: Site) -> None:
    with writing(browser, site) as (visit, attempt):
        first, second = visit.page, another_page(visit.page.context, visit.page.url)
        first.fill(EVIDENCE, "第一页")
        expect_state(first, "saved")
        second.fill(EVIDENCE, "第二页")
        expect_state(second, "conflict")
        first.reload()
        first.locator("form[data-clash] button[value=other]").click()
        expect_state(first, "saved")
        assert (first.input_value(EVIDENCE), first.locator("form[data-clash]").count()) == ("第二页", 0)
        assert (stored(site, attempt), conflicts(site, attempt)) == ({"reason.evidence": "第二页"}, [])


def sign_in_at_the_overlay(page: Page, number: str, password: str) -> None:
    expect(page.locator("dialog.door-again")).to_be_visible(timeout=15_000)
    page.fill("#door-name", number)
    page.fill("#door-password", password)
    page.click("dialog.door-again button")


def test_whoever_was_signed_out_signs_in_on_the_page_and_goes_on(browser: Browser, site: Site) -> None:
    with writing(browser, site) as (visit, attempt):
        page = visit.page
        end_sign_ins(site)
        page.fill(EVIDENCE, "退出之后写的")
        expect(page.locator("dialog.door-again")).to_be_visible(timeout=15_000)
        expect_state(page, "failed", "已退出登录")
        assert not page.locator(EVIDENCE).is_visible()
        page.keyboard.press("Escape")
        page.keyboard.press("Escape")
        sign_in_at_the_overlay(page, site.trainee.number, "not the password")
        expect(page.locator("dialog.door-again [role=alert]")).to_contain_text("不对")
        sign_in_at_the_overlay(page, site.trainee.number, site.trainee.password)
        expect(page.locator("dialog.door-again")).to_be_hidden()
        expect_state(page, "saved")
        assert stored(site, attempt) == {"reason.evidence": "退出之后写的"}
        page.fill(VERIFY, "用新的令牌")
        expect_state(page, "saved")
        page.click(".workbar .btn-primary")
        page.wait_for_url("**/check")
        assert stored(site, attempt)["reason.verify"] == "用新的令牌"


def test_somebody_else_at_the_overlay_sees_and_saves_nothing(browser: Browser, site: Site) -> None:
    with writing(browser, site) as (visit, attempt):
        page = visit.page
        end_sign_ins(site)
        page.fill(EVIDENCE, "不给别人看的")
        sign_in_at_the_overlay(page, site.trainer.number, site.trainer.password)
        page.wait_for_url(lambda url: "/attempts/" not in url)
        assert "不给别人看的" not in page.content()
        assert stored(site, attempt) == {}
        page.go_back()
        assert "不给别人看的" not in page.content()


def test_a_stale_token_is_renewed_without_a_word(browser: Browser, site: Site) -> None:
    with writing(browser, site) as (visit, attempt):
        other = another_page(visit.page.context, f"{site.url}/")
        end_sign_ins(site)
        sign_in(other, site, site.trainee)  # the cookie, and the token in it, are new
        visit.page.fill(EVIDENCE, "另一页登录了")
        expect_state(visit.page, "saved")
        assert stored(site, attempt) == {"reason.evidence": "另一页登录了"}


def test_a_busy_server_at_the_way_back_in_turns_nobody_out(browser: Browser, site: Site) -> None:
    """It says nothing about who is signed in: that nobody is named is not somebody else."""
    with writing(browser, site) as (visit, attempt):
        page = visit.page
        busy = {"status": 503, "content_type": "application/problem+json", "body": '{"status": 503, "detail": "busy"}'}
        page.route("**/sign-in/token", lambda route: route.fulfill(**busy))
        page.fill(EVIDENCE, "正要交")
        page.click(".workbar .btn-primary")
        expect(page.locator("dialog[data-hand-in]")).to_be_visible(timeout=15_000)
        page.click("dialog[data-hand-in] button[value='']")
        assert page.input_value(EVIDENCE) == "正要交"
        page.unroute("**/sign-in/token")
        page.click(".workbar .btn-primary")
        page.wait_for_url("**/check")
        assert stored(site, attempt) == {"reason.evidence": "正要交"}


def test_what_comes_after_the_end_is_kept_and_the_page_says_that_it_came_late(browser: Browser, site: Site) -> None:
    with writing(browser, site) as (visit, attempt):
        close(site, attempt)
        visit.page.fill(EVIDENCE, "晚了一步")
        expect_state(visit.page, "late", "已收到，但过了截止时间")
        expect(visit.page.locator("[data-note=late]")).to_contain_text("截止")
        assert visit.page.input_value(EVIDENCE) == "晚了一步"
        assert not visit.page.is_editable(EVIDENCE)
        assert stored(site, attempt) == {}


def test_a_sheet_that_was_handed_in_elsewhere_keeps_the_text_on_the_page_and_says_so(
    browser: Browser, site: Site
) -> None:
    with writing(browser, site) as (visit, attempt):
        other = another_page(visit.page.context, f"{visit.page.url}/check")
        other.click("form[data-once] button")
        other.wait_for_url(f"{site.url}/attempts/{attempt}")
        visit.page.fill(EVIDENCE, "晚了一步")
        expect_state(visit.page, "failed", "没有存上")
        expect(visit.page.locator("[data-note=stopped]")).to_be_visible()
        visit.page.click(".workbar .btn-primary")
        visit.page.wait_for_timeout(1_000)
        assert visit.page.input_value(EVIDENCE) == "晚了一步"


def test_leaving_at_once_still_saves(browser: Browser, site: Site) -> None:
    with writing(browser, site) as (visit, attempt):
        visit.page.on("dialog", lambda dialog: dialog.accept())
        visit.page.fill(EVIDENCE, "写完马上走")
        visit.page.goto(f"{site.url}/courses")
        visit.page.wait_for_timeout(500)
        assert stored(site, attempt) == {"reason.evidence": "写完马上走"}


def test_hand_in_takes_the_last_words_and_happens_once(browser: Browser, site: Site) -> None:
    with writing(browser, site) as (visit, attempt):
        page = visit.page
        page.fill(EVIDENCE, "最后一句")
        page.click(".workbar .btn-primary")
        page.wait_for_url("**/check")
        assert stored(site, attempt) == {"reason.evidence": "最后一句"}
        assert "已答 1 题" in page.inner_text("main")
        page.dblclick("form[data-once] button")
        page.wait_for_url(f"{site.url}/attempts/{attempt}")
        assert "已交" in page.inner_text("main")
        assert submissions(site, attempt) == 1


def test_the_check_leads_back_to_what_is_blank(browser: Browser, site: Site) -> None:
    with writing(browser, site) as (visit, attempt):
        page = visit.page
        page.goto(f"{site.url}/attempts/{attempt}/check")
        hrefs = page.eval_on_selector_all(".findings a", "(links) => links.map((link) => link.getAttribute('href'))")
        assert len(hrefs) == 8
        page.goto(f"{site.url}/attempts/{attempt}")
        ids = page.evaluate(
            "(hrefs) => hrefs.map((href) => Boolean(document.getElementById(href.split('#')[1])))", hrefs
        )
        assert ids == [True] * 8


@pytest.mark.parametrize("exercise", ["needs-hierarchy", "customer-information-practice", "duties-of-the-role"])
def test_everything_works_without_script(browser: Browser, site: Site, exercise: str) -> None:
    with writing(browser, site, exercise, java_script_enabled=False) as (visit, attempt):
        page = visit.page
        texts = page.locator("autosave-form textarea")
        if texts.count():
            texts.first.fill("没有脚本")
        else:
            page.locator("autosave-form .pick input").first.check(force=True)
        page.click("noscript button")
        assert len(stored(site, attempt)) == 1
        page.click(".workbar .btn-primary")
        page.wait_for_url("**/check")
        page.click("form[data-once] button")
        page.wait_for_url(f"{site.url}/attempts/{attempt}")
        assert submissions(site, attempt) == 1


@pytest.mark.parametrize("exercise", ["decision-size-and-type", "nine-process-steps", "six-financial-figures"])
def test_every_sort_of_field_is_saved(browser: Browser, site: Site, exercise: str) -> None:
    with writing(browser, site, exercise) as (visit, attempt):
        page = visit.page
        for control in page.locator("autosave-form select").all():
            control.select_option(index=1)
        for control in page.locator("autosave-form input.num").all():
            control.fill("12")
        expect_state(page, "saved")
        names = set(page.eval_on_selector_all("autosave-form [name]", "(all) => all.map((one) => one.name)"))
        assert stored(site, attempt).keys() <= names
        assert len(stored(site, attempt)) >= 4
        before = stored(site, attempt)
        page.reload()
        page.wait_for_timeout(1_500)
        assert stored(site, attempt) == before


def _sheet(_page: Page, url: str) -> str:
    return url


def _before(page: Page, url: str) -> str:
    page.goto(url)
    course = page.get_attribute(".worktop__back", "href") or ""
    return url.partition("/attempts")[0] + course.replace("my-course", "exercises/nine-process-steps")


def _check(_page: Page, url: str) -> str:
    return f"{url}/check"


def _outcome(page: Page, url: str) -> str:
    page.goto(f"{url}/check")
    page.click("form[data-once] button")
    page.wait_for_url(url)
    return url


@pytest.mark.parametrize("locale", LOCALES)
@pytest.mark.parametrize("at", [_before, _sheet, _check, _outcome])
def test_pages_of_an_attempt_have_no_barriers(
    browser: Browser, site: Site, at: Callable[[Page, str], str], locale: str
) -> None:
    with writing(browser, site, locale=locale) as (visit, attempt):
        url = at(visit.page, f"{site.url}/attempts/{attempt}")
        assert barriers(visit, url) == []


def test_overlay_and_conflict_have_no_barriers(browser: Browser, site: Site) -> None:
    with writing(browser, site, reduced_motion="reduce") as (visit, _attempt):
        first, page = visit.page, another_page(visit.page.context, visit.page.url)
        first.fill(EVIDENCE, "第一页")
        expect_state(first, "saved")
        page.fill(EVIDENCE, "第二页")
        expect_state(page, "conflict")
        assert Visit(page).axe_findings() == []
        end_sign_ins(site)
        page.fill(VERIFY, "一")
        expect(page.locator("dialog.door-again")).to_be_visible(timeout=15_000)
        assert Visit(page).axe_findings() == []


def test_a_sheet_loads_at_most_60_kilobytes_of_script_and_style(browser: Browser, site: Site) -> None:
    with writing(browser, site) as (visit, attempt), visiting(browser, site) as fresh:
        fresh.page.context.add_cookies(visit.page.context.cookies())  # type: ignore[arg-type]
        fresh.page.goto(f"{site.url}/attempts/{attempt}")
        sizes: dict[str, int] = fresh.page.evaluate(
            """() => Object.fromEntries(performance.getEntriesByType("resource")
                .filter((entry) => /[.](css|js)$/.test(entry.name))
                .map((entry) => [entry.name, entry.encodedBodySize]))"""
        )
    assert {url.rpartition("/")[2].partition("-")[0] for url in sizes} >= {"app", "autosave", "page", "placement"}
    assert 0 < sum(sizes.values()) <= 60_000, sizes
