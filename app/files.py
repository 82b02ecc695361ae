"""A store of bytes by their content: a file's name is its hash, so what is stored is never changed."""

from __future__ import annotations

import os
import re
import tempfile
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path

_KEY = re.compile(r"[0-9a-f]{64}")


@dataclass(frozen=True)
class FileStore:
    """Bytes under `folder`, in folders named by the first two characters of their hash."""

    folder: Path

    def keep(self, content: bytes) -> str:
        """Stores bytes and returns their key: 64 hexadecimal digits of SHA-256. What is there already stays."""
        key = sha256(content).hexdigest()
        path = self._path(key)
        if not path.exists():
            write_whole(path, content)
        return key

    def content(self, key: str) -> bytes:
        """The bytes of a key; FileNotFoundError where nothing was kept under it."""
        return self._path(key).read_bytes()

    def __contains__(self, key: str) -> bool:
        return bool(_KEY.fullmatch(key)) and self._path(key).exists()

    def _path(self, key: str) -> Path:
        if not _KEY.fullmatch(key):
            raise FileNotFoundError(key)
        return self.folder / key[:2] / key


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
    _sync_folder(path.parent)


def _sync_folder(folder: Path) -> None:
    # Without this the name may be lost with the power, though the bytes are safe.
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
