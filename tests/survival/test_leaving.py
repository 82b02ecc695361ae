"""Ending in order: whoever comes meanwhile is served or refused at once, never let in and dropped."""

from __future__ import annotations

import http.client
import os
import signal
import time
from collections import Counter
from pathlib import Path

import pytest

from tests.survival.rig import Product, deployed

pytestmark = [pytest.mark.slow, pytest.mark.timeout(240)]
DROPPED = {"ConnectionResetError", "RemoteDisconnected", "TimeoutError"}


def who_comes_while_it_ends(product: Product) -> tuple[Counter[str], Counter[str]]:
    """What new callers get from the order to end on, and what those got whose connections were open before."""
    held = [connected(product) for _ in range(4)]
    assert [ask(connection) for connection in held] == ["200"] * 4
    os.kill(product.running["web"].pid, signal.SIGTERM)
    new, known = Counter[str](), Counter[str]()
    until = time.monotonic() + 30
    while product.running["web"].poll() is None and time.monotonic() < until:
        caller = connected(product)
        new[ask(caller)] += 1
        caller.close()
        if len(held) > 2:
            known[ask(held[-1])] += 1
            held.pop().close()
        time.sleep(0.05)
    for connection in held:
        connection.close()
    return new, known


def connected(product: Product) -> http.client.HTTPConnection:
    return http.client.HTTPConnection("127.0.0.1", product.port, timeout=20)


def ask(connection: http.client.HTTPConnection) -> str:
    """The status, or the name of what went wrong."""
    try:
        connection.request("GET", "/healthz")
        answer = connection.getresponse()
        answer.read()
    except OSError as trouble:
        return type(trouble).__name__
    return str(answer.status)


def test_nobody_is_dropped_while_it_ends(tmp_path: Path) -> None:
    with deployed(tmp_path, with_worker=False) as product:
        new, known = who_comes_while_it_ends(product)
        assert (DROPPED & new.keys(), known) == (set(), {"200": 2})
        assert new["ConnectionRefusedError"] > 0
        assert product.running["web"].wait(20) == 0
        assert "Traceback" not in product.log("web")


def test_canary_gunicorn_as_it_comes_drops_them(tmp_path: Path) -> None:
    with deployed(tmp_path, application="tests.survival.abrupt:gunicorn_as_it_comes", with_worker=False) as product:
        new, _ = who_comes_while_it_ends(product)
        assert DROPPED & new.keys()
