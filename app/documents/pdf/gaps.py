"""Running text with room to write in it."""

from __future__ import annotations

from collections.abc import Mapping

from app.documents.blocks import GapText
from app.documents.pdf.pieces import Piece
from app.documents.pdf.tags import Node
from app.documents.pdf.typist import Typist


def gap_pieces(field: GapText, typist: Typist, values: Mapping[str, str], *, node: Node) -> list[Piece]:
    """The paragraphs with their gaps."""
    raise NotImplementedError
