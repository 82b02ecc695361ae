"""The form of a cohort's dates: what was typed, what is wrong with it, and who else is there at that time."""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from app.cohorts.actions import ROOM
from app.cohorts.forms import NO_DAY, read_day
from app.cohorts.models import Cohort, CohortSession
from app.cohorts.rules import SATURDAY, Dated, Field, Place, moment_of, problems_of_dates, wall_time, within_reach
from app.courses.clock_times import MIDNIGHT, clock, read_time
from app.words import Sentence, say

A_DAY = timedelta(days=1)
FAR = say("That is too far from today. Is the year right?")


@dataclass(frozen=True)
class Cell:
    """What stands in a field, and what is wrong with it."""

    name: str
    typed: str
    error: Sentence | None
    warning: Sentence | None = None


@dataclass(frozen=True)
class ScheduleRow:
    """One session in the form."""

    id: int
    title: str
    minutes: int
    cells: Mapping[Field, Cell]


@dataclass(frozen=True)
class Schedule:
    """The whole form."""

    rows: tuple[ScheduleRow, ...]
    dates: tuple[Dated, ...]
    """As typed; only to be stored when nothing is wrong."""
    stamp: str
    """Of the dates in store: tells whether somebody changed them since."""

    @property
    def is_wrong(self) -> bool:
        return any(cell.error for row in self.rows for cell in row.cells.values())

    @property
    def has_warnings(self) -> bool:
        return any(cell.warning for row in self.rows for cell in row.cells.values())


@dataclass(frozen=True)
class _Typed:
    """A session as typed, filled in from the store where a field cannot be read."""

    dated: Dated
    texts: Mapping[Field, str]
    errors: Mapping[Field, Sentence]


def stored_schedule(dates: Sequence[Dated]) -> Schedule:
    """The form as it is opened."""
    return Schedule(tuple(_row(_as_typed(dated), {}, {}) for dated in dates), tuple(dates), stamp_of(dates))


def moved_by(dates: Sequence[Dated], days: int) -> tuple[Dated, ...]:
    """All of them so many days later."""
    return tuple(replace(dated, day=dated.day + timedelta(days=days)) for dated in dates)


def typed_schedule(
    db: Session,
    cohort: Cohort,
    stored: Sequence[Dated],
    *,
    typed: Mapping[str, str],
    trainer_ids: Collection[int],
    today: date,
) -> Schedule:
    """The form as it was sent; `stored` are the dates of the cohort in the order of the course."""
    rows = [_read(dated, typed, trainer_ids, today) for dated in stored]
    return checked_schedule(db, cohort, stored, rows=rows)


def moved_schedule(db: Session, cohort: Cohort, stored: Sequence[Dated], *, days: int, today: date) -> Schedule:
    """The form after everything was moved."""
    rows = [_as_typed(dated) for dated in moved_by(stored, days)]
    far: Mapping[Field, Sentence] = {"day": FAR}
    reached = [row if within_reach(row.dated.day, today) else replace(row, errors=far) for row in rows]
    return checked_schedule(db, cohort, stored, rows=reached)


def checked_schedule(db: Session, cohort: Cohort, stored: Sequence[Dated], *, rows: Sequence[_Typed]) -> Schedule:
    """The rows with every problem at its cell. One statement."""
    dates = tuple(row.dated for row in rows)
    wrong = {} if any(row.errors for row in rows) else problems_of_dates(dates, zone=cohort.zone)
    warnings = {} if wrong else dict([*_on_weekends(stored, dates), *_taken_elsewhere(db, cohort, dates)])
    return Schedule(tuple(_row(row, wrong, warnings) for row in rows), dates, stamp_of(stored))


def stamp_of(dates: Sequence[Dated]) -> str:
    """Changes with every change of the dates."""
    return hashlib.sha256(repr([replace(dated, title="") for dated in dates]).encode()).hexdigest()[:16]


