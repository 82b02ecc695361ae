"""T-POWER: the sync of a save ends before its answer is sent, so that a power cut takes nothing that was promised.

A kill cannot show this: what the system has in memory outlives the process. The calls of the server can, and a disk
that holds only what was synced.
"""

from __future__ import annotations

import json
import random
import shutil
import sqlite3
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import dropwhile
from pathlib import Path

import pytest

from tests.survival.load import Log, saving, until_acknowledged
from tests.survival.rig import deployed
from tests.survival.sizes import FULL, note, sized
from tests.survival.tracing import Call, between, calls_in, texts_in, tracer, why_untraceable

SAVES = sized(100, 1_000)
CUTS = sized(10, 50)
"""Moments at which the power fails in the simulation."""
RATE, DESKS = 40.0, 8
DATABASE, LOG = "answers.sqlite", "answers.sqlite-wal"

SEED = random.SystemRandom().getrandbits(32)

pytestmark = [pytest.mark.slow, pytest.mark.timeout(3_600 if FULL else 240)]


@dataclass(frozen=True)
class Answered:
    """A save that was answered with 2xx, and whether a sync of the log stood between its writing and its answer."""

    text: str
    at: int
    """The moment at which the answer began to be sent."""
    synced: bool


@dataclass(frozen=True)
class Traced:
    """A run under the tracer: what was acknowledged, what the server did, and the files as they were before."""

    log: Log
    calls: Sequence[Call]
    before: Path

    def answers(self) -> list[Answered]:
        """Every acknowledged save, by the text in its request and in the log of the database."""
        promised = {self.log.sent[key] for key in self.log.acknowledged}
        received: dict[str, str] = {}
        written: dict[str, Call] = {}
        last_write: dict[int, Call] = {}
        syncs: list[Call] = []
        found = []
        for call in self.calls:
            if call.on.endswith(LOG):
                if call.syncs:
                    syncs.append(call)
                elif call.bytes:
                    last_write[call.thread] = call
                    for text in texts_in(call.bytes):
                        written.setdefault(text, call)
            elif call.name == "recvfrom":
                for text in texts_in(call.bytes):
                    received[call.on] = text
            elif call.sends and call.bytes.startswith(b"HTTP/1.1 200") and received.get(call.on) in promised:
                text = received.pop(call.on)
                frames = last_write[written[text].thread] if text in written else None  # the last is its commit
                found.append(Answered(text, call.began, frames is not None and between(syncs, frames, call)))
        return found

    def after_power_cut(self, moment: int, folder: Path, chance: random.Random | None) -> set[str]:
        """The texts that are in the database if the power fails then; AssertionError if it cannot be read.

        The disk has what was synced. Of what was written since, it has nothing, or by `chance` any of the writes.
        """
        disk = _Disk(self.before, folder)
        for call in self.calls:
            if call.ended >= moment:
                break
            disk.take(call)
        return disk.texts(chance)


class _Disk:
    """Files as they are when the power comes back: what was written since the last sync is not there."""

    def __init__(self, before: Path, folder: Path) -> None:
        shutil.copytree(before, folder)
        self.folder = folder
        self.unsynced: dict[str, list[Call]] = defaultdict(list)

    def take(self, call: Call) -> None:
        name = Path(call.on).name
        if name not in {DATABASE, LOG}:
            return
        if call.syncs:
            written = [each for each in self.unsynced[name] if each.ended < call.began]
            self.unsynced[name] = [each for each in self.unsynced[name] if each.ended >= call.began]
            self._put(name, written)
        elif call.name in {"pwrite64", "ftruncate"} and call.result >= 0:
            self.unsynced[name].append(call)

    def texts(self, chance: random.Random | None) -> set[str]:
        for name, calls in self.unsynced.items():
            self._put(name, [call for call in calls if chance is not None and chance.random() < 0.5])
        connection = sqlite3.connect(self.folder / DATABASE)
        try:
            assert [row[0] for row in connection.execute("PRAGMA integrity_check")] == ["ok"]
            rows = connection.execute("SELECT fields FROM answer_change").fetchall()
        finally:
            connection.close()
        return {text for (fields,) in rows for text in json.loads(fields).values()}

    def _put(self, name: str, calls: Sequence[Call]) -> None:
        path = self.folder / name
        with path.open("r+b" if path.exists() else "w+b") as file:
            for call in calls:
                if call.name == "ftruncate":
                    file.truncate(call.offset)
                else:
                    file.seek(call.offset)
                    file.write(call.bytes[: call.result])


