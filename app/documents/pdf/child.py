"""Rendering in a process of its own, which is killed when it takes too long or too much."""

from __future__ import annotations

import atexit
import json
import os
import pickle
import signal
import struct
import subprocess
import sys
import threading
from collections.abc import Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from app.documents.blocks import Document
from app.documents.certificate import CertificatePaper
from app.documents.pdf.errors import CannotPrint
from app.words import Sentence, say

ROOT = Path(__file__).parents[3]
INHERITED = ("PATH", "LANG")
"""What the child is told of our environment; it reads what others wrote, and has no use for our secrets."""


@dataclass(frozen=True)
class Limits:
    """How long and how large rendering one document may get."""

    seconds: int = 20
    megabytes: int = 512


@dataclass(frozen=True)
class Stack:
    """Copies to be printed in one file: each a document, and what stands in its fields."""

    copies: tuple[tuple[Document, Mapping[str, str]], ...]


@dataclass(frozen=True)
class Fillable:
    """A document to be filled in on screen, and what its file says of itself."""

    document: Document
    hidden: Mapping[str, str]


@dataclass(frozen=True)
class Certificates:
    """Certificates to be printed, all in one file or each in its own: those follow one another, each after its size."""

    papers: tuple[CertificatePaper, ...]
    apart: bool


@dataclass(frozen=True)
class Job:
    """What the child gets to do."""

    document: Document | Stack | Fillable | Certificates
    values: Mapping[str, str]
    seconds: int
    megabytes: int


def to_pdf(document: Document, values: Mapping[str, str] | None = None, *, limits: Limits = Limits()) -> bytes:
    """The PDF of a document, its fields holding the given values; may be called from several threads.

    Raises CannotPrint where a character has no glyph, a picture cannot be read, or a limit is passed.
    """
    return printed(Job(document, dict(values or {}), limits.seconds, limits.megabytes))


def stack_to_pdf(copies: Iterable[tuple[Document, Mapping[str, str]]], *, limits: Limits = Limits(seconds=60)) -> bytes:
    """Copies in one file, each counting its pages from 1. Raises CannotPrint like `to_pdf`."""
    return printed(Job(Stack(tuple(copies)), {}, limits.seconds, limits.megabytes))


def form_to_pdf(
    document: Document, values: Mapping[str, str], *, hidden: Mapping[str, str], limits: Limits = Limits()
) -> bytes:
    """The PDF of a document to be filled in on screen. `hidden`: fields nobody sees, by name; no field of a sheet
    begins with a `_`. Raises CannotPrint like `to_pdf`.
    """
    return printed(Job(Fillable(document, dict(hidden)), dict(values), limits.seconds, limits.megabytes))


def printed(job: Job) -> bytes:
    """What the child makes of a job; raises CannotPrint."""
    kind, content = _child.render(job)
    match kind:
        case b"P":
            return content
        case b"R":
            text, filled = json.loads(content)
            raise CannotPrint(Sentence(text, tuple((name, value) for name, value in filled)))
        case b"T":
            raise CannotPrint(say("Printing took longer than {seconds} seconds.", seconds=job.seconds))
        case b"M":
            raise CannotPrint(say("Printing needed more than {megabytes} MB of memory.", megabytes=job.megabytes))
        case b"K":
            raise CannotPrint(
                say("Printing was broken off from outside. Try again; the machine may be short of memory.")
            )
        case _:
            raise RuntimeError(content.decode(errors="replace"))


class _Child:
    """One process, started when it is needed and again after it was killed; one job at a time."""

    def __init__(self) -> None:
        self.lock = threading.Lock()
        self.process: subprocess.Popen[bytes] | None = None
        self.parent = 0

    def render(self, job: Job) -> tuple[bytes, bytes]:
        """What became of the job: the child's letter and bytes, or why it died over it."""
        with self.lock:
            process = self._running()
            late = threading.Event()
            clock = threading.Timer(job.seconds, _kill, (process, late))
            clock.daemon = True
            clock.start()
            answer = None
            try:
                answer = _ask(process, pickle.dumps(job))
            finally:
                clock.cancel()
                if answer is None or late.is_set():
                    self.stop()  # else the next job would be given the rest of this one's answer
            return answer or _end(process.returncode, late=late.is_set())

    def _running(self) -> subprocess.Popen[bytes]:
        # After a fork the process belongs to the parent: two may not write into one pipe.
        if self.process and self.parent == os.getpid() and self.process.poll() is None:
            return self.process
        self.parent = os.getpid()
        self.process = subprocess.Popen(
            [sys.executable, "-m", "app.documents.pdf"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            cwd=ROOT,
            env={name: os.environ[name] for name in INHERITED if name in os.environ} | {"PYTHONPATH": str(ROOT)},
            start_new_session=True,  # Ctrl-C is the server's to answer; the child ends when its pipe does
        )
        return self.process

    def stop(self) -> None:
        """End the process, if it is ours."""
        process, self.process = self.process, None
        if process and self.parent == os.getpid():
            process.kill()
            process.wait()
            for pipe in filter(None, (process.stdin, process.stdout)):
                with suppress(BrokenPipeError):  # what it did not read is still to be written
                    pipe.close()


def _end(code: int, *, late: bool) -> tuple[bytes, bytes]:
    """Why a child died: by our clock or that of its processor time, killed by somebody, for its memory, or by a
    mistake of ours, of which its traceback tells in the log.
    """
    if late or code == -signal.SIGXCPU:
        return b"T", b""
    if code in (-signal.SIGKILL, -signal.SIGTERM):
        return b"K", b""
    return (b"M", b"") if code < 0 else (b"E", f"the printing process ended with {code}".encode())


def _kill(process: subprocess.Popen[bytes], late: threading.Event) -> None:
    late.set()
    process.kill()


def _ask(process: subprocess.Popen[bytes], question: bytes) -> tuple[bytes, bytes] | None:
    """The child's answer; nothing if it died over it, or while it gave it."""
    if not process.stdin or not process.stdout:
        return None
    try:
        process.stdin.write(struct.pack(">Q", len(question)) + question)
        process.stdin.flush()
    except BrokenPipeError:
        return None
    head = process.stdout.read(9)
    if len(head) < 9:
        return None
    size = struct.unpack(">Q", head[1:])[0]
    content = process.stdout.read(size)
    return (head[:1], content) if len(content) == size else None


_child = _Child()
atexit.register(_child.stop)
