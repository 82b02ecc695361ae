"""Everything that somebody has written, attempt by attempt, with what was said to it as far as they may see it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Row, and_, select
from sqlalchemy.orm import Session, contains_eager

from app.assessment.models import AnswerChange, Assignment, Attempt, AttemptMember, ExtraTime, Submission
from app.assessment.policies import what_is_missing
from app.assessment.queries import marks_of, times_of, version_that_marks
from app.assessment.rules import Mark, Result, may_see_result, result_of
from app.assessment.sheets import sheet_for, sheet_name, spec_of
from app.assessment.showing import CriterionRow, PartRow, criterion_rows, head_of, part_rows
from app.assessment.writing import Change, Written, fold
from app.catalogue.models import CourseVersion
from app.catalogue.queries import course_of
from app.cohorts.models import Cohort, Enrolment
from app.documents.blocks import Block, Text, field_names
from app.documents.markdown import inline
from app.exercises import Spec, profile_of, read_answer, shown_values
from app.web.viewing import Viewer
from app.words import Sentence

AttemptRow = Row[int, Attempt, int, Assignment, Submission | None, CourseVersion, int | None]


@dataclass(frozen=True)
class Answer:
    """One attempt at one exercise: the sheet, what stands on it, and what came of it."""

    attempt_id: int
    exercise: str
    title: Text
    number: int
    """Counts the attempts of this person at this exercise from 1."""
    version: CourseVersion
    """As it was worded then; its media are the pictures of the case."""
    case: tuple[Block, ...]
    fields: tuple[Block, ...]
    values: Mapping[str, str]
    points: str
    """What can be earned, as people read it."""
    private: bool
    handed_in_at: datetime | None
    on_paper: bool
    given_back: bool
    result: Result | None
    """None where it may not be seen, or there is none."""
    parts: tuple[PartRow, ...]
    criteria: tuple[CriterionRow, ...]
    profile: tuple[Block, ...]
    """What the answer shows besides its marks, where the result may be seen."""
    missing: Sentence | None
    """What the person still waits for."""


@dataclass(frozen=True)
class CohortAnswers:
    """What was written in one cohort, in the order of the course."""

    cohort: Cohort
    enrolled_at: datetime
    answers: tuple[Answer, ...]


def answers_of(
    db: Session, viewer: Viewer, *, cohort_id: int | None = None, now: datetime
) -> tuple[CohortAnswers, ...]:
    """The viewer's own answers in all cohorts, or one, oldest first; cohorts without any are left out.

    Also of those that they were withdrawn from. Four statements whatever their number.
    """
    attempts = _attempts(db, viewer, cohort_id)
    changes = _changes(db, viewer, cohort_id)
    marks = marks_of(db, [row.Attempt.id for row in attempts.all if row.Submission])
    found = []
    for enrolment in _enrolments(db, viewer, cohort_id):
        rows = attempts.of.get(enrolment.id, ())
        answers = (
            _answer(row, enrolment.cohort.version, changes[row.Attempt.id], marks.get(row.Attempt.id, ()), now=now)
            for row in rows
        )
        order = course_of(enrolment.cohort.version).exercise_slugs
        wanted = sorted((each for each in answers if _says_something(each)), key=lambda each: _place(each, order))
        if wanted:
            found.append(CohortAnswers(enrolment.cohort, enrolment.enrolled_at, tuple(wanted)))
    return tuple(found)


@dataclass(frozen=True)
class _Attempts:
    all: Sequence[AttemptRow]
    of: Mapping[int, Sequence[AttemptRow]]
    """By enrolment."""


def _attempts(db: Session, viewer: Viewer, cohort_id: int | None) -> _Attempts:
    wanted = (
        select(Enrolment.id, Attempt, AttemptMember.number, Assignment, Submission, CourseVersion, ExtraTime.minutes)
        .join(AttemptMember, AttemptMember.enrolment_id == Enrolment.id)
        .join(Attempt, Attempt.id == AttemptMember.attempt_id)
        .join(Assignment, Assignment.id == Attempt.assignment_id)
        .join(CourseVersion, CourseVersion.id == Attempt.version_id)
        .outerjoin(Submission, Submission.attempt_id == Attempt.id)
        .outerjoin(ExtraTime, and_(ExtraTime.assignment_id == Assignment.id, ExtraTime.enrolment_id == Enrolment.id))
        .where(Enrolment.person_id == viewer.person_id)
        .order_by(Enrolment.id, Assignment.id, AttemptMember.number)
    )
    rows = db.execute(wanted if cohort_id is None else wanted.where(Enrolment.cohort_id == cohort_id)).all()
    by_enrolment: defaultdict[int, list[AttemptRow]] = defaultdict(list)
    for row in rows:
        by_enrolment[row.id].append(row)
    return _Attempts(rows, by_enrolment)


def _enrolments(db: Session, viewer: Viewer, cohort_id: int | None) -> Iterable[Enrolment]:
    own = (
        select(Enrolment)
        .join(Enrolment.cohort)
        .options(contains_eager(Enrolment.cohort).joinedload(Cohort.version, innerjoin=True))
        .where(Enrolment.person_id == viewer.person_id)
        .order_by(Enrolment.enrolled_at, Enrolment.id)
    )
    return db.scalars(own if cohort_id is None else own.where(Enrolment.cohort_id == cohort_id))


def _changes(db: Session, viewer: Viewer, cohort_id: int | None) -> defaultdict[int, list[Change]]:
    """Attempt → its saves, oldest first."""
    own = (
        select(AttemptMember.attempt_id)
        .join(Enrolment, Enrolment.id == AttemptMember.enrolment_id)
        .where(Enrolment.person_id == viewer.person_id)
    )
    rows = db.execute(
        select(
            AnswerChange.attempt_id,
            AnswerChange.id,
            AnswerChange.client,
            AnswerChange.seq,
            AnswerChange.base,
            AnswerChange.fields,
            AnswerChange.stale,
            AnswerChange.at,
            AnswerChange.late,
        )
        .where(AnswerChange.attempt_id.in_(own if cohort_id is None else own.where(Enrolment.cohort_id == cohort_id)))
        .order_by(AnswerChange.id)
    )
    found: defaultdict[int, list[Change]] = defaultdict(list)
    for attempt_id, *change in rows:
        found[attempt_id].append(Change(*change))
    return found


def _answer(
    row: AttemptRow, taken: CourseVersion, changes: Sequence[Change], marks: Iterable[Mark], *, now: datetime
) -> Answer:
    """`taken`: what the cohort takes by now, which marks it."""
    _, attempt, number, assignment, submission, version, extra = row
    spec = spec_of(version, assignment.exercise, seed=attempt.seed, carried=attempt.carried)
    name = sheet_name(version, assignment.exercise, spec, seed=attempt.seed, carried=attempt.carried)
    marking = _marking(taken, assignment.exercise, attempt, version, spec)
    head, sheet = head_of(marking, version), sheet_for(name, spec)
    seen = submission is not None and may_see_result(marking, times_of(assignment).with_extra(extra or 0), now)
    result = result_of(marking, marks) if seen else None
    waits = submission is not None and attempt.returned_at is None
    values = _counted(changes, submission).values
    return Answer(
        attempt.id,
        assignment.exercise,
        inline(spec.title),
        number,
        version,
        case=sheet.case,
        fields=sheet.fields,
        values=shown_values(spec, values),
        points=head.points,
        private=spec.private or marking.private,
        handed_in_at=submission.at if submission else None,
        on_paper=submission is not None and submission.on_paper,
        given_back=attempt.returned_at is not None,
        result=result,
        parts=part_rows(result, head.language) if result else (),
        criteria=criterion_rows(marking, result) if result else (),
        profile=profile_of(marking, read_answer(marking, values)) if result else (),
        missing=what_is_missing(marking, result) if waits else None,
    )


def _marking(taken: CourseVersion, exercise: str, attempt: Attempt, version: CourseVersion, spec: Spec) -> Spec:
    """The exercise as it is marked by now."""
    marks = version_that_marks(version, taken, exercise)
    return spec if marks is version else spec_of(marks, exercise, seed=attempt.seed, carried=attempt.carried)


def _counted(changes: Sequence[Change], submission: Submission | None) -> Written:
    """What stands on the sheet: of one that was handed in, what stood there then."""
    if submission is None:
        return fold(changes)
    return fold(change for change in changes if change.id <= (submission.change_id or 0))


def _says_something(answer: Answer) -> bool:
    """Whether it was handed in, or something is written: who only opened a sheet has not answered it."""
    return answer.handed_in_at is not None or any(
        answer.values.get(name, "").strip() for name in field_names(answer.fields)
    )


def _place(answer: Answer, order: Sequence[str]) -> tuple[int, int]:
    """Where it stands; an exercise that a newer version no longer has comes last."""
    return (order.index(answer.exercise) if answer.exercise in order else len(order), answer.number)
