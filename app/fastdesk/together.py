"""Marking one answer after another: an answer and those that say the same at once, and which one comes next."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from fractions import Fraction

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.assessment.models import Marking
from app.assessment.queries import Work, take_turn, trained_work
from app.errors import NotFound
from app.fastdesk.alike import keep_digests
from app.fastdesk.line import Line, Place, Scope, line_of
from app.marking.actions import mark_attempt
from app.marking.claims import claim, refuse_if_held, release, take_desk
from app.marking.phrases import with_phrases
from app.marking.queries import GivenMarking, markings_of, newest_by_person
from app.marking.second import mark_second, newest_second
from app.web.guards import NOTHING_HERE
from app.web.viewing import Viewer


@dataclass(frozen=True)
class Given:
    """Levels and a comment, for one answer or for several that say the same."""

    levels: Sequence[Fraction]
    comment: str
    seen: int
    """The newest marking of the first that the page knew."""
    read: int | None = None
    """The newest change of the first that the page showed."""
    alike: Collection[int] = ()
    """The others that the page showed as saying the same."""
    phrases: Collection[int] = ()
    """Of the marker's own, to be added to the comment."""


@dataclass(frozen=True)
class Marked:
    """What became of it."""

    marking_id: int
    """By which it can be taken back."""
    attempt_ids: tuple[int, ...]
    left: int
    """Of the others, those that somebody marked or took meanwhile: they stay as they are."""


def mark_answers(db: Session, viewer: Viewer, scope: Scope, attempt_id: int, given: Given, *, now: datetime) -> Marked:
    """Mark an answer, and with it those that say the same and still wait.

    Raises MarkedMeanwhile and HeldByAnother for the first; of the others, what somebody else is at is left to them.
    """
    for each in sorted({attempt_id, *given.alike}):
        take_turn(db, each)
    take_desk(db, scope.cohort.id)
    refuse_if_held(db, attempt_id, second=scope.second, by=viewer.person_id, now=now)
    asked, alike = set(given.alike) - {attempt_id}, set[int]()
    if asked:
        line = line_of(db, viewer, scope, now=now)
        alike = {each.attempt_id for each in line.alike(attempt_id)} & asked
    work, by = work_in(db, viewer, scope, attempt_id), viewer.person_id
    slug, ticked = work.assignment.exercise, given.phrases
    given = replace(given, comment=with_phrases(db, viewer, slug, given.comment, ticked, now=now))
    _mark(db, scope, work, given, seen=given.seen, by=by, now=now)
    given = replace(given, read=None)  # the others say the same by now, as looked up here
    for each in sorted(alike):
        # It waits: nothing of anybody stands there, though something may have been taken back.
        seen = _newest(markings_of(db, each), second=scope.second)
        _mark(db, scope, work_in(db, viewer, scope, each), given, seen=seen, by=by, now=now)
    marked = (attempt_id, *sorted(alike))
    release(db, marked, second=scope.second, by=by)
    return Marked(_newest_own(db, attempt_id, viewer), marked, left=len(asked - alike))


def take_answer(
    db: Session,
    viewer: Viewer,
    scope: Scope,
    *,
    now: datetime,
    after: int | None = None,
    wanted: int | None = None,
    holding: Sequence[int] = (),
    digests: tuple[dict[int, int], dict[int, str]] = ({}, {}),
) -> tuple[Place | None, Line]:
    """Take the answer that is `wanted`, else the next that nobody is at, with those that say the same.

    None: there is none left, or somebody else is at the wanted one. `holding`: what the page has already, and keeps.
    """
    take_desk(db, scope.cohort.id)
    keep_digests(db, *digests)
    line = line_of(db, viewer, scope, now=now).with_digests(digests[1])
    place = line.place(wanted) if wanted is not None else line.next_free(after, holding=holding)
    if place is None or (place.holder_id is not None and not place.mine):
        return None, line
    asked = [each for attempt_id in (place.attempt_id, *holding) for each in line.alike(attempt_id)]
    taken = {each.attempt_id for each in asked if each.wanted and (each.holder_id is None or each.mine)}
    claim(db, taken, second=scope.second, by=viewer.person_id, now=now)
    return place, line


def work_in(db: Session, viewer: Viewer, scope: Scope, attempt_id: int) -> Work:
    """An answer of a line. Raises NotFound."""
    work = trained_work(db, viewer, attempt_id)
    if work.cohort.id != scope.cohort.id or scope.exercise not in (None, work.assignment.exercise):
        raise NotFound(NOTHING_HERE)
    return work


def _mark(db: Session, scope: Scope, work: Work, given: Given, *, seen: int, by: int, now: datetime) -> None:
    mark = mark_second if scope.second else mark_attempt
    mark(db, work, given.levels, comment=given.comment, seen=seen, by=by, now=now, read=given.read)


def _newest(given: Sequence[GivenMarking], *, second: bool) -> int:
    return newest_second(given) if second else newest_by_person(given)


def _newest_own(db: Session, attempt_id: int, viewer: Viewer) -> int:
    wanted = select(Marking.id).where(Marking.attempt_id == attempt_id, Marking.by_id == viewer.person_id)
    return db.scalars(wanted.order_by(Marking.id.desc()).limit(1)).one()
