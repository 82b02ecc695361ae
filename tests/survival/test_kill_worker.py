"""T-KILL of the background worker, while it hands in what time has ended and sends mail: all of it happens, once."""

from __future__ import annotations

import random
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import Connection, func, insert, select

from app import clock
from app.assessment.models import AnswerChange, Attempt, Marking, Submission
from app.db import Database
from app.mail import KIND
from app.outbox import Outbox, put
from tests.survival.desks import seat
from tests.survival.places import own_database
from tests.survival.rig import Product, deployed
from tests.survival.sizes import FULL, note, sized
from tests.test_mail import Mailbox, running

ROUNDS = sized(3, 100)
ATTEMPTS, MAILS = 25, 15
"""What each round brings along for the worker to do."""
BEGINS_WITHIN, DONE_WITHIN = 30.0, 60.0
CLOSED_SINCE = timedelta(minutes=5)
SEED = random.SystemRandom().getrandbits(32)

pytestmark = [pytest.mark.slow, pytest.mark.timeout(3_600 if FULL else 240)]


@dataclass
class Chores:
    """What the worker was given, and the newest change of each attempt."""

    newest: dict[int, int] = field(default_factory=dict)
    mails: list[str] = field(default_factory=list)


@contextmanager
def worked_for(folder: Path, mailbox: Mailbox, application: str = "wsgi") -> Iterator[Product]:
    """A product that has no worker yet, and mails into the box."""
    for server in running(mailbox):
        settings = {"COURSEWRIGHT_SMTP_URL": f"smtp://{server.host}:{server.port}"}
        with (
            own_database(folder) as url,
            deployed(
                folder, database_url=url, settings=settings, application=application, with_worker=False
            ) as product,
        ):
            product.with_worker = True
            yield product


def kill_at_work(product: Product, mailbox: Mailbox, rounds: int, *, seed: int) -> None:
    """Kill the worker in every round at a random moment of its work; AssertionError unless all is done once."""
    chance, chores = random.Random(seed), Chores()  # noqa: S311 -- a proof that failed is to be repeated
    for number in range(rounds):
        add_chores(product, chores, number)
        before = _progress(product, mailbox)
        product.start()
        _wait(lambda before=before: _progress(product, mailbox) > before, BEGINS_WITHIN, "the worker did nothing")  # type: ignore[misc]
        time.sleep(chance.uniform(0, 0.3))
        product.kill("worker")
    product.start()
    swept = sorted(chores.newest)
    _wait(lambda: _open_attempts(product, swept) == 0, DONE_WITHIN, "attempts were left behind")
    sent = check_mail(product, mailbox, chores, kills=rounds)
    check_attempts(product, chores)
    assert not product.unsound()
    note("T-KILL worker", kills=rounds, collected=len(swept), mails=len(chores.mails), **sent, lost=0, seed=seed)


def add_chores(product: Product, chores: Chores, number: int) -> None:
    """More attempts whose time is up, each with texts, and more mail to be sent."""
    database: Database = product.app.extensions["database"]
    now = clock.now()
    with database.transaction() as db:
        desks = seat(db, product.app, ATTEMPTS, closed_since=CLOSED_SINCE)
        for desk in desks:
            written = {"client": "page", "base": 0, "stale": [], "at": now - 2 * CLOSED_SINCE}
            texts = [{"attempt_id": desk.attempt_id, "seq": n, "fields": {desk.field: f"第 {n} 句"}} for n in (1, 2)]
            for text in texts:
                made = db.execute(insert(AnswerChange).values(**written, **text).returning(AnswerChange.id))
                chores.newest[desk.attempt_id] = made.scalar_one()
        for count in range(MAILS):
            subject = f"chore {number}-{count}"
            put(db, KIND, {"to": "a@example.com", "subject": subject, "text": "…", "message_id": subject}, now=now)
            chores.mails.append(subject)


def check_attempts(product: Product, chores: Chores) -> None:
    """AssertionError unless each was handed in with its newest text, and marked once."""
    with _reading(product) as connection:
        rows = connection.execute(select(Submission.attempt_id, Submission.change_id, Submission.collected)).all()
        marked = dict(connection.execute(select(Marking.attempt_id, func.count()).group_by(Marking.attempt_id)).all())
    handed_in = {attempt: change for attempt, change, collected in rows if collected}
    missing = chores.newest.keys() - handed_in.keys()
    assert not missing, f"{len(missing)} attempts were never handed in"
    assert handed_in == chores.newest
    assert set(marked.values()) <= {1}, "an answer was marked twice"
    assert marked.keys() in ({}.keys(), handed_in.keys())


def check_mail(product: Product, mailbox: Mailbox, chores: Chores, *, kills: int) -> dict[str, int]:
    """AssertionError unless what counts as sent has arrived, and at most what was under way at a kill came twice.

    What a worker had taken when it was killed waits until its lease is over: that is longer than we watch.
    """

    def waiting() -> set[str]:
        with _reading(product) as connection:
            rows = connection.execute(select(Outbox.payload, Outbox.tries).where(Outbox.done_at.is_(None))).all()
        untried = [payload["subject"] for payload, tries in rows if not tries]
        return {payload["subject"] for payload, _ in rows} if not untried else set(chores.mails)

    _wait(lambda: len(waiting()) <= kills, DONE_WITHIN, "mails were left behind")
    arrived = Counter(message["Subject"] for message in mailbox.took)
    missing = set(chores.mails) - arrived.keys() - waiting()
    assert not missing, f"{len(missing)} mails count as sent and never arrived"
    repeated = sum(times - 1 for times in arrived.values())
    assert repeated <= kills, f"{repeated} mails came twice after {kills} kills"
    return {"repeated": repeated, "under_way_at_a_kill": len(waiting())}


def _progress(product: Product, mailbox: Mailbox) -> tuple[int, int]:
    with _reading(product) as connection:
        return connection.scalar(select(func.count()).select_from(Submission)) or 0, len(mailbox.took)


def _open_attempts(product: Product, attempts: list[int]) -> int:
    due = select(func.count()).select_from(Attempt).where(Attempt.id.in_(attempts), Attempt.sweep_at.is_not(None))
    with _reading(product) as connection:
        return connection.scalar(due) or 0


@contextmanager
def _reading(product: Product) -> Iterator[Connection]:
    database: Database = product.app.extensions["database"]
    with database.looking() as connection:
        yield connection


def _wait(done: Callable[[], bool], seconds: float, otherwise: str) -> None:
    until = time.monotonic() + seconds
    while not done():
        assert time.monotonic() < until, otherwise
        time.sleep(0.03)


def test_a_killed_worker_leaves_nothing_undone_or_done_twice(tmp_path: Path) -> None:
    mailbox = Mailbox()
    with worked_for(tmp_path, mailbox) as product:
        kill_at_work(product, mailbox, ROUNDS, seed=SEED)


def test_canary_a_worker_that_says_sent_too_soon_loses_mail(tmp_path: Path) -> None:
    mailbox = Mailbox()
    with (
        worked_for(tmp_path, mailbox, "tests.survival.lying:mails_behind") as product,
        pytest.raises(AssertionError, match=r"mails count as sent and never arrived"),
    ):
        kill_at_work(product, mailbox, 2, seed=SEED)


def test_canary_a_sweeper_that_forgets_first_leaves_attempts_behind(tmp_path: Path) -> None:
    mailbox = Mailbox()
    with (
        worked_for(tmp_path, mailbox, "tests.survival.lying:forgets_before_it_sweeps") as product,
        pytest.raises(AssertionError, match="attempts were never handed in"),
    ):
        kill_at_work(product, mailbox, 2, seed=SEED)
