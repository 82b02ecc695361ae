"""Taking back what one marked last: by a further marking, since none is ever changed."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.accounts.actions import record
from app.assessment.marks import add_marking, settle_marks
from app.assessment.models import Attempt, Marking
from app.assessment.queries import take_turn, trained_work
from app.errors import NotFound
from app.marking.actions import MarkedMeanwhile, refuse_unless_open_to_marks
from app.marking.queries import GivenMarking, markings_of
from app.marking.second import newest_standing
from app.web.guards import NOTHING_HERE
from app.web.viewing import Viewer
from app.words import say

UNDOES = "undoes"
"""In the parts of a marking: the id of the one that it takes back."""


def undo_marking(
    db: Session, viewer: Viewer, marking_id: int, *, now: datetime, alone: int | None = None
) -> tuple[int, ...]:
    """Take back a marking of one's own, with those given at once to the same answers; which answers they are.

    `alone`: the only answer for which it is taken back. What stood there before stands again. Doing it twice does it
    once. Raises MarkedMeanwhile where somebody marked one of them since, and NotFound for what is not one's own.
    """
    attempt_ids = given_at_once(db, viewer, marking_id)
    if alone is not None:
        attempt_ids = tuple(each for each in attempt_ids if each == alone)
    for attempt_id in attempt_ids:
        take_turn(db, attempt_id)
    for attempt_id in attempt_ids:
        _take_back(db, viewer, attempt_id, marking_id, now=now)
    return attempt_ids


def given_at_once(db: Session, viewer: Viewer, marking_id: int) -> tuple[int, ...]:
    """The answers that got a marking of the viewer's in the same moment as this one, by id. Raises NotFound."""
    own = select(Marking.at, Marking.marked_by).where(Marking.id == marking_id, Marking.by_id == viewer.person_id)
    given = db.execute(own.where(Marking.marked_by.in_(("trainer", "second")))).first()
    if given is None:
        raise NotFound(NOTHING_HERE)
    same = select(Marking.attempt_id).where(
        Marking.at == given.at, Marking.by_id == viewer.person_id, Marking.marked_by == given.marked_by
    )
    return tuple(db.scalars(same.order_by(Marking.attempt_id)))


def _take_back(db: Session, viewer: Viewer, attempt_id: int, marking_id: int, *, now: datetime) -> None:
    work = trained_work(db, viewer, attempt_id)
    submission = refuse_unless_open_to_marks(work, now)
    given, by = markings_of(db, attempt_id), viewer.person_id
    moment = db.scalars(select(Marking.at).where(Marking.id == marking_id)).one()
    undone = next(each for each in given if (each.mark.at, each.by_id) == (moment, by) and each.mark.marked_by != "key")
    marked_by = undone.mark.marked_by
    replacing = ("second",) if marked_by == "second" else ("trainer", "override")
    side = [each for each in given if each.mark.marked_by in replacing]
    if side[-1].mark.parts.get(UNDOES) == undone.id:
        return
    if side[-1].id != undone.id:
        raise MarkedMeanwhile(
            say("This answer was marked again since: nothing was taken back. Open it, and save what is right.")
        )
    _refuse_after_another_marker(given, undone)
    before = _stood_before(side[:-1], marked_by)
    add_marking(
        db,
        work,
        "second" if marked_by == "second" else "trainer",
        by=by,
        now=now,
        earned=before.mark.earned if before else None,
        parts={**(dict(before.mark.parts) if before else {}), UNDOES: undone.id},
        comment=before.mark.comment if before else undone.mark.comment,
        change_id=submission.change_id,
    )
    settle_marks(db, work)
    record(db, "marking-undone", Attempt, object_id=attempt_id, by=by, now=now, marking=str(undone.id))


def _refuse_after_another_marker(given: tuple[GivenMarking, ...], undone: GivenMarking) -> None:
    """What a second marker has compared itself with, or a word that followed on both, is not pulled away."""
    since = [each for each in given if each.id > undone.id]
    if undone.mark.marked_by == "second":
        if any(each.by_person for each in since):
            raise MarkedMeanwhile(say("Both markings were settled since: nothing was taken back."))
    elif newest_standing(since, "second"):
        raise MarkedMeanwhile(
            say("A second marker marked this answer since: nothing was taken back. Compare both, and let one stand.")
        )


def _stood_before(side: list[GivenMarking], marked_by: str) -> GivenMarking | None:
    """The marking that stood before; None where none did, or that one was taken back."""
    found = [each for each in side if each.mark.marked_by == marked_by]
    return found[-1] if found and found[-1].mark.earned is not None else None


def taken_back(given: tuple[GivenMarking, ...]) -> str:
    """The comment of what was taken back last, where nothing stands by now: for the next try."""
    newest = next((each for each in reversed(given) if each.mark.marked_by == "trainer"), None)
    return newest.mark.comment if newest is not None and newest.mark.earned is None else ""
