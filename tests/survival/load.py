"""Browsers that save without pause: what they sent, what was acknowledged, and what of it the database has."""

from __future__ import annotations

import http.client
import json
import secrets
import threading
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field

from sqlalchemy import select

from app.assessment.models import AnswerChange
from app.db import Database
from bench.room import Desk
from tests.survival.rig import Product

Key = tuple[int, str, int]
"""A save: attempt, open page, its count."""
TRY_AGAIN = frozenset({429, 502, 503, 504, 507})
"""Answers after which a browser sends the same save once more."""
KEPT_BY = frozenset({200, 409})
"""Answers that promise: 409 says that another page wrote there too, and that both texts are kept."""
WAIT = 0.2
"""Seconds between two tries: sooner than Retry-After asks for, so that nothing comes to rest."""
ANSWER_WITHIN = 30.0


@dataclass
class Log:
    """What browsers sent, and what they were promised."""

    sent: dict[Key, str] = field(default_factory=dict)
    acknowledged: dict[Key, float] = field(default_factory=dict)
    """When each answer had come in whole, by `time.monotonic()`."""
    took: list[float] = field(default_factory=list)
    """Seconds from a save to its acknowledgement, further tries included."""
    again: Counter[str] = field(default_factory=Counter)
    """Why saves were tried again."""
    refused: list[str] = field(default_factory=list)
    """Answers that no browser could make anything of: none may come."""

    def of_attempt(self, attempt_id: int) -> list[Key]:
        """The acknowledged saves of one attempt, in their order."""
        return sorted(key for key in list(self.acknowledged) if key[0] == attempt_id)

    def by(self, moment: float) -> frozenset[Key]:
        """The saves that were acknowledged up to a moment."""
        return frozenset(key for key, at in list(self.acknowledged.items()) if at <= moment)


class Page:
    """An open worksheet: it counts its saves, and repeats one until it is acknowledged."""

    def __init__(self, desk: Desk, log: Log) -> None:
        self.desk, self.log = desk, log
        self.client, self.seq, self.base = f"page-{secrets.token_hex(6)}", 0, 0

    def next_save(self) -> tuple[Key, bytes]:
        """The next save and its body, noted as sent."""
        self.seq += 1
        key = (self.desk.attempt_id, self.client, self.seq)
        self.log.sent[key] = text = f"{self.client} {self.seq} {secrets.token_hex(6)}"
        body = {"client": self.client, "seq": self.seq, "base": self.base, "fields": {self.desk.field: text}}
        return key, json.dumps(body).encode()

    def heard(self, key: Key, status: int, body: bytes, *, since: float) -> bool:
        """Note an answer; whether the save is settled. A refusal settles it, and is noted as one."""
        if status in TRY_AGAIN:
            self.log.again[str(status)] += 1
            return False
        if status in KEPT_BY:
            now = time.monotonic()
            self.log.took.append(now - since)
            self.log.acknowledged[key] = now
            self.base = json.loads(body)["base"]
        else:
            self.log.refused.append(f"{status} {body[:200]!r}")
        return True


class _Writer(threading.Thread):
    """One thread that saves at its rate, page after page, over a connection that it keeps."""

    def __init__(self, ports: Sequence[int], pages: Sequence[Page], pause: float, stopped: threading.Event) -> None:
        super().__init__(daemon=True)
        self.ports, self.pages, self.pause, self.stopped = list(ports), pages, pause, stopped
        self.connection: http.client.HTTPConnection | None = None
        self.failure: BaseException | None = None

    def run(self) -> None:
        try:
            self._write()
        except Exception as failure:  # noqa: BLE001 -- told by `saving`, in the thread that runs the test
            self.failure = failure

    def _write(self) -> None:
        due = time.monotonic() + self.pause * secrets.randbelow(100) / 100
        number = 0
        while not self.stopped.wait(max(0.0, due - time.monotonic())):
            due = max(due + self.pause, time.monotonic() - 1.0)  # after an outage no flood that no browser makes
            self._save(self.pages[number % len(self.pages)])
            number += 1
        if self.connection:
            self.connection.close()

    def _save(self, page: Page) -> None:
        key, body = page.next_save()
        since = time.monotonic()
        while True:
            try:
                status, answer = self._ask(page.desk, body)
            except (OSError, http.client.HTTPException) as trouble:
                page.log.again[type(trouble).__name__] += 1
                self._reconnect()
            else:
                if page.heard(key, status, answer, since=since):
                    return
            if self.stopped.wait(WAIT):
                return

    def _ask(self, desk: Desk, body: bytes) -> tuple[int, bytes]:
        if self.connection is None:
            self.connection = http.client.HTTPConnection("127.0.0.1", self.ports[0], timeout=ANSWER_WITHIN)
        self.connection.request("PATCH", f"/attempts/{desk.attempt_id}", body, browser_headers(desk, self.ports[0]))
        answer = self.connection.getresponse()
        return answer.status, answer.read()

    def _reconnect(self) -> None:
        if self.connection:
            self.connection.close()
        self.connection = None
        self.ports.append(self.ports.pop(0))  # a proxy would send us to another node, too


