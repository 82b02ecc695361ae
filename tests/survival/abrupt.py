"""Known-bad variants of how the product is run."""

from __future__ import annotations

import sys
from collections.abc import Callable

from flask import Flask
from gunicorn.arbiter import Arbiter
from gunicorn.workers.gthread import ThreadWorker

from app.cli import operations
from app.factory import create_app
from app.worker import Task


def gunicorn_as_it_comes() -> Flask:
    """It leaves its port open while nobody answers there."""
    app = create_app()
    start = sys.modules["app.cli.start"]  # by its name `app.cli` has the command
    vars(start).update(LeavingWorker=ThreadWorker, LeavingArbiter=Arbiter)
    return app


def one_thing_after_the_other() -> Flask:
    """Its worker does everything in one turn, mail first."""
    app, tasks_of = create_app(), operations.tasks_of

    def in_one(app: Flask, *, ending: Callable[[], bool]) -> tuple[Task, ...]:
        tasks = sorted(tasks_of(app, ending=ending), key=lambda task: task.name != "errands")
        return (Task("everything", 10, lambda: [task.work() for task in tasks]),)

    vars(operations).update(tasks_of=in_one)
    return app
