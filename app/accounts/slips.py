"""Slips of paper with a one-time code: what stands on each, worded for the person it is for."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from flask import current_app
from sqlalchemy.orm import Session

from app.accounts.invitations import Issued, grouped, issue_invitations
from app.accounts.models import Person
from app.accounts.organisation import organisation_facts
from app.accounts.rules import Purpose
from app.web.language import moment_in_words
from app.words import Language, Sentence, best_language, in_words, say

QUIET = 4
"""Modules left white around a QR code; scanners ask for them."""


@dataclass(frozen=True)
class Square:
    """A QR code as one SVG path: `side` modules with the quiet zone."""

    side: int
    path: str


@dataclass(frozen=True)
class Slip:
    """One slip. All texts are in `language`, which is the person's and not the printer's."""

    display_name: str
    number: str
    organisation: str
    language: Language
    heading: str
    code: str
    link: str
    what_to_do: str
    until: str
    for_you: str
    number_label: str
    square: Square


def make_slips(db: Session, people: Iterable[Person], *, by: int | None, now: datetime) -> tuple[Slip, ...]:
    """New codes for people as slips: a first password for whoever has none, else another one.

    Ends the codes made for them before. Whether `by` trains them the caller knows; raises NotAllowed where `by` may
    not whoever they train, and UserError for a closed account.
    """
    issued = issue_invitations(db, ((person, _purpose_for(person)) for person in people), by=by, now=now)
    facts, public_url = organisation_facts(db), str(current_app.config["PUBLIC_URL"])
    zone = ZoneInfo(facts.zone)
    return tuple(slip_of(each, organisation=facts.name, zone=zone, public_url=public_url) for each in issued)


def slip_of(issued: Issued, *, organisation: str, zone: ZoneInfo, public_url: str) -> Slip:
    """What stands on the slip of a code."""
    person, link = issued.person, f"{public_url}/join/{issued.code}"
    language = best_language(person.language)

    def worded(sentence: Sentence) -> str:
        return in_words(sentence, language)

    address, moment = f"{public_url}/join", moment_in_words(issued.expires_at, language, zone=zone)
    first = issued.purpose == "invitation"
    return Slip(
        display_name=person.display_name,
        number=person.number,
        organisation=organisation,
        language=language,
        heading=worded(say("Your account for the course") if first else say("Your way to a new password")),
        code=grouped(issued.code),
        link=link,
        what_to_do=worded(
            say("Scan the picture, or open {address} and type the code. Then choose a password.", address=address)
        ),
        until=worded(say("Works once, until {moment}", moment=moment)),
        for_you=worded(say("For you alone: whoever has this slip can sign in as you.")),
        number_label=worded(say("Number")),
        square=square_of(link),
    )


def _purpose_for(person: Person) -> Purpose:
    return "reset" if person.password_hash else "invitation"


def square_of(text: str) -> Square:
    """A text as a QR code of error level M."""
    import segno  # noqa: PLC0415 -- only who prints slips needs it

    rows = segno.make_qr(text, error="m", boost_error=False).matrix
    dark = (f"M{x + QUIET} {y + QUIET}h1v1h-1z" for y, row in enumerate(rows) for x, module in enumerate(row) if module)
    return Square(len(rows) + 2 * QUIET, "".join(dark))
