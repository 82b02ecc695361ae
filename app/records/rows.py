"""Rows of Progress out of facts: the same facts give the same row, bit for bit."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime
from fractions import Fraction
from typing import Any
from zoneinfo import ZoneInfo

from app.records.facts import Dates, Enrolled, Facts
from app.records.rules import Asked, Worked, work_out

_MOST = 2**63
_COARSE = 10**9
_UNDATED = Dates(None, None)


def progress_rows(facts: Facts) -> list[dict[str, Any]]:
    """A row for each enrolment."""
    return list(_rows(facts))


def _rows(facts: Facts) -> Iterator[dict[str, Any]]:
    for each in facts.enrolled:
        asked = facts.asked_of(each)
        done = work_out(asked, each.enrolled_at, facts.attended.get(each.id, ()), facts.tries.get(each.id, {}))
        yield _row(each, asked, done, facts.dates.get(each.cohort_id, _UNDATED))


def _row(enrolled: Enrolled, asked: Asked, done: Worked, dates: Dates) -> dict[str, Any]:
    completed_on = None if enrolled.withdrawn else _day(done.completed_at, enrolled.zone)
    outcome = "completed" if completed_on else "open"
    earned, possible = _storable(done.earned), _storable(asked.possible)
    return {
        "enrolment_id": enrolled.id,
        "person_id": enrolled.person_id,
        "cohort_id": enrolled.cohort_id,
        "course_id": enrolled.course_id,
        "department_id": enrolled.department_id,
        "outcome": "withdrawn" if enrolled.withdrawn else outcome,
        "starts_on": dates.first,
        "dated_on": completed_on or dates.last or _day(enrolled.enrolled_at, enrolled.zone),
        "completed_on": completed_on,
        "attended_minutes": done.attended,
        "taught_minutes": asked.taught,
        "handed_in": done.handed_in,
        "required": len(asked.required),
        "earned_numerator": earned.numerator,
        "earned_denominator": earned.denominator,
        "possible_numerator": possible.numerator,
        "possible_denominator": possible.denominator,
        "missing": [each.stored() for each in done.missing],
        "minutes_by_year": dict(done.minutes_by_year),
    }


def _day(moment: datetime | None, zone: str) -> date | None:
    """On the calendar of the cohort's place."""
    return None if moment is None else moment.astimezone(ZoneInfo(zone)).date()


def _storable(points: Fraction) -> Fraction:
    """Points as the columns can hold them: odd shares of many exercises may need more digits together."""
    fits = max(points.numerator, points.denominator) < _MOST
    return points if fits else points.limit_denominator(_COARSE)
