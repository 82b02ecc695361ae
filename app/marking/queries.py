"""Reads of those who mark: what waits, who handed in what, which answer comes next. Trainers of the cohort only."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, Literal

from sqlalchemy import Select, case, func, null, select
from sqlalchemy.orm import Session

from app.accounts.models import Person
from app.assessment.models import Assignment, Attempt, AttemptMember, Marking, Submission
from app.assessment.queries import Work, mark_of, version_that_marks
from app.assessment.rules import Mark, Result, result_of
from app.assessment.sheets import spec_of
from app.catalogue.models import CourseVersion
from app.catalogue.queries import course_of
from app.cohorts.models import Cohort, CohortTrainer, Enrolment
from app.documents.blocks import Text, plain
from app.documents.markdown import inline
from app.marking.anonymous import veil_for
from app.web.viewing import Viewer

ON_A_PAGE = 100
"""Answers in a list."""
QueueState = Literal["waits", "asked", "marked", "returned", "started", "none"]


@dataclass(frozen=True)
class GivenMarking:
    """A marking with what tells it from others."""

    id: int
    mark: Mark
    by_id: int | None
    change_id: int | None
    """The answer as it stood when it was marked."""
    rubric: str = ""
    """The version of the rubric; "" for the key, and before that was written down."""

    @property
    def by_person(self) -> bool:
        """Whether a trainer gave it: one of these never replaces another that its page did not know."""
        return self.mark.marked_by in ("trainer", "override")


@dataclass(frozen=True)
class WaitingRow:
    """An answer that waits for marks."""

    attempt_id: int
    names: tuple[str, ...]
    number: int
    at: datetime
    on_paper: bool


@dataclass(frozen=True)
class Waiting:
    """What waits of one exercise in one cohort."""

    assignment_id: int
    cohort_id: int
    cohort: str
    exercise: str
    title: Text
    private: bool
    count: int
    """All of them, also those that stand on another page."""
    rows: tuple[WaitingRow, ...] = ()


@dataclass(frozen=True)
class Inbox:
    """What waits over all cohorts of a trainer: oldest exercise first, in it oldest answer first."""

    all: tuple[Waiting, ...]
    """Without the filters, without rows."""
    shown: tuple[Waiting, ...]
    count: int
    page: int
    pages: int


@dataclass(frozen=True)
class MarkedRow:
    """An answer that a person marked lately."""

    attempt_id: int
    names: tuple[str, ...]
    title: Text
    private: bool
    cohort: str
    by: str
    at: datetime


@dataclass(frozen=True)
class QueueRow:
    """Somebody of the cohort, with the attempt at this exercise that matters most to whoever marks."""

    enrolment_id: int
    name: str
    attempt_id: int | None
    state: QueueState
    result: Result | None = None
    """Of what is marked."""
    others: tuple[tuple[int, str], ...] = ()
    """Enrolments and names of those on the same sheet, where rows of one sheet are put together."""

    def is_of(self, enrolment_id: int) -> bool:
        """Whether this is the row of somebody."""
        return enrolment_id == self.enrolment_id or any(enrolment_id == each for each, _ in self.others)


def inbox_of(
    db: Session, viewer: Viewer, *, cohort_id: int | None = None, exercise: str | None = None, page: int = 1
) -> Inbox:
    """What waits, four statements whatever its length."""
    every = _waiting(db, viewer)
    wanted = tuple(each for each in every if cohort_id in (None, each.cohort_id) and exercise in (None, each.exercise))
    count = sum(each.count for each in wanted)
    pages = max(1, -(-count // ON_A_PAGE))
    page = min(max(page, 1), pages)
    return Inbox(every, _with_rows(db, viewer, wanted, page), count, page=page, pages=pages)


def waiting_count(db: Session, viewer: Viewer) -> int:
    """How many answers wait in all cohorts of a trainer."""
    return db.scalar(_mine(select(func.count()), viewer)) or 0


def marked_lately(db: Session, viewer: Viewer) -> tuple[MarkedRow, ...]:
    """What people marked last in the cohorts of a trainer, newest first."""
    newest = (
        select(func.max(Marking.id))
        .join(Attempt, Attempt.id == Marking.attempt_id)
        .join(Assignment, Assignment.id == Attempt.assignment_id)
        .join(CohortTrainer, CohortTrainer.cohort_id == Assignment.cohort_id)
        .where(CohortTrainer.person_id == viewer.person_id, Marking.by_id.is_not(None))
        .group_by(Marking.attempt_id)
        .order_by(func.max(Marking.id).desc())
        .limit(ON_A_PAGE)
    )
    rows = db.execute(
        select(Marking.attempt_id, Marking.at, Person.display_name, Assignment.exercise, Cohort)
        .join(Attempt, Attempt.id == Marking.attempt_id)
        .join(Assignment, Assignment.id == Attempt.assignment_id)
        .join(Cohort, Cohort.id == Assignment.cohort_id)
        .join(Person, Person.id == Marking.by_id)
        .where(Marking.id.in_(newest))
        .order_by(Marking.id.desc())
    ).all()
    versions = versions_of(db, {row.Cohort.version_id for row in rows})
    members = _members(db, [row.attempt_id for row in rows], viewer)
    return tuple(
        MarkedRow(
            row.attempt_id,
            members[row.attempt_id][0],
            *_title(versions[row.Cohort.version_id], row.exercise),
            row.Cohort.name,
            by=row.display_name,
            at=row.at,
        )
        for row in rows
    )


def markings_of(db: Session, attempt_id: int) -> tuple[GivenMarking, ...]:
    """All markings of an attempt, oldest first, with their ids and who gave them."""
    rows = db.execute(
        select(Marking, Person.display_name)
        .outerjoin(Person, Person.id == Marking.by_id)
        .where(Marking.attempt_id == attempt_id)
        .order_by(Marking.id)
    )
    return tuple(
        GivenMarking(row.id, mark_of(row, name or ""), row.by_id, row.change_id, row.rubric) for row, name in rows
    )


def newest_by_person(given: Iterable[GivenMarking]) -> int:
    """The id of the newest marking that a person gave; 0 where there is none."""
    return max((each.id for each in given if each.by_person), default=0)


def names_around(db: Session, work: Work) -> dict[int, str]:
    """The names of whoever handed an attempt in or gave it back, by their ids."""
    others = [work.attempt.returned_by_id, work.submission.by_id if work.submission else None]
    wanted = Person.id.in_([each for each in others if each is not None])
    return {row.id: row.display_name for row in db.execute(select(Person.id, Person.display_name).where(wanted))}


def members_by_name(db: Session, attempt_id: int) -> tuple[str, ...]:
    """The names of everybody who worked on an attempt."""
    return _members(db, [attempt_id])[attempt_id][0]


def names_of(db: Session, viewer: Viewer, attempt_ids: Sequence[int]) -> dict[int, tuple[str, ...]]:
    """The names of everybody who worked on each of some attempts, as the viewer wants to see them."""
    return {attempt_id: names for attempt_id, (names, _) in _members(db, attempt_ids, viewer).items()}


def queue_of(db: Session, cohort_id: int, exercise: str) -> tuple[QueueRow, ...]:
    """Everybody of a cohort with their state at an exercise, by name. Three statements. The caller has asked rights."""
    assignment = (
        select(Assignment.id)
        .where(Assignment.cohort_id == cohort_id, Assignment.exercise == exercise)
        .scalar_subquery()
    )
    rows = db.execute(
        select(Enrolment.id, Person.display_name, Enrolment.withdrawn_at, Attempt.id.label("attempt_id"))
        .add_columns(Attempt.version_id, Attempt.returned_at, Submission.needs_person, Cohort.version_id.label("taken"))
        .join(Cohort, Cohort.id == Enrolment.cohort_id)
        .join(Person, Person.id == Enrolment.person_id)
        .outerjoin(
            AttemptMember,
            (AttemptMember.enrolment_id == Enrolment.id) & (AttemptMember.assignment_id == assignment),
        )
        .outerjoin(Attempt, Attempt.id == AttemptMember.attempt_id)
        .outerjoin(Submission, Submission.attempt_id == Attempt.id)
        .where(Enrolment.cohort_id == cohort_id)
        .order_by(Person.display_name, Enrolment.id, AttemptMember.number)
    ).all()
    tries: dict[int, list[Any]] = {}
    for row in rows:
        if row.attempt_id is not None or row.withdrawn_at is None:
            tries.setdefault(row.id, []).append(row)
    chosen = [_most_important(each) for each in tries.values()]
    marked = [(row.attempt_id, row.version_id) for row, state in chosen if state == "marked"]
    results = _results(db, exercise, rows[0].taken, marked) if rows else {}
    return tuple(
        QueueRow(row.id, row.display_name, row.attempt_id, _at_last(state, result), result)
        for row, state in chosen
        for result in (results.get(row.attempt_id or 0),)
    )


def sheet_by_sheet(queue: Iterable[QueueRow]) -> tuple[QueueRow, ...]:
    """The same queue with one row for each sheet: a pair or group has one answer, to be marked once."""
    found: dict[int, QueueRow] = {}
    for row in queue:
        first = found.setdefault(row.attempt_id or -row.enrolment_id, row)
        if first is not row:
            others = (*first.others, (row.enrolment_id, row.name))
            found[row.attempt_id or 0] = replace(first, others=others)
    return tuple(found.values())


def _at_last(state: QueueState, result: Result | None) -> QueueState:
    """What waits for nobody's marks but those of reviewers or observers is not marked yet."""
    return "asked" if state == "marked" and result is not None and result.waits else state


