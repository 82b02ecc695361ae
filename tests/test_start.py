"""Starting and ending as `make run` does: ready soon, demo people where they belong, a sentence where it fails."""

from __future__ import annotations

import http.client
import os
import re
import secrets
import signal
import socket
import stat
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import pytest
from flask import Flask

from app.cli.start import _Served
from app.web.viewing import ROLES
from tools.postgresql import free_port

ROOT = Path(__file__).parents[1]
READY_WITHIN = 60.0
"""A first start makes the demo organisation: five seconds alone, several times that beside other tests."""
SECOND_START_WITHIN = 30.0
"""Alone it takes less than three seconds; tests run beside each other on two cores."""
pytestmark = [pytest.mark.slow, pytest.mark.timeout(300)]


def settings(instance: Path, port: int, **more: str) -> dict[str, str]:
    own = {"INSTANCE_PATH": str(instance), "PORT": str(port), "HOST": "127.0.0.1"}
    kept = {
        k: v
        for k, v in os.environ.items()
        if k not in {"SECRET_KEY", "DATABASE_URL"} and not k.startswith("COURSEWRIGHT_")
    }
    return {**kept, **own, **more}


@contextmanager
def served(environment: dict[str, str]) -> Iterator[subprocess.Popen[str]]:
    command = [sys.executable, "tools/serve.py"]
    pipes = {"stdout": subprocess.PIPE, "stderr": subprocess.STDOUT}
    parent = subprocess.Popen(command, cwd=ROOT, env=environment, text=True, **pipes)  # type: ignore[call-overload]
    try:
        yield parent
    finally:
        if parent.poll() is None:
            parent.send_signal(signal.SIGINT)
        parent.communicate(timeout=30)


def get(port: int, path: str) -> tuple[int, str]:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=10)
    connection.request("GET", path)
    answer = connection.getresponse()
    body = answer.read().decode()
    connection.close()
    return answer.status, body


def wait_until_ready(port: int) -> float:
    started = time.monotonic()
    while time.monotonic() - started < READY_WITHIN:
        try:
            if get(port, "/readyz")[0] == 200:
                return time.monotonic() - started
        except OSError:
            time.sleep(0.05)
    raise AssertionError("not ready in time")


def children_of(pid: int) -> list[int]:
    listed = subprocess.run(["ps", "-o", "pid=", "--ppid", str(pid)], capture_output=True, text=True, check=False)
    return [int(word) for word in listed.stdout.split()]


def test_it_starts_serves_and_ends_and_prints_the_demo_people_once(tmp_path: Path) -> None:
    port, said, seconds = free_port(), [], 0.0
    for _ in ("first", "second"):
        with served(settings(tmp_path, port)) as parent:
            seconds = wait_until_ready(port)
            assert get(port, "/healthz")[0] == 200
            said.append(ended_by(signal.SIGINT, parent))
    assert seconds < SECOND_START_WITHIN
    assert stat.S_IMODE((tmp_path / "demo-accounts.txt").stat().st_mode) == 0o600
    accounts = [line.split() for line in (tmp_path / "demo-accounts.txt").read_text("utf-8").splitlines()]
    assert {role for account in accounts for role in account[2].split("+")} == {*ROLES, "trainee"}
    assert [number for number, password, *_ in accounts if password not in said[0] or password in said[1]] == []


def ended_by(number: signal.Signals, parent: subprocess.Popen[str]) -> str:
    """What a product has said that ends by a signal; AssertionError where it leaves something behind."""
    parts = children_of(parent.pid)
    parent.send_signal(number)
    said, _ = parent.communicate(timeout=30)
    assert (parent.returncode, "Traceback" in said) == (0, False)
    assert [pid for pid in parts if Path(f"/proc/{pid}").exists()] == []
    return said


def test_a_real_server_gets_no_demo_people_and_closing_the_terminal_ends_it(tmp_path: Path) -> None:
    port = free_port()
    with served(settings(tmp_path, port, SECRET_KEY=secrets.token_hex(32))) as parent:
        wait_until_ready(port)
        ended_by(signal.SIGHUP, parent)
    assert not (tmp_path / "demo-accounts.txt").exists()


