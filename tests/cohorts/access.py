"""Who may call what in cohorts."""

from __future__ import annotations

from tests.access import Table

ACCESS: Table = {}
