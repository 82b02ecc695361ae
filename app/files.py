"""A store of bytes by their content: a file's name is its hash, so what is stored is never changed."""

from __future__ import annotations

import os
import re
import shutil
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path

from app.errors import UserError
from app.words import say

LEAST_FREE = 200_000_000
"""Bytes that files leave free on a disk, for what people write meanwhile: hours of saves, or the days until somebody
makes room."""
_KEY = re.compile(r"[0-9a-f]{64}")


class NoRoom(UserError):
    """The disk is nearly full; what is left of it is for answers."""


@dataclass(frozen=True)
class FileStore:
    """Bytes under `folder`, in folders named by the first two characters of their hash."""

    folder: Path
    least_free: int = LEAST_FREE

    def keep(self, content: bytes) -> str:
        """Stores bytes and returns their key: 64 hexadecimal digits of SHA-256. What is there already stays.

        Raises NoRoom where less than `least_free` bytes would be left.
        """
        key = sha256(content).hexdigest()
        path = self._path(key)
        if not path.exists():
            refuse_scarce_room(self.folder, self.least_free + len(content))
            write_whole(path, content)
        return key

    def keep_anew(self, content: bytes) -> None:
        """Stores bytes, whatever is there under their key."""
        write_whole(self._path(sha256(content).hexdigest()), content)

    def has_whole(self, key: str) -> bool:
        """Whether the bytes of a key are there, and still those that were kept."""
        return key in self and sha256(self.content(key)).hexdigest() == key

    def __iter__(self) -> Iterator[str]:
        """The keys of all that is kept."""
        return iter(sorted(path.name for path in self.folder.glob("??/*") if _KEY.fullmatch(path.name)))

    def content(self, key: str) -> bytes:
        """The bytes of a key; FileNotFoundError where nothing was kept under it."""
        return self._path(key).read_bytes()

    def __contains__(self, key: str) -> bool:
        return bool(_KEY.fullmatch(key)) and self._path(key).exists()

    def _path(self, key: str) -> Path:
        if not _KEY.fullmatch(key):
            raise FileNotFoundError(key)
        return self.folder / key[:2] / key


def free_bytes(folder: Path) -> int:
    """How much room there is for a folder, which need not exist yet."""
    while not folder.exists():
        folder = folder.parent
    return shutil.disk_usage(folder).free


def refuse_scarce_room(folder: Path, least: int) -> None:
    """Raises NoRoom where fewer bytes are free."""
    if free_bytes(folder) < least:
        raise NoRoom(
            say(
                "The server's disk is nearly full. What is left is kept for answers, so files cannot be added until "
                "somebody makes room. Tell whoever looks after the server."
            )
        )


def write_whole(path: Path, content: bytes) -> None:
    """Writes a file so that readers and a power cut meet all of it or nothing of it."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.NamedTemporaryFile(dir=path.parent, prefix=".", suffix=".part", delete=False) as file:
        part = Path(file.name)
        try:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
            part.replace(path)
        except BaseException:
            part.unlink(missing_ok=True)
            raise
    sync_folder(path.parent)


def sync_folder(folder: Path) -> None:
    """Have a file's new name on the disk; without this it may be lost with the power, though the bytes are safe."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