def next_waiting(db: Session, viewer: Viewer, work: Work) -> int | None:
    """The answer to mark after this one: of the same exercise in the order shown, else the oldest; None: none waits."""
    cohort_id, exercise = work.cohort.id, work.assignment.exercise
    queue: Sequence[QueueRow] = queue_of(db, cohort_id, exercise)
    if veil := veil_for(db, viewer, [cohort_id]):
        queue = sorted(queue, key=lambda row: veil.number(cohort_id, exercise, row.enrolment_id))
    here = next((n for n, row in enumerate(queue) if row.enrolment_id == work.enrolment.id), -1)
    for row in (*queue[here + 1 :], *queue[: here + 1]):
        if row.state == "waits" and row.attempt_id != work.attempt.id:
            return row.attempt_id
    oldest = _mine(select(Attempt.id), viewer).order_by(Submission.at, Attempt.id).limit(1)
    return db.scalars(oldest.where(Attempt.id != work.attempt.id)).first()


def versions_of(db: Session, version_ids: Iterable[int]) -> dict[int, CourseVersion]:
    """Versions by id, in one statement."""
    wanted = select(CourseVersion).where(CourseVersion.id.in_(sorted(set(version_ids))))
    return {version.id: version for version in db.scalars(wanted)}


def _waiting(db: Session, viewer: Viewer) -> tuple[Waiting, ...]:
    counted = _mine(select(Assignment.id, Assignment.exercise, Cohort.id, Cohort.name, Cohort.version_id), viewer)
    rows = db.execute(
        counted.add_columns(func.count())
        .group_by(Assignment.id, Assignment.exercise, Cohort.id, Cohort.name, Cohort.version_id)
        .order_by(func.min(Submission.at), Assignment.id)
    ).all()
    versions = versions_of(db, {row[4] for row in rows})
    return tuple(
        Waiting(assignment_id, cohort_id, cohort, exercise, *_title(versions[version_id], exercise), count=count)
        for assignment_id, exercise, cohort_id, cohort, version_id, count in rows
    )


