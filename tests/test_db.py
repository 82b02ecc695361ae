"""The engine's settings, and turns between nodes."""

from __future__ import annotations

from pathlib import Path
from threading import Event, Thread

import pytest

from app.db import SQLITE_PRAGMAS, Database, one_at_a_time


def test_every_connection_to_sqlite_has_the_settings_this_product_relies_on(tmp_path: Path) -> None:
    with Database(f"sqlite:///{tmp_path}/x.sqlite").engine.connect() as connection:
        found = {name: connection.exec_driver_sql(f"PRAGMA {name}").scalar() for name in SQLITE_PRAGMAS}
    assert found == {
        "journal_mode": "wal",
        "synchronous": 2,  # FULL: what was committed outlives a power cut
        "busy_timeout": 5000,  # milliseconds
        "foreign_keys": 1,
        "cache_size": -65536,  # kilobytes
        "mmap_size": 268435456,  # bytes
        "temp_store": 2,  # memory
    }


@pytest.mark.parametrize(("second", "waits"), [("publishing", True), ("migrating", False)])
def test_a_turn_lasts_as_long_as_its_transaction(database: Database, second: str, waits: bool) -> None:  # noqa: FBT001 -- a parameter of the table
    if database.engine.dialect.name == "sqlite":
        pytest.skip("SQLite has one writer at a time, whatever the turn")
    had_its_turn = Event()

    def take_the_second() -> None:
        with database.transaction() as db:
            one_at_a_time(db, second)
            had_its_turn.set()

    other = Thread(target=take_the_second)
    with database.transaction() as db:
        one_at_a_time(db, "publishing")
        other.start()
        assert had_its_turn.wait(0.5) is not waits
    other.join()
    assert had_its_turn.is_set()
