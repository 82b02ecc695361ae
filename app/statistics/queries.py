"""The answers to one exercise as values without people, and what is known of all exercises of a course.

A person's first submission counts: later ones have seen the feedback. Answers of every cohort count whose version of
the course has the exercise just so: that is what they are marked by. What is private stays out, whatever it is.
"""

from __future__ import annotations

import unicodedata
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session, aliased

from app.assessment.models import AnswerChange, Assignment, Attempt, AttemptMember, Marking, Submission
from app.assessment.rules import keyed_parts
from app.assessment.sheets import Sheet, sheet_for, sheet_name, spec_of
from app.assessment.writing import Change, Written, fold
from app.catalogue.models import CourseVersion, PublishedCourse
from app.catalogue.queries import course_of, newest_version
from app.catalogue.rendered import Recent
from app.cohorts.models import Cohort
from app.documents.markdown import bare
from app.documents.questions import Question
from app.errors import NotFound
from app.exercises import Spec, model_answer_of
from app.exercises.numbers import Typed, in_figures, read_number
from app.exercises.typed import TICKED
from app.statistics.rules import Asked, Countable, Findings, Given, Option, findings, minutes_worked
from app.web.guards import NOTHING_HERE
from app.web.viewing import Viewer

MOST_ANSWERS = 1_000
"""The newest answers that are looked at."""
LONGEST_TYPED = 40
"""Characters: what is longer is prose, and nobody's to count."""
_COUNTED: Recent[_OwnSheet] = Recent(512)


@dataclass(frozen=True)
class ExerciseRow:
    """An exercise as the page of its course lists it."""

    slug: str
    title: str
    kind: str
    minutes: int
    is_private: bool
    handed_in: int
    share: float | None
    """Mean of the points of those that are marked, of those possible; None where nothing is."""


@dataclass(frozen=True)
class CourseStatistics:
    version: CourseVersion
    slug: str
    rows: tuple[ExerciseRow, ...]


@dataclass(frozen=True)
class ExerciseStatistics:
    version: CourseVersion
    slug: str
    exercise: str
    spec: Spec
    found: Findings
    capped: bool
    """Whether there are more answers than were looked at."""
    versions: int
    """In how many versions of the course the exercise reads like this."""


def course_statistics(db: Session, viewer: Viewer, slug: str) -> CourseStatistics:
    """Every exercise of a course with its counts, in three statements; versions count as below. Raises NotFound."""
    version = newest_version(db, viewer, slug)
    versions = db.scalars(select(CourseVersion).where(CourseVersion.course_id == version.course_id)).all()
    counted, rows = _counts(db, version.course_id), []
    for name in course_of(version).exercise_slugs:
        spec = course_of(version).exercises[name]
        alike = () if spec.private else [each for each in versions if course_of(each).exercises.get(name) == spec]
        counts = [counted.get((name, each.id), (0, 0, 0.0)) for each in alike]
        handed_in, marked, points = (sum(each[place] for each in counts) for place in range(3))
        share = points / marked / float(spec.key_points) if marked and spec.key_points else None
        rows.append(ExerciseRow(name, spec.title, spec.kind, spec.minutes, spec.private, int(handed_in), share))
    return CourseStatistics(version, slug, tuple(rows))


def _counts(db: Session, course_id: int) -> dict[tuple[str, int], tuple[int, int, float]]:
    """Exercise and version of the cohort → first submissions, those the key has marked, and the sum of its points."""
    key = aliased(Marking)
    newest = (
        select(func.max(Marking.id))
        .where(Marking.attempt_id == Attempt.id, Marking.marked_by == "key")
        .correlate(Attempt)
        .scalar_subquery()
    )
    points = 1.0 * key.earned_numerator / key.earned_denominator
    rows = db.execute(
        select(Assignment.exercise, Cohort.version_id, func.count(), func.count(key.id), func.sum(points))
        .join(Cohort, Cohort.id == Assignment.cohort_id)
        .join(Attempt, Attempt.assignment_id == Assignment.id)
        .join(Submission, Submission.attempt_id == Attempt.id)
        .join(CourseVersion, CourseVersion.id == Cohort.version_id)
        .outerjoin(key, key.id == newest)
        .where(CourseVersion.course_id == course_id)
        .where(Attempt.id.in_(select(AttemptMember.attempt_id).where(AttemptMember.number == 1)))  # a group has one
        .group_by(Assignment.exercise, Cohort.version_id)
    )
    return {(slug, version_id): (count, marked, float(total or 0)) for slug, version_id, count, marked, total in rows}


def exercise_statistics(db: Session, viewer: Viewer, slug: str, exercise: str) -> ExerciseStatistics:
    """What the answers to an exercise say of it, in five statements. Raises NotFound, also for private ones."""
    version = newest_version(db, viewer, slug)
    spec = course_of(version).exercises.get(exercise)
    if spec is None or spec.private:
        raise NotFound(NOTHING_HERE)
    versions = _versions_like(db, version, exercise, spec)
    attempts = _first_attempts(db, list(versions), exercise)
    capped, attempts = len(attempts) > MOST_ANSWERS, attempts[:MOST_ANSWERS]
    ids = [attempt.id for attempt, *_ in attempts]
    marks, changes = _key_marks(db, ids), _changes(db, ids)
    asked: dict[str, Asked] = {}
    questions: dict[tuple[str, ...], Countable] = {}
    given = []
    for attempt, submission, version_id in attempts:
        own = _sheet_of(versions[version_id], exercise, attempt)
        parts = [part for part in keyed_parts(marks.get(attempt.id, {})) if part.possible]
        asked |= {part.id: Asked(part.id, part.label, float(part.possible)) for part in parts}
        questions |= {question.names: question for question in own.questions}
        earned = {part.id: float(part.earned) for part in parts}
        given.append(_given(own, attempt, submission, changes[attempt.id], earned=earned))
    found = findings(given, list(asked.values()), list(questions.values()), minutes=spec.minutes)
    return ExerciseStatistics(version, slug, exercise, spec, found, capped, len(versions))


