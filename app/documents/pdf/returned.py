"""Filled-in forms that come back: read in a process of its own, which is killed when it takes too long or too much."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field

from app.documents.pdf.child import INHERITED, ROOT
from app.errors import UserError
from app.words import Sentence, say

MOST_BYTES = 5 * 1024 * 1024
MOST_SECONDS = 30
"""By the clock, for a machine with much to do; the process itself may use a fifth of that."""
MOST_AT_ONCE = 2
MOST_WAITING = 5
"""Seconds: whoever waits holds one of the server's threads, and everybody's saves need those."""
_turns = threading.BoundedSemaphore(MOST_AT_ONCE)

_WHY: Mapping[str, Sentence] = {
    "locked": say("This file is locked with a password. Save it without one, then send it again."),
    "no form": say(
        "There are no fields in this file: it was printed or scanned. Save the form itself in your PDF program, then "
        "send that file; or type your answers into the page."
    ),
    "too much": say("This file has more in it than a form of ours. Download the form again and fill in that."),
}
_DAMAGED = say("This file cannot be read as a PDF. Save it once more in your PDF program, then send it again.")


class CannotRead(UserError):
    """The file gives no values, for a reason whoever sent it can act on."""


def form_values(content: bytes) -> Mapping[str, str]:
    """What stands in the fields of a PDF, by their names; what is not chosen or ticked is "". Raises CannotRead.

    Whatever the file holds, this ends: what is drawn, run or fetched in it is never looked at.
    """
    if len(content) > MOST_BYTES:
        raise CannotRead(say("A file may have {most} MB at most.", most=MOST_BYTES >> 20))
    if b"%PDF-" not in content[:1024]:
        raise CannotRead(_DAMAGED)
    answer = _read_apart(content)
    if answer is None:
        raise CannotRead(_DAMAGED)
    if answer.refused:
        raise CannotRead(_WHY[answer.refused])
    return answer.fields


@dataclass(frozen=True)
class _Answer:
    """What the process says."""

    fields: Mapping[str, str] = field(default_factory=dict)
    refused: str = ""


def _read_apart(content: bytes) -> _Answer | None:
    """What the process found; None where it died over the file."""
    environment = {name: os.environ[name] for name in INHERITED if name in os.environ}
    with _turn():
        try:
            done = subprocess.run(
                [sys.executable, "-m", "app.documents.pdf.reading"],
                input=content,
                capture_output=True,
                timeout=MOST_SECONDS,
                cwd=ROOT,
                env=environment | {"PYTHONPATH": str(ROOT)},
                check=False,
            )
        except subprocess.TimeoutExpired:
            return None
    if done.returncode != 0:
        return None
    return _Answer(**json.loads(done.stdout))


@contextmanager
def _turn() -> Iterator[None]:
    """One of the few that read at the same time. Raises CannotRead where none comes free soon."""
    if not _turns.acquire(timeout=MOST_WAITING):
        raise CannotRead(say("Several files are being read at this moment. Send yours again in a minute."))
    try:
        yield
    finally:
        _turns.release()
