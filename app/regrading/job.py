"""Marking anew what was handed in, after a cohort was moved: in batches that may be cut off and begun again."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import partial

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from app.accounts.actions import record
from app.assessment.actions import Graded, graded_by_what_marks, graded_or_unmarked, keep_verdict
from app.assessment.keys import is_work_due
from app.assessment.marks import newest_points_of
from app.assessment.mishaps import Mishap, or_mishap
from app.assessment.models import Attempt, AttemptMember, Marking
from app.assessment.queries import (
    Work,
    any_work,
    handed_in,
    marking_spec,
    marking_version,
    take_turn,
    version_that_marks,
)
from app.assessment.rules import scheme_of
from app.assessment.writing import Written
from app.catalogue.models import CourseVersion
from app.catalogue.queries import course_of
from app.cohorts.models import Cohort, Enrolment
from app.db import Database
from app.exercises import Spec
from app.outbox import put
from app.regrading.actions import ERRAND
from app.regrading.models import Regrade
from app.regrading.queries import answers_in, key_markings
from app.regrading.rules import waits_by_now

BATCH = 50
"""Answers in one transaction."""
MOST_BATCHES = 20
"""In one errand: then the other errands have their turn, mails among them."""


@dataclass(frozen=True)
class _Read:
    """An answer that is to be marked anew."""

    spec: Spec
    written: Written
    version_id: int
    reference: str
    """Of an earlier failure of the key."""


@dataclass
class _Batch:
    """What one transaction is about."""

    cursor: int
    """Where it begins."""
    attempt_ids: Sequence[int]
    known: dict[int, Graded] = field(default_factory=dict)
    """What the key says to those that are to be marked anew."""
    failed: int = 0


def regrade(database: Database, regrade_id: int, *, now: Callable[[], datetime]) -> None:
    """Mark anew what the move asks for, and go on in another errand where it is much.

    Any number may do it at once, and any of them be cut off: a batch is written whole or not at all, and only from
    where the one before it ended. What is marked by the version already is passed over.
    """
    for _ in range(MOST_BATCHES):
        batch = _read_batch(database, regrade_id)
        if batch is None:
            return
        _write_batch(database, regrade_id, batch, now=now())
    with database.transaction() as db:
        put(db, ERRAND, {"regrade": regrade_id}, now=now())


def _read_batch(database: Database, regrade_id: int) -> _Batch | None:
    """The next answers with what the key says to them, which takes its time; None where all is done."""
    with database.reading() as db:
        row = db.get_one(Regrade, regrade_id)
        if row.done_at is not None:
            return None
        _versions = _both_versions(db, row)
        following = answers_in(row.cohort_id).where(Attempt.id > row.cursor).order_by(Attempt.id).limit(BATCH)
        batch = _Batch(row.cursor, db.scalars(following).all())
        markings = key_markings(db, list(batch.attempt_ids))
        found = {
            key: or_mishap(partial(_read, db, key, markings.get(key)), f"could not read attempt {key}")
            for key in batch.attempt_ids
        }
    for attempt_id, read in found.items():
        if isinstance(read, Mishap):
            batch.failed += 1
        elif read is not None:
            about, reference = f"attempt {attempt_id}", read.reference
            batch.known[attempt_id] = graded_or_unmarked(
                read.spec, read.written, about=about, reference=reference, version_id=read.version_id
            )
    return batch


def _read(db: Session, attempt_id: int, newest: Marking | None) -> _Read | None:
    """What the key has to mark; None where it has marked just that, or nothing is left to it."""
    work = any_work(db, attempt_id)
    if not is_work_due(db, work, newest):
        return None
    reference = work.submission.unmarked if work.submission else ""
    return _Read(marking_spec(db, work), handed_in(db, work), marking_version(db, work).id, reference)


def _write_batch(database: Database, regrade_id: int, batch: _Batch, *, now: datetime) -> None:
    with database.transaction() as db:
        row = db.scalars(select(Regrade).where(Regrade.id == regrade_id).with_for_update()).one()
        if row.done_at is not None or row.cursor != batch.cursor:
            return  # somebody else has gone on from there
        if not batch.attempt_ids:
            row.done_at = now
            counts = {"answers": str(row.looked), "marked": str(row.marked), "failed": str(row.failed)}
            record(db, "answers-marked-anew", Cohort, object_id=row.cohort_id, by=None, now=now, **counts)
            return
        for attempt_id in batch.attempt_ids:  # all turns before any change: nobody waits for us who holds a row
            take_turn(db, attempt_id)
        versions = _both_versions(db, row)
        works = [any_work(db, attempt_id) for attempt_id in batch.attempt_ids]
        marked, failed = _mark(db, works, batch.known, now=now)
        _settle(db, works, versions[row.from_version_id])
        row.cursor = batch.attempt_ids[-1]
        row.looked += len(works)
        row.marked += marked
        row.failed += failed + batch.failed


def _both_versions(db: Session, row: Regrade) -> dict[int, CourseVersion]:
    """By id. Whoever holds them spares a statement for each answer: the session alone forgets what nobody holds."""
    wanted = CourseVersion.id.in_([row.from_version_id, row.to_version_id])
    return {version.id: version for version in db.scalars(select(CourseVersion).where(wanted))}


def _mark(db: Session, works: Sequence[Work], known: Mapping[int, Graded], *, now: datetime) -> tuple[int, int]:
    """Add what the key says; how many were marked by it, and on how many it failed."""
    markings = key_markings(db, [work.attempt.id for work in works])
    marked = failed = 0
    for work in works:
        verdict = known.get(work.attempt.id)
        if work.submission is None or verdict is None or not is_work_due(db, work, markings.get(work.attempt.id)):
            continue
        if verdict.change_id != work.submission.change_id or not graded_by_what_marks(db, work, verdict):
            verdict = _anew(db, work)  # a late answer was let in since
        keep_verdict(db, work, work.submission, verdict, now=now)
        marked, failed = marked + (verdict.earned is not None), failed + bool(verdict.unmarked)
    return marked, failed


def _anew(db: Session, work: Work) -> Graded:
    spec, written, version_id = marking_spec(db, work), handed_in(db, work), marking_version(db, work).id
    return graded_or_unmarked(spec, written, about=f"attempt {work.attempt.id}", version_id=version_id)


def _settle(db: Session, works: Sequence[Work], before: CourseVersion) -> None:
    """Say which answers wait for a trainer by now, and that points changed."""
    db.flush()
    points = newest_points_of(db, [work.attempt.id for work in works])
    for work in works:
        if work.submission is None:
            continue
        exercise = work.assignment.exercise
        versions = version_that_marks(work.version, before, exercise), marking_version(db, work)
        then, now = (scheme_of(course_of(each).exercises[exercise]) for each in versions)
        newest, asked = points[work.attempt.id], work.submission.asked
        work.submission.needs_person = waits_by_now(work.submission.needs_person, (then, now), newest, asked=asked)
    members = select(AttemptMember.enrolment_id).where(
        AttemptMember.attempt_id.in_([work.attempt.id for work in works])
    )
    db.flush()
    raised = update(Enrolment).where(Enrolment.id.in_(members)).values(revision=Enrolment.revision + 1)
    db.execute(raised, execution_options={"synchronize_session": False})
