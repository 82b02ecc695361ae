"""What was rendered from a published version, kept by what it depends on: in memory; where it is costly, also on disk
and, of several nodes, for the others.
"""

from __future__ import annotations

import logging
from collections import OrderedDict
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from functools import cache
from hashlib import sha256
from pathlib import Path
from threading import Lock
from typing import Generic, TypeVar

from app.files import LEAST_FREE, free_bytes, write_whole
from app.fleeting import Fleeting

Value = TypeVar("Value")
log = logging.getLogger(__name__)
DIGEST = 32
"""Bytes of a SHA-256."""
_PROJECT = Path(__file__).parents[2]
_SOURCES = (
    "app/**/*.py",
    "app/**/*.html",
    "app/documents/fonts/*.ttf",
    "translations/**/*.po",
    "requirements.txt",
    "package-lock.json",
)
"""More than what draws, because a list of what draws is forgotten; the packages by their pinned versions."""


@cache
def renderer_version() -> str:
    """What makes pages and papers here, as twelve hexadecimal digits: another one after every upgrade."""
    return digest_of_sources(_PROJECT)[:12]


def digest_of_sources(root: Path) -> str:
    """A digest of the code, templates, words, fonts and pinned packages under a project's folder."""
    found = sha256()
    for path in sorted(path for pattern in _SOURCES for path in root.glob(pattern)):
        found.update(f"{path.relative_to(root)}\0{path.stat().st_size}\0".encode())
        found.update(path.read_bytes())
    return found.hexdigest()


def cache_key(*parts: object) -> str:
    """A name for what depends on these parts and on the renderers."""
    return sha256(repr((renderer_version(), *parts)).encode()).hexdigest()


@dataclass
class Recent(Generic[Value]):
    """The last `entries` values by key. Threads that ask for the same missing one wait for the first to make it."""

    entries: int
    _values: OrderedDict[str, Value] = field(default_factory=OrderedDict)
    _making: dict[str, Lock] = field(default_factory=dict)
    _lock: Lock = field(default_factory=Lock)

    def get(self, key: str, make: Callable[[], Value]) -> Value:
        with self._lock:
            if key in self._values:
                self._values.move_to_end(key)
                return self._values[key]
            turn = self._making.setdefault(key, Lock())
        with turn:
            with self._lock:
                if key in self._values:
                    return self._values[key]
            return self._keep(key, make())

    def _keep(self, key: str, value: Value) -> Value:
        with self._lock:
            self._values[key] = value
            self._making.pop(key, None)
            while len(self._values) > self.entries:
                self._values.popitem(last=False)
        return value


@dataclass(frozen=True)
class Folder:
    """Bytes by key on disk: what a restart or another process need not render again.

    Nothing depends on it: what was damaged is made again, and a full disk is a line in the log.
    """

    path: Path
    megabytes: int = 256

    def get(self, key: str, make: Callable[[], bytes]) -> bytes:
        file = self.path / key[:2] / key
        if (found := _undamaged(file)) is not None:
            return found
        content = make()
        try:
            if free_bytes(self.path) >= LEAST_FREE:  # what is left is for answers
                write_whole(file, sha256(content).digest() + content)
                self._trim()
        except OSError as error:
            log.warning("a rendering could not be kept: %s", error)
        return content

    def _trim(self) -> None:
        """Removes the oldest files beyond the limit; another process may do the same at the same time."""
        room = self.megabytes * 1_000_000
        for _, size, file in sorted(self._files(), reverse=True):
            room -= size
            if room < 0:
                file.unlink(missing_ok=True)

    def _files(self) -> Iterator[tuple[float, int, Path]]:
        """When each file was written, its size in bytes, and its path."""
        for file in self.path.glob("??/*"):
            with suppress(FileNotFoundError):
                status = file.stat()
                yield status.st_mtime, status.st_size, file


@dataclass(frozen=True)
class Shared:
    """Bytes by key for all nodes of an installation: what one has rendered, the others need not."""

    fleeting: Fleeting

    def get(self, key: str, make: Callable[[], bytes]) -> bytes:
        if (found := self.fleeting.get(key)) is not None:
            return found
        content = make()
        self.fleeting.put(key, content)
        return content


def _undamaged(file: Path) -> bytes | None:
    """The bytes of a file behind their own digest; None where they are not those, or there is no such file."""
    with suppress(OSError):
        kept = file.read_bytes()
        digest, content = kept[:DIGEST], kept[DIGEST:]
        if sha256(content).digest() == digest:
            return content
    return None
