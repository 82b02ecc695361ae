"""Every page in both languages and themes, on phone and desk: no complaint, no barrier, nothing beyond the edge."""

from __future__ import annotations

from io import BytesIO

import pytest
from playwright.sync_api import Browser
from pypdf import PdfReader

from tests.browser.attempts import forget_language
from tests.browser.site import COLOURS_ONLY, COURSE, Site, Visit, visiting

pytestmark = [pytest.mark.browser, pytest.mark.timeout(300)]

PAGES = {
    "start": "/",
    "catalogue": "/courses",
    "course": COURSE,
    "session-plan": f"{COURSE}/session-plan",
    "run-sheet": f"{COURSE}/run-sheet",
    "handbook": f"{COURSE}/handbook",
    "worksheets": f"{COURSE}/worksheets",
    "answer-key": f"{COURSE}/answer-key",
    "materials": f"{COURSE}/materials",
    "profile": "/profile",
}
WIDTHS = (320, 768, 1280)
LOCALES = ("zh-CN", "en-GB")


def barriers(visit: Visit, url: str) -> list[str]:
    """What is wrong with a page in any width and theme, each with where it was seen."""
    found = []
    for width in WIDTHS:
        visit.page.set_viewport_size({"width": width, "height": 800})
        visit.page.emulate_media(color_scheme="light", reduced_motion="reduce")
        visit.page.goto(url)
        found += [f"{width}: {complaint}" for complaint in visit.all_complaints()]
        found += [f"{width} light: {finding}" for finding in visit.axe_findings()]
        if beyond := visit.width_beyond_screen():
            found.append(f"{width}: {beyond} px beyond the edge")
        visit.complaints.clear()
    visit.page.emulate_media(color_scheme="dark")  # colours are the same at every width
    visit.page.goto(url)  # axe takes colours for what they were if the theme turns under its eyes
    found += [f"dark: {finding}" for finding in visit.axe_findings(COLOURS_ONLY)]
    visit.complaints.clear()
    return found


@pytest.mark.parametrize("locale", LOCALES)
@pytest.mark.parametrize("page", PAGES)
def test_page_has_no_barriers(browser: Browser, site: Site, page: str, locale: str) -> None:
    with visiting(browser, site, site.trainer, locale=locale) as visit:
        assert barriers(visit, site.url + PAGES[page]) == []
        assert visit.page.get_attribute("html", "lang") == {"zh-CN": "zh-CN", "en-GB": "en"}[locale]


@pytest.mark.parametrize("locale", LOCALES)
@pytest.mark.parametrize("door", ["sign-in", "join", "forgot"])
def test_door_has_no_barriers(browser: Browser, site: Site, door: str, locale: str) -> None:
    with visiting(browser, site, locale=locale) as visit:
        assert barriers(visit, f"{site.url}/{door}") == []


def test_missing_page_has_no_barriers(browser: Browser, site: Site) -> None:
    with visiting(browser, site, site.trainee, locale="zh-CN") as visit:
        found = barriers(visit, f"{site.url}/courses/there-is-none")
        assert [line for line in found if "404 (NOT FOUND)" not in line] == []


def test_barriers_are_noticed(browser: Browser, site: Site) -> None:
    with visiting(browser, site, locale="zh-CN") as visit:
        visit.page.goto(f"{site.url}/sign-in")
        visit.page.evaluate(
            """() => {
                const image = document.createElement("img");
                image.src = "data:image/gif;base64,R0lGODlhAQABAAAAACw=";
                image.width = 5000;
                document.querySelector("main").append(image);
                document.body.setAttribute("style", "color: red");
            }"""
        )
        assert [finding.partition(":")[0] for finding in visit.axe_findings()] == ["image-alt"]
        assert visit.width_beyond_screen() > 0
        assert any("style-src" in complaint for complaint in visit.all_complaints())


