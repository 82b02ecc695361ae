"""Certificates as the bytes of PDF files: one for all, or one each."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Any

from app.documents.certificate import CertificatePaper, texts_of
from app.documents.glyphs import shaped
from app.documents.pdf import fonts
from app.documents.pdf.certificates.classic import draw_classic
from app.documents.pdf.certificates.faces import Faces
from app.documents.pdf.certificates.file import CertificateFile
from app.documents.pdf.certificates.fitting import NoRoom
from app.documents.pdf.certificates.page import Page
from app.documents.pdf.certificates.pictures import Pictures
from app.documents.pdf.certificates.plain import draw_plain
from app.documents.pdf.certificates.sheet import Sheet
from app.documents.pdf.certificates.squares import Square, squares_of
from app.documents.pdf.errors import CannotPrint
from app.words import say

_DESIGNS = {"classic": draw_classic, "plain": draw_plain}
_WHITE = str.maketrans("\t\n\r", "   ")
_TEXTS = ("kind_label", "name", "statement", "course", "issuer", "signer", "signer_title", "issued", "code", "note")


def render_certificates(papers: Sequence[CertificatePaper]) -> bytes:
    """All in one file, a page each. Raises CannotPrint, saying whose certificate it is."""
    return _file(list(zip(map(_cleaned, papers), _squares(papers), strict=True)))


def render_certificate_files(papers: Sequence[CertificatePaper]) -> Iterator[bytes]:
    """A file each: the same bytes, whichever others are asked for beside it."""
    for paper, square in zip(map(_cleaned, papers), _squares(papers), strict=True):
        yield _file([(paper, square)])


def _squares(papers: Sequence[CertificatePaper]) -> Iterator[Square]:
    try:
        yield from squares_of([paper.verify_url for paper in papers])
    except ValueError as error:
        raise CannotPrint(say("The address to verify certificates is too long for a QR code.")) from error


def _file(papers: Sequence[tuple[CertificatePaper, Square]]) -> bytes:
    faces, pictures = Faces(), Pictures()
    file = CertificateFile([paper for paper, _ in papers])
    for paper, square in papers:
        page = Page(Sheet(faces), paper, pictures.of(paper), square)
        try:
            _DESIGNS[paper.design](page)
        except NoRoom as full:
            text = str(full)
            raise CannotPrint(
                say("«{text}» has no room on the certificate of {name}.", text=_short(text), name=_short(paper.name))
            ) from full
        file.add_page(page.sheet, paper)
    return file.finished(faces, pictures)


def _cleaned(paper: CertificatePaper) -> CertificatePaper:
    """The paper with texts as they can be drawn; raises CannotPrint."""
    texts: dict[str, Any] = {name: _clean(getattr(paper, name)) for name in _TEXTS}
    clean = replace(paper, rows=tuple((_clean(label), _clean(value)) for label, value in paper.rows), **texts)
    if lacking := fonts.missing("".join(texts_of(clean))):
        raise CannotPrint(
            say(
                "The certificate of {name} cannot be printed: the fonts have no «{character}» (U+{code}).",
                name=_visible(_short(paper.name)),
                character=_visible(lacking),
                code=f"{ord(lacking):04X}",
            )
        )
    return clean


def _clean(text: str) -> str:
    return shaped(text.translate(_WHITE)).strip(" ")


def _short(text: str) -> str:
    return text if len(text) <= 60 else text[:59] + "…"


def _visible(text: str) -> str:
    """Without what would turn the sentence around, or break it."""
    return "".join(character if character.isprintable() else "�" for character in text)
