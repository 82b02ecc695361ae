"""Writes about discussions: going on, who leads, what a trainer says to a party. Without a commit."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import datetime

from sqlalchemy import Select, select
from sqlalchemy.orm import Session

from app.accounts.actions import record, record_each
from app.assessment.queries import Work
from app.assessment.standing import refuse_unless_writable
from app.assessment.writing import is_storable
from app.cohorts.actions import refuse_archived
from app.cohorts.models import Cohort
from app.errors import NotFound, UserError
from app.teamwork.discussion import Stage, Standing, is_ahead
from app.teamwork.discussion_queries import talk_of
from app.teamwork.models import Discussion, TrainerWord
from app.web.guards import NOTHING_HERE
from app.words import say

LONGEST_WORD = 2_000
"""Characters."""


def move_discussion(
    db: Session, work: Work, to: str, *, seen: str, by: int, now: datetime, as_trainer: bool = False
) -> None:
    """Lead a party on to the next stage, or back to the one before. Nothing where it is there already.

    `seen`: the stage that whoever asks knew, so that two who ask at once go on by one stage. Raises UserError for
    whoever does not lead, and for a sheet that takes no more.
    """
    _refuse_unless_open(work, now, as_trainer=as_trainer)
    talk = talk_of(db, work.attempt.id)
    if not as_trainer and not talk.is_led_by(by):
        name = talk.leader.display_name if talk.leader else "–"
        raise UserError(say("{name} leads this discussion and goes on for all of you.", name=name))
    where = talk.standing(work.spec)
    if to == where.stage or seen != where.stage:
        return
    if to not in (where.before, where.after):
        raise UserError(say("A discussion goes on stage by stage. Load the page again."))
    row = _row(db, work, where)
    row.stage, row.since = to, now
    record(db, "discussion-moved", Discussion, object_id=work.attempt.id, by=by, now=now, stage=to)


def move_discussions(
    db: Session, cohort: Cohort, standings: Mapping[int, Standing], to: Stage, *, by: int, now: datetime
) -> tuple[int, ...]:
    """Lead all of these attempts on to a stage that their exercise has; whoever is there or ahead stays.

    Returns the attempts that went on. Whoever calls has taken their turns.
    """
    refuse_archived(cohort)
    behind = [attempt_id for attempt_id, where in standings.items() if is_ahead(to, where.stage)]
    rows = {row.attempt_id: row for row in db.scalars(_rows(behind), execution_options={"populate_existing": True})}
    for attempt_id in behind:
        row = rows.get(attempt_id)
        if row is None:
            db.add(Discussion(attempt_id=attempt_id, stage=to, since=now))
        else:
            row.stage, row.since = to, now
    about = {attempt_id: {"stage": str(to)} for attempt_id in behind}
    record_each(db, "discussion-moved", Discussion, about=about, by=by, now=now)
    return tuple(behind)


def choose_leader(
    db: Session, work: Work, enrolment_id: int, *, by: int, now: datetime, as_trainer: bool = False
) -> None:
    """Hand the lead on to a member; whoever does not lead may take it, since the one who leads may not be there.

    Raises UserError where it is neither, or the sheet takes no more.
    """
    _refuse_unless_open(work, now, as_trainer=as_trainer)
    talk = talk_of(db, work.attempt.id)
    chosen = next((member for member in talk.members if member.enrolment_id == enrolment_id), None)
    if chosen is None:
        raise UserError(say("Only somebody who works on it can lead it. Choose one of the names."))
    if not as_trainer and chosen.person_id != by and not talk.is_led_by(by):
        raise UserError(say("Whoever leads hands the lead on. You can take it yourself."))
    if chosen == talk.leader:
        return
    _row(db, work, talk.standing(work.spec)).leader_id = enrolment_id
    record(db, "discussion-led", Discussion, object_id=work.attempt.id, by=by, now=now, leader=str(enrolment_id))


def add_word(db: Session, work: Work, text: str, *, by: int, now: datetime) -> TrainerWord:
    """Say something to a party. Raises UserError for what is empty, too long, or cannot be kept."""
    refuse_archived(work.cohort)
    text = text.replace("\r\n", "\n").strip()
    if not text:
        raise UserError(say("There is nothing in it yet. Write a word to the group."))
    if len(text) > LONGEST_WORD:
        raise UserError(say("A word to a group has at most {most} characters. Shorten it.", most=LONGEST_WORD))
    if not all(is_storable(sign) for sign in text):
        raise UserError(
            say("This text has a control character, which cannot be kept. Type it again instead of pasting it.")
        )
    word = TrainerWord(attempt_id=work.attempt.id, text=text, at=now, by_id=by)
    db.add(word)
    db.flush()
    record(db, "word-said", TrainerWord, object_id=word.id, by=by, now=now, attempt=str(work.attempt.id))
    return word


def take_back_word(db: Session, work: Work, word_id: int, *, by: int, now: datetime) -> None:
    """Show it no more. Nothing where that was done already. Raises NotFound."""
    refuse_archived(work.cohort)
    word = db.get(TrainerWord, word_id)
    if word is None or word.attempt_id != work.attempt.id:
        raise NotFound(NOTHING_HERE)
    if word.taken_back_at is None:
        word.taken_back_at = now
        record(db, "word-taken-back", TrainerWord, object_id=word.id, by=by, now=now)


def _refuse_unless_open(work: Work, now: datetime, *, as_trainer: bool) -> None:
    """A trainer leads on also after the time is over; of what was handed in there is nothing left to discuss."""
    if not as_trainer:
        return refuse_unless_writable(work, now)
    refuse_archived(work.cohort)
    if work.submission is not None or work.attempt.returned_at is not None:
        raise UserError(say("This group has handed in: its discussion is over."))
    return None


def _row(db: Session, work: Work, where: Standing) -> Discussion:
    """The row of a party's discussion, made where it has none."""
    row = db.scalars(_rows([work.attempt.id]), execution_options={"populate_existing": True}).one_or_none()
    if row is None:
        row = Discussion(attempt_id=work.attempt.id, stage=where.stage, since=where.since)
        db.add(row)
        db.flush()
    return row


def _rows(attempt_ids: Collection[int]) -> Select[Discussion]:
    return select(Discussion).where(Discussion.attempt_id.in_(attempt_ids))
