"""The plain design: one rule, much white, and what is certified as a table."""

from __future__ import annotations

from app.documents.pdf.certificates.fitting import fitted
from app.documents.pdf.certificates.ornament import HEIGHT, WIDTH
from app.documents.pdf.certificates.page import (
    INK,
    INK_2,
    LEADING,
    RULE,
    Block,
    Page,
    draw_column,
    draw_issuer,
    draw_logo,
    draw_signer,
    draw_square,
    gap,
    height_of,
    is_signed,
    label_block,
    largest,
    name_words,
    text_block,
)
from app.documents.pdf.fonts import BOLD, REGULAR

LEFT, RIGHT = 62.0, WIDTH - 62
HEAD, FOOT, BOTTOM = HEIGHT - 100, 176.0, 56.0
COLUMN, TABLE = 380.0, 278.0
"""How wide the left side is, and the table at the right."""
PADDING = 6.5


def draw_plain(page: Page) -> None:
    """The page; raises NoRoom."""
    sheet = page.sheet
    draw_logo(page, (RIGHT - 170, HEAD + 14, 170, 40), across=1)
    label = label_block(page, LEFT, size=21, width=RIGHT - LEFT - 190, colour=INK, align=0)
    label.draw(HEAD + 12 + label.height)
    sheet.line((LEFT, HEAD), (RIGHT, HEAD), 3, INK)
    sheet.line((LEFT, HEAD - 4.4), (RIGHT, HEAD - 4.4), 0.7, INK)
    top = HEAD - 44
    draw_column(largest(page, _words, top - FOOT), top)
    draw_column(largest(page, _table, top - FOOT), top)
    _draw_foot(page)


def _words(page: Page, scale: float) -> list[Block]:
    """Who completed what."""
    paper = page.paper
    name = name_words(page, 46 * scale, COLUMN)
    return [
        text_block(page, "P", name, LEFT, face=BOLD),
        gap(16 * scale),
        text_block(page, "P", fitted(paper.statement, REGULAR, 13 * scale, COLUMN, 4), LEFT, colour=INK_2),
        gap(7 * scale),
        text_block(page, "P", fitted(paper.course, BOLD, 21 * scale, COLUMN, 4), LEFT, face=BOLD),
    ]


def _table(page: Page, scale: float) -> list[Block]:
    """The labels, the values at the right, a hairline under each row."""
    rows = [_row(page, label, value, scale) for label, value in page.paper.rows]

    def draw(top: float) -> None:
        page.sheet.line((RIGHT - TABLE, top), (RIGHT, top), 0.7, INK)
        with page.sheet.element("Table"):
            draw_column(rows, top)

    return [Block(height_of(rows), draw)] if rows else []


def _row(page: Page, label: str, value: str, scale: float) -> Block:
    words = fitted(label, REGULAR, 10 * scale, TABLE * 0.36, 2)
    told = fitted(value, BOLD, 10.5 * scale, TABLE * 0.6, 3)
    size = max(10.5 * scale, words.size, told.size)
    high = max(len(words.lines), len(told.lines)) * size * LEADING + 2 * PADDING * scale

    def draw(top: float) -> None:
        under = top - PADDING * scale
        with page.sheet.element("TR"):
            text_block(page, "TH", words, RIGHT - TABLE, colour=INK_2).draw(under)
            text_block(page, "TD", told, RIGHT, face=BOLD, align=1).draw(under)
        page.sheet.line((RIGHT - TABLE, top - high), (RIGHT, top - high), 0.5, RULE)

    return Block(high, draw)


def _draw_foot(page: Page) -> None:
    base, side = BOTTOM + 40, 96.0
    draw_signer(page, LEFT, base, 165, align=0)
    draw_issuer(page, LEFT + 200 * is_signed(page), base, 190, align=0)
    x = RIGHT + 8 - side
    words = [
        text_block(page, "P", fitted(page.paper.code, BOLD, 9, 168, 2), x, face=BOLD, align=1),
        gap(2),
        text_block(page, "P", fitted(page.paper.note, REGULAR, 8, 168, 5), x, colour=INK_2, align=1),
    ]
    draw_column(words, BOTTOM + height_of(words))
    draw_square(page, (x, BOTTOM - 10, side, side))
