"""A course whose completion asks for everything there is to ask for, and somebody who takes it."""

from __future__ import annotations

from datetime import datetime
from typing import Any, cast

from sqlalchemy import Table, select
from sqlalchemy.orm import Session

from app.accounts.models import Person
from app.catalogue.actions import publish_course
from app.classroom.actions import tick_attendance
from app.classroom.queries import taught_session, ticks_of
from app.classroom.rules import Tick, Typed
from app.cohorts.models import Cohort, CohortSession
from app.courses.outline import Course
from app.records.models import Progress, ProgressCount, ProgressTotal, TrainingTime
from tests.assessment.samples import viewer_of
from tests.catalogue.samples import HIERARCHY, create_course
from tests.cohorts.samples import create_cohort
from tests.conftest import NOW

KEYED = {**HIERARCHY, "points": 4, "marking": ["key"], "rubric": []}
"""Like «needs», without a rubric: four points by the key."""
UNMARKED = {**HIERARCHY, "points": 0, "marking": ["none"], "rubric": []}
EXERCISES: dict[str, Any] = {
    "needs": HIERARCHY,
    "drill": {**KEYED, "title": "需求**分层**", "attempts": "unlimited", "counting": "best"},
    "own": {**KEYED, "title": "自己的客户", "private": True},
    "note": {**UNMARKED, "title": "一句话", "work": "pairs"},
}
"""«needs»: 6 points by key and rubric · «drill»: 4, any number of attempts · «own»: private · «note»: unmarked."""


def create_sample(*, slug: str = "sample", **completion: Any) -> Course:
    """180 taught minutes in four sessions, four exercises: 80 % and 60 % are asked for unless said otherwise."""
    asked = {"attendance": "80%", "exercises": {"required": "all", "pass": "60%"}, **completion}
    sessions = [_session("d1-am", "09:00", 60, exercise=["needs"]), _session("d1-pm", "13:30", 30, exercise=["drill"])]
    following = [_session("d2-am", "09:00", 60, exercise=["own"]), _session("d2-pm", "13:30", 30, exercise=["note"])]
    sessions[0]["slots"].insert(0, {"id": "tea", "minutes": 15, "break": "tea", "title": "茶歇"})
    days = [{"title": "第一天", "sessions": sessions}, {"title": "第二天", "sessions": following}]
    return create_course(slug=slug, completion=asked, days=days, exercises=EXERCISES, notes={}, process=[], media={})


def _session(key: str, starts: str, minutes: int, *, exercise: list[str]) -> dict[str, Any]:
    slot = {"id": f"{key}-1", "minutes": minutes, "title": "练习", "methods": ["exercise"], "exercise": exercise}
    return {"id": key, "title": key, "starts": starts, "slots": [slot]}


def open_sample(
    db: Session, trainer: Person, *trainees: Person, course: Course | None = None, now: datetime = NOW, **over: Any
) -> Cohort:
    """A cohort on it that begins on the day of NOW."""
    version = publish_course(db, course or create_sample(), by=None, now=now)
    return create_cohort(db, version, trainers=[trainer], trainees=trainees, now=now, **over)


def tick(db: Session, cohort: Cohort, trainer: Person, session: str, ticks: dict[int, Tick], *, now: datetime) -> None:
    """Tick one session of a cohort: enrolment → how they attended. Whoever was withdrawn is left out."""
    of_session = CohortSession.cohort_id == cohort.id, CohortSession.session_id == session
    key = db.scalars(select(CohortSession.id).where(*of_session)).one()
    taught = taught_session(db, viewer_of(trainer, "trainer"), cohort.id, key)
    shown = {row.enrolment_id: row.tick for row in ticks_of(db, taught.session)}
    typed = {
        enrolment_id: Typed(shown[enrolment_id], wanted)
        for enrolment_id, wanted in ticks.items()
        if enrolment_id in shown
    }
    tick_attendance(db, taught, typed, by=trainer.id, now=now)


def derived(db: Session) -> dict[str, list[tuple[Any, ...]]]:
    """Everything that is derived, row by row."""
    found = {}
    for model in (Progress, ProgressCount, ProgressTotal, TrainingTime):
        table = cast("Table", model.__table__)
        rows = db.connection().execute(select(*table.columns).order_by(*table.primary_key))
        found[table.name] = [tuple(row) for row in rows]
    return found


def progress_row(db: Session, enrolment_id: int) -> Progress:
    """The row of an enrolment as it stands in the database."""
    return db.scalars(
        select(Progress).where(Progress.enrolment_id == enrolment_id).execution_options(populate_existing=True)
    ).one()
