"""Commands where database or disk refuse: one sentence and an exit code, never a traceback."""

from __future__ import annotations

import errno
import os
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import click
import pytest
from click.testing import CliRunner
from sqlalchemy.exc import OperationalError, ProgrammingError

from app.cli.sentences import in_sentences, sentence_about
from app.web.schema import upgrade_database
from app.write_queue import NoTurn
from config import PROJECT

COMMANDS = (
    ("answers", "sweep"),
    ("report", "refresh"),
    ("db", "upgrade"),
    ("people", "add", "1", "林知远"),
)


def flask(place: Path, url: str, *words: str, wait: float = 100) -> tuple[int, str]:
    environment = {**os.environ, "INSTANCE_PATH": str(place), "DATABASE_URL": url, "SECRET_KEY": "0123456789abcdef" * 4}
    run = [sys.executable, "-m", "flask", "--app", "wsgi", *words]
    done = subprocess.run(run, cwd=PROJECT, env=environment, capture_output=True, text=True, check=False, timeout=wait)
    return done.returncode, done.stderr


@pytest.mark.slow
@pytest.mark.parametrize("words", COMMANDS, ids=" ".join)
def test_a_database_that_is_not_there_is_told_in_a_sentence(tmp_path: Path, words: tuple[str, ...]) -> None:
    status, said = flask(tmp_path, f"sqlite:///{tmp_path}/none/x.sqlite", *words)
    assert (status, said.count("\n")) == (2, 1), said
    assert "The database cannot be used: unable to open database file." in said


@pytest.mark.slow
def test_a_command_that_finds_others_writing_says_so(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'x.sqlite'}"
    upgrade_database(url)
    with held(tmp_path / "x.sqlite"):
        status, said = flask(tmp_path, url, "people", "add", "1", "林知远")
    assert (status, said.count("\n"), "Others write" in said) == (2, 1, True), said


@pytest.mark.slow
def test_the_worker_does_not_begin_on_tables_of_a_newer_version(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'x.sqlite'}"
    upgrade_database(url)
    with closing(sqlite3.connect(tmp_path / "x.sqlite")) as connection:
        connection.execute("UPDATE alembic_version SET version_num = '9999'")
        connection.commit()
    status, said = flask(tmp_path, url, "worker")
    assert (status, said.count("\n"), "9999" in said) == (1, 1, True), said


@contextmanager
def held(path: Path) -> Iterator[None]:
    """A file that another program writes to."""
    with closing(sqlite3.connect(path, isolation_level=None)) as connection:
        connection.execute("BEGIN IMMEDIATE")
        yield


def test_a_full_disk_is_told_with_its_place() -> None:
    sentence = sentence_about(OSError(errno.ENOSPC, "No space left on device", "/srv/x"))
    assert sentence is not None
    assert sentence.values == (("why", "/srv/x: No space left on device"),)


def test_a_database_without_room_asks_for_room() -> None:
    full = sqlite3.OperationalError("database or disk is full")
    full.sqlite_errorcode = sqlite3.SQLITE_FULL
    sentence = sentence_about(OperationalError("INSERT", {}, full))
    assert sentence is not None
    assert sentence.text.startswith("The disk is full")


def test_a_mistake_of_ours_keeps_its_traceback() -> None:
    assert sentence_about(ProgrammingError("SELECT", {}, Exception("no such column"))) is None
    assert sentence_about(FileNotFoundError(errno.ENOENT, "No such file", "/srv/x")) is None


def test_whatever_a_command_raises_is_looked_at() -> None:
    @click.command("x")
    def command() -> None:
        raise NoTurn

    in_sentences(command)
    done = CliRunner().invoke(command)
    assert (done.exit_code, "Others write" in done.output) == (2, True)
