"""The marking page with a keyboard: several answers one after the other, and another trainer at the same answer."""

from __future__ import annotations

import pytest
from playwright.sync_api import Browser, Page

from tests.browser.attempts import hand_in_several, points_given
from tests.browser.site import Site, Visit, visiting

pytestmark = [pytest.mark.browser, pytest.mark.timeout(120)]

DESK = {"width": 1280, "height": 900}


def press(page: Page, *keys: str) -> None:
    for key in keys:
        page.keyboard.press(key)


def test_several_answers_are_marked_with_keys_alone(browser: Browser, site: Site) -> None:
    first, second = hand_in_several(site, 2, "customer-information-practice")
    with visiting(browser, site, site.trainer, viewport=DESK) as visit:
        page = visit.page
        page.goto(f"{site.url}/marking/{first}")
        criteria = page.locator("fieldset.rubric").count()
        assert criteria > 1, "the exercise has several criteria, or nothing is tried here"
        press(page, *"2" * criteria)
        assert page.locator("fieldset.rubric input:checked").count() == criteria
        assert page.locator("output[name=total]").inner_text() != "–"
        with page.expect_navigation():
            press(page, "Control+Enter")
        assert page.url.endswith(f"/marking/{second}")
        press(page, *"1" * criteria)
        with page.expect_navigation():
            press(page, "Control+Enter")
        assert visit.all_complaints() == []
    assert [len(points_given(site, each)) for each in (first, second)] == [1, 1]


def test_digits_are_letters_while_somebody_writes(browser: Browser, site: Site) -> None:
    (attempt,) = hand_in_several(site, 1)
    with visiting(browser, site, site.trainer, viewport=DESK) as visit:
        visit.page.goto(f"{site.url}/marking/{attempt}")
        visit.page.focus("#comment")
        press(visit.page, "2", "j", "?")
        assert visit.page.input_value("#comment") == "2j?"
        assert visit.page.locator("fieldset.rubric input:checked").count() == 0


def test_single_keys_can_be_switched_off(browser: Browser, site: Site) -> None:
    (attempt,) = hand_in_several(site, 1)
    with visiting(browser, site, site.trainer, viewport=DESK) as visit:
        visit.page.goto(f"{site.url}/marking/{attempt}")
        press(visit.page, "?")
        visit.page.uncheck("#single-keys")
        visit.page.reload()
        press(visit.page, "2")
        assert visit.page.locator("fieldset.rubric input:checked").count() == 0


def test_the_second_trainer_keeps_what_they_chose_and_sees_both(browser: Browser, site: Site) -> None:
    (attempt,) = hand_in_several(site, 1)

    def chosen(visit: Visit) -> list[str]:
        found: list[str] = visit.page.eval_on_selector_all(
            "fieldset.rubric input:checked", "(all) => all.map((each) => each.value)"
        )
        return found

    with (
        visiting(browser, site, site.trainer, viewport=DESK) as one,
        visiting(browser, site, site.trainer, viewport=DESK) as other,
    ):
        for visit in (one, other):
            visit.page.goto(f"{site.url}/marking/{attempt}")
        criteria = one.page.locator("fieldset.rubric").count()
        press(one.page, *"1" * criteria)
        press(other.page, *"2" * criteria)
        wanted = chosen(other)
        other.page.fill("#comment", "两处都有依据。")
        for visit in (one, other):
            with visit.page.expect_navigation():
                press(visit.page, "Control+Enter")
        assert other.page.locator(".note--warn").count() == 1
        assert (chosen(other), other.page.input_value("#comment")) == (wanted, "两处都有依据。")
        assert other.axe_findings() == []
