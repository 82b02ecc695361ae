"""The pages of groups, reviews and versions on the smallest phone, with long names: no barrier, nothing cut off."""

from __future__ import annotations

import pytest
from playwright.sync_api import Browser
from sqlalchemy.orm import Session

from app import clock
from app.accounts.models import Person
from app.catalogue.actions import publish_course
from app.classroom.models import Group, GroupMember
from app.reviewing.rounds import Plan
from tests.assessment.course_samples import course_with
from tests.browser.attempts import _person, _writing
from tests.browser.parties import PASSWORD, _hash
from tests.browser.site import Account, Site, Visit, visiting
from tests.reviewing.samples import LETTER, SLUG, Class, answer, create_class, open_for, reviews_of

pytestmark = [pytest.mark.browser, pytest.mark.timeout(300)]

LONG = ("买买提阿卜杜热合曼玉素甫江古丽巴哈尔努尔麦麦提敏艾合买提江", "Donaudampfschifffahrtskapitaen", "王思齐")


def barriers_on_phones(visit: Visit, url: str) -> list[str]:
    """What is wrong with a page at 320 px; quicker than all widths and themes, for pages made of the same parts."""
    visit.page.set_viewport_size({"width": 320, "height": 800})
    visit.page.goto(url)
    found = [*visit.all_complaints(), *visit.axe_findings()]
    visit.complaints.clear()
    return [
        f"{url}: {line}"
        for line in found + [f"{beyond} px too wide" for beyond in [visit.width_beyond_screen()] if beyond]
    ]


def _class(db: Session, trainer: Person) -> Class:
    """Three people who handed in, review one another and sit in one group; and a newer version of their course."""

    def person(_: str, number: str) -> Person:
        made = Person(
            number=f"L{number}", display_name=LONG[int(number[1:])], created_at=clock.now(), password_hash=_hash()
        )
        db.add(made)
        db.flush()
        return made

    room = create_class(db, person, trainer, len(LONG), work="group")
    attempts = [answer(db, room, number) for number in range(len(LONG))]
    open_for(db, room, Plan(reviewers=1, least=1, anonymous=True, closes_at=None))
    group = Group(cohort_id=room.cohort.id, work="group", name=LONG[1], created_at=clock.now())
    db.add(group)
    db.flush()
    for each in room.enrolments:
        db.add(GroupMember(enrolment_id=each.id, work="group", group_id=group.id, leads=False, joined_at=clock.now()))
    attempts[0].group_id = group.id
    other = {**LETTER, "work": "group", "rubric": LETTER["rubric"][:1], "points": 3}
    publish_course(db, course_with({SLUG: other}), by=None, now=clock.now())
    return room


def test_the_pages_of_a_class_have_no_barriers_on_a_phone(browser: Browser, site: Site) -> None:
    with _writing(site) as db:
        room = _class(db, _person(db, site.trainer.number))
        cohort = f"{site.url}/cohorts/{room.cohort.id}"
        (asked,) = reviews_of(db, room, 0)
        trainee, review, judged = Account(room.people[0].number, PASSWORD), asked.id, asked.attempt_id
    exercise = f"{cohort}/exercises/{SLUG}"
    trainers = [f"{cohort}/groups", f"{cohort}/groups?work=pairs", f"{cohort}/exercises", f"{exercise}/reviews"]
    trainers += [f"{cohort}/versions", f"{cohort}/versions/2", f"{exercise}/mark/second", f"{exercise}/groups"]
    trainers += [f"{site.url}/attempts/{judged}/members", f"{site.url}/marking/lately", f"{site.url}/marking"]
    with visiting(browser, site, site.trainer, locale="zh-CN") as visit:
        assert [line for url in trainers for line in barriers_on_phones(visit, url)] == []
    with visiting(browser, site, trainee, locale="en-GB") as visit:
        trainees = (f"{exercise}/reviewing", f"{site.url}/reviews/{review}")
        assert [line for url in trainees for line in barriers_on_phones(visit, url)] == []


def test_what_is_too_wide_is_noticed(browser: Browser, site: Site) -> None:
    with visiting(browser, site, site.trainer, locale="zh-CN") as visit:
        visit.page.add_init_script(
            """addEventListener("DOMContentLoaded", () => {
                const wide = document.createElement("canvas");
                wide.width = 900;
                document.querySelector("main").append(wide);
            })"""
        )
        (found,) = barriers_on_phones(visit, f"{site.url}/cohorts")
        assert found.endswith("px too wide")