def _read(stored: Dated, typed: Mapping[str, str], trainer_ids: Collection[int], today: date) -> _Typed:
    texts: dict[Field, str] = {
        "day": typed.get(f"day-{stored.id}", "")[:40],
        "starts": typed.get(f"starts-{stored.id}", "")[:40],
        "room": " ".join(typed.get(f"room-{stored.id}", "").split()),
        "trainer": typed.get(f"trainer-{stored.id}", "")[:40],
    }
    errors: dict[Field, Sentence] = {}
    day = read_day(texts["day"])
    if day is None:
        errors["day"] = NO_DAY
    elif day != stored.day and not within_reach(day, today):
        errors["day"] = FAR
    starts = read_time(texts["starts"]).minutes
    if starts is None or starts >= MIDNIGHT:
        errors["starts"] = say("A time goes here, for example 09:00.")
    if len(texts["room"]) > 200 or not texts["room"].isprintable():
        errors["room"] = ROOM
    trainer = next((each for each in trainer_ids if str(each) == texts["trainer"]), None)
    if texts["trainer"] and trainer is None:
        errors["trainer"] = say("Choose one of the trainers of this cohort.")
    dated = replace(
        stored,
        day=stored.day if "day" in errors or day is None else day,
        starts=stored.starts if "starts" in errors or starts is None else starts,
        room=stored.room if "room" in errors else texts["room"],
        trainer_id=stored.trainer_id if "trainer" in errors else trainer,
    )
    return _Typed(dated, texts, errors)


def _as_typed(dated: Dated) -> _Typed:
    texts: dict[Field, str] = {
        "day": dated.day.isoformat(),
        "starts": clock(dated.starts),
        "room": dated.room,
        "trainer": "" if dated.trainer_id is None else str(dated.trainer_id),
    }
    return _Typed(dated, texts, {})


def _row(row: _Typed, wrong: Mapping[Place, Sentence], warnings: Mapping[Place, Sentence]) -> ScheduleRow:
    number = row.dated.id
    cells = {
        field: Cell(
            f"{field}-{number}",
            text,
            row.errors.get(field) or wrong.get((number, field)),
            warnings.get((number, field)),
        )
        for field, text in row.texts.items()
    }
    return ScheduleRow(number, row.dated.title, row.dated.minutes, cells)


def _on_weekends(stored: Sequence[Dated], dates: Sequence[Dated]) -> Iterator[tuple[Place, Sentence]]:
    """Sessions that a change brings onto a weekend; those that are there already were put there."""
    for before, dated in zip(stored, dates, strict=True):
        if dated.day.weekday() >= SATURDAY > before.day.weekday():
            yield (dated.id, "day"), say("This is a weekend.")


def _taken_elsewhere(db: Session, cohort: Cohort, dates: Sequence[Dated]) -> Iterator[tuple[Place, Sentence]]:
    """Rooms and trainers that another cohort has at the same time; which one is not told."""
    if not dates:
        return
    others = _sessions_around(db, cohort, dates)
    for dated in dates:
        begins, ends = moment_of(dated.begins, cohort.zone), moment_of(dated.ends, cohort.zone)
        for other, other_begins, other_ends in others:
            if not (begins < other_ends and other_begins < ends):
                continue
            if dated.room and other.room.casefold() == dated.room.casefold():
                yield (dated.id, "room"), say("Another cohort has this room from {time}.", time=clock(other.starts))
            if dated.trainer_id is not None and other.trainer_id == dated.trainer_id:
                yield (
                    (dated.id, "trainer"),
                    say("Is teaching another cohort from {time}.", time=clock(other.starts)),
                )


def _sessions_around(
    db: Session, cohort: Cohort, dates: Sequence[Dated]
) -> list[tuple[CohortSession, datetime, datetime]]:
    """Sessions of other cohorts near these, with beginning and end as moments."""
    days = {dated.day + shift for dated in dates for shift in (-A_DAY, A_DAY * 0, A_DAY)}
    trainer_ids = {dated.trainer_id for dated in dates if dated.trainer_id is not None}
    near = (
        select(CohortSession, Cohort.zone)
        .join(Cohort, Cohort.id == CohortSession.cohort_id)
        .where(CohortSession.day.in_(days), Cohort.id != cohort.id, Cohort.archived_at.is_(None))
        .where(or_(CohortSession.room != "", CohortSession.trainer_id.in_(trainer_ids)))
        .order_by(CohortSession.day, CohortSession.starts, CohortSession.id)
    )
    return [(row, *_span(row, zone)) for row, zone in db.execute(near)]


def _span(row: CohortSession, zone: str) -> tuple[datetime, datetime]:
    begins = wall_time(row.day, row.starts)
    return moment_of(begins, zone), moment_of(begins + timedelta(minutes=row.minutes), zone)
