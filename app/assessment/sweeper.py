"""Handing in what browsers left behind: attempts whose time is up, without anybody having to come back."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from sqlalchemy import ColumnElement, Select, exists, select, update
from sqlalchemy.orm import Session

from app.accounts.actions import record
from app.assessment.actions import Graded, collect, graded_by_what_marks, graded_or_unmarked, keep_verdict
from app.assessment.deadlines import catch_up
from app.assessment.marks import raise_revision
from app.assessment.mishaps import Mishap, or_mishap
from app.assessment.models import Attempt, Submission
from app.assessment.queries import Work, any_work, handed_in, marking_spec, marking_version, take_turn
from app.assessment.rules import GRACE, is_over
from app.assessment.standing import is_left_alone
from app.db import Database

MOST = 500
"""Attempts looked at in one call, oldest first; the next call goes on."""
Became = Literal["handed_in", "blank", "set_aside", "marked", "nothing"]


@dataclass(frozen=True)
class Swept:
    """What one call did."""

    handed_in: int = 0
    blank: int = 0
    """In these nothing was ever saved, so there is nothing to hand in."""
    set_aside: int = 0
    """These cannot be read; the log says why."""
    marked: int = 0
    """By the key, which had failed when they were handed in."""


def sweep(database: Database, *, now: Callable[[], datetime]) -> Swept:
    """Hand in what is due, each attempt in a transaction of its own. Any number of sweepers may run at once.

    A failing exercise stands in nobody's way: what its key cannot mark is handed in and marked later, what cannot be
    read is set aside. What it costs depends on what is due, not on how much there is.
    """
    with database.reading() as db:
        due = db.scalars(due_attempts(now())).all()
    became = [_sweep_one(database, attempt_id, now=now()) for attempt_id in due]
    return Swept(*(became.count(what) for what in ("handed_in", "blank", "set_aside", "marked")))


def look_again(database: Database, *, now: datetime) -> None:
    """When a worker starts: what the key could not mark is due at once, and nothing that has an end is forgotten.

    The new worker may have the mended key; the nodes of the version before may have begun attempts meanwhile.
    """
    unmarked = exists().where(Submission.attempt_id == Attempt.id, Submission.unmarked != "")
    with database.transaction() as db:
        _make_due(db, Attempt.sweep_at.is_not(None) & unmarked, now=now)
    catch_up(database, now=now)


def take_up_again(database: Database, *, now: datetime) -> int:
    """What was set aside is due at once; returns how much that is."""
    done = exists().where(Submission.attempt_id == Attempt.id, Submission.unmarked == "")
    with database.transaction() as db:
        return _make_due(db, (Attempt.set_aside != "") & Attempt.returned_at.is_(None) & ~done, now=now)


def due_attempts(now: datetime) -> Select[int]:
    """The attempts to be looked at, oldest first: as the partial index has them."""
    return (
        select(Attempt.id)
        .where(Attempt.sweep_at.is_not(None), Attempt.sweep_at <= now)
        .order_by(Attempt.sweep_at)
        .limit(MOST)
    )


def _make_due(db: Session, which: ColumnElement[bool], *, now: datetime) -> int:
    found = db.scalars(select(Attempt.id).where(which)).all()
    if found:
        db.execute(update(Attempt).where(Attempt.id.in_(found)).values(sweep_at=now))
    return len(found)


def _sweep_one(database: Database, attempt_id: int, *, now: datetime) -> Became:
    """Look at one attempt: the key takes its time outside the write transaction, which then asks once more."""
    read = or_mishap(lambda: _read(database, attempt_id), f"could not read attempt {attempt_id}")
    if isinstance(read, Mishap):
        return _set_aside(database, attempt_id, read, now=now)
    settled = or_mishap(lambda: _settle(database, attempt_id, read, now=now), f"could not hand in attempt {attempt_id}")
    return _set_aside(database, attempt_id, settled, now=now) if isinstance(settled, Mishap) else settled


def _read(database: Database, attempt_id: int) -> Graded:
    with database.reading() as db:
        work = any_work(db, attempt_id)
        spec, version_id = marking_spec(db, work), marking_version(db, work).id  # reads the course for it at first
        written = handed_in(db, work)
    before = work.submission.unmarked if work.submission else ""
    return graded_or_unmarked(spec, written, about=f"attempt {attempt_id}", reference=before, version_id=version_id)


def _settle(database: Database, attempt_id: int, known: Graded, *, now: datetime) -> Became:
    with database.transaction() as db:
        if not still_due(db, attempt_id, now):
            return "nothing"
        work = any_work(db, attempt_id)
        if work.submission is not None:
            return _mark(db, work, work.submission, known, now=now)
        if not is_over(work.ends_at, now):
            work.attempt.sweep_at = work.ends_at and work.ends_at + GRACE
            return "nothing"
        if is_left_alone(work) or collect(db, work, known, now=now) is None:
            work.attempt.sweep_at = None
            return "blank"
        return "handed_in"


def still_due(db: Session, attempt_id: int, now: datetime) -> bool:
    """Whether nobody has handed it in, or moved its end, meanwhile. From here on nobody does before the commit."""
    take_turn(db, attempt_id)
    due = select(Attempt.sweep_at).where(Attempt.id == attempt_id).with_for_update()
    sweep_at = db.scalars(due).one()
    return sweep_at is not None and sweep_at <= now


def _mark(db: Session, work: Work, submission: Submission, known: Graded, *, now: datetime) -> Became:
    """Add what the key says by now to what was handed in without it."""
    if not submission.unmarked or submission.change_id != known.change_id:
        work.attempt.sweep_at = None if not submission.unmarked else now
        return "nothing"
    if not graded_by_what_marks(db, work, known):
        return "nothing"  # it stays due
    keep_verdict(db, work, submission, known, now=now)
    if known.unmarked:
        return "nothing"
    record(db, "attempt-marked-by-key", Attempt, object_id=work.attempt.id, by=None, now=now)
    raise_revision(db, work)
    return "marked"


def _set_aside(database: Database, attempt_id: int, mishap: Mishap, *, now: datetime) -> Became:
    """Out of the way of the others, with the reference under which the log says why."""
    with database.transaction() as db:
        if not still_due(db, attempt_id, now):
            return "nothing"
        db.execute(update(Attempt).where(Attempt.id == attempt_id).values(set_aside=mishap.reference, sweep_at=None))
        record(db, "attempt-set-aside", Attempt, object_id=attempt_id, by=None, now=now, reference=mishap.reference)
    return "set_aside"
