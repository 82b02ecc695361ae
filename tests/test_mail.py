"""Mail: the address of a server, what a message can hold, and what becomes of what a server answers."""

from __future__ import annotations

import shutil
import socket
import ssl
import subprocess
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from email import message_from_bytes, policy
from email.message import EmailMessage
from pathlib import Path
from typing import Any

import pytest
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, AuthResult, Envelope, Session
from flask import Flask
from sqlalchemy import select

from app.accounts.models import Organisation
from app.accounts.post import advice, carry_mail
from app.cli.operations import senders
from app.db import Database
from app.mail import MailServer, Sender, compose, mail_is_configured, queue_mail, send_mail, server_at
from app.outbox import TRIED_FOR, GaveUp, NotSent, Outbox, drain, put
from app.words import in_words
from tests.conftest import NOW

SENDER = Sender("training@example.com", "华东培训部")
PAYLOAD = {
    "to": "siqi@example.com",
    "subject": "欢迎：第一天",
    "text": "你好\n\n打开 https://x.example/join/1\n",
    "message_id": "a",
}


@dataclass
class Mailbox:
    """What a server took, and what it answers to the recipient and to the content."""

    took: list[EmailMessage] = field(default_factory=list)
    to_recipient: str = "250 OK"
    to_content: str = "250 OK"

    async def handle_RCPT(  # noqa: N802 -- aiosmtpd's names
        self, _server: SMTP, _session: Session, envelope: Envelope, address: str, _options: list[str]
    ) -> str:
        if self.to_recipient.startswith("250"):
            envelope.rcpt_tos.append(address)
        return self.to_recipient

    async def handle_DATA(self, _server: SMTP, _session: Session, envelope: Envelope) -> str:  # noqa: N802
        if self.to_content.startswith("250"):
            self.took.append(message_from_bytes(envelope.content or b"", policy=policy.default))  # type: ignore[arg-type]
        return self.to_content


@pytest.fixture
def mailbox() -> Mailbox:
    return Mailbox()


@pytest.fixture
def server(mailbox: Mailbox) -> Iterator[MailServer]:
    yield from running(mailbox)


def running(mailbox: Mailbox, **settings: Any) -> Iterator[MailServer]:
    with socket.create_server(("127.0.0.1", 0)) as probe:
        port = probe.getsockname()[1]
    controller = Controller(mailbox, hostname="127.0.0.1", port=port, **settings)
    controller.start()
    try:
        yield MailServer("127.0.0.1", port, encrypted=False)
    finally:
        controller.stop()


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("smtp://mail.example.com", MailServer("mail.example.com", 587, encrypted=False)),
        ("smtps://mail.example.com/", MailServer("mail.example.com", 465, encrypted=True)),
        ("smtp://u%40x:p%3Aw%2F@[::1]:2525", MailServer("::1", 2525, encrypted=False, user="u@x", password="p:w/")),
    ],
)
def test_an_address_names_a_server(url: str, expected: MailServer) -> None:
    assert server_at(url) == expected


@pytest.mark.parametrize(
    "url",
    [
        "mail.example.com",
        "http://mail.example.com",
        "smtp://",
        "smtp://host:0",
        "smtp://host:99999",
        "smtp://host:port",
        "smtp://user@host",
        "smtp://u:secret@host/path",
        "smtp://u:se#cret@host",
        "smtp://u:a%0Ab@host",
        "smtp://ho st",
    ],
)
def test_other_addresses_are_refused_without_repeating_them(url: str) -> None:
    with pytest.raises(ValueError, match=r"^[^%]*$") as refused:
        server_at(url)
    assert "secret" not in str(refused.value)


def test_a_password_is_not_shown() -> None:
    server = server_at("smtp://user:hush-hush@host")
    assert "hush" not in f"{server!r} {server}"
    assert str(server) == "host:587"


def test_a_message_arrives_as_it_was_written(mailbox: Mailbox, server: MailServer) -> None:
    send_mail(server, compose(PAYLOAD, SENDER, now=NOW))
    (mail,) = mailbox.took
    assert (mail["From"], mail["To"]) == ("华东培训部 <training@example.com>", "siqi@example.com")
    assert (mail["Subject"], mail.get_content().replace("\r\n", "\n")) == (PAYLOAD["subject"], PAYLOAD["text"])
    assert mail["Date"].datetime == NOW
    assert mail["Auto-Submitted"] == "auto-generated"


def test_the_same_key_gives_the_same_message_id() -> None:
    ids = [compose({**PAYLOAD, "message_id": key}, SENDER, now=NOW)["Message-ID"] for key in ("a", "a", "b")]
    assert ids[0] == ids[1] != ids[2]


@pytest.mark.parametrize(
    "text", ["Hello\r\nBcc: all@example.com", "Hello\nBcc: all@example.com", "Hello\x00\x85\u2028x"]
)
def test_nobody_writes_a_header_into_a_header(text: str) -> None:
    message = compose({**PAYLOAD, "subject": text}, Sender(SENDER.address, text), now=NOW)
    assert set(message.keys()) == set(compose(PAYLOAD, SENDER, now=NOW).keys())
    assert str(message["Subject"]).isprintable()
    assert "Bcc" not in {line.partition(b":")[0].decode() for line in message.as_bytes().splitlines()}


@pytest.mark.parametrize("to", ["", "nowhere", "a@b\r\nBcc: c@d", "a@b, c@d", "a b@c", "<a@b>", "思齐@example.com\n"])
def test_an_address_that_is_none_gives_up(to: str) -> None:
    with pytest.raises(GaveUp):
        compose({**PAYLOAD, "to": to}, SENDER, now=NOW)


