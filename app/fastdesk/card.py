"""What the fast desk shows: one answer, those that say the same, and the line that it stands in."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime
from fractions import Fraction
from functools import cached_property

from sqlalchemy.orm import Session

from app.assessment.queries import Work, handed_in, marking_spec
from app.assessment.rules import levels_of, rubric_version
from app.fastdesk.line import Line, Place
from app.marking.anonymous import veil_for
from app.marking.claims import who_is_at
from app.marking.forms import Draft
from app.marking.phrases import PhraseRow, phrases_of
from app.marking.queries import GivenMarking, markings_of, members_by_name, newest_by_person
from app.marking.second import newest_second, newest_standing, unseen_by_second
from app.marking.shown import Shown
from app.web.viewing import Viewer


@dataclass(frozen=True)
class Card(Shown):
    """One answer on the fast desk."""

    second: bool
    """Whether it is marked by a second marker, who is not to see what the first one gave."""
    alike: tuple[Place, ...]
    """The others that say the same and wait, too."""
    holder: str
    """Somebody else who is at this answer; "" for nobody."""
    phrases: tuple[PhraseRow, ...]
    loose: bool
    """Whether it waits and nobody has taken it: so others may get it, too."""
    twin: GivenMarking | None
    """What a trainer gave an answer that says the same, before this one was there."""

    @cached_property
    def newest(self) -> int:
        return newest_second(self.given) if self.second else super().newest

    @cached_property
    def _stored_draft(self) -> Draft:
        draft = super()._stored_draft
        return replace(draft, comment=self.twin.mark.comment) if self.twin and not draft.comment else draft

    @property
    def _own_levels(self) -> tuple[Fraction | None, ...]:
        if self.twin is not None:
            return levels_of(self.twin.mark)
        if not self.second:
            return super()._own_levels
        mine = [each.mark for each in self.given if each.mark.marked_by == "second"]
        levels = levels_of(mine[-1]) if mine and mine[-1].earned is not None else ()
        return levels if len(levels) == len(self.spec.rubric) else (None,) * len(self.spec.rubric)


def card_of(
    db: Session, viewer: Viewer, work: Work, line: Line, *, now: datetime, typed: Draft | None, overtaken: bool
) -> Card:
    """An answer of a line. The same few statements for every answer."""
    attempt_id, second = work.attempt.id, line.scope.second
    place, spec = line.place(attempt_id), marking_spec(db, work)
    veil = veil_for(db, viewer, [work.cohort.id])
    cohort_id, exercise = work.cohort.id, work.assignment.exercise
    names = (veil.name(cohort_id, exercise, work.enrolment.id),) if veil else members_by_name(db, attempt_id)
    given = markings_of(db, attempt_id)
    return Card(
        work,
        spec,
        names,
        veil is not None,
        handed_in(db, work),
        unseen_by_second(given) if second else given,
        typed=typed,
        overtaken=overtaken,
        now=now,
        second=second,
        alike=line.alike(attempt_id)[1:] if place and place.wanted else (),
        holder=who_is_at(db, viewer, attempt_id, second=second, now=now),
        phrases=phrases_of(db, viewer, exercise),
        loose=place is not None and place.wanted and place.holder_id is None,
        twin=_twin(db, line, place, rubric_version(spec)) if newest_by_person(given) == 0 else None,
    )


def _twin(db: Session, line: Line, place: Place | None, rubric: str) -> GivenMarking | None:
    """What was given with this rubric to the newest answer that says the same; nothing for a second marker."""
    if line.scope.second or place is None or not place.wanted or not (twins := line.marked_alike(place)):
        return None
    found = newest_standing(markings_of(db, max(each.attempt_id for each in twins)), "trainer")
    return found if found is not None and found.rubric == rubric else None
