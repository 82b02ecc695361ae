"""A document as the bytes of a PDF: its story cut into pages, each with its furniture."""

from __future__ import annotations

import gc
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from itertools import dropwhile

from app.documents.blocks import Document, plain
from app.documents.pdf import fonts
from app.documents.pdf.certificates.squares import QUIET, squares_of
from app.documents.pdf.composing import Composer
from app.documents.pdf.fillable import form_of
from app.documents.pdf.pen import Pen
from app.documents.pdf.pieces import Break, Piece, TextPiece, draw_stack, fit
from app.documents.pdf.style import (
    A4,
    FURNITURE,
    INK,
    MARGIN_BOTTOM,
    MARGIN_SIDE,
    MARGIN_TOP,
    MARGIN_UNDER_COPIES,
    MM,
    RULE,
    SUBTITLE,
    TITLE,
)
from app.documents.pdf.typist import Typist

FURNITURE_SHARE = 0.82
MODULE = 0.45 * MM
"""The side of a module of a QR code: copiers and cheap cameras still tell it from the next."""


@dataclass(frozen=True)
class Copy:
    """A document with what stands in its fields."""

    document: Document
    values: Mapping[str, str]


@contextmanager
def _no_collecting() -> Iterator[None]:
    """A document is a great many objects that live until it is written: looking for dead ones costs a third of it."""
    was_on = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_on:
            gc.enable()


@_no_collecting()
def render_pdf(document: Document, values: Mapping[str, str] | None = None, *, tagged: bool = True) -> bytes:
    """The PDF of a document, its fields holding the given values; equal documents give equal bytes.

    Raises CannotPrint, naming character and place, where the faces lack a glyph or a picture cannot be read.
    """
    return _drawn([Copy(document, values or {})], _pen_for(document, tagged=tagged))


@_no_collecting()
def render_stack(copies: Sequence[Copy]) -> bytes:
    """Several copies in one file, each with pages counted from 1; raises like `render_pdf`."""
    return _drawn(copies, _pen_for(copies[0].document, tagged=True))


@_no_collecting()
def render_form(document: Document, values: Mapping[str, str], hidden: Mapping[str, str]) -> bytes:
    """A document that can be filled in on screen; `hidden`: what the file says of itself, nobody sees it."""
    pen = _pen_for(document, tagged=True)
    pen.form = form_of(document.blocks, values, hidden)
    pen.canvas.setKeywords(" ".join(hidden.values()))
    return _drawn([Copy(document, values)], pen)


def _pen_for(document: Document, *, tagged: bool) -> Pen:
    return Pen((A4[1], A4[0]) if document.landscape else A4, tagged=tagged)


def _drawn(copies: Sequence[Copy], pen: Pen) -> bytes:
    for number, copy in enumerate(copies):
        if number:
            pen.next_page()
        _draw(copy, pen, one_of_many=len(copies) > 1, described=bool(number))
    return pen.finished()


def _draw(copy: Copy, pen: Pen, *, one_of_many: bool, described: bool) -> None:
    """Draw a copy from the page that begins here."""
    document, (across, down) = copy.document, pen.size
    typist = Typist(document.title, document.language, fillable=pen.form is not None)
    width = across - 2 * MARGIN_SIDE
    below = MARGIN_UNDER_COPIES if document.address else MARGIN_BOTTOM
    pages = _pages(_story(copy, pen, typist=typist, marked=not one_of_many), width, down - MARGIN_TOP - below)
    furniture = _Furniture(document, typist, pen.size, count=len(pages))
    if not described:
        pen.describe(furniture.full_title, document.stamp or document.title, document.language)
    if one_of_many:
        pen.bookmark(document.title, f"copy-{pen.page}", 0, down - MARGIN_TOP)
    for number, page in enumerate(pages, start=1):
        if number > 1:
            pen.next_page()
        furniture.draw(pen, number)
        draw_stack(pen, page, (MARGIN_SIDE, down - MARGIN_TOP), width)


