"""What is said of an exercise from the answers to it, and what is left unsaid because there are too few."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import pairwise
from typing import Literal

from app.documents.blocks import Text
from app.statistics.measures import alpha, correlation, discrimination, mean, quantile, standard_error
from app.words import Sentence, say

FEWEST_SHOWN = 5
"""Answers below which nothing is shown: figures of three people are people."""
FEWEST_JUDGED = 10
"""Answers below which discrimination, distractors and reliability are left out: they would be chance."""
FEWEST_STEADY = 30
"""Answers below which figures are called preliminary."""
CHANCE = 0.3
"""A correlation that small comes about by chance in every third question while figures are preliminary."""
FEWEST_TYPED = 3
"""People who must have typed the same before it is shown."""
MOST_TYPED = 6
LONGEST_PAUSE = timedelta(minutes=5)
"""A longer gap between two saves is somebody who does something else."""


@dataclass(frozen=True)
class Given:
    """One person's first answer to an exercise, without the person."""

    earned: Mapping[str, float]
    """Part id → points."""
    values: Mapping[str, str]
    """Field name → what stood there, as it is compared."""
    minutes: float | None
    """Worked on it; None where nobody knows, as with paper."""


@dataclass(frozen=True)
class Asked:
    """A part of the key's marking."""

    id: str
    label: str
    possible: float


@dataclass(frozen=True)
class Option:
    """What an answer may be: this text in this field."""

    field: str
    text: str
    label: str
    is_right: bool


@dataclass(frozen=True)
class Countable:
    """A question whose answers can be counted."""

    label: Text
    names: tuple[str, ...]
    """Its fields."""
    options: tuple[Option, ...]
    """What can be chosen or ticked; what is typed has none."""
    right: str = ""
    """What the key has where something is typed, as it is compared."""


@dataclass(frozen=True)
class ItemRow:
    label: str
    difficulty: float
    """Of its points, the share that was earned: 1 is very easy."""
    discrimination: float | None
    remark: Sentence | None


@dataclass(frozen=True)
class OptionRow:
    label: str
    count: int
    share: float
    rest: float | None
    """The mean share of points, elsewhere in the exercise, of whoever took it."""
    is_right: bool
    remark: Sentence | None


@dataclass(frozen=True)
class Counted:
    label: Text
    options: tuple[OptionRow, ...]
    blank: int


@dataclass(frozen=True)
class Times:
    """Minutes that people worked: the quarters, of so many."""

    count: int
    lower: float
    median: float
    upper: float


@dataclass(frozen=True)
class Findings:
    """All that is said of an exercise."""

    count: int
    items: tuple[ItemRow, ...]
    questions: tuple[Counted, ...]
    share: float | None
    """Mean of the points earned by key, of those possible."""
    reliability: float | None
    error: float | None
    """The standard error of measurement, in points."""
    times: Times | None
    warnings: tuple[Sentence, ...]

    @property
    def sureness(self) -> Literal["none", "low", "preliminary", "steady"]:
        if self.count < FEWEST_SHOWN:
            return "none"
        if self.count < FEWEST_JUDGED:
            return "low"
        return "preliminary" if self.count < FEWEST_STEADY else "steady"


def findings(
    given: Sequence[Given], asked: Sequence[Asked], questions: Sequence[Countable], *, minutes: int
) -> Findings:
    """What the answers say of their exercise. `minutes`: how long its author says that it takes."""
    count = len(given)
    if count < FEWEST_SHOWN:
        few = say("There are {count} answers. From {least} on, figures stand here.", count=count, least=FEWEST_SHOWN)
        return Findings(count, (), (), None, None, None, None, (few,))
    rows = [[answer.earned.get(part.id, 0.0) for part in asked] for answer in given]
    totals = [sum(row) for row in rows]
    possible = sum(part.possible for part in asked)
    judged = count >= FEWEST_JUDGED
    reliability = alpha(rows) if judged else None
    times = _times(given)
    return Findings(
        count,
        tuple(_items(rows, totals, asked, judged=judged)),
        tuple(_counted(given, totals, questions, possible=possible, judged=judged)),
        share=(mean(totals) or 0.0) / possible if possible else None,
        reliability=reliability,
        error=standard_error(totals, reliability),
        times=times,
        warnings=tuple(_warnings(count, reliability, times, minutes=minutes, items=len(asked))),
    )


