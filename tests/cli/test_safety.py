"""What the product does not start with: settings that lose answers, and places that cannot be written to."""

from __future__ import annotations

import os
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import event, text

from app.cli import safety
from app.cli.safety import file_system_of, refuse_unsafe_database, stop_if_unsafe
from app.db import Database
from app.errors import UserError
from app.write_queue import NoTurn

ROOT = Path(__file__).parents[2]
MOUNTS = """\
22 1 8:1 / / rw,relatime shared:1 - ext4 /dev/sda1 rw
30 22 0:25 / /srv rw - nfs4 server:/export rw
31 30 0:26 / /srv/a\\040b rw,nosuid shared:5 master:2 - ext4 /dev/sdb1 rw
32 22 0:27 / /mnt rw - cifs //server/share rw
"""


@pytest.fixture
def sqlite_database(tmp_path: Path) -> Iterator[Database]:
    database = Database(f"sqlite:///{tmp_path / 'x.sqlite'}")
    yield database
    database.engine.dispose()


def with_pragma(database: Database, pragma: str) -> None:
    event.listen(database.engine, "connect", lambda connection, _: connection.execute(f"PRAGMA {pragma}"))


def test_the_settings_of_this_product_are_accepted(sqlite_database: Database) -> None:
    refuse_unsafe_database(sqlite_database)


@pytest.mark.parametrize(
    "pragma",
    [
        "journal_mode=DELETE",
        "journal_mode=MEMORY",
        "synchronous=OFF",
        "synchronous=NORMAL",
        "foreign_keys=OFF",
        "busy_timeout=0",
    ],
)
def test_a_setting_of_sqlite_that_loses_answers_is_refused(sqlite_database: Database, pragma: str) -> None:
    with_pragma(sqlite_database, pragma)
    with pytest.raises(UserError, match=f"The database has {pragma.partition('=')[0]} = "):
        refuse_unsafe_database(sqlite_database)


def test_a_file_that_cannot_be_written_is_refused(tmp_path: Path) -> None:
    sqlite3.connect(tmp_path / "x.sqlite").execute("PRAGMA journal_mode=wal").connection.close()
    database = Database(f"sqlite:///file:{tmp_path / 'x.sqlite'}?mode=ro&uri=true")
    with pytest.raises(UserError, match="cannot be used: attempt to write a readonly database"):
        refuse_unsafe_database(database)
    database.engine.dispose()


def test_a_folder_without_room_for_lock_files_is_refused(
    sqlite_database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    def forbidden(path: object, *_: object) -> int:
        raise PermissionError(13, "Permission denied", str(path))

    monkeypatch.setattr("app.write_queue.os.open", forbidden)
    with pytest.raises(UserError, match=r"x\.sqlite-turn cannot be made or opened \(Permission denied\)"):
        refuse_unsafe_database(sqlite_database)


def test_a_network_share_is_refused(sqlite_database: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "mounts").write_text(MOUNTS.replace("/srv ", f"{tmp_path} "), encoding="utf-8")
    monkeypatch.setattr(safety, "MOUNTS", tmp_path / "mounts")
    with pytest.raises(UserError, match=r"lies on a network share \(nfs4\)"):
        refuse_unsafe_database(sqlite_database)


@pytest.mark.parametrize(
    ("folder", "kind"),
    [("/var/lib", "ext4"), ("/srv/x", "nfs4"), ("/srv/a b/x", "ext4"), ("/srvx", "ext4"), ("/mnt", "cifs")],
)
def test_the_file_system_of_a_folder_is_that_of_the_deepest_mount(tmp_path: Path, folder: str, kind: str) -> None:
    (tmp_path / "mounts").write_text(MOUNTS, encoding="utf-8")
    assert file_system_of(Path(folder), tmp_path / "mounts") == kind
    assert not file_system_of(Path(folder), tmp_path / "none")


def test_another_start_that_takes_too_long_is_told(sqlite_database: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    def gave_up(*_: object) -> None:
        raise NoTurn

    monkeypatch.setattr("app.write_queue.WriteQueue.take", gave_up)
    with pytest.raises(UserError, match="database is locked"):
        refuse_unsafe_database(sqlite_database)


def test_the_program_ends_with_the_sentence(sqlite_database: Database, capsys: pytest.CaptureFixture[str]) -> None:
    with_pragma(sqlite_database, "synchronous=OFF")
    with pytest.raises(SystemExit) as ended:
        stop_if_unsafe(sqlite_database)
    assert (ended.value.code, capsys.readouterr().err.count("\n")) == (2, 1)


@pytest.mark.slow
@pytest.mark.parametrize("command", ["start", "worker"])
def test_neither_web_nor_worker_starts_unsafely(tmp_path: Path, command: str) -> None:
    environment = {
        **os.environ,
        "INSTANCE_PATH": str(tmp_path),
        "DATABASE_URL": f"sqlite:///{tmp_path}/none/x.sqlite",
        "SECRET_KEY": "0123456789abcdef" * 4,
        "PORT": "8749",
    }
    run = [sys.executable, "-m", "flask", "--app", "wsgi", command]
    done = subprocess.run(run, cwd=ROOT, env=environment, capture_output=True, text=True, check=False, timeout=100)
    assert (done.returncode, done.stderr.count("\n"), "Traceback" in done.stderr) == (2, 1, False), done.stderr


# ── PostgreSQL


def test_a_cluster_for_tests_says_so_itself(database: Database) -> None:
    if database.engine.dialect.name != "postgresql":
        pytest.skip("SQLite has no server")
    refuse_unsafe_database(database)


@pytest.mark.parametrize("setting", ["fsync", "full_page_writes", "synchronous_commit"])
def test_a_setting_of_postgresql_that_loses_answers_is_refused(
    database: Database, setting: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    if database.engine.dialect.name != "postgresql":
        pytest.skip("SQLite has no server")
    monkeypatch.setattr(safety, "FOR_TESTS", "coursewright.never_set")
    needs = {setting: safety.POSTGRESQL_NEEDS[setting]}
    monkeypatch.setattr(safety, "POSTGRESQL_NEEDS", needs)
    with pytest.raises(UserError, match=f"The database has {setting} = off"):
        refuse_unsafe_database(database)


def test_an_old_postgresql_is_refused(database: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    if database.engine.dialect.name != "postgresql":
        pytest.skip("SQLite has no server")
    monkeypatch.setattr(safety, "OLDEST_POSTGRESQL", 99)
    with pytest.raises(UserError, match="is too old: 99 or newer"):
        refuse_unsafe_database(database)


def test_nobody_waits_for_a_lock_for_ever(database: Database) -> None:
    if database.engine.dialect.name != "postgresql":
        pytest.skip("of SQLite tests/test_write_queue.py")
    with database.reading() as db:
        assert db.scalar(text("SHOW lock_timeout")) == "5s"
    with database.transaction(patience=60) as db:
        assert db.scalar(text("SHOW lock_timeout")) == "1min"
