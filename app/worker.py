"""The worker's clock: several tasks, each in turns of its own, so that a slow one delays no other."""

from __future__ import annotations

import logging
import signal
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from sqlalchemy.exc import OperationalError

from app.fleeting import Bell

LOOK_EVERY = 0.25
"""Seconds between two looks at the clock and at the bells."""
TO_FINISH = 6.0
"""Seconds that turns have to end by themselves, once the end was asked for."""

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Task:
    """What is done again and again: a turn begins this many seconds after the one before began, or when it is rung for.

    A turn that takes longer than that is followed by the next, never joined by it. One that is cut off, by the end of
    the process or of the machine, must do no harm: what it does, it does in transactions.
    """

    name: str
    every: float
    work: Callable[[], object]
    bell: Bell | None = None


@dataclass
class Worker:
    """Runs tasks until SIGINT or SIGTERM."""

    tasks: Sequence[Task] = ()
    ending: bool = False
    """Whether the end was asked for. A plain flag: a signal handler that took a lock could wait for itself."""
    _turns: dict[str, threading.Thread] = field(default_factory=dict)
    _due: dict[str, float] = field(default_factory=dict)

    def run(self) -> None:
        """Returns when all turns have ended, or their time to end is over."""
        threading.excepthook = _tell  # a mistake ends its turn; the next one begins when it is due
        for number in (signal.SIGINT, signal.SIGTERM):
            signal.signal(number, self._end)
        while not self.ending:
            for task in self.tasks:
                self._begin_if_due(task)
            time.sleep(LOOK_EVERY)
        until = time.monotonic() + TO_FINISH
        for turn in self._turns.values():
            turn.join(max(0.0, until - time.monotonic()))

    def _end(self, *_: object) -> None:
        self.ending = True

    def _begin_if_due(self, task: Task) -> None:
        turn, now = self._turns.get(task.name), time.monotonic()
        if turn is not None and turn.is_alive():
            return  # a bell is asked afterwards: what rang meanwhile is not forgotten
        if now >= self._due.get(task.name, now) or (task.bell is not None and task.bell.rang()):
            self._due[task.name] = now + task.every
            self._turns[task.name] = threading.Thread(target=task.work, name=task.name, daemon=True)
            self._turns[task.name].start()


def _tell(mistake: threading.ExceptHookArgs) -> None:
    name = mistake.thread.name if mistake.thread else "a thread"
    if isinstance(mistake.exc_value, OperationalError):  # restarting, full, busy: a line, and again when it is due
        log.warning("%s: the database could not do it now: %s", name, str(mistake.exc_value.orig).partition("\n")[0])
    else:
        log.error("%s ended with a mistake", name, exc_info=mistake.exc_value)
