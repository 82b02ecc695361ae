"""A cohort with a gradebook: Bob and Cai have handed in, Du has not."""

from __future__ import annotations

import io
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from flask.testing import FlaskClient
from openpyxl import Workbook, load_workbook
from openpyxl.worksheet.worksheet import Worksheet
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.accounts.models import Person
from app.assessment import actions
from app.assessment.actions import Save
from app.assessment.queries import own_task, own_work, written_in
from app.cohorts.models import Cohort, Enrolment
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
