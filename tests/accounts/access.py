"""Who may call what in accounts."""

from __future__ import annotations

from tests.access import Call, Table, everyone, signed_in

ACCESS: Table = {
    "accounts.home": (Call("GET", "/", signed_in(200)),),
    "accounts.choose_language": (Call("POST", "/language", everyone(422)),),
    "accounts.sign_in": (Call("GET", "/sign-in", (200, 302, 302, 302, 302, 302, 302, 302)),),
    "accounts.sign_out": (Call("POST", "/sign-out", everyone(302)),),
    "accounts.try_sign_in": (Call("POST", "/sign-in", everyone(422)),),
}
