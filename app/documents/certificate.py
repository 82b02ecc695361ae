"""What stands on a certificate, as plain values: the paper, before it is a PDF."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

from app.documents import glyphs
from app.words import Language


@dataclass(frozen=True)
class CertificatePaper:
    """One certificate. Every text is worded already, and printed as it is: none is markup."""

    language: Language
    design: Literal["classic", "plain"]
    kind_label: str
    """What it is: 结业证书."""
    name: str
    statement: str
    """The sentence between name and course."""
    course: str
    rows: tuple[tuple[str, str], ...]
    """What is certified, label and value; the page that verifies shows the same."""
    issuer: str
    signer: str
    signer_title: str
    issued: str
    """The day, in words."""
    code: str
    """In groups, as people read it out."""
    verify_url: str
    """What the square holds."""
    note: str
    """How to verify it."""
    logo: bytes | None = None
    """PNG, as all three pictures."""
    seal: bytes | None = None
    signature: bytes | None = None


def texts_of(paper: CertificatePaper) -> Iterator[str]:
    """Every text that is printed, in the order in which it is read."""
    yield from (paper.kind_label, paper.name, paper.statement, paper.course)
    for row in paper.rows:
        yield from row
    yield from (paper.signer, paper.signer_title, paper.issuer, paper.issued, paper.code, paper.note)


def unprintable(paper: CertificatePaper) -> str:
    """The first character that no face has, or nothing: ask before issuing, printing would be refused."""
    return next((character for text in texts_of(paper) for _, character in glyphs.unprintable(text)), "")
