"""Mail: the server it goes through, how it is queued, and how one message is handed over by SMTP."""

from __future__ import annotations

import hashlib
import re
import smtplib
import socket
import ssl
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime
from email.errors import HeaderParseError
from email.headerregistry import Address
from email.message import EmailMessage
from email.utils import format_datetime
from typing import Any
from urllib.parse import unquote, urlsplit

from flask import current_app, has_app_context
from sqlalchemy.orm import Session

from app import outbox
from app.outbox import GaveUp, NotSent

KIND = "mail"
TIMEOUT = 10.0
"""Seconds that each answer of the server may take."""
LOOPBACK = frozenset({"127.0.0.1", "::1", "localhost"})
PORTS = {"smtp": 587, "smtps": 465}
_HOST = re.compile(r"[A-Za-z0-9._:-]{1,253}")
_LONGEST_REASON = 300


@dataclass(frozen=True)
class MailServer:
    """Where mail is handed over; shown without its password."""

    host: str
    port: int
    encrypted: bool
    """From the first byte on; otherwise by STARTTLS, which only a server on this machine may do without."""
    user: str = ""
    password: str = field(default="", repr=False)

    def __str__(self) -> str:
        return f"[{self.host}]:{self.port}" if ":" in self.host else f"{self.host}:{self.port}"


@dataclass(frozen=True)
class Sender:
    """In whose name mail goes out."""

    address: str
    name: str = ""


def server_at(url: str) -> MailServer:
    """The server of smtp://user:password@host:587 or smtps://host:465. Raises ValueError, which repeats no secret."""
    parts = urlsplit(url)
    if parts.scheme not in PORTS or not parts.hostname or not _HOST.fullmatch(parts.hostname):
        raise ValueError("an address begins with smtp:// or smtps:// and names a host")
    if parts.path.strip("/") or parts.query or parts.fragment or bool(parts.username) != bool(parts.password):
        raise ValueError("an address has a user with a password, a host, a port, and nothing behind them")
    try:
        port = PORTS[parts.scheme] if parts.port is None else parts.port
    except ValueError:
        raise ValueError("a port is a number up to 65535") from None
    user, password = unquote(parts.username or ""), unquote(parts.password or "")
    if not port or not (user + password).isprintable():
        raise ValueError("no port 0, and no control characters")
    return MailServer(parts.hostname, port, parts.scheme == "smtps", user, password)


def configured_server() -> MailServer | None:
    """The server of the running application; None where none is set, and outside of one."""
    url = current_app.config["SMTP_URL"] if has_app_context() else ""
    return server_at(url) if url else None


def mail_is_configured() -> bool:
    """Whether mail can leave at all."""
    return configured_server() is not None


def queue_mail(
    db: Session, *, to: str, subject: str, text: str, key: str, now: datetime, switched_off_at: str = ""
) -> bool:
    """Queue a mail, to leave after the commit; False, and nothing queued, where no mail server is set.

    The same key gives the same Message-ID, by which a mail program drops what comes twice. `switched_off_at`: where
    such mail can be switched off, for the mail program to offer.
    """
    if not mail_is_configured():
        return False
    payload = {"to": to, "subject": subject, "text": text, "message_id": key}
    outbox.put(db, KIND, payload | ({"switched_off_at": switched_off_at} if switched_off_at else {}), now=now)
    return True


def compose(payload: dict[str, Any], sender: Sender, *, now: datetime) -> EmailMessage:
    """The message of a queued mail. Raises GaveUp for an address that no mail can have."""
    message = EmailMessage()
    try:
        message["From"] = Address(_line(sender.name), addr_spec=sender.address)
        message["To"] = Address(addr_spec=str(payload["to"]))
    except (ValueError, IndexError, HeaderParseError):
        raise GaveUp("this is not an address that mail can go to or come from") from None
    message["Subject"] = _line(str(payload["subject"]))
    message["Date"] = format_datetime(now)
    key = hashlib.sha256(str(payload["message_id"]).encode()).hexdigest()[:40]
    message["Message-ID"] = f"<{key}@{sender.address.rpartition('@')[2]}>"
    message["Auto-Submitted"] = "auto-generated"  # so that nobody's holiday notice answers
    if payload.get("switched_off_at"):
        message["List-Unsubscribe"] = f"<{_line(str(payload['switched_off_at']))}>"
    message.set_content(str(payload["text"]), cte="base64")
    return message


def send_mail(server: MailServer, message: EmailMessage) -> None:
    """Hand a message over. Raises NotSent where it may work later, GaveUp where the server refused it for good."""
    try:
        _hand_over(server, message)
    except smtplib.SMTPRecipientsRefused as refused:
        code, answer = next(iter(refused.recipients.values()))
        raise (GaveUp if code >= 500 else NotSent)(_in_a_line(code, answer)) from None
    except smtplib.SMTPDataError as refused:
        raise (GaveUp if refused.smtp_code >= 500 else NotSent)(
            _in_a_line(refused.smtp_code, refused.smtp_error)
        ) from None
    except smtplib.SMTPResponseException as refused:  # of our name, password or sender: settings can be mended
        raise NotSent(_in_a_line(refused.smtp_code, refused.smtp_error)) from None
    except smtplib.SMTPNotSupportedError as refused:
        raise GaveUp(_line(str(refused))) from None
    except (OSError, smtplib.SMTPException) as failure:
        raise NotSent(_line(str(failure) or type(failure).__name__)) from None


def _hand_over(server: MailServer, message: EmailMessage) -> None:
    smtp = _connected(server)
    try:
        _encrypt(smtp, server)
        if server.user:
            smtp.login(server.user, server.password)
        smtp.send_message(message)
        with suppress(OSError, smtplib.SMTPException):  # it has the message: a bad farewell must not send it again
            smtp.quit()
    finally:
        smtp.close()


def _connected(server: MailServer) -> smtplib.SMTP:
    ourselves = socket.gethostname()  # smtplib would look it up, for as long as that takes
    if server.encrypted:
        context = _tls(server)
        return smtplib.SMTP_SSL(server.host, server.port, ourselves, timeout=TIMEOUT, context=context)
    return smtplib.SMTP(server.host, server.port, ourselves, timeout=TIMEOUT)


def _encrypt(smtp: smtplib.SMTP, server: MailServer) -> None:
    smtp.ehlo_or_helo_if_needed()
    if server.encrypted:
        return
    if smtp.has_extn("starttls"):
        smtp.starttls(context=_tls(server))
        smtp.ehlo()
    elif server.host not in LOOPBACK:
        raise NotSent("the server offers no STARTTLS: nothing is sent for everyone to read")


def _tls(server: MailServer) -> ssl.SSLContext:
    context = ssl.create_default_context()
    if server.host in LOOPBACK:  # a relay of this machine has a certificate that nobody signed
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
    return context


def _in_a_line(code: int, answer: bytes | str) -> str:
    text = answer.decode("utf-8", "replace") if isinstance(answer, bytes) else answer
    return _line(f"{code} {text}")


def _line(text: str) -> str:
    """Without line ends and control characters: nobody writes a header into a header."""
    return "".join(char for char in " ".join(text.split()) if char.isprintable())[:_LONGEST_REASON]
