"""Several at once: for tests that something happens exactly once, whoever comes first."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from threading import Barrier, BrokenBarrierError, Event
from typing import TypeVar

from sqlalchemy.orm import Session

from app.db import Database
from app.errors import UserError

T = TypeVar("T")
LEAD = 0.3
"""Seconds that the second of two transactions gets to run into the first one's locks."""


def at_once(calls: Sequence[Callable[[], T]]) -> list[T]:
    """Make all calls in the same moment, each in a thread of its own; their answers in order."""
    ready = Barrier(len(calls))

    def go(call: Callable[[], T]) -> T:
        ready.wait(timeout=30)
        return call()

    with ThreadPoolExecutor(len(calls)) as threads:
        return list(threads.map(go, calls))


def overlapping(
    database: Database, first: Callable[[Session], object], second: Callable[[Session], object]
) -> UserError | None:
    """Run a transaction that begins while another has done its work and not committed; the refusal of the second."""
    begun = Event()

    def follow() -> UserError | None:
        begun.set()
        return _refusal(database, second)

    with ThreadPoolExecutor(1) as threads, database.transaction() as db:
        first(db)
        db.flush()
        following = threads.submit(follow)
        begun.wait(timeout=30)
        Event().wait(LEAD)
        db.commit()
        return following.result(timeout=30)


def interleaved(
    database: Database, pairs: Sequence[tuple[Callable[[Session], T], Callable[[Session, T], object]]]
) -> list[UserError | None]:
    """Run transactions of two steps so that all have made the first before any makes the second; their refusals.

    Where a database lets one write at a time, they follow each other.
    """
    between = Barrier(len(pairs))

    def both(pair: tuple[Callable[[Session], T], Callable[[Session, T], object]]) -> UserError | None:
        def steps(db: Session) -> None:
            found = pair[0](db)
            with suppress(BrokenBarrierError):  # the other one waits for us
                between.wait(timeout=LEAD)
            pair[1](db, found)

        return _refusal(database, steps)

    return at_once([lambda pair=pair: both(pair) for pair in pairs])  # type: ignore[misc]


def _refusal(database: Database, steps: Callable[[Session], object]) -> UserError | None:
    try:
        with database.transaction() as db:
            steps(db)
    except UserError as refused:
        return refused
    return None
