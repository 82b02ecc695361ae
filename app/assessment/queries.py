"""Reading attempts: one's own, and those of the cohorts one trains."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import cached_property
from typing import Any

from sqlalchemy import Select, Text, bindparam, case, cast, func, select
from sqlalchemy.orm import Session, defer

from app.accounts.models import Person
from app.assessment.models import AnswerChange, Assignment, Attempt, AttemptMember, ExtraTime, Marking, Submission
from app.assessment.rules import Mark, Result, Times, result_of
from app.assessment.sheets import Sheet, sheet_for, sheet_name, spec_of
from app.assessment.writing import Change, Written, fold
from app.catalogue.models import CourseVersion, PublishedCourse
from app.catalogue.queries import course_of
from app.cohorts.models import Cohort, CohortTrainer, Enrolment
from app.db import one_at_a_time
from app.errors import NotFound
from app.exercises import Spec
from app.web.guards import NOTHING_HERE
from app.web.viewing import Viewer


@dataclass(frozen=True)
class Work:
    """An attempt with what it belongs to, for one of its members or for a trainer of their cohort."""

    attempt: Attempt
    assignment: Assignment
    cohort: Cohort
    version: CourseVersion
    course_slug: str
    enrolment: Enrolment
    number: int
    submission: Submission | None

    @cached_property
    def spec(self) -> Spec:
        return spec_of(self.version, self.assignment.exercise, seed=self.attempt.seed, carried=self.attempt.carried)

    @cached_property
    def sheet_name(self) -> str:
        seed, carried = self.attempt.seed, self.attempt.carried
        return sheet_name(self.version, self.assignment.exercise, self.spec, seed=seed, carried=carried)

    @cached_property
    def sheet(self) -> Sheet:
        return sheet_for(self.sheet_name, self.spec)

    @property
    def times(self) -> Times:
        return times_of(self.assignment)

    @property
    def ends_at(self) -> datetime | None:
        """When it ends, extra time included; an attempt that an older version of us began ends with its exercise."""
        return self.attempt.ends_at or self.assignment.closes_at


@dataclass(frozen=True)
class Task:
    """An exercise of one's cohort, begun or not."""

    cohort: Cohort
    version: CourseVersion
    course_slug: str
    enrolment: Enrolment
    exercise: str
    times: Times
    seed: int = 0
    """The variant this party has; 0 where nobody in particular is meant."""
    carried: Mapping[str, Any] = field(default_factory=dict)

    @cached_property
    def spec(self) -> Spec:
        return spec_of(self.version, self.exercise, seed=self.seed, carried=self.carried)

    @cached_property
    def sheet_name(self) -> str:
        return sheet_name(self.version, self.exercise, self.spec, seed=self.seed, carried=self.carried)

    @cached_property
    def sheet(self) -> Sheet:
        return sheet_for(self.sheet_name, self.spec)


_WITHOUT = tuple(
    defer(column, raiseload=True)
    for column in (
        Attempt.started_at,
        Cohort.created_at,
        Cohort.created_by_id,
        CourseVersion.published_at,
        CourseVersion.published_by_id,
        Enrolment.enrolled_at,
        Enrolment.enrolled_by_id,
    )
)
"""What nobody asks of an attempt; a save would spend a tenth of its time on making moments of it."""
WorkRows = Select[Attempt, Assignment, Cohort, CourseVersion, str, Enrolment, int, Submission]

