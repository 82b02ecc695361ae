"""Passwords: made at random, hashed with argon2id, and checked two at a time."""

from __future__ import annotations

import secrets
from functools import lru_cache
from threading import BoundedSemaphore

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerifyMismatchError

ALPHABET = "abcdefghjkmnpqrstuvwxyz23456789"
"""Without i, l, o, 0 and 1: people copy a first password from paper. 15 of these are 74 bits."""
LONGEST = 1024

_HASHER = PasswordHasher(time_cost=2, memory_cost=19 * 1024, parallelism=1)
_AT_ONCE = BoundedSemaphore(2)  # a rush of sign-ins must not starve those who are working already


def make_password() -> str:
    """A random password in three groups, such as «k7fmq-2xtrw-9bnhc»."""
    return "-".join("".join(secrets.choice(ALPHABET) for _ in range(5)) for _ in range(3))


def hash_password(password: str) -> str:
    """The hash to store; it takes some 30 ms, so call it before a write transaction begins."""
    with _AT_ONCE:
        return _HASHER.hash(password)


def password_fits(password: str, password_hash: str | None) -> bool:
    """Whether a password is the hashed one. Without a hash it takes just as long, and is not."""
    with _AT_ONCE:
        try:
            return _HASHER.verify(password_hash or _nobodys_hash(), password) and password_hash is not None
        except (VerifyMismatchError, InvalidHashError):
            return False


@lru_cache
def _nobodys_hash() -> str:
    return _HASHER.hash(secrets.token_hex(16))
