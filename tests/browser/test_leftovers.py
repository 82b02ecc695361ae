"""What dead pages left on a device: told and sent from any page, seen by nobody else, and carried along as a file."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Error, Page, Route, expect

from tests.browser.attempts import begin, close, paper_of, stored, submissions
from tests.browser.site import Site, Visit, sign_in, visiting
from tests.browser.test_autosave import EVIDENCE, VERIFY, expect_state, writing

pytestmark = [pytest.mark.browser, pytest.mark.timeout(300)]

BOX = "left-answers [data-box]"
COUNT = "left-answers [data-waiting]"
LEAVING = "dialog[data-leaving]"
LONG = "很长的一段话，写在会议室里。🚌" * 1_000
SOON = 30_000  # ms until a page has sent what was left, on a busy machine


def unreachable(page: Page) -> Callable[[], None]:
    """Cut the saves of all pages of a browser off; what it returns lets them through again."""
    context = page.context

    def abort(route: Route) -> None:
        if route.request.method in {"PATCH", "POST"}:
            route.abort("internetdisconnected")
        else:
            route.continue_()

    context.route("**/attempts/**", abort)
    return lambda: context.unroute("**/attempts/**")


def kill(visit: Visit, url: str) -> Page:
    """Let the tab die as by a crash, and open another one in the same browser."""
    with suppress(Error):  # that it has crashed
        visit.page.goto("chrome://crash")
    visit.page.close()
    page = visit.page.context.new_page()
    page.goto(url)
    return page


@contextmanager
def left_behind(
    browser: Browser, site: Site, text: str = "断网时写的"
) -> Iterator[tuple[Visit, int, Callable[[], None]]]:
    """A tab that is about to die with a text that never arrived."""
    with writing(browser, site) as (visit, attempt):
        mend = unreachable(visit.page)
        visit.page.fill(EVIDENCE, text)
        expect(visit.page.locator(".worktop [data-save]")).to_have_attribute("data-state", "failed", timeout=15_000)
        yield visit, attempt, mend


def test_where_nothing_waits_nothing_is_shown_and_no_database_is_opened(browser: Browser, site: Site) -> None:
    with visiting(browser, site, site.trainee, locale="zh-CN") as visit:
        visit.page.goto(f"{site.url}/courses")
        visit.page.wait_for_function("Object.keys(localStorage).some((key) => key.startsWith('answers-waiting/'))")
        visit.page.add_init_script(
            "const open = indexedDB.open.bind(indexedDB); window.opened = 0;"
            "IDBFactory.prototype.open = function (...rest) { window.opened += 1; return open(...rest); };"
        )
        visit.page.reload()
        visit.page.wait_for_timeout(500)
        assert (visit.page.is_visible(BOX), visit.page.evaluate("window.opened")) == (False, 0)
        assert visit.all_complaints() == []


def test_what_a_dead_tab_left_is_told_and_sent_from_another_page(browser: Browser, site: Site) -> None:
    with left_behind(browser, site) as (visit, attempt, mend):
        page = kill(visit, f"{site.url}/courses")
        expect(page.locator(COUNT)).to_have_text("1 份答案在等待上传", timeout=SOON)
        page.click("left-answers summary")
        expect(page.locator(f"{BOX} li a")).to_have_attribute("href", f"/attempts/{attempt}")
        assert stored(site, attempt) == {}
        mend()
        page.click("left-answers [data-retry]")
        expect(page.locator(COUNT)).to_have_text("已全部上传", timeout=SOON)
        assert stored(site, attempt) == {"reason.evidence": "断网时写的"}
        expect(page.locator(BOX)).to_be_hidden(timeout=SOON)


def test_it_is_sent_without_anybody_asking(browser: Browser, site: Site) -> None:
    with left_behind(browser, site) as (visit, attempt, mend):
        mend()
        page = kill(visit, f"{site.url}/courses")
        expect(page.locator(COUNT)).to_have_text("已全部上传", timeout=SOON)
        assert stored(site, attempt) == {"reason.evidence": "断网时写的"}


def test_a_hand_in_that_waited_goes_with_it(browser: Browser, site: Site) -> None:
    with left_behind(browser, site) as (visit, attempt, mend):
        visit.page.click(".workbar .btn-primary")
        visit.page.click("dialog[data-hand-in] [value=hand-in]")
        visit.page.wait_for_timeout(1_000)
        mend()
        page = kill(visit, f"{site.url}/courses")
        expect(page.locator(f"{BOX} li")).to_contain_text("已上传并交卷", timeout=SOON)
        assert (stored(site, attempt), submissions(site, attempt)) == ({"reason.evidence": "断网时写的"}, 1)


def test_what_the_server_refuses_stays_with_its_sentence_until_it_is_removed(browser: Browser, site: Site) -> None:
    with left_behind(browser, site) as (visit, attempt, mend):
        visit.page.context.route(
            f"**/attempts/{attempt}",
            lambda route: (
                route.fulfill(status=422, json={"detail": "这份答案已经交了。"})
                if route.request.method == "PATCH"
                else route.continue_()
            ),
        )
        page = kill(visit, f"{site.url}/courses")
        page.click("left-answers summary", timeout=SOON)
        expect(page.locator(f"{BOX} li")).to_contain_text("这份答案已经交了。")
        remove = page.locator(f"{BOX} li button").nth(1)
        remove.click()
        expect(remove).to_have_text("确定删掉，不再恢复")
        remove.click()
        expect(page.locator(BOX)).to_be_hidden()
        mend()


def test_two_texts_lead_to_the_sheet(browser: Browser, site: Site) -> None:
    with left_behind(browser, site) as (visit, attempt, mend):
        with visiting(browser, site, site.trainee) as other:
            other.page.goto(f"{site.url}/attempts/{attempt}")
            other.page.fill(EVIDENCE, "另一台设备写的")
            expect_state(other.page, "saved")
        page = kill(visit, f"{site.url}/courses")
        mend()
        page.reload()
        expect(page.locator(f"{BOX} li")).to_contain_text("请选一份", timeout=SOON)
        page.reload()
        page.click(f"{BOX} li a")
        expect(page.locator("[data-clash='reason.evidence']")).to_contain_text("断网时写的")
        page.goto(f"{site.url}/courses")
        page.wait_for_timeout(1_000)
        assert not page.is_visible(BOX)


def test_the_next_person_sees_and_sends_nothing_of_it(browser: Browser, site: Site) -> None:
    with left_behind(browser, site) as (visit, attempt, mend):
        page = kill(visit, f"{site.url}/courses")
        leave(page)
        sign_in(page, site, site.trainer)
        mend()
        page.reload()
        page.wait_for_timeout(2_000)
        assert (page.is_visible(BOX), stored(site, attempt)) == (False, {})
        assert "断网时写的" not in page.evaluate(EVERYTHING)
        leave_at_once(page)
        sign_in(page, site, site.trainee)
        kept = {"reason.evidence": "断网时写的"}
        assert stored(site, attempt, once=kept) == kept


EVERYTHING = """async () => {
    const rows = await new Promise((resolve) => {
        const request = indexedDB.open("answers");
        request.onsuccess = () => {
            const all = request.result.transaction("answers").objectStore("answers").getAll();
            all.onsuccess = () => resolve(all.result);
        };
    });
    return JSON.stringify([rows, { ...localStorage }, document.documentElement.textContent]);
}"""


def leave(page: Page) -> None:
    """Sign out in spite of what waits."""
    page.click("details.menu summary")
    page.click("[data-sign-out] button")
    expect(page.locator(LEAVING)).to_contain_text("1 份答案还没有上传。它留在这台设备上")
    page.click(f"{LEAVING} [data-leave]")
    page.wait_for_url("**/sign-in*")


def leave_at_once(page: Page) -> None:
    page.click("details.menu summary")
    page.click("[data-sign-out] button")
    page.wait_for_url("**/sign-in*")


def test_who_signs_out_may_send_it_first(browser: Browser, site: Site) -> None:
    with left_behind(browser, site) as (visit, attempt, mend):
        page = kill(visit, f"{site.url}/courses")
        page.click("details.menu summary")
        page.click("[data-sign-out] button")
        page.click(f"{LEAVING} [data-send]")
        expect(page.locator(f"{LEAVING} [data-problem]")).to_be_visible(timeout=SOON)
        with page.expect_download() as got:
            page.locator(f"{LEAVING} li button").first.click()
        assert "断网时写的" in Path(got.value.path()).read_text(encoding="utf-8")
        assert Visit(page).axe_findings() == []
        mend()
        page.click(f"{LEAVING} [data-send]")
        page.wait_for_url("**/sign-in*", timeout=SOON)
        assert stored(site, attempt) == {"reason.evidence": "断网时写的"}


# As a file


def take_out(page: Page) -> dict[str, Any]:
    page.click("answer-file summary")
    with page.expect_download() as got:
        page.click("[data-take-out]")
    content: dict[str, Any] = json.loads(Path(got.value.path()).read_text(encoding="utf-8"))
    assert got.value.suggested_filename == "key-account-ecosystem-needs-hierarchy-E001.answers.json"
    return content


def take_in(page: Page, content: object, name: str = "some.answers.json") -> None:
    raw = content if isinstance(content, bytes) else json.dumps(content, ensure_ascii=False).encode()
    page.set_input_files("answer-file input[type=file]", {"name": name, "mimeType": "application/json", "buffer": raw})


@pytest.mark.parametrize("text", ["第一行\n“引号”\\ </script>", "🚌𬭎é", LONG])
def test_out_as_a_file_and_in_again_at_another_attempt(browser: Browser, site: Site, text: str) -> None:
    with writing(browser, site) as (visit, _):
        visit.page.context.set_offline(True)
        visit.page.fill(EVIDENCE, text)
        visit.page.check("[id='sales_related.uptime']")
        content = take_out(visit.page)
        assert content["unsent"] == {"reason.evidence": text, "sales_related.uptime": "yes"}
        assert (content["person"], content["version"]) == ({"number": "E001", "name": "陈雨桐"}, 1)
    with writing(browser, site) as (visit, attempt):
        page = visit.page
        page.fill(VERIFY, "这里先写的")
        expect_state(page, "saved")
        take_in(page, {**content, "fields": {**content["fields"], "reason.verify": "文件里的"}})
        expect(page.locator("answer-file dialog")).to_contain_text("其中 2 处在练习单上是空的。")
        page.click("answer-file dialog [value=blank]")
        expect_state(page, "saved")
        kept = {"reason.evidence": text, "sales_related.uptime": "yes", "reason.verify": "这里先写的"}
        assert stored(site, attempt, once=kept) == kept
        take_in(page, {**content, "fields": {**content["fields"], "reason.verify": "文件里的"}})
        page.click("answer-file dialog [value=all]")
        expect(page.locator(VERIFY)).to_have_value("文件里的")
        expect_state(page, "saved")
        assert visit.all_complaints() == []


GOOD: dict[str, Any] = {
    "format": "coursewright-answers",
    "version": 1,
    "exercise": "key-account-ecosystem/needs-hierarchy",
    "title": "客户需求层次表",
    "attempt": 1,
    "person": {"number": "E001", "name": "陈雨桐"},
    "fields": {"reason.evidence": "好的"},
    "unsent": {},
}
HOSTILE: dict[str, tuple[object, str]] = {
    "nothing": (b"", "这个文件读不出来"),
    "cut off": (json.dumps(GOOD).encode()[:-9], "这个文件读不出来"),
    "no text": (bytes(range(256)), "这个文件读不出来"),
    "another encoding": (json.dumps(GOOD, ensure_ascii=False).encode("gb18030"), "这个文件读不出来"),
    "deep": (b"[" * 200_000 + b"]" * 200_000, "这"),
    "too large": (b" " * 4_000_001, "这个文件太大"),
    "a list": ([GOOD], "这不是答案文件"),
    "null": (None, "这不是答案文件"),
    "a number": (7, "这不是答案文件"),
    "another format": ({**GOOD, "format": "answers"}, "这不是答案文件"),
    "no person": ({**GOOD, "person": None}, "这不是答案文件"),
    "fields in a list": ({**GOOD, "fields": ["好的"]}, "这不是答案文件"),
    "a text that is none": ({**GOOD, "fields": {"reason.evidence": {"toString": "x"}}}, "这不是答案文件"),
    "a later version": ({**GOOD, "version": 2}, "另一个版本"),
    "a version in words": ({**GOOD, "version": "1"}, "另一个版本"),
    "another exercise": ({**GOOD, "exercise": "x/y", "title": "<img src=x onerror=alert(1)>"}, "另一个练习：<img"),
    "somebody else": ({**GOOD, "person": {"number": "E002", "name": "王五"}}, "这个文件是别人的：王五"),
    "no fields": ({**GOOD, "fields": {}}, "什么也没写"),
    "an unknown field": ({**GOOD, "fields": {"reason.other": "x", "csrf_token": "y"}}, "reason.other, csrf_token"),
    "a prototype": (json.dumps(GOOD).replace("reason.evidence", "__proto__").encode(), "__proto__"),
    "a constructor": ({**GOOD, "fields": {"constructor": "x"}}, "constructor"),
    "too long": ({**GOOD, "fields": {"reason.evidence": "长" * 20_001}}, "太长"),
    "a choice that is none": ({**GOOD, "fields": {"level.uptime": "hacked"}}, "填不进这些字段：level.uptime"),
    "a tick that is none": ({**GOOD, "fields": {"sales_related.uptime": "no"}}, "填不进这些字段"),
}


def test_a_file_may_hold_as_much_as_the_server_takes(browser: Browser, site: Site) -> None:
    """An emoji is one character there, and two in a browser."""
    with writing(browser, site) as (visit, attempt):
        take_in(visit.page, {**GOOD, "fields": {"reason.evidence": "🙂" * 15_000}})
        visit.page.click("answer-file dialog [value=all]")
        expect_state(visit.page, "saved")
        assert stored(site, attempt) == {"reason.evidence": "🙂" * 15_000}


def test_a_file_that_is_none_of_ours_is_refused_with_a_sentence(browser: Browser, site: Site) -> None:
    with writing(browser, site) as (visit, attempt):
        page = visit.page
        page.fill(EVIDENCE, "这里写的")
        expect_state(page, "saved")
        page.click("answer-file summary")
        problem = page.locator("answer-file [data-problem]")
        for content, sentence in HOSTILE.values():
            take_in(page, content)
            expect(problem).to_contain_text(sentence)
            take_in(page, {**GOOD, "fields": {"reason.evidence": "这里写的"}})
            expect(problem).to_be_hidden()
        assert stored(site, attempt) == {"reason.evidence": "这里写的"}
        assert visit.all_complaints() == []


def test_a_sheet_that_is_closed_has_no_place_for_a_file(browser: Browser, site: Site) -> None:
    attempt = begin(site)
    close(site, attempt)
    with visiting(browser, site, site.trainee) as visit:
        visit.page.goto(f"{site.url}/attempts/{attempt}")
        assert visit.page.locator("answer-file").count() == 0


def test_a_browser_that_cannot_save_files_shows_the_text(browser: Browser, site: Site) -> None:
    with writing(browser, site, user_agent="Mozilla/5.0 MicroMessenger/8.0") as (visit, _):
        visit.page.fill(EVIDENCE, "微信里写的")
        visit.page.click("answer-file summary")
        visit.page.click("[data-take-out]")
        assert "微信里写的" in visit.page.input_value("dialog[data-copy] textarea")
        assert visit.axe_findings() == []


def test_a_trainer_takes_a_file_in_for_somebody(browser: Browser, site: Site) -> None:
    with visiting(browser, site, site.trainer, locale="zh-CN") as visit:
        page = visit.page
        page.goto(f"{site.url}{paper_of(site, begin(site))}")
        page.click("answer-file summary")
        take_in(page, {**GOOD, "fields": {"confirm": "yes"}})
        expect(page.locator("answer-file [data-problem]")).to_contain_text("confirm")
        take_in(page, GOOD)
        page.click("answer-file dialog [value=all]")
        expect(page.locator(EVIDENCE)).to_have_value("好的")
