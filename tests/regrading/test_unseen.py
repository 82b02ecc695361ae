"""Histories over exercises of many kinds, put right again and again, against a small oracle of their own.

What the dry run says is what happens; what a worker does that is killed again and again is what one pass does; points
and completion are what they would be had nothing been there before; what people said stays bit for bit.
"""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.accounts.models import Person
from app.assessment import actions
from app.assessment.models import Assignment, Attempt, Marking
from app.assessment.queries import any_work, handed_in, result_for, version_that_marks
from app.assessment.rules import counted_points
from app.assessment.sheets import spec_of
from app.catalogue.models import CourseVersion
from app.catalogue.queries import course_of
from app.cohorts.models import Cohort, Enrolment
from app.db import Database
from app.errors import UserError
from app.exercises import Spec, grade_answer, read_answer
from app.outbox import Outbox
from app.records.facts import facts_of
from app.records.models import Progress
from app.records.progress import refresh_all
from app.records.rows import progress_rows
from app.regrading import job
from app.regrading.actions import move_cohort
from app.regrading.models import Regrade
from app.regrading.plan import Plan, plan_of
from tests.conftest import CreatePerson
from tests.regrading.test_histories import ON_A_SERVER
from tests.regrading.unseen import World, members
from tests.survival.sizes import FULL

FEW = range(11, 24)
"""Histories in which everything happens that there is to see; more of them in `make soak`."""
TELLING = (20, 21)
"""Two in which points and completion change."""
JUDGES = ("trainer", "peer", "observer")
TURNS = 6
"""How often the worker may be killed before it is let alone."""


class Killed(BaseException):
    """The worker is gone, whatever it was at."""


@dataclass(frozen=True)
class Standing:
    """What a cohort comes to, as its pages read it."""

    points: dict[tuple[int, str], Fraction | None]
    """By enrolment and exercise."""
    human: list[tuple[str, ...]]
    """Everything that people said, bit for bit."""
    keys: Counter[int]
    """Attempt → how many markings by key."""
    completed: dict[int, bool]
    letters: int


def standing(db: Session, cohort_id: int) -> Standing:
    found: dict[tuple[int, str], list[Fraction | None]] = {}
    for enrolment_id, attempt_id in members(db, cohort_id):
        work = any_work(db, attempt_id)
        found.setdefault((enrolment_id, work.assignment.exercise), []).append(result_for(db, work).earned)
    course = course_of(db.get_one(CourseVersion, db.get_one(Cohort, cohort_id).version_id))
    attempts = select(Attempt.id).join(Assignment).where(Assignment.cohort_id == cohort_id)
    rows = db.scalars(select(Marking).where(Marking.attempt_id.in_(attempts)).order_by(Marking.id)).all()
    columns = [column.key for column in Marking.__table__.columns]
    done = db.execute(
        select(Progress.enrolment_id, Progress.outcome).join(Enrolment, Enrolment.id == Progress.enrolment_id)
        .where(Enrolment.cohort_id == cohort_id)
    )  # fmt: skip
    return Standing(
        {key: counted_points(course.exercises[key[1]], points) for key, points in found.items()},
        [tuple(repr(getattr(row, key)) for key in columns) for row in rows if row.marked_by != "key"],
        Counter(row.attempt_id for row in rows if row.marked_by == "key"),
        {enrolment_id: outcome == "completed" for enrolment_id, outcome in done},
        letters=len(db.scalars(select(Outbox.id).where(Outbox.kind != "regrade")).all()),
    )


def oracle(db: Session, attempt_id: int) -> Fraction | None:
    """What an answer comes to, by the rules as the documentation tells them."""
    work = any_work(db, attempt_id)
    taken = db.get_one(CourseVersion, work.cohort.version_id)
    marks = version_that_marks(work.version, taken, work.assignment.exercise)
    spec = spec_of(marks, work.assignment.exercise, seed=work.attempt.seed, carried=work.attempt.carried)
    said: dict[str, Fraction | None] = {}
    for row in db.scalars(select(Marking).where(Marking.attempt_id == attempt_id).order_by(Marking.id)):
        if row.marked_by in (*JUDGES, "override"):
            said[row.marked_by] = row.earned
    if (by_hand := said.pop("override", None)) is not None:
        return by_hand
    grade = grade_answer(spec, read_answer(spec, handed_in(db, work).values))
    keyed = grade.earned if grade and spec.key_points else None
    judges = [each for each in JUDGES if each in spec.marking] if spec.rubric else []
    if not judges:
        return keyed
    given = _together(spec, judges, said)
    return None if given is None else given + (keyed or 0)


def _together(spec: Spec, judges: Sequence[str], said: dict[str, Fraction | None]) -> Fraction | None:
    trainer = said.get("trainer")
    if "trainer" not in judges and trainer is not None:
        return trainer  # stands in for everybody
    if any(each not in said for each in judges) or ("trainer" in judges and trainer is None):
        return None
    shares = {str(each): Fraction(share) for each, share in spec.shares.items()}
    there = [(points, shares.get(each, Fraction(1))) for each in judges if (points := said[each]) is not None]
    total = sum((share for _, share in there), Fraction(0))
    return sum((points * share for points, share in there), Fraction(0)) / total if there else None


def stands_as_from_scratch(database: Database, world: World) -> None:
    refresh_all(database)
    with database.reading() as db:
        for attempt_id in sorted({each for _, each in members(db, world.cohort_id)}):
            work = any_work(db, attempt_id)
            if work.submission and not work.submission.unmarked:
                assert result_for(db, work).earned == oracle(db, attempt_id), work.assignment.exercise
        ids = db.scalars(select(Enrolment.id).where(Enrolment.cohort_id == world.cohort_id)).all()
        for row in progress_rows(facts_of(db, ids)):
            kept = db.get_one(Progress, row["enrolment_id"])
            assert {key: getattr(kept, key) for key in row} == row


