"""A backup made while people work: the database at one moment, then the files that it may speak of."""

from __future__ import annotations

import io
import logging
import time
import tomllib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from hashlib import sha256
from pathlib import Path
from typing import Any, Self

from app import clock
from app.backup import manifest, postgresql, sqlite
from app.backup.archive import Writing, written
from app.backup.manifest import Manifest
from app.backup.snapshot import Snapshot
from app.errors import UserError
from app.files import FileStore
from app.words import Sentence, say

FOLDER = "backups"
LEFT_OVER = 24 * 3600
"""Seconds after which what a killed backup left is removed: none takes that long."""
ABOUT = Path(__file__).parents[2] / "pyproject.toml"
"""Where the product's version stands."""

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Installation:
    """What is backed up, and where it is brought back."""

    instance: Path
    database_url: str
    secret_key: str

    @classmethod
    def of(cls, config: Mapping[str, Any]) -> Self:
        """What an application with this configuration works on."""
        return cls(Path(config["INSTANCE_PATH"]), config["DATABASE_URL"], config["SECRET_KEY"])

    @property
    def on_sqlite(self) -> bool:
        return self.database_url.startswith("sqlite")

    @property
    def store(self) -> FileStore:
        return FileStore(self.instance / "files")

    @property
    def backups(self) -> Path:
        """Where backups are kept unless somebody says otherwise."""
        return self.instance / FOLDER


@dataclass(frozen=True)
class Made:
    """A backup that is on the disk."""

    path: Path
    manifest: Manifest
    size: int
    seconds: float
    damaged: tuple[str, ...]
    """Stored files that are not what their name says: they are left out."""


def make_backup(
    found: Installation, target: Path, *, with_key: bool = False, now: Callable[[], datetime] = clock.now
) -> Made:
    """Back everything up into `target`, a file; or, where that is a folder, into a file named by the moment there.

    Raises UserError; then there is no new file.
    """
    since, began = time.monotonic(), now().astimezone(UTC)
    path = target / manifest.file_name(began) if target.is_dir() else target
    try:
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        _clear_left_over(path.parent)
        with written(path) as writing:
            taken, damaged = _add_everything(found, writing, path, with_key=with_key)
            described = _described(taken, writing, began, now().astimezone(UTC))
            writing.end(described)
        size = path.stat().st_size
    except OSError as error:
        raise _not_written(path, error) from None
    return Made(path, described, size, time.monotonic() - since, damaged)


def own_folder(found: Installation) -> Path:
    """Where backups are kept unless somebody says otherwise, made when missing."""
    try:
        found.backups.mkdir(mode=0o700, exist_ok=True)
    except OSError as error:
        raise _not_written(found.backups, error) from None
    return found.backups


def remove_older(folder: Path, keep: int) -> list[Path]:
    """Keep the newest backups of a folder and remove the others, those with names of their own excepted."""
    old = backups_in(folder)[keep:]
    for path in old:
        path.unlink()
    return old


def backups_in(folder: Path) -> list[Path]:
    """The backups of a folder that were named by their moment, newest first."""
    return sorted((path for path in folder.iterdir() if manifest.NAMED.fullmatch(path.name)), reverse=True)


def _not_written(path: Path, error: OSError) -> UserError:
    why = error.strerror or str(error)
    return UserError(say("The backup cannot be written to {path}: {why}.", path=path, why=why))


def _add_everything(
    found: Installation, writing: Writing, path: Path, *, with_key: bool
) -> tuple[Snapshot, tuple[str, ...]]:
    if found.on_sqlite:
        snapshot = sqlite.snapshot(found.database_url, path.with_name(f".{path.name}.snapshot"))
    else:
        snapshot = postgresql.snapshot(found.database_url)
    with snapshot as taken:
        if taken.revision is None:
            raise UserError(say("There are no tables in the database yet."))
        writing.add(manifest.DATABASE[taken.kind], taken.stream)
    # After the database: files are only ever added, so that everything it speaks of is there.
    damaged = tuple(_add_files(found.store, writing))
    if with_key:
        writing.add(manifest.KEY, io.BytesIO(found.secret_key.encode()))
    return taken, damaged


def _add_files(store: FileStore, writing: Writing) -> list[str]:
    damaged = []
    for key in store:
        content = store.content(key)
        if sha256(content).hexdigest() == key:
            writing.add(f"files/{key}", io.BytesIO(content))
        else:
            damaged.append(key)
    return damaged


def _described(taken: Snapshot, writing: Writing, began: datetime, ended: datetime) -> Manifest:
    return Manifest(
        product="coursewright",
        format=1,
        version=tomllib.loads(ABOUT.read_text(encoding="utf-8"))["project"]["version"],
        kind=taken.kind,
        db_schema=taken.db_schema,
        revision=taken.revision or "",
        began=began,
        ended=ended,
        rows=taken.rows,
        members=writing.members,
    )


def _clear_left_over(folder: Path) -> None:
    for path in folder.glob(f".{manifest.PRODUCT}-*Z.zip.*"):
        if time.time() - path.stat().st_mtime > LEFT_OVER:
            path.unlink(missing_ok=True)


def kept_before_upgrade(found: Installation, tell: Callable[[Sentence], None]) -> Callable[[str], None]:
    """What `upgrade_database` calls before it changes anything: a backup in the instance folder.

    Without PostgreSQL's programs there is none, and it is said so: the upgrade is one transaction there.
    """

    def keep(revision: str) -> None:
        try:
            made = make_backup(found, own_folder(found))
        except postgresql.NoProgram as refusal:
            tell(refusal.sentence)
            tell(say("The database is upgraded from revision {revision} without a backup.", revision=revision))
        except UserError as refusal:
            raise UserError(
                say(
                    "{why} Before an upgrade there is a backup: make it possible, or make one in another way and "
                    "run `flask db upgrade --without-backup`.",
                    why=refusal.sentence,
                )
            ) from None
        else:
            tell(say("Before the upgrade everything was backed up to {path}.", path=made.path))

    return keep
