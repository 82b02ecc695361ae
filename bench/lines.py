"""What a measurement is: a figure of ours beside a reference of the same run, in alternating rounds."""

from __future__ import annotations

import json
import statistics
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

ROUNDS = 3
BASELINE = Path(__file__).with_name("baseline.json")
WORSE = 1.2
"""A ratio that grew by more than this against the baseline is shown in red."""


@dataclass(frozen=True)
class Line:
    name: str
    unit: str
    budget: str
    """As performance budgets are agreed, in words."""
    measure: Callable[[], float]
    reference: Callable[[], float]
    reference_name: str
    more_is_better: bool = False


def run_line(line: Line) -> dict[str, Any]:
    """The line's result: medians of alternating rounds, spread (max − min over median), ratio to the reference."""
    ours, theirs = [], []
    for _ in range(ROUNDS):
        theirs.append(line.reference())
        ours.append(line.measure())
    median, reference = statistics.median(ours), statistics.median(theirs)
    return {
        "line": line.name,
        "median": round(median, 4),
        "unit": line.unit,
        "spread": round((max(ours) - min(ours)) / median, 3) if median else 0,
        "reference": round(reference, 4),
        "reference_is": line.reference_name,
        "ratio": round(median / reference, 3) if reference else 0,
        "budget": line.budget,
        "more_is_better": line.more_is_better,
    }


def report(results: Iterable[dict[str, Any]]) -> list[dict[str, Any]]:
    """Print each result as a line of JSON, a regression against the baseline in red; returns them all."""
    baseline = json.loads(BASELINE.read_text(encoding="utf-8")) if BASELINE.exists() else {}
    done = []
    for result in results:
        text = json.dumps(result, ensure_ascii=False)
        print(f"\x1b[31m{text}\x1b[0m" if is_worse(result, baseline.get(result["line"])) else text, flush=True)
        done.append(result)
    return done


def is_worse(result: dict[str, Any], ratio_before: float | None) -> bool:
    """Whether the ratio is more than a fifth worse than the committed one."""
    if not ratio_before or not result["ratio"]:
        return False
    change: float = result["ratio"] / ratio_before
    return (1 / change if result["more_is_better"] else change) > WORSE
