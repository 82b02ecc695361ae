"""How large a proof is, where its load runs, and what it measured."""

from __future__ import annotations

import asyncio
import json
import os
from collections.abc import Callable, Coroutine
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, TypeVar

T = TypeVar("T")

FULL = os.environ.get("SOAK") == "1"
FIGURES = Path(__file__).parents[2] / "build/soak.jsonl"


def sized(short: int, full: int) -> int:
    """The number of rounds: the small one in `make test`, the large one in `make soak`."""
    return full if FULL else short


def run_apart(work: Callable[[], Coroutine[Any, Any, T]]) -> T:
    """What a coroutine returns, run in a thread of its own: a browser of the same test process has a loop here."""
    with ThreadPoolExecutor(1) as thread:
        return thread.submit(lambda: asyncio.run(work())).result()


def note(proof: str, **figures: object) -> None:
    """Write down what a proof measured, one line of JSON a run."""
    FIGURES.parent.mkdir(exist_ok=True)
    line = {"proof": proof, "at": datetime.now(UTC).isoformat(timespec="seconds"), "full": FULL, **figures}
    with FIGURES.open("a", encoding="utf-8") as file:
        file.write(json.dumps(line, ensure_ascii=False) + "\n")
