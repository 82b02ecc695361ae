"""What nodes share and may lose: shared while Redis is there, and nobody waits where it is not."""

from __future__ import annotations

import logging
import os
import shutil
import signal
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from app.catalogue.rendered import Shared
from app.fleeting import COMPLAIN_EVERY, LARGEST, PATIENCE, PAUSE, PREFIX, Fleeting, SharedBell
from bench.servers import wait_for
from tools.postgresql import free_port

PATIENT = 20.0
"""Seconds, for what is not about them."""
SOON = 15.0
"""Seconds on a loaded machine, where waiting without end, or a thousand times, takes far more."""
SERVER = shutil.which("redis-server")
needs_redis = pytest.mark.skipif(SERVER is None, reason="there is no redis-server here (Debian: apt-get install redis)")


@contextmanager
def redis_server(folder: Path, port: int | None = None) -> Iterator[tuple[str, subprocess.Popen[bytes]]]:
    """The address of a Redis that keeps nothing, and its process."""
    port = port or free_port()
    keeps_nothing = ["--save", "", "--appendonly", "no"]
    command = [SERVER or "", "--port", str(port), "--bind", "127.0.0.1", "--dir", str(folder), *keeps_nothing]
    quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
    server = subprocess.Popen(command, start_new_session=True, **quiet)  # type: ignore[call-overload]
    try:
        wait_for(port)
        yield f"redis://127.0.0.1:{port}/0", server
    finally:
        server.send_signal(signal.SIGCONT)
        server.terminate()
        server.wait(10)


@needs_redis
def test_what_one_node_keeps_the_others_have(tmp_path: Path) -> None:
    with redis_server(tmp_path) as (url, _):
        one, other = Fleeting(url, PATIENT), Fleeting(url, PATIENT)
        assert other.get("a") is None
        one.put("a", b"\0made")
        assert other.get("a") == b"\0made"
        assert Shared(other).get("a", lambda: b"made again") == b"\0made"
        assert Shared(other).get("b", lambda: b"new") == b"new"
        assert one.get("b") == b"new"


@needs_redis
def test_what_is_damaged_or_too_large_is_not_there(tmp_path: Path) -> None:
    with redis_server(tmp_path) as (url, _):
        fleeting = Fleeting(url, PATIENT)
        fleeting.put("a", b"made")
        fleeting.ask(lambda redis: redis.setrange(PREFIX + "a", 33, b"X"))
        fleeting.put("b", b"x" * (LARGEST + 1))
        assert (fleeting.get("a"), fleeting.get("b")) == (None, None)
        assert fleeting.ask(lambda redis: redis.lpush(PREFIX + "list", b"x")) == 1
        assert fleeting.get("list") is None  # of another type: somebody else writes there


@needs_redis
def test_a_shared_bell_is_heard_by_one_and_waits_for_it(tmp_path: Path) -> None:
    with redis_server(tmp_path) as (url, _):
        ringing, one, other = (SharedBell(Fleeting(url, PATIENT), "errands") for _ in range(3))
        assert not one.rang()
        ringing.ring()
        ringing.ring()
        assert (one.rang(), one.rang(), other.rang()) == (True, False, False)


@needs_redis
@pytest.mark.parametrize("how", ["ended", "asleep"])
def test_nobody_waits_for_a_redis_that_does_not_answer(tmp_path: Path, how: str) -> None:
    with redis_server(tmp_path) as (url, server):
        now = [1000.0]
        Fleeting(url, PATIENT).put("a", b"made")
        fleeting = Fleeting(url, clock=lambda: now[0])
        server.send_signal(signal.SIGTERM if how == "ended" else signal.SIGSTOP)
        if how == "ended":
            server.wait(10)
        since = time.monotonic()
        assert fleeting.get("a") is None
        assert time.monotonic() - since < SOON
        since = time.monotonic()
        assert [fleeting.get("a") for _ in range(1000)] == [None] * 1000
        assert time.monotonic() - since < SOON < 1000 * PATIENCE
        if how == "asleep":
            server.send_signal(signal.SIGCONT)
            assert fleeting.get("a") is None  # it is not asked yet
            found = None
            for _ in range(20):  # of a loaded machine Redis may be late again
                now[0] += PAUSE
                found = found or fleeting.get("a")
            assert found == b"made"


def test_one_line_a_minute_and_no_password(caplog: pytest.LogCaptureFixture) -> None:
    now = [0.0]
    fleeting = Fleeting(f"redis://:hush-hush@127.0.0.1:{free_port()}/0", clock=lambda: now[0])
    for _ in range(int(2 * COMPLAIN_EVERY / PAUSE)):
        fleeting.put("a", b"x")
        now[0] += PAUSE
    assert [record.levelno for record in caplog.records] == [logging.WARNING] * 2
    assert "hush" not in caplog.text + repr(fleeting)


def test_an_address_that_swallows_everything_costs_its_patience() -> None:
    with socket.socket() as deaf:
        deaf.bind(("127.0.0.1", 0))
        deaf.listen()
        fleeting = Fleeting(f"redis://127.0.0.1:{deaf.getsockname()[1]}/0")
        since = time.monotonic()
        assert fleeting.get("a") is None
        assert time.monotonic() - since < SOON


def test_a_process_forked_before_the_first_question_has_its_own_connection(tmp_path: Path) -> None:
    if SERVER is None:
        pytest.skip("there is no redis-server here")
    with redis_server(tmp_path) as (url, _):
        fleeting = Fleeting(url, PATIENT)
        fleeting.put("a", b"made")
        child = os.fork()
        if child == 0:
            os._exit(0 if fleeting.get("a") == b"made" else 1)
        assert (os.waitpid(child, 0)[1], fleeting.get("a")) == (0, b"made")
