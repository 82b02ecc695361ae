"""A cohort with a gradebook: Bob and Cai have handed in, Du has not."""

from __future__ import annotations

import html
import io
import re
from collections.abc import Callable
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

from flask.testing import FlaskClient
from openpyxl import Workbook, load_workbook
from openpyxl.worksheet.worksheet import Worksheet
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.accounts.models import Person
from app.assessment import actions
from app.assessment.actions import Save
from app.assessment.marks import add_marking, settle_marks
from app.assessment.models import Assignment, Attempt, AttemptMember, Marking
from app.assessment.queries import any_work, own_task, own_work, written_in
from app.cohorts.models import Cohort, Enrolment
from app.db import Database
from tests.assessment.samples import viewer_of
from tests.conftest import NOW, token_of
from tests.records.histories import FIELDS
from tests.records.samples import open_sample


@dataclass(frozen=True)
class Class:
    """«needs»: 6 points by key and rubric · «drill»: 4 by the key · «own»: private · «note»: unmarked."""

    cohort: Cohort
    trainer: Person
    trainees: tuple[Person, ...]
    enrolments: tuple[int, ...]

    @property
    def address(self) -> str:
        return f"/cohorts/{self.cohort.id}/gradebook"


def create_class(db: Session, trainer: Person, *trainees: Person) -> Class:
    cohort = open_sample(db, trainer, *trainees)
    found = {row.person_id: row.id for row in db.scalars(select(Enrolment).where(Enrolment.cohort_id == cohort.id))}
    made = Class(cohort, trainer, trainees, tuple(found[each.id] for each in trainees))
    for person, right in zip(trainees[:2], (4, 2), strict=False):
        answer(db, made, person, "drill", right)
        answer(db, made, person, "needs", right)
        answer(db, made, person, "own", right)
    return made


def answer(db: Session, made: Class, person: Person, exercise: str, right: int, **over: Any) -> int:
    """Hand in with so many fields right; the id of the attempt."""
    viewer, now = viewer_of(person), over.get("now", NOW)
    attempt = actions.start_attempt(db, own_task(db, viewer, made.cohort.id, exercise), by=person.id, now=now)
    db.flush()
    work = own_work(db, viewer, attempt.id, to_change=True)
    fields = dict(list(FIELDS.items())[:right])
    actions.save_fields(db, work, Save("phone", 1, 0, fields), by=person.id, now=now)
    known = actions.graded(work.spec, written_in(db, attempt.id))
    actions.hand_in(db, work, known, by=person.id, now=now)
    db.flush()
    return attempt.id


def downloaded(client: FlaskClient, made: Class) -> Workbook:
    response = client.get(f"{made.address}/marks.xlsx", buffered=True)
    assert response.status_code == 200
    return load_workbook(io.BytesIO(response.data))


def content_of(book: Workbook) -> bytes:
    file = io.BytesIO()
    book.save(file)
    return file.getvalue()


def changed(client: FlaskClient, made: Class, change: Callable[[Worksheet], object]) -> bytes:
    """The workbook as it is downloaded, with a change."""
    book = downloaded(client, made)
    sheet = book.worksheets[0]
    change(sheet)
    return content_of(book)


def send(client: FlaskClient, made: Class, content: bytes, name: str = "marks.xlsx") -> Any:
    form = {"csrf_token": token_of(client), "file": (io.BytesIO(content), name)}
    return client.post(f"{made.address}/marks/check", data=form, content_type="multipart/form-data")


def complaints(page: str) -> dict[str, str]:
    """Address → sentence."""
    rows = re.findall(r'<th scope="row" class="num">([^<]*)</th><td class="wrap"[^>]*>([^<]*)</td>', page)
    return {place: html.unescape(text) for place, text in rows}


def take(client: FlaskClient, made: Class, page: str, how: str = "all") -> Any:
    """Press the button of the preview."""
    stamp = re.search(r'name="stamp" value="([^"]*)"', page)
    cells = re.search(r'<textarea name="cells" hidden>([^<]*)</textarea>', page)
    assert stamp
    assert cells
    form = {"csrf_token": token_of(client), "stamp": stamp[1], "cells": html.unescape(cells[1]), "how": how}
    return client.post(f"{made.address}/marks", data=form)


def override_of(database: Database, enrolment_id: int, exercise: str) -> list[Fraction | None]:
    wanted = (
        select(Marking)
        .join(AttemptMember, AttemptMember.attempt_id == Marking.attempt_id)
        .join(Assignment, Assignment.id == AttemptMember.assignment_id)
        .where(AttemptMember.enrolment_id == enrolment_id, Assignment.exercise == exercise)
        .where(Marking.marked_by == "override")
    )
    with database.reading() as db:
        return [each.earned for each in db.scalars(wanted)]


def set_cell(place: str, value: Any, number_format: str = "") -> Callable[[Worksheet], None]:
    def change(sheet: Worksheet) -> None:
        sheet[place] = value
        if number_format:
            sheet[place].number_format = number_format

    return change


def mark(database: Database, enrolment_id: int, exercise: str, points: int) -> None:
    with database.transaction() as db:
        wanted = (
            select(Attempt.id)
            .join(AttemptMember, AttemptMember.attempt_id == Attempt.id)
            .join(Assignment, Assignment.id == Attempt.assignment_id)
            .where(AttemptMember.enrolment_id == enrolment_id, Assignment.exercise == exercise)
        )
        work = any_work(db, db.scalars(wanted).one())
        add_marking(db, work, "override", by=None, now=NOW, earned=Fraction(points), reason="x")
        settle_marks(db, work)
