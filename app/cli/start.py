"""`flask start`: brings the database up to date, publishes the shipped courses, and serves with gunicorn."""

from __future__ import annotations

import ctypes
import errno
import gc
import multiprocessing
import os
import socket
import sys
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any

import click
from flask import Flask, current_app
from flask.cli import with_appcontext
from gunicorn.app.base import BaseApplication
from sqlalchemy.exc import DatabaseError

from app import clock
from app.backup.making import Installation, kept_before_upgrade
from app.backup.running import announce_running
from app.catalogue.shipped import publish_shipped_courses
from app.cli.leaving import LeavingArbiter, LeavingWorker
from app.cli.operations import refusals_as_sentences, tell
from app.cli.safety import cannot_be_used, stop_if_unsafe
from app.db import Database
from app.demo.cohorts import furnish
from app.demo.people import beginning, write_demo_accounts
from app.files import FileStore
from app.web.schema import upgrade_database
from app.words import Sentence, in_words, say
from config import PROJECT, stop, terminal_language

PROCESSES, THREADS = 2, 4
OPEN_REQUESTS_HAVE = 10
"""Seconds for what is being answered when the end is asked for."""
STATEMENTS_HAVE = 30
"""Seconds on PostgreSQL for one statement of a page. Commands and the worker have as long as they need."""


@click.command("start")
@click.option("--ready-fd", type=int, default=None, help="Where to write a byte once the database is ready.")
@with_appcontext
def start(ready_fd: int | None) -> None:
    """Bring everything up to date, then serve on HOST and PORT."""
    app: Flask = current_app._get_current_object()  # type: ignore[attr-defined]  # noqa: SLF001 -- gunicorn needs the thing itself
    refuse_address(app.config["HOST"], app.config["PORT"])
    with refusals_as_sentences():
        announce_running(Path(app.config["INSTANCE_PATH"]))
    apart(lambda: make_ready(app))
    if ready_fd is not None:
        os.write(ready_fd, b"1")
        os.close(ready_fd)
    app.extensions["database"].limit("statement_timeout", STATEMENTS_HAVE)
    keep_memory_together()
    gc.collect()
    gc.freeze()  # what every process shares is neither counted nor copied again
    _Served(app).run()


def keep_memory_together() -> None:
    """One arena for all threads, where the C library is glibc: of its own, each keeps what its largest page took."""
    most_arenas, give_back_from = -8, -1
    with suppress(AttributeError):  # another C library has no such settings
        settings = ctypes.CDLL(None)
        settings.mallopt(most_arenas, 1)
        settings.mallopt(give_back_from, 1_000_000)


def apart(work: Callable[[], None]) -> None:
    """Do it in a process of its own, and end like it if it fails.

    What is served is forked from this process: it takes over neither the memory of a start nor its connections.
    """
    process = multiprocessing.get_context("fork").Process(target=work)
    process.start()
    process.join()
    if process.exitcode:
        sys.exit(process.exitcode)


def refuse_address(host: str, port: int) -> None:
    """One sentence, before anything is changed, if nobody can listen there."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family, socket.SOCK_STREAM) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError as error:
            if error.errno == errno.EADDRINUSE:
                stop(_port_used(port))
            why = error.strerror
            stop(say("Nothing can listen on {host}:{port} ({why}): choose another.", host=host, port=port, why=why))


def _port_used(port: int) -> Sentence:
    return say(
        "Port {port} is in use: end what listens there, or say `PORT={other} make run`.", port=port, other=port + 1
    )


def make_ready(app: Flask) -> None:
    """Tables at their newest, shipped courses published, demo people where they belong; safe to repeat."""
    database: Database = app.extensions["database"]
    stop_if_unsafe(database)
    try:
        with refusals_as_sentences():
            keep = kept_before_upgrade(Installation.of(app.config), tell)
            upgrade_database(app.config["DATABASE_URL"], before=keep)
            demo, store = app.config["DEMO"], app.extensions["files"]
            published = beginning(database, clock.now()) if demo else clock.now()
            publish_shipped_courses(database, PROJECT, store=store, now=published)
            if demo:
                add_demo_people(database, Path(app.config["INSTANCE_PATH"]), store)
    except DatabaseError as error:
        stop(cannot_be_used(error))


def add_demo_people(database: Database, instance: Path, store: FileStore) -> None:
    """Make them in an empty database, and print how to sign in: this once."""
    accounts = write_demo_accounts(database, instance, now=clock.now())
    if accounts:
        furnish(database, store, now=clock.now())
        heading = say("Demo people, to sign in with (kept in {file}):", file=instance / "demo-accounts.txt")
        click.echo(in_words(heading, terminal_language()))
        click.echo("".join(f"  {account}\n" for account in accounts))


class _Served(BaseApplication):  # type: ignore[misc]  # gunicorn is untyped
    """The application as it was loaded here, so that the processes are forked from it and nothing is loaded twice."""

    def __init__(self, app: Flask) -> None:
        self._app = app
        host, port = app.config["HOST"], app.config["PORT"]
        self._address = f"[{host}]:{port}" if ":" in host else f"{host}:{port}"
        super().__init__()

    def load_config(self) -> None:
        ready = say("Coursewright is ready at http://{address}/ (Ctrl-C ends it)", address=self._address)
        settings: dict[str, Any] = {
            "bind": self._address,
            "workers": PROCESSES,
            "threads": THREADS,
            "worker_class": LeavingWorker,
            "preload_app": True,
            "timeout": 60,
            "graceful_timeout": OPEN_REQUESTS_HAVE,
            "keepalive": 5,
            "limit_request_line": 8190,  # what somebody supposes about a hundred exercises is a long address
            # Headers about the caller are ProxyFix's matter, and believed as far as COURSEWRIGHT_PROXIES says.
            "forwarded_allow_ips": "",
            "forwarder_headers": "",
            "secure_scheme_headers": {},
            "loglevel": "warning",
            "control_socket_disable": True,  # one more door, in the home folder of whoever starts it
            "when_ready": lambda _arbiter: click.echo(in_words(ready, terminal_language())),
        }
        for name, value in settings.items():
            self.cfg.set(name, value)

    def load(self) -> Flask:
        return self._app

    def run(self) -> None:
        LeavingArbiter(self).run()
