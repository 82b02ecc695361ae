"""The errors that tell a person what to do: their sentence is shown as it is, in the person's language."""

from __future__ import annotations

import secrets

from app.words import Sentence, in_words

ALPHABET = "ABCDEFGHJKLMNPQRSTUVWXYZ23456789"
"""Of references: read aloud over the telephone, so without 0, O, 1 and I."""


def new_reference() -> str:
    """Under which the log says what went wrong, and by which people tell us: like E-AB12CD."""
    return "E-" + "".join(secrets.choice(ALPHABET) for _ in range(6))


class UserError(Exception):
    """The request cannot be carried out, for a reason the person can act on."""

    def __init__(self, sentence: Sentence) -> None:
        super().__init__(in_words(sentence, "en"))
        self.sentence = sentence


class Mistyped(UserError):
    """What stands in one field of a form cannot be used."""

    def __init__(self, field: str, sentence: Sentence) -> None:
        super().__init__(sentence)
        self.field = field


class NotFound(UserError):
    """There is no such thing, or not for this person: the two are told in the same words."""


class NotAllowed(UserError):
    """The thing is there, and this person may see it but not do this."""
