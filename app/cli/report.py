"""`flask report …`: completion, counts and training hours brought up to date, or made again from scratch."""

from __future__ import annotations

from flask.cli import AppGroup

from app.cli.operations import refusals_as_sentences, refuse_old_tables, tell
from app.records.progress import rebuild, refresh_all
from app.web.transactions import database
from app.words import say

EACH = 10_000
"""Enrolments between two lines about how far it is."""

report = AppGroup("report", help="What reports are made of: completion, counts, training hours.")


@report.command("refresh")
def refresh_reports() -> None:
    """Work out what changed since the worker last did."""
    with refusals_as_sentences():
        refuse_old_tables()
        done = refresh_all(database())
    tell(say("Up to date: {count} changes worked in.", count=done))


@report.command("rebuild")
def rebuild_reports() -> None:
    """Work out everything from scratch. Pages stay in use meanwhile; it may be ended and begun again."""
    told = 0

    def follow(done: int, total: int) -> None:
        nonlocal told
        if done - told >= EACH:
            told = done
            tell(say("Enrolments: {done} of {total}", done=done, total=total))

    with refusals_as_sentences():
        refuse_old_tables()
        done = rebuild(database(), tell=follow)
    tell(say("Worked out from scratch: {count} enrolments.", count=done))
