"""Whoever works on an attempt together: who is taken in when it begins, who joins, who leaves, who is put on or off.

A member is a row of AttemptMember; marks, completion and tables of a person follow it.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from sqlalchemy import Select, delete, func, select
from sqlalchemy.orm import Session

from app.accounts.actions import record
from app.accounts.models import Person
from app.assessment.marks import raise_revision, refuse_if_final
from app.assessment.models import Assignment, Attempt, AttemptMember, Submission
from app.assessment.queries import Task, Work, extra_minutes, take_turn, times_of
from app.assessment.rules import attempts_left, end_of, is_over, seed_for, sweep_time
from app.assessment.standing import is_under_way, refuse_unless_writable
from app.classroom.groups import Companion, Party, away_now, by_enrolment, parties_in, party_for
from app.cohorts.actions import refuse_archived
from app.cohorts.models import Enrolment
from app.db import one_at_a_time
from app.errors import UserError
from app.exercises import Spec
from app.words import say

TOGETHER = ("pairs", "group")


@dataclass(frozen=True)
class Tries:
    """What one person has behind them at an exercise."""

    number: int = 0
    """Of the newest attempt; 0 where there is none."""
    used: int = 0
    """How many count against the number of attempts."""
    under_way: Attempt | None = None


def party_of(db: Session, task: Task) -> Party | None:
    """The pair or group of a task's person; None where they work alone. One statement, none for what is done alone."""
    return party_for(db, task.enrolment.id, task.spec.work) if task.spec.work in TOGETHER else None


def members_of(db: Session, attempt_ids: Collection[int]) -> dict[int, tuple[Companion, ...]]:
    """Attempt → who works on it, withdrawn people among them, by number. One statement."""
    rows = db.execute(
        select(AttemptMember.attempt_id, Enrolment.id, Person.id, Person.number, Person.display_name)
        .join(Enrolment, Enrolment.id == AttemptMember.enrolment_id)
        .join(Person, Person.id == Enrolment.person_id)
        .where(AttemptMember.attempt_id.in_(attempt_ids))
        .order_by(Person.number)
    )
    found: dict[int, tuple[Companion, ...]] = dict.fromkeys(attempt_ids, ())
    for attempt_id, enrolment_id, person_id, number, name in rows:
        found[attempt_id] += (Companion(enrolment_id, person_id, number, name),)
    return found


def member_ids(attempt_id: int) -> Select[int]:
    """The enrolments of everybody on an attempt."""
    return select(AttemptMember.enrolment_id).where(AttemptMember.attempt_id == attempt_id)


def next_number(before: Sequence[tuple[Attempt, int, Submission | None]]) -> int:
    """The number of the attempt after these of one person, oldest first; they may have been taken off one of them."""
    return before[-1][1] + 1 if before else 1


def in_turn(db: Session, task: Task) -> Party | None:
    """The party of a task; until the commit nobody else begins, joins, leaves or hands in an attempt of it."""
    party = party_of(db, task)
    ids = {task.enrolment.id}
    if party is not None:
        one_at_a_time(db, f"group {party.group_id}")
        if (open_id := db.scalar(_newest_of(party.group_id, task).with_only_columns(Attempt.id))) is not None:
            take_turn(db, open_id)
        ids |= {each.enrolment_id for each in party.members}
    for enrolment_id in sorted(ids):  # all in the same order, so that two parties never wait for each other
        one_at_a_time(db, f"attempts of {enrolment_id}")
    return party


def under_way_of(db: Session, task: Task, party: Party, now: datetime) -> Attempt | None:
    """The attempt that a pair or group has begun and not handed in, which whoever is not on it may join."""
    row = db.execute(_newest_of(party.group_id, task)).first()
    return row.Attempt if row and is_under_way(row.Attempt, row.Submission, task.times, now) else None


def variant_of(db: Session, task: Task, party: Party | None, number: int) -> int:
    """Which variant somebody has in an attempt that is not begun: of a party all have the same."""
    if party is None:
        return seed_for(task.enrolment.id, task.exercise, number)
    begun = groups_begun(db, task.cohort.id, task.exercise).get(party.group_id, 0)
    return party_seed(party, task.exercise, begun)


def party_seed(party: Party, exercise: str, begun: int) -> int:
    """The variant of the next attempt of a party that has begun so many."""
    return seed_for(f"group {party.group_id}", exercise, begun + 1)


def groups_begun(db: Session, cohort_id: int, exercise: str) -> Mapping[int, int]:
    """Group → how many attempts it has begun at an exercise. One statement."""
    rows = db.execute(
        select(Attempt.group_id, func.count())
        .join(Assignment, Assignment.id == Attempt.assignment_id)
        .where(Assignment.cohort_id == cohort_id, Assignment.exercise == exercise, Attempt.group_id.is_not(None))
        .group_by(Attempt.group_id)
    )
    return {group_id: begun for group_id, begun in rows if group_id is not None}


@dataclass(frozen=True)
class Ahead:
    """The attempt that a pair or group would begin next."""

    party: Party
    seed: int

    @property
    def enrolment_ids(self) -> tuple[int, ...]:
        return tuple(each.enrolment_id for each in self.party.members)


