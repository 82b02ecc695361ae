"""Scales and shares on paper: a circle a step, a box a share."""

from __future__ import annotations

from collections.abc import Mapping

from app.documents.blocks import AllocationField, ScaleField
from app.documents.pdf.pieces import Piece
from app.documents.pdf.tags import Node
from app.documents.pdf.typist import Typist


def scale_pieces(field: ScaleField, typist: Typist, values: Mapping[str, str], *, node: Node) -> list[Piece]:
    """A row a card with a circle for each step."""
    raise NotImplementedError


def allocation_pieces(field: AllocationField, typist: Typist, values: Mapping[str, str], *, node: Node) -> list[Piece]:
    """A row a card with a box, and the total."""
    raise NotImplementedError
