"""T-OFFLINE: what somebody typed survives whatever happens to the network, the page, the browser and the device."""

from __future__ import annotations

import json
import os
import shutil
import signal
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from random import Random

import pytest
from playwright.sync_api import Browser, BrowserContext, Dialog, Error, Page, Route, expect

from tests.browser.attempts import conflicts, end_sign_ins, restore_first, stored, submissions
from tests.browser.conftest import QUIET
from tests.browser.site import Account, Site, Visit, sign_in, visiting
from tests.browser.test_autosave import EVIDENCE, VERIFY, another_page, expect_state, sign_in_at_the_overlay, writing
from tests.survival.sizes import note, sized

pytestmark = [pytest.mark.browser, pytest.mark.timeout(1_200)]

MOST_LOST = 2.0  # seconds of typing that a killed tab may cost
KEY = 0.05  # seconds between two keystrokes
QUOTA = "IDBObjectStore.prototype.put = () => { throw new DOMException('full', 'QuotaExceededError') };"
BLOCKED = "Object.defineProperty(window, 'indexedDB', { get() { throw new DOMException('no', 'SecurityError') } });"
HANGING = "IDBFactory.prototype.open = () => new EventTarget();"
NO_MIRROR = "Storage.prototype.setItem = () => { throw new DOMException('full', 'QuotaExceededError') };"
NO_LOCKS = "Object.defineProperty(Navigator.prototype, 'locks', { get: () => undefined });"
NO_CIPHER = "Object.defineProperty(Crypto.prototype, 'subtle', { get: () => undefined });"
NOTHING_WAITS = '"answers-waiting/2","none"'  # the trainee is the second person of the site
AT_THE_END = """(names) => {
  document.dispatchEvent(new CustomEvent('timeup'));
  return names.map((name) => document.querySelector(name)).map((each) => each.readOnly || each.disabled);
}"""
RAW = """async () => {
    const opened = indexedDB.open("answers");
    const database = await new Promise((done, refuse) =>
        Object.assign(opened, { onsuccess: () => done(opened.result), onerror: () => refuse(opened.error) }));
    const asked = database.transaction("answers").objectStore("answers").getAll();
    const rows = await new Promise((done) => (asked.onsuccess = () => done(asked.result)));
    database.close();
    return JSON.stringify([rows, { ...localStorage }]);
}"""


def clock_off_by(days: int) -> str:
    return f"""{{
        const Real = Date, off = {days} * 24 * 3_600_000;
        Date = class extends Real {{
            constructor(...given) {{ given.length ? super(...given) : super(Real.now() + off); }}
            static now() {{ return Real.now() + off; }}
        }};
    }}"""


def kill(page: Page) -> BrowserContext:
    """End the process of a page: nothing of it runs any more, no beforeunload, no pagehide and no last save."""
    context = page.context
    with page.expect_event("crash"), suppress(Error):
        page.goto("chrome://crash", timeout=5_000)  # a signal to the process, not a way to another page
    page.close()
    return context


def written_down(page: Page) -> None:
    """Wait until what was typed is on the device: less than a killed tab may cost."""
    page.wait_for_timeout(1_000)


def rows_kept(page: Page) -> str:
    raw: str = page.evaluate(RAW)
    return raw


def cut(page: Page) -> None:
    page.context.set_offline(True)


def restored(page: Page) -> Page:
    """Kill a page, and open the sheet anew in the same browser, with the network back."""
    url = page.url
    context = kill(page)
    context.set_offline(False)
    return another_page(context, url)


def settled(page: Page) -> Page:
    """Wait until nothing waits on the device any more."""
    for _ in range(150):
        if NOTHING_WAITS in page.evaluate("JSON.stringify(Object.entries(localStorage))"):
            break
        page.wait_for_timeout(100)
    else:
        raise AssertionError("something still waits on the device")
    expect_state(page, "saved")
    return page


