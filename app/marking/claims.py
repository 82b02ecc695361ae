"""Who is at which answer: so that several who mark at once never get the same one."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime, timedelta

from sqlalchemy import and_, delete, insert, or_, select, update
from sqlalchemy.orm import Session

from app.accounts.models import Person
from app.db import one_at_a_time
from app.errors import UserError
from app.marking.models import Claim
from app.web.viewing import Viewer
from app.words import say

LASTS = timedelta(minutes=10)
"""How long nobody else gets an answer; an open page with script asks again before it is over."""
MOST_HELD = 8
"""Answers that one page holds: the one it shows, the next, and some gone back from."""


class HeldByAnother(UserError):
    """Somebody else is at this answer; nothing of what was sent is kept."""


def take_desk(db: Session, cohort_id: int) -> None:
    """Wait for whoever takes answers of a cohort. Ahead of looking which are free, after the turns of attempts."""
    one_at_a_time(db, f"desk of {cohort_id}")


def claim(db: Session, attempt_ids: Collection[int], *, second: bool, by: int, now: datetime) -> None:
    """Take answers that are free, or one's own already. The caller has the turn of the desk, and looked."""
    these = and_(Claim.attempt_id.in_(attempt_ids), Claim.second.is_(second))
    db.execute(delete(Claim).where(or_(these, Claim.until <= now)), execution_options={"synchronize_session": False})
    rows = [{"attempt_id": each, "second": second, "by_id": by, "until": now + LASTS} for each in attempt_ids]
    if rows:
        db.execute(insert(Claim), rows)


def keep_claims(db: Session, *, second: bool, by: int, now: datetime) -> None:
    """Somebody is still there: what they are at stays theirs for longer."""
    mine = and_(Claim.by_id == by, Claim.second.is_(second), Claim.until > now)
    db.execute(update(Claim).where(mine).values(until=now + LASTS), execution_options={"synchronize_session": False})


def release(db: Session, attempt_ids: Sequence[int] | None, *, second: bool, by: int) -> None:
    """Give answers back that somebody is at; without ids, all of theirs."""
    mine = and_(Claim.by_id == by, Claim.second.is_(second))
    wanted = mine if attempt_ids is None else and_(mine, Claim.attempt_id.in_(attempt_ids))
    db.execute(delete(Claim).where(wanted), execution_options={"synchronize_session": False})


def holders(db: Session, attempt_ids: Collection[int], *, second: bool, by: int, now: datetime) -> dict[int, str]:
    """The names of others who are at some answers: attempt → name."""
    rows = db.execute(
        select(Claim.attempt_id, Person.display_name)
        .join(Person, Person.id == Claim.by_id)
        .where(Claim.attempt_id.in_(attempt_ids), Claim.second.is_(second), Claim.by_id != by, Claim.until > now)
    )
    return {row.attempt_id: row.display_name for row in rows}


def who_is_at(db: Session, viewer: Viewer, attempt_id: int, *, second: bool, now: datetime) -> str:
    """The name of somebody else who is at an answer; "" for nobody."""
    return holders(db, [attempt_id], second=second, by=viewer.person_id, now=now).get(attempt_id, "")


def is_second_at(db: Session, viewer: Viewer, attempt_id: int, *, now: datetime) -> bool:
    """Whether somebody is at an answer as its second marker, and has not marked it yet."""
    mine = and_(Claim.attempt_id == attempt_id, Claim.second, Claim.by_id == viewer.person_id, Claim.until > now)
    return db.scalars(select(Claim.attempt_id).where(mine)).first() is not None


def refuse_if_held(db: Session, attempt_id: int, *, second: bool, by: int, now: datetime) -> None:
    """Raises HeldByAnother."""
    if holder := holders(db, [attempt_id], second=second, by=by, now=now).get(attempt_id):
        sentence = say("{name} is at this answer by now: nothing was saved. Take another one first.", name=holder)
        raise HeldByAnother(sentence)
