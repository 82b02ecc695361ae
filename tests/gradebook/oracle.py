"""A gradebook written a second time, from the words of the documentation alone, over plain values and slowly.

Nothing of the product is imported: what both say the same must be what the words say.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from fractions import Fraction
from typing import Any


@dataclass
class Handed:
    """An attempt that was handed in: when (never late from paper), and its points where they are known."""

    at: datetime
    points: Fraction | None
    paper: bool = False
    extra: int = 0
    """Of whoever of its group has most minutes more."""


@dataclass
class Task:
    """An exercise with what the cohort says about it."""

    points: Fraction
    counting: str
    weight: Fraction | None = None
    cohort_counting: str = ""
    category: str = ""
    due: datetime | None = None
    closes: datetime | None = None
    results: str = "at_once"
    """When a trainee may see points: at once, after it closed, once released."""
    released: bool = False


@dataclass
class Say:
    """The rules that hold for all."""

    percent: int = 0
    most: int = 100
    grace: int = 0
    lowest: dict[str, int] = field(default_factory=dict)


@dataclass
class Somebody:
    """What one person did: by exercise their attempts, excuses, and minutes more."""

    handed: dict[str, list[Handed]]
    excused: set[str]
    extra: dict[str, int]


def late_days(at: datetime, task: Task, extra: int, grace: int) -> int:
    """Days begun after the time it was due, none within the minutes that cost nothing."""
    if task.due is None:
        return 0
    over = at - (task.due + timedelta(minutes=extra))
    days = 0
    while over > timedelta(days=days):
        days += 1
    return 0 if over <= timedelta(minutes=grace) else days


def worth(points: Fraction, days: int, say: Say) -> Fraction:
    """What lateness leaves of points."""
    lost = 0
    for _ in range(days):
        lost = min(lost + say.percent, say.most)
    return points * (100 - lost) / 100


def counted(task: Task, points: list[Fraction]) -> Fraction:
    """The best, the last, or the mean."""
    how = task.cohort_counting or task.counting
    return {"best": max(points), "last": points[-1], "mean": sum(points) / Fraction(len(points))}[how]


def one(
    task: Task, who: Somebody, slug: str, say: Say, now: datetime, *, own: bool
) -> tuple[Fraction | None, Fraction, Fraction] | None:
    """The points by now, at least and at most; None where the exercise is none of this person's total."""
    if slug in who.excused or task.points == 0:
        return None
    more = timedelta(minutes=who.extra.get(slug, 0))
    closed = task.closes is not None and now >= task.closes + more
    turns = who.handed.get(slug, [])
    if not turns:
        if closed:
            return Fraction(0), Fraction(0), Fraction(0)
        return None, Fraction(0), worth(task.points, late_days(now, task, who.extra.get(slug, 0), say.grace), say)
    seen = not own or task.results == "at_once" or task.released or (task.results == "after_close" and closed)
    days = [0 if each.paper else late_days(each.at, task, each.extra, say.grace) for each in turns]
    known = [each.points if seen else None for each in turns]

    def with_rest(rest: Fraction) -> Fraction:
        return counted(task, [worth(rest if p is None else p, d, say) for p, d in zip(known, days, strict=True)])

    least, most = with_rest(Fraction(0)), with_rest(task.points)
    how = task.cohort_counting or task.counting
    both = list(zip(known, days, strict=True))
    decided = {"best": [each for each in both if each[0] is not None], "last": both[-1:], "mean": both}[how]
    decided = [] if any(points is None for points, _ in decided) else decided
    by_now = counted(task, [worth(p, d, say) for p, d in decided if p is not None]) if decided else None
    return by_now, least, most


def mean_of(tasks: dict[str, Task], shares: dict[str, Fraction], say: Say) -> tuple[Fraction | None, set[str]]:
    """The weighted mean without the lowest, which go one after the other."""
    weight = {slug: tasks[slug].points if tasks[slug].weight is None else tasks[slug].weight for slug in tasks}
    out: set[str] = set()
    for category, count in say.lowest.items():
        there = [slug for slug in tasks if slug in shares and tasks[slug].category == category and weight[slug] != 0]
        for _ in range(count):
            if len(there) <= 1:
                break
            worst = there[0]
            for slug in there[1:]:
                lower = shares[slug] < shares[worst]
                heavier = shares[slug] == shares[worst] and (weight[slug] or 0) > (weight[worst] or 0)
                worst = slug if lower or heavier else worst
            there.remove(worst)
            out.add(worst)
    left = [slug for slug in shares if slug not in out]
    whole = sum((weight[slug] or Fraction(0) for slug in left), Fraction(0))
    top = sum(((weight[slug] or Fraction(0)) * shares[slug] for slug in left), Fraction(0))
    return (top / whole if whole else None), out


def totals(tasks: dict[str, Task], who: Somebody, say: Say, now: datetime, *, own: bool = False) -> dict[str, Any]:
    """Somebody's total by now, with nothing more, and with all of the rest; what is left out; points by exercise."""
    found = {slug: one(task, who, slug, say, now, own=own) for slug, task in tasks.items()}
    there = {slug: each for slug, each in found.items() if each is not None}
    by_now = {slug: each[0] / tasks[slug].points for slug, each in there.items() if each[0] is not None}
    least = {slug: each[1] / tasks[slug].points for slug, each in there.items()}
    most = {slug: each[2] / tasks[slug].points for slug, each in there.items()}
    now_total, out = mean_of(tasks, by_now, say)
    return {
        "now": now_total,
        "least": mean_of(tasks, least, say)[0],
        "most": mean_of(tasks, most, say)[0],
        "out": out,
        "points": {slug: each[0] for slug, each in there.items() if each[0] is not None},
    }
