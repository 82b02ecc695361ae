"""The rows of HR's list: who, where, how far and why not yet; the same for the page and for exports."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date
from typing import Any, NamedTuple

from sqlalchemy import Row, Select, Text, cast, select
from sqlalchemy.orm import Session, undefer

from app.accounts.models import Person
from app.catalogue.models import CourseVersion
from app.catalogue.queries import course_of
from app.cohorts.models import Cohort
from app.courses.outline import Course
from app.records.desk_queries import Chosen, counts_by_month, rows_within, small_places
from app.records.filters import Place
from app.records.models import Progress
from app.records.months import span_of
from app.records.reasons import MOST_NAMED, reasons_of
from app.records.states import CompletionState, state_of
from app.words import Language

AT_ONCE = 500
MOST_NAMED_IN_A_LIST = 2
"""Exercises that a line on the page names; exports have room for more, and so has a person's record."""


class ListedEnrolment(NamedTuple):
    """One line of the list. A tuple, because exports make a million of them."""

    enrolment_id: int
    person_id: int
    display_name: str
    number: str
    department: str
    course: str
    cohort_id: int
    cohort: str
    state: CompletionState
    dated_on: date
    completed_on: date | None
    handed_in: int
    required: int
    attended_minutes: int
    taught_minutes: int
    reasons: tuple[str, ...]
    """Why not yet; nothing before it begins."""

    @property
    def is_to_come(self) -> bool:
        """Whether the cohort has not begun: then nothing lacks yet."""
        return self.state == "coming"

    @property
    def attendance(self) -> int | None:
        """In percent, rounded down: what lacks a little must not look like enough. None where nothing was taught."""
        if self.is_to_come or not self.taught_minutes:
            return None
        return 100 * self.attended_minutes // self.taught_minutes

    @property
    def exercises(self) -> int | None:
        """Required ones handed in. None where none is asked for yet."""
        return self.handed_in if self.required and (self.handed_in or not self.is_to_come) else None

    @property
    def done(self) -> int:
        """Required exercises handed in, in percent."""
        return 100 * self.handed_in // self.required if self.required else 0


class _Facts(NamedTuple):
    """What reasons depend on; the names are those of Progress, but for what is missing, which is JSON here."""

    version_id: int
    outcome: str
    attended_minutes: int
    taught_minutes: int
    handed_in: int
    required: int
    earned_numerator: int
    earned_denominator: int
    possible_numerator: int
    possible_denominator: int
    missing_json: str

    @property
    def missing(self) -> Sequence[Mapping[str, Any]]:
        found: Sequence[Mapping[str, Any]] = json.loads(self.missing_json)
        return found


_FACTS = (
    Cohort.version_id,
    Progress.outcome,
    Progress.attended_minutes,
    Progress.taught_minutes,
    Progress.handed_in,
    Progress.required,
    Progress.earned_numerator,
    Progress.earned_denominator,
    Progress.possible_numerator,
    Progress.possible_denominator,
    cast(Progress.missing, Text),
)
_COLUMNS: Select[*tuple[Any, ...]] = (
    select(
        Progress.enrolment_id,
        Progress.person_id,
        Progress.department_id,
        Progress.cohort_id,
        Progress.starts_on,
        Progress.dated_on,
        Progress.completed_on,
        Person.display_name,
        Person.number,
        Cohort.name,
        *_FACTS,
    )
    .join(Person, Person.id == Progress.person_id)
    .join(Cohort, Cohort.id == Progress.cohort_id)
)
_NEWEST_FIRST = (Progress.dated_on.desc(), Progress.enrolment_id.desc())


class _Worded:
    """Makes lines of rows; what many rows share is worded once."""

    def __init__(
        self, db: Session, paths: Mapping[int, str], language: Language, today: date, *, most_named: int
    ) -> None:
        self._db, self._paths, self._language, self._today = db, paths, language, today
        self._most_named = most_named
        self._courses: dict[int, Course] = {}
        self._reasons: dict[_Facts, tuple[str, ...]] = {}

    def lines(self, rows: Sequence[Row[*tuple[Any, ...]]]) -> Iterator[ListedEnrolment]:
        self._load({row[10] for row in rows})
        for row in rows:
            enrolment, person, department, cohort, starts_on, dated_on, completed_on, name, number, called = row[:10]
            facts = _Facts._make(row[10:])
            state = state_of(facts.outcome, starts_on, dated_on, self._today)
            yield ListedEnrolment(
                enrolment,
                person,
                name,
                number,
                self._paths.get(department, ""),
                self._courses[facts.version_id].title,
                cohort,
                called,
                state,
                dated_on,
                completed_on,
                facts.handed_in,
                facts.required,
                facts.attended_minutes,
                facts.taught_minutes,
                self._why(facts) if state in ("running", "not_completed") else (),
            )

    def _why(self, facts: _Facts) -> tuple[str, ...]:
        found = self._reasons.get(facts)
        if found is None:
            if len(self._reasons) >= _MOST_KEPT:
                self._reasons.clear()
            course, most = self._courses[facts.version_id], self._most_named
            found = reasons_of(facts, course, self._language, of="HR", most_named=most)
            self._reasons[facts] = found
        return found

    def _load(self, version_ids: set[int]) -> None:
        new = version_ids - self._courses.keys()
        if new:
            wanted = select(CourseVersion).options(undefer(CourseVersion.compiled)).where(CourseVersion.id.in_(new))
            self._courses.update({version.id: course_of(version) for version in self._db.scalars(wanted)})


_MOST_KEPT = 20_000
"""Different reasons kept in memory at a time."""


def lines_at(
    db: Session, places: Sequence[Place], paths: Mapping[int, str], *, language: Language, today: date
) -> tuple[ListedEnrolment, ...]:
    """The lines at some places, in their order. Two statements. `paths`: what departments are called."""
    worded = _Worded(db, paths, language, today, most_named=MOST_NAMED_IN_A_LIST)
    return tuple(_lines_at(db, places, worded))


def every_line(
    db: Session, chosen: Chosen, paths: Mapping[int, str], *, language: Language
) -> Iterator[ListedEnrolment]:
    """All lines of a filter in the order of the list, read month by month so that none waits for all to be sorted."""
    worded = _Worded(db, paths, language, chosen.today, most_named=MOST_NAMED)
    if chosen.is_small:
        places = small_places(db, chosen)
        for start in range(0, len(places), AT_ONCE):
            yield from _lines_at(db, places[start : start + AT_ONCE], worded)
        return
    for month in sorted(counts_by_month(db, chosen), reverse=True):
        span = span_of(month).within(chosen.reach)
        rows = _COLUMNS.where(rows_within(chosen, span)).order_by(*_NEWEST_FIRST)
        for part in db.execute(rows.execution_options(yield_per=AT_ONCE)).partitions():
            yield from worded.lines(part)


def _lines_at(db: Session, places: Iterable[Place], worded: _Worded) -> Iterator[ListedEnrolment]:
    order = [place.enrolment_id for place in places]
    rows = db.execute(_COLUMNS.where(Progress.enrolment_id.in_(order))).all() if order else ()
    found = {line.enrolment_id: line for line in worded.lines(rows)}
    yield from (found[each] for each in order if each in found)
