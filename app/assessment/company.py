"""Who somebody works with, as the pages of an exercise say it: before they begin, on the sheet, and afterwards."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from markupsafe import Markup
from sqlalchemy import select
from sqlalchemy.orm import Session

from app import clock
from app.assessment.beside import Place, drawn
from app.assessment.parties import TOGETHER, members_of, taken_in, under_way_of
from app.assessment.queries import Task, Work
from app.assessment.standing import why_shut
from app.classroom.groups import Companion, Party, away_now
from app.classroom.models import Group
from app.web.viewing import Viewer


@dataclass(frozen=True)
class Ahead:
    """What somebody who has not begun is told about those they work with."""

    party: Party | None
    """None: they are in no group for an exercise that is done in groups."""
    begun: bool = False
    """Whether the others have begun: one joins them."""
    with_whom: tuple[Companion, ...] = ()
    """Who is on the sheet, or will be."""
    away: tuple[Companion, ...] = ()
    """Those who are not there today."""
    busy: tuple[Companion, ...] = ()
    """Those who have another sheet, or have done this already."""


@dataclass(frozen=True)
class Company:
    """Who worked on an attempt."""

    group: str
    """"" where it was made for one, and others were put on it."""
    members: tuple[Companion, ...]


def ahead_of(db: Session, task: Task, party: Party | None, *, number: int, now: datetime) -> Ahead | None:
    """Who would be on an attempt that somebody begins now as their `number`; None where all work alone.

    Three statements, whatever the size of the group.
    """
    if task.spec.work not in TOGETHER:
        return None
    if party is None:
        return Ahead(None)
    others = [each for each in party.members if each.enrolment_id != task.enrolment.id]
    begun = under_way_of(db, task, party, now)
    if begun is not None:
        return Ahead(party, begun=True, with_whom=members_of(db, [begun.id])[begun.id])
    taken, away = taken_in(db, task, party, number=number, now=now), away_now(db, task.cohort, now)
    return Ahead(
        party,
        with_whom=tuple(each for each in others if each.enrolment_id in taken),
        away=tuple(each for each in others if each.enrolment_id in away),
        busy=tuple(each for each in others if each.enrolment_id not in taken and each.enrolment_id not in away),
    )


def company_of(db: Session, work: Work) -> Company | None:
    """Who is on an attempt of an exercise that is done together. Two statements, none where all work alone."""
    if not is_done_together(work):
        return None
    name = db.scalar(select(Group.name).where(Group.id == work.attempt.group_id)) if work.attempt.group_id else ""
    return Company(name or "", members_of(db, [work.attempt.id])[work.attempt.id])


def is_done_together(work: Work) -> bool:
    """Whether several may be on an attempt."""
    return work.attempt.group_id is not None or work.spec.work in TOGETHER


def company_beside(db: Session, work: Work, viewer: Viewer, place: Place) -> Markup:
    """Who worked on it; on the sheet the way off it; for trainers, who may mark without names, the way to the names."""
    company = company_of(db, work)
    if company is None or (place != "desk" and len(company.members) < 2):
        return Markup("")
    shut = place == "sheet" and why_shut(work, clock.now()) is not None
    return drawn("assessment/company.html", work=work, company=company, place=place, me=viewer.person_id, shut=shut)
