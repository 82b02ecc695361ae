"""Reads about the people in a cohort, for those who manage it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from sqlalchemy import exists, func, select
from sqlalchemy.orm import Session, joinedload

from app.accounts.models import Department, Invitation, Person, Role
from app.accounts.queries import roles_of
from app.cohorts.models import Cohort, Enrolment
from app.errors import NotFound, UserError
from app.web.guards import NOTHING_HERE
from app.words import say

MemberState = Literal["active", "invited", "no-password", "closed"]
_HAS_ROLE = exists().where(Role.person_id == Person.id)


@dataclass(frozen=True)
class Member:
    """Somebody in a cohort, as its list shows them."""

    enrolment_id: int
    number: str
    display_name: str
    email: str
    department: str
    state: MemberState
    invited_until: datetime | None
    withdrawn_at: datetime | None
    has_role: bool

    @property
    def correctable(self) -> bool:
        """Whether a trainer may correct them: nobody else's account is touched by it yet."""
        return not self.has_role and self.state in {"invited", "no-password"} and self.withdrawn_at is None

    @property
    def gets_slip(self) -> bool:
        """Whether a trainer may print a code for them."""
        return not self.has_role and self.state != "closed" and self.withdrawn_at is None


def members_of(db: Session, cohort: Cohort, *, now: datetime) -> tuple[Member, ...]:
    """Everybody who is or was in a cohort, by number, in one statement."""
    until = (
        select(func.max(Invitation.expires_at))
        .where(Invitation.person_id == Person.id, Invitation.ended_at.is_(None), Invitation.expires_at > now)
        .correlate(Person)
        .scalar_subquery()
    )
    rows = (
        select(Enrolment.id, Enrolment.withdrawn_at, Person, Department.name, until, _HAS_ROLE)
        .join(Person, Person.id == Enrolment.person_id)
        .outerjoin(Department, Department.id == Person.department_id)
        .where(Enrolment.cohort_id == cohort.id)
        .order_by(Person.number)
    )
    return tuple(
        Member(
            number,
            person.number,
            person.display_name,
            person.email or "",
            department=department or "",
            state=_state(person, invited_until),
            invited_until=invited_until,
            withdrawn_at=withdrawn_at,
            has_role=has_role,
        )
        for number, withdrawn_at, person, department, invited_until, has_role in db.execute(rows)
    )


def enrolment_in(db: Session, cohort: Cohort, enrolment_id: int) -> Enrolment:
    """An enrolment of this cohort with its person. Raises NotFound."""
    found = (
        select(Enrolment)
        .options(joinedload(Enrolment.person, innerjoin=True))
        .where(Enrolment.id == enrolment_id, Enrolment.cohort_id == cohort.id)
    )
    enrolment = db.scalars(found).one_or_none()
    if enrolment is None:
        raise NotFound(NOTHING_HERE)
    return enrolment


def correctable_person(db: Session, cohort: Cohort, enrolment_id: int, *, to_change: bool = False) -> Person:
    """Somebody in this cohort whom a trainer may correct. Raises NotFound, and UserError for anybody else.

    `to_change`: nobody gives them a password or a role until the commit.
    """
    person = enrolment_in(db, cohort, enrolment_id).person
    if to_change:
        db.refresh(person, with_for_update={"key_share": True})
    if person.password_hash is not None or not person.active or roles_of(db, person.id):
        raise UserError(
            say(
                "{name} has an account of their own by now: only an administrator can change it.",
                name=person.display_name,
            )
        )
    return person


def people_for_slips(db: Session, cohort: Cohort, enrolment_id: int | None) -> tuple[Person, ...]:
    """Whom slips are to be printed for: one person, or all without a password. People with roles are left out.

    Raises UserError when it is nobody.
    """
    wanted = (
        select(Person)
        .join(Enrolment, Enrolment.person_id == Person.id)
        .where(Enrolment.cohort_id == cohort.id, Enrolment.withdrawn_at.is_(None), Person.active, ~_HAS_ROLE)
        .order_by(Person.number)
    )
    chosen = Person.password_hash.is_(None) if enrolment_id is None else Enrolment.id == enrolment_id
    people = tuple(db.scalars(wanted.where(chosen)))
    if not people:
        raise UserError(
            say("There is nobody to print a slip for: everybody here has a password, or a role of their own.")
        )
    return people


def _state(person: Person, invited_until: datetime | None) -> MemberState:
    if not person.active:
        return "closed"
    if person.password_hash is not None:
        return "active"
    return "invited" if invited_until else "no-password"
