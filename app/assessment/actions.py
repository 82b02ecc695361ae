"""Writes about answers: beginning an attempt, saving, choosing between two texts, handing in."""

from __future__ import annotations

import secrets
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime
from fractions import Fraction
from typing import Any, cast

from sqlalchemy import Table, func, insert, select, update
from sqlalchemy.orm import Session

from app.accounts.actions import record
from app.assessment.models import AnswerChange, Assignment, Attempt, AttemptMember, MarkedBy, Marking, Submission
from app.assessment.queries import Task, Work, attempts_at, changes_around, changes_since, written_in
from app.assessment.rules import Times, attempts_left, key_marking, needs_person
from app.assessment.writing import Change, Conflict, Written, changed_fields, fold, refusals, stale_fields
from app.cohorts.actions import refuse_archived
from app.cohorts.models import Cohort, Enrolment
from app.db import one_at_a_time
from app.errors import UserError
from app.exercises import Spec, grade_answer, read_answer
from app.words import Sentence, say

MOST_SEED = 2**62
_KEEP = insert(cast("Table", AnswerChange.__table__)).returning(AnswerChange.id)


class RefusedSave(UserError):
    """Nothing of a save was kept; why, for each field that stands in the way."""

    def __init__(self, refused: Mapping[str, Sentence]) -> None:
        super().__init__(next(iter(refused.values())))
        self.refused = refused


@dataclass(frozen=True)
class Save:
    """What an open page wants kept: the texts of some fields, and the newest change that it knows."""

    client: str
    seq: int
    base: int
    fields: Mapping[str, str]


@dataclass(frozen=True)
class Saved:
    """A save that was kept."""

    change_id: int
    at: datetime
    stale: tuple[str, ...]
    """The fields in which another page had written meanwhile: both texts are kept."""
    since: tuple[Change, ...]
    """What other pages saved that this one did not know."""
    waiting: tuple[Conflict, ...] = ()
    """Where one of those was written over what stands here: whoever wrote that is told, too."""


@dataclass(frozen=True)
class Graded:
    """The key's verdict on an answer as it stood after a change, found before the write transaction begins."""

    change_id: int | None
    earned: Fraction | None
    parts: dict[str, Any]


def assignment_of(db: Session, cohort_id: int, exercise: str) -> Assignment:
    """The row of an exercise in a cohort, made where it has none: no row means no limits of time."""
    one_at_a_time(db, f"assignments of {cohort_id}")
    wanted = select(Assignment).where(Assignment.cohort_id == cohort_id, Assignment.exercise == exercise)
    found = db.scalars(wanted).one_or_none()
    if found is None:
        found = Assignment(cohort_id=cohort_id, exercise=exercise)
        db.add(found)
        db.flush()
    return found


def start_attempt(db: Session, task: Task, *, by: int, now: datetime) -> Attempt:
    """Begin an attempt, or go on with the one under way. Raises UserError where none may be begun."""
    one_at_a_time(db, f"attempts of {task.enrolment.id}")
    before = attempts_at(db, task.enrolment.id, task.exercise)
    if before and before[-1][2] is None:
        return before[-1][0]
    refuse_unless_open(task.cohort, task.times, now)
    if task.times.not_open_yet(now):
        raise UserError(say("This exercise is not open yet."))
    used = sum(attempt.returned_at is None for attempt, *_ in before)
    if not attempts_left(task.spec, used):
        raise UserError(say("You have used all attempts at this exercise."))
    return add_attempt(db, task, number=len(before) + 1, by=by, now=now)


def add_attempt(db: Session, task: Task, *, number: int, by: int | None, now: datetime) -> Attempt:
    """A new attempt of one enrolment, whoever asks for it."""
    assignment = assignment_of(db, task.cohort.id, task.exercise)
    attempt = Attempt(
        assignment_id=assignment.id,
        version_id=task.version.id,
        seed=secrets.randbelow(MOST_SEED),
        carried={},
        started_at=now,
    )
    db.add(attempt)
    db.flush()
    db.add(
        AttemptMember(attempt_id=attempt.id, enrolment_id=task.enrolment.id, assignment_id=assignment.id, number=number)
    )
    record(db, "attempt-started", Attempt, object_id=attempt.id, by=by, now=now)
    return attempt


