"""`flask demo`: a demo organisation in an empty database, or trainees for a load test in any."""

from __future__ import annotations

from pathlib import Path

import click
from flask import current_app
from flask.cli import with_appcontext

from app import clock
from app.accounts.queries import nobody_yet
from app.catalogue.shipped import publish_shipped_courses
from app.cli.operations import refusals_as_sentences, refuse_old_tables, tell
from app.db import Database
from app.demo.cohorts import furnish
from app.demo.load import MOST, fill, is_filled
from app.demo.people import beginning, write_demo_accounts
from app.errors import UserError
from app.records.progress import refresh
from app.web.transactions import database
from app.words import say
from config import PROJECT

REFRESHED_AT_ONCE = 2_500


@click.command("demo")
@click.option("--trainees", type=click.IntRange(1, MOST), help="So many for a load test, with ten enrolments each.")
@with_appcontext
def demo(trainees: int | None) -> None:
    """Make a demo organisation in an empty database and print its passwords; --trainees: people for a load test."""
    with refusals_as_sentences():
        refuse_old_tables()
        found = database()
        if trainees:
            _refuse_among_people(found)
        published = clock.now() if trainees else beginning(found, clock.now())
        publish_shipped_courses(found, PROJECT, store=current_app.extensions["files"], now=published)
        if trainees is None:
            _make_organisation(found)
        else:
            _fill(found, trainees)


def _make_organisation(found: Database) -> None:
    accounts = write_demo_accounts(found, Path(current_app.instance_path), now=clock.now())
    if not accounts:
        raise UserError(say("There are people in this database already: demo people are for empty ones."))
    furnish(found, current_app.extensions["files"], now=clock.now())
    click.echo("".join(f"{account}\n" for account in accounts), nl=False)


def _refuse_among_people(found: Database) -> None:
    """Raise UserError where people work: those of a load test share passwords, and one of them is from HR."""
    with found.reading() as db:
        if not current_app.config["DEMO"] and not nobody_yet(db) and not is_filled(db):
            raise UserError(
                say("There are people in this database already: fill one of its own, nothing is taken back.")
            )


def _fill(found: Database, trainees: int) -> None:
    def filled(done: int) -> None:
        tell(say("Trainees: {done} of {all}", done=done, all=trainees))

    file = fill(found, PROJECT, Path(current_app.instance_path), trainees, now=clock.now(), tell=filled)
    settled = 0
    while done := _settle(found):
        settled += done
        tell(say("Completion worked out: {done}", done=settled))
    tell(say("Their passwords are in {file}.", file=file))


def _settle(found: Database) -> int:
    with found.transaction() as db:
        return refresh(db, limit=REFRESHED_AT_ONCE)
