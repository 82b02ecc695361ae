"""The process that renders: reads one document after the other from its parent and writes PDFs back."""

from __future__ import annotations

import json
import pickle
import resource
import struct
import sys
from contextlib import suppress
from typing import BinaryIO, assert_never

from app.documents.blocks import Document
from app.documents.pdf.certificates.rendering import render_certificate_files, render_certificates
from app.documents.pdf.child import Certificates, Fillable, Job, Stack
from app.documents.pdf.errors import CannotPrint
from app.documents.pdf.rendering import Copy, render_form, render_pdf, render_stack


def main() -> None:
    """Render until the parent closes the pipe."""
    sys.addaudithook(_refuse_network)
    inward, outward = sys.stdin.buffer, sys.stdout.buffer
    sys.stdout = sys.stderr
    while head := inward.read(8):
        job = pickle.loads(inward.read(struct.unpack(">Q", head)[0]))  # noqa: S301 - from our own parent alone
        _answer(outward, *_rendered(job))


def _rendered(job: Job) -> tuple[bytes, bytes]:
    """What became of a job: a letter that says what it is, and the bytes.

    Whatever else is raised is a mistake of ours: the process ends over it, its traceback in the server's log.
    """
    _limit(job)
    try:
        return b"P", _printed(job)
    except CannotPrint as refused:
        return b"R", json.dumps([refused.sentence.text, list(refused.sentence.values)]).encode()
    except MemoryError:
        return b"M", b""


def _printed(job: Job) -> bytes:
    match job.document:
        case Document():
            return render_pdf(job.document, job.values)
        case Stack(copies):
            return render_stack([Copy(document, values) for document, values in copies])
        case Fillable(document, hidden):
            return render_form(document, job.values, hidden)
        case Certificates(papers, apart=False):
            return render_certificates(papers)
        case Certificates(papers):
            files = render_certificate_files(papers)
            return b"".join(part for file in files for part in (struct.pack(">Q", len(file)), file))
    assert_never(job.document)


def _limit(job: Job) -> None:
    """No more memory and processor time than this job may have."""
    used = resource.getrusage(resource.RUSAGE_SELF)
    seconds = int(used.ru_utime + used.ru_stime) + job.seconds + 1
    _cap(resource.RLIMIT_CPU, seconds)
    with suppress(OSError, ValueError):  # macOS knows no such limit; that of time holds there alone
        _cap(resource.RLIMIT_AS, job.megabytes << 20)


def _cap(limited: int, most: int) -> None:
    """Set a limit, but not above one that the process was started under."""
    highest = resource.getrlimit(limited)[1]
    resource.setrlimit(limited, (most if highest == resource.RLIM_INFINITY else min(most, highest), highest))


def _refuse_network(event: str, _arguments: object) -> None:
    if event.startswith("socket."):
        raise PermissionError(event)


def _answer(outward: BinaryIO, kind: bytes, content: bytes) -> None:
    outward.write(kind + struct.pack(">Q", len(content)) + content)
    outward.flush()


if __name__ == "__main__":
    main()
