"""Running text with room to write in it: a rule in the line, on which stands what was written."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from math import ceil

from app.documents.blocks import Gap, GapText, Text
from app.documents.pdf import fonts
from app.documents.pdf.pieces import Piece, TextPiece
from app.documents.pdf.setting import Run
from app.documents.pdf.style import BODY, PEN_INK
from app.documents.pdf.tags import Node
from app.documents.pdf.typist import Typist

STYLE = replace(BODY, leading=24, justified=False)
_PEN = replace(STYLE, colour=PEN_INK)
_BLANK = "\u00a0"
"""What a rule is as long as; no line breaks between two of them."""
HAND, MOST = 1.6, 400.0
"""How much wider characters are by hand, digits excepted, and the points that a gap has at most."""


def gap_pieces(field: GapText, typist: Typist, values: Mapping[str, str], *, node: Node) -> list[Piece]:
    """The paragraphs with their gaps."""
    return [
        TextPiece(tuple(_runs(paragraph, typist, values)), STYLE, node.child("P")) for paragraph in field.paragraphs
    ]


def _runs(paragraph: tuple[Text | Gap, ...], typist: Typist, values: Mapping[str, str]) -> Iterator[Run]:
    for part in paragraph:
        if isinstance(part, Gap):
            yield from _gap(part, typist, values.get(part.name, ""))
        else:
            yield from typist.runs(part, STYLE)


def _gap(gap: Gap, typist: Typist, value: str) -> Iterator[Run]:
    """As wide as it says, or as what was written needs, which stands in the middle."""
    blank = Run("", fonts.REGULAR, _PEN.size, _PEN.colour, ruled=True)
    entry = typist.entry(gap.name)
    written = () if entry else typist.written(" ".join(value.split()).replace(" ", _BLANK), _PEN)
    used = sum(fonts.width(run.text, run.face, run.size) for run in written)
    one = fonts.width(_BLANK, fonts.REGULAR, _PEN.size)
    by_hand = 1 if gap.number or written else HAND
    count = max(ceil((min((gap.width + 1) * _PEN.size * by_hand, MOST) - used) / one), 2)
    if not written:
        yield replace(blank, text=_BLANK * count, entry=entry.name if entry else "")
        return
    yield replace(blank, text=_BLANK * (count // 2))
    yield from (replace(run, ruled=True) for run in written)
    yield replace(blank, text=_BLANK * (count - count // 2))
