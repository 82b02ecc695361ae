"""The key that seals what a browser keeps: one for each person, the same on every node."""

from __future__ import annotations

from base64 import urlsafe_b64decode

from flask import Flask

from app.web.outbox_keys import outbox_key


def keys(secret: str, *people: int) -> list[str]:
    app = Flask(__name__)
    app.config["SECRET_KEY"] = secret
    with app.app_context():
        return [outbox_key(person) for person in people]


def test_everybody_has_a_key_of_256_bits_of_their_own() -> None:
    found = keys("one secret", 1, 2, 11, 12)
    assert len(set(found)) == 4
    assert {len(urlsafe_b64decode(f"{key}=")) for key in found} == {32}


def test_nodes_with_one_secret_give_the_same_key_and_others_another() -> None:
    assert keys("one secret", 7) == keys("one secret", 7)
    assert keys("one secret", 7) != keys("another secret", 7)
