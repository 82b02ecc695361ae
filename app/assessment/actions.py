"""Writes about answers: beginning an attempt, saving, choosing between two texts, handing in."""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from fractions import Fraction
from typing import Any, cast

from sqlalchemy import Table, func, insert, select
from sqlalchemy.orm import Session

from app.accounts.actions import record
from app.assessment.chains import carried_now, frozen
from app.assessment.marks import add_marking, raise_revision
from app.assessment.mishaps import Mishap, or_mishap
from app.assessment.models import AnswerChange, Assignment, Attempt, Submission
from app.assessment.parties import add_members, in_turn, join_attempt, next_number, taken_in, under_way_of, variant_of
from app.assessment.queries import (
    Task,
    Work,
    attempts_at,
    changes_around,
    changes_since,
    extra_minutes,
    marking_spec,
    marking_version,
    written_in,
)
from app.assessment.rules import attempts_left, key_marking, needs_person
from app.assessment.settled import known_fields, settled_refusals
from app.assessment.standing import (
    comes_late,
    is_under_way,
    refuse_unless_open,
    refuse_unless_writable,
    set_end,
    why_shut,
)
from app.assessment.writing import Change, Conflict, Written, changed_fields, fold, news, refusals, stale_fields
from app.classroom.groups import Party
from app.cohorts.models import Cohort
from app.db import one_at_a_time
from app.errors import UserError
from app.exercises import Spec, grade_answer, read_answer
from app.words import Sentence, say

TRIED_AGAIN = timedelta(hours=1)
"""After how long the key is tried again on an answer that it could not mark."""
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
    news: Mapping[str, str]
    """What other pages saved that this one did not know."""
    waiting: tuple[Conflict, ...] = ()
    """Where one of those was written over what stands here: whoever wrote that is told, too."""
    late: bool = False
    """Whether it came after the end: it is kept, and not part of the answer."""
    base_is_gone: bool = False
    """Whether the page knows changes that are not there any more, and may have more of them to tell."""


@dataclass(frozen=True)
class Graded:
    """The key's verdict on an answer as it stood after a change, found before the write transaction begins."""

    change_id: int | None
    earned: Fraction | None
    parts: dict[str, Any]
    unmarked: str = ""
    """The reference under which the log says why the key could not mark it."""
    version_id: int | None = None
    """The content that it was graded by; None: that of the attempt itself."""


def assignment_of(db: Session, cohort_id: int, exercise: str) -> Assignment:
    """The row of an exercise in a cohort, made where it has none: no row means no limits of time."""
    one_at_a_time(db, f"assignments of {cohort_id}")
    wanted = select(Assignment).where(Assignment.cohort_id == cohort_id, Assignment.exercise == exercise)
    db.flush()
    found = db.scalars(wanted, execution_options={"populate_existing": True}).one_or_none()  # others moved its times
    if found is None:
        found = Assignment(cohort_id=cohort_id, exercise=exercise)
        db.add(found)
        db.flush()
    return found


def start_attempt(db: Session, task: Task, *, by: int, now: datetime) -> Attempt:
    """Begin an attempt, or go on with the one under way: one's own, or that of one's pair or group.

    Raises UserError where none may be begun.
    """
    party = in_turn(db, task)
    before = attempts_at(db, task.enrolment.id, task.exercise)
    extra = extra_minutes(db, task.cohort.id, task.exercise, [task.enrolment.id])
    times = task.times.with_extra(extra)
    if before and is_under_way(before[-1][0], before[-1][2], times, now):
        return before[-1][0]
    if party and (begun := under_way_of(db, task, party, now)):
        return join_attempt(db, task, begun, by=by, now=now)
    refuse_unless_open(task.cohort, times, now)
    if task.times.not_open_yet(now):
        raise UserError(say("This exercise is not open yet."))
    used = sum(attempt.returned_at is None for attempt, *_ in before)
    if not attempts_left(task.spec, used):
        raise UserError(say("You have used all attempts at this exercise."))
    return add_attempt(db, task, number=next_number(before), by=by, now=now, party=party)


def add_attempt(
    db: Session, task: Task, *, number: int, by: int | None, now: datetime, party: Party | None = None
) -> Attempt:
    """A new attempt of one enrolment and those of its party who are there, whoever asks for it.

    The caller has the turns of the party.
    """
    assignment = assignment_of(db, task.cohort.id, task.exercise)
    numbers = taken_in(db, task, party, number=number, now=now)
    ids, together = tuple(numbers), party is not None
    carried = carried_now(db, task.spec, task.version, enrolment_ids=ids, cohort_id=task.cohort.id, together=together)
    attempt = Attempt(
        assignment_id=assignment.id,
        version_id=task.version.id,
        group_id=party.group_id if party else None,
        seed=variant_of(db, task, party, number),
        carried=frozen(carried),
        started_at=now,
    )
    set_end(db, attempt, assignment, ids)
    db.add(attempt)
    db.flush()
    add_members(db, attempt, numbers)
    record(db, "attempt-started", Attempt, object_id=attempt.id, by=by, now=now)
    return attempt


