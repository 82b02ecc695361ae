"""What is wrong with a text, where, and what to do about it."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import Literal

from app.words import Language, Sentence, in_words

Severity = Literal["error", "warning"]
SHOWN = 60
"""Characters of a value that a problem shows."""


def cut(value: str) -> str:
    """A value short enough to be shown on one line."""
    line = " ".join(value.split())
    return line if len(line) <= SHOWN else f"{line[: SHOWN - 1]}…"


@dataclass(frozen=True, order=True)
class Problem:
    file: PurePosixPath
    line: int
    column: int
    severity: Severity
    code: str
    value: str
    """What stands there, as its author wrote it, cut to 60 characters."""
    sentence: Sentence
    remedy: Sentence

    def in_words(self, language: Language) -> str:
        """`file:line:column: severity code «value»: sentence. Remedy.`"""
        value = f" «{self.value}»" if self.value else ""
        said, remedy = in_words(self.sentence, language), in_words(self.remedy, language)
        gap = "" if language == "zh-CN" else " "
        place = f"{self.file}:{self.line}:{self.column}"
        return f"{place}: {self.severity} {self.code}{value}: {said}{gap}{remedy}"

    def __str__(self) -> str:
        return self.in_words("en")


def once_a_slip(problems: Collection[Problem]) -> tuple[Problem, ...]:
    """Sorted, and without what only follows from a character that cannot be seen."""
    spoilt = {(each.file, each.line) for each in problems if each.code == "control-character"}
    return tuple(sorted(p for p in problems if p.code == "control-character" or (p.file, p.line) not in spoilt))