@contextmanager
def saving(place: Product | Sequence[int], desks: Sequence[Desk], *, rate: float, writers: int = 8) -> Iterator[Log]:
    """Save so often a second, spread over the desks, for as long as the block lasts.

    `place` is a product, or the ports of several nodes. What is not acknowledged when the block ends stays so.
    """
    ports = place.ports if isinstance(place, Product) else tuple(place)
    log, stopped = Log(), threading.Event()
    writers = min(writers, len(desks))
    shares = [[Page(desk, log) for desk in desks[number::writers]] for number in range(writers)]
    turned = [ports[number % len(ports) :] + ports[: number % len(ports)] for number in range(writers)]
    threads = [_Writer(own, pages, writers / rate, stopped) for own, pages in zip(turned, shares, strict=True)]
    for thread in threads:
        thread.start()
    try:
        yield log
    finally:
        stopped.set()
        for thread in threads:
            thread.join(ANSWER_WITHIN + 5)
    for thread in threads:
        if thread.failure:
            raise thread.failure


def until_acknowledged(log: Log, count: int) -> None:
    """Wait for that many saves; AssertionError where they do not come."""
    until = time.monotonic() + 60 + count
    while len(log.acknowledged) < count and not log.refused:
        assert time.monotonic() < until, f"{len(log.acknowledged)} of {count} saves in time: {log.again}"
        time.sleep(0.05)


def browser_headers(desk: Desk, port: int) -> dict[str, str]:
    """What the page of a desk sends with each save."""
    own = f"http://127.0.0.1:{port}"
    return {
        **desk.headers,
        "Content-Type": "application/json",
        "Accept": "application/json",
        "Origin": own,
        "Referer": f"{own}/attempts/{desk.attempt_id}",
    }


@dataclass(frozen=True)
class Verdict:
    """What became of the saves of a log. All empty is what the product promises."""

    lost: tuple[Key, ...]
    """Acknowledged, and not there."""
    duplicated: tuple[Key, ...]
    """There twice, or with the text of another."""
    altered: tuple[Key, ...]
    """There with another text."""


KEPT = Verdict((), (), ())


def verdict(place: Product | str, log: Log, *, acknowledged: frozenset[Key] | None = None) -> Verdict:
    """Compare a log with the table, of a product or of the database at an address."""
    promised = acknowledged if acknowledged is not None else frozenset(list(log.acknowledged))
    rows = _rows(place if isinstance(place, str) else place.database_url, {key[0] for key in list(log.sent)})
    rows = [(key, texts) for key, texts in rows if key in log.sent]
    times, texts = Counter(key for key, _ in rows), Counter(text for _, written in rows for text in written)
    return Verdict(
        lost=tuple(sorted(promised - times.keys())),
        duplicated=tuple(key for key, written in rows if times[key] > 1 or any(texts[text] > 1 for text in written)),
        altered=tuple(key for key, written in rows if written != [log.sent[key]]),
    )


def acknowledged_but_missing(place: Product | str, log: Log) -> tuple[Key, ...]:
    """What was promised and is not there."""
    return verdict(place, log).lost


def duplicates(place: Product | str, log: Log) -> tuple[Key, ...]:
    """What is there more than once."""
    return verdict(place, log).duplicated


def _rows(url: str, attempts: set[int]) -> list[tuple[Key, list[str]]]:
    database = Database(url)
    table = AnswerChange.__table__
    wanted = select(table.c.attempt_id, table.c.client, table.c.seq, table.c.fields)
    try:
        with database.looking() as connection:
            rows = connection.execute(wanted.where(table.c.attempt_id.in_(attempts))).all()
    finally:
        database.engine.dispose()
    return [((row.attempt_id, row.client, row.seq), [*row.fields.values()]) for row in rows]
