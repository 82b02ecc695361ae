"""Masks: what an author demands of a short text, sign by sign.

`9` stands for a digit, `A` for a Latin letter, `*` for a digit or a Latin letter, `字` for a Chinese character; every
other sign for itself. Small letters count as capitals, full-width signs as half-width ones. There are no regular
expressions here on purpose: a badly written one can keep a server busy for years, a mask takes one look at each sign.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Mapping

LONGEST = 60
_EXPRESSION = re.compile(r"^\^|\$$|\\[dw]|\[[^\]]*-[^\]]*\]|\{[0-9,]+\}|\.[*+]")

_SIGNS: Mapping[str, Callable[[str], bool]] = {
    "9": lambda sign: "0" <= sign <= "9",
    "A": lambda sign: "A" <= sign <= "Z",
    "*": lambda sign: "0" <= sign <= "9" or "A" <= sign <= "Z",
    "字": lambda sign: "\u3400" <= sign <= "\u9fff" or sign >= "\U00020000",
}


def fits(text: str, mask: str) -> bool:
    """Whether a text has the shape of a mask."""
    signs = _tidy(text) if len(text) <= 4 * LONGEST else ""
    places = _tidy(mask)
    return len(signs) == len(places) and all(map(_stands_for, places, signs))


def is_expression(mask: str) -> bool:
    """Whether a mask was written as a regular expression by mistake."""
    return bool(_EXPRESSION.search(mask))


def _tidy(text: str) -> str:
    return unicodedata.normalize("NFKC", text).strip().upper()


def _stands_for(place: str, sign: str) -> bool:
    return _SIGNS[place](sign) if place in _SIGNS else place == sign
