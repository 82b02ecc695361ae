"""Giving exercises to a cohort: from when, until when, how long, and releasing their results."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from sqlalchemy.orm import Session

from app.accounts.actions import record
from app.assessment.actions import assignment_of
from app.assessment.deadlines import move_deadlines
from app.assessment.letters import tell_released
from app.assessment.models import Assignment
from app.assessment.table_queries import ExerciseColumn
from app.cohorts.actions import refuse_archived
from app.cohorts.models import Cohort
from app.errors import UserError
from app.web.moments import read_moment, typed_moment
from app.words import Sentence, say

MOST_MINUTES = 600
"""Of one attempt."""


@dataclass(frozen=True)
class Window:
    """From when until when an exercise can be done, and how long an attempt may take; None: without that limit."""

    opens_at: datetime | None
    closes_at: datetime | None
    minutes: int | None = None
    due_at: datetime | None = None
    """Until when it is in time; what comes later is late, and still taken."""


@dataclass(frozen=True)
class TypedTimes:
    """The times of all exercises as a form holds them, and what is wrong with them."""

    typed: Mapping[str, str]
    """`opens.<slug>`, `due.<slug>`, `closes.<slug>` and `minutes.<slug>` → what stands there."""
    errors: Mapping[str, Sentence]
    windows: Mapping[str, Window]
    """Slug → its times, for those that could be read."""


def shown_times(columns: tuple[ExerciseColumn, ...], zone: ZoneInfo) -> dict[str, str]:
    """The times as a form shows them."""
    shown: dict[str, str] = {}
    for column in columns:
        shown[f"opens.{column.slug}"] = typed_moment(column.times.opens_at, zone)
        shown[f"due.{column.slug}"] = typed_moment(column.times.due_at, zone)
        shown[f"closes.{column.slug}"] = typed_moment(column.times.closes_at, zone)
        shown[f"minutes.{column.slug}"] = str(column.times.minutes or "")
    return shown


def read_times(columns: tuple[ExerciseColumn, ...], form: Mapping[str, str], zone: ZoneInfo) -> TypedTimes:
    """What somebody typed about the times of all exercises; what a form leaves out stays as it is."""
    typed = {name: form.get(name, text) for name, text in shown_times(columns, zone).items()}
    errors: dict[str, Sentence] = {}
    windows: dict[str, Window] = {}
    for column in columns:
        names = (f"opens.{column.slug}", f"closes.{column.slug}", f"due.{column.slug}")
        read = [read_moment(typed[name], zone) for name in names]
        errors |= {name: each for name, each in zip(names, read, strict=True) if isinstance(each, Sentence)}
        opens, closes, due = (None if isinstance(each, Sentence) else each for each in read)
        if opens and closes and closes <= opens:
            errors[names[1]] = say("It closes before it opens. Take a later time.")
        if due and ((opens and due <= opens) or (closes and due > closes)):
            errors[names[2]] = say("This lies outside the time in which it can be handed in. Take another one.")
        minutes = read_minutes(typed[f"minutes.{column.slug}"], most=MOST_MINUTES)
        if isinstance(minutes, Sentence):
            errors[f"minutes.{column.slug}"] = minutes
        else:
            windows[column.slug] = Window(opens, closes, minutes, due)
    return TypedTimes(typed, errors, windows)


def read_minutes(typed: str, *, most: int) -> int | Sentence | None:
    """So many whole minutes; None where nothing is typed, or why it is no number of minutes."""
    text = typed.strip()
    if not text:
        return None
    known = text.isascii() and text.isdigit() and len(text) <= len(str(most))
    minutes = int(text) if known else 0
    return minutes if 1 <= minutes <= most else say("Whole minutes from 1 to {most} go here.", most=most)


def set_times(db: Session, cohort: Cohort, windows: Mapping[str, Window], *, by: int, now: datetime) -> int:
    """Change the times of exercises; returns how many changed. Raises UserError for an archived cohort.

    Attempts under way follow at once.
    """
    refuse_archived(cohort)
    changed = 0
    for slug, window in windows.items():
        assignment = assignment_of(db, cohort.id, slug)
        before = Window(assignment.opens_at, assignment.closes_at, assignment.minutes, assignment.due_at)
        if before == window:
            continue
        assignment.opens_at, assignment.closes_at = window.opens_at, window.closes_at
        assignment.minutes, assignment.due_at = window.minutes, window.due_at
        move_deadlines(db, assignment)
        changed += 1
        record(db, "assignment-times-set", Assignment, object_id=assignment.id, by=by, now=now)
    return changed


def release_results(db: Session, cohort: Cohort, exercise: str, *, release: bool, by: int, now: datetime) -> Assignment:
    """Let trainees see the results of an exercise, or take that back. Doing it twice does it once.

    Whoever handed it in is told by mail.
    """
    refuse_archived(cohort)
    assignment = assignment_of(db, cohort.id, exercise)
    if (assignment.released_at is not None) == release:
        return assignment
    assignment.released_at = now if release else None
    action = "results-released" if release else "results-withheld"
    record(db, action, Assignment, object_id=assignment.id, by=by, now=now)
    if release:
        tell_released(db, assignment, cohort, now=now)
    return assignment


def refuse_unknown(columns: tuple[ExerciseColumn, ...], form: Mapping[str, str]) -> None:
    """Raises UserError for times of an exercise that this cohort does not have."""
    known = {f"{what}.{column.slug}" for column in columns for what in ("opens", "due", "closes", "minutes")}
    unknown = sorted(set(form) - known - {"csrf_token"})
    if unknown:
        raise UserError(say("This cohort has no exercise “{name}”. Load the page again.", name=unknown[0][:80]))
