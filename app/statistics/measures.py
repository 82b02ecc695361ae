"""What classical test theory measures of an exercise: plain numbers in, plain numbers out.

Sources: Crocker & Algina, Introduction to Classical and Modern Test Theory (1986): item difficulty, corrected
item-total correlation, coefficient alpha; Cronbach (1951) for alpha. A measure that has no value, such as a
correlation where everybody earned the same, is None: it is never made up.
"""

from __future__ import annotations

from collections.abc import Sequence
from math import fsum, sqrt

Numbers = Sequence[float]


def mean(values: Numbers) -> float | None:
    """The arithmetic mean; None of nothing."""
    return fsum(values) / len(values) if values else None


def variance(values: Numbers) -> float | None:
    """The variance of a sample (divisor n − 1); None below two values."""
    if len(values) < 2:
        return None
    centre = fsum(values) / len(values)
    return fsum((value - centre) ** 2 for value in values) / (len(values) - 1)


def correlation(left: Numbers, right: Numbers) -> float | None:
    """Pearson's r; with values 0 and 1 on one side the point-biserial. None where one side does not vary."""
    if len(left) < 2:
        return None
    centre, other = fsum(left) / len(left), fsum(right) / len(right)
    together = fsum((a - centre) * (b - other) for a, b in zip(left, right, strict=True))
    spread = sqrt(fsum((a - centre) ** 2 for a in left) * fsum((b - other) ** 2 for b in right))
    if spread <= 1e-12 * max(1.0, abs(centre), abs(other)):  # what is left of equal values after rounding
        return None
    return max(-1.0, min(1.0, together / spread))


def discrimination(item: Numbers, totals: Numbers) -> float | None:
    """The corrected item-total correlation: between an item and the rest of the exercise without it.

    None where there is no rest that varies.
    """
    return correlation(item, [total - own for own, total in zip(item, totals, strict=True)])


def alpha(rows: Sequence[Numbers]) -> float | None:
    """Cronbach's alpha of persons (rows) by items (columns); None below two items or persons, or without spread.

    It may be negative: then the items measure against each other.
    """
    items = len(rows[0]) if rows else 0
    whole = variance([fsum(row) for row in rows])
    if items < 2 or not whole or whole <= 1e-12:
        return None
    parts = [variance([row[number] for row in rows]) or 0.0 for number in range(items)]
    return items / (items - 1) * (1 - fsum(parts) / whole)


def standard_error(totals: Numbers, reliability: float | None) -> float | None:
    """The standard error of measurement, in points: how far a person's points would vary on like exercises."""
    spread = variance(totals)
    if spread is None or reliability is None or reliability < 0:
        return None
    return sqrt(spread * (1 - min(reliability, 1.0)))


def quantile(values: Numbers, share: float) -> float | None:
    """The value below which a share of the values lies, interpolated linearly (Hyndman & Fan type 7)."""
    if not values:
        return None
    ordered = sorted(values)
    place = share * (len(ordered) - 1)
    below = int(place)
    above = min(below + 1, len(ordered) - 1)
    return ordered[below] + (place - below) * (ordered[above] - ordered[below])
