"""What the start page shows of somebody's own courses, and whether there is only one to go to."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from zoneinfo import ZoneInfo

from sqlalchemy.orm import Session

from app.assessment.course_days import DatedSession, days_of, exercises_reached
from app.assessment.course_queries import TaskRow, dates_of, tasks_for
from app.assessment.course_rules import NextStep
from app.assessment.my_course import Progress, place_at, progress_of, step_of
from app.catalogue.models import CourseVersion
from app.cohorts.models import Cohort, CohortSession, Enrolment
from app.cohorts.rules import STATES, State, state_of
from app.words import Language


@dataclass(frozen=True)
class CourseCard:
    """One of somebody's own cohorts."""

    cohort: Cohort
    version: CourseVersion
    state: State
    today: date
    first: date | None
    last: date | None
    session: DatedSession | None
    """The one that runs or comes next."""
    step: NextStep
    step_task: TaskRow | None
    progress: Progress


def cards_of(
    db: Session, enrolments: Sequence[Enrolment], *, language: Language, now: datetime
) -> tuple[CourseCard, ...]:
    """A card for each enrolment, those that run first, in three statements whatever their number."""
    if not enrolments:
        return ()
    dates = dates_of(db, [enrolment.cohort_id for enrolment in enrolments])
    tasks = tasks_for(db, enrolments, now=now)
    cards = (
        _card(enrolment.cohort, dates.get(enrolment.cohort_id, ()), tasks[enrolment.id], language=language, now=now)
        for enrolment in enrolments
    )
    return tuple(sorted(cards, key=lambda card: STATES.index(card.state)))


def the_only_course(cards: Sequence[CourseCard]) -> int | None:
    """The cohort to go to at once: the only one that runs or comes, or the only one that ended."""
    for states in (("running", "coming"), ("finished",)):
        found = [card.cohort.id for card in cards if card.state in states]
        if found:
            return found[0] if len(found) == 1 else None
    return None


def _card(
    cohort: Cohort, rows: Sequence[CohortSession], tasks: Sequence[TaskRow], *, language: Language, now: datetime
) -> CourseCard:
    today = now.astimezone(ZoneInfo(cohort.zone)).date()
    days = days_of(cohort, rows, language)
    place = place_at(days, now, today)
    archived = cohort.archived_at is not None
    step = step_of(tasks, place, reached=exercises_reached(days, today), archived=archived)
    first, last = (days[0].day, days[-1].day) if days else (None, None)
    return CourseCard(
        cohort,
        cohort.version,
        state_of(first, last, archived=archived, today=today),
        today,
        first=first,
        last=last,
        session=place.session,
        step=step,
        step_task=next((task for task in tasks if task.exercise == step.exercise), None),
        progress=progress_of(tasks),
    )
