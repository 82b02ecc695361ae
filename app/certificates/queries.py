"""Reads about certificates: those of a person, one by its code, and what one states now."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from typing import Literal

from sqlalchemy import ColumnElement, Row, Select, and_, exists, or_, select
from sqlalchemy.orm import Session, aliased

from app.accounts.models import Person
from app.certificates.codes import grouped
from app.certificates.models import Certificate
from app.certificates.snapshots import Snapshot
from app.cohorts.models import Cohort, CohortTrainer, Enrolment
from app.errors import NotFound
from app.records.models import Progress
from app.web.guards import NOTHING_HERE
from app.web.language import today_here
from app.web.viewing import Viewer
from app.words import Sentence, say

CertificateState = Literal["valid", "superseded", "revoked", "expired"]
STATE_WORDS: dict[CertificateState, Sentence] = {
    "valid": say("Valid"),
    "superseded": say("Superseded"),
    "revoked": say("Revoked"),
    "expired": say("Expired"),
}
STATE_CHIPS: dict[CertificateState, tuple[str, str]] = {
    "valid": ("done", "shield-check"),
    "superseded": ("draft", "history"),
    "revoked": ("late", "x"),
    "expired": ("due", "clock"),
}
"""The kind of the chip and its icon, as the macro `chip` takes them."""

_NEWER = aliased(Certificate)
HAS_NEWER = exists().where(_NEWER.enrolment_id == Certificate.enrolment_id, _NEWER.issue > Certificate.issue)
"""A condition on Certificate: a later one was issued in its place."""
IS_STANDING = and_(Certificate.revoked_at.is_(None), ~HAS_NEWER)
"""A condition on Certificate: neither revoked nor superseded."""


@dataclass(frozen=True)
class CertificateRow:
    """A certificate as lists and pages show it."""

    id: int
    code: str
    issue: int
    state: CertificateState
    enrolment_id: int
    person_id: int
    number: str
    """The person's, as it is now."""
    cohort_id: int
    snapshot: Snapshot
    issued_at: datetime
    revoked_at: datetime | None
    revoke_reason: str

    @property
    def grouped_code(self) -> str:
        return grouped(self.code)

    @property
    def name(self) -> str:
        """What the paper calls the person."""
        return self.snapshot.name

    @property
    def course(self) -> str:
        return self.snapshot.course

    @property
    def cohort(self) -> str:
        return self.snapshot.cohort

    @property
    def issued_on(self) -> date:
        return self.snapshot.issued_on


def certificates_of_person(db: Session, person_id: int) -> tuple[CertificateRow, ...]:
    """Everything issued to somebody, newest first, in one statement. Who may see it the caller knows."""
    rows = db.execute(rows_wanted().where(Enrolment.person_id == person_id).order_by(*NEWEST_FIRST))
    return tuple(map(row_of, rows))


def certificate_for(db: Session, viewer: Viewer, code: str) -> CertificateRow:
    """One certificate by its whole code: for its person, HR, and the trainers of its cohort. Raises NotFound."""
    found = rows_wanted().where(Certificate.code == code, or_(Enrolment.person_id == viewer.person_id, reads(viewer)))
    row = db.execute(found).one_or_none()
    if row is None:
        raise NotFound(NOTHING_HERE)
    return row_of(row)


def reads(viewer: Viewer) -> ColumnElement[bool]:
    """A condition on Cohort: those whose certificates the viewer sees because of a role."""
    trains = exists().where(CohortTrainer.cohort_id == Cohort.id, CohortTrainer.person_id == viewer.person_id)
    if viewer.has_any("HR"):
        return Cohort.id.is_not(None)
    return and_(viewer.has_any("trainer"), trains)  # type: ignore[arg-type]  # a plain bool is a condition too


NEWEST_FIRST = (Certificate.issued_at.desc(), Certificate.id.desc())


def rows_wanted() -> Select[Certificate, int, str, int, bool]:
    """A select for `row_of`, over Certificate, Enrolment, Person and Cohort."""
    return (
        select(Certificate, Person.id, Person.number, Enrolment.cohort_id, HAS_NEWER.label("superseded"))
        .join(Enrolment, Enrolment.id == Certificate.enrolment_id)
        .join(Person, Person.id == Enrolment.person_id)
        .join(Cohort, Cohort.id == Enrolment.cohort_id)
    )


def row_of(found: Row[Certificate, int, str, int, bool], today: date | None = None) -> CertificateRow:
    """A certificate with its state today."""
    certificate, person_id, number, cohort_id, superseded = found
    snapshot = Snapshot.model_validate(certificate.snapshot)
    today = today or today_here()
    return CertificateRow(
        certificate.id,
        certificate.code,
        certificate.issue,
        state_of(snapshot, revoked=certificate.revoked_at is not None, superseded=superseded, today=today),
        certificate.enrolment_id,
        person_id,
        number,
        cohort_id,
        snapshot,
        certificate.issued_at,
        certificate.revoked_at,
        certificate.revoke_reason,
    )


def state_of(snapshot: Snapshot, *, revoked: bool, superseded: bool, today: date) -> CertificateState:
    """What a certificate is worth today: a revoked one stays revoked, whatever came after it."""
    if revoked:
        return "revoked"
    if superseded:
        return "superseded"
    return "expired" if snapshot.valid_until and today > snapshot.valid_until else "valid"


def holds_no_more(db: Session, row: CertificateRow) -> bool:
    """Whether a valid certificate states what the facts do not bear out any more: marks were put right since, say."""
    outcome = select(Progress.outcome).where(Progress.enrolment_id == row.enrolment_id)
    return row.state == "valid" and db.scalars(outcome).one_or_none() == "open"


def certificate_of(db: Session, row: CertificateRow) -> Certificate:
    """The certificate behind a row, to change what became of it."""
    return db.get_one(Certificate, row.id)


def issues_of(db: Session, enrolment_id: int) -> tuple[CertificateRow, ...]:
    """Every certificate of an enrolment, the newest first. One statement."""
    rows = rows_wanted().where(Certificate.enrolment_id == enrolment_id).order_by(Certificate.issue.desc())
    return tuple(map(row_of, db.execute(rows)))