def _with_rows(db: Session, viewer: Viewer, groups: Sequence[Waiting], page: int) -> tuple[Waiting, ...]:
    """The groups of one page, each with its rows of that page."""
    oldest = func.min(Submission.at).over(partition_by=Assignment.id)
    rows = db.execute(
        _mine(select(Attempt.id, Assignment.id.label("assignment_id"), Submission.at, Submission.on_paper), viewer)
        .where(Assignment.id.in_([each.assignment_id for each in groups]))
        .order_by(oldest, Assignment.id, Submission.at, Attempt.id)
        .limit(ON_A_PAGE)
        .offset((page - 1) * ON_A_PAGE)
    ).all()
    members = _members(db, [row.id for row in rows], viewer)
    found: dict[int, list[WaitingRow]] = {}
    for row in rows:
        waiting = WaitingRow(row.id, *members[row.id], at=row.at, on_paper=row.on_paper)
        found.setdefault(row.assignment_id, []).append(waiting)
    return tuple(replace(each, rows=tuple(found[each.assignment_id])) for each in groups if each.assignment_id in found)


def _mine(wanted: Any, viewer: Viewer) -> Select[Any]:  # noqa: ANN401 -- a Select knows its columns one by one
    """Of what waits in the cohorts that somebody trains."""
    mine: Select[Any] = (
        wanted.select_from(Submission)
        .join(Attempt, Attempt.id == Submission.attempt_id)
        .join(Assignment, Assignment.id == Attempt.assignment_id)
        .join(Cohort, Cohort.id == Assignment.cohort_id)
        .join(CohortTrainer, CohortTrainer.cohort_id == Cohort.id)
        .where(
            CohortTrainer.person_id == viewer.person_id,
            Cohort.archived_at.is_(None),
            Submission.needs_person,
            Attempt.returned_at.is_(None),
        )
    )
    return mine


