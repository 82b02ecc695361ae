"""T-BACKUP: what was saved when a backup began is in it, comes back from it, and nothing takes half a place."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import inspect, make_url, select, text

from app.assessment.models import AnswerChange, Submission
from app.backup import postgresql, sqlite
from app.backup.making import Installation, kept_before_upgrade, make_backup, remove_older
from app.backup.restoring import DRAFTS, restore_backup, verify_backup
from app.backup.running import announce_running, product_ended
from app.db import Database
from app.errors import UserError
from app.web.schema import revision_of, upgrade_database
from app.words import Sentence
from tests.backup.installations import FILES, KEY, ON_POSTGRESQL, Saved, installed, saved_in, saving
from tests.backup.released import REVISIONS, content_of, released
from tests.survival.sizes import note, sized

ROOT = Path(__file__).parents[2]
NOW = datetime(2026, 11, 23, 1, 0, tzinfo=UTC)
ROUNDS = sized(3, 50)
KILLS = sized(8, 60)
pytestmark = [
    pytest.mark.skipif(ON_POSTGRESQL and not shutil.which("pg_dump"), reason="pg_dump is not installed"),
    pytest.mark.timeout(900),  # a database is made and removed for most of these: minutes on a busy disk
]


@pytest.fixture
def found(tmp_path: Path, worker_id: str) -> Iterator[Installation]:
    with installed(tmp_path / "here", f"backup_{worker_id}", filled=True) as place:
        yield place


@pytest.fixture
def elsewhere(tmp_path: Path, worker_id: str) -> Iterator[Installation]:
    """Another machine, where nothing is yet."""
    with installed(tmp_path / "elsewhere", f"backup_elsewhere_{worker_id}", filled=False) as place:
        yield place


def state_of(place: Installation) -> dict[str, object]:
    """Everything that people would miss: rows of every table, files, key."""
    database = Database(place.database_url)
    try:
        with database.engine.connect() as connection:
            names = sorted(inspect(connection).get_table_names())
            rows = {name: sorted(map(repr, connection.execute(text(f"SELECT * FROM {name}")))) for name in names}  # noqa: S608
    finally:
        database.engine.dispose()
    key = place.instance / "secret-key"
    return {"rows": rows, "files": list(place.store), "key": key.read_bytes() if key.exists() else None}


def missing(acknowledged: list[Saved], url: str) -> set[Saved]:
    return set(acknowledged) - saved_in(url)


# Under load.


@pytest.mark.slow
@pytest.mark.timeout(3600)
def test_every_backup_under_load_restores_to_what_was_acknowledged(
    found: Installation, elsewhere: Installation, tmp_path: Path
) -> None:
    folder, seconds, rows = tmp_path / "backups", [], 0
    folder.mkdir()
    with saving(found) as savers:
        for number in range(ROUNDS):
            while len(savers.acknowledged) < 20 * (number + 1):
                time.sleep(0.01)
            before = list(savers.acknowledged)
            made = make_backup(found, folder)
            seconds.append(made.seconds)
            assert verify_backup(found, made.path) == made.manifest
            restore_backup(elsewhere, made.path, now=NOW + timedelta(seconds=number))
            assert missing(before, elsewhere.database_url) == set()
            assert list(elsewhere.store) == list(found.store)
            rows = len(before)
            made.path.unlink()
    assert savers.refused == []
    note(
        "T-BACKUP",
        backups=ROUNDS,
        seconds_longest=round(max(seconds), 3),
        saves=rows,
        slowest_save=round(savers.slowest, 3),
        database=made.manifest.kind,
    )


def test_a_save_that_is_missing_is_noticed(found: Installation) -> None:
    with saving(found, browsers=1) as savers:
        while len(savers.acknowledged) < 5:
            time.sleep(0.01)
    assert missing(savers.acknowledged, found.database_url) == set()
    lost = savers.acknowledged[2]
    database = Database(found.database_url)
    with database.transaction() as db:
        db.execute(
            text("DELETE FROM answer_change WHERE client = :client AND seq = :seq"), {"client": lost[1], "seq": lost[2]}
        )
    database.engine.dispose()
    assert missing(savers.acknowledged, found.database_url) == {lost}


@pytest.mark.skipif(ON_POSTGRESQL, reason="PostgreSQL has no file to copy")
def test_plain_copies_of_a_file_in_use_lose_saves(found: Installation, tmp_path: Path) -> None:
    """The canary: what people do who know no better. In 40 copies it happens."""
    live, copy, damaged = sqlite.file_of(found.database_url), tmp_path / "copy.sqlite", 0
    with saving(found) as savers:
        for number in range(40):
            while len(savers.acknowledged) < 2 * (number + 1):
                time.sleep(0.005)
            before = list(savers.acknowledged)
            shutil.copyfile(live, copy)
            try:
                damaged += bool(missing(before, f"sqlite:///{copy}"))
            except Exception:  # noqa: BLE001 -- a torn file fails in any way it likes
                damaged += 1
            for name in (copy, *sqlite.companions(copy)):
                name.unlink(missing_ok=True)
    assert damaged > 0


def test_what_contradicts_itself_is_not_restored(found: Installation, tmp_path: Path) -> None:
    database = Database(found.database_url)
    with database.transaction() as db:
        handed_in = db.scalars(select(Submission).where(Submission.change_id.is_not(None))).first()
        assert handed_in is not None
        other = db.scalars(select(AnswerChange.id).where(AnswerChange.attempt_id != handed_in.attempt_id)).first()
        handed_in.change_id = other
    database.engine.dispose()
    made = make_backup(found, tmp_path / "wrong.zip")
    with pytest.raises(UserError, match="rows of answer_change, submission contradict each other"):
        verify_backup(found, made.path)


# Restoring.


def test_a_restore_brings_back_everything_and_keeps_what_was_there(found: Installation, tmp_path: Path) -> None:
    before = state_of(found)
    made = make_backup(found, tmp_path / "one.zip")
    database = Database(found.database_url)
    with database.transaction() as db:
        db.execute(text("DELETE FROM marking"))
    database.engine.dispose()
    gone = state_of(found)
    picture = next((found.instance / "files").glob("??/*"))
    picture.write_bytes(b"bit rot")
    done = restore_backup(found, made.path, now=NOW)
    assert state_of(found) == before
    assert sorted(map(found.store.content, found.store)) == sorted(FILES)
    assert kept_rows(found, done.aside, "marking") == 0
    assert gone != before
    again = restore_backup(found, made.path, now=NOW + timedelta(hours=1))
    assert kept_rows(found, again.aside, "marking") == len(before["rows"]["marking"])  # type: ignore[index]
    assert ON_POSTGRESQL or not Path(done.aside).exists()
    upgrade_database(found.database_url)
    with saving(found, browsers=1) as savers:  # ids go on counting
        while len(savers.acknowledged) < 3:
            assert not savers.refused
            time.sleep(0.01)


def kept_rows(found: Installation, aside: str, table: str) -> int:
    url = found.database_url if ON_POSTGRESQL else f"sqlite:///{aside}"
    database = Database(url)
    try:
        with database.reading() as db:
            return int(db.scalar(text(f"SELECT count(*) FROM {f'{aside}.' if ON_POSTGRESQL else ''}{table}")) or 0)  # noqa: S608
    finally:
        database.engine.dispose()


def test_the_key_comes_along_only_when_asked(found: Installation, elsewhere: Installation, tmp_path: Path) -> None:
    without = make_backup(found, tmp_path / "without.zip")
    having = make_backup(found, tmp_path / "with.zip", with_key=True)
    restore_backup(elsewhere, without.path, now=NOW)
    assert not (elsewhere.instance / "secret-key").exists()
    (elsewhere.instance / "secret-key").write_text("of this machine")
    done = restore_backup(elsewhere, having.path, now=NOW)
    assert (elsewhere.instance / "secret-key").read_text() == KEY
    assert done.key_aside is not None
    assert done.key_aside.read_text() == "of this machine"


@pytest.mark.parametrize("revision", REVISIONS)
@pytest.mark.skipif(ON_POSTGRESQL, reason="the released databases are SQLite's")
def test_a_backup_of_an_older_version_is_restored_and_upgraded(
    revision: str, elsewhere: Installation, tmp_path: Path
) -> None:
    (tmp_path / "then").mkdir()
    url = released(revision, tmp_path / "then/coursewright.sqlite")
    made = make_backup(Installation(tmp_path / "then", url, KEY), tmp_path / "then.zip")
    restore_backup(elsewhere, made.path, now=NOW)
    before = content_of(sqlite.file_of(elsewhere.database_url))
    assert before == content_of(tmp_path / "then/coursewright.sqlite")
    upgrade_database(elsewhere.database_url)


def test_nothing_is_restored_while_the_product_runs(found: Installation, tmp_path: Path) -> None:
    made = make_backup(found, tmp_path / "one.zip")
    running = subprocess.Popen(
        [sys.executable, "-c", ANNOUNCING, str(found.instance)], cwd=ROOT, stdout=subprocess.PIPE
    )
    assert running.stdout is not None
    with running.stdout:
        assert running.stdout.readline() == b"runs\n"
        with pytest.raises(UserError, match="The product is running: end it first"):
            restore_backup(found, made.path, now=NOW)
        running.kill()
        running.wait()
    restore_backup(found, made.path, now=NOW)


ANNOUNCING = """
import sys, time
from pathlib import Path
from app.backup.running import announce_running
announce_running(Path(sys.argv[1]))
print("runs", flush=True)
time.sleep(600)
"""


def test_nothing_starts_while_a_backup_is_restored(tmp_path: Path) -> None:
    with product_ended(tmp_path), pytest.raises(UserError, match="A backup is being restored here"):
        announce_running(tmp_path)


def test_nothing_is_restored_while_anybody_has_the_database_open(found: Installation, tmp_path: Path) -> None:
    made = make_backup(found, tmp_path / "one.zip")
    before = state_of(found)
    database = Database(found.database_url)
    with database.engine.connect() as connection:  # idle, as in a pool
        connection.execute(text("SELECT count(*) FROM person"))
        connection.rollback()
        with pytest.raises(UserError, match=r"The database is in use|has .* open"):
            restore_backup(found, made.path, now=NOW)
    database.engine.dispose()
    assert state_of(found) == before


RESTORING = """
import os, signal, sys
from datetime import UTC, datetime
from pathlib import Path
from app.backup.making import Installation
from app.backup import restoring, postgresql
last, seen = int(sys.argv[4]), 0
def count():
    global seen
    seen += 1
    if seen == last:
        os.kill(os.getpid(), signal.SIGKILL)
