"""Commands for whoever runs a server: the database's revision, people, the worker."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict
from typing import Any

import click
from flask import Flask, current_app
from flask.cli import AppGroup, with_appcontext
from sqlalchemy.orm import Session

from app import clock, outbox
from app.accounts import actions
from app.accounts.invitations import RESET, look_for_forgetful
from app.accounts.passwords import hash_password, make_password
from app.accounts.post import carry_mail
from app.accounts.queries import PersonRow, everybody, person_numbered
from app.assessment.letters import clear_told, tell_marked, tell_trainers
from app.assessment.sweeper import look_again, sweep
from app.backup.making import Installation, kept_before_upgrade
from app.backup.running import announce_running
from app.cli.safety import stop_if_unsafe
from app.db import Database
from app.errors import UserError
from app.mail import KIND, server_at
from app.records.progress import refresh_all
from app.regrading.actions import ERRAND
from app.regrading.job import regrade
from app.reviewing.sweeper import sweep_rounds
from app.web.schema import is_at_head, refuse_future, revision_of, upgrade_database
from app.web.transactions import database
from app.web.viewing import ROLES, RoleName
from app.words import Language, Sentence, in_words, say
from app.worker import Task, Worker
from config import terminal_language


def senders(database: Database, config: Mapping[str, Any]) -> dict[str, outbox.Sender]:
    """Who carries out which kind of errand."""
    url, public_url = config["SMTP_URL"], config["PUBLIC_URL"]
    server = server_at(url) if url else None
    return {
        KIND: lambda payload: carry_mail(database, server, public_url, payload=payload),
        ERRAND: lambda payload: regrade(database, payload["regrade"], now=clock.now),
        RESET: lambda payload: look_for_forgetful(database, public_url, payload=payload, now=clock.now()),
    }


db = AppGroup("db", help="The database and its revision.")
people = AppGroup("people", help="Accounts and roles.")


@db.command("upgrade")
@click.option("--without-backup", is_flag=True, help="Change the tables even where nothing can be backed up before.")
def upgrade(*, without_backup: bool) -> None:
    """Bring the database to the newest revision; where there are rows, a backup is made first."""
    found = Installation.of(current_app.config)
    with refusals_as_sentences():
        upgrade_database(found.database_url, before=None if without_backup else kept_before_upgrade(found, tell))
    tell(say("The database is up to date."))


@db.command("current")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def current(*, as_json: bool) -> None:
    """Print the revision the database is at; exit code 1 when that is not the newest."""
    with database().engine.connect() as connection:
        revision, newest = revision_of(connection), is_at_head(connection)
    click.echo(json.dumps({"revision": revision, "newest": newest}) if as_json else revision or "-")
    if not newest:
        tell(say("This is not the newest revision: flask db upgrade brings it there."))
        sys.exit(1)


@people.command("add")
@click.argument("number")
@click.argument("display_name")
@click.option("--email", help="May be used to sign in, too.")
@click.option("--department", help="Made when there is none of this name.")
@click.option("--language", type=click.Choice(["zh-CN", "en"]), help="Of their pages; as the browser asks if left out.")
@click.option("--role", "roles", multiple=True, type=click.Choice(ROLES, case_sensitive=False), help="May be repeated.")
def add(
    number: str,
    display_name: str,
    *,
    email: str | None,
    department: str | None,
    language: Language | None,
    roles: tuple[RoleName, ...],
) -> None:
    """Make an account and print its first password."""
    password, now = make_password(), clock.now()
    password_hash = hash_password(password)
    with writing() as transaction:
        person = actions.add_person(
            transaction,
            number,
            display_name,
            by=None,
            now=now,
            email=email,
            password_hash=password_hash,
            language=language,
            department=actions.department_named(transaction, department) if department else None,
        )
        for role in roles:
            actions.grant_role(transaction, person, role, by=None, now=now)
    tell(say("{number} can sign in with this password:", number=person.number))
    click.echo(password)


@people.command("list")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def list_people(*, as_json: bool) -> None:
    """Print everybody, with department and roles."""
    with refusals_as_sentences():
        refuse_old_tables()
        with database().reading() as reading:
            rows = everybody(reading)
    if as_json:
        click.echo(json.dumps([asdict(row) for row in rows], ensure_ascii=False, indent=2))
    else:
        click.echo("".join(f"{_line(row)}\n" for row in rows), nl=False)


@people.command("password")
@click.argument("number")
def new_password(number: str) -> None:
    """Give somebody a new password, print it, and end their sign-ins."""
    password, now = make_password(), clock.now()
    password_hash = hash_password(password)
    with writing() as transaction:
        person = person_numbered(transaction, number)
        actions.set_password(transaction, person, password_hash, by=None, now=now)
    tell(say("{number} can sign in with this password:", number=person.number))
    click.echo(password)


@people.command("grant")
@click.argument("number")
@click.argument("role", type=click.Choice(ROLES, case_sensitive=False))
def grant(number: str, role: RoleName) -> None:
    """Give somebody a role."""
    with writing() as transaction:
        actions.grant_role(transaction, person_numbered(transaction, number), role, by=None, now=clock.now())


@people.command("revoke")
@click.argument("number")
@click.argument("role", type=click.Choice(ROLES, case_sensitive=False))
def revoke(number: str, role: RoleName) -> None:
    """Take a role away; the last admin stays."""
    with writing() as transaction:
        actions.revoke_role(transaction, person_numbered(transaction, number), role, by=None, now=clock.now())


@people.command("deactivate")
@click.argument("number")
def deactivate(number: str) -> None:
    """Close an account and end its sign-ins."""
    with writing() as transaction:
        actions.deactivate_person(transaction, person_numbered(transaction, number), by=None, now=clock.now())


@click.command("worker")
@with_appcontext
def worker() -> None:
    """Hand in what time has ended, run errands, keep reports up to date and clean up, until interrupted."""
    app: Flask = current_app._get_current_object()  # type: ignore[attr-defined]  # noqa: SLF001 -- for threads: the thing itself
    with refusals_as_sentences():
        announce_running(Installation.of(app.config).instance)
    stop_if_unsafe(database())
    with refusals_as_sentences(), database().engine.connect() as connection:
        refuse_future(revision_of(connection))
    running = Worker()
    running.tasks = tasks_of(app, ending=lambda: running.ending)
    running.run()


def tasks_of(app: Flask, *, ending: Callable[[], bool]) -> tuple[Task, ...]:
    """What the worker does. Of two workers at once, as while one takes over from another, neither does harm.

    Tasks run in threads, which know the application only if they are told.
    """

    def with_app(work: Callable[[Database], object]) -> Callable[[], None]:
        def turn() -> None:
            with app.app_context():
                work(database())

        return turn

    def run_errands(found: Database) -> None:
        outbox.drain(found, senders(found, app.config), now=clock.now, ending=ending)

    return (
        Task("answers", 10, with_app(lambda found: sweep(found, now=clock.now))),
        Task("reviews", 10, with_app(lambda found: sweep_rounds(found, now=clock.now))),
        Task("forgotten answers", 3600, with_app(lambda found: look_again(found, now=clock.now()))),
        Task("errands", 60, with_app(run_errands), app.extensions["bell"]),
        Task("reports", 60, with_app(refresh_all)),
        Task("letters", 600, with_app(tell_what_is_new)),
        Task("cleaning", 24 * 3600, with_app(clean_up)),
    )


def tell_what_is_new(found: Database) -> None:
    """Trainers what waits for them, and trainees which marks they can see."""
    tell_trainers(found, now=clock.now())
    tell_marked(found, now=clock.now())


def clean_up(found: Database) -> None:
    """Remove what nobody needs any more."""
    with found.transaction() as transaction:
        actions.clean_up(transaction, now=clock.now())
        outbox.clear_done(transaction, now=clock.now())
        clear_told(transaction, now=clock.now())


@contextmanager
def refusals_as_sentences() -> Iterator[None]:
    """A UserError ends the command with its sentence on stderr and exit code 1."""
    try:
        yield
    except UserError as refusal:
        tell(refusal.sentence)
        sys.exit(1)


@contextmanager
def writing() -> Iterator[Session]:
    """A write transaction for a command; what it refuses, and tables that are not there yet, end in a sentence."""
    with refusals_as_sentences():
        refuse_old_tables()
        with database().transaction() as transaction:
            yield transaction


def refuse_old_tables() -> None:
    """Raises UserError unless the database has the tables that this code expects."""
    with database().engine.connect() as connection:
        if not is_at_head(connection):
            raise UserError(say("The database is not at the newest revision. Run `flask db upgrade` first."))


def tell(sentence: Sentence) -> None:
    """Say it in the terminal's language, beside what the command prints."""
    click.echo(in_words(sentence, terminal_language()), err=True)


def _line(row: PersonRow) -> str:
    state = "" if row.active else " (-)"
    return f"{row.number:<12}{'+'.join(row.roles) or 'trainee':<18}{row.display_name}  {row.department}{state}"
