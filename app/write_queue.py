"""The line in which writers of one SQLite file stand: first come, first served, over threads and processes.

SQLite itself keeps no order: whoever finds it busy sleeps and tries again, and under load somebody is always unlucky.
Inside a process threads stand in a line. Between processes there is a turnstile of two lock files beside the
database: whoever writes next holds `-turn` while waiting for `-write`, so that nobody writes twice past one who waits.
The kernel lets go of both when a process dies.
"""

from __future__ import annotations

import fcntl
import os
import sqlite3
import time
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from threading import Lock, get_ident

PATIENCE = 5.0
"""Seconds in the line until a writer is sent away; the page then asks to try again."""
SELDOM, OFTEN = 0.0005, 0.0001
"""Seconds between two looks at a lock that somebody has. Whoever waits longer looks more often, and so comes first."""
LONG = 0.05
"""Seconds after which somebody has waited long."""


class NoTurn(sqlite3.OperationalError):
    """Others wrote for as long as this one was ready to wait: what SQLite calls busy."""

    sqlite_errorcode = sqlite3.SQLITE_BUSY
    sqlite_errorname = "SQLITE_BUSY"

    def __init__(self) -> None:
        super().__init__("database is locked: others write")


class WriteQueue:
    """The line before one database file. Take a turn before the transaction begins, give it back when it is over."""

    def __init__(self, path: Path) -> None:
        self._database = path
        self._turnstile, self._writing = (path.with_name(f"{path.name}-{name}") for name in ("turn", "write"))
        self.begin_anew()

    def begin_anew(self) -> None:
        """Nobody in line: what a process finds that was forked from one that had a line."""
        self._mutex = Lock()
        self._waiting: deque[_Ticket] = deque()
        self._owner: int | None = None
        if (held := getattr(self, "_held", None)) is not None:
            os.close(held)  # a copy: the lock is that of the process that took it
        self._held: int | None = None

    @contextmanager
    def turn(self, within: float = PATIENCE) -> Iterator[None]:
        """A turn for as long as the block lasts. Raises NoTurn."""
        self.take(within)
        try:
            yield
        finally:
            self.give_back()

    def take(self, within: float = PATIENCE) -> None:
        """Wait for the turn, for so many seconds. Raises NoTurn; RuntimeError in a thread that has it already."""
        until = time.monotonic() + within
        self._stand_in_line(within)
        try:
            self._held = self._pass_turnstile(until)
        except BaseException:
            self._call_next()
            raise

    def give_back(self) -> None:
        """The turn of whoever is next; not necessarily called by the thread that took it."""
        held, self._held = self._held, None
        if held is not None:
            _let_go(held)
        self._call_next()

    def _stand_in_line(self, within: float) -> None:
        me = get_ident()
        with self._mutex:
            if self._owner is None:
                self._owner = me
                return
            if self._owner == me:
                raise RuntimeError("a write transaction inside another one of the same thread: it waits for itself")
            ticket = _Ticket(me)
            self._waiting.append(ticket)
        try:
            called = ticket.wait(within)
        except BaseException:
            if not self._leave(ticket):
                self._call_next()  # called in the moment in which the wait was broken off: nobody else would be
            raise
        if not called and self._leave(ticket):
            raise NoTurn

    def _leave(self, ticket: _Ticket) -> bool:
        """Out of the line; False for one that was called in the same moment, and has the turn if it wants it."""
        with self._mutex:
            if ticket in self._waiting:
                self._waiting.remove(ticket)
                return True
            return False

    def _call_next(self) -> None:
        with self._mutex:
            if not self._waiting:
                self._owner = None
                return
            ticket = self._waiting.popleft()
            self._owner = ticket.thread
        ticket.call()

    def _pass_turnstile(self, until: float) -> int:
        turnstile = self._opened(self._turnstile)
        try:
            _wait_for(turnstile, until, pause=SELDOM)
            writing = self._opened(self._writing)
            try:
                _wait_for(writing, until, pause=OFTEN)
            except BaseException:
                os.close(writing)
                raise
            return writing
        finally:
            _let_go(turnstile)

    def _opened(self, path: Path) -> int:
        # Anew for every turn: a lock belongs to what was opened, and what was opened before a fork to both sides.
        try:
            return os.open(path, os.O_RDONLY | os.O_CLOEXEC)
        except FileNotFoundError:
            descriptor = os.open(path, os.O_RDONLY | os.O_CREAT | os.O_CLOEXEC, 0o600)
            self._belongs_beside_the_database(descriptor)
            return descriptor

    def _belongs_beside_the_database(self, descriptor: int) -> None:
        """Usable by whoever can use the database: a command of root must not lock out the product."""
        database = self._database.stat() if self._database.exists() else self._database.parent.stat()
        if os.geteuid() == 0:
            os.fchown(descriptor, database.st_uid, database.st_gid)
        os.fchmod(descriptor, database.st_mode & 0o666 | 0o600)


class _Ticket:
    """One thread that waits in line."""

    def __init__(self, thread: int) -> None:
        self.thread = thread
        self._closed = Lock()
        self._closed.acquire()

    def wait(self, seconds: float) -> bool:
        return self._closed.acquire(timeout=max(0.0, seconds))

    def call(self) -> None:
        self._closed.release()


def _wait_for(descriptor: int, until: float, *, pause: float) -> None:
    begun = time.monotonic()
    while True:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:  # the kernel would wait as well, but for ever
            now = time.monotonic()
            if now >= until:
                raise NoTurn from None
            time.sleep(pause + (OFTEN - pause) * min(1.0, (now - begun) / LONG))
        else:
            return


def _let_go(descriptor: int) -> None:
    # Said, not only closed: a process that was forked meanwhile may have a copy.
    fcntl.flock(descriptor, fcntl.LOCK_UN)
    os.close(descriptor)


_queues: dict[Path, WriteQueue] = {}
_queues_mutex = Lock()


def queue_before(database: Path) -> WriteQueue:
    """The line before this file: the same for everybody in this process."""
    with _queues_mutex:
        return _queues.setdefault(path := database.resolve(), WriteQueue(path))


def _begin_anew() -> None:
    global _queues_mutex  # noqa: PLW0603 -- another thread may have held it in the process this one was forked from
    _queues_mutex = Lock()
    for queue in _queues.values():
        queue.begin_anew()


os.register_at_fork(after_in_child=_begin_anew)
