"""Which texts count as the same, how long one is, and whether words occur in it.

Widths of characters, case, spaces, punctuation and traditional characters can be left out of account. A point or comma
between digits and a minus before one are no punctuation: 1.5 stays apart from 15.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable
from typing import Final, Literal

from app.exercises.traditional import simplified
from app.words import Sentence, say

Ignored = Literal["width", "case", "space", "punctuation", "traditional"]
IGNORED: Final[dict[Ignored, Sentence]] = {
    "width": say("full-width or half-width characters"),
    "case": say("capital or small letters"),
    "space": say("spaces"),
    "punctuation": say("punctuation"),
    "traditional": say("traditional or simplified characters"),
}
"""What may be left out of account, and how that is called."""

_SEARCHED: Final[frozenset[Ignored]] = frozenset(("width", "case", "traditional"))
_HAN: Final = "\u3400-\u9fff\uf900-\ufaff\U00020000-\U0003ffff"
_COUNTED = re.compile(rf"[{_HAN}]+|[^\W_{_HAN}]+(?:['’.,-][^\W_{_HAN}]+)*")
_WIDE = re.compile("[！-～]")
_SPACE_BESIDE_HAN = re.compile(rf" (?:(?<=[{_HAN}] )|(?=[{_HAN}]))")
_MARKS: Final = (
    ".,;:!?…·'\"‘’“”„‚()\\[\\]{}<>«»‹›、。，；：！？．（）【】［］〔〕｛｝《》〈〉「」『』〖〗＂＇–—―－～~_-"
)
_PUNCTUATION = re.compile(f"[{_MARKS}]")


def folded(text: str, ignored: Iterable[Ignored]) -> str:
    """The text in the one form that all texts have which count as the same."""
    left_out = frozenset(ignored)
    plain = _one_width(text) if "width" in left_out else unicodedata.normalize("NFC", text)
    if "case" in left_out:
        plain = plain.casefold()
    if "traditional" in left_out and not plain.isascii():
        plain = simplified(plain)
    if "punctuation" in left_out:
        plain = _PUNCTUATION.sub(_kept, plain)
    return ("" if "space" in left_out else " ").join(plain.split())


def _one_width(text: str) -> str:
    """NFKC; what Chinese keyboards type is put right first, for the rest is quick then."""
    return unicodedata.normalize("NFKC", _WIDE.sub(lambda sign: chr(ord(sign[0]) - 0xFEE0), text))


def _kept(mark: re.Match[str]) -> str:
    """A mark that belongs to a number; else a space, since words stand apart where it stood."""
    start, end = mark.span()
    within = mark.string[start - 1 : start].isdigit() and mark.string[end : end + 1].isdigit()
    signed = mark[0] in "-－" and not mark.string[start - 1 : start].isalnum() and mark.string[end : end + 1].isdigit()
    return mark[0] if signed or (within and mark[0] in ".,．，") else " "


def length_of(text: str) -> int:
    """How long a text is: its Chinese characters and its words in other scripts, numbers among them."""
    found: list[str] = _COUNTED.findall(text)
    return sum(len(each) if each[0] >= "\u3400" else 1 for each in found)


def searchable(text: str) -> str:
    """The text as `occurs` looks through it."""
    return _SPACE_BESIDE_HAN.sub("", folded(text, _SEARCHED))


def occurs(words: str, text: str) -> bool:
    """Whether words stand in a text, both searchable; Latin ones only as whole words."""
    start = text.find(words)
    while start >= 0:
        end = start + len(words)
        if not (_joined(text[start - 1 : start], words[0]) or _joined(words[-1], text[end : end + 1])):
            return True
        start = text.find(words, start + 1)
    return False


def _joined(before: str, after: str) -> bool:
    """Whether two characters are letters of one Latin word."""
    return before.isalpha() and after.isalpha() and before < "\u2e80" and after < "\u2e80"
