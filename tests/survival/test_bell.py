"""T-BELL: a room full of people who save all the time and then hand in together is no event."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

import pytest
from sqlalchemy import func, select

from app.assessment.models import AnswerChange, Submission
from app.db import Database
from bench.load import cpu_seconds
from tests.survival.load import KEPT, verdict
from tests.survival.nodes import missing_tools, several_nodes
from tests.survival.places import own_database
from tests.survival.rig import Product, deployed
from tests.survival.room import Bell, Room, share
from tests.survival.sizes import FULL, note, run_apart, sized

TRAINEES = sized(100, 500)
PAUSE = float(sized(5, 10))
"""Seconds between two saves of a page."""
LASTS = sized(8, 600)
AT_THE_BELL = sized(20, 50)
P95, P99, ALL_HANDED_IN = 100.0, 300.0, 1.0
"""Milliseconds for a save, milliseconds, seconds for those at the bell: asked of two quiet cores."""

pytestmark = [pytest.mark.slow, pytest.mark.timeout(3_600 if FULL else 240)]


@dataclass(frozen=True)
class Figures:
    """What was measured; times of saves in milliseconds."""

    saves: int
    a_second: float
    p50_ms: float
    p95_ms: float
    p99_ms: float
    longest_ms: float
    at_the_bell: int
    handed_in_within_s: float
    later: int
    later_within_s: float
    generator_late_p99_ms: float
    generator_cpu_share: float
    server_cpu_share: float


def ring(
    product: Product, *others: Product, ports: Sequence[int] = (), trainees: int, lasts: float, bell: int
) -> Figures:
    """Save for so long, hand in, and compare; AssertionError unless all is kept and no answer is a failure."""
    room = Room(ports or product.ports, product.signed_in(trainees), pause=PAUSE)
    servers = [each.running["web"].pid for each in (product, *others)]
    began, cpu, served = time.monotonic(), time.process_time(), sum(map(cpu_seconds, servers))
    first, later = run_apart(lambda: _evening(room, lasts, bell))
    took, late = sorted(room.log.took), sorted(room.lateness)
    seconds = time.monotonic() - began
    served = sum(map(cpu_seconds, servers)) - served
    assert not room.log.refused + first.others + later.others, (room.log.refused, first.others, later.others)
    assert not room.log.again, f"answers that had to be asked for again: {room.log.again}"
    assert verdict(product, room.log) == KEPT
    assert _handed_in_whole(product, room) == trainees == first.handed_in + later.handed_in
    return Figures(
        saves=len(took),
        a_second=round(len(took) / lasts, 1),
        p50_ms=share(took, 0.5),
        p95_ms=share(took, 0.95),
        p99_ms=share(took, 0.99),
        longest_ms=share(took, 1),
        at_the_bell=first.handed_in,
        handed_in_within_s=round(first.seconds, 2),
        later=later.handed_in,
        later_within_s=round(later.seconds, 2),
        generator_late_p99_ms=share(late, 0.99),
        generator_cpu_share=round((time.process_time() - cpu) / seconds, 2),
        server_cpu_share=round(served / seconds, 2),
    )


async def _evening(room: Room, lasts: float, bell: int) -> tuple[Bell, Bell]:
    """All save; shortly before the end the first hand in while the others go on; then these."""
    until = time.monotonic() + lasts
    early, others = room.pages[:bell], room.pages[bell:]
    writing = asyncio.gather(room.autosave(early, until - PAUSE / 2), room.autosave(others, until))
    await asyncio.sleep(max(0.0, until - PAUSE / 4 - time.monotonic()))
    first = await room.hand_in(early)
    await writing
    return first, await room.hand_in(others)


def _handed_in_whole(product: Product, room: Room) -> int:
    """How many attempts were handed in with the newest text that was saved."""
    newest = (
        select(AnswerChange.attempt_id, func.max(AnswerChange.id).label("id"))
        .group_by(AnswerChange.attempt_id)
        .subquery()
    )
    attempts = [page.desk.attempt_id for page in room.pages]
    whole = select(func.count()).select_from(Submission).outerjoin(newest, newest.c.attempt_id == Submission.attempt_id)
    whole = whole.where(Submission.attempt_id.in_(attempts), Submission.change_id.is_not_distinct_from(newest.c.id))
    database = Database(product.database_url)
    try:
        with database.looking() as connection:
            return connection.scalar(whole) or 0
    finally:
        database.engine.dispose()


def expect_no_waiting(figures: Figures) -> None:
    """AssertionError where somebody had to wait."""
    assert figures.p95_ms <= P95, f"p95 of saves is {figures.p95_ms} ms"
    assert figures.p99_ms <= P99, f"p99 of saves is {figures.p99_ms} ms"
    assert figures.handed_in_within_s <= ALL_HANDED_IN, (
        f"{figures.at_the_bell} handed in: {figures.handed_in_within_s} s"
    )


def test_a_full_room_saves_and_hands_in(tmp_path: Path) -> None:
    with own_database(tmp_path) as url, deployed(tmp_path, database_url=url) as product:
        figures = ring(product, trainees=TRAINEES, lasts=LASTS, bell=AT_THE_BELL)
    note("T-BELL", database=url.partition(":")[0], nodes=1, trainees=TRAINEES, **asdict(figures))
    if FULL and url.startswith("sqlite"):
        expect_no_waiting(figures)


def test_canary_a_server_that_takes_its_time_is_noticed(tmp_path: Path) -> None:
    with deployed(tmp_path, application="tests.survival.lying:saves_slowly", with_worker=False) as product:
        figures = ring(product, trainees=30, lasts=PAUSE, bell=5)
    with pytest.raises(AssertionError, match="p95 of saves"):
        expect_no_waiting(figures)


@pytest.mark.skipif(bool(missing_tools()), reason=missing_tools() or "all there")
def test_two_nodes_on_postgresql_lose_nothing(tmp_path: Path) -> None:
    with several_nodes(tmp_path) as nodes:
        figures = ring(*nodes.nodes, ports=[nodes.proxy], trainees=TRAINEES, lasts=LASTS, bell=AT_THE_BELL)
    note("T-BELL", database="postgresql", nodes=2, trainees=TRAINEES, **asdict(figures))
