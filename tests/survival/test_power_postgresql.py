"""T-POWER on PostgreSQL: the server says COMMIT after its log is synced, so what was answered is on the disk.

One page saves at a time: then every sync of the log is for the save between its arrival and its COMMIT.
"""

from __future__ import annotations

import signal
import subprocess
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import psycopg
import pytest

from tests.survival.load import saving, until_acknowledged
from tests.survival.nodes import missing_tools
from tests.survival.rig import children_of, deployed
from tests.survival.sizes import FULL, note, sized
from tests.survival.test_postgresql import FORGETFUL, driven
from tests.survival.tracing import Call, between, calls_in, texts_in, tracer, why_untraceable
from tools.postgresql import DURABLE, Cluster, cluster

SAVES = sized(60, 1_000)
RATE, DESKS = 40.0, 4
LEFT_OPEN = ("max_connections=200",)
"""Settings of a server whose others can be changed while it runs."""
COMMITTED = b"COMMIT\x00"
"""How the server ends a transaction in its protocol."""

pytestmark = [
    pytest.mark.slow,
    pytest.mark.timeout(1_800 if FULL else 180),
    pytest.mark.skipif(bool(missing_tools("initdb")), reason=missing_tools("initdb") or "all there"),
]


def prove(server: Cluster, folder: Path, *, settings: Sequence[str] = ()) -> None:
    """AssertionError unless the log was synced between the arrival of each save and its COMMIT."""
    if why := why_untraceable(folder):
        pytest.skip(why)
    with deployed(folder / "product", database_url=driven(server), with_worker=False) as product:
        change_settings(server, settings)
        with saving(product, product.signed_in(DESKS), rate=RATE, writers=1) as warming:
            until_acknowledged(warming, 4 * DESKS)  # every process has its connections
        desks = product.signed_in(DESKS)
        with (
            traced(server, folder / "calls.trace"),
            saving(product, desks, rate=RATE, writers=1) as log,
        ):
            until_acknowledged(log, SAVES)
    committed = commits(calls_in(folder / "calls.trace"))
    found = [committed[log.sent[key]] for key in log.acknowledged if log.sent[key] in committed]
    assert len(found) == len(log.acknowledged), "the trace does not have all saves"
    assert all(found), f"{sum(found)} of {len(found)} saves were synced before they were committed"
    note("T-POWER", database="postgresql", saves=len(found), synced_before_answered=sum(found))


def commits(calls: Iterator[Call]) -> dict[str, bool]:
    """Of each save, by its text: whether what was written to the log since it arrived was synced before COMMIT."""
    arrived: dict[int, tuple[str, Call]] = {}
    writes: list[Call] = []
    syncs: list[Call] = []
    found = {}
    for call in calls:
        if "/pg_wal/" in call.on:
            (syncs if call.syncs else writes).append(call)
        elif call.name == "recvfrom":
            for text in texts_in(call.bytes):
                arrived[call.thread] = text, call
        elif call.sends and COMMITTED in call.bytes and call.thread in arrived:
            text, arrival = arrived.pop(call.thread)
            since = [write for write in writes[-50:] if arrival.ended < write.began and write.ended < call.began]
            own = [write for write in since if write.thread == call.thread]  # others write of their own, even after it
            found[text] = bool(since) and between(syncs, (own or since)[-1], call)
    return found


@contextmanager
def traced(server: Cluster, output: Path) -> Iterator[None]:
    """Watch the server and all its processes."""
    first = int((server.store / "postmaster.pid").read_text(encoding="ascii").split()[0])
    attach = [word for pid in (first, *children_of(first)) for word in ("-p", str(pid))]
    watching = subprocess.Popen([*tracer(output), *attach], stderr=subprocess.PIPE, start_new_session=True)
    try:
        time.sleep(0.5)
        if watching.poll() is not None:
            pytest.skip(f"strace may not attach here: {watching.communicate()[1].decode()[:200]}")
        yield
    finally:
        watching.send_signal(signal.SIGINT)
        watching.communicate(timeout=30)


def change_settings(server: Cluster, settings: Sequence[str]) -> None:
    """Behind the back of the product, whose start refuses such a server."""
    with psycopg.connect(server.url, autocommit=True) as admin:
        for setting in settings:
            admin.execute(f"ALTER SYSTEM SET {setting}".encode())
        admin.execute("SELECT pg_reload_conf()")
    time.sleep(1)


def test_the_log_is_synced_before_a_save_is_committed(tmp_path: Path) -> None:
    with cluster(DURABLE) as server:
        prove(server, tmp_path)


def test_canary_a_server_that_commits_ahead_of_its_disk_is_noticed(tmp_path: Path) -> None:
    with (
        cluster(LEFT_OPEN) as server,
        pytest.raises(AssertionError, match=r"\d+ of \d+ saves were synced before they were committed"),
    ):
        prove(server, tmp_path, settings=FORGETFUL)
