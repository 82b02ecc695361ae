"""Who may call what in assessment."""

from __future__ import annotations

from tests.access import Table

ACCESS: Table = {}
