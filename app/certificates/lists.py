"""What HR sees of all certificates: the list with its filters, and cohorts whose people wait for theirs."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Select, exists, func, or_, select
from sqlalchemy.orm import Session

from app.accounts.models import Person
from app.catalogue.models import CourseVersion
from app.certificates.codes import LENGTH, is_whole, plain
from app.certificates.models import Certificate
from app.certificates.queries import HAS_NEWER, IS_STANDING, NEWEST_FIRST, CertificateRow, reads, row_of, rows_wanted
from app.cohorts.models import Cohort
from app.records.models import Progress
from app.web.viewing import Viewer

PER_PAGE = 50
BACK = timedelta(days=400)
"""Who completed a course longer ago and has no certificate is not waiting for one."""
MOST_WAITING, MOST_COHORTS = 2000, 30
_ISSUED = exists().where(Certificate.enrolment_id == Progress.enrolment_id)


@dataclass(frozen=True)
class SoughtCertificates:
    """What the list is narrowed to, as the address says it; what it cannot mean counts as not said."""

    text: str = ""
    state: str = ""
    page: int = 1


@dataclass(frozen=True)
class CertificatesPage:
    rows: tuple[CertificateRow, ...]
    page: int
    more: bool
    """Whether there is a page after this one."""


@dataclass(frozen=True)
class WaitingCohort:
    """A cohort with people about whose certificates something is to be decided."""

    id: int
    name: str
    course: str
    waiting: int


def certificates_for(db: Session, viewer: Viewer, sought: SoughtCertificates, *, today: date) -> CertificatesPage:
    """A page of the certificates that the viewer sees because of a role, newest first. One statement."""
    named = rows_wanted().join(CourseVersion, CourseVersion.id == Cohort.version_id)
    wanted = named.where(reads(viewer), *_conditions(sought)).order_by(*NEWEST_FIRST)
    found = db.execute(wanted.offset((sought.page - 1) * PER_PAGE).limit(PER_PAGE + 1)).all()
    rows = tuple(row_of(each, today) for each in found[:PER_PAGE])
    return CertificatesPage(rows, sought.page, more=len(found) > PER_PAGE)


def waiting_cohorts(db: Session, viewer: Viewer, *, today: date) -> tuple[WaitingCohort, ...]:
    """The cohorts in which somebody waits for a certificate, who completed last first. Two statements."""
    recent = dict.fromkeys(db.scalars(_waiting_lately(viewer, today)))
    cohort_ids = list(recent)[:MOST_COHORTS]
    completed = Progress.outcome + "" == "completed"  # no index of the many who completed is offered
    counted = (
        select(Progress.cohort_id, Cohort.name, CourseVersion.title, func.count())
        .join(Cohort, Cohort.id == Progress.cohort_id)
        .join(CourseVersion, CourseVersion.id == Cohort.version_id)
        .where(Progress.cohort_id.in_(cohort_ids), completed, ~_ISSUED)
        .group_by(Progress.cohort_id, Cohort.name, CourseVersion.title)
    )
    found = {row[0]: WaitingCohort(*row) for row in db.execute(counted)}
    return tuple(found[cohort_id] for cohort_id in cohort_ids if cohort_id in found)


def doubtful_cohorts(db: Session, viewer: Viewer, *, today: date) -> tuple[WaitingCohort, ...]:
    """The cohorts in which somebody holds a certificate whose conditions are not met any more. One statement.

    Marks that were put right or taken back, or a course that asks for more, do that. HR decides what follows.
    """
    standing = exists().where(Certificate.enrolment_id == Progress.enrolment_id, IS_STANDING)
    counted = (
        select(Progress.cohort_id, Cohort.name, CourseVersion.title, func.count())
        .join(Cohort, Cohort.id == Progress.cohort_id)
        .join(CourseVersion, CourseVersion.id == Cohort.version_id)
        .where(Progress.outcome == "open", Progress.dated_on >= today - BACK, standing, reads(viewer))
        .group_by(Progress.cohort_id, Cohort.name, CourseVersion.title)
        .order_by(Progress.cohort_id.desc())
        .limit(MOST_COHORTS)
    )
    return tuple(WaitingCohort(*row) for row in db.execute(counted))


def _waiting_lately(viewer: Viewer, today: date) -> Select[Any]:
    """Along an index, and not to its end: of a million people most have theirs."""
    return (
        select(Progress.cohort_id)
        .join(Cohort, Cohort.id == Progress.cohort_id)
        .where(Progress.outcome == "completed", Progress.dated_on >= today - BACK, ~_ISSUED, reads(viewer))
        .order_by(Progress.dated_on.desc(), Progress.enrolment_id.desc())
        .limit(MOST_WAITING)
    )


def _conditions(sought: SoughtCertificates) -> list[ColumnElement[bool]]:
    found: list[ColumnElement[bool]] = []
    text = " ".join(sought.text.replace("\0", "").split())
    if text:
        found.append(_called(text))
    match sought.state:
        case "valid":
            found.append(IS_STANDING)
        case "revoked":
            found.append(Certificate.revoked_at.is_not(None))
        case "superseded":
            found.append(Certificate.revoked_at.is_(None) & HAS_NEWER)
    return found


def _called(text: str) -> ColumnElement[bool]:
    code = plain(text)
    if len(text) >= LENGTH and is_whole(code):
        return Certificate.code == code
    printed = Certificate.snapshot["name"].as_string()  # the person may be called otherwise by now
    columns = (Person.number, Person.display_name, Cohort.name, CourseVersion.title, printed)
    return or_(*(each.icontains(text, autoescape=True) for each in columns))
