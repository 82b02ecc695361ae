"""T-DISK: a disk that is full to the last byte. Nothing acknowledged is lost, and room is all it takes to go on."""

from __future__ import annotations

import os
import shutil
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from errno import ENOSPC
from pathlib import Path

import pytest

from tests.survival.load import KEPT, Log, saving, verdict
from tests.survival.rig import Product, deployed
from tests.survival.sizes import FULL, note, sized

ROUNDS = sized(3, 20)
RATE, DESKS = 40.0, 16
AGAIN_WITHIN = 30.0
"""Seconds until a page that was refused has saved, once there is room."""
TOLD = {"503", "507"}
"""What a full disk may be answered with."""

pytestmark = [
    pytest.mark.slow,
    pytest.mark.timeout(1_800 if FULL else 300),
    pytest.mark.skipif(os.geteuid() != 0, reason="only root can make a disk of 20 MB"),
]


@contextmanager
def small_disk(folder: Path) -> Iterator[Path]:
    """A disk of 20 MB, gone afterwards."""
    folder.mkdir()
    made = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=20m", "tmpfs", folder], capture_output=True, text=True, check=False
    )
    if made.returncode:
        pytest.skip(f"no small disk can be made here: {made.stderr.strip()}")
    try:
        yield folder
    finally:
        subprocess.run(["umount", "--lazy", folder], check=True)


@contextmanager
def on_a_small_disk(folder: Path, application: str = "wsgi") -> Iterator[tuple[Product, Path]]:
    """The product, with its database and its instance folder on a small disk, and what fills that."""
    with deployed(folder / "before", with_worker=False) as product:
        pass  # it is furnished where there is room: with less than 200 MB nobody begins
    with small_disk(folder / "disk") as disk:
        database = disk / "answers.sqlite"
        shutil.copy(product.database_url.removeprefix("sqlite:///"), database)
        shutil.copytree(product.instance, disk / "instance", ignore=shutil.ignore_patterns("cache"))
        small = replace(
            product,
            database_url=f"sqlite:///{database}",
            settings={**product.settings, "INSTANCE_PATH": str(disk / "instance")},
            application=application,
            with_worker=True,
            running={},
            _app=None,
        )
        try:
            small.start()
            yield small, disk / "ballast"
        finally:
            small.stop()


def fill(ballast: Path) -> int:
    """Take every byte, as long as there are any; how many."""
    with ballast.open("ab", buffering=0) as file:
        for size in (65_536, 4_096, 1):
            try:
                while True:
                    file.write(b"x" * size)
            except OSError as full:
                if full.errno != ENOSPC:
                    raise
        return file.tell()


def fill_and_free(product: Product, ballast: Path, rounds: int) -> Log:
    """Save all the time while the disk is filled and freed; AssertionError unless all that was promised is there."""
    longest = 0.0
    with saving(product, product.signed_in(DESKS), rate=RATE) as log:
        for number in range(rounds):
            time.sleep(0.5)
            refused = sum(log.again.values())
            until = time.monotonic() + AGAIN_WITHIN
            while sum(log.again.values()) < refused + DESKS and time.monotonic() < until:
                fill(ballast)  # again and again: what a checkpoint lets go of is taken as well
                time.sleep(0.05)
            assert sum(log.again.values()) > refused, f"round {number}: nobody noticed that the disk was full"
            ballast.unlink()
            longest = max(longest, seconds_until_saved(log))
        time.sleep(0.5)
    check(product, log)
    note(
        "T-DISK",
        rounds=rounds,
        saves=len(log.acknowledged),
        refused=dict(log.again),
        lost=0,
        saved_again_within_s=round(longest, 2),
    )
    return log


def seconds_until_saved(log: Log) -> float:
    """How long it takes until saves are acknowledged again, nothing having been started anew."""
    began, acknowledged = time.monotonic(), len(log.acknowledged)
    while len(log.acknowledged) < acknowledged + DESKS:
        assert time.monotonic() - began < AGAIN_WITHIN, "there is room again, and nothing is saved"
        time.sleep(0.02)
    return time.monotonic() - began


def check(product: Product, log: Log) -> None:
    found = verdict(product, log)
    assert found == KEPT, f"{len(found.lost)} lost, {len(found.duplicated)} twice: {found}"[:2_000]
    assert not product.unsound(), product.unsound()
    assert not log.refused, log.refused[:3]
    assert log.again.keys() <= TOLD


def test_what_was_acknowledged_outlives_a_full_disk(tmp_path: Path) -> None:
    with on_a_small_disk(tmp_path) as (product, ballast):
        processes = product.serving()
        log = fill_and_free(product, ballast, ROUNDS)
        assert product.serving() == processes  # nobody was started anew
        assert "Traceback" not in product.log("web") + product.log("worker")
        assert product.log("web").count("full, first at") <= 2 * ROUNDS  # a line for each process, not for each save
    assert log.again["507"] > 0


def test_canary_a_server_that_answers_before_it_commits_loses(tmp_path: Path) -> None:
    with on_a_small_disk(tmp_path, "tests.survival.lying:answers_first") as (product, ballast):
        with saving(product, product.signed_in(DESKS), rate=RATE) as log:
            time.sleep(0.5)
            fill(ballast)
            time.sleep(2)
            ballast.unlink()
            time.sleep(0.5)
        with pytest.raises(AssertionError, match=r"[1-9]\d* lost"):
            check(product, log)