def save_fields(db: Session, work: Work, save: Save, *, by: int, now: datetime) -> Saved:
    """Keep what an open page says. Sending the same save again changes nothing and answers the same.

    What comes after the end is kept, too, beside the answer. Raises RefusedSave for texts that cannot be kept,
    UserError for a sheet that takes no more.
    """
    late = comes_late(work, now)
    if not late and (shut := why_shut(work, now)):
        return _kept_before(db, work, save, shut)
    return keep_fields(db, work, save, by=by, now=now, late=late)


def _kept_before(db: Session, work: Work, save: Save, shut: Sentence) -> Saved:
    """A save whose answer was lost on its way, sent again after the sheet was shut."""
    same = changes_around(db, work.attempt.id, save.base, client=save.client, seq=save.seq).same
    if same is None or dict(same.fields) != with_line_feeds(save.fields):
        raise UserError(shut)
    return Saved(same.id, same.at, (), {}, late=same.late)


def with_line_feeds(fields: Mapping[str, str]) -> dict[str, str]:
    """Texts with line ends as we keep them."""
    return {name: text.replace("\r\n", "\n").replace("\r", "\n") for name, text in fields.items()}


def keep_fields(
    db: Session, work: Work, save: Save, *, by: int, now: datetime, late: bool = False, settled_too: bool = False
) -> Saved:
    """Keep texts without asking whether the sheet is still open: for whoever enters an answer from paper.

    Those that come `late` stand in nobody's way: they are compared with nothing. `settled_too`: also what no page of
    a trainee may change any more.
    """
    fields = with_line_feeds(save.fields)
    if refused := refusals(fields, known_fields(work)):
        raise RefusedSave(refused)
    around = changes_around(db, work.attempt.id, save.base, client=save.client, seq=save.seq)
    again, since = around.same, around.since
    others = tuple(change for change in since if change.client != save.client)
    told = news(since, client=save.client)
    if again is not None:
        if dict(again.fields) != fields:
            raise UserError(say("This page has lost count of what it saved. Load it again."))
        if again.late:
            return Saved(again.id, again.at, (), {}, late=True)
        return Saved(again.id, again.at, tuple(again.stale), told, _waiting(db, work, others))
    if not settled_too and (refused := settled_refusals(db, work, fields, late=late)):
        raise RefusedSave(refused)
    stale = () if late else stale_fields(fields, since, client=save.client, seq=save.seq)
    written = {"attempt_id": work.attempt.id, "fields": fields, "stale": list(stale), "at": now, "by_id": by}
    counted = {"client": save.client, "seq": save.seq, "base": 0 if around.base_is_gone else save.base, "late": late}
    change_id = db.connection().execute(_KEEP, written | counted).scalar_one()  # no unit of work for a single row
    if late:
        return Saved(change_id, now, (), {}, late=True)
    return Saved(change_id, now, stale, told, _waiting(db, work, others), base_is_gone=around.base_is_gone)


def _waiting(db: Session, work: Work, others: tuple[Change, ...]) -> tuple[Conflict, ...]:
    """The choices that these changes left behind."""
    ids = {change.id for change in others if change.stale}
    if not ids:
        return ()
    return tuple(each for each in written_in(db, work.attempt.id).conflicts if each.change_id in ids)


def save_form(
    db: Session, work: Work, posted: Mapping[str, str], *, client: str, base: int, by: int, now: datetime
) -> Saved | None:
    """Keep what a form says that differs from what its page showed; None where nothing does."""
    if not (late := comes_late(work, now)):
        refuse_unless_writable(work, now)
    known = fold(change for change in changes_since(db, work.attempt.id) if change.id <= base)
    posted = {name: text.replace("\r\n", "\n") for name, text in posted.items()}
    changed = changed_fields(posted, known.values)
    if not changed:
        return None
    save = Save(client, next_seq(db, work.attempt.id, client), base, changed)
    return keep_fields(db, work, save, by=by, now=now, late=late)


def choose_text(
    db: Session, work: Work, field: str, change_id: int, *, theirs: bool, base: int, by: int, now: datetime
) -> None:
    """Settle a conflict: keep what stands in the field, or take what was typed elsewhere.

    `base`: the newest change that whoever chose had seen. What was written since is not settled by it.
    """
    refuse_unless_writable(work, now)
    written = written_in(db, work.attempt.id)
    conflict = next((c for c in written.conflicts if (c.field, c.change_id) == (field, change_id)), None)
    if conflict is None:
        return  # somebody has chosen meanwhile
    text = conflict.other if theirs else conflict.stands
    client = f"choice-{secrets.token_hex(8)}"
    keep_fields(db, work, Save(client, 1, min(base, written.newest), {field: text}), by=by, now=now)