# Asked with every save, so they are put together once.
_WORK: WorkRows = (
    select(
        Attempt,
        Assignment,
        Cohort,
        CourseVersion,
        PublishedCourse.slug,
        Enrolment,
        AttemptMember.number,
        Submission,
    )
    .join(AttemptMember, AttemptMember.attempt_id == Attempt.id)
    .join(Enrolment, Enrolment.id == AttemptMember.enrolment_id)
    .join(Assignment, Assignment.id == Attempt.assignment_id)
    .join(Cohort, Cohort.id == Assignment.cohort_id)
    .join(CourseVersion, CourseVersion.id == Attempt.version_id)
    .join(PublishedCourse, PublishedCourse.id == CourseVersion.course_id)
    .outerjoin(Submission, Submission.attempt_id == Attempt.id)
    .where(Attempt.id == bindparam("attempt_id"))
    .options(*_WITHOUT)
)
_OWN_WORK = _WORK.where(Enrolment.person_id == bindparam("person_id"))
_TRAINED_WORK = (
    _WORK.join(CohortTrainer, CohortTrainer.cohort_id == Cohort.id)
    .where(CohortTrainer.person_id == bindparam("person_id"))
    .order_by(Enrolment.withdrawn_at.is_not(None), AttemptMember.enrolment_id)
    .limit(1)
)
_ANY_WORK = _WORK.order_by(Enrolment.withdrawn_at.is_not(None), AttemptMember.enrolment_id).limit(1)
_CHANGE_COLUMNS = (
    AnswerChange.id,
    AnswerChange.client,
    AnswerChange.seq,
    AnswerChange.base,
    cast(AnswerChange.fields, Text),
    case((cast(AnswerChange.stale, Text) == "[]", None), else_=AnswerChange.stale).label("stale"),
    AnswerChange.at,
    AnswerChange.late,
)
_CHANGES_SINCE = (
    select(*_CHANGE_COLUMNS)
    .where(AnswerChange.attempt_id == bindparam("attempt_id"), AnswerChange.id > bindparam("base"))
    .order_by(AnswerChange.id)
)
_CHANGES_AROUND = (
    select(*_CHANGE_COLUMNS)
    .where(
        AnswerChange.attempt_id == bindparam("attempt_id"),
        (AnswerChange.id >= bindparam("base"))
        | ((AnswerChange.client == bindparam("client")) & (AnswerChange.seq == bindparam("seq"))),
    )
    .order_by(AnswerChange.id)
)
_TASK = (
    select(Cohort, CourseVersion, PublishedCourse.slug, Enrolment, Assignment)
    .join(Enrolment, Enrolment.cohort_id == Cohort.id)
    .join(CourseVersion, CourseVersion.id == Cohort.version_id)
    .join(PublishedCourse, PublishedCourse.id == CourseVersion.course_id)
    .outerjoin(Assignment, (Assignment.cohort_id == Cohort.id) & (Assignment.exercise == bindparam("exercise")))
    .where(
        Cohort.id == bindparam("cohort_id"),
        Enrolment.person_id == bindparam("person_id"),
        Enrolment.withdrawn_at.is_(None),
    )
)


def own_work(db: Session, viewer: Viewer, attempt_id: int, *, to_change: bool = False) -> Work:
    """An attempt of the viewer's own. Raises NotFound. `to_change`: nobody else changes it until the commit."""
    if to_change:
        take_turn(db, attempt_id)
    return _work(db, _OWN_WORK, viewer, attempt_id)


def trained_work(db: Session, viewer: Viewer, attempt_id: int, *, to_change: bool = False) -> Work:
    """An attempt in a cohort that the viewer trains, with the first of its members who are still there.

    Raises NotFound.
    """
    if not viewer.has_any("trainer"):  # a role that was taken back counts no longer, whatever rows are left
        raise NotFound(NOTHING_HERE)
    if to_change:
        take_turn(db, attempt_id)
    return _work(db, _TRAINED_WORK, viewer, attempt_id)


def any_work(db: Session, attempt_id: int) -> Work:
    """An attempt for the product itself, with the first of its members who are still there. Raises NotFound."""
    return _work(db, _ANY_WORK, None, attempt_id)


def take_turn(db: Session, attempt_id: int) -> None:
    """Wait for whoever changes this attempt. Ahead of reading it: a row lock would show the rest as it was before."""
    one_at_a_time(db, f"attempt {attempt_id}")


def trains_attempt(db: Session, viewer: Viewer, attempt_id: int) -> bool:
    """Whether the viewer trains the cohort of an attempt."""
    if not viewer.has_any("trainer"):
        return False
    return db.execute(_TRAINED_WORK, {"attempt_id": attempt_id, "person_id": viewer.person_id}).first() is not None


