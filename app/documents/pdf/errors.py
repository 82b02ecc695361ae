"""Why a document cannot be printed."""

from __future__ import annotations

from app.errors import UserError


class CannotPrint(UserError):
    """The document cannot become a PDF, for a reason its author can act on."""