def test_what_was_typed_while_cut_off_outlives_the_tab(browser: Browser, site: Site) -> None:
    with writing(browser, site) as (visit, attempt):
        page = visit.page
        page.fill(VERIFY, "还在线上")
        expect_state(page, "saved")
        cut(page)
        page.fill(EVIDENCE, "断网时写的\n第二行 🙂")
        page.check("[id='level.uptime-primary']", force=True)
        expect_state(page, "offline", "离线，已存在本机，连上后自动保存")
        page.wait_for_timeout(sized(2, 600) * 1_000)
        expect_state(page, "offline")
        page = restored(page)
        expect(page.locator(EVIDENCE)).to_have_value("断网时写的\n第二行 🙂")
        expect_state(page, "saved")
        assert page.is_checked("[id='level.uptime-primary']")
        assert stored(site, attempt) == {
            "reason.verify": "还在线上",
            "reason.evidence": "断网时写的\n第二行 🙂",
            "level.uptime": "primary",
        }
        assert conflicts(site, attempt) == []
        assert json.loads(rows_kept(page))[0] == []


@pytest.mark.parametrize("network", ["cut", "there"])
def test_a_tab_that_dies_while_somebody_types_costs_two_seconds_at_most(
    browser: Browser, site: Site, network: str
) -> None:
    chance, rounds, worst = Random(5), sized(2, 60), 0.0  # noqa: S311 -- lengths, not secrets
    with writing(browser, site) as (visit, attempt):
        page = visit.page
        for _ in range(rounds):
            page.context.set_offline(network == "cut")
            before = page.input_value(EVIDENCE)
            page.focus(EVIDENCE)
            page.keyboard.press("Control+End")
            typed = "abcdefghij" * chance.randint(3, 6)
            page.keyboard.type(typed, delay=KEY * 1_000)
            page.wait_for_timeout(chance.random() * 300)
            page = settled(restored(page))
            found = page.input_value(EVIDENCE)
            assert (before + typed).startswith(found)
            assert stored(site, attempt)["reason.evidence"] == found
            worst = max(worst, (len(before + typed) - len(found)) * KEY)
        assert worst <= MOST_LOST
        assert conflicts(site, attempt) == []
    note("T-OFFLINE tab kills", rounds=rounds, network=network, worst_lost_s=round(worst, 2))


def test_a_killed_tab_has_no_last_word(browser: Browser, site: Site) -> None:
    """Else the test above would show that pages tidy up as they go."""
    tell = "for (const kind of ['beforeunload', 'pagehide', 'visibilitychange'])"
    with writing(browser, site) as (visit, _attempt):
        page = _with_script(
            visit.page, f"{tell} addEventListener(kind, () => localStorage.setItem(kind, 'heard'), true);"
        )
        page.evaluate("localStorage.clear()")
        page = restored(page)
        assert "heard" not in page.evaluate("JSON.stringify({ ...localStorage })")


def test_without_the_store_a_killed_tab_loses_its_text(browser: Browser, site: Site) -> None:
    """The canary: were nothing written down, the tests above would see it."""
    with writing(browser, site) as (visit, attempt):
        page = _with_script(visit.page, BLOCKED + NO_MIRROR)
        cut(page)
        page.fill(EVIDENCE, "只在页面上")
        written_down(page)
        page = restored(page)
        page.wait_for_timeout(1_500)
        assert page.input_value(EVIDENCE) == ""
        assert stored(site, attempt) == {}


def lose_one_answer(page: Page, attempt: int) -> list[str]:
    """The server keeps the next save, and nobody hears of it; returns the saves, which grow."""
    sent: list[str] = []

    def lose(route: Route) -> None:
        if route.request.method != "PATCH":
            return route.continue_()
        sent.append(route.request.post_data or "")
        if len(sent) > 1:
            return route.continue_()
        route.fetch()
        return route.abort()

    page.context.route(f"**/attempts/{attempt}", lose)
    return sent


def test_a_save_that_was_on_its_way_is_sent_again_as_it_was(browser: Browser, site: Site) -> None:
    with writing(browser, site) as (visit, attempt):
        page = visit.page
        sent = lose_one_answer(page, attempt)
        page.fill(EVIDENCE, "答复丢了")
        expect_state(page, "failed")
        page.fill(VERIFY, "之后写的")
        page.wait_for_timeout(400)
        page = settled(restored(page))
        assert sent[0] == sent[1]
        assert stored(site, attempt) == {"reason.evidence": "答复丢了", "reason.verify": "之后写的"}
        assert conflicts(site, attempt) == []


