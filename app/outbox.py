"""What is to be done after a commit: queued as rows in the transaction, carried out by the worker."""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Index, String, delete, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from app.db import Base, Database, kept
from app.fleeting import Bell

Sender = Callable[[dict[str, Any]], None]
LEASE = timedelta(minutes=5)
"""How long a worker has for one errand before another may try it; doubled with each try."""
KEPT_AFTER = timedelta(days=7)
TRIED_FOR = timedelta(days=3)
"""How long an errand is tried again: nobody wants a message of last week."""

_QUEUED = "an errand was queued"

log = logging.getLogger(__name__)


class NotSent(Exception):
    """A sender could not do it now; the text says why, and it is tried again later."""


class GaveUp(NotSent):
    """A sender was refused for good; the text says why, and nobody tries again."""


class Outbox(Base):
    """An errand to run after the transaction that asked for it."""

    __tablename__ = "outbox"
    __table_args__ = (Index(None, "done_at", "not_before"),)

    id: Mapped[int] = mapped_column(
        primary_key=True, info=kept("keeps the order", readers="admin", until="7 days after it is done", erasure="keep")
    )
    kind: Mapped[str] = mapped_column(
        String(40), info=kept("which sender", readers="admin", until="7 days after it is done", erasure="keep")
    )
    payload: Mapped[dict[str, Any]] = mapped_column(
        info=kept("what to send", readers="nobody", until="it is done", export=True, erasure="delete")
    )
    created_at: Mapped[datetime] = mapped_column(
        info=kept("when it was asked for", readers="admin", until="7 days after it is done", erasure="keep")
    )
    not_before: Mapped[datetime] = mapped_column(
        info=kept("when to try next", readers="admin", until="7 days after it is done", erasure="keep")
    )
    tries: Mapped[int] = mapped_column(
        default=0, info=kept("how often it was tried", readers="admin", until="7 days after it is done", erasure="keep")
    )
    done_at: Mapped[datetime | None] = mapped_column(
        info=kept("when it ended", readers="admin", until="7 days after it is done", erasure="keep")
    )
    error: Mapped[str] = mapped_column(
        default="",
        info=kept("why not yet, or not at all", readers="admin", until="7 days after it is done", erasure="delete"),
    )


@dataclass(frozen=True)
class Errand:
    """One row, taken by a worker."""

    id: int
    kind: str
    payload: dict[str, Any]
    created_at: datetime


def put(db: Session, kind: str, payload: dict[str, Any], *, now: datetime) -> None:
    """Queue an errand: it exists exactly when the transaction commits."""
    db.add(Outbox(kind=kind, payload=payload, created_at=now, not_before=now))
    db.info[_QUEUED] = True


def drain(
    database: Database,
    senders: Mapping[str, Sender],
    *,
    now: Callable[[], datetime],
    ending: Callable[[], bool] = lambda: False,
) -> int:
    """Run the errands that are due, each outside a transaction, until the end is near; returns how many were done.

    A sender's bug ends the round; that errand comes back when its lease is over, the others with the next round.
    """
    done = 0
    while not ending() and (errand := _take(database, senders, now=now())):
        try:
            senders[errand.kind](errand.payload)
        except NotSent as reason:
            over = isinstance(reason, GaveUp) or now() - errand.created_at >= TRIED_FOR
            if over:
                log.warning("gave up errand %s (%s): %s", errand.id, errand.kind, reason)
            _settle(database, errand, done_at=now() if over else None, error=str(reason))
        else:
            _settle(database, errand, done_at=now(), error="")
            done += 1
    return done


def clear_done(db: Session, *, now: datetime) -> None:
    """Remove what was done a week ago."""
    db.execute(delete(Outbox).where(Outbox.done_at < now - KEPT_AFTER))


def ring_after_commits(database: Database, bell: Bell) -> None:
    """Ring whenever a transaction that queued an errand has been committed: the worker need not be waited for."""

    def committed(db: Session) -> None:
        if not db.in_nested_transaction() and db.info.pop(_QUEUED, False):
            bell.ring()

    database.after_commit(committed)


def _take(database: Database, senders: Mapping[str, Sender], *, now: datetime) -> Errand | None:
    due = select(Outbox).where(Outbox.done_at.is_(None), Outbox.not_before <= now, Outbox.kind.in_(senders))
    with database.transaction() as db:
        row = db.scalars(due.order_by(Outbox.id).limit(1).with_for_update(skip_locked=True)).first()
        if row is None:
            return None
        row.tries += 1
        row.not_before = now + LEASE * 2 ** min(row.tries - 1, 8)
        return Errand(row.id, row.kind, row.payload, row.created_at)


def _settle(database: Database, errand: Errand, *, done_at: datetime | None, error: str) -> None:
    with database.transaction() as db:
        row = db.get_one(Outbox, errand.id)
        row.done_at, row.error = done_at, error
        if done_at:
            row.payload = {}  # a mail may hold a code that opens an account
