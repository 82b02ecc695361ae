"""T-LOCK: eight that write to one SQLite file at once. Nobody is told «locked», nobody starves, nobody waits long."""

from __future__ import annotations

import multiprocessing
import os
import signal
import sqlite3
import threading
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from sqlalchemy import text
from sqlalchemy.exc import OperationalError

from app.db import Database
from tests.survival.sizes import FULL, note, sized

SECONDS = sized(2, 60)
SLOWEST = 0.2 if FULL else 1.0
"""Seconds."""
STALL = 10.0
"""How many times as long as the usual wait the slowest may take, in the short proof: it runs beside other tests, where
every write takes long."""
FAIR = 2.0 if FULL else 4.0
"""How many times as often as another one may write."""
apart = multiprocessing.get_context("spawn")
pytestmark = [pytest.mark.slow, pytest.mark.timeout(300)]


@dataclass
class Written:
    """What one writer did."""

    times: int = 0
    slowest: float = 0.0
    refused: list[str] = field(default_factory=list)


def prepare(folder: Path) -> Path:
    path = folder / "x.sqlite"
    database = Database(f"sqlite:///{path}")
    with database.transaction() as db:
        db.execute(text("CREATE TABLE t (n INTEGER PRIMARY KEY, text TEXT NOT NULL)"))
    database.engine.dispose()
    return path


def write(database: Database, seconds: float, ready: threading.Barrier | None = None) -> Written:
    """Save as a request does: look, then write, then commit. All begin when all are `ready`."""
    if ready:
        ready.wait(60)
    done, until = Written(), time.monotonic() + seconds
    while time.monotonic() < until:
        began = time.monotonic()
        try:
            with database.transaction() as db:
                last = db.scalar(text("SELECT coalesce(max(n), 0) FROM t"))
                db.execute(text("INSERT INTO t VALUES (:n, 'an answer')"), {"n": (last or 0) + 1})
        except OperationalError as error:
            done.refused.append(str(error.orig))
        else:
            done.times += 1
            done.slowest = max(done.slowest, time.monotonic() - began)
    return done


def write_deferred(path: Path, seconds: float) -> Written:
    """As programs do that leave BEGIN to the driver, and do not wait."""
    done, until = Written(), time.monotonic() + seconds
    connection = sqlite3.connect(path, isolation_level=None, timeout=0)
    while time.monotonic() < until:
        try:
            connection.execute("BEGIN")
            (last,) = connection.execute("SELECT coalesce(max(n), 0) FROM t").fetchone()
            connection.execute("INSERT INTO t VALUES (?, 'an answer')", (last + 1,))
            connection.execute("COMMIT")
        except sqlite3.OperationalError as error:
            done.refused.append(str(error))
            connection.rollback()
        else:
            done.times += 1
    connection.close()
    return done


def in_a_process(path: Path, seconds: float, threads: int, ready: object, answers: object) -> None:
    """Wait for the others, write with so many threads, and tell what they did."""
    database = Database(f"sqlite:///{path}")
    ready.wait(60)  # type: ignore[attr-defined]
    answers.put(with_threads(database, seconds, threads))  # type: ignore[attr-defined]
    database.engine.dispose()


def with_threads(database: Database, seconds: float, threads: int) -> list[Written]:
    done: list[Written] = []
    ready = threading.Barrier(threads)  # who comes late has the database alone when the others have ended
    running = [threading.Thread(target=lambda: done.append(write(database, seconds, ready))) for _ in range(threads)]
    for each in running:
        each.start()
    for each in running:
        each.join()
    return done


def with_processes(path: Path, seconds: float, processes: int, threads: int) -> list[Written]:
    ready, answers = apart.Barrier(processes), apart.Queue()
    running = [
        apart.Process(target=in_a_process, args=(path, seconds, threads, ready, answers)) for _ in range(processes)
    ]
    for each in running:
        each.start()
    try:
        return [written for _ in running for written in answers.get(timeout=seconds + 90)]
    finally:
        for each in running:
            each.kill()
            each.join()


