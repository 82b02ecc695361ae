"""The fast desk in a browser: one key and Enter for each answer, several who mark, and without script."""

from __future__ import annotations

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.browser.attempts import NEEDS, claimed, hand_in_different, points_given
from tests.browser.site import Site, visiting

pytestmark = [pytest.mark.browser, pytest.mark.timeout(180)]

DESK = {"width": 1280, "height": 900}
MANY = 30
PATIENCE = 60_000  # milliseconds, on a machine that runs other tests beside


def line_of(site: Site, cohort: int) -> str:
    return f"{site.url}/cohorts/{cohort}/exercises/{NEEDS}/mark"


def begin(page: Page, site: Site, cohort: int) -> None:
    page.goto(line_of(site, cohort))
    page.click(".desk__answer .btn-primary")
    page.wait_for_url("**answer=*")


def test_thirty_answers_take_thirty_times_a_key_and_enter(browser: Browser, site: Site) -> None:
    cohort, attempts = hand_in_different(site, [f"依据 {n}" for n in range(MANY)])
    with visiting(browser, site, site.trainer, viewport=DESK) as visit:
        page = visit.page
        begin(page, site, cohort)
        assert page.locator("fieldset.rubric").count() == 1, "with several criteria it would take more keys"
        loaded: list[str] = []
        page.on("framenavigated", lambda frame: loaded.append(frame.url))
        for n in range(MANY):
            page.keyboard.press("123"[n % 3])
            page.keyboard.press("Enter")
        expect(page.locator("[data-card]")).to_have_attribute("data-answer", "", timeout=PATIENCE)
        assert loaded == [], "the page was loaded again"
        assert visit.all_complaints() == []
        assert visit.axe_findings() == []
    given = [points_given(site, each) for each in attempts]
    assert [len(each) for each in given] == [1] * MANY
    assert given[:3] * (MANY // 3) == given, "each got what was pressed while it was shown"
    assert len({each[0] for each in given}) == 3


def test_the_same_answers_take_one_key_and_undo_takes_all_back(browser: Browser, site: Site) -> None:
    cohort, attempts = hand_in_different(site, ["没有依据", "没有依据", " 没有 依据", "没有依据 ", "会上说的"])
    with visiting(browser, site, site.trainer, viewport=DESK) as visit:
        page = visit.page
        begin(page, site, cohort)
        assert visit.axe_findings() == []
        page.set_viewport_size({"width": 320, "height": 700})
        assert visit.width_beyond_screen() == 0
        page.keyboard.press("2")
        page.keyboard.press("Enter")
        expect(page.locator("[data-told] .note--ok")).to_be_visible(timeout=PATIENCE)
        assert sorted(len(points_given(site, each)) for each in attempts) == [0, 0, 1, 1, 1]
        page.keyboard.press("u")
        expect(page.locator("[data-told] .note")).to_have_count(0, timeout=PATIENCE)
        assert (
            sorted(points_given(site, each)[-1:] != [None] for each in attempts if points_given(site, each))
            == [False] * 3
        )
        assert visit.all_complaints() == []


def test_phrases_come_by_key_and_digits_are_letters_while_somebody_writes(browser: Browser, site: Site) -> None:
    cohort, attempts = hand_in_different(site, ["甲", "乙"])
    with visiting(browser, site, site.trainer, viewport=DESK) as visit:
        page = visit.page
        begin(page, site, cohort)
        page.keyboard.press("2")
        page.fill("#comment", "先写的")
        page.click("[data-bank] > summary")
        expect(page.locator("[data-new-phrase]")).to_have_value("先写的")  # what was just written can be kept
        page.fill("[data-new-phrase]", "依据再具体。")
        page.press("[data-new-phrase]", "Enter")
        expect(page.locator("[data-text]")).to_have_text("依据再具体。", timeout=PATIENCE)
        page.fill("[data-bank] li input[name=text]", "依据再写具体一点。")
        page.press("[data-bank] li input[name=text]", "Enter")
        expect(page.locator("[data-text]")).to_have_text("依据再写具体一点。", timeout=PATIENCE)
        assert (page.input_value("#comment"), page.locator("fieldset.rubric input:checked").count()) == ("先写的", 1)
        page.fill("#comment", "")
        page.keyboard.press("Escape")
        page.keyboard.press("Shift+Digit1")
        page.keyboard.press("c")
        page.keyboard.press("End")
        page.keyboard.type(" 2ju")
        assert page.input_value("#comment") == "依据再写具体一点。 2ju"
        page.keyboard.press("Escape")
        page.keyboard.press("3")
        page.keyboard.press("Enter")
        expect(page.locator("[data-told] .note--ok")).to_be_visible(timeout=PATIENCE)
        assert [len(points_given(site, each)) for each in attempts] == [1, 0]
        page.click("[data-bank] > summary")
        page.click("[data-bank] [name=forget]")
        expect(page.locator("[data-text]")).to_have_count(0, timeout=PATIENCE)
        assert visit.all_complaints() == []


def test_loaded_again_an_answer_stays_ones_own(browser: Browser, site: Site) -> None:
    cohort, attempts = hand_in_different(site, ["甲"])
    with visiting(browser, site, site.trainer, viewport=DESK) as visit:
        page = visit.page
        begin(page, site, cohort)
        page.reload()
        expect(page.locator("[data-loose]")).to_have_count(0, timeout=PATIENCE)
        page.goto(f"{line_of(site, cohort)}?answer={attempts[0]}")
        expect(page.locator("[data-loose]")).to_have_count(0, timeout=PATIENCE)
        assert claimed(site) >= set(attempts)
        assert visit.all_complaints() == []


def test_without_script_it_is_a_form_after_a_form(browser: Browser, site: Site) -> None:
    cohort, attempts = hand_in_different(site, ["甲", "乙"])
    with visiting(browser, site, site.trainer, java_script_enabled=False, viewport={"width": 390, "height": 844}) as v:
        page = v.page
        begin(page, site, cohort)
        for _ in attempts:
            page.check("fieldset.rubric input >> nth=1", force=True)
            page.click("button[name=then]")
        page.wait_for_url(lambda url: "answer=" not in url)
        page.click("[data-undo] button")
        assert "answer=" in page.url
    assert [points_given(site, each)[-1] is None for each in attempts] == [False, True]


def test_in_two_windows_the_later_one_sees_both_and_writes_nothing_over(browser: Browser, site: Site) -> None:
    cohort, attempts = hand_in_different(site, ["甲"])
    with (
        visiting(browser, site, site.trainer, viewport=DESK) as one,
        visiting(browser, site, site.trainer, viewport=DESK) as other,
    ):
        for visit in (one, other):
            begin(visit.page, site, cohort)
        one.page.keyboard.press("1")
        one.page.keyboard.press("Enter")
        expect(one.page.locator("[data-card]")).to_have_attribute("data-answer", "", timeout=PATIENCE)
        other.page.fill("#comment", "依据够了。")
        other.page.keyboard.press("Escape")
        other.page.keyboard.press("3")
        other.page.keyboard.press("Enter")
        expect(other.page.locator(".past__one--new")).to_have_count(1, timeout=PATIENCE)
        assert other.page.input_value("#comment") == "依据够了。"
        assert other.page.locator("fieldset.rubric input:checked").count() == 1
        assert [len(points_given(site, each)) for each in attempts] == [1]
        other.page.keyboard.press("Control+Enter")
        expect(other.page.locator("[data-card]")).to_have_attribute("data-answer", "", timeout=PATIENCE)
        assert [len(points_given(site, each)) for each in attempts] == [2]
