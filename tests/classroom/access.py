"""Who may call what in classroom."""

from __future__ import annotations

from tests.access import Table

ACCESS: Table = {}
