"""Who is no stranger to an answer, and so does not review it."""

from __future__ import annotations

from sqlalchemy import ScalarSelect, select, union
from sqlalchemy.orm import Session, aliased

from app.assessment.models import AnswerChange, Assignment, AttemptMember
from app.classroom.models import GroupMember
from app.cohorts.models import Enrolment
from app.reviewing.queries import Facts


def kin_of(db: Session, facts: Facts) -> dict[int, frozenset[int]]:
    """Answer → who may not review it as a peer besides those who handed it in. One statement.

    Whoever typed in it before they left, and for what is done together whoever is in the group of one of its authors:
    somebody who was ill that day and answered alone is no stranger to it.
    """
    typed = (
        select(AnswerChange.attempt_id, Enrolment.id.label("who"))
        .join(Enrolment, Enrolment.person_id == AnswerChange.by_id)
        .where(AnswerChange.attempt_id.in_(facts.answers), Enrolment.cohort_id == _cohort_of(facts))
    )
    beside = aliased(GroupMember)
    mates = (
        select(AttemptMember.attempt_id, beside.enrolment_id.label("who"))
        .join(GroupMember, GroupMember.enrolment_id == AttemptMember.enrolment_id)
        .join(beside, beside.group_id == GroupMember.group_id)
        .where(AttemptMember.attempt_id.in_(facts.answers), GroupMember.work == facts.spec.work)
    )
    found: dict[int, set[int]] = {attempt_id: set(each.members) for attempt_id, each in facts.answers.items()}
    for attempt_id, who in db.execute(union(typed, mates)):
        found[attempt_id].add(who)
    return {attempt_id: frozenset(those) for attempt_id, those in found.items()}


def _cohort_of(facts: Facts) -> ScalarSelect[int]:
    return select(Assignment.cohort_id).where(Assignment.id == facts.round.assignment_id).scalar_subquery()
