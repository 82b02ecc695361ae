"""A small world in which many kinds of exercises are answered, marked and put right, driven by chance."""

from __future__ import annotations

import random
from collections.abc import Callable
from copy import deepcopy
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from fractions import Fraction

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.accounts.models import Person
from app.assessment import actions
from app.assessment.excuses import excuse_trainee, take_back_excuse
from app.assessment.late import count_late
from app.assessment.marks import add_marking, settle_marks
from app.assessment.models import Assignment, Attempt, AttemptMember, MarkedBy, Submission
from app.assessment.queries import Work, any_work, handed_in, marking_spec, own_task, own_work, trained_work, written_in
from app.assessment.rules import rubric_marking, scheme_of
from app.catalogue.actions import publish_course
from app.catalogue.models import CourseVersion
from app.catalogue.queries import course_of
from app.classroom.rules import Tick
from app.cohorts.models import Cohort, Enrolment
from app.cohorts.queries import cohort_for
from app.db import Database
from app.errors import NotFound, UserError
from app.exercises import model_answer_of
from app.marking.actions import give_back, mark_attempt, override_points, take_back_override
from app.marking.queries import markings_of
from app.marking.undo import undo_marking
from app.web.guards import NOTHING_HERE
from tests.assessment.party_samples import create_group
from tests.assessment.samples import viewer_of
from tests.cohorts.samples import create_cohort
from tests.conftest import NOW
from tests.records.samples import tick
from tests.regrading.unseen_heads import BASE, CHANGES, SESSIONS, Head, course_of_heads, take_or_add_question


@dataclass
class World:
    """One cohort with a few people, on a course of its own."""

    rng: random.Random
    slug: str
    trainers: tuple[Person, ...]
    people: tuple[Person, ...]
    cohort_id: int = 0
    heads: dict[str, Head] = field(default_factory=lambda: deepcopy(BASE))
    passing: int = 60
    number: int = 1
    now: datetime = NOW
    untried: dict[str, Head] = field(default_factory=dict)

    def later(self) -> datetime:
        self.now += timedelta(minutes=self.rng.choice([0, 1, 7]))
        return self.now

    def open(self, db: Session) -> None:
        slugs = self.rng.sample(list(BASE), self.rng.randint(3, 6))
        self.heads = {slug: deepcopy(BASE[slug]) for slug in BASE if slug in slugs}
        version = self.publish(db)
        cohort = create_cohort(db, version, trainers=self.trainers, trainees=self.people, name=self.slug)
        self.cohort_id = cohort.id
        enrolments = list(db.scalars(select(Enrolment).where(Enrolment.cohort_id == cohort.id).order_by(Enrolment.id)))
        create_group(db, cohort, enrolments[: self.rng.randint(1, len(enrolments))])

    def publish(self, db: Session) -> CourseVersion:
        course = course_of_heads(self.slug, self.heads, title=f"第 {self.number} 版", passing=self.passing)
        self.number += 1
        return publish_course(db, course, by=None, now=self.now)

    def correct(self, db: Session, *, breaking: float = 0.15) -> CourseVersion:
        """A newer version in which one thing or several are otherwise."""
        self.untried, rng = deepcopy(self.heads), self.rng
        answers = select(Assignment.exercise).join(Attempt).join(Submission).order_by(Attempt.id)
        answered = db.scalars(answers.where(Assignment.cohort_id == self.cohort_id)).all()
        for _ in range(rng.randint(1, 4)):
            slug = rng.choice([*(each for each in answered if each in self.heads), *self.heads])
            trial = deepcopy(self.heads)
            change = take_or_add_question if rng.random() < breaking else rng.choice(CHANGES)
            change(rng, trial[slug])
            if rng.random() < breaking / 3:
                trial = {key: head for key, head in trial.items() if key != slug} or trial
            elif rng.random() < breaking / 3:
                trial[slug] = deepcopy(BASE[rng.choice(list(BASE))])
            try:
                course_of_heads(self.slug, trial, title="x", passing=60)
            except ValueError:
                continue  # a head that does not add up
            self.heads = trial
        if rng.random() < 0.2:
            self.passing = rng.choice([30, 60, 90])
        return self.publish(db)

    def not_moved(self) -> None:
        """The cohort stays: what is put right next starts from there."""
        self.heads = self.untried

    def cohort(self, db: Session, *, to_change: bool = True) -> Cohort:
        return cohort_for(db, viewer_of(self.trainers[0], "trainer"), self.cohort_id, to_change=to_change)

    def enrolment(self, db: Session, person: Person) -> Enrolment:
        wanted = select(Enrolment).where(Enrolment.cohort_id == self.cohort_id, Enrolment.person_id == person.id)
        return db.scalars(wanted).one()

    def step(self, database: Database) -> None:
        """Something that somebody does; what is refused changes nothing."""
        act = self.rng.choice(ACTS)
        try:
            with database.transaction() as db:
                act(self, db)
        except (UserError, NotFound):
            pass

    def attempts(self, db: Session, *, open_ones: bool) -> list[int]:
        found = (
            select(Attempt.id)
            .join(Assignment, Assignment.id == Attempt.assignment_id)
            .outerjoin(Submission, Submission.attempt_id == Attempt.id)
            .where(Assignment.cohort_id == self.cohort_id, Attempt.returned_at.is_(None))
            .where(Submission.attempt_id.is_(None) if open_ones else Submission.attempt_id.is_not(None))
            .order_by(Attempt.id)
        )
        return list(db.scalars(found))

    def one(self, db: Session, *, trainer: Person | None = None) -> Work:
        """An answer that was handed in, for a trainer to mark."""
        ids = self.attempts(db, open_ones=False)
        if not ids:
            raise NotFound(NOTHING_HERE)
        return trained_work(db, viewer_of(trainer or self.trainers[0], "trainer"), self.rng.choice(ids), to_change=True)

    def answer(self, work: Work) -> dict[str, str]:
        right = model_answer_of(work.spec) or {}
        found = {}
        for name in sorted(work.sheet.names):
            if name in right and self.rng.random() < 0.6:
                found[name] = right[name]
            elif choices := work.sheet.choices.get(name):
                found[name] = self.rng.choice(sorted(choices))
            elif name in right:
                found[name] = self.rng.choice(["", right[name], "24", "12", "价格"])
            else:
                found[name] = self.rng.choice(["", "因为客户这样说"])
        return found