def hear(event, _):
    if event in {"open", "os.rename", "os.link", "os.remove", "os.mkdir", "sqlite3.connect"}:
        count()
place = Installation(Path(sys.argv[1]), sys.argv[2], "")
carry_out = postgresql._carry_out
def counted(*words):
    count()
    carry_out(*words)
postgresql._carry_out = counted
sys.addaudithook(hear)
restoring.restore_backup(place, Path(sys.argv[3]), now=datetime.now(UTC))
print(seen)
"""


def restoring(place: Installation, path: Path, *, killed_at: int = 0) -> subprocess.CompletedProcess[str]:
    """A restore in a process of its own, killed at a step: an opening, naming or removing, or a statement."""
    words = [str(place.instance), place.database_url, str(path), str(killed_at)]
    return subprocess.run(
        [sys.executable, "-c", RESTORING, *words], cwd=ROOT, capture_output=True, text=True, check=False
    )


@pytest.mark.slow
@pytest.mark.timeout(1800)
def test_a_restore_that_is_killed_leaves_the_old_or_the_new(found: Installation, tmp_path: Path) -> None:
    new = state_of(found)
    made = make_backup(found, tmp_path / "new.zip")
    database = Database(found.database_url)
    with database.transaction() as db:
        db.execute(text("DELETE FROM marking"))
    database.engine.dispose()
    old = state_of(found)
    before = make_backup(found, tmp_path / "old.zip")
    first = restoring(found, made.path)
    assert first.returncode == 0, first.stderr
    total, ends = int(first.stdout), set()
    # The steps at the end, where places change hands, all of them; those before here and there.
    points = sorted({*range(total - max(10, KILLS // 2), total + 1), *range(1, total, max(1, 2 * total // KILLS))})
    for point in points:
        restore_backup(found, before.path, now=datetime.now(UTC))
        assert restoring(found, made.path, killed_at=point).returncode == -signal.SIGKILL
        state = state_of(found)
        assert state in (old, new), f"killed at step {point} of {total}"
        ends.add("old" if state == old else "new")
    assert ends == {"old", "new"}
    assert restoring(found, made.path).returncode == 0
    assert state_of(found) == new
    assert list(found.instance.glob(f"{DRAFTS}*")) == []
    note("T-BACKUP killed", kills=len(points), steps=total, database=made.manifest.kind)


# Commands.


def flask(place: Installation, *words: str) -> subprocess.CompletedProcess[str]:
    environment = {**os.environ, "INSTANCE_PATH": str(place.instance), "DATABASE_URL": place.database_url, "LANG": "C"}
    environment = {name: value for name, value in environment.items() if not name.startswith("LC_")}
    command = [sys.executable, "-m", "flask", "--app", "wsgi", "db", *words]
    return subprocess.run(
        command, cwd=ROOT, env={**environment, "SECRET_KEY": KEY}, capture_output=True, text=True, check=False
    )


@pytest.mark.slow
def test_the_commands_back_up_verify_and_restore(found: Installation) -> None:
    made = [flask(found, "backup", "--keep", "2", "--json") for _ in range(3)]
    assert [done.returncode for done in made] == [0, 0, 0], made[0].stderr
    told = [json.loads(done.stdout) for done in made]
    assert told[2]["removed"] == [told[0]["file"]]
    assert Path(told[2]["file"]).stat().st_mode & 0o777 == 0o600
    verified = flask(found, "verify")
    assert (verified.returncode, verified.stderr) == (0, "")
    assert verified.stdout.startswith(f"{told[2]['file']} is whole: {told[2]['rows']} rows and 5 files")
    restored = flask(found, "restore", told[1]["file"], "--yes")
    assert (restored.returncode, restored.stdout) == (0, f"Restored: {told[1]['file']}\n")
    assert restored.stderr.startswith("What was there is kept until the next restore: ")
    asked = flask(found, "restore", told[1]["file"])
    assert asked.returncode == 1
    Path(told[1]["file"]).write_bytes(b"")
    refused = flask(found, "verify", told[1]["file"])
    assert (refused.returncode, refused.stdout) == (1, "")
    assert refused.stderr.endswith("It is no backup, or not a whole one. Nothing was changed.\n")


def test_older_backups_go_and_other_files_stay(found: Installation, tmp_path: Path) -> None:
    folder = tmp_path / "backups"
    folder.mkdir()
    other = folder / "coursewright-by-hand.zip"
    other.touch()
    made = [make_backup(found, folder, now=lambda n=n: NOW + timedelta(days=n)).path for n in range(4)]  # type: ignore[misc]
    assert remove_older(folder, 3) == [made[0]]
    assert sorted(folder.iterdir()) == sorted([*made[1:], other])


def test_a_backup_takes_nobodys_place(found: Installation, tmp_path: Path) -> None:
    taken = tmp_path / "taken.zip"
    taken.write_bytes(b"something else")
    with pytest.raises(UserError, match="There is a file"):
        make_backup(found, taken)
    assert [path.name for path in tmp_path.iterdir() if path.is_file()] == ["taken.zip"]
    assert taken.read_bytes() == b"something else"


def test_a_backup_that_cannot_be_written_says_so(found: Installation, tmp_path: Path) -> None:
    (tmp_path / "a-file").touch()
    with pytest.raises(UserError, match="The backup cannot be written to"):
        make_backup(found, tmp_path / "a-file/backup.zip")


def test_a_damaged_picture_is_left_out_and_named(found: Installation, tmp_path: Path) -> None:
    picture = next((found.instance / "files").glob("??/*"))
    picture.write_bytes(b"bit rot")
    made = make_backup(found, tmp_path / "one.zip")
    assert made.damaged == (picture.name,)
    assert len(verify_backup(found, made.path).files) == len(FILES) - 1


# Before an upgrade.


@pytest.mark.skipif(ON_POSTGRESQL, reason="the released databases are SQLite's")
def test_an_upgrade_is_backed_up_before(tmp_path: Path) -> None:
    url = released(REVISIONS[-1], tmp_path / "coursewright.sqlite")
    place, told = Installation(tmp_path, url, KEY), list[Sentence]()
    before = content_of(tmp_path / "coursewright.sqlite")
    upgrade_database(url, before=kept_before_upgrade(place, told.append))
    (made,) = place.backups.iterdir()
    assert [sentence.text for sentence in told] == ["Before the upgrade everything was backed up to {path}."]
    upgrade_database(url, before=kept_before_upgrade(place, told.append))
    assert len(told) == 1
    restore_backup(place, made, now=NOW)
    assert content_of(tmp_path / "coursewright.sqlite") == before


@pytest.mark.skipif(ON_POSTGRESQL, reason="the released databases are SQLite's")
def test_without_its_backup_an_upgrade_does_not_begin(tmp_path: Path) -> None:
    url = released(REVISIONS[-1], tmp_path / "coursewright.sqlite")
    place = Installation(tmp_path, url, KEY)
    place.backups.touch()  # a file where the folder should be
    with pytest.raises(UserError, match="flask db upgrade --without-backup"):
        upgrade_database(url, before=kept_before_upgrade(place, lambda _: None))
    database = Database(url)
    with database.engine.connect() as connection:
        assert revision_of(connection) == REVISIONS[-1]
    database.engine.dispose()
    upgrade_database(url)


def test_a_new_database_needs_no_backup(tmp_path: Path, elsewhere: Installation) -> None:
    upgrade_database(elsewhere.database_url, before=kept_before_upgrade(elsewhere, lambda _: None))
    assert not elsewhere.backups.exists()


@pytest.mark.skipif(not ON_POSTGRESQL, reason="SQLite needs no program")
def test_postgresql_without_its_programs(found: Installation, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(postgresql, "_places_of", lambda _: [])
    with pytest.raises(UserError, match="There is no pg_dump here of version"):
        make_backup(found, tmp_path / "one.zip")
    told = list[Sentence]()
    kept_before_upgrade(found, told.append)("0003")
    assert told[-1].text == "The database is upgraded from revision {revision} without a backup."


@pytest.mark.skipif(not ON_POSTGRESQL, reason="SQLite has no password")
def test_no_password_is_on_a_command_line(found: Installation, tmp_path: Path) -> None:
    url = found.database_url.replace("postgres@", "postgres:very-secret@")
    assert "very-secret" not in postgresql._address(make_url(url))
    assert postgresql._with_password(make_url(url))["PGPASSWORD"] == "very-secret"
    assert make_backup(Installation(found.instance, url, KEY), tmp_path / "one.zip").size
