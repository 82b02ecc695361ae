"""Who may call what in accounts."""

from __future__ import annotations

from tests.access import Call, Statuses, Table, everyone, signed_in


def changed(status: int) -> Statuses:
    """Anonymous people who want to change something are told to sign in first."""
    return (422, status, status, status, status, status, status, status)


ACCESS: Table = {
    "accounts.sign_in_token": (Call("GET", "/sign-in/token", everyone(200)),),
    "doors.accept": (Call("POST", "/join/2222-3333-4444-5555", everyone(422)),),
    "doors.ask_for_reset": (Call("POST", "/forgot", everyone(303), form=(("name", "P0001"),)),),
    "doors.find_invitation": (Call("POST", "/join", everyone(422), form=(("code", "2222-3333-4444-5555"),)),),
    "doors.forgot": (Call("GET", "/forgot", everyone(200)),),
    "doors.invitation": (Call("GET", "/join/2222-3333-4444-5555", everyone(404)),),
    "doors.join": (Call("GET", "/join", everyone(200)),),
    "profile.own": (Call("GET", "/profile", signed_in(200)),),
    "profile.change": (Call("POST", "/profile", changed(422)),),
    "profile.change_password": (Call("POST", "/profile/password", changed(422)),),
    "profile.end_others": (Call("POST", "/profile/sign-ins/end-others", changed(303)),),
    "profile.end_sign_in": (Call("POST", "/profile/sign-ins/0123456789abcdef/end", changed(404)),),
    "accounts.choose_language": (Call("POST", "/language", everyone(422)),),
    "accounts.sign_in": (Call("GET", "/sign-in", (200, 302, 302, 302, 302, 302, 302, 302)),),
    "accounts.sign_out": (Call("POST", "/sign-out", everyone(302)),),
    "accounts.try_sign_in": (Call("POST", "/sign-in", everyone(422)), Call("POST", "/sign-in", everyone(422), json={})),
}