def _begin(world: World, db: Session) -> Work:
    person = world.rng.choice(world.people)
    slugs = list(course_of(world.cohort(db).version).exercise_slugs)
    task = own_task(db, viewer_of(person), world.cohort_id, world.rng.choice(slugs))
    attempt = actions.start_attempt(db, task, by=person.id, now=world.later())
    return own_work(db, viewer_of(person), attempt.id, to_change=True)


def _write(world: World, db: Session, work: Work) -> None:
    fields = {name: text for name, text in world.answer(work).items() if name in work.sheet.names}
    seq = actions.next_seq(db, work.attempt.id, "phone")
    actions.save_fields(db, work, actions.Save("phone", seq, 10**9, fields), by=work.enrolment.person_id, now=world.now)


def begin(world: World, db: Session) -> None:
    _write(world, db, _begin(world, db))


def begin_and_hand_in(world: World, db: Session) -> None:
    work = _begin(world, db)
    _write(world, db, work)
    known = actions.graded(work.spec, written_in(db, work.attempt.id))
    actions.hand_in(db, work, known, by=work.enrolment.person_id, now=world.later())


def hand_in(world: World, db: Session) -> None:
    ids = world.attempts(db, open_ones=True)
    if ids:
        work = any_work(db, world.rng.choice(ids))
        known = actions.graded(marking_spec(db, work), written_in(db, work.attempt.id))
        actions.hand_in(db, work, known, by=work.enrolment.person_id, now=world.later())


def mark(world: World, db: Session) -> None:
    trainer = world.rng.choice(world.trainers)
    work = world.one(db, trainer=trainer)
    spec = marking_spec(db, work)
    levels = [world.rng.choice(criterion.levels).points for criterion in spec.rubric]
    if levels:
        mark_attempt(db, work, levels, comment="好", seen=10**9, by=trainer.id, now=world.later())


def second(world: World, db: Session) -> None:
    """A second marker's word stands beside, as do single reviews."""
    work = world.one(db)
    kinds: tuple[MarkedBy, ...] = ("second", "review")
    kind, by, parts = world.rng.choice(kinds), world.trainers[1].id, rubric_marking([Fraction(1)])
    add_marking(db, work, kind, by=by, now=world.later(), earned=Fraction(1), parts=parts)
    settle_marks(db, work)


def combined(world: World, db: Session) -> None:
    """What peers or observers say together is put down by the product; or that they are left out."""
    work = world.one(db)
    spec = marking_spec(db, work)
    sides = [side for side, _ in scheme_of(spec).people if side != "trainer"]
    if not sides:
        return
    levels = [Fraction(world.rng.choice(criterion.levels).points) for criterion in spec.rubric]
    out = world.rng.random() < 0.2
    add_marking(
        db,
        work,
        world.rng.choice(sides),  # type: ignore[arg-type]  # peer or observer
        by=None,
        now=world.later(),
        earned=None if out else sum(levels, Fraction(0)),
        parts={} if out else rubric_marking(levels) | {"from": []},
        change_id=work.submission.change_id if work.submission else None,
    )
    settle_marks(db, work)


