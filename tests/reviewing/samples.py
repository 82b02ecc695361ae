"""A class whose answers are reviewed by one another, for tests."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from fractions import Fraction
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.accounts.models import Person
from app.assessment import actions as answering
from app.assessment.actions import Save
from app.assessment.marks import add_marking, settle_marks
from app.assessment.models import Assignment, Attempt
from app.assessment.queries import any_work, own_task, own_work, written_in
from app.assessment.rules import rubric_marking
from app.catalogue.actions import publish_course
from app.catalogue.queries import course_of
from app.cohorts.models import Cohort, Enrolment
from app.exercises import Spec
from app.reviewing.actions import give_review
from app.reviewing.models import Review, ReviewRound
from app.reviewing.queries import own_part, round_of
from app.reviewing.rounds import Plan, open_round
from tests.assessment.course_samples import course_with
from tests.assessment.samples import viewer_of
from tests.cohorts.samples import create_cohort
from tests.conftest import NOW

SLUG = "letter"
NAMES = "甲乙丙丁戊己庚辛壬癸子丑寅卯"
LETTER: dict[str, Any] = {
    "kind": "text",
    "title": "给客户的一封信",
    "minutes": 20,
    "points": 6,
    "marking": ["peer"],
    "tasks": [{"id": "letter", "label": "信", "lines": 6}],
    "rubric": [
        {"criterion": "说清楚", "levels": [{"points": n, "text": f"清楚 {n}"} for n in range(4)]},
        {"criterion": "有依据", "levels": [{"points": n, "text": f"依据 {n}"} for n in range(4)]},
    ],
}
PLAN = Plan(reviewers=3, least=2, anonymous=True, closes_at=NOW + timedelta(days=2))


@dataclass(frozen=True)
class Class:
    """A cohort, its trainer, and everybody in it by the order in which they were made."""

    cohort: Cohort
    trainer: Person
    people: tuple[Person, ...]
    enrolments: tuple[Enrolment, ...]
    assignment: Assignment

    @property
    def spec(self) -> Spec:
        return course_of(self.cohort.version).exercises[SLUG]

    def number_of(self, enrolment_id: int) -> int:
        return next(n for n, each in enumerate(self.enrolments) if each.id == enrolment_id)


def create_class(db: Session, create_person: Callable[..., Person], trainer: Person, count: int, **over: Any) -> Class:
    named = [*NAMES, *(f"第{n}" for n in range(len(NAMES), count))]
    people = tuple(create_person(f"学员{named[n]}", number=f"S{n:03}") for n in range(count))
    exercise = over if "kind" in over else {**LETTER, **over}
    version = publish_course(db, course_with({SLUG: exercise}), by=None, now=NOW)
    cohort = create_cohort(db, version, trainers=[trainer], trainees=people)
    rows = {each.person_id: each for each in db.scalars(select(Enrolment).where(Enrolment.cohort_id == cohort.id))}
    assignment = db.scalars(select(Assignment).where(Assignment.cohort_id == cohort.id)).one()
    return Class(cohort, trainer, people, tuple(rows[each.id] for each in people), assignment)


def answer(db: Session, room: Class, number: int, text: str = "") -> Attempt:
    """Somebody writes and hands in."""
    person = room.people[number]
    viewer = viewer_of(person)
    attempt = answering.start_attempt(db, own_task(db, viewer, room.cohort.id, SLUG), by=person.id, now=NOW)
    work = own_work(db, viewer, attempt.id)
    save = Save("phone", 1, 0, {"letter": text or f"信之{number}"})
    answering.save_fields(db, work, save, by=person.id, now=NOW)
    answering.hand_in(db, work, answering.graded(work.spec, written_in(db, attempt.id)), by=person.id, now=NOW)
    return attempt


def open_for(db: Session, room: Class, plan: Plan = PLAN) -> ReviewRound:
    return open_round(db, room.cohort, room.assignment, room.spec, plan, by=room.trainer.id, now=NOW)


def reviews_of(db: Session, room: Class, number: int, *, role: str = "peer") -> list[Review]:
    """What somebody was asked for."""
    found = round_of(db, room.assignment.id)
    assert found is not None
    wanted = select(Review).where(Review.round_id == found.id, Review.enrolment_id == room.enrolments[number].id)
    return list(db.scalars(wanted.where(Review.role == role).order_by(Review.id)))


def review(
    db: Session,
    room: Class,
    number: int,
    asked: Review,
    levels: Sequence[int],
    *,
    comment: str = "",
    now: datetime = NOW,
) -> None:
    """Somebody judges one answer."""
    person = room.people[number]
    part = own_part(db, viewer_of(person), asked.id, to_change=True)
    give_review(db, part, [Fraction(level) for level in levels], comment=comment, by=person.id, now=now)


def mark(db: Session, room: Class, attempt: Attempt, *levels: int) -> None:
    """The trainer marks."""
    work = any_work(db, attempt.id)
    given = [Fraction(level) for level in levels]
    earned = sum(given, Fraction(0))
    add_marking(db, work, "trainer", by=room.trainer.id, now=NOW, earned=earned, parts=rubric_marking(given))
    settle_marks(db, work)
