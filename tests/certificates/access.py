"""Who may call what in certificates."""

from __future__ import annotations

from tests.access import Table

ACCESS: Table = {}
