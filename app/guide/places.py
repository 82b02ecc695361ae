"""Which section of which guide fits which page."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass

from flask import current_app
from werkzeug.exceptions import HTTPException
from werkzeug.routing import RequestRedirect

from app.guide.pages import READERS, Reader
from app.web.viewing import RoleName, Viewer


@dataclass(frozen=True)
class Place:
    """A section of a guide."""

    reader: Reader
    anchor: str


READ_BY: dict[RoleName, Reader] = {"author": "trainer", "trainer": "trainer", "HR": "hr", "admin": "admin"}
"""Which guide people with a role read. Whoever has none is a trainee, and everybody may be one."""

SECTIONS: dict[str, str] = {
    # getting in
    "accounts.sign_in": "trainee:sign-in",
    "doors.join": "trainee:sign-in",
    "doors.invitation": "trainee:sign-in",
    "doors.forgot": "trainee:password",
    "profile.own": "trainee:password",
    # taking a course
    "home.start": "trainer:day hr:morning admin:first-steps trainee:today",
    "home.my_course": "trainee:today",
    "assessment.exercise": "trainee:answer",
    "assessment.attempt": "trainee:answer",
    "assessment.check": "trainee:hand-in",
    "teamwork.who_wrote_what": "trainer:groups trainee:together",
    "home.record": "trainee:record",
    # teaching
    "catalogue.courses": "trainer:courses trainee:today",
    "catalogue.course": "trainer:courses trainee:today",
    "catalogue.document": "trainer:courses trainee:today",
    "cohorts.cohorts": "trainer:open-cohort",
    "cohorts.new_cohort": "trainer:open-cohort",
    "cohorts.cohort": "trainer:open-cohort",
    "cohorts.sessions": "trainer:open-cohort",
    "cohorts.edit_cohort": "trainer:leave",
    "enrolment.people": "trainer:lost-phone",
    "enrolment.enrol": "trainer:import-list",
    "enrolment.person": "trainer:lost-phone",
    "classroom.attendance": "trainer:attendance",
    "classroom.groups": "trainer:groups",
    "assessment.assignments": "trainer:exercises",
    "assessment.together": "trainer:exercises",
    "assessment.members": "trainer:groups",
    "teamwork.groups_at_work": "trainer:groups",
    "teamwork.shared": "trainer:groups",
    "assessment.extra_time": "trainer:time-limit",
    "assessment.cohort_table": "trainer:table",
    "gradebook.gradebook": "trainer:gradebook",
    "gradebook.rules": "trainer:gradebook",
    "gradebook.person": "trainer:gradebook",
    "gradebook.marks": "trainer:gradebook",
    "gradebook.own": "trainee:record",
    "regrading.versions": "trainer:version",
    "regrading.version": "trainer:version",
    "statistics.course": "trainer:statistics",
    "statistics.exercise": "trainer:statistics",
    "marking.inbox": "trainer:marking",
    "marking.lately": "trainer:marking",
    "marking.answer": "trainer:marking",
    "fastdesk.fast": "trainer:marking",
    "fastdesk.second": "trainer:marking",
    "paperwork.paper": "trainer:paper",
    "paperwork.paper_sheet": "trainer:paper",
    "paperwork.returned": "trainee:pdf-form",
    "reviewing.own": "trainee:review",
    "reviewing.review": "trainee:review",
    "reviewing.observers": "trainee:review",
    "reviewing.round_page": "trainer:reviews",
    "records.cohort_completion": "trainer:cohort-completion",
    # HR's desk
    "records.completion": "hr:who-and-why",
    "records.overview": "hr:overview",
    "records.hours": "hr:hours",
    "home.person_record": "hr:person",
    "certificates.certificates": "hr:issue",
    "certificates.cohort": "hr:issue trainer:cohort-completion",
    "certificates.certificate": "hr:revoke trainer:cohort-completion",
    "certificates.design": "hr:design admin:organisation",
    "certificates.verify_form": "hr:verify trainee:certificate",
    "certificates.verify": "hr:verify trainee:certificate",
    # keeping the product
    "people.people": "admin:people",
    "people.person": "admin:people",
    "people.new": "admin:people",
    "admin.admin": "admin:organisation",
    "admin.departments": "admin:departments",
    "admin.department": "admin:departments",
    # these lead to the list of guides
    "guide.guides": "",
    "guide.page": "",
}
"""Endpoint of a page → its sections, `guide:section`. The first of a guide that the viewer reads is theirs; where
there is none, the last: what everybody may need.
"""
WRONG = Place("trainee", "errors")
"""Where no page was meant: what to do when something does not work."""


def place_for(endpoint: str | None, path: str, viewer: Viewer | None) -> Place | None:
    """The section for whoever looks at a page; None where the page is a guide itself."""
    told = SECTIONS.get(endpoint if endpoint and endpoint in SECTIONS else _page_above(path))
    if told is None:
        return WRONG
    places = places_in(told)
    read = readers_of(viewer)
    return next((place for place in places if place.reader in read), places[-1]) if places else None


def places_in(told: str) -> tuple[Place, ...]:
    """The sections that an entry of SECTIONS names."""
    return tuple(_place(word) for word in told.split())


def readers_of(viewer: Viewer | None) -> frozenset[Reader]:
    """The guides written for somebody, but that of trainees, which stands last where it stands beside others."""
    return frozenset(READ_BY[role] for role in viewer.roles) if viewer else frozenset()


def _place(word: str) -> Place:
    name, _, anchor = word.partition(":")
    return Place(next(reader for reader in READERS if reader == name), anchor)


def _page_above(path: str) -> str:
    """The page that an address without one belongs to: forms are sent to addresses below the page they stand on."""
    return next((endpoint for endpoint in _endpoints_above(path) if endpoint in SECTIONS), "")


def _endpoints_above(path: str) -> Iterator[str]:
    adapter = current_app.url_map.bind("")
    while path.strip("/"):
        with suppress(HTTPException, RequestRedirect):
            yield adapter.match(path, method="GET")[0]
        path = path.rpartition("/")[0]
