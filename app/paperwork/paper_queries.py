"""Reads for whoever types in what stands on paper: the exercise, the person, and what they wrote themselves."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.accounts.models import Person
from app.assessment.chains import carried_now, frozen
from app.assessment.models import Assignment, Attempt, AttemptMember, Submission
from app.assessment.parties import Ahead, attempts_ahead
from app.assessment.queries import Task, attempts_at, extra_minutes, own_task, times_of, written_in
from app.assessment.rules import attempts_left, seed_for
from app.assessment.sheets import spec_of
from app.assessment.standing import refuse_unless_open
from app.assessment.writing import Written
from app.catalogue.models import CourseVersion, PublishedCourse
from app.catalogue.queries import course_of
from app.cohorts.models import Cohort, CohortTrainer, Enrolment
from app.errors import NotFound, UserError
from app.exercises import Spec
from app.web.guards import NOTHING_HERE
from app.web.viewing import Viewer
from app.words import say

Try = tuple[Attempt, int, Submission | None]
"""An attempt, its number, and what was handed in of it."""


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
    meant: int
    """The number of the attempt that a sheet printed now is for."""

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


def own_paper(db: Session, viewer: Viewer, cohort_id: int, exercise: str) -> Paper:
    """The viewer's own sheet. Raises NotFound."""
    return paper_for(db, own_task(db, viewer, cohort_id, exercise), viewer.number, viewer.display_name)


def refuse_unless_shown(db: Session, paper: Paper, now: datetime) -> None:
    """Raises UserError where its trainee may not see this sheet yet: it is not begun, and is not open, or there are
    minutes that count from the start.
    """
    task = paper.task
    if paper.meant == paper.number:
        return
    extra = extra_minutes(db, task.cohort.id, task.exercise, [task.enrolment.id])
    refuse_unless_open(task.cohort, task.times.with_extra(extra), now)
    if task.times.not_open_yet(now):
        raise UserError(say("This exercise is not open yet."))
    if task.times.minutes:
        raise UserError(say("Your minutes count from the moment you start. Start, then take the sheet as a file."))


def paper_for(db: Session, task: Task, owner: str, name: str) -> Paper:
    """The same by the task, as it stands by now."""
    before = attempts_at(db, task.enrolment.id, task.exercise)
    ahead = attempts_ahead(db, task.cohort.id, task.exercise, task.spec.work).get(task.enrolment.id)
    paper = _paper(task, owner, name, before, versions_of(db, before, task.version), ahead=ahead)
    return _with_what_it_takes_over(db, replace(paper, written=_written(db, paper)), ahead)


def papers_of(db: Session, viewer: Viewer, cohort_id: int, exercise: str) -> tuple[Paper, ...]:
    """The sheets of everybody in the cohort, by number; what they wrote is not read. Raises NotFound.

    Statements are as many for one person as for many, but where the exercise takes over an earlier answer.
    """
    given = given_exercise(db, viewer, cohort_id, exercise)
    rows = db.execute(
        select(Enrolment, Person.number, Person.display_name)
        .join(Person, Person.id == Enrolment.person_id)
        .where(Enrolment.cohort_id == cohort_id, Enrolment.withdrawn_at.is_(None))
        .order_by(Person.number)
    ).all()
    before = _attempts_of_all(db, cohort_id, exercise)
    versions = versions_of(db, (row for rows_ in before.values() for row in rows_), given.version)
    times, ahead = times_of(given.assignment), attempts_ahead(db, cohort_id, exercise, given.spec.work)
    papers = (
        _paper(
            Task(given.cohort, given.version, given.course_slug, row.Enrolment, exercise, times),
            row.number,
            row.display_name,
            before[row.Enrolment.id],
            versions,
            ahead=ahead.get(row.Enrolment.id),
        )
        for row in rows
    )
    return tuple(_with_what_it_takes_over(db, paper, ahead.get(paper.task.enrolment.id)) for paper in papers)


def _attempts_of_all(db: Session, cohort_id: int, exercise: str) -> defaultdict[int, list[Try]]:
    """Enrolment → attempts at the exercise, oldest first."""
    rows = db.execute(
        select(AttemptMember.enrolment_id, Attempt, AttemptMember.number, Submission)
        .join(AttemptMember, AttemptMember.attempt_id == Attempt.id)
        .join(Assignment, Assignment.id == Attempt.assignment_id)
        .outerjoin(Submission, Submission.attempt_id == Attempt.id)
        .where(Assignment.cohort_id == cohort_id, Assignment.exercise == exercise)
        .order_by(AttemptMember.number)
    )
    found: defaultdict[int, list[Try]] = defaultdict(list)
    for enrolment_id, attempt, number, submission in rows:
        found[enrolment_id].append((attempt, number, submission))
    return found


def versions_of(db: Session, tries: Iterable[Try], own: CourseVersion) -> dict[int, CourseVersion]:
    """The versions that attempts were begun with, some before the cohort got a newer one; by id."""
    others = {attempt.version_id for attempt, *_ in tries} - {own.id}
    found = db.scalars(select(CourseVersion).where(CourseVersion.id.in_(others))) if others else ()
    return {own.id: own} | {version.id: version for version in found}


def _paper(
    task: Task,
    owner: str,
    name: str,
    before: Sequence[Try],
    versions: Mapping[int, CourseVersion],
    *,
    ahead: Ahead | None,
) -> Paper:
    newest, number, submission = before[-1] if before else (None, 0, None)
    under_way = newest if submission is None else None
    used = sum(attempt.returned_at is None for attempt, *_ in before)
    left = under_way is not None or attempts_left(task.spec, used)
    again = newest if under_way or not left else None
    if again is not None:
        task = replace(task, version=versions[again.version_id], seed=again.seed, carried=again.carried)
    else:
        task = replace(task, seed=ahead.seed if ahead else seed_for(task.enrolment.id, task.exercise, number + 1))
    meant = number if again is not None else number + 1
    return Paper(task, owner, name, newest, under_way, Written(), number=number, left=left, meant=meant)


def _written(db: Session, paper: Paper) -> Written:
    return written_in(db, paper.under_way.id) if paper.under_way else Written()


def _with_what_it_takes_over(db: Session, paper: Paper, ahead: Ahead | None) -> Paper:
    """With what an attempt would take over that is not begun yet."""
    task = paper.task
    if paper.meant == paper.number:
        return paper
    ids, together = (ahead.enrolment_ids, True) if ahead else ((task.enrolment.id,), False)
    carried = carried_now(db, task.spec, task.version, enrolment_ids=ids, cohort_id=task.cohort.id, together=together)
    return replace(paper, task=replace(task, carried=frozen(carried)))
