"""T-NODES: two nodes, a worker, PostgreSQL and Redis behind the shipped proxy; they come and go under load."""

from __future__ import annotations

import http.client
import re
import time
import urllib.parse
from collections.abc import Iterator
from email import message_from_bytes, policy
from pathlib import Path

import psycopg
import pytest
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, Envelope, Session

from app import clock
from app.accounts.actions import add_person
from app.accounts.passwords import hash_password
from app.db import Database
from app.fleeting import PAUSE, Fleeting
from bench.room import SHIPPED
from tests.survival.load import KEPT, Log, saving, until_acknowledged, verdict
from tests.survival.nodes import Nodes, missing_tools, replaced, several_nodes, shipped_proxy, visiting
from tests.survival.sizes import FULL, note, sized
from tools.postgresql import free_port

ROLLS = sized(2, 20)
"""Times that both nodes are restarted, one after the other."""
RATE, DESKS = 50.0, 24
PASSWORD = "a long enough phrase"
WITHOUT_REDIS = "Redis does not answer"
pytestmark = [
    pytest.mark.slow,
    pytest.mark.timeout(3_600 if FULL else 300),
    pytest.mark.skipif(bool(missing_tools()), reason=missing_tools() or "all there"),
]


class Postbox:
    """A mail server that keeps what it gets."""

    def __init__(self) -> None:
        self.mails: list[str] = []

    async def handle_DATA(self, _server: SMTP, _session: Session, envelope: Envelope) -> str:  # noqa: N802
        assert isinstance(envelope.content, bytes)
        text = message_from_bytes(envelope.content, policy=policy.default).get_content()
        self.mails.append(text)
        return "250 OK"


@pytest.fixture(scope="module")
def postbox() -> Iterator[tuple[Postbox, str]]:
    box = Postbox()
    controller = Controller(box, hostname="127.0.0.1", port=free_port())
    controller.start()
    yield box, f"smtp://127.0.0.1:{controller.port}"
    controller.stop()


@pytest.fixture(scope="module")
def deployment(tmp_path_factory: pytest.TempPathFactory, postbox: tuple[Postbox, str]) -> Iterator[Nodes]:
    """Started once: no proof ends before everything runs again."""
    settings = {"COURSEWRIGHT_SMTP_URL": postbox[1]}
    with several_nodes(tmp_path_factory.mktemp("nodes"), settings=settings) as deployment:
        yield deployment