def attempts_ahead(db: Session, cohort_id: int, exercise: str, work: str) -> Mapping[int, Ahead]:
    """Enrolment → what their party has next. Two statements, none for what is done alone."""
    if work not in TOGETHER:
        return {}
    parties, begun = by_enrolment(parties_in(db, cohort_id, work)), groups_begun(db, cohort_id, exercise)
    return {
        each: Ahead(party, party_seed(party, exercise, begun.get(party.group_id, 0))) for each, party in parties.items()
    }


def taken_in(db: Session, task: Task, party: Party | None, *, number: int, now: datetime) -> Mapping[int, int]:
    """Enrolment → number, for everybody on an attempt that somebody begins as their `number`.

    With them those of their party who are there today, are on no other sheet of it, and have not done more than they:
    nobody is drawn into a further attempt by somebody who comes to their first.
    """
    own = {task.enrolment.id: number}
    others = [each.enrolment_id for each in party.members if each.enrolment_id != task.enrolment.id] if party else []
    if not others:
        return own
    away, tries = away_now(db, task.cohort, now), _tries(db, task, others, now)
    free = (each for each in others if each not in away and _may_be_drawn_in(tries[each], task, number))
    return own | {each: tries[each].number + 1 for each in free}


def add_members(db: Session, attempt: Attempt, numbers: Mapping[int, int]) -> None:
    """Put people on an attempt. Enrolment → the number that it is for them."""
    rows = (
        AttemptMember(
            attempt_id=attempt.id, enrolment_id=enrolment_id, assignment_id=attempt.assignment_id, number=number
        )
        for enrolment_id, number in numbers.items()
    )
    db.add_all(rows)


def join_attempt(db: Session, task: Task, attempt: Attempt, *, by: int, now: datetime) -> Attempt:
    """Go on with the attempt of one's pair or group. Twice does it once; the caller has the turns of the party.

    Raises UserError where it takes nobody any more.
    """
    members = set(db.scalars(member_ids(attempt.id)))
    if task.enrolment.id in members:
        return attempt
    refuse_archived(task.cohort)
    if db.get(Submission, attempt.id, populate_existing=True) is not None or attempt.returned_at is not None:
        raise UserError(say("This was handed in already, and takes nobody any more."))
    if is_over(attempt.ends_at, now):
        raise UserError(say("The time of your group for this exercise is over."))
    tries = _tries(db, task, [task.enrolment.id], now)[task.enrolment.id]
    _refuse_unless_left(tries, task.spec)
    _put(db, attempt, task.enrolment.id, tries)
    record(db, "attempt-joined", Attempt, object_id=attempt.id, by=by, now=now, enrolment=str(task.enrolment.id))
    _extend(db, attempt, task.cohort.id, task.exercise)
    return attempt


def leave_attempt(db: Session, work: Work, *, by: int, now: datetime) -> None:
    """Take oneself off an attempt under way; what one wrote stays. The caller has its turn.

    Raises UserError for the last one, and where it was handed in.
    """
    refuse_unless_writable(work, now)
    one_at_a_time(db, f"attempts of {work.enrolment.id}")
    _refuse_last(db, work)
    _take_off(db, work, work.enrolment.id)
    record(db, "attempt-left", Attempt, object_id=work.attempt.id, by=by, now=now, enrolment=str(work.enrolment.id))


def take_off(db: Session, work: Work, enrolment: Enrolment, *, by: int, now: datetime) -> None:
    """Take somebody off an attempt as its trainer: its marks are theirs no more. Twice does it once.

    The caller has the turn of the attempt. Raises UserError where marks are final.
    """
    refuse_archived(work.cohort)
    refuse_if_final(work, now)
    one_at_a_time(db, f"attempts of {enrolment.id}")
    if enrolment.id not in set(db.scalars(member_ids(work.attempt.id))):
        return
    _refuse_last(db, work)
    raise_revision(db, work)  # while they are still among those whose completion it may change
    _take_off(db, work, enrolment.id)
    record(db, "member-taken-off", Attempt, object_id=work.attempt.id, by=by, now=now, enrolment=str(enrolment.id))


def put_on(db: Session, work: Work, enrolment: Enrolment, *, by: int, now: datetime) -> None:
    """Put somebody on an attempt as its trainer: its marks are theirs, too. Twice does it once.

    A sheet that they had begun alone is given back for it. The caller has the turn of the attempt. Raises UserError
    where they are on another sheet with others, have handed in one of their own, or where marks are final.
    """
    refuse_archived(work.cohort)
    refuse_if_final(work, now)
    if work.attempt.returned_at is not None:
        raise UserError(say("This attempt was given back: look at the newest one."))
    one_at_a_time(db, f"attempts of {enrolment.id}")
    if enrolment.id in set(db.scalars(member_ids(work.attempt.id))):
        return
    exercise = work.assignment.exercise
    task = Task(work.cohort, work.version, work.course_slug, enrolment, exercise, work.times)
    tries = _tries(db, task, [enrolment.id], now)[enrolment.id]
    if tries.under_way is not None:
        tries = _without_their_own(db, tries, tries.under_way, by=by, now=now)
    _refuse_unless_left(tries, work.spec)
    _put(db, work.attempt, enrolment.id, tries)
    if work.submission is None:
        _extend(db, work.attempt, work.cohort.id, exercise)
    raise_revision(db, work)
    record(db, "member-put-on", Attempt, object_id=work.attempt.id, by=by, now=now, enrolment=str(enrolment.id))


