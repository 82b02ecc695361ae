"""`flask start`: brings the database up to date, publishes the shipped courses, and serves with gunicorn."""

from __future__ import annotations

import errno
import os
import socket
import sys
from pathlib import Path
from typing import Any

import click
from flask import Flask, current_app
from gunicorn.app.base import BaseApplication

from app import clock
from app.accounts.demo import write_demo_accounts
from app.catalogue.shipped import publish_shipped_courses
from app.db import Database
from app.web.schema import upgrade_database

PROJECT = Path(__file__).parents[2]
PROCESSES, THREADS = 2, 4


@click.command("start")
@click.option("--ready-fd", type=int, default=None, help="Where to write a byte once the database is ready.")
def start(ready_fd: int | None) -> None:
    """Bring everything up to date, then serve on HOST and PORT."""
    app: Flask = current_app._get_current_object()  # type: ignore[attr-defined]  # noqa: SLF001 -- gunicorn needs the thing itself
    host, port = app.config["HOST"], app.config["PORT"]
    refuse_used_port(host, port)
    make_ready(app)
    if ready_fd is not None:
        os.write(ready_fd, b"1")
        os.close(ready_fd)
    app.extensions["database"].engine.dispose()  # connections do not survive a fork
    _Served(app, host, port).run()


def refuse_used_port(host: str, port: int) -> None:
    """One sentence, before anything is changed, if nobody can listen there."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family, socket.SOCK_STREAM) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError as error:
            if error.errno == errno.EADDRINUSE:
                stop(f"Port {port} is in use: end what listens there, or choose another, as in `PORT={port + 1} make run`.")
            stop(f"Nothing can listen on {host}:{port} ({error.strerror}): choose another HOST or PORT.")


def make_ready(app: Flask) -> None:
    """Tables at their newest, shipped courses published, demo people where they belong; safe to repeat."""
    database: Database = app.extensions["database"]
    upgrade_database(app.config["DATABASE_URL"])
    with database.transaction() as db:
        publish_shipped_courses(db, PROJECT, store=app.extensions["files"], now=clock.now())
    if app.config["DEMO"]:
        write_demo_accounts(database, Path(app.config["INSTANCE_PATH"]), now=clock.now())


def stop(sentence: str) -> None:
    """End with a sentence on the standard error."""
    sys.stderr.write(f"{sentence}\n")
    raise SystemExit(2)


class _Served(BaseApplication):  # type: ignore[misc]  # gunicorn is untyped
    """The application as it was loaded here, so that the processes are forked from it and nothing is loaded twice."""

    def __init__(self, app: Flask, host: str, port: int) -> None:
        self._app = app
        self._address = f"[{host}]:{port}" if ":" in host else f"{host}:{port}"
        super().__init__()

    def load_config(self) -> None:
        settings: dict[str, Any] = {
            "bind": self._address,
            "workers": PROCESSES,
            "threads": THREADS,
            "worker_class": "gthread",
            "preload_app": True,
            "timeout": 60,
            "graceful_timeout": 10,
            "keepalive": 5,
            "loglevel": "warning",
            "proc_name": "coursewright",
            "limit_request_line": 4094,
            "forwarded_allow_ips": "127.0.0.1",
            "when_ready": lambda _arbiter: click.echo(f"Coursewright is ready at http://{self._address}/  (Ctrl-C ends it)"),
        }
        for name, value in settings.items():
            self.cfg.set(name, value)

    def load(self) -> Flask:
        return self._app
