"""The guides as values: read from `docs/<language>/guide`, where the documentation's site finds them, too."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Literal, get_args

from markupsafe import Markup

from app.documents import parse_markdown, to_html
from app.words import Language

FOLDER = Path(__file__).parents[2] / "docs"
Reader = Literal["trainee", "trainer", "hr", "admin"]
READERS: tuple[Reader, ...] = get_args(Reader)

_TITLE = re.compile(r"# (.+)\n")
_SECTION = re.compile(r"^\(([a-z0-9-]+)\)=\n## (.+)$", re.MULTILINE)
"""A heading and, above it, the place that links lead to: the same one in every language."""
_WITHOUT_PLACE = re.compile(r"^## ", re.MULTILINE)
_TO_GUIDE = re.compile(r"\]\(([a-z]+)\.md(#[a-z0-9-]+)?\)")


class GuideError(Exception):
    """A guide cannot be shown, for a reason that its author reads in a test."""


@dataclass(frozen=True)
class Section:
    """One task: a heading, where links to it lead, and what to do."""

    anchor: str
    title: str
    body: Markup


@dataclass(frozen=True)
class Guide:
    """What one kind of people is told, task after task."""

    reader: Reader
    title: str
    lead: Markup
    sections: tuple[Section, ...]


@lru_cache(maxsize=16)
def guide_for(reader: Reader, language: Language) -> Guide:
    """The guide of these readers. It is part of the program, so it is read once."""
    return parse_guide(reader, language, path_of(reader, language).read_text(encoding="utf-8"))


def path_of(reader: Reader, language: Language) -> Path:
    """The file of a guide."""
    return FOLDER / language / "guide" / f"{reader}.md"


def parse_guide(reader: Reader, language: Language, text: str) -> Guide:
    """A guide out of its text; raises GuideError where the text is none."""
    title, lead, *rest = _parts(text)
    sections = tuple(_sections(rest, language))
    if not sections or len({section.anchor for section in sections}) != len(sections):
        raise GuideError(f"{reader} ({language}): sections are missing, or two have one place")
    return Guide(reader, title, _html(lead, language), sections)


def _parts(text: str) -> list[str]:
    """Title and lead; then anchor, title and body of each section."""
    title = _TITLE.match(text)
    if title is None:
        raise GuideError("a guide begins with its title")
    return [title[1].strip(), *_SECTION.split(text[title.end() :])]


def _sections(rest: list[str], language: Language) -> Iterator[Section]:
    for anchor, title, body in zip(rest[::3], rest[1::3], rest[2::3], strict=True):
        yield Section(anchor, title.strip(), _html(body, language))


def _html(text: str, language: Language) -> Markup:
    """Markdown as HTML, links to other guides as addresses beside this one."""
    parsed = parse_markdown(_TO_GUIDE.sub(r"](\1\2)", text))
    if parsed.problems or _WITHOUT_PLACE.search(text):
        raise GuideError("; ".join(map(str, parsed.problems)) or "a section has no place that links lead to")
    return to_html(parsed.blocks, language=language)