def own_task(db: Session, viewer: Viewer, cohort_id: int, exercise: str) -> Task:
    """An exercise that the viewer has in a cohort. Raises NotFound."""
    wanted = {"cohort_id": cohort_id, "exercise": exercise, "person_id": viewer.person_id}
    row = None if "\0" in exercise else db.execute(_TASK, wanted).first()
    if row is None or exercise not in course_of(row.CourseVersion).exercise_slugs:
        raise NotFound(NOTHING_HERE)
    return Task(
        row.Cohort, row.CourseVersion, row.slug, row.Enrolment, exercise=exercise, times=times_of(row.Assignment)
    )


def times_of(assignment: Assignment | None) -> Times:
    """The times of an exercise; without limits where nobody set any."""
    if assignment is None:
        return Times()
    return Times(
        assignment.opens_at, assignment.closes_at, assignment.released_at, assignment.minutes, assignment.due_at
    )


def extra_minutes(db: Session, cohort_id: int, exercise: str, enrolment_ids: Sequence[int] | Select[int]) -> int:
    """The extra time of somebody at an exercise; of people who work together, of the one who has most."""
    return (
        db.scalar(
            select(func.coalesce(func.max(ExtraTime.minutes), 0))
            .join(Assignment, Assignment.id == ExtraTime.assignment_id)
            .where(Assignment.cohort_id == cohort_id, Assignment.exercise == exercise)
            .where(ExtraTime.enrolment_id.in_(enrolment_ids))
        )
        or 0
    )


def changes_since(db: Session, attempt_id: int, base: int = 0) -> tuple[Change, ...]:
    """The saves of an attempt after one of them, oldest first; all of them after 0."""
    return _changes(db, _CHANGES_SINCE, {"attempt_id": attempt_id, "base": base})


@dataclass(frozen=True)
class Around:
    """What is there already of what a save is about."""

    same: Change | None
    """The save of this page with this number, if it was kept before."""
    since: tuple[Change, ...]
    """All after its base that count, oldest first."""
    base_is_gone: bool
    """Whether the page knows a change that is not there: the database was restored from a backup meanwhile."""


def changes_around(db: Session, attempt_id: int, base: int, *, client: str, seq: int) -> Around:
    """What is there of a save. Of a page whose base is gone nobody can tell what it knows: all is new to it."""
    wanted = {"attempt_id": attempt_id, "base": base, "client": client, "seq": seq}
    found = _changes(db, _CHANGES_AROUND, wanted)
    same = next((change for change in found if (change.client, change.seq) == (client, seq)), None)
    base_is_gone = base > 0 and not any(change.id == base for change in found)
    if base_is_gone:
        base, found = 0, changes_since(db, attempt_id)
    return Around(same, tuple(change for change in found if change.id > base and not change.late), base_is_gone)


def written_in(db: Session, attempt_id: int, *, until: int | None = None) -> Written:
    """What stands on the sheet of an attempt; with `until`, what stood there after that change."""
    found = changes_since(db, attempt_id)
    return fold(found if until is None else (change for change in found if change.id <= until))


def written_up_to(db: Session, changes: Mapping[int, int]) -> dict[int, Written]:
    """What counts of several attempts, each up to a change, in one statement. Attempt → change."""
    rows = db.execute(
        select(AnswerChange.attempt_id, *_CHANGE_COLUMNS)
        .where(AnswerChange.attempt_id.in_(changes))
        .order_by(AnswerChange.id)
    ).all()
    found: dict[int, list[Change]] = {attempt_id: [] for attempt_id in changes}
    for row, change in zip(rows, _as_changes([row[1:] for row in rows]), strict=True):
        if change.id <= changes[row.attempt_id]:
            found[row.attempt_id].append(change)
    return {attempt_id: fold(each) for attempt_id, each in found.items()}


def handed_in(db: Session, work: Work) -> Written:
    """What counts of an attempt that was handed in; what stands there by now of any other."""
    return written_in(db, work.attempt.id, until=(work.submission.change_id or 0) if work.submission else None)


