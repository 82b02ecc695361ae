"""T-KILL: whatever is killed in whatever moment, what was acknowledged is there, once, and as it was typed."""

from __future__ import annotations

import random
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.survival.load import KEPT, Log, saving, until_acknowledged, verdict
from tests.survival.places import own_database
from tests.survival.rig import Part, Product, deployed
from tests.survival.sizes import FULL, note, sized

ROUNDS = sized(10, 1_000)
TIMES: dict[Part, int] = {"process": 6, "arbiter": 1, "server": 1, "worker": 1, "everything": 1}
CYCLE: tuple[Part, ...] = tuple(part for part, times in TIMES.items() for _ in range(times))
"""Ten rounds in an order that is drawn anew for each cycle."""
RATE, DESKS = 50.0, 24
READY_WITHIN = sized(30, 5)
"""Seconds; what is aimed at is asked of the quiet machine that the full proof runs on."""
SEED = random.SystemRandom().getrandbits(32)

pytestmark = [pytest.mark.slow, pytest.mark.timeout(7_200 if FULL else 300)]


def kill_and_compare(product: Product, parts: list[Part], *, seed: int) -> Log:
    """Kill these parts one after another under load; AssertionError unless all that was promised is there."""
    chance = random.Random(seed)  # noqa: S311 -- a proof that failed is to be repeated
    ready: list[float] = []
    began = time.monotonic()
    with saving(product, product.signed_in(DESKS), rate=RATE) as log:
        for number, part in enumerate(parts, 1):
            until_acknowledged(log, len(log.acknowledged) + 1)  # saves go on, and there is something to lose
            time.sleep(chance.uniform(0.05, 0.8))
            product.kill(part)
            seconds = product.restart()
            if part in {"arbiter", "server", "everything"}:
                ready.append(seconds)
            if number % len(CYCLE) == 0:
                check(product, log, after=f"{number} kills (seed {seed})")
        time.sleep(1)
    check(product, log, after=f"the last of {len(parts)} kills (seed {seed})")
    assert not log.refused, log.refused[:3]
    assert max(ready, default=0) <= READY_WITHIN, f"ready after {max(ready):.1f} s"
    note(
        "T-KILL",
        database=product.database_url.partition(":")[0],
        kills=len(parts),
        saves=len(log.acknowledged),
        tried_again=sum(log.again.values()),
        a_second=round(len(log.acknowledged) / (time.monotonic() - began), 1),
        lost=0,
        duplicated=0,
        altered=0,
        restarts=len(ready),
        ready_max_s=round(max(ready, default=0), 2),
        seed=seed,
    )
    return log


def check(product: Product, log: Log, *, after: str) -> None:
    """AssertionError unless what was acknowledged so far is there, once, and the file is sound."""
    found = verdict(product, log)
    assert found == KEPT, f"after {after}: {len(found.lost)} lost, {len(found.duplicated)} twice: {found}"[:2_000]
    assert not product.unsound(), product.unsound()


def cycles(rounds: int, *, seed: int) -> list[Part]:
    """What to kill, round by round: every cycle has all of it."""
    chance = random.Random(seed)  # noqa: S311 -- as above
    drawn = [part for _ in range(-(-rounds // len(CYCLE))) for part in chance.sample(CYCLE, len(CYCLE))]
    return drawn[:rounds]


@contextmanager
def deployed_anywhere(folder: Path, application: str = "wsgi") -> Iterator[Product]:
    """On SQLite, or on the PostgreSQL that these tests run on."""
    with own_database(folder) as url, deployed(folder, database_url=url, application=application) as product:
        yield product


def test_what_was_acknowledged_outlives_every_kill(tmp_path: Path) -> None:
    with deployed_anywhere(tmp_path) as product:
        log = kill_and_compare(product, cycles(ROUNDS, seed=SEED), seed=SEED)
    assert len(log.acknowledged) >= ROUNDS  # or there was nothing to lose


def test_canary_a_server_that_answers_before_it_commits_loses(tmp_path: Path) -> None:
    parts: list[Part] = ["process", "process", "everything", "process"]
    with (
        deployed_anywhere(tmp_path, "tests.survival.lying:answers_first") as product,
        pytest.raises(AssertionError, match=r"[1-9]\d* lost"),
    ):
        kill_and_compare(product, parts, seed=SEED)
