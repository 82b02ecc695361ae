"""The line before a SQLite file: its order, its patience, and what survives a death."""

from __future__ import annotations

import gc
import multiprocessing
import os
import signal
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from sqlalchemy import text
from sqlalchemy.exc import IntegrityError

from app.db import Database
from app.write_queue import OFTEN, NoTurn, WriteQueue, _Ticket, _wait_for, queue_before

apart = multiprocessing.get_context("spawn")


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "x.sqlite"


@pytest.fixture
def database(path: Path) -> Iterator[Database]:
    found = Database(f"sqlite:///{path}")
    with found.transaction() as db:
        db.execute(text("CREATE TABLE t (n INTEGER PRIMARY KEY)"))
    yield found
    found.engine.dispose()


def is_free(path: Path) -> bool:
    """Whether another process would get its turn."""
    try:
        with WriteQueue(path).turn(0.0):
            return True
    except NoTurn:
        return False


def test_threads_get_their_turn_in_the_order_in_which_they_came(path: Path) -> None:
    queue, order = WriteQueue(path), list[int]()

    def write(number: int) -> None:
        with queue.turn():
            order.append(number)

    threads = []
    with queue.turn():
        for number in range(20):
            threads.append(threading.Thread(target=write, args=(number,)))
            threads[-1].start()
            while len(queue._waiting) <= number:
                time.sleep(0.001)
    for thread in threads:
        thread.join()
    assert order == list(range(20))


def test_whoever_gives_up_leaves_the_line_to_the_others(path: Path) -> None:
    queue = WriteQueue(path)
    with ThreadPoolExecutor(2) as threads:
        with queue.turn():
            gave_up = threads.submit(queue.take, 0.05)
            assert isinstance(gave_up.exception(timeout=10), NoTurn)
            waits = threads.submit(queue.take, 10)
        waits.result(timeout=10)
        assert (len(queue._waiting), is_free(path)) == (0, False)
        queue.give_back()
    assert is_free(path)


