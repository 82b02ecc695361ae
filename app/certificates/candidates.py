"""Who can have a certificate: the people of a cohort with what completion says of them, and their last certificate."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from zoneinfo import ZoneInfo

from sqlalchemy import Row, Select, and_, func, select
from sqlalchemy.orm import Session, aliased

from app.accounts.models import Person
from app.catalogue.queries import course_of
from app.certificates.design import Look
from app.certificates.models import Certificate
from app.certificates.results import hides_results
from app.certificates.snapshots import Snapshot
from app.cohorts.models import Cohort, Enrolment
from app.cohorts.queries import cohorts_with_course, first_and_last_days
from app.errors import UserError
from app.records.models import Progress
from app.words import say

_LATER = aliased(Certificate)
_LAST = select(func.max(_LATER.issue)).where(_LATER.enrolment_id == Enrolment.id).correlate(Enrolment).scalar_subquery()


@dataclass(frozen=True)
class Candidate:
    """Somebody in a cohort, as far as certificates go."""

    enrolment: Enrolment
    name: str
    number: str
    progress: Progress | None
    last: Certificate | None
    """The newest certificate, whatever became of it."""

    @property
    def settled(self) -> bool:
        """Whether completion was worked out since anything changed."""
        return self.enrolment.revision == self.enrolment.settled

    @property
    def completed_on(self) -> date | None:
        """When they had met everything that the course asks for; None while they have not."""
        progress = self.progress
        return progress.completed_on if progress and progress.outcome == "completed" else None

    @property
    def standing(self) -> Certificate | None:
        """The certificate that nobody revoked."""
        return self.last if self.last and self.last.revoked_at is None else None

    @property
    def may_get_one(self) -> bool:
        return self.settled and self.completed_on is not None and self.standing is None


def candidates_in(db: Session, cohort_id: int) -> tuple[Candidate, ...]:
    """Everybody who is or was in a cohort, by number, in one statement."""
    return tuple(_candidate(row) for row in db.execute(_wanted().where(Enrolment.cohort_id == cohort_id)))


def candidate_of(db: Session, enrolment_id: int) -> Candidate:
    """One of them. Two who issue follow each other only by the turn that the caller took."""
    return _candidate(db.execute(_wanted().where(Enrolment.id == enrolment_id)).one())


def snapshots_of(db: Session, candidates: Iterable[Candidate], look: Look, *, now: datetime) -> Mapping[int, Snapshot]:
    """By enrolment what their certificates certify, in two statements and those for courses nobody has read yet.

    Raises UserError where a certificate would tell points before its owner may see them.
    """
    known = tuple(candidates)
    cohorts = _cohorts(db, {each.enrolment.cohort_id for each in known})
    if any(hides_results(db, cohort, now=now) for cohort in cohorts.values()):
        raise UserError(
            say("Some results are not out yet, and a certificate tells them. Ask the trainer to release them first.")
        )
    issued_on = now.astimezone(ZoneInfo(look.zone)).date()
    days = first_and_last_days(db, cohorts)
    return {each.enrolment.id: _snapshot(each, cohorts, days, look, issued_on) for each in known}


def _wanted() -> Select[Enrolment, str, str, Progress, Certificate]:
    return (
        select(Enrolment, Person.display_name, Person.number, Progress, Certificate)
        .join(Person, Person.id == Enrolment.person_id)
        .outerjoin(Progress, Progress.enrolment_id == Enrolment.id)
        .outerjoin(Certificate, and_(Certificate.enrolment_id == Enrolment.id, Certificate.issue == _LAST))
        .order_by(Person.number, Enrolment.id)
        .execution_options(populate_existing=True)  # completion is worked out behind the session's back
    )


def _candidate(row: Row[Enrolment, str, str, Progress, Certificate]) -> Candidate:
    enrolment, name, number, progress, last = row  # the last two are None where there is none
    return Candidate(enrolment, name, number, progress, last)


def _cohorts(db: Session, cohort_ids: Iterable[int]) -> Mapping[int, Cohort]:
    wanted = cohorts_with_course().where(Cohort.id.in_(list(cohort_ids)))
    return {cohort.id: cohort for cohort in db.scalars(wanted)}


def _snapshot(
    candidate: Candidate,
    cohorts: Mapping[int, Cohort],
    days: Mapping[int, tuple[date, date]],
    look: Look,
    issued_on: date,
) -> Snapshot:
    progress, cohort = candidate.progress, cohorts[candidate.enrolment.cohort_id]
    if progress is None or progress.completed_on is None:
        raise LookupError(f"enrolment {candidate.enrolment.id} is not completed")
    course = course_of(cohort.version)
    first, last = days.get(cohort.id, (None, None))
    return Snapshot(
        language=course.language,
        name=candidate.name,
        course=course.title,
        version=cohort.version.number,
        cohort=cohort.name,
        first_day=first,
        last_day=last,
        taught_minutes=progress.taught_minutes,
        attended_minutes=progress.attended_minutes,
        handed_in=progress.handed_in,
        required=progress.required,
        earned=progress.earned,
        possible=progress.possible,
        completed_on=progress.completed_on,
        issued_on=issued_on,
        issuer=look.issuer,
        **look.kept(),
    )
