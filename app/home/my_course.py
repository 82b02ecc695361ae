"""What «my course» shows: where the course stands at this moment, what to do next, and everything by day."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from zoneinfo import ZoneInfo

from sqlalchemy.orm import Session

from app.catalogue.queries import course_of
from app.certificates.queries import issues_of
from app.classroom.groups import Party, parties_of
from app.classroom.queries import own_attendance
from app.classroom.rules import Tick
from app.cohorts.models import Enrolment
from app.cohorts.queries import sessions_of, trainers_of
from app.home.course_days import CourseDay, days_of
from app.home.queries import TaskRow, tasks_of
from app.home.rules import TO_DO, greeting, points_are_out
from app.home.standing import Standing, progress_in
from app.records.cohort_queries import progress_of
from app.records.completion import Completion, completion_of
from app.records.definition import definition_of
from app.reviewing.queries import Owed, owed_by
from app.reviewing.rounds import is_reviewed
from app.words import Language, Sentence


@dataclass(frozen=True)
class Lists:
    """The exercises by what can be done about them, each in the order of the course."""

    to_do: tuple[TaskRow, ...]
    later: tuple[TaskRow, ...]
    done: tuple[TaskRow, ...]


@dataclass(frozen=True)
class MyCourse(Standing):
    """The whole page."""

    greeting: Sentence
    attendance: dict[int, Tick]
    trainers: tuple[str, ...]
    definition: str
    """What completes the course."""
    completion: Completion
    parties: tuple[Party, ...]
    """The pair and the group that they are in, where the course has something to do together."""
    reviews: tuple[Owed, ...]
    """The answers of others that wait for their review."""
    certificate: str | None
    """The code of the one that can be downloaded."""

    @property
    def language(self) -> Language:
        """Of the course."""
        return course_of(self.version).language

    @property
    def course_day(self) -> CourseDay | None:
        """Today, if it is a day of the course."""
        return next((day for day in self.days if day.day == self.today), None)

    @cached_property
    def lists(self) -> Lists:
        return lists_of(self.tasks, self.reached)


def my_course_of(db: Session, enrolment: Enrolment, name: str, *, language: Language, now: datetime) -> MyCourse:
    """The page of an enrolment, in eight statements at most, whatever the number of sessions and exercises."""
    cohort, course = enrolment.cohort, course_of(enrolment.cohort.version)
    tasks, row = tasks_of(db, enrolment, now=now), progress_of(db, [enrolment.id]).get(enrolment.id)
    today = now.astimezone(ZoneInfo(cohort.zone)).date()
    completion = completion_of(row, course, language, of="own", today=today, points_visible=points_are_out(tasks))
    return MyCourse(
        cohort,
        days_of(cohort, sessions_of(db, cohort), language),
        tasks,
        progress_in(row),
        now,
        greeting=greeting(now, cohort.zone, name),
        attendance=own_attendance(db, enrolment),
        trainers=tuple(trainer.display_name for trainer in trainers_of(db, cohort)),
        definition=definition_of(course, language),
        completion=completion,
        parties=_parties(db, enrolment),
        reviews=_reviews(db, enrolment, now),
        certificate=_certificate(db, enrolment) if completion.completed_on else None,
    )


def _parties(db: Session, enrolment: Enrolment) -> tuple[Party, ...]:
    """One statement, none where everything is done alone."""
    course = course_of(enrolment.cohort.version)
    together = {course.exercises[slug].work for slug in course.exercise_slugs} - {"individual"}
    return tuple(party for party in parties_of(db, enrolment.id) if party.work in together) if together else ()


def _reviews(db: Session, enrolment: Enrolment, now: datetime) -> tuple[Owed, ...]:
    """One statement, none where nobody reviews anything."""
    course = course_of(enrolment.cohort.version)
    reviewed = any(is_reviewed(course.exercises[slug]) for slug in course.exercise_slugs)
    return owed_by(db, enrolment, now=now) if reviewed else ()


def _certificate(db: Session, enrolment: Enrolment) -> str | None:
    standing = (each.code for each in issues_of(db, enrolment.id) if each.state == "valid")
    return next(standing, None)


def lists_of(tasks: Sequence[TaskRow], reached: Collection[str]) -> Lists:
    """What can be done now, what has its turn later, and what is behind."""

    def its_turn(task: TaskRow) -> bool:
        reached_now = task.exercise in reached and not task.excused
        return task.state in TO_DO and (task.state != "open" or reached_now)

    return Lists(
        to_do=tuple(task for task in tasks if its_turn(task)),
        later=tuple(task for task in tasks if task.state in ("open", "not_open") and not its_turn(task)),
        done=tuple(task for task in tasks if task.state in ("handed_in", "marked", "closed")),
    )
