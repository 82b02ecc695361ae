"""Reads for whoever types in what stands on paper: the exercise, the person, and what they wrote themselves."""

from __future__ import annotations

from dataclasses import dataclass, replace

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.accounts.models import Person
from app.assessment.models import Assignment, Attempt
from app.assessment.queries import Task, attempts_at, times_of, written_in
from app.assessment.rules import attempts_left
from app.assessment.sheets import spec_of
from app.assessment.writing import Written
from app.catalogue.models import CourseVersion, PublishedCourse
from app.catalogue.queries import course_of
from app.cohorts.models import Cohort, CohortTrainer, Enrolment
from app.errors import NotFound
from app.exercises import Spec
from app.web.guards import NOTHING_HERE
from app.web.viewing import Viewer


@dataclass(frozen=True)
class GivenExercise:
    """An exercise in a cohort that the viewer trains."""

    cohort: Cohort
    version: CourseVersion
    course_slug: str
    exercise: str
    assignment: Assignment | None

    @property
    def spec(self) -> Spec:
        return spec_of(self.version, self.exercise)


@dataclass(frozen=True)
class Paper:
    """An exercise for one person, with the attempt that is under way."""

    task: Task
    owner: str
    """The person's number."""
    name: str
    newest: Attempt | None
    """Of any state."""
    under_way: Attempt | None
    written: Written
    """What they wrote in it themselves."""
    number: int
    """Of their newest attempt; 0 where there is none."""
    left: bool
    """Whether there is an attempt for the paper: one under way, or another that may be begun."""

    @property
    def has_text(self) -> bool:
        return any(text.strip() for text in self.written.values.values())


def given_exercise(db: Session, viewer: Viewer, cohort_id: int, exercise: str) -> GivenExercise:
    """An exercise of a cohort that the viewer trains. Raises NotFound."""
    wanted = (
        select(Cohort, CourseVersion, PublishedCourse.slug, Assignment)
        .join(CourseVersion, CourseVersion.id == Cohort.version_id)
        .join(PublishedCourse, PublishedCourse.id == CourseVersion.course_id)
        .join(CohortTrainer, CohortTrainer.cohort_id == Cohort.id)
        .outerjoin(Assignment, (Assignment.cohort_id == Cohort.id) & (Assignment.exercise == exercise))
        .where(Cohort.id == cohort_id, CohortTrainer.person_id == viewer.person_id)
    )
    row = None if "\0" in exercise else db.execute(wanted).first()
    if row is None or exercise not in course_of(row.CourseVersion).exercise_slugs:
        raise NotFound(NOTHING_HERE)
    return GivenExercise(row.Cohort, row.CourseVersion, row.slug, exercise, row.Assignment)


def paper_of(db: Session, viewer: Viewer, cohort_id: int, exercise: str, enrolment_id: int) -> Paper:
    """The sheet of somebody in the cohort. Raises NotFound."""
    given = given_exercise(db, viewer, cohort_id, exercise)
    row = db.execute(
        select(Enrolment, Person.number, Person.display_name)
        .join(Person, Person.id == Enrolment.person_id)
        .where(Enrolment.id == enrolment_id, Enrolment.cohort_id == cohort_id, Enrolment.withdrawn_at.is_(None))
    ).first()
    if row is None:
        raise NotFound(NOTHING_HERE)
    task = Task(given.cohort, given.version, given.course_slug, row.Enrolment, exercise, times_of(given.assignment))
    return paper_for(db, task, row.number, row.display_name)


def paper_for(db: Session, task: Task, owner: str, name: str) -> Paper:
    """The same by the task, as it stands by now."""
    before = attempts_at(db, task.enrolment.id, task.exercise)
    newest, number, submission = before[-1] if before else (None, 0, None)
    under_way = newest if submission is None else None
    if under_way and under_way.version_id != task.version.id:  # begun before the cohort got a newer version
        version = db.scalars(select(CourseVersion).where(CourseVersion.id == under_way.version_id)).one()
        task = replace(task, version=version)
    used = sum(attempt.returned_at is None for attempt, *_ in before)
    return Paper(
        task,
        owner,
        name,
        newest,
        under_way,
        written_in(db, under_way.id) if under_way else Written(),
        number=number,
        left=under_way is not None or attempts_left(task.spec, used),
    )