@dataclass(frozen=True)
class _OwnSheet:
    """What can be counted on the sheet one person had."""

    questions: tuple[Countable, ...]
    choices: Mapping[str, Mapping[str, str]]


def _sheet_of(version: CourseVersion, exercise: str, attempt: Attempt) -> _OwnSheet:
    spec = spec_of(version, exercise, seed=attempt.seed, carried=attempt.carried)
    name = sheet_name(version, exercise, spec, seed=attempt.seed, carried=attempt.carried)
    return _COUNTED.get(name, lambda: _countable(spec, sheet_for(name, spec)))


def _given(
    own: _OwnSheet,
    attempt: Attempt,
    submission: Submission,
    changes: Sequence[Change],
    *,
    earned: Mapping[str, float],
) -> Given:
    written = fold(change for change in changes if change.id <= (submission.change_id or 0))
    names = (name for question in own.questions for name in question.names)
    values = {name: _compared(written.values.get(name, ""), own.choices.get(name)) for name in names}
    return Given(earned, values, None if submission.on_paper else _minutes(attempt, submission, changes, written))


def _versions_like(db: Session, newest: CourseVersion, exercise: str, spec: Spec) -> dict[int, CourseVersion]:
    """The versions of a course in which an exercise reads the same."""
    rows = db.scalars(
        select(CourseVersion)
        .join(PublishedCourse, PublishedCourse.id == CourseVersion.course_id)
        .where(CourseVersion.course_id == newest.course_id)
    )
    return {row.id: row for row in rows if course_of(row).exercises.get(exercise) == spec}


def _first_attempts(db: Session, version_ids: Sequence[int], exercise: str) -> list[tuple[Attempt, Submission, int]]:
    """First attempts that were handed in, newest first, one more than are looked at; with their cohort's version."""
    rows = db.execute(
        select(Attempt, Submission, Cohort.version_id)
        .join(Submission, Submission.attempt_id == Attempt.id)
        .join(Assignment, Assignment.id == Attempt.assignment_id)
        .join(Cohort, Cohort.id == Assignment.cohort_id)
        .where(Cohort.version_id.in_(version_ids), Assignment.exercise == exercise)
        .where(Attempt.id.in_(select(AttemptMember.attempt_id).where(AttemptMember.number == 1)))
        .order_by(Attempt.id.desc())
        .limit(MOST_ANSWERS + 1)
    )
    return [(attempt, submission, version_id) for attempt, submission, version_id in rows]


def _key_marks(db: Session, attempt_ids: Sequence[int]) -> dict[int, Mapping[str, Any]]:
    """Attempt → the parts of the key's newest marking."""
    rows = db.execute(
        select(Marking.attempt_id, Marking.parts)
        .where(Marking.attempt_id.in_(attempt_ids), Marking.marked_by == "key")
        .order_by(Marking.id)
    )
    return {attempt_id: parts for attempt_id, parts in rows}  # noqa: C416 - rows are no pairs to mypy


def _changes(db: Session, attempt_ids: Sequence[int]) -> defaultdict[int, list[Change]]:
    rows = db.scalars(select(AnswerChange).where(AnswerChange.attempt_id.in_(attempt_ids)).order_by(AnswerChange.id))
    found: defaultdict[int, list[Change]] = defaultdict(list)
    for row in rows:
        change = Change(row.id, row.client, row.seq, row.base, row.fields, row.stale or (), row.at, row.late)
        found[row.attempt_id].append(change)
    return found


def _minutes(attempt: Attempt, submission: Submission, changes: Iterable[Change], written: Written) -> float | None:
    """From the start over every save to the hand-in; one collected at its end says nothing of when it was done."""
    moments = [attempt.started_at, *(change.at for change in changes if change.id <= written.newest)]
    return minutes_worked(moments if submission.collected else [*moments, submission.at])


def _countable(spec: Spec, sheet: Sheet) -> _OwnSheet:
    """The questions whose answers can be counted: chosen, ticked, and short ones that have a key."""
    key, found = model_answer_of(spec), []
    for question in sheet.questions:
        options = tuple(_options(question, sheet, key))
        right = key.get(question.names[0], "") if len(question.names) == 1 else ""
        if options or 0 < len(right) <= LONGEST_TYPED:
            found.append(Countable(question.label, question.names, options, _compared(right, None)))
    return _OwnSheet(tuple(found), sheet.choices)


def _options(question: Question, sheet: Sheet, key: Mapping[str, str]) -> Iterator[Option]:
    """What can be chosen in a question, or which of its fields can be ticked."""
    for name in question.names:
        if choices := sheet.choices.get(name):
            yield from (Option(name, text, label, key.get(name) == text) for text, label in choices.items())
        elif name in sheet.ticks:
            label = bare(sheet.labels[name]).removeprefix(bare(question.label)).removeprefix(" · ")
            yield Option(name, TICKED, label, key.get(name) == TICKED)


def _compared(text: str, choices: Mapping[str, str] | None) -> str:
    """What was typed as it is counted: numbers by what they are, words without regard to width, case and space."""
    if choices:
        return text
    number = read_number(text)
    if isinstance(number, Typed):
        return in_figures(number.value) + ("%" if number.percent else "")
    return " ".join(unicodedata.normalize("NFKC", text).casefold().split())
