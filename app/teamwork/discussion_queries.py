"""Reading discussions: where a party is, who leads it, and what its trainer says to it."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Select, and_, select
from sqlalchemy.orm import Session

from app.accounts.models import Person
from app.assessment.models import Attempt, AttemptMember
from app.assessment.queries import Work, own_work, trained_work
from app.classroom.models import GroupMember
from app.cohorts.models import Enrolment
from app.errors import NotFound
from app.exercises import Spec
from app.teamwork.discussion import Member, Standing, leader_among, standing, steps_of
from app.teamwork.models import Discussion, TrainerWord
from app.web.guards import NOTHING_HERE
from app.web.viewing import Viewer


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
    """As it was put down; "" where nobody has led it on yet."""
    since: datetime
    members: tuple[Member, ...]
    """By their enrolment."""
    leader: Member | None
    words: tuple[Word, ...]
    """What its trainer says, oldest first."""

    def standing(self, spec: Spec) -> Standing:
        """Where it is among the stages of its exercise."""
        return standing(steps_of(spec), self.stage, self.since)

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
        select(Attempt.id.label("attempt_id"), Attempt.started_at)
        .add_columns(Discussion.leader_id, Discussion.stage, Discussion.since)
        .add_columns(Enrolment.id.label("enrolment_id"), Enrolment.person_id, Person.display_name, GroupMember.leads)
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
    members = tuple(
        Member(row.enrolment_id, row.person_id, row.display_name, leads_group=bool(row.leads))
        for row in rows
        if row.enrolment_id is not None
    )
    since = first.since or first.started_at
    return Talk(first.stage or "", since, members, leader_among(members, first.leader_id), words)
