"""Rows behind the back of the running server: a cohort with an attempt under way, and what is stored of it."""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import timedelta
from fractions import Fraction

from sqlalchemy import delete, func, select, update
from sqlalchemy.orm import Session

from app import clock
from app.accounts.models import Person, SignIn
from app.assessment import actions
from app.assessment.models import AnswerChange, Assignment, Attempt, AttemptMember, Submission
from app.assessment.queries import own_task, own_work, written_in
from app.assessment.rules import GRACE
from app.catalogue.queries import newest_version
from app.cohorts.models import Cohort
from app.db import Database
from app.marking.models import Claim
from app.marking.queries import markings_of
from tests.assessment.samples import begin as begin_one
from tests.assessment.samples import viewer_of
from tests.browser.site import COURSE, Account, Site
from tests.cohorts.samples import create_cohort

NEEDS = "needs-hierarchy"
PAPER = "/cohorts/{cohort}/exercises/{exercise}/paper/{enrolment}"


def begin(site: Site, exercise: str = NEEDS, *, course: str = COURSE) -> int:
    """A new cohort of a course with the trainee in it, and an attempt of theirs; its id."""
    with _writing(site) as db:
        trainee, trainer = (_person(db, account.number) for account in (site.trainee, site.trainer))
        version = newest_version(db, viewer_of(trainee), course.rpartition("/")[2])
        cohort = create_cohort(db, version, trainers=[trainer], trainees=[trainee], now=clock.now())
        task = own_task(db, viewer_of(trainee), cohort.id, exercise)
        return actions.start_attempt(db, task, by=trainee.id, now=clock.now()).id


def stored(site: Site, attempt_id: int, *, once: Mapping[str, str] | None = None) -> dict[str, str]:
    """What the server has of an attempt; `once` that is this, or after fifteen seconds."""
    until = time.monotonic() + 15
    while True:
        with _writing(site) as db:
            found = dict(written_in(db, attempt_id).values)
        if once is None or found == once or time.monotonic() > until:
            return found
        time.sleep(0.2)


def conflicts(site: Site, attempt_id: int) -> list[tuple[str, str, str]]:
    with _writing(site) as db:
        return [(each.field, each.stands, each.other) for each in written_in(db, attempt_id).conflicts]


def saves(site: Site, attempt_id: int) -> int:
    with _writing(site) as db:
        wanted = select(func.count()).select_from(AnswerChange).where(AnswerChange.attempt_id == attempt_id)
        return db.scalar(wanted) or 0


def restore_first(site: Site, attempt_id: int) -> None:
    """Leave of an attempt what a backup had that was made after its first save."""
    with _writing(site) as db:
        first = select(func.min(AnswerChange.id)).where(AnswerChange.attempt_id == attempt_id).scalar_subquery()
        db.execute(delete(AnswerChange).where(AnswerChange.attempt_id == attempt_id, AnswerChange.id > first))


def submissions(site: Site, attempt_id: int) -> int:
    with _writing(site) as db:
        wanted = select(func.count()).select_from(Submission).where(Submission.attempt_id == attempt_id)
        return db.scalar(wanted) or 0


def end_sign_ins(site: Site) -> None:
    """Sign the trainee out everywhere, as an admin or another device does."""
    with _writing(site) as db:
        person = _person(db, site.trainee.number)
        db.execute(update(SignIn).where(SignIn.person_id == person.id).values(ended_at=clock.now()))


def forget_language(site: Site, account: Account | None = None) -> None:
    """Let the pages of somebody, or of the trainee, be in the language of their browser again."""
    with _writing(site) as db:
        _person(db, (account or site.trainee).number).language = None


def close(site: Site, attempt_id: int) -> None:
    """Let the exercise of an attempt have closed a minute ago: what arrives now does not count any more."""
    with _writing(site) as db:
        attempt = db.get_one(Attempt, attempt_id)
        db.get_one(Assignment, attempt.assignment_id).closes_at = clock.now() - timedelta(minutes=1)


