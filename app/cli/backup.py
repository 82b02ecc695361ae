"""`flask db backup`, `verify`, `restore` and `copy`."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import click
from flask import current_app

from app import clock
from app.backup.copying import copy_database
from app.backup.making import Installation, Made, backups_in, make_backup, own_folder, remove_older
from app.backup.manifest import KEY, Manifest
from app.backup.restoring import Restored, restore_backup, verify_backup
from app.cli.operations import db, refusals_as_sentences, tell
from app.errors import UserError
from app.words import Sentence, in_words, say
from config import RefusedConfig, checked_database_url, terminal_language

_FILE = click.Path(path_type=Path)


@db.command("backup")
@click.argument("target", type=_FILE, required=False)
@click.option("--keep", type=click.IntRange(1), help="Afterwards keep so many in the folder and remove older ones.")
@click.option("--with-key", is_flag=True, help="Put the secret key in, too: then keep the backup as safe as the key.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def backup(target: Path | None, *, keep: int | None, with_key: bool, as_json: bool) -> None:
    """Back up database and files to TARGET, while people work, and print the name of the backup.

    TARGET is a new file, or a folder; without it, the folder backups of the instance folder.
    """
    with refusals_as_sentences():
        place = target or own_folder(installation())
        if keep and not place.is_dir():
            raise UserError(say("--keep goes with a folder: there are no older backups of a file."))
        made = make_backup(installation(), place, with_key=with_key)
        removed = remove_older(place, keep) if keep else []
    for key in made.damaged:
        tell(say("The stored file {name} is damaged and left out: publish what it belongs to once more.", name=key))
    if as_json:
        more: dict[str, Any] = {"removed": [str(path) for path in removed], "damaged": list(made.damaged)}
        click.echo(json.dumps({**_told(made.path, made.manifest), **_cost(made), **more}))
    else:
        click.echo(made.path)


@db.command("verify")
@click.argument("file", type=_FILE, required=False)
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def verify(file: Path | None, *, as_json: bool) -> None:
    """Restore a backup into a scratch place, look at all of it, and say whether it is whole: exit code 0 or 1.

    FILE is a backup, or a folder, whose newest is taken; without it, the folder backups of the instance folder.
    """
    with refusals_as_sentences():
        path = _newest(file)
        manifest = verify_backup(installation(), path)
    if as_json:
        click.echo(json.dumps(_told(path, manifest)))
    else:
        click.echo(in_words(_whole(path, manifest), terminal_language()))


@db.command("restore")
@click.argument("file", type=_FILE)
@click.option("--yes", is_flag=True, help="Do not ask first.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def restore(file: Path, *, yes: bool, as_json: bool) -> None:
    """Verify a backup, then put it in the place of what is there. End the product first.

    What is there is kept aside until the next restore.
    """
    question = say("What people did since that backup will be gone from the pages. Restore {path}?", path=file)
    if not yes:
        click.confirm(in_words(question, terminal_language()), abort=True)
    with refusals_as_sentences():
        done = restore_backup(installation(), file, now=clock.now())
    _tell_of_restore(done)
    if as_json:
        click.echo(json.dumps({**_told(file, done.manifest), "aside": done.aside}))
    else:
        click.echo(in_words(say("Restored: {path}", path=file), terminal_language()))


@db.command("copy")
@click.argument("target_url")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def copy(target_url: str, *, as_json: bool) -> None:
    """Copy all rows into another, empty database, from SQLite to PostgreSQL or back. End the product first.

    TARGET_URL is what DATABASE_URL will be from then on. What is there is only read.
    """
    found = installation()
    with refusals_as_sentences():
        rows = copy_database(found, _target(found, target_url))
    tell(say("Now set DATABASE_URL to the target: up to then the product uses the old database."))
    tell(say("Files were not copied: they stay in {folder}, which the product goes on using.", folder=found.instance))
    tell(
        say(
            "SECRET_KEY must stay the same: with another one everybody signs in once more, and answers that wait on "
            "devices cannot be read. Where it was never set, it stands in {file}.",
            file=found.instance / KEY,
        )
    )
    if as_json:
        click.echo(json.dumps({"rows": sum(rows.values()), "tables": rows}))
    else:
        done = say("Copied and compared: {rows} rows of {tables} tables.", rows=sum(rows.values()), tables=len(rows))
        click.echo(in_words(done, terminal_language()))


def installation() -> Installation:
    """What this command is about."""
    return Installation.of(current_app.config)


def _target(found: Installation, url: str) -> str:
    """The address as a setting would have it. Raises UserError without repeating it: there may be a password inside."""
    try:
        return checked_database_url(url, found.instance)
    except RefusedConfig as refused:
        raise UserError(say("The target cannot be used. {why}", why=refused.sentence)) from None


def _newest(file: Path | None) -> Path:
    place = file or installation().backups
    if not place.is_dir() and file is not None:
        return place
    backups = backups_in(place) if place.is_dir() else []
    if not backups:
        raise UserError(say("There is no backup in {path}.", path=place))
    return backups[0]


def _told(path: Path, manifest: Manifest) -> dict[str, Any]:
    return {
        "file": str(path),
        "database": manifest.kind,
        "revision": manifest.revision,
        "version": manifest.version,
        "began": manifest.began.isoformat(),
        "rows": sum(manifest.rows.values()),
        "files": len(manifest.files),
        "bytes": manifest.size,
    }


def _cost(made: Made) -> dict[str, Any]:
    return {"size": made.size, "seconds": round(made.seconds, 3)}


def _whole(path: Path, manifest: Manifest) -> Sentence:
    return say(
        "{path} is whole: {rows} rows and {files} files of {moment}.",
        path=path,
        rows=sum(manifest.rows.values()),
        files=len(manifest.files),
        moment=f"{manifest.began:%Y-%m-%d %H:%M:%S} UTC",
    )


def _tell_of_restore(done: Restored) -> None:
    if done.aside:
        tell(say("What was there is kept until the next restore: {name}", name=done.aside))
    if done.key_aside:
        tell(say("The secret key is that of the backup; the old one is kept: {name}", name=done.key_aside))
