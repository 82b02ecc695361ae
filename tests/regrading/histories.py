"""Histories in which a cohort is moved between versions while people answer, mark and are marked."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from itertools import count
from typing import cast

from sqlalchemy import func, select, update
from sqlalchemy.orm import Session

from app.assessment.late import count_late
from app.assessment.marks import newest_points
from app.assessment.models import AnswerChange, Attempt, Marking, Submission
from app.assessment.queries import any_work, handed_in, marks_of
from app.assessment.rules import Mark, key_marking, points_given, result_of, scheme_of, waits_for_trainer
from app.assessment.sheets import spec_of
from app.catalogue.models import CourseVersion
from app.cohorts.models import Cohort
from app.db import Database
from app.exercises import grade_answer, read_answer
from app.regrading.job import regrade
from app.regrading.models import Regrade
from tests.records.histories import MATTERS, History
from tests.regrading.samples import WORDINGS, course_with, move, publish

STEPS = (*MATTERS, "write", "join", "late", "count_late", "hint")


class Killed(BaseException):
    """The machine went away."""


@dataclass
class Within:
    """A database whose transactions are parts of one that is never committed; after so many it is killed in one."""

    db: Session
    kill_in: int = 0
    begun: int = 0

    @contextmanager
    def transaction(self) -> Iterator[Session]:
        self.begun += 1
        with self.db.begin_nested():
            yield self.db
            self.db.flush()
            if self.begun == self.kill_in:
                raise Killed

    @contextmanager
    def reading(self) -> Iterator[Session]:
        yield self.db


@dataclass
class MovingHistory(History):
    """The first cohort takes version after version."""

    wordings: Iterator[int] = field(default_factory=lambda: count(1))
    late_counted: set[int] = field(default_factory=set)

    def begin(self) -> None:
        super().begin()
        self.move(len(WORDINGS) - 1, 0, 0)
        self.work_off(0, 0, 0)

    def move(self, wording: int, other: int, _: int) -> None:
        """Publish a version that changes one or two exercises, and move the cohort to it."""
        changes = WORDINGS[wording % len(WORDINGS)] | WORDINGS[other % len(WORDINGS)]
        version = publish(self.db, course_with(changes, text=f" {next(self.wordings)}"))
        move(self.db, self.cohorts[0].id, self.trainer, version)

    def work_off(self, killed_in: int, _: int, __: int) -> None:
        """The worker marks anew; it may be killed in any of its transactions."""
        for row in self.db.scalars(select(Regrade.id).where(Regrade.done_at.is_(None))).all():
            within = Within(self.db, kill_in=killed_in)
            with suppress(Killed):
                regrade(cast("Database", within), row, now=lambda: self.now)
            self.db.expire_all()

    def begin_again(self) -> None:
        """As if all of it were asked for once more."""
        self.db.execute(update(Regrade).values(done_at=None, cursor=0).where(Regrade.id == self._newest()))
        self.work_off(0, 0, 0)

    def _newest(self) -> int:
        return self.db.scalars(select(func.max(Regrade.id))).one()

    def late(self, attempt: int, right: int, _: int) -> None:
        """Something arrives after the end."""
        ids = self.db.scalars(select(Submission.attempt_id).order_by(Submission.attempt_id)).all()
        if ids:
            fields = {"level.uptime": ("primary", "secondary")[right % 2]}
            written = {"client": f"late-page-{next(self.hours)}", "seq": 1, "base": 0, "fields": fields, "stale": []}
            self.db.add(AnswerChange(attempt_id=ids[attempt % len(ids)], at=self.now, late=True, **written))

    def count_late(self, attempt: int, _: int, __: int) -> None:
        work = self._trained(attempt)
        if work is not None and work.submission is not None:
            before = work.submission.change_id
            count_late(self.db, work, by=self.trainer.id, now=self.now)
            if work.submission.change_id != before:
                self.late_counted.add(work.attempt.id)

    def hint(self, who: int, right: int, _: int) -> None:
        """Hand in «drill» with a hint opened."""
        enrolment = self._enrolment(who)
        fields = {"level.uptime": "primary", "hint.look": "yes", "level.seats": ("primary", "secondary")[right % 2]}
        self._write(enrolment, "drill", fields, hands_in=True)


def markings_in(db: Session) -> list[tuple[object, ...]]:
    rows = db.scalars(select(Marking).order_by(Marking.id))
    return [(row.id, row.attempt_id, row.marked_by, row.earned, row.version_id, row.change_id) for row in rows]


def by_people(db: Session) -> list[tuple[object, ...]]:
    return [row for row in markings_in(db) if row[2] != "key"]


def agrees_with_scratch(db: Session, cohort: Cohort, late_counted: set[int]) -> None:
    """Everything handed in comes to what it would if it were marked for the first time, people's marks beside it."""
    version = db.get_one(CourseVersion, cohort.version_id)
    for attempt_id in db.scalars(select(Attempt.id).join(Submission).order_by(Attempt.id)).all():
        work = any_work(db, attempt_id)
        if work.cohort.id != cohort.id or work.submission is None:
            continue
        attempt, exercise = work.attempt, work.assignment.exercise
        spec = spec_of(version, exercise, seed=attempt.seed, carried=attempt.carried)
        grade = grade_answer(spec, read_answer(spec, handed_in(db, work).values))
        people = [mark for mark in marks_of(db, [attempt_id])[attempt_id] if mark.marked_by != "key"]
        scratch = [Mark("key", grade.earned, key_marking(grade)), *people] if grade else people
        stands = result_of(spec, marks_of(db, [attempt_id])[attempt_id])
        assert stands == result_of(spec, scratch), (attempt_id, exercise)
        newest = newest_points(db, attempt_id)
        assert points_given(scheme_of(spec), newest) == stands.earned
        if attempt_id not in late_counted:
            assert work.submission.needs_person == waits_for_trainer(scheme_of(spec), newest, asked=False)
        elif not spec.rubric:
            assert not work.submission.needs_person


def under_way(db: Session) -> int:
    return db.scalar(select(func.count()).select_from(Regrade).where(Regrade.done_at.is_(None))) or 0
