"""What a database or a disk does to a command, as one sentence: whoever runs a server is no programmer of it."""

from __future__ import annotations

from collections.abc import Callable
from errno import EACCES, EDQUOT, EIO, ENOSPC, EPERM, EROFS
from functools import wraps

import click
from flask.cli import AppGroup
from sqlalchemy.exc import DatabaseError, OperationalError, SQLAlchemyError

from app.cli.safety import cannot_be_used
from app.web.trouble import trouble_of
from app.words import Sentence, say
from app.write_queue import NoTurn
from config import stop

OF_THE_DISK = frozenset({ENOSPC, EDQUOT, EROFS, EACCES, EPERM, EIO})
BUSY = say("Others write to the database at this moment. Nothing of the last step was kept: run it once more.")


def in_sentences(command: click.Command) -> None:
    """Let a command, and all below it, end with a sentence and exit code 2 where database or disk refuse."""
    if isinstance(command, AppGroup):
        for below in command.commands.values():
            in_sentences(below)
    elif command.callback:
        command.callback = _told(command.callback)


def sentence_about(error: BaseException) -> Sentence | None:
    """What to say about an error; None for a mistake of ours, which keeps its traceback."""
    if trouble_of(error) == "busy":
        return BUSY
    match error:
        case OperationalError():
            return cannot_be_used(error)
        case DatabaseError() if type(error) is DatabaseError:  # «file is not a database», «malformed»
            return cannot_be_used(error)
        case OSError() if error.errno in OF_THE_DISK:
            place = f"{error.filename}: " if error.filename else ""
            return say("The disk refused: {why}.", why=f"{place}{error.strerror}")
    return None


def _told(run: Callable[..., object]) -> Callable[..., object]:
    @wraps(run)
    def told(*words: object, **options: object) -> object:
        try:
            return run(*words, **options)
        except (SQLAlchemyError, NoTurn, OSError) as error:
            sentence = sentence_about(error)
            if sentence is None:
                raise
            stop(sentence)

    return told