def test_what_another_device_corrected_since_is_not_undone(browser: Browser, site: Site) -> None:
    with writing(browser, site) as (visit, attempt), visiting(browser, site, site.trainee, locale="zh-CN") as tablet:
        page, url = visit.page, visit.page.url
        lose_one_answer(page, attempt)
        page.fill(EVIDENCE, "答复丢了")
        expect_state(page, "failed")
        context = kill(page)
        tablet.page.goto(url)
        assert tablet.page.input_value(EVIDENCE) == "答复丢了"
        tablet.page.fill(EVIDENCE, "平板上改好的")
        expect_state(tablet.page, "saving")
        expect_state(tablet.page, "saved")
        page = settled(another_page(context, url))
        expect(page.locator(EVIDENCE)).to_have_value("平板上改好的")
        page.fill(VERIFY, "接着写")
        expect_state(page, "saving")
        expect_state(page, "saved")
        assert stored(site, attempt) == {"reason.evidence": "平板上改好的", "reason.verify": "接着写"}
        assert conflicts(site, attempt) == []


def test_a_sign_in_that_ends_while_cut_off_costs_nothing(browser: Browser, site: Site) -> None:
    with writing(browser, site) as (visit, attempt):
        page = visit.page
        cut(page)
        page.fill(EVIDENCE, "断网，又退出了登录")
        end_sign_ins(site)
        page.wait_for_timeout(1_000)
        page.context.set_offline(False)
        sign_in_at_the_overlay(page, site.trainee.number, site.trainee.password)
        expect_state(page, "saved")
        assert stored(site, attempt) == {"reason.evidence": "断网，又退出了登录"}


def test_a_tab_killed_at_the_door_leaves_its_text_for_whoever_signs_in_again(browser: Browser, site: Site) -> None:
    with writing(browser, site) as (visit, attempt):
        page = visit.page
        url = page.url
        end_sign_ins(site)
        page.fill(EVIDENCE, "门前被关")
        expect(page.locator("dialog.door-again")).to_be_visible(timeout=15_000)
        context = kill(page)
        page = context.new_page()
        sign_in(page, site, site.trainee)
        page.goto(url)
        stored(site, attempt, once={"reason.evidence": "门前被关"})  # the page after the door may send it as well
        page.reload()
        expect_state(page, "saved")
        assert page.input_value(EVIDENCE) == "门前被关"


def test_a_browser_that_is_killed_and_started_again_has_it_all(browser: Browser, site: Site, tmp_path: Path) -> None:
    with writing(browser, site) as (visit, attempt):
        url = visit.page.url
    with _profile(browser, tmp_path) as page:
        sign_in(page, site, site.trainee)
        page.goto(url)
        cut(page)
        page.fill(EVIDENCE, "整个浏览器都没了")
        written_down(page)
        _kill_browser_of(tmp_path)
    with _profile(browser, tmp_path) as page:
        sign_in(page, site, site.trainee)
        page.goto(url)
        expect_state(page, "saved")
        assert page.input_value(EVIDENCE) == "整个浏览器都没了"
    assert stored(site, attempt) == {"reason.evidence": "整个浏览器都没了"}


@pytest.mark.parametrize(("before", "after"), [(1, -1), (-1, 1)])
def test_a_clock_that_is_a_day_off_does_not_matter(browser: Browser, site: Site, before: int, after: int) -> None:
    with writing(browser, site) as (visit, attempt):
        page = _with_script(visit.page, clock_off_by(before))
        cut(page)
        page.fill(EVIDENCE, "钟不准")
        written_down(page)
        url = page.url
        context = kill(page)
        context.set_offline(False)
        page = context.new_page()
        page.add_init_script(clock_off_by(after))
        page.goto(url)
        expect_state(page, "saved")
        page.fill(VERIFY, "接着写")
        expect_state(page, "saving")
        expect_state(page, "saved")
        assert stored(site, attempt) == {"reason.evidence": "钟不准", "reason.verify": "接着写"}


@pytest.mark.parametrize("trouble", [QUOTA, BLOCKED, HANGING])
def test_where_the_database_fails_the_mirror_keeps_it(browser: Browser, site: Site, trouble: str) -> None:
    with writing(browser, site) as (visit, attempt):
        page = _with_script(visit.page, trouble)
        cut(page)
        page.fill(EVIDENCE, "存在别处")
        expect_state(page, "offline")
        page.wait_for_timeout(1_000 if trouble != HANGING else 5_000)  # it gives up on a database that hangs
        assert "存在别处" not in page.evaluate("JSON.stringify({ ...localStorage })")
        page = restored(page)
        expect_state(page, "saved")
        assert stored(site, attempt) == {"reason.evidence": "存在别处"}
        assert page.evaluate("Object.keys(localStorage).filter((name) => name.startsWith('answers/'))") == []


