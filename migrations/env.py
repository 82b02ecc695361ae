"""Runs migrations over a connection that is given, or over DATABASE_URL when alembic itself is called."""

from __future__ import annotations

from alembic import context
from sqlalchemy import Connection

import app.accounts.models
import app.catalogue.models
import app.outbox  # noqa: F401 -- what autogenerate compares with
from app.db import Base, make_engine


def migrate(connection: Connection) -> None:
    # Forward only, one transaction for all: SQLite, too, takes back a table that was only half of a step.
    context.configure(connection=connection, target_metadata=Base.metadata, transactional_ddl=True)
    with context.begin_transaction():
        context.run_migrations()


given = context.config.attributes.get("connection")
if given is not None:
    migrate(given)
else:
    from config import load_config

    with make_engine(load_config().DATABASE_URL).connect() as own:
        migrate(own)
        own.commit()
