"""The cohorts of the demo organisation, brought about by the product's own actions, each at the time it had.

What lies ahead of `now` has not happened: nothing of it is done.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from functools import partial
from zoneinfo import ZoneInfo

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.accounts.models import Person
from app.assessment.assigning import Window, release_results, set_times
from app.catalogue.actions import newest_of
from app.catalogue.models import CourseVersion
from app.catalogue.queries import course_of
from app.certificates.actions import issue_certificates, reissue_certificate, revoke_certificate
from app.certificates.design import DesignFacts, change_design
from app.classroom.actions import tick_attendance
from app.classroom.queries import taught_session
from app.classroom.rules import Typed
from app.cohorts.actions import Plan, open_cohort
from app.cohorts.enrolling import enrol_people, withdraw
from app.cohorts.models import Cohort, CohortSession, Enrolment
from app.cohorts.queries import cohort_for
from app.db import Database
from app.demo.desks import Desk, deeds_at_desk
from app.demo.people import demo_organisation
from app.demo.plan import DemoCertificates, DemoCohort, demo_plan
from app.demo.together import Tables, demo_together, set_demo_rules
from app.files import FileStore
from app.records.progress import refresh
from app.web.viewing import Viewer

Deed = Callable[[datetime], None]
"""Something somebody did at this time."""


def furnish(database: Database, store: FileStore, *, now: datetime) -> None:
    """Cohorts, answers, marks and certificates for the demo people; nothing of a shipped course that is not there."""
    plan = demo_plan()
    with database.transaction() as db:
        if not any(newest_of(db, course) for course in plan.courses):
            return
        people = {person.number: person.id for person in db.scalars(select(Person))}
        _design(db, store, now=now)
    for each in plan.cohorts:
        with database.transaction() as db:
            version = newest_of(db, each.course)
            if version is not None:
                _Stage(db, each, version, people, now).play()
    with database.transaction() as db:
        refresh(db)


def _design(db: Session, store: FileStore, *, now: datetime) -> None:
    design, organisation = demo_plan().design, demo_organisation().organisation
    from app.demo.pictures import demo_seal, demo_signature  # noqa: PLC0415 -- 8 MB that only this start needs

    seal, signature = store.keep(demo_seal(organisation)), store.keep(demo_signature())
    facts = DesignFacts("classic", design.issuer, design.signer, design.signer_title, seal, signature)
    change_design(db, facts, by=None, now=now)


@dataclass
class _Stage:
    """One cohort being brought about."""

    db: Session
    plan: DemoCohort
    version: CourseVersion
    people: dict[str, int]
    now: datetime

    def __post_init__(self) -> None:
        self.zone = ZoneInfo(demo_organisation().zone)
        self.first_day = self.plan.first_day(self.now.astimezone(self.zone).date())
        self.trainer = self._viewer(self.plan.trainers[0])

    def play(self) -> None:
        """Open the cohort, and let happen what has happened, in its order."""
        opened = min(self._at(-self.plan.opened_before, time(10, 20)), self.now)
        self.cohort = self._opened(opened)
        for moment, deed in sorted(self._deeds(), key=lambda each: each[0]):
            if moment < self.now:
                deed(moment)
        self.db.flush()

    def _opened(self, moment: datetime) -> Cohort:
        trainer_ids = tuple(self.people[number] for number in self.plan.trainers)
        by = trainer_ids[0]
        plan = Plan(self.plan.name, self.zone.key, self.first_day, self.plan.room, trainer_ids)
        cohort = open_cohort(self.db, self.version, plan, by=by, now=moment)
        ids = [self.people[number] for number in self.plan.people]
        enrolments = enrol_people(self.db, cohort, ids, by=by, now=min(moment + timedelta(days=2), self.now))
        self.enrolments = {each.person_id: each for each in enrolments}
        wanted = select(CohortSession).where(CohortSession.cohort_id == cohort.id)
        self.sessions = {row.session_id: row for row in self.db.scalars(wanted)}
        return cohort_for(self.db, self.trainer, cohort.id)

    def _deeds(self) -> Iterator[tuple[datetime, Deed]]:
        for session in self.sessions.values():
            yield self._start_of(session) + timedelta(minutes=25), partial(self._tick, session)
        for number, session_id in self.plan.withdrawn.items():
            before = self._start_of(self.sessions[session_id]) - timedelta(minutes=20)
            yield before, partial(self._withdraw, number)
        for place, number in enumerate(self.plan.people):
            desk = Desk(self.db, self.cohort, self.plan.id, self._viewer(number), number, place)
            yield from deeds_at_desk(desk, self.sessions, {n: self._viewer(n) for n in self.plan.trainers}, self.now)
        if self.plan.id == demo_together().cohort:
            viewers = {number: self._viewer(number) for number in self.plan.people}
            yield from Tables(self.db, self.cohort, viewers, self.trainer, self.now).deeds(self.sessions)
        yield from self._ending()

    def _ending(self) -> Iterator[tuple[datetime, Deed]]:
        last = max(row.day for row in self.sessions.values())
        days = (last - self.first_day).days
        if self.plan.closes_after is not None:
            yield self._at(days, time(17, 40)), self._close
        if self.plan.id == demo_together().rules.cohort:
            yield self._at(days, time(17, 50)), self._weigh
        if self.plan.certificates is not None:
            given = days + self.plan.certificates.after
            yield self._at(given, time(10, 5)), partial(self._certify, self.plan.certificates)
            yield self._at(given + 4, time(15, 30)), partial(self._mend, self.plan.certificates)

    def _tick(self, session: CohortSession, moment: datetime) -> None:
        away = {self.people[number]: state for number, state in self.plan.away.get(session.session_id, {}).items()}
        typed = {each.id: Typed("", away.get(person_id, "")) for person_id, each in self.enrolments.items()}
        taught = taught_session(self.db, self.trainer, self.cohort.id, session.id)
        tick_attendance(self.db, taught, typed, fill=True, by=self.trainer.person_id, now=moment)

    def _withdraw(self, number: str, moment: datetime) -> None:
        withdraw(self.db, self.cohort, self._enrolment(number), by=self.trainer.person_id, now=moment)

    def _close(self, moment: datetime) -> None:
        """Results for everybody to see, and a day until which whoever is behind can still hand in."""
        slugs = course_of(self.version).exercise_slugs
        ends = moment + timedelta(days=self.plan.closes_after or 0)
        windows = {slug: Window(None, ends) for slug in slugs}
        set_times(self.db, self.cohort, windows, by=self.trainer.person_id, now=moment)
        for slug in slugs:
            release_results(self.db, self.cohort, slug, release=True, by=self.trainer.person_id, now=moment)

    def _weigh(self, moment: datetime) -> None:
        """How the gradebook makes up the totals."""
        set_demo_rules(self.db, self.cohort, by=self.trainer.person_id, now=moment)

    def _certify(self, plan: DemoCertificates, moment: datetime) -> None:
        chosen = {self._enrolment(number).id for number in self.plan.people if number not in plan.not_yet}
        self.db.flush()
        issued = issue_certificates(self.db, self.cohort, by=self.people[plan.by], now=moment, only=chosen)
        self.certificates = {each.enrolment_id: each for each in issued.certificates}

    def _mend(self, plan: DemoCertificates, moment: datetime) -> None:
        by = self.people[plan.by]
        for number, reason in plan.revoked.items():
            certificate = self.certificates[self._enrolment(number).id]
            revoke_certificate(self.db, certificate, reason, by=by, now=moment)
        for place, number in enumerate(plan.issued_again, 1):
            certificate = self.certificates[self._enrolment(number).id]
            reissue_certificate(self.db, certificate, by=by, now=moment + timedelta(minutes=3 * place))

    def _enrolment(self, number: str) -> Enrolment:
        return self.enrolments[self.people[number]]

    def _viewer(self, number: str) -> Viewer:
        person = next(each for each in demo_organisation().people if each.number == number)
        return Viewer(self.people[number], person.name, frozenset(person.roles), "zh-CN")

    def _at(self, days: int, hour: time) -> datetime:
        return datetime.combine(self.first_day + timedelta(days=days), hour, self.zone)

    def _start_of(self, session: CohortSession) -> datetime:
        return datetime.combine(session.day, time(), self.zone) + timedelta(minutes=session.starts)
