"""A second marker: marks what another trainer marked, without seeing it; then both are compared and one word stands."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from fractions import Fraction
from typing import Literal

from sqlalchemy.orm import Session

from app.accounts.actions import record
from app.assessment.marks import add_marking, settle_marks
from app.assessment.models import Attempt
from app.assessment.queries import Work, marking_spec
from app.assessment.rules import levels_of, rubric_marking
from app.errors import UserError
from app.exercises.numbers import in_figures
from app.marking.actions import (
    MarkedMeanwhile,
    refuse_if_changed_meanwhile,
    refuse_if_marked_meanwhile,
    refuse_unknown_levels,
    refuse_unless_open_to_marks,
)
from app.marking.queries import GivenMarking, markings_of
from app.words import Sentence, say

Standing = Literal["agreed", "differs", "settled"]
STANDING_WORDS: dict[Standing, Sentence] = {
    "agreed": say("Both agree"),
    "differs": say("They differ"),
    "settled": say("Settled"),
}


@dataclass(frozen=True)
class Compared:
    """What two markers gave the same answer."""

    first: GivenMarking
    """The newest of a trainer before the second marker's."""
    second: GivenMarking
    standing: Standing

    @property
    def gap(self) -> Fraction:
        """By how many points the second lies above the first."""
        return (self.second.mark.earned or Fraction(0)) - (self.first.mark.earned or Fraction(0))


def mark_second(
    db: Session,
    work: Work,
    levels: Sequence[Fraction],
    *,
    comment: str,
    seen: int,
    by: int,
    now: datetime,
    read: int | None = None,
) -> None:
    """Mark what another trainer marked. `seen`: the newest second marking that the page knew; the same again is once.

    Raises MarkedMeanwhile after another second marker, else like `mark_attempt`.
    """
    submission = refuse_unless_open_to_marks(work, now)
    refuse_if_changed_meanwhile(submission, read)
    refuse_unknown_levels(marking_spec(db, work), levels)
    given = markings_of(db, work.attempt.id)
    first, second = newest_standing(given, "trainer"), newest_standing(given, "second")
    if first is None:
        raise UserError(say("Nobody has marked this answer yet: there is nothing to mark a second time."))
    if first.by_id == by:
        raise UserError(say("You marked this answer yourself. A second marker is somebody else."))
    if second is not None and _says(second) == (by, tuple(levels), comment):
        return
    if newest_second(given) > seen:
        raise MarkedMeanwhile(
            say("Somebody marked this answer while your page was open. Compare both, then save what is right.")
        )
    points = sum(levels, Fraction(0))
    parts, change_id = rubric_marking(levels), submission.change_id
    add_marking(db, work, "second", by=by, now=now, earned=points, parts=parts, comment=comment, change_id=change_id)
    settle_marks(db, work)
    record(db, "attempt-marked-second", Attempt, object_id=work.attempt.id, by=by, now=now, points=in_figures(points))


def settle_difference(
    db: Session, work: Work, which: Literal["first", "second"], *, seen: int, by: int, now: datetime
) -> None:
    """Let the word of the first or the second marker stand. `seen`: the newest trainer's marking that the page knew.

    Raises MarkedMeanwhile. Doing it twice does it once.
    """
    submission = refuse_unless_open_to_marks(work, now)
    given = markings_of(db, work.attempt.id)
    found = compared(given)
    if found is None:
        raise UserError(say("There are no two markings to choose from here."))
    if found.standing != "differs":
        return
    refuse_if_marked_meanwhile(given, seen)
    chosen = (found.first if which == "first" else found.second).mark
    parts = rubric_marking(levels_of(chosen))
    refuse_unknown_levels(marking_spec(db, work), levels_of(chosen))
    add_marking(
        db,
        work,
        "trainer",
        by=by,
        now=now,
        earned=chosen.earned,
        parts=parts,
        comment=chosen.comment or found.first.mark.comment,
        change_id=submission.change_id,
    )
    settle_marks(db, work)
    record(db, "markers-settled", Attempt, object_id=work.attempt.id, by=by, now=now, word=which)


def compared(given: Sequence[GivenMarking]) -> Compared | None:
    """Both markings of an answer; None where there are no two. Oldest first, as they are stored."""
    second = newest_standing(given, "second")
    if second is None:
        return None
    first = newest_standing((each for each in given if each.id < second.id), "trainer")
    after = newest_standing((each for each in given if each.id > second.id), "trainer")
    if first is None:
        return None
    if levels_of(first.mark) == levels_of(second.mark):
        return Compared(first, second, "agreed")
    return Compared(first, second, "settled" if after else "differs")


def unseen_by_second(given: Sequence[GivenMarking]) -> tuple[GivenMarking, ...]:
    """What a second marker may see of the markings of an answer, before they gave theirs."""
    return tuple(each for each in given if each.mark.marked_by in ("key", "second"))


def newest_standing(given: Iterable[GivenMarking], marked_by: str) -> GivenMarking | None:
    """The newest marking of a side, where it was not taken back."""
    newest = None
    for each in given:
        if each.mark.marked_by == marked_by:
            newest = each if each.mark.earned is not None else None
    return newest


def newest_second(given: Iterable[GivenMarking]) -> int:
    """The id of the newest marking by a second marker; 0 where there is none."""
    return max((each.id for each in given if each.mark.marked_by == "second"), default=0)


def _says(given: GivenMarking) -> tuple[int | None, tuple[Fraction, ...], str]:
    return given.by_id, levels_of(given.mark), given.mark.comment
