"""Codes of printed sheets: whose sheet of which exercise it is, signed, in letters that can be scanned and typed. Pure.

A code says nothing to those who have no database of ours, and nobody makes one without our key.
"""

from __future__ import annotations

import base64
import binascii
import hmac
import unicodedata
from dataclasses import dataclass
from hashlib import sha256

GROUP = 5
SIGNED = 10
"""Bytes of the signature: 80 bits, for whoever is signed in and may see the sheet anyway."""
LONGEST = 80
MOST_PAGES = 999


@dataclass(frozen=True)
class PaperCode:
    """What a sheet was printed for."""

    enrolment_id: int
    version_id: int
    exercise: int
    """Its place among the exercises of the version, from 0."""
    number: int
    """Of the attempt."""
    variant: int
    """Two bytes of what its seed gives: another seed, another variant."""


def variant_of(seed: int) -> int:
    """What a code says of a seed."""
    return int.from_bytes(sha256(str(seed).encode()).digest()[:2])


def written_code(code: PaperCode, secret: str) -> str:
    """The code as it is printed: «MFRGG-ZDFMZ-TWQ2L-…»."""
    counted = b"".join(map(_packed, (code.enrolment_id, code.version_id, code.exercise, code.number)))
    said = counted + code.variant.to_bytes(2)
    letters = base64.b32encode(said + _signature(said, secret)).decode("ascii").rstrip("=")
    return "-".join(letters[start : start + GROUP] for start in range(0, len(letters), GROUP))


def read_code(typed: str, secret: str) -> PaperCode | None:
    """What a code says, however it was typed, with or without the page behind its dot; None if it is none of ours."""
    letters, _, page = unicodedata.normalize("NFKC", typed[:LONGEST]).upper().partition(".")
    if page and not (page.isascii() and page.isdigit() and 0 < int(page) <= MOST_PAGES):
        return None
    plain = "".join(letter for letter in letters if letter not in "- ")
    try:
        found = base64.b32decode(plain + "=" * (-len(plain) % 8), map01="I")
    except (binascii.Error, ValueError):
        return None
    said, signature = found[:-SIGNED], found[-SIGNED:]
    if not hmac.compare_digest(signature, _signature(said, secret)) or len(said) < 6:
        return None
    numbers = _unpacked(said[:-2])
    return PaperCode(*numbers, variant=int.from_bytes(said[-2:])) if len(numbers) == 4 else None


def _signature(said: bytes, secret: str) -> bytes:
    return hmac.digest(secret.encode(), b"printed sheet " + said, "sha256")[:SIGNED]


def _packed(number: int) -> bytes:
    """A number in as few bytes as it needs: seven bits each, the highest says that more follow."""
    return _packed_more(number >> 7) + bytes([number & 0x7F])


def _packed_more(number: int) -> bytes:
    return _packed_more(number >> 7) + bytes([number & 0x7F | 0x80]) if number else b""


def _unpacked(content: bytes) -> tuple[int, ...]:
    found, number = [], 0
    for byte in content:
        number = number << 7 | byte & 0x7F
        if byte < 0x80:
            found.append(number)
            number = 0
    return tuple(found)
