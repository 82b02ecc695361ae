"""Whether this process lives, and whether it could serve somebody now."""

from __future__ import annotations

import tempfile
from pathlib import Path

from flask import Blueprint, Response, current_app, jsonify
from flask.typing import ResponseReturnValue
from sqlalchemy import text
from sqlalchemy.exc import SQLAlchemyError

from app.files import free_bytes
from app.web.guards import public
from app.web.schema import is_at_head
from app.web.transactions import database
from app.web.trouble import written_folders

LEAST_READY = 4_000_000
"""Bytes free below which somebody else should serve: what is left may not be enough for the log of the database."""

bp = Blueprint("health", __name__)


@bp.get("/healthz")
@public
def healthz() -> Response:
    """Alive: asks nothing of database or disk, so that a busy one does not get the process killed."""
    return jsonify(status="ok")


@bp.get("/readyz")
@public
def readyz() -> ResponseReturnValue:
    """Ready: 200 when every check is ok, else 503."""
    checks = {"database": _database_answers(), "migrations": _schema_is_new(), "disk": _disk_takes_writes()}
    ready = all(checks.values())
    words = {name: "ok" if passed else "failed" for name, passed in checks.items()}
    return jsonify(status="ok" if ready else "failed", checks=words), 200 if ready else 503


def _database_answers() -> bool:
    try:
        with database().engine.connect() as connection:
            return bool(connection.scalar(text("SELECT 1")) == 1)
    except SQLAlchemyError:
        return False


def _schema_is_new() -> bool:
    try:
        with database().engine.connect() as connection:
            return is_at_head(connection)
    except SQLAlchemyError:
        return False


def _disk_takes_writes() -> bool:
    try:
        if any(free_bytes(folder) < LEAST_READY for folder in written_folders()):
            return False
        with tempfile.TemporaryFile(dir=Path(current_app.instance_path)) as file:
            file.write(b"ready")
            file.flush()
    except OSError:
        return False
    return True
