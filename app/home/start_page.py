"""What the start page shows of somebody's own courses, and whether there is only one to go to."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy.orm import Session

from app.cohorts.models import Enrolment
from app.cohorts.rules import STATES
from app.home.course_days import days_of
from app.home.queries import dates_of, tasks_for
from app.home.standing import Standing, progress_in
from app.records.cohort_queries import progress_of
from app.words import Language


def cards_of(
    db: Session, enrolments: Sequence[Enrolment], *, language: Language, now: datetime
) -> tuple[Standing, ...]:
    """A card for each enrolment, those that run first, in four statements whatever their number."""
    if not enrolments:
        return ()
    dates = dates_of(db, [enrolment.cohort_id for enrolment in enrolments])
    tasks, progress = tasks_for(db, enrolments, now=now), progress_of(db, [enrolment.id for enrolment in enrolments])
    cards = (
        Standing(
            each.cohort,
            days_of(each.cohort, dates.get(each.cohort_id, ()), language),
            tasks[each.id],
            progress_in(progress.get(each.id)),
            now,
        )
        for each in enrolments
    )
    return tuple(sorted(cards, key=lambda card: STATES.index(card.state)))


def the_only_course(cards: Sequence[Standing]) -> int | None:
    """The cohort to go to at once: the only one that runs or comes, or the only one that ended."""
    for states in (("running", "coming"), ("finished",)):
        found = [card.cohort.id for card in cards if card.state in states]
        if found:
            return found[0] if len(found) == 1 else None
    return None