def end_in(site: Site, attempt_id: int, seconds: float, *, minutes: int) -> None:
    """Let an attempt, limited to so many minutes, end so many seconds from now."""
    with _writing(site) as db:
        attempt = db.get_one(Attempt, attempt_id)
        db.get_one(Assignment, attempt.assignment_id).minutes = minutes
        attempt.ends_at = clock.now() + timedelta(seconds=seconds)
        attempt.sweep_at = attempt.ends_at + GRACE


def paper_of(site: Site, attempt_id: int) -> str:
    """Where a trainer types in what the person of an attempt wrote on paper."""
    with _writing(site) as db:
        attempt = db.get_one(Attempt, attempt_id)
        given = db.get_one(Assignment, attempt.assignment_id)
        wanted = select(AttemptMember.enrolment_id).where(AttemptMember.attempt_id == attempt_id)
        return PAPER.format(cohort=given.cohort_id, exercise=given.exercise, enrolment=db.scalars(wanted).one())


def _person(db: Session, number: str) -> Person:
    return db.scalars(select(Person).where(Person.number == number)).one()


@contextmanager
def _writing(site: Site) -> Iterator[Session]:
    database = Database(site.database_url)
    try:
        with database.transaction() as db:
            yield db
    finally:
        database.engine.dispose()


def hand_in_several(site: Site, count: int, exercise: str = NEEDS) -> tuple[int, ...]:
    """A new cohort of the trainer with so many people, each of whom has handed in a blank sheet; ids by name."""
    with _writing(site) as db:
        trainer = _person(db, site.trainer.number)
        known = db.scalar(select(func.count()).select_from(Person)) or 0
        people = [
            Person(number=f"B{known + n}", display_name=f"{known + n:04}", created_at=clock.now()) for n in range(count)
        ]
        db.add_all(people)
        db.flush()
        version = newest_version(db, viewer_of(trainer), COURSE.rpartition("/")[2])
        cohort = create_cohort(db, version, trainers=[trainer], trainees=people, now=clock.now())
        return tuple(begin_one(db, cohort, each, handed_in=True, exercise=exercise).id for each in people)


def hand_in_different(site: Site, texts: Sequence[str], exercise: str = NEEDS) -> tuple[int, tuple[int, ...]]:
    """The same with a text of each in one of the fields; the cohort, and the attempts by name."""
    with _writing(site) as db:
        trainer = _person(db, site.trainer.number)
        known = db.scalar(select(func.count()).select_from(Person)) or 0
        people = [
            Person(number=f"B{known + n}", display_name=f"{known + n:04}", created_at=clock.now())
            for n in range(len(texts))
        ]
        db.add_all(people)
        db.flush()
        version = newest_version(db, viewer_of(trainer), COURSE.rpartition("/")[2])
        cohort = create_cohort(db, version, trainers=[trainer], trainees=people, now=clock.now())
        return cohort.id, tuple(
            _says(db, cohort, person, exercise, text) for person, text in zip(people, texts, strict=True)
        )


def _says(db: Session, cohort: Cohort, person: Person, exercise: str, text: str) -> int:
    viewer, now = viewer_of(person), clock.now()
    attempt = actions.start_attempt(db, own_task(db, viewer, cohort.id, exercise), by=person.id, now=now)
    work = own_work(db, viewer, attempt.id)
    name = next(name for name in sorted(work.sheet.names) if name not in work.sheet.choices)
    actions.save_fields(db, work, actions.Save("phone", 1, 0, {name: text}), by=person.id, now=now)
    actions.hand_in(db, work, actions.graded(work.spec, written_in(db, attempt.id)), by=person.id, now=now)
    return attempt.id


def points_given(site: Site, attempt_id: int) -> list[Fraction | None]:
    """What trainers gave an attempt, oldest first."""
    with _writing(site) as db:
        return [each.mark.earned for each in markings_of(db, attempt_id) if each.by_person]


def claimed(site: Site) -> set[int]:
    """The answers that somebody is at."""
    with _writing(site) as db:
        return set(db.scalars(select(Claim.attempt_id)))