def wait_until_it_hears(pid: int) -> None:
    """Until it minds signals: before that Python itself is being started, which on a loaded machine takes its time."""
    until = time.monotonic() + READY_WITHIN
    while time.monotonic() < until:
        caught = re.search(r"^SigCgt:\s*(\w+)$", Path(f"/proc/{pid}/status").read_text("utf-8"), re.MULTILINE)
        if caught and int(caught[1], 16) >> (signal.SIGHUP - 1) & 1:
            return
        time.sleep(0.01)
    raise AssertionError("it never minds a signal")


@pytest.mark.parametrize("seconds", [0.05, 0.3, 0.6])
def test_it_can_be_ended_while_it_starts(tmp_path: Path, seconds: float) -> None:
    with served(settings(tmp_path, free_port())) as parent:
        wait_until_it_hears(parent.pid)
        time.sleep(seconds)
        parts = children_of(parent.pid)
        parent.send_signal(signal.SIGINT)
        said, _ = parent.communicate(timeout=30)
    assert "Traceback" not in said
    assert [pid for pid in parts if Path(f"/proc/{pid}").exists()] == []


@pytest.mark.parametrize(
    ("more", "sentence"),
    [
        ({"COURSEWRIGHT_TYPO": "1"}, r"COURSEWRIGHT_TYPO"),
        ({"SECRET_KEY": "short"}, r"SECRET_KEY"),
        ({"PORT": "eighty"}, r"PORT"),
        ({"INSTANCE_PATH": "/proc/nowhere"}, r"/proc/nowhere"),
        ({"DATABASE_URL": "oracle:///x"}, r"DATABASE_URL"),
    ],
)
def test_what_cannot_be_is_said_in_one_sentence(tmp_path: Path, more: dict[str, str], sentence: str) -> None:
    with served(settings(tmp_path, free_port(), **more)) as parent:
        said, _ = parent.communicate(timeout=30)
    assert parent.returncode != 0
    assert re.search(sentence, said)
    assert len(said.strip().splitlines()) == 1, said


def test_a_port_in_use_is_said_in_one_sentence(tmp_path: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        with served(settings(tmp_path, port)) as parent:
            said, _ = parent.communicate(timeout=30)
    assert parent.returncode == 2
    assert said == f"Port {port} is in use: end what listens there, or say `PORT={port + 1} make run`.\n"


def test_what_is_killed_is_started_again_and_the_web_finds_its_port_free(tmp_path: Path) -> None:
    port = free_port()
    with served(settings(tmp_path, port, COURSEWRIGHT_DEMO="0")) as parent:
        wait_until_ready(port)
        worker = the_worker_of(parent)
        os.kill(worker, signal.SIGKILL)
        assert the_worker_of(parent, other_than=worker) != worker
        web = next(pid for pid in children_of(parent.pid) if children_of(pid))  # the worker has no processes of its own
        os.kill(web, signal.SIGKILL)
        while Path(f"/proc/{web}").exists():  # until then what it left behind still answers
            time.sleep(0.05)
        wait_until_ready(port)
        said = ended_by(signal.SIGINT, parent)
    assert "The web ended with status -9: starting it again" in said
    assert "is in use" not in said
    assert not (tmp_path / "demo-accounts.txt").exists()


def the_worker_of(parent: subprocess.Popen[str], *, other_than: int = 0) -> int:
    """Its only worker, once it has one that is another."""
    until = time.monotonic() + READY_WITHIN
    while time.monotonic() < until:
        running = {pid: command_of(pid) for pid in children_of(parent.pid)}
        workers = [pid for pid, command in running.items() if "worker" in command]
        assert len(workers) <= 1
        if workers and workers != [other_than]:
            return workers[0]
        time.sleep(0.05)
    raise AssertionError("no worker in time")


def command_of(pid: int) -> str:
    """What a process was started as; nothing once it has ended."""
    with suppress(OSError):
        return Path(f"/proc/{pid}/cmdline").read_text("utf-8")
    return ""


def test_headers_about_the_caller_are_left_to_the_setting_for_proxies(app: Flask) -> None:
    served_as = _Served(app).cfg
    assert (served_as.forwarded_allow_ips, served_as.forwarder_headers, served_as.secure_scheme_headers) == ([], [], {})
