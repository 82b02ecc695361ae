"""Installations to back up: filled with what people did, on the database of the tests, and written to meanwhile."""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

from sqlalchemy import create_engine, insert, make_url, select

from app.assessment.models import AnswerChange, Attempt
from app.backup.making import Installation
from app.db import Database
from app.files import FileStore
from app.web.schema import upgrade_database
from tests.backup.released import fill

KEY = "fedcba9876543210" * 4
FILES = tuple(f"picture {number}".encode() * 500 for number in range(5))
ON_POSTGRESQL = "TEST_DATABASE_URL" in os.environ


@contextmanager
def empty_database(folder: Path, name: str) -> Iterator[str]:
    """The address of a database of its own without tables: restoring asks to be alone in it."""
    if not ON_POSTGRESQL:
        yield f"sqlite:///{folder / 'coursewright.sqlite'}"
        return
    url = make_url(f"postgresql+psycopg://{os.environ['TEST_DATABASE_URL'].partition('://')[2]}")
    server = create_engine(url, isolation_level="AUTOCOMMIT")
    with server.connect() as connection:
        connection.exec_driver_sql(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)")
        connection.exec_driver_sql(f"CREATE DATABASE {name} TEMPLATE template0")
    try:
        yield url.set(database=name).render_as_string(hide_password=False)
    finally:
        with server.connect() as connection:
            connection.exec_driver_sql(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)")
        server.dispose()


@contextmanager
def installed(folder: Path, name: str, *, filled: bool) -> Iterator[Installation]:
    """An installation with an instance folder of its own; what people did in it, and files, where it is filled."""
    folder.mkdir()
    with empty_database(folder, name) as url:
        found = Installation(folder, url, KEY)
        if filled:
            upgrade_database(url)
            fill(url, folder / "released.sqlite")
            (folder / "released.sqlite").unlink()
            for content in FILES:
                FileStore(folder / "files", least_free=0).keep(content)
        yield found


Saved = tuple[int, str, int, str]
"""Attempt, client, number of the save, text."""


@dataclass
class Savers:
    """Browsers that save: each notes what was acknowledged to it."""

    found: Installation
    acknowledged: list[Saved] = field(default_factory=list)
    slowest: float = 0.0
    refused: list[BaseException] = field(default_factory=list)
    _end: threading.Event = field(default_factory=threading.Event)

    def save_on(self, client: str, attempts: list[int]) -> None:
        """Save until told to end."""
        database = Database(self.found.database_url)
        number = 0
        try:
            while not self._end.is_set():
                number += 1
                attempt, text = attempts[number % len(attempts)], f"第 {number} 次 from {client}"
                since = time.monotonic()
                with database.transaction() as db:
                    db.execute(insert(AnswerChange).values(change(attempt, client, number, text)))
                self.slowest = max(self.slowest, time.monotonic() - since)
                self.acknowledged.append((attempt, client, number, text))
                self._end.wait(0.005)
        except BaseException as error:
            self.refused.append(error)
            raise
        finally:
            database.engine.dispose()


def change(attempt: int, client: str, number: int, text: str) -> dict[str, object]:
    """The row of one save."""
    of = {"attempt_id": attempt, "client": client, "seq": number, "base": 0}
    return {**of, "fields": {"text": text}, "stale": [], "at": datetime.now(UTC)}


@contextmanager
def saving(found: Installation, browsers: int = 4) -> Iterator[Savers]:
    """Browsers that save for as long as the block lasts."""
    database = Database(found.database_url)
    with database.reading() as db:
        attempts = list(db.scalars(select(Attempt.id)))
    database.engine.dispose()
    savers = Savers(found)
    threads = [threading.Thread(target=savers.save_on, args=(f"browser {n}", attempts)) for n in range(browsers)]
    for thread in threads:
        thread.start()
    try:
        yield savers
    finally:
        savers._end.set()
        for thread in threads:
            thread.join()


def saved_in(url: str) -> set[Saved]:
    """Every save in a database."""
    database = Database(url)
    try:
        with database.reading() as db:
            rows = db.execute(
                select(AnswerChange.attempt_id, AnswerChange.client, AnswerChange.seq, AnswerChange.fields).where(
                    AnswerChange.client.startswith("browser ")
                )
            )
            return {(attempt, client, seq, fields["text"]) for attempt, client, seq, fields in rows}
    finally:
        database.engine.dispose()