def minutes_worked(moments: Sequence[datetime]) -> float | None:
    """Minutes between the first and the last of these moments, pauses counted as five minutes each.

    None where there are fewer than two.
    """
    if len(moments) < 2:
        return None
    ordered = sorted(moments)
    gaps = (later - earlier for earlier, later in pairwise(ordered))
    return sum((min(gap, LONGEST_PAUSE) for gap in gaps), timedelta()).total_seconds() / 60


def _items(
    rows: Sequence[Sequence[float]], totals: Sequence[float], asked: Sequence[Asked], *, judged: bool
) -> Iterator[ItemRow]:
    for number, part in enumerate(asked):
        own = [row[number] for row in rows]
        difficulty = (mean(own) or 0.0) / part.possible if part.possible else 0.0
        telling = discrimination(own, totals) if judged else None
        yield ItemRow(part.label, difficulty, telling, _remark(difficulty, telling, count=len(rows)))


def _remark(difficulty: float, telling: float | None, *, count: int) -> Sentence | None:
    judged, steady = count >= FEWEST_JUDGED, count >= FEWEST_STEADY
    if telling is not None and telling < (0 if steady else -CHANCE):
        return say("Those who know more get it wrong more often: check the key and the wording.")
    if judged and difficulty >= 0.95:
        return say("Nearly everybody gets it: it tells nothing about who has learned what.")
    if judged and difficulty <= 0.2:
        return say("Hardly anybody gets it: too hard, not taught, or not clear.")
    if steady and telling is not None and telling < 0.2:
        return say("It hardly tells those who know from those who do not.")
    return None


def _counted(
    given: Sequence[Given], totals: Sequence[float], questions: Sequence[Countable], *, possible: float, judged: bool
) -> Iterator[Counted]:
    shares = [total / possible if possible else 0.0 for total in totals]
    for question in questions:
        options = question.options or tuple(_typed(question, given))
        if options:
            blank = sum(not any(answer.values.get(name) for name in question.names) for answer in given)
            rows = (_option(option, given, shares, judged=judged, typed=not question.options) for option in options)
            yield Counted(question.label, tuple(rows), blank)


def _typed(question: Countable, given: Sequence[Given]) -> Iterator[Option]:
    """What several people typed, most frequent first."""
    (name,) = question.names
    counts = Counter(answer.values.get(name, "") for answer in given)
    for text, times in counts.most_common(MOST_TYPED + 1):
        if text and times >= FEWEST_TYPED:
            yield Option(name, text, text, text == question.right)


def _option(option: Option, given: Sequence[Given], shares: Sequence[float], *, judged: bool, typed: bool) -> OptionRow:
    taken = [answer.values.get(option.field, "") == option.text for answer in given]
    count = sum(taken)
    rest = mean([share for share, own in zip(shares, taken, strict=True) if own])
    telling = correlation([float(own) for own in taken], shares) if judged else None
    remark = None
    if len(given) >= FEWEST_STEADY and not typed and not option.is_right and not count:
        remark = say("Nobody takes it: a distractor that distracts nobody.")
    elif telling is not None and not option.is_right and telling > (0.1 if len(given) >= FEWEST_STEADY else CHANCE):
        remark = say("Stronger people take it: is it wrong?")
    shown = rest if count >= FEWEST_TYPED else None
    return OptionRow(option.label, count, count / len(given), shown, option.is_right, remark)


def _times(given: Sequence[Given]) -> Times | None:
    minutes = [answer.minutes for answer in given if answer.minutes is not None]
    lower, median, upper = (quantile(minutes, share) for share in (0.25, 0.5, 0.75))
    if len(minutes) < FEWEST_SHOWN or lower is None or median is None or upper is None:
        return None
    return Times(len(minutes), lower, median, upper)


def _warnings(
    count: int, reliability: float | None, times: Times | None, *, minutes: int, items: int
) -> Iterator[Sentence]:
    if count < FEWEST_JUDGED:
        yield say(
            "{count} answers are too few to judge questions by. From {least} on, discrimination, distractors and "
            "reliability stand here.",
            count=count,
            least=FEWEST_JUDGED,
        )
    elif count < FEWEST_STEADY:
        yield say(
            "{count} answers: preliminary. Below {least}, one person more can turn a figure round.",
            count=count,
            least=FEWEST_STEADY,
        )
    if reliability is not None and reliability < 0.6 and items > 1:
        yield say("Low reliability: the points of one person say little. More questions, or clearer ones, raise it.")
    if times and times.median > 1.25 * minutes:
        yield say(
            "Half of the people need more than {median} minutes; {minutes} are planned.",
            median=round(times.median),
            minutes=minutes,
        )
