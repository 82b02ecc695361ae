"""Before anything is served: whether the database keeps what it says it kept. Settings are read back, not believed."""

from __future__ import annotations

from pathlib import Path
from sqlite3 import SQLITE_FULL

from sqlalchemy import Connection, text
from sqlalchemy.exc import DatabaseError

from app.db import Database
from app.errors import UserError
from app.words import Sentence, say
from config import stop

SQLITE_NEEDS = {"journal_mode": "wal", "synchronous": "2", "foreign_keys": "1", "busy_timeout": "5000"}
"""What its PRAGMAs answer on a connection of ours; `synchronous` 2 is FULL."""
POSTGRESQL_NEEDS = {
    "fsync": ("on",),
    "full_page_writes": ("on",),
    "synchronous_commit": ("on", "local", "remote_write", "remote_apply"),
    "server_encoding": ("UTF8",),
}
OLDEST_POSTGRESQL = 13
DISK_FULL = "53100"
"""How PostgreSQL calls it."""
FOR_TESTS = "coursewright.thrown_away"
"""A setting of ours that a PostgreSQL server was started with, whose databases are thrown away after a test. It stands
on the server's command line, next to those that make it unsafe, and not with us, where it could be left by mistake."""
PATIENT = 60.0
"""Seconds for another start that changes tables just now."""
MOUNTS = Path("/proc/self/mountinfo")
NETWORK_SHARES = frozenset({"nfs", "nfs4", "cifs", "smb3", "smbfs", "afs", "ncpfs", "fuse.sshfs", "fuse.s3fs"})


def stop_if_unsafe(database: Database) -> None:
    """End the program with a sentence, before anything is changed."""
    try:
        refuse_unsafe_database(database)
    except UserError as refused:
        stop(refused.sentence)


def refuse_unsafe_database(database: Database) -> None:
    """Raises UserError where the database could lose what was saved, or cannot be written to."""
    try:
        with database.transaction(patience=PATIENT) as db:
            if database.engine.dialect.name == "sqlite":
                _refuse_unsafe_sqlite(db.connection())
            else:
                _refuse_unsafe_postgresql(db.connection())
    except DatabaseError as error:
        raise UserError(cannot_be_used(error)) from error
    except OSError as error:  # the lock files stand beside it
        raise UserError(
            say(
                "The file {path} cannot be made or opened ({why}): the folder of the database must be writable.",
                path=error.filename,
                why=error.strerror,
            )
        ) from error


def cannot_be_used(error: DatabaseError) -> Sentence:
    """What a database said that cannot be used at all."""
    why = str(error.orig).strip().partition("\n")[0]
    if getattr(error.orig, "sqlite_errorcode", 0) == SQLITE_FULL or getattr(error.orig, "sqlstate", "") == DISK_FULL:
        return say("The disk is full ({why}). Make room, then do this once more.", why=why)
    return say("The database cannot be used: {why}. Check DATABASE_URL.", why=why)


def _refuse_unsafe_sqlite(connection: Connection) -> None:
    (_number, _name, path) = connection.exec_driver_sql("PRAGMA database_list").one()
    system = file_system_of(Path(path).parent, MOUNTS)
    if system in NETWORK_SHARES:
        raise UserError(
            say(
                "The database {path} lies on a network share ({system}), where SQLite can be damaged. Put it on a disk "
                "of this machine, or use PostgreSQL.",
                path=path,
                system=system,
            )
        )
    trial = connection.begin_nested()
    connection.exec_driver_sql("CREATE TABLE tried_to_write (n INTEGER)")  # BEGIN alone takes a file that is read-only
    trial.rollback()
    for name, needed in SQLITE_NEEDS.items():
        found = str(connection.exec_driver_sql(f"PRAGMA {name}").scalar())
        if found != needed:
            raise UserError(_unsafe(name, found, needed))


def _refuse_unsafe_postgresql(connection: Connection) -> None:
    version = int(str(_setting(connection, "server_version_num"))) // 10_000
    if version < OLDEST_POSTGRESQL:
        raise UserError(
            say(
                "PostgreSQL {version} is too old: {oldest} or newer is needed.",
                version=version,
                oldest=OLDEST_POSTGRESQL,
            )
        )
    if _setting(connection, FOR_TESTS) == "on":
        return
    for name, accepted in POSTGRESQL_NEEDS.items():
        found = _setting(connection, name)
        if found not in accepted:
            raise UserError(_unsafe(name, str(found), accepted[0]))


def _setting(connection: Connection, name: str) -> str | None:
    """What a setting of PostgreSQL is for us now, whoever set it where; None for one that nobody set."""
    found: str | None = connection.scalar(text("SELECT current_setting(:name, true)"), {"name": name})
    return found


def _unsafe(name: str, found: str, needed: str) -> Sentence:
    return say(
        "The database has {name} = {found}, with which saved answers can be lost: {needed} is needed. Nothing was "
        "started. Look at DATABASE_URL, and at the settings of the database server.",
        name=name,
        found=found,
        needed=needed,
    )


def file_system_of(folder: Path, mounts: Path) -> str:
    """The kind of file system that a folder lies on; empty where the kernel does not tell."""
    if not mounts.exists():
        return ""
    place, best, kind = folder.resolve(), Path(), ""
    for line in mounts.read_text(encoding="utf-8", errors="surrogateescape").splitlines():
        before, _, after = line.partition(" - ")
        mounted = Path(before.split()[4].encode().decode("unicode_escape"))  # a blank is written \040
        if place.is_relative_to(mounted) and len(mounted.parts) >= len(best.parts):
            best, kind = mounted, after.split()[0]
    return kind
