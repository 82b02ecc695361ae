"""Copies of a sheet for one person each: what is printed for them, blank, filled, or to be filled in on screen."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from zoneinfo import ZoneInfo

from flask import current_app
from sqlalchemy import select
from sqlalchemy.orm import Session, undefer

from app.accounts.models import Person
from app.assessment.queries import Task, Work, handed_in
from app.catalogue.models import CourseVersion, PublishedCourse
from app.catalogue.pages import pages
from app.catalogue.queries import course_of, imprint_of
from app.cohorts.models import Cohort, CohortTrainer, Enrolment
from app.cohorts.showing import date_in_words
from app.courses.typesetting import Manuscript
from app.courses.worksheet import Bearer, personal_sheet
from app.documents import Document
from app.documents.blocks import Block, Picture
from app.errors import NotFound
from app.exercises import sheet_of
from app.paperwork.paper_codes import PaperCode, read_code, variant_of, written_code
from app.paperwork.paper_queries import Paper
from app.web.guards import NOTHING_HERE
from app.web.viewing import Viewer

CODE, BASE = "_copy", "_base"
"""What a form says of itself: its code, and the newest change that was in it when it was made."""


@dataclass(frozen=True)
class Whose:
    """Whose copy it is, and of which attempt."""

    name: str
    number: str
    attempt_number: int
    date: str = ""


def copy_of(paper: Paper) -> Document:
    """The sheet of somebody as it would be begun now, or is under way."""
    return _document(paper.task, Whose(paper.name, paper.owner, paper.meant))


def answer_copy(db: Session, work: Work) -> tuple[Document, Mapping[str, str]]:
    """The sheet of an attempt and what stands on it."""
    person = db.scalars(select(Person).where(Person.id == work.enrolment.person_id)).one()
    whole = select(CourseVersion).where(CourseVersion.id == work.version.id).options(undefer("*"))
    version = db.scalars(whole, execution_options={"populate_existing": True}).one()  # the stamp says its day
    at = work.submission.at.astimezone(ZoneInfo(work.cohort.zone)) if work.submission else None
    day = date_in_words(at.date(), course_of(work.version).language) if at else ""
    task = Task(
        work.cohort,
        version,
        work.course_slug,
        work.enrolment,
        work.assignment.exercise,
        work.times,
        seed=work.attempt.seed,
        carried=work.attempt.carried,
    )
    whose = Whose(person.display_name, person.number, work.number, day)
    return _document(task, whose), handed_in(db, work).values


def code_of(task: Task, number: int) -> str:
    """The code of a copy of this sheet, for the attempt of this number."""
    place = course_of(task.version).exercise_slugs.index(task.exercise)
    code = PaperCode(task.enrolment.id, task.version.id, place, number, variant_of(task.seed))
    return written_code(code, _secret())


def decoded(typed: str) -> PaperCode | None:
    """What a code of ours says; None for any other."""
    return read_code(typed, _secret())


def _secret() -> str:
    return str(current_app.config["SECRET_KEY"])


def _document(task: Task, whose: Whose) -> Document:
    course, spec = course_of(task.version), task.spec
    pictures = {path: pages().picture(path, course.media[path]) for path in sorted(_pictures(sheet_of(spec)))}
    address = f"{current_app.config['PUBLIC_URL']}/p/{code_of(task, whose.attempt_number)}"
    manuscript = Manuscript(course, imprint_of(task.version), pictures)
    return personal_sheet(manuscript, spec, Bearer(whose.name, whose.number, address, whose.date))


def _pictures(blocks: tuple[Block, ...]) -> set[str]:
    return {block.path for block in blocks if isinstance(block, Picture)}


@dataclass(frozen=True)
class Scanned:
    """Where a code leads: an exercise of a cohort, the viewer's own or that of somebody they train."""

    cohort_id: int
    exercise: str
    enrolment_id: int
    own: bool


def scanned(db: Session, viewer: Viewer, code: PaperCode) -> Scanned:
    """What the viewer may see of a code. Raises NotFound, also for those whom it does not concern."""
    row = db.execute(
        select(Enrolment, Cohort.id, CourseVersion)
        .join(Cohort, Cohort.id == Enrolment.cohort_id)
        .join(CourseVersion, CourseVersion.id == code.version_id)
        .join(PublishedCourse, PublishedCourse.id == CourseVersion.course_id)
        .where(Enrolment.id == code.enrolment_id)
    ).first()
    if row is None:
        raise NotFound(NOTHING_HERE)
    enrolment, cohort_id, version = row
    slugs = course_of(version).exercise_slugs
    own = enrolment.person_id == viewer.person_id
    if code.exercise >= len(slugs) or not (own or _trains(db, viewer, cohort_id)):
        raise NotFound(NOTHING_HERE)
    return Scanned(cohort_id, slugs[code.exercise], enrolment.id, own=own)


def _trains(db: Session, viewer: Viewer, cohort_id: int) -> bool:
    if not viewer.has_any("trainer"):
        return False
    wanted = select(CohortTrainer).where(CohortTrainer.cohort_id == cohort_id)
    return db.scalars(wanted.where(CohortTrainer.person_id == viewer.person_id)).first() is not None
