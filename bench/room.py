"""A full room for measuring: a cohort of 200 trainees and 60 exercises, most of it done, written into the database.

The exercises are the shipped ones under other names, over and over. The sign-ins are real rows behind signed cookies.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any

from flask import Flask
from itsdangerous import URLSafeTimedSerializer
from sqlalchemy import func, insert, select
from sqlalchemy.orm import Session

from app.accounts.actions import add_person, grant_role, start_sign_in
from app.accounts.models import Person
from app.assessment.models import AnswerChange, Assignment, Attempt, AttemptMember, Marking, Submission
from app.assessment.rules import key_marking, rubric_marking
from app.catalogue.actions import newest_of, publish_course
from app.catalogue.queries import course_of
from app.cohorts.models import Cohort, CohortSession, CohortTrainer, Enrolment
from app.courses.outline import Course
from app.db import Database
from app.documents.blocks import field_names
from app.exercises import fields_of, grade_answer, model_answer_of, read_answer

TRAINEES, EXERCISES = 200, 60
SAVES = 60
"""Saves on each sheet that is opened; every trainee has written something else."""
PAPERS = 1_600
"""Attempts to be handed in, each once."""
RAW_TOKEN = "0123456789abcdef" * 2
NOW = datetime.now(UTC)
SHIPPED = "key-account-ecosystem"
SHEET = "needs-hierarchy"
"""The exercise whose sheet is measured."""


@dataclass(frozen=True)
class Desk:
    """An attempt under way, and what its trainee's browser sends along."""

    attempt_id: int
    field: str
    headers: dict[str, str]


@dataclass(frozen=True)
class Room:
    cohort_id: int
    trainer: dict[str, str]
    """Headers of the trainer's browser."""
    desks: tuple[Desk, ...]
    papers: tuple[Desk, ...]


def furnish(database: Database, app: Flask) -> Room:
    """Fill the database of a running product."""
    with database.transaction() as db:
        course = _wide_course(db)
        version = publish_course(db, course, by=None, now=NOW)
        cohort = Cohort(version=version, name="测量班", zone="Asia/Shanghai", created_at=NOW)
        db.add(cohort)
        db.flush()
        trainer = add_person(db, "B0000", "测量讲师", by=None, now=NOW, language="zh-CN")
        grant_role(db, trainer, "trainer", by=None, now=NOW)
        db.add(CohortTrainer(cohort_id=cohort.id, person_id=trainer.id, added_at=NOW))
        db.add_all(_dates(cohort.id, course))
        people = [add_person(db, f"B{n:04}", f"学员{n:03}", by=None, now=NOW) for n in range(1, TRAINEES + 1)]
        enrolments = [Enrolment(cohort_id=cohort.id, person_id=each.id, enrolled_at=NOW) for each in people]
        assignments = [Assignment(cohort_id=cohort.id, exercise=slug) for slug in course.exercise_slugs]
        db.add_all([*enrolments, *assignments])
        db.flush()
        browsers = [headers_of(db, app, each) for each in people]
        pairs = [(assignment, enrolment) for assignment in assignments for enrolment in enrolments]
        desks, papers = _fill(db, course, version.id, pairs, browsers)
        return Room(cohort.id, headers_of(db, app, trainer), desks, papers)


def _wide_course(db: Session) -> Course:
    """The shipped course with sixty exercises."""
    shipped = newest_of(db, SHIPPED)
    assert shipped is not None  # noqa: S101 -- the product publishes it at its start
    stored: dict[str, Any] = course_of(shipped).model_dump(mode="json", by_alias=True)
    specs = [(SHEET, stored["exercises"][SHEET]), *sorted(stored["exercises"].items())]
    wide = {f"{specs[n % len(specs)][0]}-{n}" if n else SHEET: specs[n % len(specs)][1] for n in range(EXERCISES)}
    stored["slug"], stored["exercises"] = "measured", wide
    for session in (session for day in stored["days"] for session in day["sessions"]):
        session["practice"] = []
        for slot in session["slots"]:
            slot["exercise"] = []
    stored["days"][0]["sessions"][0]["practice"] = list(wide)
    return Course.from_json(stored)


