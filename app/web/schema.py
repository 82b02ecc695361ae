"""The revision a database is at, and the way to the newest: forward only."""

from __future__ import annotations

import logging
from collections.abc import Callable
from functools import lru_cache
from pathlib import Path

from sqlalchemy import Connection, exists, inspect, select, table, text

from app.db import make_engine
from app.errors import UserError
from app.words import say

SCRIPTS = Path(__file__).parents[2] / "migrations"

OF_A_START = 60.0
"""Seconds to wait, on SQLite, for another start that changes tables."""
log = logging.getLogger(__name__)


def upgrade_database(url: str, *, before: Callable[[str], object] | None = None) -> None:
    """Bring a database to the newest revision; quick when it is there.

    Where there are rows to change, `before` is called first with the revision they are at. It happens inside the
    migration's transaction: one node does it, and what it raises leaves everything as it was.
    Raises UserError for a database that a newer version of the product has written.
    """
    engine = make_engine(url)
    try:
        with engine.connect() as connection:
            if is_at_head(connection):
                return
            refuse_future(revision_of(connection))
        with engine.connect().execution_options(writes=True, patience=OF_A_START) as connection:
            _upgrade(connection, before=before)
    finally:
        engine.dispose()


def is_at_head(connection: Connection) -> bool:
    """Whether a database has the tables that this code expects."""
    return revision_of(connection) == _revisions()[0]


def revision_of(connection: Connection) -> str | None:
    """The revision a database is at; None for one without tables of ours."""
    if not inspect(connection).has_table("alembic_version"):
        return None
    revision: str | None = connection.scalar(text("SELECT version_num FROM alembic_version"))
    return revision


def refuse_future(revision: str | None) -> None:
    """Raises UserError for a revision that only a newer version of the product knows."""
    if revision is not None and revision not in _revisions():
        raise UserError(
            say(
                "The database is at revision {revision}, which this version does not know: a newer one wrote it. "
                "Install that version, or restore a backup from before.",
                revision=revision,
            )
        )


@lru_cache
def _revisions() -> tuple[str, ...]:
    """All revisions, newest first."""
    from alembic.script import ScriptDirectory  # noqa: PLC0415 -- a tenth of a second that most commands need not spend

    return tuple(script.revision for script in ScriptDirectory(str(SCRIPTS)).walk_revisions())


def _upgrade(connection: Connection, scripts: Path = SCRIPTS, *, before: Callable[[str], object] | None = None) -> None:
    from alembic import command  # noqa: PLC0415 -- as above
    from alembic.config import Config  # noqa: PLC0415 -- as above

    def first(migrating: Connection) -> None:
        revision = revision_of(migrating)  # another node may have come first
        if before is not None and revision is not None and not is_at_head(migrating) and _has_rows(migrating):
            before(revision)

    config = Config(attributes={"connection": connection, "before": first})
    config.set_main_option("script_location", str(scripts))
    command.upgrade(config, "head")
    log.info("database upgraded to revision %s", _revisions()[0])


def _has_rows(connection: Connection) -> bool:
    names = (name for name in inspect(connection).get_table_names() if name != "alembic_version")
    return any(connection.scalar(select(exists().select_from(table(name)))) for name in names)