def measured(proof: str, writers: Sequence[Written]) -> Sequence[Written]:
    """The same, noted."""
    times = [writer.times for writer in writers]
    slowest = max(writer.slowest for writer in writers)
    note("T-LOCK", writers=proof, saves=sum(times), least=min(times), most=max(times), slowest=round(slowest, 4))
    return writers


def check(path: Path, writers: Sequence[Written]) -> None:
    times = [writer.times for writer in writers]
    usual = SECONDS * len(writers) / sum(times)
    assert [refused for writer in writers for refused in writer.refused] == []
    assert max(writer.slowest for writer in writers) <= (SLOWEST if FULL else max(SLOWEST, STALL * usual))
    assert max(times) <= FAIR * min(times)
    with sqlite3.connect(path) as connection:
        assert connection.execute("SELECT count(*), max(n) FROM t").fetchone() == (sum(times), sum(times))
    connection.close()


@pytest.mark.parametrize(("processes", "threads"), [(8, 1), (2, 4)])
def test_processes_that_write_at_once_wait_for_their_turn(tmp_path: Path, processes: int, threads: int) -> None:
    path = prepare(tmp_path)
    check(path, measured(f"{processes} processes of {threads}", with_processes(path, SECONDS, processes, threads)))


def test_threads_that_write_at_once_wait_for_their_turn(tmp_path: Path) -> None:
    path = prepare(tmp_path)
    database = Database(f"sqlite:///{path}")
    check(path, measured("8 threads", with_threads(database, SECONDS, 8)))
    database.engine.dispose()


def test_a_process_killed_in_its_turn_stops_nobody(tmp_path: Path) -> None:
    path = prepare(tmp_path)
    database = Database(f"sqlite:///{path}")
    worst = 0.0
    for _ in range(sized(2, 20)):
        has_it = apart.Event()
        process = apart.Process(target=write_and_stay, args=(path, has_it))
        process.start()
        try:
            assert has_it.wait(60)
            threading.Timer(0.05, os.kill, (process.pid, signal.SIGKILL)).start()
            done = write(database, 0.2)
        finally:
            process.kill()
            process.join()
        assert (done.refused, done.times > 0) == ([], True)
        worst = max(worst, done.slowest)
    note("T-LOCK", writers="one killed in its turn", slowest=round(worst, 4))
    database.engine.dispose()
    assert worst < 2.0


def write_and_stay(path: Path, has_it: object) -> None:
    """Begin a write and never end it."""
    with Database(f"sqlite:///{path}").transaction() as db:
        db.execute(text("INSERT INTO t VALUES (-1, 'never committed')"))
        has_it.set()  # type: ignore[attr-defined]
        time.sleep(60)


def test_canary_without_line_and_patience_somebody_is_told_locked(tmp_path: Path) -> None:
    path, done = prepare(tmp_path), list[Written]()
    threads = [threading.Thread(target=lambda: done.append(write_deferred(path, 1.0))) for _ in range(8)]
    for each in threads:
        each.start()
    for each in threads:
        each.join()
    refused = {reason for writer in done for reason in writer.refused}
    assert "database is locked" in refused


def test_canary_without_line_somebody_starves(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """SQLite's own patience has no order: of eight, somebody writes hardly ever. Who is chance, and once in many times
    it is nobody, so it is tried until somebody does.
    """
    monkeypatch.setattr("app.db.queue_before", lambda _: None)

    def starves(folder: Path) -> bool:
        folder.mkdir()
        path = prepare(folder)
        database = Database(f"sqlite:///{path}")
        writers = with_threads(database, 2.0, 8)
        database.engine.dispose()
        try:
            check(path, writers)
        except AssertionError:
            return True
        return False

    assert any(starves(tmp_path / str(again)) for again in range(6))
