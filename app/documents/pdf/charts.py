"""Values on axes, drawn, with a table beside the drawing."""

from __future__ import annotations

from app.documents.blocks import Chart
from app.documents.pdf.pieces import Piece
from app.documents.pdf.tags import Node
from app.documents.pdf.typist import Typist


def chart_piece(chart: Chart, typist: Typist, node: Node) -> Piece:
    """The drawing and its table."""
    raise NotImplementedError
