"""From answers to scores: for each dimension the weighted mean of its answers, in percent of the range of the scale."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction

from app.exercises.kinds.survey.spec import SurveySpec
from app.exercises.prepared import prepared


@dataclass(frozen=True)
class _Counting:
    shares: Mapping[str, Fraction]
    """Step → where it lies between the lowest (0) and the highest (1)."""
    weights: Mapping[str, tuple[tuple[str, Fraction], ...]]
    """Dimension → its items with what they count there, below 0 where turned round."""
    least: Fraction


@prepared
def _counting(spec: SurveySpec) -> _Counting:
    values = spec.values
    low, high = min(values.values()), max(values.values())
    weights: dict[str, list[tuple[str, Fraction]]] = {dimension.id: [] for dimension in spec.dimensions}
    for item in spec.items:
        for name, weight in spec.weights(item).items():
            weights[name].append((item.id, weight))
    return _Counting(
        {step: (value - low) / (high - low) for step, value in values.items()},
        {name: tuple(items) for name, items in weights.items()},
        Fraction(spec.least.removesuffix("%")) / 100,
    )


def scores_of(spec: SurveySpec, steps: Mapping[str, str]) -> dict[str, Fraction | None]:
    """Dimension → its score from 0 to 100; None where too few of its items were answered. `steps`: item → step."""
    counting = _counting(spec)
    return {name: _score(counting, items, steps) for name, items in counting.weights.items()}


def _score(counting: _Counting, items: tuple[tuple[str, Fraction], ...], steps: Mapping[str, str]) -> Fraction | None:
    answered = [(steps[item], weight) for item, weight in items if item in steps]
    if not answered or len(answered) < counting.least * len(items):
        return None
    earned = sum(
        (
            weight * counting.shares[step] if weight > 0 else -weight * (1 - counting.shares[step])
            for step, weight in answered
        ),
        Fraction(0),
    )
    return 100 * earned / sum((abs(weight) for _, weight in answered), Fraction(0))
