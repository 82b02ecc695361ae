"""What people are told by mail about their own door, in their language."""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.orm import Session

from app.accounts.models import Person
from app.mail import queue_mail
from app.words import Language, Sentence, best_language, in_words, say


@dataclass(frozen=True)
class Letter:
    """A mail to one person."""

    to: str
    subject: str
    text: str


def reset_letter(person: Person, link: str, asked_in: Language) -> Letter:
    """The way to a new password; whoever chose no language is told in the one that was asked in."""
    return _letter(
        person,
        say("Coursewright: choose a new password"),
        say("Hello {name},", name=person.display_name),
        say("Open this address within 2 hours to choose a new password:"),
        link,
        say("It works once. If you did not ask for it, ignore this mail: your password stays as it is."),
        language=asked_in if person.language is None else best_language(person.language),
    )


def reset_told_letter(person: Person) -> Letter:
    """That the password was changed by a code."""
    return _letter(
        person,
        say("Coursewright: your password was changed"),
        say("Hello {name},", name=person.display_name),
        say("Somebody with a one-time code has just changed your password, and everybody signed in was signed out."),
        say("If it was not you, tell your administrator at once."),
        language=best_language(person.language),
    )


def send_letter(db: Session, letter: Letter, *, now: datetime) -> bool:
    """Queue a letter; False where there is no address or no mail server."""
    if not letter.to:
        return False
    key = secrets.token_hex(16)
    return queue_mail(db, to=letter.to, subject=letter.subject, text=letter.text, key=key, now=now)


def _letter(person: Person, subject: Sentence, *paragraphs: Sentence | str, language: Language) -> Letter:
    worded = (each if isinstance(each, str) else in_words(each, language) for each in paragraphs)
    text = "\n\n".join(worded)
    return Letter(person.email or "", in_words(subject, language), f"{text}\n")
