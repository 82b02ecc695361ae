"""Whether the product runs on this machine: a lock on a file of the instance folder, which ends with its process."""

from __future__ import annotations

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from app.errors import UserError
from app.words import say

LOCK = "running.lock"


def announce_running(instance: Path) -> None:
    """Say that the product runs, for as long as this process lives, or one that was forked from it.

    Raises UserError while a backup is being restored here.
    """
    try:
        fcntl.flock(_opened(instance), fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        raise UserError(say("A backup is being restored here: start again when that is done.")) from None


@contextmanager
def product_ended(instance: Path) -> Iterator[None]:
    """Nothing of the product runs on this machine inside the block, and nothing starts. Raises UserError."""
    descriptor = _opened(instance)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        yield
    except BlockingIOError:
        raise UserError(say("The product is running: end it first, the worker too. Nothing was changed.")) from None
    finally:
        os.close(descriptor)


def _opened(instance: Path) -> int:
    return os.open(instance / LOCK, os.O_RDWR | os.O_CREAT, 0o600)