def trace(folder: Path, application: str = "wsgi") -> Traced:
    """Save under the tracer, and end."""
    folder.mkdir()
    output, before = folder / "calls.trace", folder / "before"
    if why := why_untraceable(folder):
        pytest.skip(why)
    place = folder / "product"
    with deployed(place, application=application, with_worker=False, wrapped_by=tracer(output)) as product:
        first, desks = product.signed_in(DESKS), product.signed_in(DESKS)
        with saving(product, first, rate=RATE) as warming:  # so that every process has its connections
            until_acknowledged(warming, 2 * DESKS)
        before.mkdir()
        for name in (DATABASE, LOG):
            shutil.copy(place / name, before)
        with saving(product, desks, rate=RATE) as log:
            until_acknowledged(log, SAVES)
        assert not log.refused
    return Traced(log, _since(log, calls_in(output)), before)


def _since(log: Log, calls: Iterable[Call]) -> list[Call]:
    """The calls from the first request of a log on: what came before is in the files that were kept aside."""
    sent = set(log.sent.values())
    later = dropwhile(lambda call: call.name != "recvfrom" or sent.isdisjoint(texts_in(call.bytes)), calls)
    return [call for call in later if call.on.startswith("socket:") or Path(call.on).name in {DATABASE, LOG}]


def prove(traced: Traced, folder: Path, *, seed: int) -> None:
    """AssertionError unless every sync stood before its answer, and every power cut left what was promised."""
    answers = traced.answers()
    synced = sum(answer.synced for answer in answers)
    assert len(answers) == len(traced.log.acknowledged), "the trace does not have all answers"
    assert synced == len(answers), f"{synced} of {len(answers)} saves were synced before they were answered"
    check_power_cuts(traced, answers, folder, seed=seed)
    note(
        "T-POWER",
        database="sqlite",
        saves=len(answers),
        synced_before_answered=synced,
        power_cuts=2 * CUTS,
        lost=0,
        seed=seed,
    )


def check_power_cuts(traced: Traced, answers: Sequence[Answered], folder: Path, *, seed: int) -> None:
    """AssertionError unless after a power cut at any answer all that was answered until then is there."""
    chance = random.Random(seed)  # noqa: S311 -- a proof that failed is to be repeated
    for number, last in enumerate(chance.sample(answers, min(CUTS, len(answers)))):
        promised = {answer.text for answer in answers if answer.at <= last.at}
        for name, some in (("nothing", None), ("some", chance)):
            place = folder / f"cut-{number}-{name}"
            lost = promised - traced.after_power_cut(last.at, place, some)
            assert not lost, f"{len(lost)} of {len(promised)} lost by a power cut (seed {seed})"
            shutil.rmtree(place)


def test_the_sync_ends_before_the_answer_is_sent(tmp_path: Path) -> None:
    prove(trace(tmp_path / "run"), tmp_path, seed=SEED)


def test_canary_a_commit_that_is_not_synced_is_noticed(tmp_path: Path) -> None:
    """`synchronous=NORMAL`: safe from a kill, so only these two can tell, and each does for itself."""
    traced = trace(tmp_path / "run", "tests.survival.lying:syncs_seldom")
    with pytest.raises(AssertionError, match=r"\d+ of \d+ saves were synced before"):
        prove(traced, tmp_path, seed=SEED)
    with pytest.raises(AssertionError, match="lost by a power cut"):
        check_power_cuts(traced, traced.answers(), tmp_path, seed=SEED)


def test_canary_without_any_sync(tmp_path: Path) -> None:
    traced = trace(tmp_path / "run", "tests.survival.lying:never_syncs")
    with pytest.raises(AssertionError, match=r"\b0 of \d+ saves were synced before"):
        prove(traced, tmp_path, seed=SEED)
