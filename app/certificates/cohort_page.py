"""The people of a cohort as the page of their certificates shows them."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from sqlalchemy.orm import Session

from app.certificates.candidates import Candidate
from app.certificates.queries import CertificateState, reads, state_of
from app.certificates.snapshots import Snapshot
from app.cohorts.models import Cohort
from app.cohorts.queries import cohorts_with_course
from app.errors import NotFound
from app.records.states import CompletionState
from app.records.states import state_of as completion_state_of
from app.web.guards import NOTHING_HERE
from app.web.viewing import Viewer


@dataclass(frozen=True)
class Held:
    """The newest certificate of somebody."""

    code: str
    state: CertificateState
    issued_on: date
    other_name: str
    """The name on it, where the person is called otherwise by now."""


@dataclass(frozen=True)
class Line:
    """Somebody in the cohort."""

    enrolment_id: int
    number: str
    name: str
    completion: CompletionState | None
    """None while nothing is worked out."""
    completed_on: date | None
    held: Held | None
    may_get_one: bool
    is_first: bool
    """Whether it would be their first: those are ticked already; who was revoked is asked about."""


@dataclass(frozen=True)
class CohortPage:
    lines: tuple[Line, ...]

    @property
    def can_be_issued(self) -> int:
        return sum(line.may_get_one for line in self.lines)

    @property
    def standing(self) -> int:
        """Certificates that can be printed."""
        return sum(line.held is not None and line.held.state in ("valid", "expired") for line in self.lines)


def cohort_to_certify(db: Session, viewer: Viewer, cohort_id: int) -> Cohort:
    """A cohort with its version and course, for HR and its trainers. Raises NotFound."""
    wanted = cohorts_with_course().where(Cohort.id == cohort_id, reads(viewer))
    cohort = db.scalars(wanted).one_or_none()
    if cohort is None:
        raise NotFound(NOTHING_HERE)
    return cohort


def cohort_page(candidates: Iterable[Candidate], today: date) -> CohortPage:
    """People by number; those who withdrew only where they have a certificate."""
    shown = (each for each in candidates if each.enrolment.withdrawn_at is None or each.last)
    return CohortPage(tuple(_line(each, today) for each in shown))


def _line(candidate: Candidate, today: date) -> Line:
    progress = candidate.progress
    return Line(
        candidate.enrolment.id,
        candidate.number,
        candidate.name,
        completion=completion_state_of(progress.outcome, progress.starts_on, progress.dated_on, today)
        if progress
        else None,
        completed_on=candidate.completed_on,
        held=_held(candidate, today),
        may_get_one=candidate.may_get_one,
        is_first=candidate.last is None,
    )


def _held(candidate: Candidate, today: date) -> Held | None:
    last = candidate.last
    if last is None:
        return None
    snapshot = Snapshot.model_validate(last.snapshot)
    return Held(
        last.code,
        state_of(snapshot, revoked=last.revoked_at is not None, superseded=False, today=today),
        snapshot.issued_on,
        snapshot.name if snapshot.name != candidate.name else "",
    )
