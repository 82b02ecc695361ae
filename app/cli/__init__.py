"""The `flask …` commands: thin, like views."""

from __future__ import annotations

from flask import Flask

from app.cli import backup  # noqa: F401 -- puts its commands into `flask db`
from app.cli.answers import answers
from app.cli.content import content, exercise
from app.cli.demo import demo
from app.cli.operations import db, people, worker
from app.cli.report import report
from app.cli.sentences import in_sentences
from app.cli.start import start

COMMANDS = (answers, content, exercise, db, demo, people, report, start, worker)
for each in COMMANDS:
    in_sentences(each)


def register_commands(app: Flask) -> None:
    """Give the application its commands."""
    for command in COMMANDS:
        app.cli.add_command(command)