def marks_of(db: Session, attempt_ids: Sequence[int]) -> dict[int, list[Mark]]:
    """The markings of some attempts, each oldest first, in one statement."""
    rows = db.execute(
        select(Marking, Person.display_name)
        .outerjoin(Person, Person.id == Marking.by_id)
        .where(Marking.attempt_id.in_(attempt_ids))
        .order_by(Marking.id)
    )
    found: dict[int, list[Mark]] = {attempt_id: [] for attempt_id in attempt_ids}
    for marking, name in rows:
        found[marking.attempt_id].append(mark_of(marking, name or ""))
    return found


def marking_version(db: Session, work: Work) -> CourseVersion:
    """The content whose key and rubric mark an attempt: what its cohort takes by now, were the exercise still in it.

    A cohort moves to a newer version when something in it is put right; what was answered stays as it was asked.
    """
    if work.cohort.version_id == work.attempt.version_id:
        return work.version
    return version_that_marks(work.version, db.get_one(CourseVersion, work.cohort.version_id), work.assignment.exercise)


def version_that_marks(answered: CourseVersion, taken: CourseVersion, exercise: str) -> CourseVersion:
    """The content that marks an answer to one version in a cohort that takes another by now."""
    if answered.id == taken.id:
        return answered
    then, now = (course_of(each).exercises.get(exercise) for each in (answered, taken))
    return taken if then is not None and now is not None and now.kind == then.kind else answered


def marking_spec(db: Session, work: Work) -> Spec:
    """The exercise as it is marked by now, in the variant of this party."""
    version = marking_version(db, work)
    if version is work.version:
        return work.spec
    return spec_of(version, work.assignment.exercise, seed=work.attempt.seed, carried=work.attempt.carried)


def result_for(db: Session, work: Work) -> Result:
    """What an attempt comes to by now."""
    return result_of(marking_spec(db, work), marks_of(db, [work.attempt.id])[work.attempt.id])


def attempts_at(db: Session, enrolment_id: int, exercise: str) -> list[tuple[Attempt, int, Submission | None]]:
    """The attempts of one enrolment at one exercise with their numbers, oldest first."""
    rows = db.execute(
        select(Attempt, AttemptMember.number, Submission)
        .join(AttemptMember, AttemptMember.attempt_id == Attempt.id)
        .join(Assignment, Assignment.id == Attempt.assignment_id)
        .outerjoin(Submission, Submission.attempt_id == Attempt.id)
        .where(AttemptMember.enrolment_id == enrolment_id, Assignment.exercise == exercise)
        .order_by(AttemptMember.number)
    )
    return [(attempt, number, submission) for attempt, number, submission in rows]


def _work(
    db: Session,
    wanted: WorkRows,
    viewer: Viewer | None,
    attempt_id: int,
) -> Work:
    who = {"person_id": viewer.person_id} if viewer else {}
    row = db.execute(wanted, {"attempt_id": attempt_id, **who}).first()
    if row is None:
        raise NotFound(NOTHING_HERE)
    attempt, assignment, cohort, version, slug, enrolment, number, submission = row
    return Work(
        attempt,
        assignment,
        cohort,
        version,
        course_slug=slug,
        enrolment=enrolment,
        number=number,
        submission=submission,
    )


def mark_of(marking: Marking, by: str) -> Mark:
    """A row as a value; `by`: the name of whoever marked."""
    return Mark(
        marking.marked_by, marking.earned, marking.parts, marking.comment, reason=marking.reason, by=by, at=marking.at
    )


def _changes(db: Session, wanted: Select[Any], values: Mapping[str, Any]) -> tuple[Change, ...]:
    """On the bare connection: a session takes as long again to hand out mere columns."""
    db.flush()
    return _as_changes(db.connection().execute(wanted, values).all())


def _as_changes(rows: Sequence[Sequence[Any]]) -> tuple[Change, ...]:
    """Rows as values. The texts are decoded all at once: a sheet has many saves, and each decoding takes its start."""
    texts = json.loads(f"[{','.join(row[4] for row in rows)}]")
    return tuple(
        Change(id_, client, seq, base, fields, stale or (), at, late)
        for (id_, client, seq, base, _, stale, at, late), fields in zip(rows, texts, strict=True)
    )