@pytest.mark.parametrize("trouble", [QUOTA, BLOCKED])
def test_a_device_that_can_keep_nothing_is_told_of_and_saving_goes_on(
    browser: Browser, site: Site, trouble: str
) -> None:
    with writing(browser, site) as (visit, attempt):
        page = _with_script(visit.page, trouble + NO_MIRROR)
        page.fill(EVIDENCE, "在线")
        expect_state(page, "saved")
        cut(page)
        page.fill(VERIFY, "离线")
        expect_state(page, "failed", "本机存不下，请勿关闭此页，可下载答案")
        warned: list[str] = []

        def stay(dialog: Dialog) -> None:
            warned.append(dialog.type)
            dialog.dismiss()

        page.on("dialog", stay)
        page.close(run_before_unload=True)
        page.wait_for_timeout(1_000)
        assert warned == ["beforeunload"]
        page.context.set_offline(False)
        expect_state(page, "saved")
        assert stored(site, attempt) == {"reason.evidence": "在线", "reason.verify": "离线"}


def test_a_page_that_outlives_a_restored_backup_brings_back_what_that_did_not_have(
    browser: Browser, site: Site
) -> None:
    with writing(browser, site) as (visit, attempt):
        page = visit.page
        for selector, text in ((EVIDENCE, "备份之前"), (VERIFY, "备份之后"), (EVIDENCE, "备份之后改过")):
            page.fill(selector, text)
            page.wait_for_timeout(1_000)
            expect_state(page, "saved")
        restore_first(site, attempt)
        assert stored(site, attempt) == {"reason.evidence": "备份之前"}
        page.check("[id='sales_related.uptime']")
        page.wait_for_timeout(1_000)
        expect_state(page, "saved")
        assert page.input_value(VERIFY) == "备份之后"
        kept = stored(site, attempt)
        assert (kept["reason.evidence"], kept["reason.verify"]) == ("备份之后改过", "备份之后")
        assert conflicts(site, attempt) == []


def test_where_the_device_keeps_it_nobody_is_held_back(browser: Browser, site: Site) -> None:
    with writing(browser, site) as (visit, _attempt):
        page = visit.page
        warned: list[str] = []

        def leave(dialog: Dialog) -> None:
            warned.append(dialog.type)
            dialog.accept()

        page.on("dialog", leave)
        cut(page)
        page.fill(EVIDENCE, "可以放心离开")
        written_down(page)
        with page.expect_event("close"):
            page.close(run_before_unload=True)
        assert warned == []


def test_another_device_that_wrote_meanwhile_meets_it_as_a_conflict(browser: Browser, site: Site) -> None:
    with writing(browser, site) as (visit, attempt), visiting(browser, site, site.trainee, locale="zh-CN") as tablet:
        page = visit.page
        tablet.page.goto(page.url)
        cut(page)
        page.fill(EVIDENCE, "笔记本上写的")
        page.fill(VERIFY, "只在笔记本上")
        written_down(page)
        tablet.page.fill(EVIDENCE, "平板上写的")
        expect_state(tablet.page, "saved")
        page = restored(page)
        expect_state(page, "conflict")
        assert conflicts(site, attempt) == [("reason.evidence", "平板上写的", "笔记本上写的")]
        box = page.locator("autosave-form form .clash")
        assert box.locator("[data-mine]").inner_text() == "笔记本上写的"
        assert box.locator("[data-theirs]").inner_text() == "平板上写的"
        box.locator("[data-keep=mine]").click()
        expect_state(page, "saved")
        assert stored(site, attempt) == {"reason.evidence": "笔记本上写的", "reason.verify": "只在笔记本上"}
        assert conflicts(site, attempt) == []


@pytest.mark.parametrize("lacking", ["", NO_LOCKS])
def test_two_tabs_do_not_take_each_others_text(browser: Browser, site: Site, lacking: str) -> None:
    with writing(browser, site) as (visit, attempt):
        first = _with_script(visit.page, lacking)
        first.context.route(f"**/attempts/{attempt}", refuse_saves)
        first.fill(EVIDENCE, "第一页")
        expect_state(first, "failed")
        second = _new_page(first.context, lacking)
        second.goto(first.url)
        second.wait_for_timeout(2_000)
        assert second.input_value(EVIDENCE) == ""
        second.fill(VERIFY, "第二页")
        expect_state(second, "failed")
        first.context.unroute(f"**/attempts/{attempt}")
        expect_state(first, "saved")
        expect_state(second, "saved")
        assert stored(site, attempt) == {"reason.evidence": "第一页", "reason.verify": "第二页"}


