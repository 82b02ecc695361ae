"""What trainees type, choose and tick, read out of a form without ever failing."""

from __future__ import annotations

import unicodedata
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field

from app.exercises.numbers import Typed, read_number
from app.words import Sentence, say

Form = Mapping[str, str]
"""Field name → text as typed."""

TICKED = "yes"


def clean(text: str) -> str:
    """The text without what cannot be stored or printed, and without space around it."""
    if text.isprintable():
        return text.strip()
    return "".join(sign for sign in text.replace("\r\n", "\n") if _printable(sign)).strip()


def _printable(sign: str) -> bool:
    return sign in "\n\t" or unicodedata.category(sign) not in ("Cc", "Cs")


@dataclass(frozen=True)
class Reader:
    """Takes values out of a form; collects why a field counts as blank."""

    form: Form
    unreadable: dict[str, Sentence] = field(default_factory=dict)

    def text(self, name: str) -> str:
        return clean(self.form.get(name, ""))

    def choice(self, name: str, options: Collection[str]) -> str:
        """One of the options, or ""."""
        chosen = self.text(name)
        if chosen in options or not chosen:
            return chosen
        self.unreadable[name] = say("“{typed}” is not among the choices.", typed=_cut(chosen))
        return ""

    def tick(self, name: str) -> bool:
        return self.choice(name, (TICKED,)) == TICKED

    def number(self, name: str, unit: str = "") -> Typed | None:
        match read_number(self.text(name), unit):
            case Sentence() as why:
                self.unreadable[name] = why
                return None
            case number:
                return number


def _cut(text: str) -> str:
    return text if len(text) <= 40 else f"{text[:40]}…"
