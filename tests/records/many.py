"""Enrolments by the thousand, as rows of Progress, for HR's lists: nobody took part in anything."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from datetime import date, timedelta
from random import Random
from typing import Any

from sqlalchemy import func, insert, select
from sqlalchemy.orm import InstrumentedAttribute, Session

from app.accounts.models import Department, Person
from app.catalogue.actions import publish_course
from app.catalogue.models import CourseVersion
from app.cohorts.models import Cohort, Enrolment
from app.records.models import Progress, TrainingTime
from app.records.progress import _change_counts, _differences
from tests.catalogue.samples import create_course
from tests.conftest import NOW

TODAY = date(2026, 11, 23)
TAUGHT = 1440
AT_ONCE = 5_000
FAMILY, GIVEN = "王李张刘陈杨黄赵吴周", "思齐书航嘉明哲文静雨桐知行怡"

Row = dict[str, Any]


@dataclass(frozen=True)
class Many:
    """How many of what."""

    enrolments: int = 200
    people: int = 20
    departments: tuple[int, ...] = (3, 3, 2)
    """At the top, inside each of those, inside each of these."""
    courses: int = 3
    cohort_of: int = 10
    months: int = 36


@dataclass(frozen=True)
class Somebody:
    id: int
    department_id: int | None


def fill(db: Session, many: Many, *, seed: int = 1) -> None:
    """People in departments, cohorts over the months until a little after TODAY, and how far everybody is.

    More of them where there are some: departments and courses stay.
    """
    random = Random(seed)  # noqa: S311 -- samples, not secrets
    people = _people(db, many, _departments(db, many), random)
    versions = [publish_course(db, create_course(slug=f"course-{n}"), by=None, now=NOW) for n in range(many.courses)]
    db.flush()
    cohort, enrolment, minutes = _last(db, Cohort.id), _last(db, Enrolment.id), Counter[tuple[Somebody, int]]()
    left = many.enrolments
    while left:
        cohorts, rows = list[Row](), list[Row]()
        while left and len(rows) < AT_ONCE:
            cohort += 1
            members = random.sample(people, min(many.cohort_of, len(people), left))
            version = random.choice(versions)
            begins = TODAY + timedelta(days=random.randint(-30 * many.months, 40))
            dated = random.random() > 0.02
            cohorts.append(_cohort(cohort, version))
            for somebody in members:
                enrolment += 1
                own = {"enrolment_id": enrolment, "cohort_id": cohort, "course_id": version.course_id}
                rows.append(own | _progress(random, somebody, begins, dated=dated))
                minutes[somebody, rows[-1]["dated_on"].year] += rows[-1]["attended_minutes"]
            left -= len(members)
        db.execute(insert(Cohort), cohorts)
        db.execute(insert(Enrolment), [_enrolment(row) for row in rows])
        db.execute(insert(Progress), rows)
    db.execute(insert(TrainingTime), [_time(*key, attended) for key, attended in minutes.items() if attended])
    connection = db.connection()
    for course_id in {version.course_id for version in versions}:
        _change_counts(connection, _differences(connection, course_id))


def _people(db: Session, many: Many, departments: list[int], random: Random) -> list[Somebody]:
    first = _last(db, Person.id) + 1
    people = [Somebody(first + n, random.choice([None, *departments])) for n in range(many.people)]
    rows = [
        {
            "id": each.id,
            "number": f"E{each.id:06}",
            "display_name": random.choice(FAMILY) + "".join(random.sample(GIVEN, 2)),
            "department_id": each.department_id,
            "active": True,
            "created_at": NOW,
        }
        for each in people
    ]
    db.execute(insert(Person), rows)
    return people


def _departments(db: Session, many: Many) -> list[int]:
    found = list(db.scalars(select(Department.id)))
    if found:
        return found
    above: list[Department | None] = [None]
    for width in many.departments:
        above = [
            Department(name=f"{parent.name if parent else '大区'}.{n}", parent_id=parent.id if parent else None)
            for parent in above
            for n in range(1, width + 1)
        ]
        db.add_all(each for each in above if each)
        db.flush()
        found += [each.id for each in above if each]
    return found


def _cohort(key: int, version: CourseVersion) -> Row:
    return {
        "id": key,
        "version_id": version.id,
        "name": f"班级 {key}",
        "zone": "Asia/Shanghai",
        "created_at": NOW,
    }


def _enrolment(progress: Row) -> Row:
    return {
        "id": progress["enrolment_id"],
        "cohort_id": progress["cohort_id"],
        "person_id": progress["person_id"],
        "enrolled_at": NOW,
        "revision": 1,
        "settled": 1,
    }


def _progress(random: Random, somebody: Somebody, begins: date, *, dated: bool) -> Row:
    ends = begins + timedelta(days=4)
    over = dated and ends < TODAY
    outcome = random.choices(("completed", "open", "withdrawn"), (80, 15, 5))[0] if over else "open"
    completed = outcome == "completed"
    attended = TAUGHT if completed else random.choice((0, 360, 720, 1080)) if begins < TODAY else 0
    return {
        "person_id": somebody.id,
        "department_id": somebody.department_id,
        "outcome": outcome,
        "starts_on": begins if dated else None,
        "dated_on": ends + timedelta(days=random.randint(0, 3) if completed else 0),
        "completed_on": ends if completed else None,
        "attended_minutes": attended,
        "taught_minutes": TAUGHT,
        "handed_in": int(completed),
        "required": 1,
        "earned_numerator": 0,
        "earned_denominator": 1,
        "possible_numerator": 0,
        "possible_denominator": 1,
        "missing": [] if completed else [{"kind": "attendance", "minutes": 1152 - attended}],
        "minutes_by_year": {},
    }


def _time(somebody: Somebody, year: int, attended: int) -> Row:
    return {"person_id": somebody.id, "year": year, "department_id": somebody.department_id, "minutes": attended}


def _last(db: Session, column: InstrumentedAttribute[int]) -> int:
    return db.scalar(select(func.max(column))) or 0
