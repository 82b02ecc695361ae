"""A text with gaps: paragraphs of inline Markdown in which {{id}} is a field."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from itertools import pairwise

from app.documents.blocks import Text
from app.documents.markdown import MarkdownProblem, bare, inline, inline_problems

_GAP = re.compile(r"\{\{\s*([a-z0-9]+(?:-[a-z0-9]+)*)\s*\}\}")
_PARAGRAPHS = re.compile(r"\n[ \t]*(?:\n[ \t]*)+")
_TAG = re.compile(r"<(/?)(\w+)")
_BROKEN = re.compile(r"(?<=.)\s*[0-9A-Za-z.,]+$")
"""The beginning of a number or a Latin word at the end of a text."""
_WORD = re.compile("[0-9A-Za-z.,]{2}")
_HOLE = "\ue000"
AROUND = 10
"""Characters on either side of a gap by which it is told from others."""


@dataclass(frozen=True)
class Passage:
    """One paragraph: the texts before, between and behind its gaps, and the names of these."""

    texts: tuple[Text, ...]
    gaps: tuple[str, ...]

    @property
    def spanned(self) -> tuple[str, ...]:
        """The gaps that stand inside of markup."""
        if len(self.texts) != len(self.gaps) + 1:
            return self.gaps  # inside the address of a link
        open_tags, found = 0, []
        for text, gap in zip(self.texts, self.gaps, strict=False):
            open_tags += sum(-1 if tag[1] else 1 for tag in _TAG.finditer(text) if tag[2] != "br")
            found += [gap] if open_tags else []
        return tuple(found)


@dataclass(frozen=True)
class Cloze:
    passages: tuple[Passage, ...]
    problems: tuple[MarkdownProblem, ...]

    @property
    def gaps(self) -> tuple[str, ...]:
        """The names of the gaps, in order, as often as they stand there."""
        return tuple(gap for passage in self.passages for gap in passage.gaps)

    def surroundings(self) -> Mapping[str, str]:
        """Gap → the words right around it, without markup: what tells it from others."""
        return {gap: words for passage in self.passages for gap, words in _around(passage)}


@lru_cache(64)
def cloze_of(text: str) -> Cloze:
    """The text parsed."""
    paragraphs = [each for each in _PARAGRAPHS.split(text.replace(_HOLE, "").strip()) if each.strip()]
    marked = [_GAP.sub(_HOLE, each) for each in paragraphs]
    passages = (
        Passage(tuple(inline(holes).split(_HOLE)), tuple(_GAP.findall(each)))
        for holes, each in zip(marked, paragraphs, strict=True)
    )
    return Cloze(tuple(passages), tuple(problem for holes in marked for problem in inline_problems(holes)))


def _around(passage: Passage) -> Iterator[tuple[str, str]]:
    texts = [" ".join(bare(text).split()) for text in passage.texts]
    for gap, (before, after) in zip(passage.gaps, pairwise(texts), strict=False):
        yield gap, f"{_cut(before[::-1])[::-1]}___{_cut(after)}"


def _cut(text: str) -> str:
    """The beginning of a text, whole where it is short; no number and no Latin word is cut in two."""
    if len(text) <= AROUND:
        return text
    kept = text[:AROUND]
    return (_BROKEN.sub("", kept) if _WORD.fullmatch(text[AROUND - 1 : AROUND + 1]) else kept) + "…"
