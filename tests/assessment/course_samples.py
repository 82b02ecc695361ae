"""Rooms whose course has whatever exercises a test is about."""

from __future__ import annotations

from copy import deepcopy
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.accounts.models import Person
from app.catalogue.actions import publish_course
from app.catalogue.models import CourseVersion
from app.cohorts.models import Enrolment
from app.courses.outline import Course
from tests.assessment.samples import Room
from tests.catalogue.samples import OUTLINE, create_course
from tests.cohorts.samples import create_cohort
from tests.conftest import NOW

CHOICE: dict[str, Any] = {
    "kind": "choice",
    "title": "两道题",
    "minutes": 10,
    "points": 4,
    "questions": [
        {
            "id": "ratio",
            "text": "毛利率的分母是什么？",
            "options": [
                {"id": "net", "text": "不含税售价", "correct": True},
                {"id": "gross", "text": "含税售价", "why": "WHY-gross"},
            ],
            "why": "WHY-ratio",
        },
        {
            "id": "days",
            "several": True,
            "text": "哪两项算在库存里？",
            "options": [
                {"id": "a", "text": "展车", "correct": True},
                {"id": "b", "text": "在途车", "correct": True},
                {"id": "c", "text": "已开票的车", "why": "WHY-c"},
            ],
            "why": "WHY-days",
        },
    ],
}
FORM: dict[str, Any] = {
    "kind": "form",
    "title": "客户**信息**",
    "minutes": 10,
    "points": 0,
    "marking": ["none"],
    "groups": [
        {
            "id": "who",
            "title": "客户",
            "fields": [
                {"id": "name", "label": "名称", "type": "text"},
                {"id": "fleet", "label": "车辆数", "type": "number", "unit": "辆"},
            ],
        },
        {
            "id": "needs",
            "title": "需求",
            "fields": [
                {
                    "id": "size",
                    "label": "规模",
                    "type": "choice",
                    "options": [{"id": "s", "text": "小"}, {"id": "l", "text": "大"}],
                }
            ],
        },
    ],
}


def course_with(exercises: dict[str, Any], **over: Any) -> Course:
    """A course whose third slot has these exercises, in this order."""
    days = deepcopy(OUTLINE["days"])
    days[0]["sessions"][0]["slots"][2]["exercise"] = list(exercises)
    return create_course(days=days, exercises=exercises, notes={"notes/screening.md": "# 笔记\n\n正文。"}, **over)


def room_with(db: Session, trainee: Person, trainer: Person, exercises: dict[str, Any], **over: Any) -> Room:
    """A cohort on a course with these exercises."""
    return room_on(db, publish_course(db, course_with(exercises, **over), by=None, now=NOW), trainee, trainer)


def room_on(db: Session, version: CourseVersion, trainee: Person, trainer: Person) -> Room:
    """A cohort on a version that is there."""
    cohort = create_cohort(db, version, trainers=[trainer], trainees=[trainee])
    enrolment = db.scalars(select(Enrolment).where(Enrolment.cohort_id == cohort.id)).one()
    return Room(cohort, enrolment, trainee, trainer)
