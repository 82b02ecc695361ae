"""The product as deployed, and the reference beside it, on ports of their own."""

from __future__ import annotations

import http.client
import os
import re
import secrets
import socket
import subprocess
import sys
import tempfile
import time
import urllib.parse
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from flask import Flask

from app.factory import create_app
from tools.postgresql import free_port

ROOT = Path(__file__).parents[1]
STARTS_WITHIN = 120.0


@dataclass(frozen=True)
class Server:
    port: int
    pid: int
    cookie: str = ""
    app: Flask | None = None
    """The same application on the same database, for filling it."""


@contextmanager
def product() -> Iterator[Server]:
    """The product with production settings and demo people, a trainer signed in."""
    port = free_port()
    with tempfile.TemporaryDirectory() as instance:
        settings = {
            "PORT": str(port),
            "HOST": "127.0.0.1",
            "INSTANCE_PATH": instance,
            "SECRET_KEY": secrets.token_hex(32),
            "COURSEWRIGHT_DEMO": "1",
        }
        with running([sys.executable, "-m", "flask", "--app", "wsgi", "start"], port, settings) as pid:
            accounts = (Path(instance) / "demo-accounts.txt").read_text(encoding="utf-8")
            yield Server(port, pid, sign_in(port, accounts), app_on(settings))


@contextmanager
def filled_product(trainees: int) -> Iterator[Server]:
    """The product on a database with so many trainees, ten enrolments each, whose completion is worked out.

    On SQLite, or on the empty database that TEST_DATABASE_URL names.
    """
    port = free_port()
    with tempfile.TemporaryDirectory() as instance:
        settings = {
            "PORT": str(port),
            "HOST": "127.0.0.1",
            "INSTANCE_PATH": instance,
            "SECRET_KEY": secrets.token_hex(32),
            "COURSEWRIGHT_DEMO": "0",
            "DATABASE_URL": os.environ.get("TEST_DATABASE_URL", f"sqlite:///{instance}/filled.sqlite"),
        }
        command = [sys.executable, "-m", "flask", "--app", "wsgi"]
        for arguments in (("db", "upgrade"), ("demo", "--trainees", str(trainees))):
            subprocess.run(
                [*command, *arguments], cwd=ROOT, env={**os.environ, **settings}, check=True, capture_output=True
            )
        with running([*command, "start"], port, settings) as pid:
            yield Server(port, pid, app=app_on(settings))


def app_on(settings: dict[str, str]) -> Flask:
    """An application with these settings in this process."""
    os.environ.update(settings)
    return create_app()


@contextmanager
def reference() -> Iterator[Server]:
    """The bare Flask page under the same gunicorn."""
    port = free_port()
    gunicorn = [sys.executable, "-m", "gunicorn", "--workers", "2", "--threads", "4", "--worker-class", "gthread"]
    gunicorn += ["--no-control-socket", "--log-level", "warning"]
    with running([*gunicorn, "--bind", f"127.0.0.1:{port}", "bench.reference:app"], port, {}) as pid:
        yield Server(port, pid)


@contextmanager
def running(command: list[str], port: int, settings: dict[str, str]) -> Iterator[int]:
    """A server that answers on its port, ended afterwards."""
    quiet = {"stdout": subprocess.DEVNULL}
    server = subprocess.Popen(command, cwd=ROOT, env={**os.environ, **settings}, **quiet)  # type: ignore[call-overload]
    try:
        wait_for(port)
        yield server.pid
    finally:
        server.terminate()
        server.wait(20)


def wait_for(port: int) -> None:
    """Until something listens."""
    until = time.monotonic() + STARTS_WITHIN
    while time.monotonic() < until:
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.1)
    raise TimeoutError(f"nothing listens on port {port}")


def sign_in(port: int, accounts: str) -> str:
    """The cookies of the demo trainer, as a header."""
    line = next(line for line in accounts.splitlines() if "trainer" in line)
    number, password, *_ = line.split()
    cookies: dict[str, str] = {}
    page = ask(port, "GET", "/sign-in", "", cookies)
    token = re.search(r'name="csrf_token"[^>]*value="([^"]+)"', page)
    form = {"csrf_token": token[1] if token else "", "name": number, "password": password}
    ask(port, "POST", "/sign-in", urllib.parse.urlencode(form), cookies)
    return "; ".join(f"{name}={value}" for name, value in cookies.items())


def ask(port: int, method: str, path: str, body: str, cookies: dict[str, str]) -> str:
    """One request, its cookies kept."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
    headers = {"Cookie": "; ".join(f"{k}={v}" for k, v in cookies.items())}
    if body:
        headers |= {
            "Content-Type": "application/x-www-form-urlencoded",
            "Origin": f"http://127.0.0.1:{port}",
            "Referer": f"http://127.0.0.1:{port}/sign-in",
        }
    connection.request(method, path, body or None, headers)
    answer = connection.getresponse()
    for cookie in answer.headers.get_all("Set-Cookie") or []:
        name, _, value = cookie.partition("=")
        cookies[name] = value.partition(";")[0]
    text = answer.read().decode("utf-8", errors="replace")
    connection.close()
    return text