def _members(
    db: Session, attempt_ids: Sequence[int], viewer: Viewer | None = None
) -> dict[int, tuple[tuple[str, ...], int]]:
    """The names of those who worked on each attempt, and the number that it has for the first of them.

    `viewer`: who wants to see them, and may have chosen a number in place of names.
    """
    rows = db.execute(
        select(AttemptMember.attempt_id, AttemptMember.number, Person.display_name)
        .add_columns(AttemptMember.enrolment_id, Enrolment.cohort_id, Assignment.exercise)
        .join(Enrolment, Enrolment.id == AttemptMember.enrolment_id)
        .join(Person, Person.id == Enrolment.person_id)
        .join(Assignment, Assignment.id == AttemptMember.assignment_id)
        .where(AttemptMember.attempt_id.in_(attempt_ids))
        .order_by(Enrolment.withdrawn_at.is_not(None), AttemptMember.enrolment_id)  # as `trained_work` does
    ).all()
    veil = veil_for(db, viewer, sorted({row.cohort_id for row in rows})) if viewer else None
    found: dict[int, tuple[tuple[str, ...], int]] = {}
    for attempt_id, number, name, enrolment_id, cohort_id, exercise in rows:
        names, first = found.get(attempt_id, ((), number))
        if veil is None:
            found[attempt_id] = ((*names, name), first)
        elif not names:
            found[attempt_id] = ((veil.name(cohort_id, exercise, enrolment_id),), first)
    return found


def _title(version: CourseVersion, exercise: str) -> tuple[Text, bool]:
    """What an exercise is called, and whether it is private; its slug where a newer version has it no more."""
    spec = course_of(version).exercises.get(exercise)
    return (inline(spec.title), spec.private) if spec else (plain(exercise), False)


def _most_important(rows: Sequence[Any]) -> tuple[Any, QueueState]:
    """Of one person's attempts: the oldest that waits, else the newest under way, else the newest marked."""
    standing = [row for row in rows if row.attempt_id is not None and row.returned_at is None]
    given_back = any(row.returned_at is not None for row in rows)
    waiting = [row for row in standing if row.needs_person]
    if waiting:
        return waiting[0], "waits"
    if not standing:
        return rows[-1], "none"
    if standing[-1].needs_person is None:
        return standing[-1], "returned" if given_back else "started"
    return standing[-1], "marked"


def _results(db: Session, exercise: str, taken: int, attempts: Sequence[tuple[int, int]]) -> dict[int, Result]:
    """What marked attempts come to. Without the items of the key.

    `taken`: the version that their cohort takes; `attempts`: ids with the version in which each was answered.
    """
    versions = versions_of(db, {taken, *(version_id for _, version_id in attempts)})
    levels = case((Marking.marked_by.in_(("trainer", "peer", "observer")), Marking.parts), else_=null())
    rows = db.execute(
        select(Marking.attempt_id, Marking.marked_by, Marking.earned_numerator, Marking.earned_denominator, levels)
        .where(Marking.attempt_id.in_([attempt_id for attempt_id, _ in attempts]))
        .order_by(Marking.id)
    )
    marks: dict[int, list[Mark]] = {}
    for attempt_id, marked_by, over, under, parts in rows:
        earned = Marking(earned_numerator=over, earned_denominator=under).earned
        marks.setdefault(attempt_id, []).append(Mark(marked_by, earned, parts or {}))
    return {
        attempt_id: result_of(
            spec_of(version_that_marks(versions[version_id], versions[taken], exercise), exercise),
            marks.get(attempt_id, ()),
        )
        for attempt_id, version_id in attempts
    }
