"""The courses that come with the product: published at a start, unless somebody here has published their own."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from datetime import datetime
from pathlib import Path

from sqlalchemy.orm import Session

from app.catalogue.actions import PUBLISHING, newest_of, publish_course
from app.catalogue.models import CourseVersion
from app.courses.files import read_files
from app.courses.loading import Loaded, load_root
from app.db import Database, one_at_a_time
from app.files import FileStore

OF_A_START = 60.0
"""Seconds to wait for another node that starts at the same moment."""
log = logging.getLogger(__name__)


def publish_shipped_courses(
    database: Database, root: Path, *, store: FileStore, now: datetime
) -> tuple[CourseVersion, ...]:
    """The newest version of every course under `root`, published where it has changed since.

    A course is left alone when its newest version is somebody's own. One with errors is not published, and logged.
    """
    courses = load_root(read_files(root)).courses  # before the transaction: nobody else writes during one
    with database.transaction(patience=OF_A_START) as db:
        published = [publish_shipped(db, loaded, store=store, now=now) for loaded in courses]
    return tuple(version for version in published if version is not None)


def publish_shipped(db: Session, loaded: Loaded, *, store: FileStore, now: datetime) -> CourseVersion | None:
    """The newest version of a shipped course: these files, unless the one there is not from shipped files."""
    if loaded.course is None:
        log.error("the shipped course %s has errors and is not published: see `flask content check`", loaded.slug)
        return None
    one_at_a_time(db, PUBLISHING)
    newest = newest_of(db, loaded.course.slug)
    if newest is not None and newest.origin != "shipped":
        return newest
    files = keep_files(store, loaded)  # of an old version, too: this node may be new, or its folder not restored
    return publish_course(db, loaded.course, by=None, now=now, origin="shipped", files=files)


def keep_files(store: FileStore, loaded: Loaded) -> Mapping[str, str]:
    """Puts the texts that a course was made of and its pictures into the store; path of each text → its key."""
    for picture in loaded.media.values():
        store.keep(picture)
    return {str(path): store.keep(content) for path, content in sorted(loaded.sources.items())}
