"""Telephone numbers and e-mail addresses: whether what was typed can be one. Nobody is rung to find out."""

from __future__ import annotations

import re
import unicodedata

from app.words import Sentence, say

LONGEST_ADDRESS = 254
_EXTENSION = re.compile(r"(?:转|分机|ext\.?|x|#|-)[0-9]{1,6}$")
_PUNCTUATION = str.maketrans(dict.fromkeys("‐‑‒–—−-(). /", ""))
_PHONES = tuple(
    map(
        re.compile,
        (
            r"1[3-9][0-9]{9}",  # mobile
            r"0[1-9][0-9]{1,2}[2-9][0-9]{6,7}",  # area code and seven or eight digits
            r"[48]00[0-9]{7}",
            r"9[56][0-9]{3,6}",  # short numbers of enterprises
            r"\+(?!86)[1-9][0-9]{6,14}",  # other countries
        ),
    )
)
_ADDRESS = re.compile(r"[^@\s,;<>]+@[a-z0-9-]+(\.[a-z0-9-]+)+")


def read_phone(text: str) -> str | Sentence | None:
    """The number with its signs tidied, None if blank, a sentence if it can be none. Never raises."""
    shown = " ".join(unicodedata.normalize("NFKC", text[:80]).split())
    if not shown:
        return None
    whole = shown.casefold().replace(" ", "")
    if len(text) <= 60 and any(map(_is_phone, (whole, _EXTENSION.sub("", whole)))):
        return shown
    return say("“{typed}” is no telephone number. A mobile has 11 digits, a landline needs its area code.", typed=shown)


def _is_phone(number: str) -> bool:
    at_home = re.sub(r"^(\+|00)86", "", number.translate(_PUNCTUATION))
    return any(kind.fullmatch(at_home) for kind in _PHONES)


def read_address(text: str) -> str | Sentence | None:
    """The e-mail address, None if blank, a sentence if it can be none. Never raises."""
    address = unicodedata.normalize("NFKC", text[: 2 * LONGEST_ADDRESS]).strip()
    if not address:
        return None
    if len(address) <= LONGEST_ADDRESS and len(text) <= 2 * LONGEST_ADDRESS and _ADDRESS.fullmatch(address.casefold()):
        return address
    shown = " ".join(address.split())
    cut = shown if len(shown) <= 40 else f"{shown[:40]}…"
    return say("“{typed}” is no e-mail address. It looks like name@company.com.", typed=cut)
