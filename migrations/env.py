"""Runs migrations over a connection that is given, or over DATABASE_URL when alembic itself is called."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from alembic import context
from sqlalchemy import Connection

import app.accounts.models
import app.assessment.models
import app.catalogue.models
import app.certificates.models
import app.classroom.models
import app.cohorts.models
import app.gradebook.models
import app.marking.models
import app.outbox
import app.records.models
import app.regrading.models
import app.reviewing.models
import app.teamwork.models  # noqa: F401 -- what autogenerate compares with
from app.db import Base, make_engine, one_at_a_time
from app.web.rebuild import refuse_orphans


def migrate(connection: Connection) -> None:
    # Forward only, one transaction for all: SQLite, too, takes back a table that was only half of a step.
    context.configure(connection=connection, target_metadata=Base.metadata, transactional_ddl=True)
    before = context.config.attributes.get("before")
    with foreign_keys_apart(connection), context.begin_transaction():
        one_at_a_time(connection, "migrating")
        if before is not None:
            before(connection)  # nobody else migrates now, and on SQLite nobody writes
        context.run_migrations()
        refuse_orphans(connection)


@contextmanager
def foreign_keys_apart(connection: Connection) -> Iterator[None]:
    """SQLite changes a table by making it anew, and dropping the old one would remove the rows that refer to it."""
    if connection.dialect.name != "sqlite":
        yield
        return
    # On the driver's connection: a transaction would have begun before, and inside of one this changes nothing.
    driver = connection.connection.cursor()
    driver.execute("PRAGMA foreign_keys=OFF")
    try:
        yield
    finally:
        driver.execute("PRAGMA foreign_keys=ON")


given = context.config.attributes.get("connection")
if given is not None:
    migrate(given)
else:
    from config import load_config

    with make_engine(load_config().DATABASE_URL).connect().execution_options(writes=True) as own:
        migrate(own)
        own.commit()
