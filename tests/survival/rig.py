"""The product as deployed, for proofs: its real processes in groups of their own, killed and started again at will."""

from __future__ import annotations

import http.client
import os
import random
import secrets
import signal
import sqlite3
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

from flask import Flask

from app.db import Database
from app.factory import create_app
from bench.room import SHEET, Desk
from config import Config
from tests.survival.desks import seat
from tools.postgresql import free_port

ROOT = Path(__file__).parents[2]
READY_WITHIN = 60.0
ENDS_WITHIN = 20.0
PAUSE = 0.02
Part = Literal["everything", "server", "process", "arbiter", "worker"]
"""What dies: web and worker; all of the web; one process that serves; the one above these; the background worker."""


@dataclass
class Product:
    """One installation in a folder of its own, with production settings. Made by `deployed`."""

    folder: Path
    database_url: str
    port: int
    settings: Mapping[str, str]
    application: str = "wsgi"
    with_worker: bool = True
    wrapped_by: Sequence[str] = ()
    """A program that the web is started with, such as a tracer."""
    key: str = field(default_factory=lambda: secrets.token_hex(32))
    running: dict[str, subprocess.Popen[bytes]] = field(default_factory=dict)
    _app: Flask | None = None

    @property
    def instance(self) -> Path:
        return self.folder / "instance"

    @property
    def ports(self) -> tuple[int, ...]:
        """Where a browser may ask; a deployment of several nodes has several."""
        return (self.port,)

    @property
    def app(self) -> Flask:
        """The same application in this process, which serves nobody: it signs cookies."""
        if self._app is None:
            url = f"http://127.0.0.1:{self.port}"
            self._app = create_app(Config(self.instance, self.database_url, self.key, PORT=self.port, PUBLIC_URL=url))
        return self._app

    def start(self) -> float:
        """Start what does not run; seconds until the product says that it is ready."""
        since = time.monotonic()
        if not self._runs("web"):
            self._end("web")
            self._run("web", *self.wrapped_by, *self._flask("start"))
            self.wait_until_ready()
        ready = time.monotonic() - since
        if self.with_worker and not self._runs("worker"):
            self._end("worker")
            self._run("worker", *self._flask("worker"))
        return ready

    restart = start

    def kill(self, part: Part) -> None:
        """SIGKILL, without a word before."""
        match part:
            case "everything":
                self._end("web")
                self._end("worker")
            case "server":
                self._end("web")
            case "worker":
                self._end("worker")
            case "process":
                serving = self.serving()
                if serving:
                    _kill(random.choice(serving))  # noqa: S311 -- not a secret
            case "arbiter":
                _kill(self._arbiter())
                self.running["web"].wait(ENDS_WITHIN)

    def serving(self) -> list[int]:
        """The processes that answer requests."""
        return children_of(self._arbiter())

    def stop(self) -> None:
        """End in order, then surely."""
        for name, part in self.running.items():
            if part.poll() is None:
                with suppress(ProcessLookupError):  # a tracer would keep the signal to itself
                    os.kill(self._arbiter() if name == "web" else part.pid, signal.SIGTERM)
        for name, part in list(self.running.items()):
            with suppress(subprocess.TimeoutExpired):
                part.wait(ENDS_WITHIN)
            self._end(name)

    def wait_until_ready(self) -> None:
        """Until it answers so; AssertionError with the end of its log where it does not."""
        until = time.monotonic() + READY_WITHIN
        while time.monotonic() < until and self._runs("web"):
            if self._is_ready():
                return
            time.sleep(PAUSE)
        raise AssertionError(f"not ready: {self.log('web')[-2000:]}")

    def log(self, name: str) -> str:
        """What a part has said so far."""
        path = self.folder / f"{name}.log"
        return path.read_text(encoding="utf-8", errors="replace") if path.exists() else ""

    def signed_in(self, count: int, *, exercise: str = SHEET) -> tuple[Desk, ...]:
        """So many more trainees, each with an attempt under way and a browser that they are signed in with."""
        database = Database(self.database_url)
        try:
            with database.transaction() as db:
                return seat(db, self.app, count, exercise=exercise)
        finally:
            database.engine.dispose()

    def unsound(self) -> str:
        """What SQLite finds wrong with the file; nothing on PostgreSQL, which starts on its own log or not at all."""
        if not self.database_url.startswith("sqlite"):
            return ""
        connection = sqlite3.connect(self.database_url.removeprefix("sqlite:///"), timeout=30)
        try:
            found = [row[0] for row in connection.execute("PRAGMA integrity_check")]
            found += [f"foreign key: {row}" for row in connection.execute("PRAGMA foreign_key_check")]
        finally:
            connection.close()
        return "" if found == ["ok"] else "\n".join(found)

    def _flask(self, *command: str) -> tuple[str, ...]:
        return (sys.executable, "-m", "flask", "--app", self.application, *command)

    def _run(self, name: str, *command: str) -> None:
        own = {
            "INSTANCE_PATH": str(self.instance),
            "DATABASE_URL": self.database_url,
            "SECRET_KEY": self.key,
            "HOST": "127.0.0.1",
            "PORT": str(self.port),
            "COURSEWRIGHT_DEMO": "0",
        }
        with (self.folder / f"{name}.log").open("ab") as log:
            self.running[name] = subprocess.Popen(
                command,
                cwd=ROOT,
                env={**_inherited(), **own, **self.settings},
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )

    def _runs(self, name: str) -> bool:
        return name in self.running and self.running[name].poll() is None

    def _end(self, name: str) -> None:
        """Kill a part and what it left behind, as whoever supervises a service does."""
        part = self.running.pop(name, None)
        if part is not None:
            with suppress(ProcessLookupError):
                os.killpg(part.pid, signal.SIGKILL)
            part.wait(ENDS_WITHIN)
            _wait_for_end_of_group(part.pid)

    def _arbiter(self) -> int:
        pid = self.running["web"].pid
        return next(iter(children_of(pid)), pid) if self.wrapped_by else pid

    def _is_ready(self) -> bool:
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=10)
        try:
            connection.request("GET", "/readyz")
            return connection.getresponse().status == 200
        except (OSError, http.client.HTTPException):
            return False
        finally:
            connection.close()