def possible_members(db: Session, work: Work) -> tuple[Companion, ...]:
    """Everybody in the cohort who is not on an attempt, by number. One statement."""
    rows = db.execute(
        select(Enrolment.id, Person.id, Person.number, Person.display_name)
        .join(Person, Person.id == Enrolment.person_id)
        .where(Enrolment.cohort_id == work.cohort.id, Enrolment.withdrawn_at.is_(None))
        .where(Enrolment.id.not_in(member_ids(work.attempt.id)))
        .order_by(Person.number)
    )
    return tuple(Companion(*row) for row in rows)


def _newest_of(group_id: int, task: Task) -> Select[Attempt, Submission]:
    return (
        select(Attempt, Submission)
        .join(Assignment, Assignment.id == Attempt.assignment_id)
        .outerjoin(Submission, Submission.attempt_id == Attempt.id)
        .where(Attempt.group_id == group_id, Attempt.returned_at.is_(None), Submission.attempt_id.is_(None))
        .where(Assignment.cohort_id == task.cohort.id, Assignment.exercise == task.exercise)
        .order_by(Attempt.id.desc())
        .limit(1)
    )


def _tries(db: Session, task: Task, enrolment_ids: Sequence[int], now: datetime) -> Mapping[int, Tries]:
    """Enrolment → what they have behind them. One statement."""
    rows = db.execute(
        select(AttemptMember.enrolment_id, AttemptMember.number, Attempt, Submission)
        .join(Attempt, Attempt.id == AttemptMember.attempt_id)
        .join(Assignment, Assignment.id == Attempt.assignment_id)
        .outerjoin(Submission, Submission.attempt_id == Attempt.id)
        .where(AttemptMember.enrolment_id.in_(enrolment_ids), Assignment.exercise == task.exercise)
        .order_by(AttemptMember.number)
    )
    found = dict.fromkeys(enrolment_ids, Tries())
    for enrolment_id, number, attempt, submission in rows:
        used = found[enrolment_id].used + (attempt.returned_at is None)
        is_open = attempt.returned_at is None and is_under_way(attempt, submission, task.times, now)
        found[enrolment_id] = Tries(number, used, attempt if is_open else None)
    return found


def _may_be_drawn_in(tries: Tries, task: Task, number: int) -> bool:
    return not tries.under_way and tries.number < number and attempts_left(task.spec, tries.used)


def _without_their_own(db: Session, tries: Tries, own: Attempt, *, by: int, now: datetime) -> Tries:
    """What somebody has behind them once the sheet that they began alone is given back; it can still be read."""
    if len(db.scalars(member_ids(own.id)).all()) > 1:
        raise UserError(say("They are on another sheet of this exercise that is under way. They can leave it first."))
    take_turn(db, own.id)
    own.returned_at, own.returned_by_id, own.sweep_at = now, by, None
    record(db, "attempt-returned", Attempt, object_id=own.id, by=by, now=now)
    return replace(tries, used=tries.used - 1, under_way=None)


def _refuse_unless_left(tries: Tries, spec: Spec) -> None:
    if not attempts_left(spec, tries.used):
        raise UserError(say("All attempts at this exercise are used."))


def _refuse_last(db: Session, work: Work) -> None:
    if len(db.scalars(member_ids(work.attempt.id)).all()) < 2:
        raise UserError(say("Nobody else is on this sheet: the last one stays on it."))


def _put(db: Session, attempt: Attempt, enrolment_id: int, tries: Tries) -> None:
    add_members(db, attempt, {enrolment_id: tries.number + 1})
    db.flush()


def _take_off(db: Session, work: Work, enrolment_id: int) -> None:
    of_them = AttemptMember.attempt_id == work.attempt.id, AttemptMember.enrolment_id == enrolment_id
    db.execute(delete(AttemptMember).where(*of_them))


def _extend(db: Session, attempt: Attempt, cohort_id: int, exercise: str) -> None:
    """Of those who work together the one who has most extra time has it for all."""
    extra = extra_minutes(db, cohort_id, exercise, db.scalars(member_ids(attempt.id)).all())
    if not extra:
        return
    one_at_a_time(db, f"assignments of {cohort_id}")  # a trainer may be moving its times
    assignment = db.get_one(Assignment, attempt.assignment_id, populate_existing=True)
    db.refresh(attempt)
    end = end_of(times_of(assignment), started_at=attempt.started_at, extra=extra)
    if attempt.ends_at is not None and end is not None and end > attempt.ends_at:
        attempt.ends_at, attempt.sweep_at = end, sweep_time(end, started_at=attempt.started_at)
