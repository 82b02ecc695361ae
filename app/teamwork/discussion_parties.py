"""All pairs or groups of a cohort at one exercise, as their trainer walks from one to the next."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from sqlalchemy import Select, func, select
from sqlalchemy.orm import Session

from app.accounts.models import Person
from app.assessment.models import AnswerChange, Assignment, Attempt, Submission
from app.assessment.queries import written_up_to
from app.assessment.sheets import Sheet, sheet_for, sheet_name, spec_of
from app.catalogue.models import CourseVersion
from app.classroom.groups import away_now
from app.classroom.models import Group, GroupMember
from app.cohorts.models import Cohort, Enrolment
from app.exercises import Spec
from app.teamwork.discussion import Stage, Standing
from app.teamwork.discussion_queries import Talk, is_in_class, talks_of
from app.teamwork.live import HERE_FOR
from app.teamwork.models import Presence


@dataclass(frozen=True)
class Party:
    """A pair or group at an exercise."""

    group_id: int
    name: str
    names: tuple[str, ...]
    """Of those who work on it; of those in the group, where it has not begun."""
    attempt_id: int | None = None
    """None: it has not begun."""
    talk: Talk | None = None
    where: Standing | None = None
    filled: int = 0
    """Questions that are answered."""
    asked: int = 0
    fields: int = 0
    """Fields in which something stands: a table that grows is one question, however many rows it has."""
    changed_at: datetime | None = None
    handed_in_at: datetime | None = None
    present: tuple[str, ...] = ()
    """Of its members, those whose page of the sheet is open."""
    away: tuple[str, ...] = ()
    """Of its members, those who are ticked as not there today: whoever is on a sheet stays on it for all that."""

    @property
    def under_way(self) -> Standing | None:
        """Where it is in its discussion; None where it has not begun, or has handed in."""
        return self.where if self.handed_in_at is None else None


def parties_at(db: Session, cohort: Cohort, exercise: str, work: str, *, now: datetime) -> tuple[Party, ...]:
    """The pairs or groups of a cohort by name, each with its newest attempt. Eight statements, however many."""
    rows = db.execute(_groups(cohort, exercise, work)).all()
    specs, sheets = _read(db, exercise, rows)
    talks, in_group = talks_of(db, list(specs)), _names(db, [row.id for row in rows])
    written = written_up_to(db, {row.attempt_id: row.counts or 0 for row in rows if row.attempt_id})
    here, away = _present(db, list(specs), now), away_now(db, cohort, now)
    in_class = is_in_class(db.get_one(CourseVersion, cohort.version_id), exercise)
    found = (
        replace(
            _begun(row, talks[each], talks[each].standing(specs[each], in_class=in_class), here=here[each], away=away),
            filled=sum(not question.is_blank(written[each].values) for question in sheets[each].questions),
            asked=len(sheets[each].questions),
            fields=sum(1 for name in sheets[each].names if written[each].values.get(name, "").strip()),
        )
        if (each := row.attempt_id)
        else Party(row.id, row.name, in_group[row.id])
        for row in rows
    )
    return tuple(party for party in found if party.names)


def under_way(db: Session, cohort: Cohort, exercise: str, work: str) -> dict[int, Standing]:
    """Where the parties are that have not handed in, by their attempts."""
    rows = [row for row in db.execute(_groups(cohort, exercise, work)) if row.attempt_id and row.at is None]
    specs, _ = _read(db, exercise, rows)
    return {each: talk.standing(specs[each]) for each, talk in talks_of(db, list(specs)).items()}


def next_for_all(parties: Iterable[Party]) -> Stage | None:
    """Where all go on to: what comes after the stage of whoever is furthest behind. None where nobody is under way."""
    standings = [party.under_way for party in parties if party.under_way]
    behind = min(standings, key=lambda each: each.number, default=None)
    return behind.after if behind else None


def _groups(cohort: Cohort, exercise: str, work: str) -> Select[Any]:
    """Every group with its newest attempt that was not given back, and the last change that counts of it."""
    newest = (
        select(Attempt.group_id, func.max(Attempt.id).label("attempt_id"))
        .join(Assignment, Assignment.id == Attempt.assignment_id)
        .where(Assignment.cohort_id == cohort.id, Assignment.exercise == exercise)
        .where(Attempt.group_id.is_not(None), Attempt.returned_at.is_(None))
        .group_by(Attempt.group_id)
        .subquery()
    )
    last = (
        select(AnswerChange.attempt_id, func.max(AnswerChange.id).label("id"), func.max(AnswerChange.at).label("at"))
        .join(newest, newest.c.attempt_id == AnswerChange.attempt_id)
        .where(AnswerChange.late.is_(False))
        .group_by(AnswerChange.attempt_id)
        .subquery()
    )
    return (
        select(Group.id, Group.name, newest.c.attempt_id, Attempt.seed, Attempt.carried, Attempt.version_id)
        .add_columns(Submission.at, func.coalesce(Submission.change_id, last.c.id).label("counts"))
        .add_columns(last.c.at.label("changed_at"))
        .outerjoin(newest, newest.c.group_id == Group.id)
        .outerjoin(Attempt, Attempt.id == newest.c.attempt_id)
        .outerjoin(Submission, Submission.attempt_id == Attempt.id)
        .outerjoin(last, last.c.attempt_id == Attempt.id)
        .where(Group.cohort_id == cohort.id, Group.work == work)
        .order_by(Group.id)
    )


def _read(db: Session, exercise: str, rows: Iterable[Any]) -> tuple[Mapping[int, Spec], Mapping[int, Sheet]]:
    """The exercise of each attempt as its party meets it, and its sheet."""
    begun = [row for row in rows if row.attempt_id]
    versions = {each: db.get_one(CourseVersion, each) for each in {row.version_id for row in begun}}  # mostly one
    specs, sheets = {}, {}
    for row in begun:
        version, party = versions[row.version_id], {"seed": row.seed, "carried": row.carried}
        specs[row.attempt_id] = spec = spec_of(version, exercise, **party)
        sheets[row.attempt_id] = sheet_for(sheet_name(version, exercise, spec, **party), spec)
    return specs, sheets


def _names(db: Session, group_ids: Iterable[int]) -> Mapping[int, tuple[str, ...]]:
    """Who is in each group by now."""
    found: defaultdict[int, tuple[str, ...]] = defaultdict(tuple)
    rows = db.execute(
        select(GroupMember.group_id, Person.display_name)
        .join(Enrolment, Enrolment.id == GroupMember.enrolment_id)
        .join(Person, Person.id == Enrolment.person_id)
        .where(GroupMember.group_id.in_(group_ids))
        .order_by(Enrolment.id)
    )
    for group_id, name in rows:
        found[group_id] += (name,)
    return found


def _present(db: Session, attempt_ids: Iterable[int], now: datetime) -> Mapping[int, frozenset[int]]:
    """Whose page of each sheet is open, by their enrolments."""
    found: defaultdict[int, frozenset[int]] = defaultdict(frozenset)
    rows = db.execute(
        select(Presence.attempt_id, Presence.enrolment_id).where(
            Presence.attempt_id.in_(attempt_ids), Presence.seen_at > now - HERE_FOR
        )
    )
    for attempt_id, enrolment_id in rows:
        found[attempt_id] |= {enrolment_id}
    return found


def _begun(row: Any, talk: Talk, where: Standing, *, here: Collection[int], away: Collection[int]) -> Party:  # noqa: ANN401 -- a row of several columns
    return Party(
        row.id,
        row.name,
        tuple(member.display_name for member in talk.members),
        row.attempt_id,
        talk,
        where,
        changed_at=row.changed_at,
        handed_in_at=row.at,
        present=tuple(member.display_name for member in talk.members if member.enrolment_id in here),
        away=tuple(member.display_name for member in talk.members if member.enrolment_id in away),
    )