def _story(copy: Copy, pen: Pen, *, typist: Typist, marked: bool) -> list[Piece]:
    """What is drawn, piece after piece; `marked`: whether its headings are in the outline."""
    document = copy.document
    title: list[Piece] = [typist.text(plain(document.subtitle or document.title), TITLE, pen.root.child("H1"))]
    if document.subtitle:
        title.append(typist.text(plain(document.title), SUBTITLE, pen.root.child("P")))
    pieces = Composer(typist, copy.values).pieces(document.blocks, pen.root)
    for piece in () if marked else pieces:
        if isinstance(piece, TextPiece):
            piece.bookmark = None
    return [*title, *dropwhile(lambda piece: isinstance(piece, Break), pieces)]


def _pages(story: Sequence[Piece], width: float, room: float) -> list[list[Piece]]:
    """The story cut into pages of this height; what fits nowhere has a page of its own."""
    pages: list[list[Piece]] = []
    rest = list(story)
    while rest:
        page, after = fit(rest, width, room)
        if not page and after:
            page, after = [after[0]], after[1:]
        if page:
            pages.append(page)
        rest = after
    return pages


class _Furniture:
    """What stands on every page: the course and the edition above, stamp and page number below."""

    def __init__(self, document: Document, typist: Typist, size: tuple[float, float], *, count: int) -> None:
        self.size = size
        self.count = count
        self.address = document.address
        self.full_title = " · ".join(filter(None, (document.title, document.subtitle)))
        self.course = self._clear(typist, document.title if document.subtitle else "")
        self.running = self._clear(typist, self.full_title)
        self.edition = self._clear(typist, document.edition)
        self.stamp = self._clear(typist, document.stamp)

    def _clear(self, typist: Typist, text: str) -> str:
        """The text as it can be printed, cut where it would run into what stands at the right."""
        clear = "".join(run.text for run in typist.runs(plain(text), FURNITURE))
        room = (self.size[0] - 2 * MARGIN_SIDE) * FURNITURE_SHARE
        if fonts.width(clear, fonts.REGULAR, FURNITURE.size) <= room:
            return clear
        while fonts.width(clear + "…", fonts.REGULAR, FURNITURE.size) > room:
            clear = clear[: len(clear) * 9 // 10]
        return clear + "…"

    def draw(self, pen: Pen, number: int) -> None:
        """The furniture of a page, counted from 1."""
        left, right = MARGIN_SIDE, self.size[0] - MARGIN_SIDE
        at_right = replace(FURNITURE, align="right")
        y = self.size[1] - MARGIN_TOP
        if number == 1:
            self._head(pen, y + 7.5 * MM, self.course)
            pen.rule(left, y + 5 * MM, right - left, weight=2.2, colour=INK)
            pen.rule(left, y + 5 * MM - 3.2, right - left, weight=0.7, colour=INK)
        else:
            self._head(pen, y + 7.5 * MM, self.running)
            pen.rule(left, y + 5 * MM, right - left, weight=0.4, colour=RULE)
        pen.text(self.stamp, (left, 10 * MM), FURNITURE)
        if self.address:
            right -= self._square(pen, f"{self.address}.{number}") + 2 * MM
            pen.text(f"{self.address.rpartition('/')[2]}.{number}", (left, 15 * MM), FURNITURE)
        pen.text(f"{number} / {self.count}", (right, 10 * MM), at_right)

    def _square(self, pen: Pen, address: str) -> float:
        """The address as a QR code in the lower right corner, its quiet zone around it; how wide it is."""
        square = next(squares_of([address]))
        wide = (square.side + 2 * QUIET) * MODULE
        left, top = self.size[0] - MARGIN_SIDE - wide + QUIET * MODULE, 8 * MM + wide - QUIET * MODULE
        pen.shapes(square.shapes(), (left, top), MODULE)
        return wide

    def _head(self, pen: Pen, y: float, text: str) -> None:
        pen.text(text, (MARGIN_SIDE, y), FURNITURE)
        pen.text(self.edition, (self.size[0] - MARGIN_SIDE, y), replace(FURNITURE, align="right"))
