"""A cohort with many answers to mark and several who mark them, for tests."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from sqlalchemy.orm import Session

from app.accounts.models import Person
from app.assessment import actions
from app.assessment.actions import Save
from app.assessment.queries import own_task, own_work, written_in
from app.catalogue.actions import publish_course
from app.cohorts.models import Cohort, Enrolment
from tests.assessment.samples import viewer_of
from tests.catalogue.samples import create_course
from tests.cohorts.samples import create_cohort
from tests.conftest import NOW

FIELD = "reason.evidence"


def create_class(
    db: Session, trainers: Sequence[Person], count: int, says: Callable[[int], str] = str
) -> tuple[Cohort, list[int]]:
    """A cohort of so many people, each of whom has handed in what `says` gives for their number; attempts in order."""
    people = [Person(number=f"Q{n:04}", display_name=f"学员{n:03}", created_at=NOW) for n in range(count)]
    db.add_all(people)
    db.flush()
    version = publish_course(db, create_course(), by=None, now=NOW)
    cohort = create_cohort(db, version, trainers=list(trainers), trainees=people)
    return cohort, [answered(db, cohort, person, says(n)) for n, person in enumerate(people)]


def join_class(db: Session, cohort: Cohort, count: int) -> list[int]:
    """More people come, and hand in."""
    people = [Person(number=f"R{n:04}", display_name=f"后来{n:03}", created_at=NOW) for n in range(count)]
    db.add_all(people)
    db.flush()
    db.add_all(Enrolment(cohort_id=cohort.id, person_id=each.id, enrolled_at=NOW) for each in people)
    db.flush()
    return [answered(db, cohort, person, f"后来 {n}") for n, person in enumerate(people)]


def answered(db: Session, cohort: Cohort, person: Person, text: str) -> int:
    """Somebody's answer, handed in."""
    viewer = viewer_of(person)
    attempt = actions.start_attempt(db, own_task(db, viewer, cohort.id, "needs"), by=person.id, now=NOW)
    work = own_work(db, viewer, attempt.id)
    if text:
        actions.save_fields(db, work, Save("phone", 1, 0, {FIELD: text}), by=person.id, now=NOW)
    actions.hand_in(db, work, actions.graded(work.spec, written_in(db, attempt.id)), by=person.id, now=NOW)
    return attempt.id
