"""Mail in the organisation's name: what the worker sends, and the one that an administrator tries it with."""

from __future__ import annotations

import re
from datetime import datetime
from typing import Any
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

from sqlalchemy import select
from sqlalchemy.orm import Session

from app import clock
from app.accounts.models import Person
from app.accounts.organisation import is_address, organisation_facts
from app.db import Database
from app.errors import UserError
from app.mail import MailServer, Sender, compose, send_mail
from app.outbox import GaveUp
from app.words import Language, Sentence, in_words, say


def sender_of(db: Session, server: MailServer, public_url: str) -> Sender:
    """The organisation's address; without one the user of the mail server, or an address at the public name."""
    facts = organisation_facts(db)
    otherwise = server.user if is_address(server.user) else f"coursewright@{_mail_domain(public_url)}"
    return Sender(facts.sender or otherwise, facts.name or "Coursewright")


def _mail_domain(public_url: str) -> str:
    """The host of the public address, where that is a name and no number."""
    host = urlsplit(public_url).hostname or ""
    return host if re.fullmatch(r"([a-z0-9-]+\.)+[a-z][a-z0-9-]*", host) else "localhost"


def carry_mail(database: Database, server: MailServer | None, public_url: str, *, payload: dict[str, Any]) -> None:
    """What the worker does with a queued mail. Raises NotSent, GaveUp."""
    if server is None:
        raise GaveUp("no mail server is set")
    with database.reading() as db:
        sender = sender_of(db, server, public_url)
    send_mail(server, compose(payload, sender, now=clock.now()))


def address_of(db: Session, person_id: int) -> str:
    """Where to reach somebody. Raises UserError for whoever has no address."""
    address = db.scalars(select(Person.email).where(Person.id == person_id)).one()
    if not address:
        raise UserError(say("You have no e-mail address here. Add one to your account, then try again."))
    return address


def advice(reason: str) -> Sentence:
    """What to do about the answer of a mail server."""
    if reason.startswith(("530", "534", "535", "538")):
        return say("The server refuses user and password. Check COURSEWRIGHT_SMTP_URL, then start the product again.")
    if reason.startswith(("550", "551", "553", "554")):
        return say("The server does not take mail from this sender or to this address. Check the sender address.")
    if "STARTTLS" in reason or "SSL" in reason or "certificate" in reason.lower():
        return say("The connection is not safe. Use smtps:// with port 465, or a server with a valid certificate.")
    return say("Check host and port of COURSEWRIGHT_SMTP_URL, and whether this machine may reach them.")


def trial_mail(to: str, language: Language, *, key: str, now: datetime, zone: ZoneInfo) -> dict[str, Any]:
    """A mail that says that mail works."""
    at = f"{now.astimezone(zone):%Y-%m-%d %H:%M} ({zone.key})"
    return {
        "to": to,
        "subject": in_words(say("Mail from Coursewright works"), language),
        "text": in_words(say("This mail was sent at {at} from the administration page, to try it.", at=at), language),
        "message_id": key,
    }
