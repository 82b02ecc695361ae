"""Tables that grow, on paper: rows with room to write, in groups of columns."""

from __future__ import annotations

from collections.abc import Mapping

from app.documents.blocks import LedgerField
from app.documents.pdf.pieces import Piece
from app.documents.pdf.tags import Node
from app.documents.pdf.typist import Typist


def ledger_pieces(field: LedgerField, typist: Typist, values: Mapping[str, str], *, node: Node) -> list[Piece]:
    """The table, filled with the values of a form."""
    raise NotImplementedError