def undo(world: World, db: Session) -> None:
    work = world.one(db)
    given = [each for each in markings_of(db, work.attempt.id) if each.mark.marked_by == "trainer"]
    if given:
        by = next(each for each in world.trainers if each.id == given[-1].by_id)
        undo_marking(db, viewer_of(by, "trainer"), given[-1].id, now=world.later(), alone=work.attempt.id)


def override(world: World, db: Session) -> None:
    work = world.one(db)
    most = marking_spec(db, work).points
    points = Fraction(world.rng.randint(0, int(most)))
    override_points(db, work, points, reason="看过了", seen=10**9, by=world.trainers[0].id, now=world.later())


def take_back(world: World, db: Session) -> None:
    take_back_override(db, world.one(db), seen=10**9, by=world.trainers[0].id, now=world.later())


def give(world: World, db: Session) -> None:
    work = world.one(db)
    written = handed_in(db, work)
    give_back(db, work, written, reason="再看看", reopened=False, by=world.trainers[0].id, now=world.later())


def late(world: World, db: Session) -> None:
    """Closed, and something arrives afterwards that the trainer lets count."""
    work = world.one(db)
    seq = actions.next_seq(db, work.attempt.id, "tab")
    fields = world.answer(work)
    actions.keep_fields(db, work, actions.Save("tab", seq, 10**9, fields), by=None, now=world.later(), late=True)  # type: ignore[arg-type]  # nobody in particular
    count_late(db, work, by=world.trainers[0].id, now=world.later())


def excuse(world: World, db: Session) -> None:
    person = world.rng.choice(world.people)
    cohort = world.cohort(db)
    slug = world.rng.choice(list(course_of(cohort.version).exercise_slugs))
    by, now = world.trainers[0].id, world.later()
    if world.rng.random() < 0.7:
        excuse_trainee(db, cohort, slug, world.enrolment(db, person), reason="病假", by=by, now=now)
    else:
        take_back_excuse(db, cohort, slug, world.enrolment(db, person), by=by, now=now)


def final(world: World, db: Session) -> None:
    """Marks become final, or are opened again."""
    rows = db.scalars(select(Assignment).where(Assignment.cohort_id == world.cohort_id).order_by(Assignment.id)).all()
    row = world.rng.choice(rows)
    row.final_at = None if row.final_at or world.rng.random() < 0.7 else world.later()


def release(world: World, db: Session) -> None:
    rows = db.scalars(select(Assignment).where(Assignment.cohort_id == world.cohort_id).order_by(Assignment.id)).all()
    world.rng.choice(rows).released_at = world.later()


def attend(world: World, db: Session) -> None:
    person, session = world.rng.choice(world.people), world.rng.choice(SESSIONS)
    state: Tick = world.rng.choice(["present", "present", "present", "absent"])
    cohort = world.cohort(db)
    tick(db, cohort, world.trainers[0], session, {world.enrolment(db, person).id: state}, now=world.later())


def broken(world: World, db: Session) -> None:
    """Handed in, and the key fails on it."""
    work = _begin(world, db)
    _write(world, db, work)
    change_id = written_in(db, work.attempt.id).newest
    known = actions.Graded(change_id, None, {}, "AB12", work.cohort.version_id)
    actions.hand_in(db, work, known, by=work.enrolment.person_id, now=world.later())


ACTS: tuple[Callable[[World, Session], None], ...] = (
    *(begin_and_hand_in,) * 6,
    begin,
    begin,
    hand_in,
    hand_in,
    *(mark,) * 3,
    second,
    *(combined,) * 3,
    undo,
    *(override,) * 2,
    take_back,
    give,
    late,
    excuse,
    final,
    release,
    *(attend,) * 3,
    broken,
)


def members(db: Session, cohort_id: int) -> list[tuple[int, int]]:
    """(enrolment, attempt) of everything handed in and not given back."""
    rows = db.execute(
        select(AttemptMember.enrolment_id, Attempt.id)
        .join(Attempt, Attempt.id == AttemptMember.attempt_id)
        .join(Assignment, Assignment.id == Attempt.assignment_id)
        .join(Submission, Submission.attempt_id == Attempt.id)
        .where(Assignment.cohort_id == cohort_id, Attempt.returned_at.is_(None))
        .order_by(AttemptMember.enrolment_id, AttemptMember.number)
    )
    return [(enrolment_id, attempt_id) for enrolment_id, attempt_id in rows]
