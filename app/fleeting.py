"""What the nodes of one installation tell each other and may be lost at any moment: Redis, which nothing waits for."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from functools import cached_property
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from redis import Redis

PATIENCE = 0.1
"""Seconds for Redis to connect, and again to answer."""
PAUSE = 5.0
"""Seconds in which it is not asked again after it did not answer."""
COMPLAIN_EVERY = 60.0
PREFIX = "coursewright:"
KEPT_FOR = 7 * 24 * 3600
LARGEST = 4_000_000
"""Bytes of a value: what a network of ordinary speed hands over within the patience above."""
DIGEST = 32
"""Bytes of a SHA-256, ahead of every value: half a value is none."""
RINGS_FOR = 60
"""Seconds that a bell goes on ringing while nobody hears it: as long as a worker takes to look by itself."""

log = logging.getLogger(__name__)


@dataclass
class Fleeting:
    """Values by key, shared by nodes. Nothing raises: where Redis does not answer, there is no value.

    It connects with its first use, so that processes may be forked before.
    """

    url: str = field(repr=False)  # may hold a password
    patience: float = PATIENCE
    clock: Callable[[], float] = time.monotonic
    _quiet_until: float = float("-inf")
    _complained_at: float = float("-inf")

    def get(self, key: str) -> bytes | None:
        """The value of a key; None where there is none, or a damaged one."""
        kept = self.ask(lambda redis: redis.get(PREFIX + key))
        if not isinstance(kept, bytes) or sha256(kept[DIGEST:]).digest() != kept[:DIGEST]:
            return None
        return kept[DIGEST:]

    def put(self, key: str, value: bytes) -> None:
        """Keep a value for a week, or less where Redis needs the room."""
        if len(value) <= LARGEST:
            self.ask(lambda redis: redis.set(PREFIX + key, sha256(value).digest() + value, ex=KEPT_FOR))

    def ask(self, question: Callable[[Redis], object]) -> object:
        """What Redis answers; None at once for a while after it did not."""
        from redis.exceptions import RedisError  # noqa: PLC0415 -- 20 MB that only several nodes need

        if self.clock() < self._quiet_until:
            return None
        try:
            return question(self._redis)
        except (RedisError, OSError) as error:
            self._quiet_until = self.clock() + PAUSE
            self._complain(error)
            return None

    @cached_property
    def _redis(self) -> Redis:
        from redis import Redis  # noqa: PLC0415 -- as above
        from redis.backoff import NoBackoff  # noqa: PLC0415 -- as above
        from redis.retry import Retry  # noqa: PLC0415 -- as above

        patience = {"socket_connect_timeout": self.patience, "socket_timeout": self.patience}
        return Redis.from_url(self.url, retry=Retry(NoBackoff(), 0), **patience)

    def _complain(self, error: Exception) -> None:
        """Once a minute, and without the address."""
        if self.clock() - self._complained_at >= COMPLAIN_EVERY:
            self._complained_at = self.clock()
            log.warning("Redis does not answer (%s): work goes on without it", type(error).__name__)


class Bell(Protocol):
    """Tells the worker that there is something to do. A ring may be lost: who waits also looks by itself."""

    def ring(self) -> None: ...

    def rang(self) -> bool:
        """Whether it rang since this was asked last; returns at once."""


@dataclass
class FileBell:
    """For one machine: a file that is touched."""

    path: Path
    _heard: int = 0

    def ring(self) -> None:
        with suppress(OSError):
            self.path.touch()

    def rang(self) -> bool:
        with suppress(OSError):
            touched = self.path.stat().st_mtime_ns
            heard, self._heard = self._heard, touched
            return touched != heard
        return False


@dataclass(frozen=True)
class SharedBell:
    """For several nodes: of several workers, one hears it."""

    fleeting: Fleeting
    name: str

    def ring(self) -> None:
        self.fleeting.ask(lambda redis: redis.set(PREFIX + self.name, b"1", ex=RINGS_FOR))

    def rang(self) -> bool:
        return bool(self.fleeting.ask(lambda redis: redis.delete(PREFIX + self.name)))
