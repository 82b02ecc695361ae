"""Databases for products of their own: a SQLite file, or a schema of the PostgreSQL that the tests were given."""

from __future__ import annotations

import os
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from app.db import Database


@contextmanager
def own_database(folder: Path) -> Iterator[str]:
    """The address of an empty database, gone afterwards."""
    if "TEST_DATABASE_URL" not in os.environ:
        yield f"sqlite:///{folder / 'answers.sqlite'}"
        return
    url = f"postgresql+psycopg://{os.environ['TEST_DATABASE_URL'].partition('://')[2]}"
    schema = f"survival_{secrets.token_hex(4)}"
    server = Database(url).engine
    with server.begin() as connection:
        connection.exec_driver_sql(f"CREATE SCHEMA {schema}")
    try:
        yield f"{url}{'&' if '?' in url else '?'}options=-csearch_path%3D{schema}"
    finally:
        with server.begin() as connection:
            connection.exec_driver_sql(f"DROP SCHEMA {schema} CASCADE")
        server.dispose()
