"""Passwords: made at random or chosen, hashed with argon2id, and checked two at a time."""

from __future__ import annotations

import runpy
import secrets
from collections.abc import Iterable
from functools import lru_cache
from importlib.util import find_spec
from itertools import islice
from pathlib import Path
from threading import BoundedSemaphore

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerifyMismatchError

from app.words import Sentence, say

ALPHABET = "abcdefghjkmnpqrstuvwxyz23456789"
"""Without i, l, o, 0 and 1: people copy a first password from paper. 15 of these are 74 bits."""
SHORTEST, LONGEST = 8, 1024
COMMONEST = 3_000
"""So many passwords that are tried first; only those count that are long enough to be chosen at all."""

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


def password_refusal(password: str, *, about: Iterable[str]) -> Sentence | None:
    """Why a password cannot be chosen by somebody of whom these words are known; None: it can.

    No rules of composition: they make passwords harder to keep in mind, and not to guess.
    """
    if len(password) < SHORTEST:
        return say("Use at least {least} characters; a short sentence is good.", least=SHORTEST)
    if len(password) > LONGEST:
        return say("Use at most {most} characters.", most=LONGEST)
    folded = password.strip().casefold()
    if folded in commonest():
        return say("This is one of the commonest passwords: whoever guesses tries it first. Choose another.")
    if folded in {word.casefold() for word in ("coursewright", *about)} or len(set(folded)) < 3:
        return say("This is easy to guess for whoever knows your name. Choose another.")
    return None


@lru_cache
def commonest() -> frozenset[str]:
    """The commonest passwords of the frequency lists of zxcvbn, in lower case; 0.3 MB, made when first asked for."""
    package = find_spec("zxcvbn")
    assert package is not None, "zxcvbn is missing"  # noqa: S101 -- requirements.txt brings it
    assert package.origin is not None  # noqa: S101
    # Run on its own: the package would build dictionaries of 15 MB of which nothing is needed here.
    lists = runpy.run_path(str(Path(package.origin).with_name("frequency_lists.py")))["FREQUENCY_LISTS"]
    return frozenset(islice((word for word in lists["passwords"] if len(word) >= SHORTEST), COMMONEST))


@lru_cache
def _nobodys_hash() -> str:
    return _HASHER.hash(secrets.token_hex(16))
