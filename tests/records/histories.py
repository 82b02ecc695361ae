"""Everything that completion depends on, done through the product's own actions, one step after another."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from fractions import Fraction
from itertools import count

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.accounts.actions import move_person
from app.accounts.models import Department, Person
from app.assessment import actions
from app.assessment.actions import Save
from app.assessment.excuses import excuse_trainee, take_back_excuse
from app.assessment.models import Attempt, AttemptMember
from app.assessment.queries import Work, attempts_at, own_task, own_work, trained_work, written_in
from app.classroom.models import STATES
from app.classroom.rules import Tick
from app.cohorts.actions import change_cohort, set_dates
from app.cohorts.enrolling import enrol_people, take_back, withdraw
from app.cohorts.models import Cohort, Enrolment
from app.cohorts.queries import cohort_for, dates_in_order_of_course
from app.errors import UserError
from app.marking import actions as marking
from app.marking.queries import markings_of, newest_by_person
from tests.assessment.samples import viewer_of
from tests.conftest import NOW
from tests.records.samples import EXERCISES, create_sample, open_sample, tick

SESSIONS = ("d1-am", "d1-pm", "d2-am", "d2-pm")
SLUGS = tuple(EXERCISES)
ZONES = ("Asia/Shanghai", "America/New_York", "Pacific/Kiritimati")
FIELDS = {
    "level.uptime": "primary",
    "sales_related.uptime": "yes",
    "level.seats": "secondary",
    "sales_related.seats": "no",
}
ALL_OF_IT = create_sample()
LITTLE = create_sample(slug="easy", attendance="30%", exercises={"required": ["drill"], "pass": "50%"})
TICKS: tuple[Tick, ...] = (*STATES, "")
LATER = NOW + timedelta(days=900)
"""When every session that a history moves can be ticked."""
Step = tuple[str, int, int, int]
"""What is done, and three numbers that choose with what."""


@dataclass
class History:
    """Four people and two cohorts; a third of everything is refused, as in life."""

    db: Session
    trainer: Person
    trainees: Sequence[Person]
    cohorts: tuple[Cohort, ...] = ()
    hours: count[int] = field(default_factory=lambda: count(1))

    def begin(self) -> None:
        """Two cohorts on different courses with two people each, one of them in both."""
        first, second, third = self.trainees[:3]
        self.db.add_all(Department(name=name) for name in ("华东", "华南"))
        self.cohorts = (
            open_sample(self.db, self.trainer, first, second, course=ALL_OF_IT),
            open_sample(self.db, self.trainer, second, third, course=LITTLE, name="二班"),
        )

    @property
    def now(self) -> datetime:
        return NOW + timedelta(hours=next(self.hours) * 7)

    def take(self, step: Step) -> None:
        """One step; what the product refuses changes nothing."""
        name, first, second, third = step
        self.db.expire_all()
        with suppress(UserError), self.db.begin_nested():
            getattr(self, name)(first, second, third)
        self.db.flush()

    def tick(self, who: int, session: int, state: int) -> None:
        enrolment = self._enrolment(who)
        ticks = {enrolment.id: TICKS[state % len(TICKS)]}
        tick(self.db, self._cohort(enrolment), self.trainer, SESSIONS[session % 4], ticks, now=LATER)

    def answer(self, who: int, exercise: int, right: int) -> None:
        """Hand in with so many fields right."""
        enrolment = self._enrolment(who)
        self._write(enrolment, SLUGS[exercise % 4], dict(list(FIELDS.items())[: right % 5]), hands_in=True)

    def write(self, who: int, exercise: int, _right: int) -> None:
        """Begin and save without handing in."""
        self._write(self._enrolment(who), SLUGS[exercise % 4], FIELDS, hands_in=False)

    def join(self, who: int, attempt: int, _: int) -> None:
        """Somebody works on another one's attempt before it is handed in: there is no page for groups as yet."""
        rows = self.db.execute(
            select(AttemptMember, Enrolment.cohort_id).join(Enrolment, Enrolment.id == AttemptMember.enrolment_id)
        ).all()
        enrolment = self._enrolment(who)
        if not rows:
            return
        of, cohort_id = rows[attempt % len(rows)]
        taken = [row for row, _ in rows if (row.enrolment_id, row.assignment_id) == (enrolment.id, of.assignment_id)]
        handed_in = own_work_of(self.db, of).submission is not None
        if cohort_id == enrolment.cohort_id and not taken and not handed_in:
            member = {"attempt_id": of.attempt_id, "assignment_id": of.assignment_id, "number": 1}
            self.db.add(AttemptMember(enrolment_id=enrolment.id, **member))

    def mark(self, attempt: int, level: int, _: int) -> None:
        work = self._trained(attempt)
        if work and work.spec.rubric:
            levels = [Fraction(2 * (level % 2))]
            seen = self._seen(work)
            marking.mark_attempt(self.db, work, levels, comment="", seen=seen, by=self.trainer.id, now=self.now)

    def override(self, attempt: int, points: int, _: int) -> None:
        work = self._trained(attempt)
        if work:
            seen, of = self._seen(work), Fraction(points % 13, 3)
            marking.override_points(self.db, work, of, reason="x", seen=seen, by=self.trainer.id, now=self.now)

    def trust_key(self, attempt: int, _: int, __: int) -> None:
        if work := self._trained(attempt):
            marking.take_back_override(self.db, work, seen=self._seen(work), by=self.trainer.id, now=self.now)

    def give_back(self, attempt: int, reopened: int, _: int) -> None:
        if work := self._trained(attempt):
            written, again = written_in(self.db, work.attempt.id), bool(reopened % 2)
            marking.give_back(self.db, work, written, reason="", reopened=again, by=self.trainer.id, now=self.now)

    def excuse(self, who: int, exercise: int, _: int) -> None:
        enrolment = self._enrolment(who)
        cohort, slug, by = self._cohort(enrolment), SLUGS[exercise % 4], self.trainer.id
        excuse_trainee(self.db, cohort, slug, enrolment, reason="x", by=by, now=self.now)

    def ask_again(self, who: int, exercise: int, _: int) -> None:
        enrolment = self._enrolment(who)
        cohort, slug = self._cohort(enrolment), SLUGS[exercise % 4]
        take_back_excuse(self.db, cohort, slug, enrolment, by=self.trainer.id, now=self.now)

    def withdraw(self, who: int, _: int, __: int) -> None:
        enrolment = self._enrolment(who)
        withdraw(self.db, self._cohort(enrolment), enrolment, by=self.trainer.id, now=self.now)

    def take_back(self, who: int, _: int, __: int) -> None:
        enrolment = self._enrolment(who)
        take_back(self.db, self._cohort(enrolment), enrolment, by=self.trainer.id, now=self.now)

    def hand_in_for(self, who: int, exercise: int, _: int) -> None:
        """A trainer hands in what somebody left behind who was withdrawn."""
        self._hand_in_for(self._enrolment(who), SLUGS[exercise % 4])

    def move_dates(self, cohort: int, session: int, days: int) -> None:
        found = self._cohort_by(cohort)
        stored = list(dates_in_order_of_course(self.db, found))
        dated = stored[session % len(stored)]
        stored[session % len(stored)] = replace(dated, day=dated.day + timedelta(days=days % 90 - 20))
        set_dates(self.db, found, stored, by=self.trainer.id, now=self.now)

    def change_zone(self, cohort: int, zone: int, _: int) -> None:
        found, ids = self._cohort_by(cohort), [self.trainer.id]
        change_cohort(self.db, found, found.name, zone=ZONES[zone % 3], trainer_ids=ids, by=ids[0], now=self.now)

    def move_person(self, who: int, department: int, _: int) -> None:
        departments = [*self.db.scalars(select(Department.id).order_by(Department.id)), None]
        person = self.db.get_one(Person, self.trainees[who % len(self.trainees)].id)
        move_person(person, departments[department % len(departments)])

    def enrol(self, who: int, cohort: int, _: int) -> None:
        found, person = self._cohort_by(cohort), self.trainees[who % len(self.trainees)]
        known = Enrolment.cohort_id == found.id, Enrolment.person_id == person.id
        if self.db.scalars(select(Enrolment.id).where(*known)).first() is None:
            enrol_people(self.db, found, [person.id], by=self.trainer.id, now=self.now)

    def _write(self, enrolment: Enrolment, exercise: str, fields: dict[str, str], *, hands_in: bool) -> None:
        if enrolment.withdrawn_at is not None:
            return
        person, now = enrolment.person_id, self.now
        viewer = viewer_of(self.db.get_one(Person, person))
        task = own_task(self.db, viewer, enrolment.cohort_id, exercise)
        attempt = actions.start_attempt(self.db, task, by=person, now=now)
        self.db.flush()
        work = own_work(self.db, viewer, attempt.id, to_change=True)
        if fields:
            saved = Save("phone", actions.next_seq(self.db, attempt.id, "phone"), 0, fields)
            actions.save_fields(self.db, work, saved, by=person, now=now)
        if hands_in:
            known = actions.graded(work.spec, written_in(self.db, attempt.id))
            actions.hand_in(self.db, work, known, by=person, now=now)

    def _hand_in_for(self, enrolment: Enrolment, exercise: str) -> None:
        rows = attempts_at(self.db, enrolment.id, exercise)
        if rows:
            work = trained_work(self.db, viewer_of(self.trainer, "trainer"), rows[-1][0].id, to_change=True)
            known = actions.graded(work.spec, written_in(self.db, work.attempt.id))
            marking.hand_in_for(self.db, work, known, by=self.trainer.id, now=self.now)

    def _enrolment(self, number: int) -> Enrolment:
        found = self.db.scalars(select(Enrolment).order_by(Enrolment.id)).all()
        return found[number % len(found)]

    def _trained(self, number: int) -> Work | None:
        ids = self.db.scalars(select(Attempt.id).order_by(Attempt.id)).all()
        viewer = viewer_of(self.trainer, "trainer")
        return trained_work(self.db, viewer, ids[number % len(ids)], to_change=True) if ids else None

    def _seen(self, work: Work) -> int:
        return newest_by_person(markings_of(self.db, work.attempt.id))

    def _cohort(self, enrolment: Enrolment) -> Cohort:
        return cohort_for(self.db, viewer_of(self.trainer, "trainer"), enrolment.cohort_id, to_change=True)

    def _cohort_by(self, number: int) -> Cohort:
        wanted = self.cohorts[number % len(self.cohorts)].id
        return cohort_for(self.db, viewer_of(self.trainer, "trainer"), wanted, to_change=True)


def own_work_of(db: Session, member: AttemptMember) -> Work:
    """The attempt as one of its members sees it."""
    person = db.scalars(
        select(Person).join(Enrolment, Enrolment.person_id == Person.id).where(Enrolment.id == member.enrolment_id)
    ).one()
    return own_work(db, viewer_of(person), member.attempt_id)


MATTERS = (
    "tick",
    "answer",
    "mark",
    "override",
    "trust_key",
    "give_back",
    "excuse",
    "ask_again",
    "withdraw",
    "take_back",
    "hand_in_for",
    "move_dates",
    "change_zone",
    "move_person",
    "enrol",
)
STEPS = (*MATTERS, "write", "join")
"""What a history is made of."""