@pytest.mark.parametrize(
    ("recipient", "content", "error"),
    [
        ("550 no such user", "250 OK", GaveUp),
        ("451 come back later", "250 OK", NotSent),
        ("250 OK", "554 looks like spam", GaveUp),
        ("250 OK", "452 disk full", NotSent),
    ],
)
def test_what_is_refused_for_good_is_not_tried_again(
    mailbox: Mailbox, server: MailServer, recipient: str, content: str, error: type[NotSent]
) -> None:
    mailbox.to_recipient, mailbox.to_content = recipient, content
    with pytest.raises(NotSent) as refused:
        send_mail(server, compose(PAYLOAD, SENDER, now=NOW))
    said = next(answer for answer in (recipient, content) if not answer.startswith("250"))
    assert (type(refused.value), str(refused.value)) == (error, said)


def test_a_wrong_password_can_be_mended(mailbox: Mailbox) -> None:
    refuse: Callable[..., AuthResult] = lambda *_: AuthResult(success=False, handled=False)  # noqa: E731
    for server in running(mailbox, authenticator=refuse, auth_require_tls=False):
        known = MailServer(server.host, server.port, encrypted=False, user="u", password="hush-hush")
        with pytest.raises(NotSent) as refused:
            send_mail(known, compose(PAYLOAD, SENDER, now=NOW))
        assert type(refused.value) is NotSent
        assert "hush" not in str(refused.value)
        assert "COURSEWRIGHT_SMTP_URL" in in_words(advice(str(refused.value)), "en")


def test_nothing_is_sent_in_clear_to_another_machine(
    mailbox: Mailbox, server: MailServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("app.mail.LOOPBACK", frozenset())  # as if 127.0.0.1 were far away
    with pytest.raises(NotSent, match="STARTTLS"):
        send_mail(server, compose(PAYLOAD, SENDER, now=NOW))
    assert mailbox.took == []


@pytest.fixture
def certificate(tmp_path: Path) -> ssl.SSLContext:
    """Of a server that nobody vouches for."""
    made = "req -x509 -newkey rsa:2048 -nodes -days 1 -subj /CN=localhost -keyout key.pem -out cert.pem"
    subprocess.run(["openssl", *made.split()], cwd=tmp_path, check=True, capture_output=True)
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(tmp_path / "cert.pem", tmp_path / "key.pem")
    return context


@pytest.mark.skipif(shutil.which("openssl") is None, reason="makes its certificate with openssl")
def test_starttls_is_used_and_only_this_machine_may_be_unknown(
    mailbox: Mailbox, certificate: ssl.SSLContext, monkeypatch: pytest.MonkeyPatch
) -> None:
    for server in running(mailbox, tls_context=certificate, require_starttls=True):
        send_mail(server, compose(PAYLOAD, SENDER, now=NOW))
        assert len(mailbox.took) == 1
        monkeypatch.setattr("app.mail.LOOPBACK", frozenset())
        with pytest.raises(NotSent, match="certificate"):
            send_mail(server, compose(PAYLOAD, SENDER, now=NOW))
        assert len(mailbox.took) == 1


def test_nobody_listening_is_tried_later() -> None:
    with pytest.raises(NotSent, match="refused"):
        send_mail(MailServer("127.0.0.1", 9, encrypted=False), compose(PAYLOAD, SENDER, now=NOW))


def test_a_mail_is_queued_where_a_server_is_set(app: Flask, database: Database) -> None:
    def queue() -> bool:
        with database.transaction() as db:
            return queue_mail(db, to="a@example.com", subject="s", text="t", key="k", now=NOW)

    assert queue() is False  # outside of an application
    with app.app_context():
        assert (mail_is_configured(), queue()) == (False, False)
        app.config["SMTP_URL"] = "smtp://127.0.0.1"
        assert (mail_is_configured(), queue()) == (True, True)
    with database.reading() as db:
        assert [row.payload["message_id"] for row in db.scalars(select(Outbox))] == ["k"]


def test_the_worker_sends_in_the_organisations_name(
    app: Flask, database: Database, mailbox: Mailbox, server: MailServer
) -> None:
    app.config["SMTP_URL"] = f"smtp://{server}"
    with database.transaction() as db:
        db.add(Organisation(id=1, name="华东", sender="hr@example.com"))
        put(db, "mail", PAYLOAD, now=NOW)
    assert drain(database, senders(database, app.config), now=lambda: NOW) == 1
    assert [mail["From"] for mail in mailbox.took] == ["华东 <hr@example.com>"]


def test_mail_that_nothing_can_carry_does_not_pile_up(database: Database) -> None:
    def carry(payload: dict[str, Any]) -> None:
        carry_mail(database, None, "http://127.0.0.1:8000", payload=payload)

    with database.transaction() as db:
        put(db, "mail", PAYLOAD, now=NOW)
    assert drain(database, {"mail": carry}, now=lambda: NOW) == 0
    assert ends(database) == [(True, "no mail server is set")]


def test_nobody_tries_for_ever(database: Database) -> None:
    def fail(_payload: dict[str, Any]) -> None:
        raise NotSent("timed out")

    with database.transaction() as db:
        put(db, "mail", PAYLOAD, now=NOW)
    drain(database, {"mail": fail}, now=lambda: NOW)
    assert ends(database) == [(False, "timed out")]
    drain(database, {"mail": fail}, now=lambda: NOW + TRIED_FOR)
    assert ends(database) == [(True, "timed out")]


def ends(database: Database) -> list[tuple[bool, str]]:
    with database.reading() as db:
        return [(row.done_at is not None, row.error) for row in db.scalars(select(Outbox))]
