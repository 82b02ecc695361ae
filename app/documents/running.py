"""Fields in a running text: what stands before each, and what may not be parted from it."""

from __future__ import annotations

from collections.abc import Iterator

from app.documents.blocks import NOTHING, Gap, Text

CLOSING = frozenset("!%),.:;?]}°’”…、。〉》」』】〕！％），．：；？］｝")
"""What may not start a line."""


GapLine = tuple[Text, Gap | None, Text]


def gap_lines(paragraph: tuple[Text | Gap, ...]) -> Iterator[GapLine]:
    """A paragraph as texts, each with the gap that follows it and the marks that close right behind the gap."""
    text, gap = NOTHING, None
    for part in paragraph:
        if isinstance(part, Gap):
            if gap:
                yield text, gap, NOTHING
                text = NOTHING
            gap = part
        elif gap:
            closing = _closing(part)
            yield text, gap, part[:closing]
            text, gap = part[closing:], None
        else:
            text += part
    yield text, gap, NOTHING


def _closing(text: Text) -> int:
    """How many characters at the start close something; entities and tags do not."""
    return next((place for place, sign in enumerate(text) if sign not in CLOSING), len(text))
