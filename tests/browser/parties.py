"""Several people at one sheet, behind the back of the running server."""

from __future__ import annotations

from functools import cache

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from app import clock
from app.accounts.models import Person
from app.accounts.passwords import hash_password
from app.assessment.actions import add_attempt
from app.assessment.models import AttemptMember
from app.assessment.queries import own_task
from app.catalogue.queries import newest_version
from app.classroom.models import Group, GroupMember
from app.cohorts.models import Enrolment
from tests.assessment.samples import viewer_of
from tests.browser.attempts import _person, _writing
from tests.browser.site import Account, Site
from tests.cohorts.samples import create_cohort

NAMES = ("王思齐", "李娜", "赵一鸣", "周芷若", "Maria Gonzalez")
TEAM = "own-decision-team"
TEAM_COURSE = "/courses/account-relationship"
PASSWORD = "one for all of them"


@cache
def _hash() -> str:
    return hash_password(PASSWORD)


def sit_down(site: Site, count: int, exercise: str = TEAM, *, course: str = TEAM_COURSE) -> tuple[int, list[Account]]:
    """A new cohort of so many people who are one group, and their attempt under way; its id, and how they sign in."""
    with _writing(site) as db:
        people = [_known(db, f"G{number}", name) for number, name in enumerate(NAMES[:count])]
        trainer = _person(db, site.trainer.number)
        version = newest_version(db, viewer_of(people[0]), course.rpartition("/")[2])
        cohort = create_cohort(db, version, trainers=[trainer], trainees=people, now=clock.now())
        group = Group(cohort_id=cohort.id, work="group", name="第一组", created_at=clock.now())
        db.add(group)
        db.flush()
        task = own_task(db, viewer_of(people[0]), cohort.id, exercise)
        attempt = add_attempt(db, task, number=1, by=people[0].id, now=clock.now())
        attempt.group_id = group.id
        db.flush()
        enrolments = db.scalars(select(Enrolment).where(Enrolment.cohort_id == cohort.id)).all()
        for each in sorted(enrolments, key=lambda enrolment: enrolment.id):
            leads = each.person_id == people[0].id
            row = {"enrolment_id": each.id, "work": "group", "group_id": group.id, "joined_at": clock.now()}
            db.add(GroupMember(**row, leads=leads))
            if not leads:
                given = {"assignment_id": attempt.assignment_id, "number": 1}
                db.add(AttemptMember(attempt_id=attempt.id, enrolment_id=each.id, **given))
        return attempt.id, [Account(person.number, PASSWORD) for person in people]


def take_off(site: Site, attempt_id: int, account: Account) -> None:
    """Let somebody work on an attempt no more."""
    with _writing(site) as db:
        theirs = select(Enrolment.id).where(Enrolment.person_id == _person(db, account.number).id)
        row = delete(AttemptMember).where(AttemptMember.attempt_id == attempt_id)
        db.execute(row.where(AttemptMember.enrolment_id.in_(theirs)))


def _known(db: Session, number: str, name: str) -> Person:
    found = db.scalars(select(Person).where(Person.number == number)).one_or_none()
    if found is None:
        found = Person(number=number, display_name=name, created_at=clock.now(), password_hash=_hash())
        db.add(found)
        db.flush()
    return found