def test_worksheets_load_at_most_60_kilobytes_of_script_and_style(browser: Browser, site: Site) -> None:
    with visiting(browser, site, site.trainee) as visit:
        visit.page.goto("about:blank")
        with visiting(browser, site) as fresh:
            fresh.page.context.add_cookies(visit.page.context.cookies())  # type: ignore[arg-type]
            fresh.page.goto(f"{site.url}{COURSE}/worksheets")
            sizes: dict[str, int] = fresh.page.evaluate(
                """() => Object.fromEntries(performance.getEntriesByType("resource")
                    .filter((entry) => /[.](css|js)$/.test(entry.name))
                    .map((entry) => [entry.name, entry.encodedBodySize]))"""
            )
    assert len(sizes) >= 3
    assert sum(sizes.values()) <= 60_000, sizes


def test_theme_is_remembered_and_never_flashes(browser: Browser, site: Site) -> None:
    with visiting(browser, site, site.trainee, color_scheme="light", locale="en-GB") as visit:
        ground = "getComputedStyle(document.body).backgroundColor"
        assert visit.page.evaluate(ground) == "rgb(246, 243, 236)"
        visit.page.click("details.menu summary")
        visit.page.check("input[name=theme][value=dark]", force=True)
        assert visit.page.evaluate(ground) == "rgb(21, 29, 26)"
        visit.page.goto(f"{site.url}/courses", wait_until="commit")
        assert visit.page.get_attribute("html", "data-bs-theme") == "dark"
        visit.page.click("details.menu summary")
        visit.page.check("input[name=theme][value=auto]", force=True)
        assert visit.page.evaluate(ground) == "rgb(246, 243, 236)"
        assert visit.all_complaints() == []


def test_language_switch_keeps_the_place(browser: Browser, site: Site) -> None:
    with visiting(browser, site, locale="zh-CN") as visit:
        visit.page.goto(f"{site.url}/sign-in?next=/courses")
        visit.page.click("button[name=language]")
        visit.page.wait_for_selector("html[lang=en]")
        assert visit.page.url == f"{site.url}/sign-in?next=/courses"
        assert visit.page.inner_text("h1") == "Sign in"


def test_on_a_phone_no_main_page_is_cut_off_and_the_language_stands_in_the_menu(browser: Browser, site: Site) -> None:
    beyond = """() => [...document.querySelectorAll(".nav-main a")].filter((way) => {
        const box = way.getBoundingClientRect();
        return box.left < 0 || box.right > window.innerWidth;
    }).length"""
    with visiting(browser, site, site.trainer, locale="en-GB") as visit:
        visit.page.set_viewport_size({"width": 320, "height": 640})
        visit.page.goto(f"{site.url}/courses")
        assert visit.page.locator(".nav-main a").count() >= 3
        assert (visit.page.evaluate(beyond), visit.width_beyond_screen()) == (0, 0)
        assert not visit.page.is_visible(".topbar__language button")
        visit.page.click("details.menu summary")
        try:
            visit.page.click(".menu__language button")
            visit.page.wait_for_selector("html[lang=zh-CN]")
        finally:
            forget_language(site, site.trainer)
        assert visit.page.url == f"{site.url}/courses"


def test_skip_link_leads_to_the_content(browser: Browser, site: Site) -> None:
    with visiting(browser, site, site.trainee) as visit:
        visit.page.goto(f"{site.url}/courses")
        visit.page.keyboard.press("Tab")
        visit.page.keyboard.press("Enter")
        assert visit.page.evaluate("document.activeElement.id") == "main"


def test_timetable_fits_one_landscape_sheet_of_paper(browser: Browser, site: Site) -> None:
    with visiting(browser, site, site.trainer, locale="zh-CN") as visit:
        visit.page.goto(site.url + COURSE)
        paper = visit.page.pdf(prefer_css_page_size=True)
    assert len(PdfReader(BytesIO(paper)).pages) == 1
