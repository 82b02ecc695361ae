"""T-PG: PostgreSQL is restarted and crashes in mid-traffic; what was acknowledged is there, and nobody sees a 500."""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from itertools import islice, pairwise
from pathlib import Path
from typing import Literal

import psycopg
import pytest

from bench.room import Desk
from tests.survival.load import KEPT, Log, saving, verdict
from tests.survival.nodes import Visits, missing_tools, visiting
from tests.survival.rig import Product, deployed
from tests.survival.sizes import FULL, note, sized
from tools.postgresql import DURABLE, Cluster, cluster

EACH = sized(1, 20)
"""Restarts of each kind."""
RATE, DESKS = 50.0, 24
BACK_WITHIN = sized(15, 5)
"""Seconds from the server's return to the next acknowledged save."""
Mode = Literal["fast", "immediate"]
FORGETFUL = ("synchronous_commit TO off", "wal_writer_delay TO '10s'")
"""A server that says «committed» ahead of writing it down, and takes ten seconds over that."""
pytestmark = [
    pytest.mark.slow,
    pytest.mark.timeout(3_600 if FULL else 300),
    pytest.mark.skipif(bool(missing_tools("initdb")), reason=missing_tools("initdb") or "all there"),
]


def restart_and_compare(
    product: Product, server: Cluster, modes: list[Mode], desks: Sequence[Desk]
) -> tuple[Log, Visits]:
    """Restart under load; AssertionError unless all that was promised is there."""
    outages: list[tuple[float, float]] = []
    with saving(product, desks, rate=RATE) as log, visiting(product.port, desks[0]) as visits:
        for mode in modes:
            time.sleep(1)
            server.restart(mode)
            outages.append((time.monotonic(), back_at(log)))
        time.sleep(1)
    found = verdict(product, log)
    assert found == KEPT, f"{len(found.lost)} lost: {found}"[:2_000]
    recovery = [back - up for up, back in outages]
    note(
        "T-PG",
        restarts={mode: modes.count(mode) for mode in ("fast", "immediate")},
        saves=len(log.acknowledged),
        tried_again=dict(log.again),
        looks=dict(visits.got),
        lost=0,
        back_after_s=round(max(recovery, default=0), 2),
        longest_silence_s=round(silence(log), 2),
    )
    assert max(recovery, default=0) < BACK_WITHIN
    return log, visits


def back_at(log: Log) -> float:
    """When the first save was acknowledged after now; much later where none is."""
    since = time.monotonic()
    while time.monotonic() < since + 30:
        if after := [at for at in list(log.acknowledged.values()) if at > since]:
            return min(after)
        time.sleep(0.02)
    return float("inf")


def silence(log: Log) -> float:
    """The longest time without an acknowledgement."""
    return max((later - earlier for earlier, later in pairwise(sorted(log.acknowledged.values()))), default=0.0)


@pytest.fixture
def on_durable(tmp_path: Path) -> Iterator[tuple[Product, Cluster]]:
    with cluster(DURABLE) as server, deployed(tmp_path, database_url=driven(server)) as product:
        yield product, server


def driven(server: Cluster) -> str:
    return server.url.replace("postgresql://", "postgresql+psycopg://")


def test_restarts_and_crashes_of_the_database_lose_nothing(on_durable: tuple[Product, Cluster]) -> None:
    product, server = on_durable
    modes: list[Mode] = [mode for _ in range(EACH) for mode in islice(("fast", "immediate"), 2)]  # type: ignore[misc]
    log, visits = restart_and_compare(product, server, modes, product.signed_in(DESKS))
    assert (log.refused[:3], set(log.again) - {"503"}, visits.got.keys() - {"200", "302", "303", "503"}) == (
        [],
        set(),
        set(),
    )
    assert log.again["503"] > 0  # or nothing happened
    assert "Traceback" not in product.log("worker")


def test_canary_a_database_that_promises_too_early_loses(tmp_path: Path) -> None:
    with cluster(("max_connections=200",)) as server, deployed(tmp_path, database_url=driven(server)) as product:
        desks = product.signed_in(DESKS)
        with psycopg.connect(server.url, autocommit=True) as admin:  # a start would refuse such a server
            for setting in FORGETFUL:
                admin.execute(f"ALTER SYSTEM SET {setting}")
            admin.execute("SELECT pg_reload_conf()")
        time.sleep(1)
        with pytest.raises(AssertionError, match=r"[1-9]\d* lost"):
            restart_and_compare(product, server, ["immediate"] * 3, desks)


def test_canary_what_was_only_sent_is_not_what_was_kept(on_durable: tuple[Product, Cluster]) -> None:
    product, server = on_durable
    with saving(product, product.signed_in(DESKS), rate=RATE) as log:
        time.sleep(0.5)
        server.stop("immediate")
        time.sleep(1)
    server.start()
    assert verdict(product, log) == KEPT
    assert verdict(product, log, acknowledged=frozenset(log.sent)).lost