def happened_as_foretold(before: Standing, after: Standing, plan: Plan) -> None:
    course = course_of(plan.new)
    told = {(each.enrolment_id, exercise.slug): each for exercise in plan.exercises for each in exercise.effects}
    for key, points in after.points.items():
        if (effect := told.pop(key, None)) is None:
            assert before.points[key] == points, "changed, and nobody was told"
            continue
        assert (effect.before, effect.after) == (before.points[key], points)
        if effect.turn == "waits":
            assert course.exercises[key[1]].points
    assert told == {}
    now, then = after.completed, before.completed
    changed = {key: now[key] for key in now if now[key] != then[key]}
    assert {each.enrolment_id: each.completes for each in plan.completion} == changed
    added = after.keys - before.keys
    assert set(added.values()) <= {1}
    assert (after.human, after.letters) == (before.human, before.letters)


def work_off(database: Database, world: World, regrade_id: int) -> int:
    """The worker, killed at any place and begun again; how often it was."""
    rng, kills = world.rng, 0
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(job, "BATCH", rng.choice([1, 2, 3, 50]))
        patched.setattr(job, "MOST_BATCHES", rng.choice([1, 2, 20]))
        for turn in range(1000):
            left = iter(range(rng.choice([0, 1, 2, 3]) if turn < TURNS else 10**6))

            def keep(*args: Any, left: Iterable[int] = left, **named: Any) -> None:
                if next(iter(left), None) is None:
                    raise Killed
                actions.keep_verdict(*args, **named)

            patched.setattr(job, "keep_verdict", keep)
            try:
                job.regrade(database, regrade_id, now=lambda: world.now)
            except Killed:
                kills += 1
            with database.reading() as db:
                if db.get_one(Regrade, regrade_id).done_at is not None:
                    return kills
    raise AssertionError("it never ends")


def put_right(database: Database, world: World, tally: Counter[str]) -> None:
    with database.transaction() as db:
        new_id = world.correct(db).id
    with database.reading() as db:
        plan = plan_of(db, world.cohort(db, to_change=False), db.get_one(CourseVersion, new_id))
        before = standing(db, world.cohort_id)
    try:
        with database.transaction() as db:
            by, now = world.trainers[0].id, world.later()
            regrade_id = move_cohort(db, world.cohort(db), plan, reason="改正", by=by, now=now).id
    except UserError:
        world.not_moved()
        tally["refused"] += 1
        with database.reading() as db:
            assert standing(db, world.cohort_id) == before
        return
    meanwhile = world.rng.choice([0, 0, 3])
    for _ in range(meanwhile):  # before the worker comes
        world.step(database)
    tally["killed"] += work_off(database, world, regrade_id)
    refresh_all(database)
    with database.reading() as db:
        after = standing(db, world.cohort_id)
    if not meanwhile:
        happened_as_foretold(before, after, plan)
        tally["points changed"] += sum(before.points[key] != points for key, points in after.points.items())
        tally["completion changed"] += len(plan.completion)
        tally["taken out"] += any(each.no_longer_asked for each in plan.exercises)
    with database.transaction() as db:
        row = db.get_one(Regrade, regrade_id)
        row.done_at, row.cursor = None, 0
    job.regrade(database, regrade_id, now=lambda: world.now)
    with database.reading() as db:
        assert standing(db, world.cohort_id) == after, "done twice is not done once"


@pytest.fixture
def trainers(create_person: CreatePerson) -> tuple[Person, ...]:
    return tuple(create_person(f"培训师{number}", roles=("trainer",)) for number in range(2))


@pytest.fixture
def people(create_person: CreatePerson) -> tuple[Person, ...]:
    return tuple(create_person(f"学员{number}") for number in range(3))


Two = tuple[Person, ...]


def play(database: Database, trainers: Two, people: Two, seeds: Iterable[int]) -> Counter[str]:
    tally: Counter[str] = Counter()
    for seed in seeds:
        rng = random.Random(seed)  # noqa: S311 -- the same each time
        world = World(rng, f"world-{seed}", trainers, people)
        with database.transaction() as db:
            world.open(db)
        for _ in range(rng.randint(1, 3)):
            for _ in range(rng.randint(10, 35)):
                world.step(database)
            stands_as_from_scratch(database, world)
            put_right(database, world, tally)
            stands_as_from_scratch(database, world)
    return tally


@pytest.mark.timeout(3600)
def test_histories_of_many_kinds(database: Database, trainers: Two, people: Two) -> None:
    tally = play(database, trainers, people, range(500) if FULL else TELLING if ON_A_SERVER else FEW)
    seen = ("killed", "points changed", "completion changed")
    for thing in seen if ON_A_SERVER else (*seen, "refused", "taken out"):
        assert tally[thing], thing


CANARIES = {
    "app.regrading.job.is_work_due": lambda *_: False,
    "app.regrading.plan.is_due": lambda *_: False,
    "app.regrading.plan.completion_changes": lambda *_: (),
}


@pytest.mark.parametrize("broken", CANARIES)
def test_it_would_be_seen(
    database: Database, trainers: Two, people: Two, monkeypatch: pytest.MonkeyPatch, broken: str
) -> None:
    monkeypatch.setattr(broken, CANARIES[broken])
    with pytest.raises(AssertionError):
        play(database, trainers, people, TELLING)
