"""How large a proof is, and what it measured."""

from __future__ import annotations

import json
import os
from datetime import UTC, datetime
from pathlib import Path

FULL = os.environ.get("SOAK") == "1"
FIGURES = Path(__file__).parents[2] / "build/soak.jsonl"


def sized(short: int, full: int) -> int:
    """The number of rounds: the small one in `make test`, the large one in `make soak`."""
    return full if FULL else short


def note(proof: str, **figures: object) -> None:
    """Write down what a proof measured, one line of JSON a run."""
    FIGURES.parent.mkdir(exist_ok=True)
    line = {"proof": proof, "at": datetime.now(UTC).isoformat(timespec="seconds"), "full": FULL, **figures}
    with FIGURES.open("a", encoding="utf-8") as file:
        file.write(json.dumps(line, ensure_ascii=False) + "\n")
