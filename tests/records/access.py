"""Who may call what in records."""

from __future__ import annotations

from tests.access import Table

ACCESS: Table = {}
