"""Entering an answer from paper: what is typed in stands as the whole answer, handed in and marked by the key."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.accounts.actions import record
from app.assessment.actions import Graded, Save, add_attempt, keep_fields, submit
from app.assessment.models import AnswerChange, Assignment, Attempt, AttemptMember
from app.assessment.parties import in_turn
from app.assessment.queries import Work, take_turn, written_in
from app.assessment.writing import changed_fields
from app.cohorts.actions import refuse_archived
from app.errors import UserError
from app.paperwork.paper_queries import Paper, paper_for
from app.words import say


class OverText(UserError):
    """They wrote something themselves, and nobody has confirmed that the paper counts instead."""


def enter_paper(
    db: Session,
    paper: Paper,
    typed: Mapping[str, str],
    *,
    known: Graded,
    client: str,
    confirmed: bool,
    by: int,
    now: datetime,
) -> int:
    """Keep, hand in and mark what stands on paper; the id of the attempt. The same page sent twice enters it once.

    `typed` has every field of the sheet. `known`: what the key says to it. What the person wrote themselves stays in
    the log. Raises OverText where there is some and nobody confirmed, UserError where no attempt is left.
    """
    refuse_archived(paper.task.cohort)
    expected = paper.under_way.id if paper.under_way else None
    if expected:
        take_turn(db, expected)
    party = in_turn(db, paper.task)
    if (before := _entered_before(db, paper, client)) is not None:
        return before
    paper = paper_for(db, paper.task, paper.owner, paper.name)
    _refuse_unless_free(paper, expected, confirmed=confirmed)
    attempt = paper.under_way or add_attempt(db, paper.task, number=paper.number + 1, by=by, now=now, party=party)
    work = _work_on(db, paper, attempt)
    change_id = _replace_text(db, work, typed, client=client, by=by, now=now)
    submit(db, work, replace(known, change_id=change_id), by=by, now=now, on_paper=True)
    record(db, "attempt-entered-from-paper", Attempt, object_id=attempt.id, by=by, now=now)
    return attempt.id


def _entered_before(db: Session, paper: Paper, client: str) -> int | None:
    """The attempt that this very page has made already."""
    return db.scalars(
        select(AnswerChange.attempt_id)
        .join(AttemptMember, AttemptMember.attempt_id == AnswerChange.attempt_id)
        .where(AttemptMember.enrolment_id == paper.task.enrolment.id, AnswerChange.client == client)
        .limit(1)
    ).first()


def _refuse_unless_free(paper: Paper, expected: int | None, *, confirmed: bool) -> None:
    if expected != (paper.under_way.id if paper.under_way else None):
        raise UserError(say("{name} handed in or began meanwhile. Load the page again.", name=paper.name))
    if not paper.left:
        raise UserError(
            say("{name} has used all attempts. Give the last one back first, then enter the paper.", name=paper.name)
        )
    if paper.has_text and not confirmed:
        raise OverText(
            say("{name} wrote something in the browser. Confirm that the paper counts instead.", name=paper.name)
        )


def _work_on(db: Session, paper: Paper, attempt: Attempt) -> Work:
    task = paper.task
    assignment = db.scalars(select(Assignment).where(Assignment.id == attempt.assignment_id)).one()
    number = paper.number if paper.under_way else paper.number + 1
    return Work(attempt, assignment, task.cohort, task.version, task.course_slug, task.enrolment, number, None)


def _replace_text(
    db: Session, work: Work, typed: Mapping[str, str], *, client: str, by: int, now: datetime
) -> int | None:
    """Let the paper stand in every field; the id of the newest change."""
    written = written_in(db, work.attempt.id)
    changed = changed_fields(typed, written.values)
    changed |= {conflict.field: typed[conflict.field] for conflict in written.conflicts if conflict.field in typed}
    if not changed:
        return written.newest or None
    save = Save(client, 1, written.newest, changed)
    return keep_fields(db, work, save, by=by, now=now, settled_too=True).change_id
