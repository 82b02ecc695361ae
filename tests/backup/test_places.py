"""Where a backup cannot be taken or brought back: told in a sentence, with everything left as it is."""

from __future__ import annotations

import os
import shutil
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path

import pytest
from sqlalchemy import create_engine, make_url

from app.backup.making import Installation, make_backup
from app.backup.restoring import restore_backup
from app.backup.sqlite import put_in_place
from app.errors import UserError
from tests.backup.installations import ON_POSTGRESQL, installed

NOW = datetime(2026, 11, 23, 1, 0, tzinfo=UTC)
pytestmark = pytest.mark.skipif(ON_POSTGRESQL and not shutil.which("pg_dump"), reason="pg_dump is not installed")


@pytest.fixture
def found(tmp_path: Path, worker_id: str) -> Iterator[Installation]:
    with installed(tmp_path / "here", f"places_{worker_id}", filled=True) as place:
        yield place


@pytest.mark.skipif(ON_POSTGRESQL, reason="a server's databases are no files")
def test_a_file_of_something_else_is_not_replaced(found: Installation, tmp_path: Path) -> None:
    made = make_backup(found, tmp_path / "made.zip").path
    other = tmp_path / "people.txt"
    other.write_text("root:x:0:0:root:/root:/bin/bash\n", encoding="utf-8")
    before = sorted(tmp_path.iterdir())
    wrong = Installation(found.instance, f"sqlite:///{other}", found.secret_key)
    with pytest.raises(UserError, match="is no SQLite database"):
        restore_backup(wrong, made, now=NOW)
    assert (other.read_text(encoding="utf-8")[:4], sorted(tmp_path.iterdir())) == ("root", before)


@pytest.mark.skipif(ON_POSTGRESQL, reason="a server's databases are no files")
@pytest.mark.parametrize("there", [None, b""])
def test_an_empty_place_takes_a_backup(found: Installation, tmp_path: Path, there: bytes | None) -> None:
    made = make_backup(found, tmp_path / "made.zip").path
    place = tmp_path / "new.sqlite"
    if there is not None:
        place.write_bytes(there)
    restore_backup(Installation(found.instance, f"sqlite:///{place}", found.secret_key), made, now=NOW)
    assert place.stat().st_size > 0


@pytest.mark.skipif(not ON_POSTGRESQL, reason="readers of SQLite wait for nobody")
@pytest.mark.timeout(300)
def test_a_backup_does_not_wait_for_ever(found: Installation, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("app.backup.postgresql.LOCKS_HAVE", 1)
    engine = create_engine(make_url(found.database_url))
    try:
        with engine.connect() as connection:
            connection.exec_driver_sql("LOCK TABLE attempt IN ACCESS EXCLUSIVE MODE")
            with pytest.raises(UserError, match="lock timeout"):
                make_backup(found, tmp_path / "made.zip")
    finally:
        engine.dispose()
    assert not list(tmp_path.glob("*.zip*"))


def test_a_restore_run_again_within_the_same_second_keeps_what_the_first_put_aside(tmp_path: Path) -> None:
    live = tmp_path / "live.sqlite"
    for text in ("old", "new", "newest"):
        draft = tmp_path / "draft.sqlite"
        with closing(sqlite3.connect(draft)) as connection:
            connection.execute(f"CREATE TABLE {text} (id)")
        put_in_place(draft, live, "20261122T183242Z")
    kept = sorted(path.name for path in tmp_path.glob("live.sqlite.before-restore-*"))
    assert [tables_of(tmp_path / name) for name in kept] == [["old"], ["new"]]
    assert tables_of(live) == ["newest"]


def test_a_restore_that_was_ended_after_it_gave_the_second_name_goes_on(tmp_path: Path) -> None:
    live, draft = tmp_path / "live.sqlite", tmp_path / "draft.sqlite"
    for path, text in ((live, "old"), (draft, "new")):
        with closing(sqlite3.connect(path)) as connection:
            connection.execute(f"CREATE TABLE {text} (id)")
    os.link(live, tmp_path / "live.sqlite.before-restore-20261122T183242Z")
    aside = put_in_place(draft, live, "20261122T183242Z")
    assert aside is not None
    assert (tables_of(aside), tables_of(live)) == (["old"], ["new"])


def tables_of(path: Path) -> list[str]:
    with closing(sqlite3.connect(path)) as connection:
        return [name for (name,) in connection.execute("SELECT name FROM sqlite_master")]
