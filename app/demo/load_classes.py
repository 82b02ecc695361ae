"""The cohorts of a load test as rows, in bulk: dates, enrolments, attendance, answers and what the key says to them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from random import Random
from typing import Any, cast
from zoneinfo import ZoneInfo

from sqlalchemy import Connection, Row, Table, insert, select

from app.assessment.models import AnswerChange, Assignment, Attempt, AttemptMember, Marking, Submission
from app.classroom.models import Attendance
from app.cohorts.models import Cohort, CohortSession, CohortTrainer, Enrolment
from app.cohorts.rules import teaching_days
from app.db import Base
from app.demo.load_courses import Answered, LoadVersion

TOGETHER = 25
"""People in a cohort."""
BEGAN, AHEAD = timedelta(days=1_095), timedelta(days=30)
"""How far the first days of cohorts reach back, and on."""
AT_ONCE = 40
"""Cohorts whose rows are in memory at once."""
ZONE = ZoneInfo("Asia/Shanghai")
WITHDRAWN, NOT_HANDED_IN = 0.03, 0.08
"""Shares of enrolments, and of answers that were asked for."""

Values = dict[str, Any]


@dataclass(frozen=True)
class Filling:
    """What everything is made with."""

    courses: tuple[tuple[LoadVersion, ...], ...]
    """One for each enrolment of a person."""
    trainers: tuple[int, ...]
    departments: tuple[int, ...]
    cohort_name: str
    room: str
    random: Random
    now: datetime


@dataclass(frozen=True)
class Class:
    """A cohort with its dates and the people in it."""

    version: LoadVersion
    days: tuple[date, ...]
    trainer_id: int
    people: tuple[int, ...]
    opened: datetime


@dataclass(frozen=True)
class Taught:
    """A class whose cohort and dates are rows."""

    plan: Class
    cohort_id: int
    sessions: tuple[tuple[int, datetime], ...]
    """Id and end of each."""


@dataclass(frozen=True)
class Place:
    """Somebody's place in a class."""

    enrolment_id: int
    of: Taught
    diligence: float
    """The chance that they are there."""


def write_classes(connection: Connection, filling: Filling, people: Sequence[int]) -> None:
    """Everybody into one cohort of each course, every time with others."""
    for versions in filling.courses:
        classes = [_planned(filling, versions, some) for some in _parts(_shuffled(people, filling.random), TOGETHER)]
        for some in _parts(_with_dates(connection, filling, classes), AT_ONCE):
            places = _enrolled(connection, filling, some)
            _insert(connection, Attendance, _attendance(filling, places))
            _write_answers(connection, filling, places)


def insert_with_ids(connection: Connection, model: type[Base], rows: Sequence[Values]) -> list[int]:
    """Insert rows that get their ids from the database; these, in the same order."""
    table = cast("Table", model.__table__)
    wanted = insert(table).returning(table.c.id, sort_by_parameter_order=True)
    return list(connection.execute(wanted, list(rows)).scalars()) if rows else []


def _insert(connection: Connection, model: type[Base], rows: Iterable[Values]) -> None:
    rows = list(rows)
    if rows:
        connection.execute(insert(cast("Table", model.__table__)), rows)


def _shuffled(people: Sequence[int], random: Random) -> list[int]:
    return random.sample(people, len(people))


def _parts(items: Sequence[Any], most: int) -> Iterator[Any]:
    return (items[start : start + most] for start in range(0, len(items), most))


def _planned(filling: Filling, versions: Sequence[LoadVersion], people: Sequence[int]) -> Class:
    first = filling.now - BEGAN + filling.random.random() * (BEGAN + AHEAD)
    opened = first - timedelta(days=21)
    version = next((each for each in reversed(versions) if each.published_at < opened), versions[0])
    days = teaching_days(first.astimezone(ZONE).date(), len(version.timetable.days), skip_weekends=True)
    return Class(version, days, filling.random.choice(filling.trainers), tuple(people), min(opened, filling.now))


def _with_dates(connection: Connection, filling: Filling, classes: Sequence[Class]) -> list[Taught]:
    """Their cohorts, trainers and dates as rows."""
    cohort_ids = insert_with_ids(connection, Cohort, [_cohort(filling, each) for each in classes])
    pairs = tuple(zip(cohort_ids, classes, strict=True))
    _insert(connection, CohortTrainer, (_trainer(cohort_id, each) for cohort_id, each in pairs))
    _insert(connection, Assignment, (row for cohort_id, each in pairs for row in _assignments(cohort_id, each)))
    dates = [_dates(filling, cohort_id, each) for cohort_id, each in pairs]
    ids = iter(insert_with_ids(connection, CohortSession, [row for rows in dates for row in rows]))
    return [
        Taught(each, cohort_id, tuple((next(ids), _end_of(row)) for row in rows))
        for (cohort_id, each), rows in zip(pairs, dates, strict=True)
    ]


def _cohort(filling: Filling, plan: Class) -> Values:
    name = filling.cohort_name.format(number=f"{plan.days[0]:%y%m}-{filling.random.randrange(10_000):04}")
    return {
        "version_id": plan.version.id,
        "name": name,
        "zone": ZONE.key,
        "created_at": plan.opened,
        "created_by_id": plan.trainer_id,
    }


def _trainer(cohort_id: int, plan: Class) -> Values:
    by = {"added_at": plan.opened, "added_by_id": plan.trainer_id}
    return {"cohort_id": cohort_id, "person_id": plan.trainer_id, **by}