def test_a_wait_that_is_broken_off_as_its_turn_comes_passes_the_turn_on(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    queue, waited = WriteQueue(path), _Ticket.wait

    def broken_off(ticket: _Ticket, seconds: float) -> bool:
        waited(ticket, seconds)
        raise SystemExit

    monkeypatch.setattr(_Ticket, "wait", broken_off)
    with ThreadPoolExecutor(1) as threads:
        with queue.turn():
            leaves = threads.submit(queue.take, 10)
            while not queue._waiting:
                time.sleep(0.001)
        assert isinstance(leaves.exception(timeout=10), SystemExit)
    assert queue._owner is None
    with queue.turn(0.0):
        pass


def test_another_line_before_the_same_file_is_another_process(path: Path) -> None:
    mine, theirs = WriteQueue(path), WriteQueue(path)
    with mine.turn():
        began = time.monotonic()
        with pytest.raises(NoTurn), theirs.turn(0.1):
            pass
        assert time.monotonic() - began >= 0.1
    with theirs.turn(0.1):
        assert not is_free(path)


def test_nobody_writes_twice_past_somebody_who_waits(path: Path) -> None:
    """Alternating is what the turnstile is for. A loaded machine may stop whoever has asked ahead of standing in it."""
    assert times_past_somebody(path) <= 15


def test_without_the_turnstile_whoever_wrote_is_nearest_to_the_lock(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The canary."""

    def straight_to_the_lock(queue: WriteQueue, until: float) -> int:
        writing = queue._opened(queue._writing)
        _wait_for(writing, until, pause=OFTEN)
        return writing

    monkeypatch.setattr(WriteQueue, "_pass_turnstile", straight_to_the_lock)
    assert times_past_somebody(path) > 20


def times_past_somebody(path: Path) -> int:
    """How often one of two, who write thirty times each, wrote again while the other had asked before."""
    asked = {"mine": float("inf"), "theirs": float("inf")}
    passed, wrote_last, both_begin = 0, "", threading.Barrier(2)

    def write(queue: WriteQueue, name: str, other: str) -> int:
        nonlocal passed, wrote_last
        both_begin.wait(30)
        for _ in range(30):
            since = asked[name] = time.monotonic()
            with queue.turn():
                passed += wrote_last == name and asked[other] < since
                wrote_last, asked[name] = name, float("inf")
                time.sleep(0.005)
        return 30

    writers = (WriteQueue(path), "mine", "theirs"), (WriteQueue(path), "theirs", "mine")
    with ThreadPoolExecutor(2) as threads:
        written = [threads.submit(write, *each) for each in writers]
        assert sum(each.result(60) for each in written) == 60
    return passed


def test_a_write_inside_a_write_is_a_mistake_and_not_a_wait(database: Database, path: Path) -> None:
    with database.transaction() as db:
        db.execute(text("SELECT 1"))
        with pytest.raises(RuntimeError, match="inside another"), database.transaction() as inner:
            inner.execute(text("SELECT 1"))
    assert is_free(path)


def test_another_engine_of_the_process_stands_in_the_same_line(database: Database, path: Path) -> None:
    other = Database(f"sqlite:///{path.parent}/../{path.parent.name}/{path.name}")
    with database.transaction() as db:
        db.execute(text("SELECT 1"))
        with pytest.raises(RuntimeError, match="inside another"), other.transaction() as inner:
            inner.execute(text("SELECT 1"))
    other.engine.dispose()
    assert queue_before(path) is queue_before(path.parent / ".." / path.parent.name / path.name)


def end_by_commit(database: Database) -> None:
    with database.transaction() as db:
        db.execute(text("INSERT INTO t VALUES (1)"))


def end_by_error(database: Database) -> None:
    with pytest.raises(IntegrityError), database.transaction() as db:
        db.execute(text("INSERT INTO t VALUES (1), (1)"))


def end_by_failing_commit(database: Database) -> None:
    with database.transaction() as db:
        db.execute(text("CREATE TABLE u (n REFERENCES t DEFERRABLE INITIALLY DEFERRED)"))
    with pytest.raises(IntegrityError), database.transaction() as db:
        db.execute(text("INSERT INTO u VALUES (7)"))


def end_by_invalidation(database: Database) -> None:
    with database.begin(writes=True) as db:
        db.execute(text("INSERT INTO t VALUES (1)"))
        db.invalidate()


def end_by_forgetting(database: Database) -> None:
    connection = database.engine.connect().execution_options(writes=True)
    connection.execute(text("INSERT INTO t VALUES (1)"))
    del connection
    gc.collect()


def end_with_the_thread(database: Database) -> None:
    thread = threading.Thread(target=end_by_forgetting, args=(database,))
    thread.start()
    thread.join()


def end_by_commit_of_a_connection_that_stays(database: Database) -> None:
    connection = database.engine.connect().execution_options(writes=True)
    connection.execute(text("INSERT INTO t VALUES (1)"))
    connection.commit()
    assert is_free(Path(str(database.engine.url.database)))
    connection.execute(text("INSERT INTO t VALUES (2)"))
    connection.close()


ENDS = [
    end_by_commit,
    end_by_error,
    end_by_failing_commit,
    end_by_invalidation,
    end_by_forgetting,
    end_with_the_thread,
    end_by_commit_of_a_connection_that_stays,
]


@pytest.mark.filterwarnings("ignore:The garbage collector is trying:sqlalchemy.exc.SAWarning")
@pytest.mark.parametrize("end", ENDS)
def test_the_turn_ends_with_its_transaction_however_that_ends(database: Database, path: Path, end: object) -> None:
    assert callable(end)
    end(database)
    assert is_free(path)
    with database.transaction() as db:
        db.execute(text("INSERT INTO t VALUES (9)"))


def test_reading_waits_for_nobody(database: Database, path: Path) -> None:
    with WriteQueue(path).turn(), database.reading() as db:
        assert db.scalar(text("SELECT count(*) FROM t")) == 0


def test_in_memory_nobody_stands_in_line() -> None:
    database = Database("sqlite://")
    with database.transaction() as db:
        db.execute(text("CREATE TABLE t (n)"))
    database.engine.dispose()


def hold(path: Path, has_it: object) -> None:
    with WriteQueue(path).turn():
        has_it.set()  # type: ignore[attr-defined]
        time.sleep(60)


def test_who_is_killed_holds_nobody_up(path: Path) -> None:
    has_it = apart.Event()
    process = apart.Process(target=hold, args=(path, has_it))
    process.start()
    try:
        assert has_it.wait(30)
        assert not is_free(path)
        os.kill(process.pid or 0, signal.SIGKILL)
        with WriteQueue(path).turn(10):
            pass
    finally:
        process.kill()
        process.join()


def test_a_process_forked_in_the_midst_of_a_write_holds_nothing_and_waits_like_any_other(path: Path) -> None:
    queue = queue_before(path)
    queue.take()
    child = os.fork()
    if child == 0:
        waited = False
        try:
            queue_before(path).take(0.05)
        except NoTurn:
            waited = True
        os._exit(0 if waited else 1)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0
    queue.give_back()
    assert is_free(path)


def test_lock_files_can_be_used_by_whoever_can_use_the_database(path: Path) -> None:
    path.touch()
    path.chmod(0o660)
    with WriteQueue(path).turn():
        modes = {file.name: oct(file.stat().st_mode & 0o777) for file in path.parent.iterdir()}
    assert modes == dict.fromkeys([path.name, f"{path.name}-turn", f"{path.name}-write"], "0o660")
