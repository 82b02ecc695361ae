"""Who may call what in guide."""

from __future__ import annotations

from tests.access import Call, Table, everyone

ACCESS: Table = {
    "guide.guides": (Call("GET", "/guide", everyone(200)),),
    "guide.page": (
        Call("GET", "/guide/trainee", everyone(200)),
        Call("GET", "/guide/hr", everyone(200)),
        Call("GET", "/guide/boss", everyone(404)),
    ),
}
