"""Reading discussions: where a party is, who leads it, and what its trainer says to it."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Select, and_, exists, select
from sqlalchemy.orm import Session, aliased

from app.accounts.models import Person
from app.assessment.models import Attempt, AttemptMember
from app.assessment.queries import Work, own_work, trained_work
from app.catalogue.models import CourseVersion
from app.catalogue.queries import course_of
from app.classroom.groups import told_apart
from app.classroom.models import GroupMember
from app.cohorts.models import Enrolment
from app.errors import NotFound
from app.exercises import Spec
from app.teamwork.discussion import Member, Standing, leader_among, standing, steps_of
from app.teamwork.models import Discussion, TrainerWord
from app.web.guards import NOTHING_HERE
from app.web.viewing import Viewer

_EARLIER = aliased(Attempt)
_REVISES = (
    exists()
    .where(_EARLIER.group_id == Attempt.group_id, _EARLIER.assignment_id == Attempt.assignment_id)
    .where(_EARLIER.id < Attempt.id, _EARLIER.returned_at.is_not(None))
)
"""Whether a trainer gave an earlier attempt of the same party back, so that it goes on with its answer."""


@dataclass(frozen=True)
class Word:
    """What a trainer says to a party."""

    id: int
    text: str
    by: str
    at: datetime


@dataclass(frozen=True)
class Talk:
    """A party's discussion."""

    stage: str
    """As it was put down; "" where nobody has led it on yet, "record" where a trainer gave the sheet back."""
    since: datetime
    members: tuple[Member, ...]
    """By their enrolment."""
    leader: Member | None
    words: tuple[Word, ...]
    """What its trainer says, oldest first."""

    def standing(self, spec: Spec, *, in_class: bool = True) -> Standing:
        """Where it is among the stages of its exercise."""
        return standing(steps_of(spec, in_class=in_class), self.stage, self.since)

    def is_led_by(self, person_id: int) -> bool:
        return self.leader is not None and self.leader.person_id == person_id


def is_party(work: Work) -> bool:
    """Whether a pair or group works on an attempt."""
    return work.attempt.group_id is not None


def party_work(db: Session, viewer: Viewer, attempt_id: int) -> tuple[Work, bool]:
    """An attempt of a party, to be changed, and whether the viewer trains it rather than belongs to it.

    Raises NotFound, also for what somebody does alone.
    """
    try:
        work, trains = own_work(db, viewer, attempt_id, to_change=True), False
    except NotFound:
        work, trains = trained_work(db, viewer, attempt_id, to_change=True), True
    if not is_party(work):
        raise NotFound(NOTHING_HERE)
    return work, trains


def trained_party(db: Session, viewer: Viewer, attempt_id: int, *, to_change: bool = False) -> Work:
    """An attempt of a party that the viewer trains. Raises NotFound."""
    work = trained_work(db, viewer, attempt_id, to_change=to_change)
    if not is_party(work):
        raise NotFound(NOTHING_HERE)
    return work


def is_in_class(version: CourseVersion, exercise: str) -> bool:
    """Whether a course has a time in class for an exercise: only there the minutes of its stages are counted."""
    return any(exercise in slot.exercise for session in course_of(version).sessions for slot in session.slots)


def talk_of(db: Session, attempt_id: int) -> Talk:
    """The discussion of a party. Two statements."""
    return talks_of(db, [attempt_id])[attempt_id]


def talks_of(db: Session, attempt_ids: Collection[int]) -> dict[int, Talk]:
    """The discussions of some attempts. Two statements."""
    words = words_to(db, attempt_ids)
    rows: dict[int, list[Any]] = {}
    for row in db.execute(_talks(attempt_ids)):
        rows.setdefault(row.attempt_id, []).append(row)
    return {each: _talk(found, words[each]) for each, found in rows.items()}


def words_to(db: Session, attempt_ids: Collection[int]) -> Mapping[int, tuple[Word, ...]]:
    """What trainers say to some parties, oldest first, without what they took back. One statement."""
    rows = db.execute(
        select(TrainerWord.attempt_id, TrainerWord.id, TrainerWord.text, Person.display_name, TrainerWord.at)
        .outerjoin(Person, Person.id == TrainerWord.by_id)
        .where(TrainerWord.attempt_id.in_(attempt_ids), TrainerWord.taken_back_at.is_(None))
        .order_by(TrainerWord.id)
    )
    found: dict[int, tuple[Word, ...]] = dict.fromkeys(attempt_ids, ())
    for attempt_id, word_id, text, by, at in rows:
        found[attempt_id] += (Word(word_id, text, by or "", at),)
    return found


def _talks(attempt_ids: Collection[int]) -> Select[Any]:
    """A row for each member who is still in the cohort, and others for those who are not."""
    in_its_group = and_(GroupMember.enrolment_id == Enrolment.id, GroupMember.group_id == Attempt.group_id)
    return (
        select(Attempt.id.label("attempt_id"), Attempt.started_at, _REVISES.label("revises"))
        .add_columns(Discussion.leader_id, Discussion.stage, Discussion.since)
        .add_columns(Enrolment.id.label("enrolment_id"), Enrolment.person_id, GroupMember.leads)
        .add_columns(Person.display_name, Person.number)
        .outerjoin(AttemptMember, AttemptMember.attempt_id == Attempt.id)
        .outerjoin(Enrolment, (Enrolment.id == AttemptMember.enrolment_id) & Enrolment.withdrawn_at.is_(None))
        .outerjoin(Person, Person.id == Enrolment.person_id)
        .outerjoin(GroupMember, in_its_group)
        .outerjoin(Discussion, Discussion.attempt_id == Attempt.id)
        .where(Attempt.id.in_(attempt_ids))
        .order_by(Attempt.id, Enrolment.id)
    )


def _talk(rows: Sequence[Any], words: tuple[Word, ...]) -> Talk:
    first = rows[0]
    there = [row for row in rows if row.enrolment_id is not None]
    names = told_apart({row.enrolment_id: (row.display_name, row.number) for row in there})
    members = tuple(
        Member(row.enrolment_id, row.person_id, names[row.enrolment_id], leads_group=bool(row.leads)) for row in there
    )
    stage = first.stage or ("record" if first.revises else "")  # they have read and discussed it before
    return Talk(stage, first.since or first.started_at, members, leader_among(members, first.leader_id), words)