def save_fields(db: Session, work: Work, save: Save, *, by: int, now: datetime) -> Saved:
    """Keep what an open page says. Sending the same save again changes nothing and answers the same.

    Raises RefusedSave for texts that cannot be kept, UserError for a sheet that takes no more.
    """
    refuse_unless_writable(work, now)
    return keep_fields(db, work, save, by=by, now=now)


def keep_fields(db: Session, work: Work, save: Save, *, by: int, now: datetime) -> Saved:
    """Keep texts without asking whether the sheet is still open: for whoever enters an answer from paper."""
    fields = {name: text.replace("\r\n", "\n").replace("\r", "\n") for name, text in save.fields.items()}
    if refused := refusals(fields, work.sheet.names):
        raise RefusedSave(refused)
    again, since = changes_around(db, work.attempt.id, save.base, client=save.client, seq=save.seq)
    others = tuple(change for change in since if change.client != save.client)
    if again is not None:
        if dict(again.fields) != fields:
            raise UserError(say("This page has lost count of what it saved. Load it again."))
        return Saved(again.id, again.at, tuple(again.stale), others, _waiting(db, work, others, again.stale))
    stale = stale_fields(fields, since, client=save.client)
    written = {"attempt_id": work.attempt.id, "fields": fields, "stale": list(stale), "at": now, "by_id": by}
    counted = {"client": save.client, "seq": save.seq, "base": save.base}
    change_id = db.connection().execute(_KEEP, written | counted).scalar_one()  # no unit of work for a single row
    return Saved(change_id, now, stale, others, _waiting(db, work, others, stale))


def _waiting(db: Session, work: Work, others: tuple[Change, ...], told: Collection[str]) -> tuple[Conflict, ...]:
    """The choices that these changes left behind, but for those in fields that the page is told of anyway."""
    ids = {change.id for change in others if change.stale}
    if not ids:
        return ()
    conflicts = written_in(db, work.attempt.id).conflicts
    return tuple(each for each in conflicts if each.change_id in ids and each.field not in told)


def save_form(
    db: Session, work: Work, posted: Mapping[str, str], *, client: str, base: int, by: int, now: datetime
) -> Saved | None:
    """Keep what a form says that differs from what its page showed; None where nothing does."""
    refuse_unless_writable(work, now)
    known = fold(change for change in changes_since(db, work.attempt.id) if change.id <= base)
    posted = {name: text.replace("\r\n", "\n") for name, text in posted.items()}
    changed = changed_fields(posted, known.values)
    if not changed:
        return None
    save = Save(client, next_seq(db, work.attempt.id, client), base, changed)
    return keep_fields(db, work, save, by=by, now=now)


def choose_text(db: Session, work: Work, field: str, change_id: int, *, theirs: bool, by: int, now: datetime) -> None:
    """Settle a conflict: keep what stands in the field, or take what was typed elsewhere."""
    refuse_unless_writable(work, now)
    written = written_in(db, work.attempt.id)
    conflict = next((c for c in written.conflicts if (c.field, c.change_id) == (field, change_id)), None)
    if conflict is None:
        return  # somebody has chosen meanwhile
    text = conflict.other if theirs else conflict.stands
    client = f"choice-{secrets.token_hex(8)}"
    keep_fields(db, work, Save(client, 1, written.newest, {field: text}), by=by, now=now)


def graded(spec: Spec, written: Written) -> Graded:
    """What the key says to an answer; nothing where people alone mark. Takes its time: call it before a write."""
    grade = grade_answer(spec, read_answer(spec, written.values))
    newest = written.newest or None
    return Graded(newest, grade.earned, key_marking(grade)) if grade else Graded(newest, None, {})


