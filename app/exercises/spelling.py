"""Which name was most likely meant by one that is not known, and how that is said."""

from __future__ import annotations

from collections.abc import Iterable
from difflib import get_close_matches

from app.words import Sentence, say


def nearest(word: str, known: Iterable[str]) -> str | None:
    """The known word that was most likely meant, if any is like it."""
    by_folded = {k.casefold(): k for k in known}
    close = get_close_matches(word.strip().casefold(), by_folded, n=1, cutoff=0.5)
    return by_folded[close[0]] if close else None


def did_you_mean(word: str, known: Iterable[str], otherwise: Sentence) -> Sentence:
    """The nearest known word as a question; another remedy where nothing is like it."""
    close = nearest(word, known)
    return say("Did you mean “{name}”?", name=close) if close else otherwise