def graded(spec: Spec, written: Written, *, version_id: int | None = None) -> Graded:
    """What the key says to an answer; nothing where people alone mark. Takes its time: call it before a write.

    `version_id`: the content that the spec is of, as `marking_version` says; None: that of the attempt itself.
    """
    grade = grade_answer(spec, read_answer(spec, written.values))
    known = Graded(written.newest or None, None, {}, version_id=version_id)
    return replace(known, earned=grade.earned, parts=key_marking(grade)) if grade else known


def graded_or_unmarked(
    spec: Spec, written: Written, *, about: str, reference: str = "", version_id: int | None = None
) -> Graded:
    """The same for an answer that is handed in whatever happens: where a kind fails it is marked later.

    `about` goes to the log beside the `reference`, which is that of an earlier failure or a new one.
    """
    about, newest = f"could not mark {about}", written.newest or None
    found = or_mishap(lambda: graded(spec, written, version_id=version_id), about, reference=reference)
    return Graded(newest, None, {}, found.reference, version_id) if isinstance(found, Mishap) else found


def graded_by_what_marks(db: Session, work: Work, known: Graded) -> bool:
    """Whether it was graded by the content that marks the attempt by now: its cohort may have moved meanwhile."""
    return (known.version_id or work.attempt.version_id) == marking_version(db, work).id


def hand_in(db: Session, work: Work, known: Graded, *, by: int, now: datetime) -> Submission:
    """Hand an attempt in, marked by its key. Doing it twice does it once.

    After the end what was saved before counts, as if nobody had come. Raises UserError where there is nothing of it.
    """
    if work.submission is not None:
        return work.submission
    if comes_late(work, now) and (collected := collect(db, work, known, now=now)):
        return collected
    refuse_unless_writable(work, now)
    return submit(db, work, known, by=by, now=now)


def collect(db: Session, work: Work, known: Graded, *, now: datetime) -> Submission | None:
    """Hand in what time has ended, as of its end; None where nothing was saved. The caller has the attempt's turn."""
    if _newest_counting(db, work.attempt.id) is None:
        return None
    return submit(db, work, known, by=None, now=now, at=work.ends_at, collected=True)


def submit(
    db: Session,
    work: Work,
    known: Graded,
    *,
    by: int | None,
    now: datetime,
    at: datetime | None = None,
    on_paper: bool = False,
    collected: bool = False,
) -> Submission:
    """Make the submission, whoever asks for it and whatever the time. `at`: when it counts as handed in, if not now."""
    work = _held(db, work)
    newest = _newest_counting(db, work.attempt.id)
    if newest != known.change_id or not graded_by_what_marks(db, work, known):  # something changed since it was graded
        known = _graded_anew(db, work)
    submission = Submission(
        attempt_id=work.attempt.id,
        change_id=known.change_id,
        at=at or now,
        by_id=by,
        on_paper=on_paper,
        collected=collected,
        needs_person=needs_person(marking_spec(db, work)),
    )
    db.add(submission)
    keep_verdict(db, work, submission, known, now=now)
    record(db, "attempt-handed-in", Attempt, object_id=work.attempt.id, by=by, now=now)
    raise_revision(db, work)  # last: it writes what was added before it, all at once
    return submission


def keep_verdict(db: Session, work: Work, submission: Submission, known: Graded, *, now: datetime) -> None:
    """Add what the key says to what counts; where it failed, say so, and when it is tried again."""
    submission.unmarked, work.attempt.set_aside = known.unmarked, ""
    work.attempt.sweep_at = now + TRIED_AGAIN if known.unmarked else None
    if known.earned is not None:
        change_id = known.change_id
        add_marking(db, work, "key", by=None, now=now, earned=known.earned, parts=known.parts, change_id=change_id)


def _graded_anew(db: Session, work: Work) -> Graded:
    spec, written = marking_spec(db, work), written_in(db, work.attempt.id)
    about, version_id = f"attempt {work.attempt.id}", marking_version(db, work).id
    return graded_or_unmarked(spec, written, about=about, version_id=version_id)


def _held(db: Session, work: Work) -> Work:
    """The same by the version that its cohort takes by now, which nobody moves to another before the commit.

    So whoever marks anew after such a move finds everything that was handed in before it.
    """
    wanted = select(Cohort.version_id).where(Cohort.id == work.cohort.id)
    if db.scalars(wanted.with_for_update(read=True, key_share=True)).one() == work.cohort.version_id:
        return work
    return replace(work, cohort=db.get_one(Cohort, work.cohort.id, populate_existing=True))


def _newest_counting(db: Session, attempt_id: int) -> int | None:
    counting = (AnswerChange.attempt_id == attempt_id, AnswerChange.late.is_(False))
    return db.scalar(select(func.max(AnswerChange.id)).where(*counting))


def next_seq(db: Session, attempt_id: int, client: str) -> int:
    """The number of the next save of a page that does not count by itself."""
    last = db.scalar(
        select(func.max(AnswerChange.seq)).where(AnswerChange.attempt_id == attempt_id, AnswerChange.client == client)
    )
    return (last or 0) + 1
