"""What arrived after the end: kept beside the answer, shown to the trainer, and counted if the trainer says so."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.orm import Session

from app.accounts.actions import record
from app.assessment.actions import graded_or_unmarked, keep_verdict, submit
from app.assessment.marks import raise_revision, refuse_if_final
from app.assessment.models import AnswerChange, Attempt
from app.assessment.queries import Work, changes_since, marking_spec, marking_version, written_in
from app.assessment.rules import is_over, needs_person
from app.assessment.writing import Change, fold
from app.cohorts.actions import refuse_archived
from app.errors import UserError
from app.words import say

COUNTED = "late-"
"""How the page is called that let late texts in; behind it the id of the last of them."""


@dataclass(frozen=True)
class LateText:
    """A field of which another text arrived after the end."""

    field: str
    stands: str
    """What counts."""
    late: str
    """What arrived, last if several did: this is what `count_late` lets count."""
    others: tuple[str, ...] = ()
    """What other open pages sent after the end, and would not count."""


@dataclass(frozen=True)
class Late:
    """What arrived after the end and differs from what counts."""

    texts: tuple[LateText, ...]
    first: datetime
    last: datetime
    newest: int
    """The id of the last change among them."""


def late_texts(db: Session, work: Work) -> Late | None:
    """What arrived after the end and nobody has let count; None where nothing did, or it says the same. One statement.

    A text that was written over afterwards, in time that was given later, has had its day.
    """
    changes = changes_since(db, work.attempt.id)
    counting = work.submission.change_id if work.submission else None
    stands = fold(change for change in changes if counting is None or change.id <= counting).values
    return _differing(_waiting(changes), stands)


def count_late(db: Session, work: Work, *, by: int, now: datetime) -> None:
    """Let what arrived after the end count: the answer changes, and the key marks it anew. Twice does it once.

    What a person gave for the rubric stays; where there is a rubric the answer waits for a person again, who sees
    that it changed. The caller has the turn of the attempt. Raises UserError where there is nothing to change.
    """
    refuse_archived(work.cohort)
    refuse_if_final(work, now)
    if work.attempt.returned_at is not None:
        raise UserError(say("This attempt was given back: look at the newest one."))
    late = late_texts(db, work)
    if late is None:
        return
    _let(db, work.attempt.id, late, by=by, now=now)
    written = written_in(db, work.attempt.id)
    about, version_id = f"attempt {work.attempt.id}", marking_version(db, work).id
    known = graded_or_unmarked(marking_spec(db, work), written, about=about, version_id=version_id)
    record(db, "late-answer-counted", Attempt, object_id=work.attempt.id, by=by, now=now)
    submission = work.submission
    if submission is None:  # nothing had been written before the end, so nothing was handed in
        submit(db, work, known, by=by, now=now, at=late.last)
        return
    submission.change_id = known.change_id
    submission.needs_person = needs_person(marking_spec(db, work))
    keep_verdict(db, work, submission, known, now=now)
    raise_revision(db, work)


def let_in(db: Session, attempt: Attempt) -> None:
    """Let what arrived late count in an open attempt, as far as it is in time by now: its end was moved behind it."""
    changes = changes_since(db, attempt.id)
    in_time = [change for change in _waiting(changes) if not is_over(attempt.ends_at, change.at)]
    late = _differing(in_time, fold(changes).values)
    if late:
        _let(db, attempt.id, late, by=None, now=late.last)


def _let(db: Session, attempt_id: int, late: Late, *, by: int | None, now: datetime) -> None:
    db.add(
        AnswerChange(
            attempt_id=attempt_id,
            client=f"{COUNTED}{late.newest}",
            seq=1,
            base=0,  # it settles no choice that waits: nobody has seen both texts
            fields={each.field: each.late for each in late.texts},
            stale=[],
            at=now,
            by_id=by,
        )
    )
    db.flush()


def _waiting(changes: Sequence[Change]) -> list[Change]:
    """The late ones that were not let count, each with the fields that nobody has written into since, in time."""
    done = max((_last_let_in(change) for change in changes), default=0)
    overwritten = {name: change.id for change in changes if not change.late for name in change.fields}
    found = []
    for change in changes:
        if change.late and change.id > done:
            fields = {name: text for name, text in change.fields.items() if overwritten.get(name, 0) < change.id}
            found.append(_with_fields(change, fields))
    return [change for change in found if change.fields]


def _last_let_in(change: Change) -> int:
    tail = change.client.removeprefix(COUNTED)
    return int(tail) if change.client != tail and not change.late and tail.isdigit() else 0


def _with_fields(change: Change, fields: dict[str, str]) -> Change:
    """The same as a change that counts, so that it can be folded."""
    return Change(change.id, change.client, change.seq, change.base, fields, (), change.at)


def _differing(waiting: Sequence[Change], stands: Mapping[str, str]) -> Late | None:
    """What these changes come to, where it differs from what stands."""
    arrived = fold(waiting).values
    texts = tuple(
        LateText(name, stands.get(name, ""), text, others=_others(waiting, name, {text, stands.get(name, "")}))
        for name, text in sorted(arrived.items())
    )
    texts = tuple(each for each in texts if each.late != each.stands or each.others)
    if not texts:
        return None
    return Late(texts, waiting[0].at, waiting[-1].at, newest=max(change.id for change in waiting))


def _others(waiting: Sequence[Change], field: str, told: set[str]) -> tuple[str, ...]:
    """The last text of each page for a field, but those that are told anyway."""
    by_page = {change.client: change.fields[field] for change in waiting if field in change.fields}
    return tuple(text for text in dict.fromkeys(by_page.values()) if text not in told)