def test_two_killed_tabs_are_both_sent_and_two_texts_of_one_field_shown(browser: Browser, site: Site) -> None:
    with writing(browser, site) as (visit, attempt):
        first, second = visit.page, another_page(visit.page.context, visit.page.url)
        cut(first)
        first.fill(EVIDENCE, "第一页")
        written_down(first)
        second.fill(EVIDENCE, "第二页")
        second.fill(VERIFY, "别的")
        written_down(second)
        url = first.url
        kill(first)
        context = kill(second)
        context.set_offline(False)
        page = another_page(context, url)
        expect_state(page, "conflict")
        box = page.locator("autosave-form form .clash")
        mine, theirs = box.locator("[data-mine]").inner_text(), box.locator("[data-theirs]").inner_text()
        assert {mine, theirs} == {"第一页", "第二页"}
        assert stored(site, attempt) == {"reason.evidence": mine, "reason.verify": "别的"}
        box.locator("[data-keep=theirs]").click()
        expect_state(page, "saved")
        assert (stored(site, attempt)["reason.evidence"], conflicts(site, attempt)) == (theirs, [])


def test_where_the_browser_has_no_locks_a_dead_page_is_known_by_its_silence(browser: Browser, site: Site) -> None:
    with writing(browser, site) as (visit, attempt):
        page = _with_script(visit.page, NO_LOCKS + NO_CIPHER)
        cut(page)
        page.fill(EVIDENCE, "没有锁的浏览器")
        written_down(page)
        url = page.url
        context = kill(page)
        context.set_offline(False)
        page = _new_page(context, NO_LOCKS + NO_CIPHER)
        page.goto(url)
        expect(page.locator(EVIDENCE)).to_have_value("没有锁的浏览器", timeout=20_000)
        expect_state(page, "saved")
        assert stored(site, attempt) == {"reason.evidence": "没有锁的浏览器"}


def test_the_next_person_at_the_device_gets_nothing_and_the_first_one_all(browser: Browser, site: Site) -> None:
    secret = "不给下一位看的"
    with writing(browser, site) as (visit, attempt):
        page = visit.page
        url = page.url
        cut(page)
        page.fill(EVIDENCE, secret)
        written_down(page)
        kept = rows_kept(page)
        assert json.loads(kept)[0]
        assert secret not in kept
        context = kill(page)
        context.set_offline(False)
        page = _as_another(context, site, site.trainer)
        for place in ("/", "/courses", url.removeprefix(site.url)):
            page.goto(f"{site.url}{place}")
            page.wait_for_timeout(500)
            assert secret not in page.content()
            assert secret not in rows_kept(page)
        assert stored(site, attempt) == {}
        page = _as_another(context, site, site.trainee)
        page.goto(url)
        wanted = {"reason.evidence": secret}
        assert stored(site, attempt, once=wanted) == wanted  # the page after the door may send it as well
        page.reload()
        expect_state(page, "saved")
        assert page.input_value(EVIDENCE) == secret


def _ask_to_hand_in(page: Page) -> None:
    page.click(".workbar .btn-primary")
    expect(page.locator("dialog[data-hand-in]")).to_be_visible(timeout=15_000)
    page.click("dialog[data-hand-in] button[value=hand-in]")
    expect_state(page, "waiting", "等待交卷")


@pytest.mark.parametrize("page_is", ["alive", "dead"])
def test_a_hand_in_without_network_is_honoured_when_it_is_back(browser: Browser, site: Site, page_is: str) -> None:
    with writing(browser, site) as (visit, attempt):
        page = visit.page
        cut(page)
        page.fill(EVIDENCE, "最后一句")
        page.click(".workbar .btn-primary")
        expect(page.locator("dialog[data-hand-in]")).to_contain_text("还有 7 题没有作答")
        assert Visit(page).axe_findings() == []
        page.click("dialog[data-hand-in] button[value='']")
        assert page.is_editable(EVIDENCE)
        _ask_to_hand_in(page)
        assert not page.is_editable(EVIDENCE)
        page.click("[data-note=waiting] button")
        page.fill(EVIDENCE, "最后一句，改过")
        _ask_to_hand_in(page)
        written_down(page)
        assert submissions(site, attempt) == 0
        if page_is == "dead":
            page = restored(page)
        else:
            page.context.set_offline(False)
        expect(page.locator("main")).to_contain_text("已交", timeout=20_000)
        assert submissions(site, attempt) == 1
        assert stored(site, attempt) == {"reason.evidence": "最后一句，改过"}
        assert json.loads(rows_kept(page))[0] == []


