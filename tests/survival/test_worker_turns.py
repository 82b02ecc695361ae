"""A mail server that never answers delays the mail, and nothing else that the worker does."""

from __future__ import annotations

import socket
import time
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import func, select

from app import clock, outbox
from app.assessment.models import AnswerChange, Submission
from app.db import Database
from app.mail import KIND
from tests.survival.desks import seat
from tests.survival.places import own_database
from tests.survival.rig import Product, deployed
from tests.survival.sizes import note

DESKS, MAILS = 10, 20
WITHIN = 45.0
"""Seconds for what is looked for every ten, on a loaded machine. Each mail waits longer than these ten."""
TWO_TURNS = 20.0
"""Seconds after which it is clear that nobody looks every ten."""
pytestmark = [pytest.mark.slow, pytest.mark.timeout(300)]


@pytest.fixture
def deaf() -> Iterator[socket.socket]:
    """A mail server that takes every call and never says a word."""
    with socket.socket() as listening:
        listening.bind(("127.0.0.1", 0))
        listening.listen(100)
        yield listening


def handed_in_after(product: Product, deaf: socket.socket, *, within: float) -> float:
    """Seconds until the worker has handed in what browsers left behind, while mail waits; infinity where too many."""
    database = Database(product.database_url)
    with database.transaction() as db:
        for number in range(MAILS):
            letter = {"to": "a@example.com", "subject": "x", "text": "x", "message_id": str(number)}
            outbox.put(db, KIND, letter, now=clock.now())
    product.with_worker = True
    product.start()
    deaf.settimeout(WITHIN)
    call, _ = deaf.accept()  # now it waits for the mail server
    with database.transaction() as db:
        for desk in seat(db, product.app, DESKS, closed_since=timedelta(minutes=2)):
            saved = {"client": "a-page-left-behind", "seq": 1, "base": 0, "fields": {desk.field: "x"}}
            at = clock.now() - timedelta(minutes=3)
            db.add(AnswerChange(attempt_id=desk.attempt_id, stale=[], at=at, **saved))
    since = time.monotonic()
    while time.monotonic() - since < within:
        with database.reading() as reading:
            if reading.scalar(select(func.count()).select_from(Submission)) == DESKS:
                break
        time.sleep(0.2)
    else:
        since = float("-inf")
    call.close()
    database.engine.dispose()
    return time.monotonic() - since


def test_a_mail_server_that_hangs_does_not_delay_handing_in(tmp_path: Path, deaf: socket.socket) -> None:
    with (
        own_database(tmp_path) as url,
        deployed(tmp_path, database_url=url, settings=mail_by(deaf), with_worker=False) as product,
    ):
        seconds = handed_in_after(product, deaf, within=WITHIN)
        assert seconds < WITHIN
        since = time.monotonic()
        product.running["worker"].terminate()
        assert product.running["worker"].wait(30) == 0
        note(
            "T-SWEEP beside a mail server that hangs",
            seconds=round(seconds, 1),
            ended_s=round(time.monotonic() - since, 1),
        )


def test_canary_one_thing_after_the_other_waits_for_the_mail(tmp_path: Path, deaf: socket.socket) -> None:
    bad = "tests.survival.abrupt:one_thing_after_the_other"
    with (
        own_database(tmp_path) as url,
        deployed(tmp_path, database_url=url, settings=mail_by(deaf), application=bad, with_worker=False) as product,
    ):
        assert handed_in_after(product, deaf, within=TWO_TURNS) > WITHIN


def mail_by(deaf: socket.socket) -> dict[str, str]:
    return {"COURSEWRIGHT_SMTP_URL": f"smtp://127.0.0.1:{deaf.getsockname()[1]}"}
