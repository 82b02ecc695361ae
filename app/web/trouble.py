"""What a database or a disk that fails means for whoever asked: to try again soon, never that all is lost."""

from __future__ import annotations

import logging
import sqlite3
import time
from errno import EDQUOT, ENOSPC
from pathlib import Path
from typing import Literal

from flask import Flask, current_app, request
from sqlalchemy import make_url
from sqlalchemy.exc import DBAPIError, InterfaceError, OperationalError
from sqlalchemy.exc import TimeoutError as NoConnectionFree

from app.files import LEAST_FREE, refuse_scarce_room

Trouble = Literal["busy", "gone", "full"]
"""Others write; the database is not there or starts anew; the disk takes nothing."""

TROUBLES = (DBAPIError, NoConnectionFree, sqlite3.Error, OSError)
"""Errors that may be one."""
LINE_EVERY = 60.0
"""Seconds between two lines in the log about the same trouble: a full disk is told to everybody, and written once."""

_SQLITE: dict[int, Trouble] = {
    sqlite3.SQLITE_BUSY: "busy",
    sqlite3.SQLITE_LOCKED: "busy",
    sqlite3.SQLITE_PROTOCOL: "busy",
    sqlite3.SQLITE_FULL: "full",
    sqlite3.SQLITE_IOERR: "full",
    sqlite3.SQLITE_CANTOPEN: "full",
    sqlite3.SQLITE_READONLY: "full",
}
_POSTGRESQL: dict[str, Trouble] = {
    "40P01": "busy",  # deadlock_detected
    "40001": "busy",  # serialization_failure
    "55P03": "busy",  # lock_not_available
    "53300": "busy",  # too_many_connections
    "57P01": "gone",  # admin_shutdown
    "57P02": "gone",  # crash_shutdown
    "57P03": "gone",  # cannot_connect_now
    "25006": "gone",  # read_only_sql_transaction: what was the primary server is none any more
    "53100": "full",  # disk_full
    "58030": "full",  # io_error
}
_told: dict[Trouble, float] = {}
log = logging.getLogger(__name__)


def trouble_of(error: BaseException | None) -> Trouble | None:
    """Which trouble an error is; None for any other, which is a mistake of ours."""
    match error:
        case NoConnectionFree():
            return "busy"
        case OSError():
            return "full" if error.errno in {ENOSPC, EDQUOT} else None
        case sqlite3.Error():
            return _SQLITE.get(getattr(error, "sqlite_errorcode", 0) & 0xFF)  # the rest of the code is detail
        case DBAPIError(orig=sqlite3.Error()):
            return trouble_of(error.orig)
        case DBAPIError():
            state = getattr(error.orig, "sqlstate", None)
            return _POSTGRESQL.get(state) if state else ("gone" if _is_unreachable(error) else None)
    return None


def _is_unreachable(error: DBAPIError) -> bool:
    # What the server did not say, its driver noticed: refused, timed out, closed in the midst of an answer.
    return error.connection_invalidated or isinstance(error, OperationalError | InterfaceError)


def tell_log(trouble: Trouble, error: BaseException, *, asked: str) -> None:
    """A line in the log, unless there was one just now."""
    now = time.monotonic()
    if now - _told.get(trouble, -LINE_EVERY) >= LINE_EVERY:
        _told[trouble] = now
        why = str(error.orig if isinstance(error, DBAPIError) else error).strip().partition("\n")[0]
        log.warning("%s, first at %s: %s (told once a minute)", trouble, asked, why)


def refuse_uploads_without_room(app: Flask) -> None:
    """Files are refused while the disk is nearly full, so that answers can still be saved. See `NoRoom`."""

    @app.before_request
    def refuse() -> None:
        if request.mimetype == "multipart/form-data":
            for folder in written_folders():
                refuse_scarce_room(folder, LEAST_FREE)


def written_folders() -> tuple[Path, ...]:
    """Where this application writes: its instance folder and, for SQLite, that of the database."""
    instance, url = Path(current_app.config["INSTANCE_PATH"]), make_url(current_app.config["DATABASE_URL"])
    beside = url.get_backend_name() == "sqlite" and url.database
    return (instance, Path(beside).absolute().parent) if beside else (instance,)
