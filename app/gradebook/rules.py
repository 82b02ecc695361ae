"""What a gradebook comes to, over plain values and exactly: weights, several attempts, lateness, what is left out."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from fractions import Fraction
from math import lcm
from typing import Any, Literal, get_args

from app.assessment.rules import Counting, counted_by

COUNTINGS: tuple[Counting, ...] = get_args(Counting)
NOTHING, ALL = Fraction(0), Fraction(1)
HUNDRED = 100
DAY = timedelta(days=1)

ScoreState = Literal["counts", "missed", "waiting", "open", "excused", "unmarked"]
"""`counts`: marked; `missed`: closed with nothing handed in, so nothing earned; `waiting`: handed in, with no points to
be seen yet; `open`: can still be handed in; `excused`: neither asked nor counted; `unmarked`: gives no points.
"""


@dataclass(frozen=True)
class ExerciseRule:
    """What a cohort says about an exercise; what it does not say is as the exercise has it."""

    weight: Fraction | None = None
    """None: its points."""
    counting: Counting | None = None
    """Which of several attempts counts."""
    category: str = ""


@dataclass(frozen=True)
class LateRule:
    """What lateness costs: so many per cent of the points earned for each day begun, up to so many in all."""

    grace: int = 0
    """Minutes that cost nothing."""
    percent: int = 0
    """A day."""
    most: int = HUNDRED
    """Per cent in all."""


@dataclass(frozen=True)
class Rules:
    """How the totals of a cohort are made up."""

    exercises: Mapping[str, ExerciseRule] = field(default_factory=dict)
    dropped: Mapping[str, int] = field(default_factory=dict)
    """Category → how many of each person's lowest are left out; "" holds the exercises without one."""
    late: LateRule = LateRule()

    def of(self, exercise: str) -> ExerciseRule:
        """The rule of an exercise."""
        return self.exercises.get(exercise, ExerciseRule())

    def stored(self) -> dict[str, Any]:
        """As it stands in GradeRules."""
        return {
            "exercises": {
                slug: {
                    "weight": None if each.weight is None else str(each.weight),
                    "counting": each.counting,
                    "category": each.category,
                }
                for slug, each in sorted(self.exercises.items())
                if each != ExerciseRule()
            },
            "dropped": {category: count for category, count in sorted(self.dropped.items()) if count},
            "late": {"grace": self.late.grace, "percent": self.late.percent, "most": self.late.most},
        }

    @classmethod
    def read(cls, stored: Mapping[str, Any]) -> Rules:
        """What `stored` wrote."""
        exercises = {
            slug: ExerciseRule(
                None if each["weight"] is None else Fraction(each["weight"]), each["counting"], each["category"]
            )
            for slug, each in stored["exercises"].items()
        }
        return cls(exercises, dict(stored["dropped"]), LateRule(**stored["late"]))


@dataclass(frozen=True)
class Graded:
    """An exercise as totals take it."""

    slug: str
    possible: Fraction
    weight: Fraction
    counting: Counting
    category: str


@dataclass(frozen=True)
class Turned:
    """An attempt that was handed in and counts."""

    earned: Fraction | None
    """Before anything is taken off; None: it waits for marks, or may not be seen."""
    days_late: int = 0


@dataclass(frozen=True)
class Score:
    """What somebody has of an exercise."""

    state: ScoreState
    points: Fraction | None = None
    """That count, after lateness; None where there are none as yet."""
    days_late: int = 0
    """Of the attempt handed in last."""
    least: Fraction | None = None
    """The share that it comes to were nothing more to come; None: what it has, or nothing."""
    most: Fraction | None = None
    """The share that may still come of it; None: what it has."""

    @property
    def is_settled(self) -> bool:
        """Whether it is part of what totals say by now."""
        return self.state in ("counts", "missed")


@dataclass(frozen=True)
class Total:
    """What somebody's scores come to, as shares of the whole; None where nothing gives points."""

    now: Fraction | None
    """Of what is settled by now."""
    with_nothing: Fraction | None
    """Were everything that is not settled worth nothing."""
    with_all: Fraction | None
    """Were it worth as much as it can be. No upper bound where things of different weight are left out by their shares:
    a better light one may push out a heavy one that was better still.
    """
    dropped: frozenset[str] = frozenset()
    """The exercises that are left out of `now`."""


