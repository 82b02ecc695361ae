"""The key that seals what somebody's browser keeps for them until it is sent."""

from __future__ import annotations

import hmac
from base64 import urlsafe_b64encode

from flask import Flask, current_app

from app import clock

HOUR = 3_600  # seconds


def outbox_key(person_id: int) -> str:
    """256 bits in base64url, the same for one person on every page and every node.

    Only pages of that person carry it: the next one at a shared computer has another, and opens nothing with it.
    """
    secret = current_app.config["SECRET_KEY"]
    known = secret if isinstance(secret, bytes) else str(secret).encode()
    return urlsafe_b64encode(hmac.digest(known, f"outbox {person_id}".encode(), "sha256")).decode().rstrip("=")


def offer_outbox_keys(app: Flask) -> None:
    """Templates get `outbox_key(person_id)`, for the browser of that very person.

    And `server_clock()`, the last full hour in ms: devices forget by it what is a month old, and pages stay the same.
    """
    app.jinja_env.globals["outbox_key"] = outbox_key
    app.jinja_env.globals["server_clock"] = lambda: int(clock.now().timestamp()) // HOUR * HOUR * 1_000
