"""A SQLite file: copied while people write, and put in the place of another at once."""

from __future__ import annotations

import os
import shutil
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from itertools import chain, count
from pathlib import Path

from sqlalchemy import Connection, make_url
from sqlalchemy.exc import DatabaseError

from app.backup.examining import rows_of, what_is_wrong
from app.backup.snapshot import Snapshot
from app.db import make_engine
from app.errors import UserError
from app.files import sync_folder
from app.web.schema import refuse_future, revision_of
from app.words import Sentence, say

ASIDE = ".before-restore-"
MAGIC = b"SQLite format 3\0"
"""How every file of SQLite begins."""


def file_of(url: str) -> Path:
    """The file of a database's address."""
    return Path(make_url(url).database or "").absolute()


@contextmanager
def snapshot(url: str, scratch: Path) -> Iterator[Snapshot]:
    """The database as it is now, copied to `scratch` and gone afterwards.

    One step for all pages: in WAL mode a reader holds up nobody, while a copy in several steps would begin again with
    every save of another process, and under load never end.
    """
    source = file_of(url)
    if not source.exists():
        raise UserError(say("There is no database {path} yet.", path=source))
    try:
        live = sqlite3.connect(source.as_uri() + "?mode=rw", uri=True)  # never makes a file
        with closing(live), closing(sqlite3.connect(scratch)) as copy:
            copy.execute("PRAGMA synchronous=OFF")  # a copy of the copy is what will be kept
            live.backup(copy, pages=-1)
        with looked_into(scratch) as connection:
            revision, rows = revision_of(connection), rows_of(connection)
        with scratch.open("rb") as stream:
            yield Snapshot("sqlite", "", revision, rows, stream)
    except (sqlite3.DatabaseError, DatabaseError) as error:
        raise UserError(say("The database cannot be read: {why}.", why=getattr(error, "orig", error))) from None
    finally:
        for name in (scratch, *companions(scratch)):
            name.unlink(missing_ok=True)


@contextmanager
def looked_into(path: Path) -> Iterator[Connection]:
    """A connection to a file that nobody else knows of."""
    engine = make_engine(f"sqlite:///{path}")
    try:
        with engine.connect() as connection:
            # What the file says may run inside an expression or an index is not believed.
            connection.exec_driver_sql("PRAGMA trusted_schema=OFF")
            yield connection
    finally:
        engine.dispose()


def wrong_with(path: Path, revision: str, rows: dict[str, int]) -> list[Sentence]:
    """Everything about a copied database that cannot be."""
    try:
        with looked_into(path) as connection:
            if revision_of(connection) != revision:
                return [say("Its database is at another revision than it says.")]
            refuse_future(revision)
            return list(what_is_wrong(connection, rows))
    except (DatabaseError, sqlite3.DatabaseError):
        return [say("Its database is damaged.")]
    except UserError as refusal:
        return [refusal.sentence]


def refuse_other_file(live: Path) -> None:
    """Raises UserError where the database's place is taken by a file of something else, as after a wrong address."""
    if live.is_dir() or (live.exists() and _beginning_of(live) not in {MAGIC, b""}):
        raise UserError(
            say(
                "{path} is no SQLite database. Nothing was changed. Check DATABASE_URL; if this is your database and "
                "damaged, give it another name first.",
                path=live,
            )
        )


def settle(live: Path) -> bool:
    """Fold what SQLite keeps beside the file into it; whether that could be done, which a damaged file refuses.

    Raises UserError where anybody has the database open: that is what SQLite needs to be alone for.
    """
    if not live.exists():
        return True
    try:
        with closing(sqlite3.connect(live, timeout=0)) as connection:
            return bool(connection.execute("PRAGMA journal_mode=DELETE").fetchone() == ("delete",))
    except sqlite3.OperationalError as error:
        if error.sqlite_errorcode & 0xFF in {sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED}:
            raise UserError(
                say("Something has {path} open: end the product and whatever else reads it.", path=live)
            ) from None
        return False
    except sqlite3.DatabaseError:
        return False


def put_in_place(draft: Path, live: Path, stamp: str) -> Path | None:
    """Make a checked file the database, at once; returns under which name the old one is kept, if there was one.

    At every moment the name of the database is that of the old file, whole, or of the new one.
    """
    aside = _name_aside(live, stamp)
    had_one, folded = live.exists(), settle(live)
    if had_one:
        shutil.copymode(live, draft)
    if not folded or not had_one:
        # Pages of a database that is damaged, or gone, would be taken for pages of the new one.
        for name in companions(live):
            if name.exists():
                name.replace(name.with_name(name.name.replace(live.name, aside.name, 1)))
    _sync(draft)
    if had_one:
        _second_name(live, aside)
    draft.replace(live)
    sync_folder(live.parent)
    return aside if had_one else None


def forget_older(live: Path, stamp: str) -> None:
    """Remove what earlier restores kept aside."""
    for old in live.parent.glob(f"{live.name}{ASIDE}*"):
        if not old.name.startswith(f"{live.name}{ASIDE}{stamp}"):
            old.unlink()


def companions(live: Path) -> tuple[Path, Path]:
    """What SQLite keeps beside a file in use."""
    return live.with_name(f"{live.name}-wal"), live.with_name(f"{live.name}-shm")


def _beginning_of(path: Path) -> bytes:
    with path.open("rb") as file:
        return file.read(len(MAGIC))


def _name_aside(live: Path, stamp: str) -> Path:
    """A name that nothing has, or the file itself: a restore may be ended, and run again within the same second."""
    first = live.with_name(f"{live.name}{ASIDE}{stamp}")
    names = chain([first], (first.with_name(f"{first.name}-{number}") for number in count(2)))
    return next(name for name in names if not name.exists() or (live.exists() and name.samefile(live)))


def _second_name(live: Path, aside: Path) -> None:
    if aside.exists():
        return  # a restore that was ended has given it this name already
    with suppress(OSError):  # not every file system gives a file two names
        os.link(live, aside)
        return
    shutil.copy2(live, aside)
    _sync(aside)


def _sync(path: Path) -> None:
    with path.open("rb+") as file:
        os.fsync(file.fileno())
