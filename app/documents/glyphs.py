"""Which characters printed documents have a shape for, known without opening the fonts."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from functools import cache
from pathlib import Path

FOLDER = Path(__file__).parent / "fonts"

# Characters without a shape of their own: they say how others are shaped or where lines may break.
INVISIBLE = re.compile("[\u00ad\u200b-\u200f\u2060\ufe00-\ufe0f\ufeff]")

_WHITE = frozenset("\t\n\r\u00a0")
_MARKED = re.compile(r".[\u0300-\u036f\u3099\u309a]*", re.DOTALL)
"""A character with the marks that are composed with it."""


def shaped(text: str) -> str:
    """The text composed, without what has no shape."""
    return INVISIBLE.sub("", unicodedata.normalize("NFC", text)) if not text.isascii() else text


def unprintable(text: str) -> Iterator[tuple[int, str]]:
    """Each character that no face has, once, with the index where it first stands.

    Where the fonts are not built yet nobody knows, and nothing is unprintable.
    """
    known = _characters()
    if not known or known.issuperset(shaped(text)):
        return
    told: set[str] = set()
    for cluster in _MARKED.finditer(text):
        for character in shaped(cluster[0]):
            if character not in known and character not in told:
                told.add(character)
                yield cluster.start() + max(cluster[0].find(character), 0), character


@cache
def _characters() -> frozenset[str]:
    """What the build of the fonts says that both faces have."""
    file = FOLDER / "characters.txt"
    return _WHITE.union(file.read_text(encoding="utf-8")) if file.exists() else frozenset()