def test_nothing_is_lost_and_nobody_notices_while_nodes_and_redis_come_and_go(deployment: Nodes) -> None:
    complained = told_by(deployment).count(WITHOUT_REDIS)
    log, visits, took = under_load(deployment)
    found = verdict(deployment.nodes[0], log)
    assert found == KEPT, str(found)[:2_000]
    assert (dict(log.again), log.refused[:3], visits) == ({}, [], {})
    assert len(log.acknowledged) > 10 * DESKS
    told = told_by(deployment)
    assert "Traceback" not in told
    assert 1 <= told.count(WITHOUT_REDIS) - complained <= 30 * (took // 60 + 1)
    note(
        "T-NODES",
        rolls=ROLLS,
        saves=len(log.acknowledged),
        a_second=round(len(log.acknowledged) / took, 1),
        lost=0,
        tried_again=0,
        errors=0,
        slowest_s=round(max(log.took), 2),
    )


def told_by(deployment: Nodes) -> str:
    """What all parts have said so far."""
    return "".join(node.log(part) for node in deployment.nodes for part in ("web", "worker"))


def under_load(deployment: Nodes) -> tuple[Log, dict[str, int], float]:
    """Everything is restarted while people save and look: what savers and lookers got, and how long it took."""
    desks = deployment.nodes[0].signed_in(DESKS)
    since = time.monotonic()
    with saving([deployment.proxy], desks, rate=RATE) as log, visiting(deployment.proxy, desks[0]) as visits:
        for number in range(ROLLS):
            time.sleep(0.5)
            deployment.restart(0)
            if number == 0:
                deployment.redis.stop()
            deployment.restart(1)
            if number == 0:
                deployment.redis.start()
                deployment.restart_worker()
        time.sleep(1)
    return log, visits.bad(), time.monotonic() - since


def test_what_a_save_costs_is_written_down(deployment: Nodes) -> None:
    with saving([deployment.proxy], deployment.nodes[0].signed_in(DESKS), rate=RATE) as log:
        until_acknowledged(log, 2 * DESKS)
        before, saves = deployment.used(), len(log.acknowledged)
        until_acknowledged(log, saves + sized(100, 5_000))
        used, saves = deployment.used(), len(log.acknowledged) - saves
    cost = {part: round(1_000 * (used[part] - before[part]) / saves, 2) for part in used}
    assert cost["web"] > 0.1 < cost["database"]
    with psycopg.connect(deployment.cluster.url) as database:
        size = database.execute("SELECT pg_total_relation_size('answer_change') / count(*) FROM answer_change")
        room = size.fetchone()
    note("T-NODES cost", saves=saves, ms_of_processor_a_save=cost, bytes_a_save=int(room[0]) if room else 0)


def test_canary_a_proxy_that_asks_no_other_node_is_noticed(tmp_path: Path) -> None:
    alone = replaced(shipped_proxy(), "proxy_next_upstream error timeout;", "proxy_next_upstream off;")
    alone = replaced(alone, "proxy_next_upstream error timeout non_idempotent;", "proxy_next_upstream off;")
    with several_nodes(tmp_path, proxy=alone) as deployment:
        desks = deployment.nodes[0].signed_in(DESKS)
        with saving([deployment.proxy], desks, rate=RATE) as log, visiting(deployment.proxy, desks[0]) as visits:
            time.sleep(0.5)
            deployment.restart(0)
        assert log.again["502"] + visits.bad().get("502", 0) > 0


def test_nodes_share_what_they_must(deployment: Nodes, postbox: tuple[Postbox, str]) -> None:
    add_somebody(deployment)
    signed_in_on_one_is_signed_in_on_the_other(deployment)
    tries_on_one_count_on_the_other(deployment)
    what_one_has_printed_the_other_need_not(deployment)
    a_mail_leaves_at_once(deployment, postbox[0])


def add_somebody(deployment: Nodes) -> None:
    database = Database(deployment.nodes[0].database_url)
    with database.transaction() as db:
        hashed, now = hash_password(PASSWORD), clock.now()
        add_person(db, "N1", "林知远", by=None, now=now, email="n1@example.com", password_hash=hashed)
        add_person(db, "N2", "王思齐", by=None, now=now, password_hash=hashed)
    database.engine.dispose()


class Browser:
    """One that goes to a node or to the proxy, as it is told, and keeps its cookies."""

    def __init__(self) -> None:
        self.cookies: dict[str, str] = {}

    def ask(self, port: int, method: str, path: str, form: dict[str, str] | None = None) -> tuple[int, bytes, str]:
        """Status, body, and ETag."""
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
        own = f"http://127.0.0.1:{port}"
        headers = {"Cookie": "; ".join(f"{k}={v}" for k, v in self.cookies.items()), "Origin": own, "Referer": own}
        if form is not None:
            headers["Content-Type"] = "application/x-www-form-urlencoded"
        connection.request(method, path, urllib.parse.urlencode(form) if form is not None else None, headers)
        answer = connection.getresponse()
        for cookie in answer.headers.get_all("Set-Cookie") or []:
            name, _, value = cookie.partition("=")
            self.cookies[name] = value.partition(";")[0]
        body = answer.read()
        connection.close()
        return answer.status, body, (answer.getheader("ETag") or "").strip('"')

    def send(self, drawn_by: int, sent_to: int, path: str, **fields: str) -> int:
        """Fill in a form that one node drew, and send it to another; the status."""
        page = self.ask(drawn_by, "GET", path)[1].decode()
        token = re.search(r'name="csrf_token"[^>]*value="([^"]+)"', page)
        assert token
        return self.ask(sent_to, "POST", path, {"csrf_token": token[1], **fields})[0]


def signed_in_on_one_is_signed_in_on_the_other(deployment: Nodes) -> None:
    one, two = (node.port for node in deployment.nodes)
    for drawn_by, sent_to in ((one, two), (two, one), (deployment.proxy, deployment.proxy)):
        browser = Browser()
        assert browser.send(drawn_by, sent_to, "/sign-in", name="N1", password=PASSWORD) in {302, 303}
        assert [browser.ask(port, "GET", "/courses")[0] for port in (one, two, deployment.proxy)] == [200, 200, 200]


def tries_on_one_count_on_the_other(deployment: Nodes) -> None:
    one, two = (node.port for node in deployment.nodes)
    tried = [Browser().send(one, one, "/sign-in", name="N2", password="wrong") for _ in range(12)]
    assert (tried[0], tried[-1]) == (422, 429)
    assert Browser().send(two, two, "/sign-in", name="N2", password=PASSWORD) == 429


def what_one_has_printed_the_other_need_not(deployment: Nodes) -> None:
    browser, (one, two) = Browser(), deployment.nodes
    assert browser.send(one.port, one.port, "/sign-in", name="N1", password=PASSWORD) in {302, 303}
    shared = Fleeting(deployment.redis.url, patience=20)
    for people in range(10, 16):  # on a loaded machine a node may once have had no patience with Redis
        path = f"/courses/{SHIPPED}/handbook.pdf?people={people}"
        status, printed, key = browser.ask(one.port, "GET", path)
        assert (status, printed[:5]) == (200, b"%PDF-")
        if shared.get(key) == printed:
            shared.put(key, b"%PDF- what the other node finds")
            if browser.ask(two.port, "GET", path)[1] == b"%PDF- what the other node finds":
                return
        time.sleep(PAUSE)
    raise AssertionError("six times nothing was found in Redis")


def a_mail_leaves_at_once(deployment: Nodes, box: Postbox) -> None:
    two = deployment.nodes[1].port
    time.sleep(2)  # the worker has looked by itself when it began
    since = time.monotonic()
    assert Browser().send(two, two, "/forgot", name="N1") == 303
    while not box.mails and time.monotonic() - since < 45:  # by itself it looks once a minute
        time.sleep(0.05)
    assert [f"http://127.0.0.1:{deployment.proxy}/join/" in mail for mail in box.mails] == [True]
    note("T-NODES mail", seconds=round(time.monotonic() - since, 2))
