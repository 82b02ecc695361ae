"""Who may call what in guide."""

from __future__ import annotations

from tests.access import Table

ACCESS: Table = {}
