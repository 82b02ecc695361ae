"""Certificates as PDF, printed where all documents are."""

from __future__ import annotations

import struct
from collections.abc import Iterator, Sequence

from app.documents.certificate import CertificatePaper
from app.documents.pdf.child import Certificates, Job, Limits, printed

AT_ONCE = 100
"""Files asked for in one go: others who print get their turn between, and no more is held in memory."""
A_SECOND = 50
"""Far fewer than are printed in a second."""


def certificates_to_pdf(papers: Sequence[CertificatePaper]) -> bytes:
    """The certificates, at least one, as one file with a page each; equal papers give equal bytes.

    Raises CannotPrint, saying whose certificate cannot be printed and why: ask `unprintable` before.
    """
    if not papers:
        raise ValueError("there is nothing to print")
    return _printed(papers, apart=False)


def certificate_files(papers: Sequence[CertificatePaper]) -> Iterator[bytes]:
    """The certificates as files of their own, in the same order; raises CannotPrint likewise.

    The file of a paper is the same, byte for byte, whichever others are asked for beside it.
    """
    for start in range(0, len(papers), AT_ONCE):
        content, at = _printed(papers[start : start + AT_ONCE], apart=True), 0
        while at < len(content):
            size = struct.unpack_from(">Q", content, at)[0]
            yield content[at + 8 : at + 8 + size]
            at += 8 + size


def _printed(papers: Sequence[CertificatePaper], *, apart: bool) -> bytes:
    limits = Limits()
    seconds = limits.seconds + len(papers) // A_SECOND
    return printed(Job(Certificates(tuple(papers), apart), {}, seconds, limits.megabytes))
