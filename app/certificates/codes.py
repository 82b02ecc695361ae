"""Codes of certificates: 130 random bits and two characters that tell a slip of typing, read however they are typed."""

from __future__ import annotations

import secrets
import unicodedata

LETTERS = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
"""Crockford's 32: without I, L, O and U, which are read as others or make words."""
RANDOM, CHECKS, GROUP = 26, 2, 4
LENGTH = RANDOM + CHECKS
LONGEST_TYPED = 200
_TAKEN_FOR = str.maketrans("OIL", "011")
_PRIME = 1021
"""The largest prime that two characters can count to. One wrong character, or any two exchanged, change the rest."""


def new_code() -> str:
    """A code that nobody can guess, from the system's source of randomness."""
    return with_check("".join(secrets.choice(LETTERS) for _ in range(RANDOM)))


def with_check(body: str) -> str:
    """The random characters with the two that check them."""
    rest = 0
    for letter in body:
        rest = (rest * len(LETTERS) + LETTERS.index(letter)) % _PRIME
    return body + LETTERS[rest // len(LETTERS)] + LETTERS[rest % len(LETTERS)]


SAMPLE = with_check("0" * RANDOM)
"""Stands on samples; no certificate ever gets it."""


def plain(typed: str) -> str:
    """A code as it was made, however it was typed: lower case, spaces, hyphens, full-width, O for 0, I and L for 1."""
    text = unicodedata.normalize("NFKC", typed[:LONGEST_TYPED]).upper().translate(_TAKEN_FOR)
    return "".join(letter for letter in text if letter.isalnum())


def is_whole(code: str) -> bool:
    """Whether a plain code checks: of those mistyped one in a thousand does."""
    return len(code) == LENGTH and set(code) <= set(LETTERS) and with_check(code[:RANDOM]) == code


def grouped(code: str) -> str:
    """A code as people read it: «7K2M Q9XF 4T8V P3HD 6WNB ZRJ5 2C8A»."""
    return " ".join(code[start : start + GROUP] for start in range(0, len(code), GROUP))
