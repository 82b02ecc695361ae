"""The classic design: everything on one axis, in a woven frame."""

from __future__ import annotations

from app.documents.pdf.certificates.fitting import Fitted, fitted
from app.documents.pdf.certificates.ornament import GREEN, HEIGHT, WIDTH
from app.documents.pdf.certificates.page import (
    INK_2,
    LEADING,
    Block,
    Page,
    code_words,
    draw_column,
    draw_issuer,
    draw_logo,
    draw_signer,
    draw_square,
    gap,
    height_of,
    label_block,
    largest,
    name_words,
    text_block,
)
from app.documents.pdf.fonts import BOLD, REGULAR

LEFT, RIGHT, MIDDLE = 86.0, WIDTH - 86, WIDTH / 2
TOP, FOOT, BOTTOM = HEIGHT - 70, 176.0, 70.0
"""Above the foot stands what is certified, below it who says so."""
LOGO = 42.0


def draw_classic(page: Page) -> None:
    """The page; raises NoRoom."""
    page.sheet.furniture("/Frame Do")
    blocks = largest(page, _blocks, TOP - FOOT)
    over = TOP - FOOT - height_of(blocks)
    draw_column(blocks, TOP - over * 0.5)
    _draw_foot(page)


def _blocks(page: Page, scale: float) -> list[Block]:
    paper, width = page.paper, RIGHT - LEFT
    name = name_words(page, 42 * scale, width - 40)
    return [
        *_logo(page, scale),
        label_block(page, MIDDLE, size=25 * scale, width=width, colour=GREEN, align=0.5),
        _divider(page, scale),
        text_block(page, "P", name, MIDDLE, face=BOLD, align=0.5),
        gap(3 * scale),
        text_block(
            page, "P", fitted(paper.statement, REGULAR, 13.5 * scale, width - 60, 3), MIDDLE, colour=INK_2, align=0.5
        ),
        gap(6 * scale),
        text_block(page, "P", fitted(paper.course, BOLD, 22 * scale, width - 60, 3), MIDDLE, face=BOLD, align=0.5),
        gap(15 * scale),
        *_rows(page, scale),
    ]


def _logo(page: Page, scale: float) -> list[Block]:
    if not page.shown.logo:
        return []
    high = LOGO * scale
    return [Block(high, lambda top: draw_logo(page, (MIDDLE - 100, top - high, 200, high), across=0.5)), gap(9 * scale)]


def _divider(page: Page, scale: float) -> Block:
    """Two rules with a lozenge between."""

    def draw(top: float) -> None:
        y = top - 10 * scale
        page.sheet.line((MIDDLE - 92, y), (MIDDLE - 11, y), 0.6, GREEN)
        page.sheet.line((MIDDLE + 11, y), (MIDDLE + 92, y), 0.6, GREEN)
        for x, half in ((MIDDLE, 4.2), (MIDDLE - 11, 1.8), (MIDDLE + 11, 1.8)):
            corners = f"{x - half} {y} m {x} {y + half} l {x + half} {y} l {x} {y - half} l"
            page.sheet.furniture(f"{GREEN} rg {corners} f")

    return Block(21 * scale, draw)


def _columns(count: int) -> int:
    return count if count < 4 else 3 if count in (5, 6, 9) else 4


def _rows(page: Page, scale: float) -> list[Block]:
    """What is certified, several beside one another: the label, the value under it."""
    rows, sheet = page.paper.rows, page.sheet
    if not rows:
        return []
    columns = _columns(len(rows))
    pitch = (RIGHT - LEFT) / columns
    cells = [
        (fitted(label, REGULAR, 8.5 * scale, pitch - 14, 2), fitted(value, BOLD, 11.5 * scale, pitch - 14, 3))
        for label, value in rows
    ]
    lines = [cells[start : start + columns] for start in range(0, len(cells), columns)]
    heights = [max(_cell_height(cell) for cell in line) + 9 * scale for line in lines]

    def draw(top: float) -> None:
        with sheet.element("Table"):
            for line, height in zip(lines, heights, strict=True):
                left = MIDDLE - pitch * len(line) / 2
                for number, cell in enumerate(line):
                    _draw_cell(page, cell, left + pitch * (number + 0.5), top)
                    if number:
                        sheet.line(
                            (left + pitch * number, top - 3), (left + pitch * number, top - 28 * scale), 0.4, GREEN
                        )
                top -= height

    return [Block(sum(heights), draw)]


def _cell_height(cell: tuple[Fitted, Fitted]) -> float:
    return sum(len(words.lines) * words.size * LEADING for words in cell)


def _draw_cell(page: Page, cell: tuple[Fitted, Fitted], middle: float, top: float) -> None:
    label, value = cell
    with page.sheet.element("TR"):
        under = draw_column([text_block(page, "TH", label, middle, colour=INK_2, align=0.5)], top)
        draw_column([text_block(page, "TD", value, middle, face=BOLD, align=0.5)], under)


def _draw_foot(page: Page) -> None:
    base, side = BOTTOM + 38, 86.0
    draw_signer(page, MIDDLE - 80, base, 160, align=0.5)
    draw_issuer(page, RIGHT - 212, base, 172, align=0.5)
    x = LEFT + side + 2
    code = code_words(page, 9, 140)
    note = fitted(page.paper.note, REGULAR, 8, 140, 5)
    words = [
        text_block(page, "P", code, x, face=BOLD),
        gap(2),
        text_block(page, "P", note, x, colour=INK_2),
    ]
    middle = BOTTOM + side / 2 - 2
    draw_column(words, middle + height_of(words) / 2)
    draw_square(page, (LEFT - 8, BOTTOM - 2, side, side))
