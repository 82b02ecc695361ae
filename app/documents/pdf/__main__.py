"""The process that renders: reads one document after the other from its parent and writes PDFs back."""

from __future__ import annotations

import json
import pickle
import resource
import struct
import sys
import traceback
from typing import BinaryIO

from app.documents.pdf.child import Job
from app.documents.pdf.errors import CannotPrint
from app.documents.pdf.rendering import render_pdf


def main() -> None:
    """Render until the parent closes the pipe."""
    sys.addaudithook(_refuse_network)
    inward, outward = sys.stdin.buffer, sys.stdout.buffer
    sys.stdout = sys.stderr
    while head := inward.read(8):
        job = pickle.loads(inward.read(struct.unpack(">Q", head)[0]))  # noqa: S301 - from our own parent alone
        _answer(outward, *_rendered(job))


def _rendered(job: Job) -> tuple[bytes, bytes]:
    """What became of a job: a letter that says what it is, and the bytes."""
    _limit(job)
    try:
        return b"P", render_pdf(job.document, job.values)
    except CannotPrint as refused:
        return b"R", json.dumps([refused.sentence.text, list(refused.sentence.values)]).encode()
    except MemoryError:
        return b"M", b""
    except (ArithmeticError, AssertionError, AttributeError, LookupError, OSError, RuntimeError, TypeError, ValueError):
        return b"E", traceback.format_exc().encode()


def _limit(job: Job) -> None:
    """No more memory and processor time than this job may have."""
    used = resource.getrusage(resource.RUSAGE_SELF)
    seconds = int(used.ru_utime + used.ru_stime) + job.seconds + 1
    resource.setrlimit(resource.RLIMIT_CPU, (seconds, resource.RLIM_INFINITY))
    resource.setrlimit(resource.RLIMIT_AS, (job.megabytes << 20, resource.RLIM_INFINITY))


def _refuse_network(event: str, _arguments: object) -> None:
    if event.startswith("socket."):
        raise PermissionError(event)


def _answer(outward: BinaryIO, kind: bytes, content: bytes) -> None:
    outward.write(kind + struct.pack(">Q", len(content)) + content)
    outward.flush()


if __name__ == "__main__":
    main()