def hand_in(db: Session, work: Work, known: Graded, *, by: int, now: datetime) -> Submission:
    """Hand an attempt in, marked by its key. Doing it twice does it once. Raises UserError after the closing time."""
    if work.submission is not None:
        return work.submission
    refuse_unless_writable(work, now)
    return submit(db, work, known, by=by, now=now)


def submit(db: Session, work: Work, known: Graded, *, by: int, now: datetime, on_paper: bool = False) -> Submission:
    """Make the submission, whoever asks for it and whatever the time."""
    newest = db.scalar(select(func.max(AnswerChange.id)).where(AnswerChange.attempt_id == work.attempt.id))
    if newest != known.change_id:  # something was saved since it was graded
        known = graded(work.spec, written_in(db, work.attempt.id))
    submission = Submission(
        attempt_id=work.attempt.id,
        change_id=known.change_id,
        at=now,
        by_id=by,
        on_paper=on_paper,
        needs_person=needs_person(work.spec),
    )
    db.add(submission)
    if known.earned is not None:
        add_marking(db, work, "key", by=None, now=now, earned=known.earned, parts=known.parts, change_id=newest)
    record(db, "attempt-handed-in", Attempt, object_id=work.attempt.id, by=by, now=now)
    raise_revision(db, work)  # last: it writes what was added before it, all at once
    return submission


def add_marking(
    db: Session,
    work: Work,
    marked_by: MarkedBy,
    *,
    by: int | None,
    now: datetime,
    earned: Fraction | None,
    parts: dict[str, Any] | None = None,
    comment: str = "",
    reason: str = "",
    change_id: int | None = None,
) -> Marking:
    """Add a marking; those before it stay. The caller leaves the audit row for what a person did."""
    marking = Marking(
        attempt_id=work.attempt.id,
        change_id=change_id,
        at=now,
        by_id=by,
        marked_by=marked_by,
        earned_numerator=None if earned is None else earned.numerator,
        earned_denominator=None if earned is None else earned.denominator,
        parts=parts or {},
        comment=comment,
        reason=reason,
    )
    db.add(marking)
    return marking


def raise_revision(db: Session, work: Work) -> None:
    """Tell that something changed which bears on the completion of everybody who worked on it."""
    members = select(AttemptMember.enrolment_id).where(AttemptMember.attempt_id == work.attempt.id)
    raised = update(Enrolment).where(Enrolment.id.in_(members)).values(revision=Enrolment.revision + 1)
    db.flush()
    db.execute(raised, execution_options={"synchronize_session": False})


def next_seq(db: Session, attempt_id: int, client: str) -> int:
    """The number of the next save of a page that does not count by itself."""
    last = db.scalar(
        select(func.max(AnswerChange.seq)).where(AnswerChange.attempt_id == attempt_id, AnswerChange.client == client)
    )
    return (last or 0) + 1


def refuse_unless_open(cohort: Cohort, times: Times, now: datetime) -> None:
    """Raises UserError where a cohort or an exercise takes nothing more."""
    refuse_archived(cohort)
    if times.is_closed(now):
        raise UserError(say("This exercise is closed. What you saved before is kept, and your trainer can see it."))


def why_shut(work: Work, now: datetime) -> Sentence | None:
    """Why a sheet takes nothing more from its trainee; None where it does."""
    try:
        refuse_unless_writable(work, now)
    except UserError as shut:
        return shut.sentence
    return None


def refuse_unless_writable(work: Work, now: datetime) -> None:
    """Raises UserError where a sheet takes nothing more from its trainee."""
    if work.submission is not None:
        raise UserError(say("This answer was handed in and cannot be changed any more."))
    if work.attempt.returned_at is not None:
        raise UserError(say("Your trainer gave this attempt back: go on with the newest one."))
    if work.enrolment.withdrawn_at is not None:
        raise UserError(say("You are no longer in this cohort: your answers can be read, and not changed."))
    refuse_unless_open(work.cohort, work.times, now)