def _assignments(cohort_id: int, plan: Class) -> Iterator[Values]:
    return ({"cohort_id": cohort_id, "exercise": slug} for slug in plan.version.answers)


def _dates(filling: Filling, cohort_id: int, plan: Class) -> list[Values]:
    return [
        {
            "cohort_id": cohort_id,
            "session_id": timed.session.id,
            "day": day,
            "starts": timed.start,
            "minutes": timed.end - timed.start,
            "room": filling.room,
            "trainer_id": plan.trainer_id,
        }
        for day, planned in zip(plan.days, plan.version.timetable.days, strict=True)
        for timed in planned.sessions
    ]


def _end_of(session: Values) -> datetime:
    midnight = datetime.combine(session["day"], time(), ZONE)
    return midnight + timedelta(minutes=session["starts"] + session["minutes"])


def _enrolled(connection: Connection, filling: Filling, classes: Sequence[Taught]) -> list[Place]:
    rows, of = [], []
    for taught in classes:
        care = filling.random.choice((0.80, 0.95, 0.97, 0.99))
        for person_id in taught.plan.people:
            rows.append(_enrolment(filling, taught, person_id))
            of.append((taught, care if filling.random.random() < 0.9 else 0.6))
    ids = insert_with_ids(connection, Enrolment, rows)
    return [Place(id_, taught, diligence) for id_, (taught, diligence) in zip(ids, of, strict=True)]


def _enrolment(filling: Filling, taught: Taught, person_id: int) -> Values:
    plan = taught.plan
    gone = filling.random.random() < WITHDRAWN
    return {
        "cohort_id": taught.cohort_id,
        "person_id": person_id,
        "enrolled_at": plan.opened,
        "enrolled_by_id": plan.trainer_id,
        "withdrawn_at": min(plan.opened + timedelta(days=9), filling.now) if gone else None,
        "revision": 0,
    }


def _attendance(filling: Filling, places: Sequence[Place]) -> Iterator[Values]:
    """Who was at the sessions that are over."""
    random = filling.random.random
    for place in places:
        for session_id, ended in place.of.sessions:
            if ended < filling.now:
                chance = random()
                there = "present" if chance < place.diligence * 0.95 else "late"
                away = "absent" if chance < 0.97 else "excused"
                yield {
                    "cohort_session_id": session_id,
                    "enrolment_id": place.enrolment_id,
                    "state": there if chance < place.diligence else away,
                    "marked_at": ended,
                    "marked_by_id": place.of.plan.trainer_id,
                }


def _write_answers(connection: Connection, filling: Filling, places: Sequence[Place]) -> None:
    """An attempt of everybody at every exercise of a course that is over, but for a few who never handed in."""
    ids = {
        (row.cohort_id, row.exercise): row.id for row in _assignments_of(connection, {p.of.cohort_id for p in places})
    }
    wanted = [
        (place, ids[place.of.cohort_id, slug], filling.random.choices(answers, (6, 3, 1))[0])
        for place in places
        for slug, answers in place.of.plan.version.answers.items()
        if place.of.sessions[-1][1] < filling.now and filling.random.random() > NOT_HANDED_IN
    ]
    attempts = insert_with_ids(connection, Attempt, [_attempt(place, id_) for place, id_, _ in wanted])
    members = ({"attempt_id": a, **_member(p, id_)} for a, (p, id_, _) in zip(attempts, wanted, strict=True))
    _insert(connection, AttemptMember, members)
    saves = [_change(attempt, place, answer) for attempt, (place, _, answer) in zip(attempts, wanted, strict=True)]
    changes = insert_with_ids(connection, AnswerChange, saves)
    done = tuple(zip(attempts, changes, wanted, strict=True))
    _insert(connection, Submission, (_submission(a, c, place) for a, c, (place, *_) in done))
    _insert(connection, Marking, (_marking(a, c, place, answer) for a, c, (place, _, answer) in done))


def _assignments_of(connection: Connection, cohort_ids: Iterable[int]) -> Iterable[Row[int, int, str]]:
    wanted = select(Assignment.id, Assignment.cohort_id, Assignment.exercise)
    return connection.execute(wanted.where(Assignment.cohort_id.in_(cohort_ids)))


def _attempt(place: Place, assignment_id: int) -> Values:
    started = place.of.sessions[0][1]
    given = {"assignment_id": assignment_id, "version_id": place.of.plan.version.id, "started_at": started}
    return {**given, "seed": place.enrolment_id, "carried": {}, "return_reason": ""}


def _member(place: Place, assignment_id: int) -> Values:
    return {"enrolment_id": place.enrolment_id, "assignment_id": assignment_id, "number": 1}


def _change(attempt_id: int, place: Place, answer: Answered) -> Values:
    page = {"attempt_id": attempt_id, "client": "load", "seq": 1, "base": 0, "by_id": None}
    return {**page, "fields": answer.fields, "stale": [], "at": place.of.sessions[0][1]}


def _submission(attempt_id: int, change_id: int, place: Place) -> Values:
    at = place.of.sessions[-1][1]
    return {"attempt_id": attempt_id, "change_id": change_id, "at": at, "on_paper": False, "needs_person": False}


def _marking(attempt_id: int, change_id: int, place: Place, answer: Answered) -> Values:
    earned = {"earned_numerator": answer.earned[0], "earned_denominator": answer.earned[1], "parts": answer.parts}
    given = {"attempt_id": attempt_id, "change_id": change_id, "at": place.of.sessions[-1][1], "marked_by": "key"}
    return {**given, **earned, "comment": "", "reason": ""}