def test_a_server_that_is_down_is_asked_for_no_page(browser: Browser, site: Site) -> None:
    with writing(browser, site) as (visit, attempt):
        page = visit.page
        page.fill(EVIDENCE, "都存好了")
        expect_state(page, "saved")
        page.context.route("**/*", lambda route: route.fulfill(status=503, headers={"Retry-After": "1"}, body=""))
        _ask_to_hand_in(page)
        page.context.unroute("**/*")
        expect(page.locator("main")).to_contain_text("已交", timeout=20_000)
        assert submissions(site, attempt) == 1


def test_a_hand_in_that_waits_stops_at_two_texts_and_asks(browser: Browser, site: Site) -> None:
    with writing(browser, site) as (visit, attempt), visiting(browser, site, site.trainee, locale="zh-CN") as tablet:
        page = visit.page
        tablet.page.goto(page.url)
        cut(page)
        page.fill(EVIDENCE, "笔记本上写的")
        _ask_to_hand_in(page)
        written_down(page)
        tablet.page.fill(EVIDENCE, "平板上写的")
        expect_state(tablet.page, "saved")
        page = restored(page)
        expect_state(page, "conflict")
        page.wait_for_timeout(2_000)
        assert submissions(site, attempt) == 0
        page = restored(page)
        page.wait_for_timeout(2_000)
        assert submissions(site, attempt) == 0
        expect(page.locator("[data-note=waiting]")).to_contain_text("请先在两份文字中选一份")
        page.locator("form[data-clash] button[value=other]").click()
        expect(page.locator("main")).to_contain_text("已交", timeout=20_000)
        assert (submissions(site, attempt), stored(site, attempt)) == (1, {"reason.evidence": "笔记本上写的"})


def test_at_the_end_what_is_there_is_sent_and_nobody_types_on(browser: Browser, site: Site) -> None:
    with writing(browser, site) as (visit, attempt):
        page = visit.page
        page.fill(EVIDENCE, "最后一秒")
        # In one step: the answer to what is sent names no end in this class, and lets type on.
        assert page.evaluate(AT_THE_END, [EVIDENCE, "[id='level.uptime-primary']"]) == [True, True]
        expect_state(page, "saved")
        assert stored(site, attempt) == {"reason.evidence": "最后一秒"}


def refuse_saves(route: Route) -> None:
    if route.request.method == "PATCH":
        route.abort()
    else:
        route.continue_()


def _with_script(page: Page, script: str) -> Page:
    """The same page in a browser of which something is missing or wrong."""
    if script:
        page.add_init_script(script)
        page.reload()
    return page


def _new_page(context: BrowserContext, script: str) -> Page:
    page = context.new_page()
    if script:
        page.add_init_script(script)
    return page


def _as_another(context: BrowserContext, site: Site, account: Account) -> Page:
    context.clear_cookies()
    page = context.new_page()
    sign_in(page, site, account)
    return page


@contextmanager
def _profile(browser: Browser, folder: Path) -> Iterator[Page]:
    """A browser whose profile outlives it."""
    program = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
    context = browser.browser_type.launch_persistent_context(
        folder, executable_path=program, args=list(QUIET), locale="zh-CN"
    )
    try:
        yield context.new_page()
    finally:
        with suppress(Error):  # it was killed
            context.close()


def _pids_of_browsers(folder: str) -> list[int]:
    """The main processes of browsers of a profile."""
    found = []
    for place in Path("/proc").glob("[0-9]*/cmdline"):
        try:
            words = place.read_bytes().decode(errors="replace").split("\0")
        except OSError:
            continue
        is_main = "chrom" in words[0] and not any(word.startswith("--type=") for word in words)
        if is_main and any(word.startswith(f"--user-data-dir={folder}") for word in words):
            found.append(int(place.parent.name))
    return found


def _kill_browser_of(folder: Path) -> None:
    for pid in _pids_of_browsers(str(folder)):
        os.kill(pid, signal.SIGKILL)
