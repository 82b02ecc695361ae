"""Telephone numbers and e-mail addresses: whether what was typed can be one. Nobody is rung to find out."""

from __future__ import annotations

import re
import unicodedata

from app.words import Sentence, say

LONGEST_ADDRESS = 254
_EXTENSION = re.compile(r"(?:转|分机|ext\.?|x|#|-)[0-9]{1,6}$")
_NAMED = re.compile(r"^(?:tel|phone|电话|電話|手机|手機|总机)[.:]?")
_PUNCTUATION = str.maketrans(dict.fromkeys("‐‑‒–—−-(). /", ""))
_PHONES = tuple(
    map(
        re.compile,
        (
            r"1[3-9][0-9]{9}",  # mobile
            r"0[1-9][0-9]{1,2}[2-9][0-9]{6,7}",  # area code and seven or eight digits
            r"[48]00[0-9]{7}",
            r"9[56][0-9]{3,6}",  # short numbers of enterprises
            r"(?:\+|00)(?!86)[1-9][0-9]{6,14}",  # other countries
        ),
    )
)
_ADDRESS = re.compile(r"[^@\s,;<>]+@[a-z0-9-]+(\.[a-z0-9-]+)+")


def read_phone(text: str) -> str | Sentence | None:
    """The number with its signs tidied, None if blank, a sentence if it can be none. Never raises."""
    shown = " ".join(unicodedata.normalize("NFKC", text[:80]).split())
    if not shown:
        return None
    whole = _NAMED.sub("", shown.casefold().replace(" ", ""))
    if len(text) <= 60 and any(map(_is_phone, (whole, _EXTENSION.sub("", whole)))):
        return shown
    return say(
        "“{typed}” is no telephone number. A mobile has 11 digits, a landline needs its area code, a number abroad "
        "begins with +.",
        typed=shown,
    )


def _is_phone(number: str) -> bool:
    plain = number.translate(_PUNCTUATION)
    at_home = re.sub(r"^(?:(?:\+|00)86|86(?=1[0-9]{10}$))", "", plain)
    without_nought = f"0{at_home}" if at_home != plain else at_home  # +86 10 6234 5678
    return any(kind.fullmatch(each) for kind in _PHONES for each in (at_home, without_nought))


def dialled(shown: str) -> str:
    """The digits of a telephone number, by which two spellings of it are one; the extension stays."""
    digits = "".join(sign for sign in unicodedata.normalize("NFKC", shown) if sign.isdigit() or sign == "+")
    return re.sub(r"^(?:\+86|0086)?0?", "", digits)  # the nought of the area code is left out from abroad


def read_address(text: str) -> str | Sentence | None:
    """The e-mail address, None if blank, a sentence if it can be none. Never raises."""
    address = unicodedata.normalize("NFKC", text[: 2 * LONGEST_ADDRESS]).strip(" \t\n<>.,;。、")
    address = re.sub(r"^mailto:", "", address, flags=re.IGNORECASE)
    if not address:
        return None
    if len(address) <= LONGEST_ADDRESS and len(text) <= 2 * LONGEST_ADDRESS and _ADDRESS.fullmatch(address.casefold()):
        return address
    shown = " ".join(address.split())
    cut = shown if len(shown) <= 40 else f"{shown[:40]}…"
    return say("“{typed}” is no e-mail address. It looks like name@company.com.", typed=cut)