def _dates(cohort_id: int, course: Course) -> Iterator[CohortSession]:
    for number, session in enumerate(course.sessions):
        yield CohortSession(
            cohort_id=cohort_id, session_id=session.id, day=date(2026, 11, 23 + number // 2), starts=540, minutes=180
        )


def headers_of(db: Session, app: Flask, person: Person) -> dict[str, str]:
    """The cookie and the token of a browser that somebody is signed in with."""
    held = {"_user_id": start_sign_in(db, person.id, user_agent="bench", now=NOW), "csrf_token": RAW_TOKEN}
    serializer = app.session_interface.get_signing_serializer(app)  # type: ignore[attr-defined]
    token = URLSafeTimedSerializer(app.config["SECRET_KEY"], salt="wtf-csrf-token").dumps(RAW_TOKEN)
    return {"Cookie": f"{app.config['SESSION_COOKIE_NAME']}={serializer.dumps(held)}", "X-CSRFToken": str(token)}


def _fill(
    db: Session,
    course: Course,
    version_id: int,
    pairs: list[tuple[Assignment, Enrolment]],
    browsers: list[dict[str, str]],
) -> tuple[tuple[Desk, ...], tuple[Desk, ...]]:
    """Every trainee has begun every exercise: the first under way, some ready to be handed in, the others marked."""
    attempts, members, changes, submissions, markings = [], [], [], [], []
    desks: list[Desk] = []
    papers: list[Desk] = []
    first = (db.scalar(select(func.max(Attempt.id))) or 0) + 1  # behind those of the demo people
    for number, (assignment, enrolment) in enumerate(pairs):
        attempt_id, spec = first + number, course.exercises[assignment.exercise]
        desk = Desk(attempt_id, field_names(fields_of(spec))[-1], browsers[number % TRAINEES])
        attempts.append(_attempt(attempt_id, assignment.id, version_id))
        members.append(_member(attempt_id, enrolment.id, assignment.id))
        changes += [_change(attempt_id, seq, desk.field) for seq in range(1, (SAVES if number < TRAINEES else 1) + 1)]
        if number < TRAINEES:
            desks.append(desk)
        elif len(papers) < PAPERS:
            papers.append(desk)
        else:
            submissions.append({"attempt_id": attempt_id, "at": NOW, "on_paper": False, "needs_person": False})
            markings += _markings(attempt_id, spec)
    rows = {
        Attempt: attempts,
        AttemptMember: members,
        AnswerChange: changes,
        Submission: submissions,
        Marking: markings,
    }
    for table, values in rows.items():
        db.execute(insert(table), values)
    return tuple(desks), tuple(papers)


def _attempt(attempt_id: int, assignment_id: int, version_id: int) -> dict[str, Any]:
    given = {"id": attempt_id, "assignment_id": assignment_id, "version_id": version_id}
    return {**given, "seed": 1, "carried": {}, "started_at": NOW, "return_reason": ""}


def _member(attempt_id: int, enrolment_id: int, assignment_id: int) -> dict[str, Any]:
    return {"attempt_id": attempt_id, "enrolment_id": enrolment_id, "assignment_id": assignment_id, "number": 1}


def _change(attempt_id: int, seq: int, field: str) -> dict[str, Any]:
    written = {"fields": {field: f"{attempt_id} 第 {seq} 次写下的一句话"}, "stale": []}
    return {"attempt_id": attempt_id, "client": "bench", "seq": seq, "base": 0, "at": NOW, **written}


_MARKED: dict[str, list[dict[str, Any]]] = {}


def _markings(attempt_id: int, spec: Any) -> list[dict[str, Any]]:  # noqa: ANN401 -- any kind's spec
    if spec.title not in _MARKED:
        _MARKED[spec.title] = list(_marks_of(spec))
    return [{"attempt_id": attempt_id, **marking} for marking in _MARKED[spec.title]]


def _marks_of(spec: Any) -> Iterator[dict[str, Any]]:  # noqa: ANN401 -- as above
    common = {"at": NOW, "comment": "", "reason": ""}
    grade = grade_answer(spec, read_answer(spec, model_answer_of(spec)))
    if grade is not None:
        points = {"earned_numerator": grade.earned.numerator, "earned_denominator": grade.earned.denominator}
        yield {**common, **points, "marked_by": "key", "parts": key_marking(grade)}
    if spec.rubric:
        levels = [criterion.best for criterion in spec.rubric]
        points = {"earned_numerator": sum(levels).numerator, "earned_denominator": sum(levels).denominator}
        yield {**common, **points, "marked_by": "trainer", "parts": rubric_marking(levels)}


def newest_changes(database: Database) -> dict[int, int]:
    """The newest change of each attempt: what its page knows."""
    with database.reading() as db:
        of_all = select(AnswerChange.attempt_id, func.max(AnswerChange.id)).group_by(AnswerChange.attempt_id)
        return dict(db.execute(of_all).tuples().all())


def save_body(desk: Desk, seq: int, base: int) -> bytes:
    """What the page of a desk sends with its save."""
    body = {"client": "measured", "seq": seq, "base": base, "fields": {desk.field: f"写到第 {seq} 句，网络正常"}}
    return json.dumps(body).encode()
