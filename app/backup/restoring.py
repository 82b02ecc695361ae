"""Backups verified and brought back: everything is looked at before anything is replaced."""

from __future__ import annotations

import io
import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from app.backup import postgresql, sqlite
from app.backup.archive import Archive, opened, unusable
from app.backup.making import Installation
from app.backup.manifest import KEY, Manifest
from app.backup.running import product_ended
from app.files import write_whole
from app.words import Sentence, say

DRAFTS = ".restoring-"
"""Folders of restores under way; what a killed one left is removed by the next."""
SPARE = 64 * 2**20
"""Bytes that stay free on the disk."""


@dataclass(frozen=True)
class Restored:
    """What was brought back, and what was there before."""

    manifest: Manifest
    aside: str
    """Under which name the old database is kept; empty where there was none."""
    key_aside: Path | None


def verify_backup(found: Installation, path: Path) -> Manifest:
    """Restore a backup into a scratch place and look at all of it. Raises UserError; nothing is changed."""
    with opened(path) as archive, _scratch(found.instance, archive) as scratch:
        _verified(found, archive, scratch)
        return archive.manifest


def restore_backup(found: Installation, path: Path, *, now: datetime) -> Restored:
    """Put a backup in the place of what is there, once all of it is verified. Raises UserError; then nothing changed.

    The files come first, since files are only ever added; the database is last, and replaced at once. The old one is
    kept aside until the next restore.
    """
    stamp = f"{now.astimezone(UTC):%Y%m%dT%H%M%SZ}"
    with product_ended(found.instance), opened(path) as archive:
        folder = found.instance
        if found.on_sqlite:
            live = sqlite.file_of(found.database_url)
            sqlite.refuse_other_file(live)
            folder = live.parent
        folder.mkdir(parents=True, exist_ok=True)
        for left in folder.glob(f"{DRAFTS}*"):
            shutil.rmtree(left, ignore_errors=True)
        _refuse_where_used(found)
        with _scratch(folder, archive) as scratch:
            database = _verified(found, archive, scratch)
            try:
                _put_files(found, archive)
                key_aside = _put_key(found, archive, stamp)
                return Restored(archive.manifest, _put_database(found, archive.manifest, database, stamp), key_aside)
            except OSError as error:
                why = error.strerror or str(error)
                raise unusable(path, say("The disk refused: {why}.", why=why)) from None


def _refuse_where_used(found: Installation) -> None:
    if found.on_sqlite:
        sqlite.settle(sqlite.file_of(found.database_url))
    else:
        postgresql.refuse_others(found.database_url)


@contextmanager
def _scratch(folder: Path, archive: Archive) -> Iterator[Path]:
    """A place of its own with room enough, gone afterwards."""
    needed, free = archive.manifest.size + SPARE, shutil.disk_usage(folder).free
    if needed > free:
        raise unusable(
            archive.path,
            say("It needs {needed} MB on the disk, and {free} MB are free.", needed=needed >> 20, free=free >> 20),
        )
    with tempfile.TemporaryDirectory(dir=folder, prefix=DRAFTS) as name:
        yield Path(name)


def _verified(found: Installation, archive: Archive, scratch: Path) -> Path:
    """The database of a backup, unpacked and looked at, after everything else in it was."""
    described, database = archive.manifest, scratch / "database"
    if (described.kind == "sqlite") != found.on_sqlite:
        raise unusable(archive.path, say("It is of another kind of database than DATABASE_URL names."))
    for name in described.members:
        if name != described.database:
            archive.read(name)
    with database.open("xb") as file:
        archive.read(described.database, file)
    for sentence in _wrong_with(found, described, database):
        raise unusable(archive.path, sentence)
    return database


def _wrong_with(found: Installation, described: Manifest, database: Path) -> list[Sentence]:
    if found.on_sqlite:
        return sqlite.wrong_with(database, described.revision, described.rows)
    return postgresql.wrong_with(found.database_url, database, described.revision, described.rows, described.db_schema)


def _put_files(found: Installation, archive: Archive) -> None:
    """Add what is missing or damaged in the store. Each is whole or not there, and none is ever removed."""
    for key in archive.manifest.files:
        if not found.store.has_whole(key):
            content = io.BytesIO()
            archive.read(f"files/{key}", content)
            found.store.keep_anew(content.getvalue())


def _put_key(found: Installation, archive: Archive, stamp: str) -> Path | None:
    """The key of sign-ins, where the backup has one; where the old one is kept."""
    if KEY not in archive.manifest.members:
        return None
    content, place = io.BytesIO(), found.instance / KEY
    archive.read(KEY, content)
    if not place.exists() or place.read_bytes().strip() == content.getvalue():
        write_whole(place, content.getvalue())
        return None
    aside = place.with_name(f"{KEY}{sqlite.ASIDE}{stamp}")
    if not aside.exists():
        os.link(place, aside)
    write_whole(place, content.getvalue())
    return aside


def _put_database(found: Installation, described: Manifest, database: Path, stamp: str) -> str:
    if found.on_sqlite:
        live = sqlite.file_of(found.database_url)
        kept = sqlite.put_in_place(database, live, stamp)
        sqlite.forget_older(live, stamp)
        return str(kept or "")
    return (
        postgresql.put_in_place(found.database_url, database, described.revision, described.rows, described.db_schema)
        or ""
    )
