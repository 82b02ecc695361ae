"""Versions of one course that differ in how its exercises are marked, and cohorts that are moved between them."""

from __future__ import annotations

import json
from collections.abc import Mapping
from copy import deepcopy
from functools import cache
from typing import Any

from sqlalchemy.orm import Session

from app.accounts.models import Person
from app.catalogue.actions import publish_course
from app.catalogue.models import CourseVersion
from app.cohorts.models import Cohort
from app.cohorts.queries import cohort_for
from app.courses.outline import Course
from app.db import Database
from app.exercises import Spec, parse_spec
from app.regrading.actions import move_cohort
from app.regrading.job import regrade
from app.regrading.models import Regrade
from app.regrading.plan import Plan, plan_of
from tests.assessment.samples import viewer_of
from tests.catalogue.samples import HIERARCHY
from tests.conftest import NOW
from tests.records.samples import EXERCISES, create_sample

RUBRIC = HIERARCHY["rubric"]
TWO_CRITERIA = [
    {"criterion": "给出依据", "levels": [{"points": 0, "text": "没有"}, {"points": 1, "text": "有"}]},
    {"criterion": "写得清楚", "levels": [{"points": 0, "text": "不清楚"}, {"points": 1, "text": "清楚"}]},
]
HINT = {"id": "look", "text": "看看客户的原话。", "cost": 1}
BASE: dict[str, Any] = {**EXERCISES, "drill": {**EXERCISES["drill"], "hints": [HINT]}}


def keyed_otherwise(exercise: Mapping[str, Any]) -> dict[str, Any]:
    """The same with another key: to the first item the other level is right."""
    changed = deepcopy(dict(exercise))
    changed["items"][0]["level"] = "secondary"
    return changed


WORDINGS: tuple[dict[str, Any], ...] = (
    {"needs": keyed_otherwise(BASE["needs"])},
    {"drill": keyed_otherwise(BASE["drill"]), "own": keyed_otherwise(BASE["own"])},
    {"drill": {**BASE["drill"], "points": 8, "counting": "mean"}},
    {"drill": {**BASE["drill"], "hints": [{**HINT, "cost": 3}], "counting": "last"}},
    {"needs": {**BASE["needs"], "points": 4, "marking": ["key"], "rubric": []}},
    {"needs": {**BASE["needs"], "points": 2, "marking": ["trainer"]}},
    {"needs": {**BASE["needs"], "points": 0, "marking": ["none"], "rubric": []}},
    {"drill": {**BASE["drill"], "points": 6, "marking": ["key", "trainer"], "rubric": RUBRIC}},
    {"needs": {**BASE["needs"], "rubric": TWO_CRITERIA}},
    {"note": {**BASE["note"], "points": 4, "marking": ["key"]}},
    {"needs": {**BASE["needs"], "title": "需求层次（改）", "note": "另一条说明"}},
    {"own": {**BASE["own"], "points": 2}},
    {},
)
"""What versions of the course change in its exercises; the last is as the first version was."""


def course_with(changes: Mapping[str, Any], *, text: str = "", **over: Any) -> Course:
    """The course with these exercises changed; `text` makes a version of its own where nothing else does."""
    dumped = _dumped(create_sample(**over)) if over else _dumped_sample()
    exercises = {slug: _parsed(json.dumps(head)) for slug, head in {**BASE, **changes}.items()}
    return Course.model_validate({**dumped, "title": dumped["title"] + text, "exercises": exercises})


@cache
def _dumped_sample() -> dict[str, Any]:
    return _dumped(create_sample())


def _dumped(course: Course) -> dict[str, Any]:
    return course.model_dump(mode="json", exclude={"exercises"}) | {"slug": course.slug}


@cache
def _parsed(head: str) -> Spec:
    """Histories publish the same few wordings again and again."""
    return parse_spec(json.loads(head))


def publish(db: Session, course: Course) -> CourseVersion:
    return publish_course(db, course, by=None, now=NOW)


def held(db: Session, cohort_id: int, trainer: Person) -> Cohort:
    """A cohort to change."""
    return cohort_for(db, viewer_of(trainer, "trainer"), cohort_id, to_change=True)


def planned(db: Session, cohort_id: int, trainer: Person, version: CourseVersion) -> Plan:
    db.expire_all()
    return plan_of(db, held(db, cohort_id, trainer), version)


def move(db: Session, cohort_id: int, trainer: Person, version: CourseVersion) -> Regrade:
    """Move a cohort, without marking anything anew."""
    plan = planned(db, cohort_id, trainer, version)
    return move_cohort(db, held(db, cohort_id, trainer), plan, reason="改正答案", by=trainer.id, now=NOW)


def mark_anew(database: Database, regrade_id: int) -> None:
    regrade(database, regrade_id, now=lambda: NOW)