def days_late(handed_in: datetime, due: datetime | None, *, extra: int, grace: int) -> int:
    """The days, each counted when it begins, from `due` on; none within the grace. `extra`, `grace`: minutes."""
    if due is None:
        return 0
    after = handed_in - due - timedelta(minutes=extra)
    if after <= timedelta(minutes=grace):
        return 0
    return -(-after // DAY)


def kept_share(days: int, late: LateRule) -> Fraction:
    """The share of the points earned that is left after so many days."""
    less = min(days * late.percent, late.most, HUNDRED)
    return ALL - Fraction(less, HUNDRED) if less else ALL


def score_of(
    exercise: Graded, turned: Sequence[Turned], late: LateRule, *, closed: bool, late_by_now: int = 0
) -> Score:
    """The score of an exercise from the attempts that count, oldest first; `closed`: nothing more can be handed in.

    Lateness is taken off each attempt, and then one of them counts. `late_by_now`: days, for what is still open.
    """
    if not exercise.possible:
        return Score("unmarked")
    if not turned:
        return Score("missed", NOTHING) if closed else Score("open", most=kept_share(late_by_now, late))
    left, days = [_left(each.earned, each, late) for each in turned], turned[-1].days_late
    points = left[0] if len(left) == 1 else counted_by(exercise.counting, left)
    state: ScoreState = "waiting" if points is None else "counts"
    if all(each is not None for each in left):
        return Score(state, points, days)
    least, most = (_supposed(exercise, turned, late, each) for each in (NOTHING, exercise.possible))
    return Score(state, points, days, least, most)


def _left(earned: Fraction | None, turned: Turned, late: LateRule) -> Fraction | None:
    if earned is None or not turned.days_late:
        return earned
    return earned * kept_share(turned.days_late, late)


def _supposed(exercise: Graded, turned: Sequence[Turned], late: LateRule, points: Fraction) -> Fraction:
    """The share it comes to if each attempt that waits were given these points."""
    left = [_left(points if each.earned is None else each.earned, each, late) for each in turned]
    return (counted_by(exercise.counting, left) or NOTHING) / exercise.possible


def total_of(exercises: Sequence[Graded], scores: Mapping[str, Score], dropped: Mapping[str, int]) -> Total:
    """The weighted mean of the shares earned, without what is excused, gives no points or is left out."""
    asked = [each for each in exercises if scores[each.slug].state not in ("excused", "unmarked") and each.possible]
    settled = {e.slug: (scores[e.slug].points or NOTHING) / e.possible for e in asked if scores[e.slug].is_settled}
    now, left_out = _mean(asked, settled, dropped)
    rest = {e.slug: scores[e.slug] for e in asked if e.slug not in settled or scores[e.slug].most is not None}
    if not rest:
        return Total(now, now, now, left_out)
    least = {slug: settled.get(slug, NOTHING) if each.least is None else each.least for slug, each in rest.items()}
    most = {slug: ALL if each.most is None else each.most for slug, each in rest.items()}
    with_nothing, with_all = (_mean(asked, settled | each, dropped)[0] for each in (least, most))
    return Total(now, with_nothing, with_all, left_out)


def lowest(exercises: Iterable[Graded], shares: Mapping[str, Fraction], dropped: Mapping[str, int]) -> frozenset[str]:
    """The exercises that are left out: of each category the lowest shares, and never all that there are.

    Of two equal ones the heavier is left out, then the earlier one. What weighs nothing is no candidate.
    """
    found: dict[str, list[Graded]] = {}
    for each in exercises if any(dropped.values()) else ():
        if each.slug in shares and each.weight and dropped.get(each.category):
            found.setdefault(each.category, []).append(each)
    return frozenset(
        each.slug
        for category, there in found.items()
        for each in _lowest_first(there, shares)[: min(dropped[category], len(there) - 1)]
    )


def _lowest_first(there: Sequence[Graded], shares: Mapping[str, Fraction]) -> list[Graded]:
    lows, weights = _whole([shares[each.slug] for each in there]), _whole([each.weight for each in there])
    return [there[place] for *_, place in sorted((low, -weights[n], n) for n, low in enumerate(lows))]


def _whole(numbers: Sequence[Fraction]) -> list[int]:
    """All over one denominator: whole numbers are compared ten times as fast."""
    under = lcm(*(each.denominator for each in numbers))
    return [each.numerator * (under // each.denominator) for each in numbers]


def _mean(
    exercises: Sequence[Graded], shares: Mapping[str, Fraction], dropped: Mapping[str, int]
) -> tuple[Fraction | None, frozenset[str]]:
    left_out = lowest(exercises, shares, dropped)
    earned: defaultdict[int, int] = defaultdict(int)  # by denominator: whole numbers are added ten times as fast
    asked: defaultdict[int, int] = defaultdict(int)
    for each in exercises:
        share = shares.get(each.slug)
        if share is not None and each.slug not in left_out:
            over, under = each.weight.as_integer_ratio()
            earned[under * share.denominator] += over * share.numerator
            asked[under] += over
    weight = _sum(asked)
    return (_sum(earned) / weight if weight else None), left_out


def _sum(numerators: Mapping[int, int]) -> Fraction:
    """Of fractions given as denominator → numerator."""
    return sum((Fraction(over, under) for under, over in numerators.items()), NOTHING)
