"""What both designs are made of: a paper on its page, and the parts of it that are alike."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from app.documents.certificate import CertificatePaper
from app.documents.pdf.certificates.fitting import Fitted, NoRoom, fitted
from app.documents.pdf.certificates.pictures import Dots, Shown
from app.documents.pdf.certificates.sheet import Box, Sheet
from app.documents.pdf.certificates.squares import Square
from app.documents.pdf.fonts import BOLD, REGULAR
from app.documents.pdf.fonts import width as width_of
from app.words import Sentence, in_words, say

INK, INK_2, RULE = "0.122 0.145 0.133", "0.290 0.322 0.298", "0.788 0.769 0.714"
LEADING = 1.32
"""From line to line, in sizes."""
SEAL = 100.0
"""How wide a seal may be."""
BESIDE = 60.0
"""How far it may stand out of the column."""
HANGING = 0.88
"""From the top of a line to its baseline, in sizes."""
SCALES = (1.0, 0.94, 0.88, 0.82, 0.76, 0.7, 0.64, 0.58, 0.5, 0.42, 0.34)
"""How large blocks are tried, where they share a column."""


@dataclass(frozen=True)
class Page:
    """A paper to be drawn on its sheet."""

    sheet: Sheet
    paper: CertificatePaper
    shown: Shown
    square: Square

    def said(self, sentence: Sentence) -> str:
        """Our own words, in the language of the paper."""
        return in_words(sentence, self.paper.language)


@dataclass(frozen=True)
class Block:
    """A part of a column: how high it is, and how it is drawn under a line."""

    height: float
    draw: Callable[[float], None]


def text_block(
    page: Page, tag: str, words: Fitted, x: float, *, face: str = REGULAR, colour: str = INK, align: float = 0
) -> Block:
    """Lines that are an element of their own; none at all where there is no text."""
    leading = words.size * LEADING

    def draw(top: float) -> None:
        if words.lines:
            with page.sheet.element(tag):
                at = (x, top - words.size * (LEADING - 1) / 2 - words.size * HANGING)
                page.sheet.text(words, at, face=face, colour=colour, align=align, leading=leading)

    return Block(len(words.lines) * leading, draw)


def name_words(page: Page, size: float, width: float) -> Fitted:
    """The name; on two lines it need not be as large, and more than two are better than letters too small to read."""
    name = page.paper.name
    words = fitted(name, BOLD, size, width, 2)
    if len(words.lines) > 1:
        words = fitted(name, BOLD, size * 0.8, width, 2)
    return words if words.size >= size * 0.38 else fitted(name, BOLD, size * 0.38, width, 7)


def code_words(page: Page, size: float, width: float) -> Fitted:
    """The code on two lines, its groups whole."""
    groups = page.paper.code.split(" ")
    first, second = " ".join(groups[: (len(groups) + 1) // 2]) + " ", " ".join(groups[(len(groups) + 1) // 2 :])
    lines = tuple((line, width_of(line.rstrip(" "), BOLD, size)) for line in (first, second))
    if max(across for _, across in lines) > width or not second:
        return fitted(page.paper.code, BOLD, size, width, 2)
    return Fitted(lines, size)


def gap(height: float) -> Block:
    """Nothing, of this height."""
    return Block(height, lambda _top: None)


def height_of(blocks: list[Block]) -> float:
    """How high blocks are together."""
    return sum(block.height for block in blocks)


def largest(page: Page, make: Callable[[Page, float], list[Block]], room: float) -> list[Block]:
    """Blocks as large as have room one under another; raises NoRoom."""
    for scale in SCALES:
        blocks = make(page, scale)
        if height_of(blocks) <= room:
            return blocks
    raise NoRoom(page.paper.course)


def draw_column(blocks: list[Block], top: float) -> float:
    """Draw the blocks under one another; where the last one ends."""
    for block in blocks:
        block.draw(top)
        top -= block.height
    return top


def label_block(page: Page, x: float, *, size: float, width: float, colour: str, align: float) -> Block:
    """What the paper is, in letters set apart: Chinese far, others a little."""
    text = page.paper.kind_label
    if not text:
        return gap(0)
    space = size * (0.34 if page.paper.language == "zh-CN" else 0.03)
    whole = width_of(text, BOLD, size) + space * (len(text) - 1)
    if whole > width:
        return text_block(page, "H1", fitted(text, BOLD, size, width, 2), x, face=BOLD, colour=colour, align=align)

    def draw(top: float) -> None:
        at = (x - align * whole, top - size * (LEADING - 1) / 2 - size * HANGING)
        with page.sheet.element("H1"):
            page.sheet.spaced(text, at, face=BOLD, size=size, space=space, colour=colour)

    return Block(size * LEADING, draw)


def draw_picture(
    page: Page, picture: tuple[Dots, str], alt: Sentence, box: Box, *, across: float = 0.5, along: float = 0.5
) -> None:
    """A picture in its box, with its words for those who cannot see it."""
    dots, name = picture
    with page.sheet.element("Figure", alt=page.said(alt)):
        page.sheet.picture(name, dots.within(box, across=across, along=along))


def draw_logo(page: Page, box: Box, *, across: float) -> None:
    """The logo, if there is one."""
    if page.shown.logo:
        draw_picture(page, page.shown.logo, say("Logo"), box, across=across)


def draw_square(page: Page, box: Box) -> None:
    """The QR code; it can be pressed as well."""
    sheet, address = page.sheet, page.paper.verify_url
    with sheet.element("Link"):
        sheet.link(box)
        with sheet.element("Figure", alt=page.said(say("QR code: {address}", address=address))):
            sheet.square(page.square, box)


def is_signed(page: Page) -> bool:
    """Whether somebody signs it, be it by hand."""
    return bool(page.paper.signer or page.paper.signer_title or page.shown.signature)


def draw_signer(page: Page, x: float, base: float, width: float, *, align: float) -> None:
    """The line with the signature on it and the signer under it; nothing where nobody signs."""
    paper, sheet, signature = page.paper, page.sheet, page.shown.signature
    if not is_signed(page):
        return
    sheet.line((x, base), (x + width, base), 0.6, INK)
    if signature:
        box = (x + 6, base - 5, width - 12, 46)
        draw_picture(page, signature, say("Signature"), box, across=align, along=0)
    names = [
        text_block(page, "P", fitted(paper.signer, BOLD, 11, width, 2), x + align * width, face=BOLD, align=align),
        text_block(
            page, "P", fitted(paper.signer_title, REGULAR, 9, width, 2), x + align * width, colour=INK_2, align=align
        ),
    ]
    draw_column(names, base - 4)


def draw_issuer(page: Page, x: float, base: float, width: float, *, align: float) -> None:
    """Who issued it and when, under the seal: it lies over both, as one that is stamped."""
    paper, sheet, seal = page.paper, page.sheet, page.shown.seal
    issuer = fitted(paper.issuer, BOLD, 11, width, 2)
    top = base + len(issuer.lines) * issuer.size * LEADING + 4
    middle = x + align * width
    draw_column([text_block(page, "P", issuer, middle, face=BOLD, align=align)], top)
    sheet.line((x, base), (x + width, base), 0.6, INK)
    day = fitted(paper.issued, REGULAR, 11, width)
    draw_column([text_block(page, "P", day, middle, align=align)], base - 4)
    if seal:
        # Its rim crosses the ends of both lines, its middle no line: they stay easy to read.
        end = middle + (1 - align) * max(issuer.width, day.width)
        left = min(end - 12, x + width + BESIDE - SEAL)
        draw_picture(page, seal, say("Seal of the issuer"), (left, base + 4 - SEAL / 2, SEAL, SEAL))
