"""Sentences for people in zh-CN and en, from the .po files; the language is always an argument."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Literal

from babel.messages.pofile import read_po

Language = Literal["zh-CN", "en"]
LANGUAGES: tuple[Language, ...] = ("zh-CN", "en")
_HAN = re.compile(r"[\u3400-\u9fff\U00020000-\U0003ffff]")
CATALOGUES = Path(__file__).parents[1] / "translations"


@dataclass(frozen=True, order=True)
class Sentence:
    """An English sentence with {places} and what goes there, not yet put into anyone's language.

    A value that is a Sentence itself is worded in the same language.
    """

    text: str
    values: tuple[tuple[str, str | Sentence], ...] = ()


def say(text: str, /, **values: object) -> Sentence:
    """A sentence to be worded later. The text is a key of the .po files: a literal, so that it can be collected."""
    return Sentence(text, tuple((k, v if isinstance(v, Sentence) else str(v)) for k, v in values.items()))


def in_words(sentence: Sentence, language: Language) -> str:
    """The sentence in a language, its places filled."""
    filled = {k: in_words(v, language) if isinstance(v, Sentence) else v for k, v in sentence.values}
    text = translated(sentence.text, language)
    return text.format_map(filled) if filled else text


def translated(text: str, language: Language) -> str:
    """An English text in a language; itself where the catalogues have nothing (a test makes sure they do)."""
    return text if language == "en" else _catalogue(language).get(text, text)


@lru_cache
def _catalogue(language: Language) -> Mapping[str, str]:
    found: dict[str, str] = {}
    for path in sorted((CATALOGUES / language.replace("-", "_")).glob("*.po")):
        with path.open("rb") as file:
            found.update({str(m.id): str(m.string) for m in read_po(file) if m.id and m.string})
    return found


def language_of(text: str) -> Language:
    """The language of ours that a text is written in: Chinese where it has a Chinese character."""
    return "zh-CN" if _HAN.search(text) else "en"


def best_language(wanted: str | None) -> Language:
    """The language of ours that a tag like «zh», «zh-Hans-CN» or «en-GB» asks for; Chinese where none fits."""
    return "en" if (wanted or "").lower().startswith("en") else "zh-CN"
