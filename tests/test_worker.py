"""The worker's clock: each task in its own turns, a mistake of one ends no other, and it ends when it is told."""

from __future__ import annotations

import logging
import os
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest
from sqlalchemy.exc import OperationalError

from app.fleeting import FileBell
from app.worker import TO_FINISH, Task, Worker, _tell
from config import PROJECT

BEGINNING = """
import os, sys, threading, time
from pathlib import Path
from app.fleeting import FileBell
from app.worker import Task, Worker
told = Path(sys.argv[1])
def tell(word):
    with told.open("a") as file:
        file.write(word + "\\n")
"""


def run(folder: Path, code: str) -> subprocess.Popen[str]:
    (folder / "told").touch()
    command = [sys.executable, "-c", BEGINNING + code, str(folder / "told")]
    return subprocess.Popen(command, cwd=PROJECT, stderr=subprocess.PIPE, text=True)


def wait_for(folder: Path, words: set[str]) -> list[str]:
    until = time.monotonic() + 30
    while time.monotonic() < until:
        told = (folder / "told").read_text(encoding="utf-8").split()
        if words <= set(told):
            return told
        time.sleep(0.02)
    raise AssertionError(f"{words} were not told: {(folder / 'told').read_text(encoding='utf-8')}")


def ended(worker: subprocess.Popen[str], how: signal.Signals = signal.SIGTERM) -> tuple[int, str, float]:
    """Its status, what it said, and how long it took to end."""
    since = time.monotonic()
    worker.send_signal(how)
    said = worker.communicate(timeout=30)[1]
    return worker.returncode, said, time.monotonic() - since


@pytest.mark.slow
@pytest.mark.parametrize("how", [signal.SIGINT, signal.SIGTERM])
def test_it_ends_when_it_is_told(tmp_path: Path, how: signal.Signals) -> None:
    worker = run(tmp_path, 'Worker([Task("one", 60, lambda: tell("began"))]).run()')
    wait_for(tmp_path, {"began"})
    assert ended(worker, how)[:2] == (0, "")


@pytest.mark.slow
def test_a_task_that_hangs_delays_no_other_and_not_the_end(tmp_path: Path) -> None:
    worker = run(
        tmp_path,
        """
turns = iter(range(1000))
def hang():
    tell("hangs")
    time.sleep(600)
Worker([Task("hangs", 1, hang), Task("sweeps", 0.1, lambda: tell(f"swept{next(turns)}"))]).run()
""",
    )
    assert wait_for(tmp_path, {"hangs", "swept5"}).count("hangs") == 1
    status, said, seconds = ended(worker)
    assert (status, said) == (0, "")
    assert TO_FINISH - 1 < seconds < TO_FINISH + 12


@pytest.mark.slow
def test_a_mistake_ends_its_turn_and_is_written_down(tmp_path: Path) -> None:
    worker = run(
        tmp_path,
        """
turns = iter(range(1000))
def err():
    tell(f"tried{next(turns)}")
    raise KeyError("a mistake")
Worker([Task("errs", 0.1, err), Task("other", 60, lambda: tell("other"))]).run()
""",
    )
    wait_for(tmp_path, {"tried3", "other"})
    status, said, _ = ended(worker)
    assert (status, "errs ended with a mistake" in said, "KeyError: 'a mistake'" in said) == (0, True, True)


@pytest.mark.slow
def test_a_bell_begins_a_turn_at_once(tmp_path: Path) -> None:
    worker = run(
        tmp_path,
        """
turns = iter(range(1000))
bell = FileBell(told.with_name("bell"))
Worker([Task("errands", 600, lambda: tell(f"turn{next(turns)}"), bell)]).run()
""",
    )
    wait_for(tmp_path, {"turn0"})
    time.sleep(1)
    assert wait_for(tmp_path, {"turn0"}) == ["turn0"]
    FileBell(tmp_path / "bell").ring()
    assert wait_for(tmp_path, {"turn1"}) == ["turn0", "turn1"]
    assert ended(worker)[:2] == (0, "")


def test_a_bell_that_rings_during_a_turn_is_heard_after_it(tmp_path: Path) -> None:
    going_on, turns, bell = threading.Event(), [0], FileBell(tmp_path / "bell")

    def work() -> None:
        turns[0] += 1
        assert going_on.wait(10)

    worker, task = Worker(), Task("errands", 600, work, bell)
    worker._begin_if_due(task)
    bell.ring()
    worker._begin_if_due(task)
    assert turns == [1]
    going_on.set()
    worker._turns["errands"].join(10)
    worker._begin_if_due(task)
    worker._turns["errands"].join(10)
    worker._begin_if_due(task)
    assert turns == [2]


def test_a_bell_of_a_file_is_heard_once_and_by_every_process(tmp_path: Path) -> None:
    ours, other, ringing = (FileBell(tmp_path / "bell") for _ in range(3))
    assert (ours.rang(), other.rang()) == (False, False)
    ringing.ring()
    assert (ours.rang(), ours.rang(), other.rang()) == (True, False, True)
    os.utime(tmp_path / "bell", ns=(1, 1))
    assert ours.rang()
    FileBell(tmp_path / "nowhere" / "bell").ring()


def test_a_database_that_restarts_is_a_line_and_no_traceback(caplog: pytest.LogCaptureFixture) -> None:
    gone = OperationalError("SELECT 1", {}, Exception("the server closed the connection\nmore of it"))
    _tell(threading.ExceptHookArgs((OperationalError, gone, None, threading.current_thread())))
    assert [(r.levelno, r.exc_info) for r in caplog.records] == [(logging.WARNING, None)]
    assert caplog.text.strip().endswith("the database could not do it now: the server closed the connection")
