"""A database at one moment, as a stream of bytes."""

from __future__ import annotations

from dataclasses import dataclass

from app.backup.archive import Readable
from app.backup.manifest import Kind


@dataclass(frozen=True)
class Snapshot:
    """What is backed up: bytes, and what they are known to hold."""

    kind: Kind
    db_schema: str
    revision: str | None
    rows: dict[str, int]
    stream: Readable