@contextmanager
def deployed(
    folder: Path,
    *,
    database_url: str | None = None,
    settings: Mapping[str, str] | None = None,
    application: str = "wsgi",
    with_worker: bool = True,
    wrapped_by: Sequence[str] = (),
) -> Iterator[Product]:
    """The product, started and ready, on a SQLite file in the folder unless an address says otherwise."""
    folder.mkdir(parents=True, exist_ok=True)
    product = Product(
        folder,
        database_url or f"sqlite:///{folder / 'answers.sqlite'}",
        free_port(),
        settings or {},
        application,
        with_worker,
        wrapped_by,
    )
    try:
        product.start()
        yield product
    finally:
        product.stop()


def children_of(pid: int) -> list[int]:
    """The processes directly below one; none below one that has ended."""
    with suppress(OSError):
        tasks = Path(f"/proc/{pid}/task").iterdir()
        return [int(word) for task in tasks for word in (task / "children").read_text(encoding="ascii").split()]
    return []


def _kill(pid: int) -> None:
    with suppress(ProcessLookupError):
        os.kill(pid, signal.SIGKILL)


def _wait_for_end_of_group(group: int) -> None:
    until = time.monotonic() + ENDS_WITHIN
    while _alive_in(group):
        if time.monotonic() > until:
            raise AssertionError(f"processes of group {group} outlived SIGKILL")
        time.sleep(PAUSE)


def _alive_in(group: int) -> bool:
    """Whether a process of a group runs; who has ended and is only not collected yet holds nothing any more."""
    for path in Path("/proc").glob("[0-9]*/stat"):
        with suppress(OSError):
            state, _parent, its_group, *_ = path.read_text(encoding="utf-8").rpartition(")")[2].split()
            if int(its_group) == group and state not in "ZX":
                return True
    return False


def _inherited() -> dict[str, str]:
    """Our environment without what would say something to the product."""
    theirs = {"SECRET_KEY", "DATABASE_URL", "TEST_DATABASE_URL", "INSTANCE_PATH", "PORT", "HOST", "FLASK_DEBUG"}
    return {
        name: value
        for name, value in os.environ.items()
        if name not in theirs and not name.startswith(("COURSEWRIGHT_", "PYTEST_"))
    }
