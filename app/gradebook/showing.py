"""How a gradebook looks: its table, totals in per cent, what lateness and leaving out come to in words."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import lru_cache

from app.assessment.showing import points_in_words
from app.documents.blocks import Text
from app.gradebook.queries import Book, Row
from app.gradebook.rules import NOTHING, Graded, LateRule, Rules, Score, ScoreState, Total, total_of
from app.web.exports.cells import rounded
from app.words import Sentence, say

STATE_WORDS: Mapping[ScoreState, Sentence] = {
    "counts": say("Counts"),
    "missed": say("Missed: counts as 0"),
    "waiting": say("No points yet"),
    "open": say("Still open"),
    "excused": say("Excused from it"),
    "unmarked": say("Without points"),
}
STATE_LOOKS: Mapping[ScoreState, tuple[str, str]] = {
    "counts": ("marked", "check"),
    "missed": ("closed", "lock"),
    "waiting": ("handed_in", "hourglass"),
    "open": ("open", ""),
    "excused": ("excused", "circle"),
    "unmarked": ("open", ""),
}
"""The class of a cell and its icon."""
COUNTING_WORDS: Mapping[str, Sentence] = {
    "best": say("the best attempt"),
    "last": say("the last attempt"),
    "mean": say("the mean of all attempts"),
}


@dataclass(frozen=True)
class Look:
    """What a cell of the table differs in."""

    state: ScoreState
    points: str
    late: int
    dropped: bool
    linked: bool


@dataclass(frozen=True)
class TableLine:
    """Somebody, with their cells: which look each has, and the attempt that it leads to."""

    row: Row
    cells: tuple[tuple[int, int | None], ...]
    total: Total


@dataclass(frozen=True)
class GradeTable:
    """The gradebook of a cohort as it is drawn: of 12,000 cells some dozens look different."""

    looks: tuple[Look, ...]
    lines: tuple[TableLine, ...]


@dataclass(frozen=True)
class ExerciseLine:
    """An exercise of one person."""

    slug: str
    title: Text
    possible: str
    share: str
    """Of the whole, by its weight; of what is left out none."""
    score: Score
    points: str
    dropped: bool
    too_much: bool
    """Whether people gave more than it has to give by now."""


def table_of(book: Book, rules: Rules) -> GradeTable:
    """The whole table."""
    numbers: dict[Look, int] = {}
    graded = book.graded(rules)
    lines = tuple(_line(book, rules, graded, row, numbers) for row in book.rows)
    return GradeTable(tuple(numbers), lines)


def totals_of(book: Book, rules: Rules) -> dict[int, Total]:
    """Enrolment → what it comes to by these rules."""
    graded = book.graded(rules)
    return {
        row.enrolment_id: total_of(graded, book.scores_of(row.enrolment_id, rules, graded), rules.dropped)
        for row in book.rows
    }


def lines_of(book: Book, rules: Rules, scores: Mapping[str, Score], total: Total) -> tuple[ExerciseLine, ...]:
    """One person's exercises in the order of the course."""
    graded = book.graded(rules)
    without = {"excused", "unmarked"}
    asked = [each for each in graded if scores[each.slug].state not in without and each.slug not in total.dropped]
    whole = sum((each.weight for each in asked), NOTHING)
    return tuple(
        ExerciseLine(
            column.slug,
            column.title,
            points_in_words(each.possible),
            percent(each.weight / whole) if whole and each in asked else "–",
            scores[column.slug],
            _points(scores[column.slug]),
            dropped=column.slug in total.dropped,
            too_much=(scores[column.slug].points or 0) > each.possible,
        )
        for column, each in zip(book.columns, graded, strict=True)
    )


def percent(share: Fraction | None) -> str:
    """«66.7%»; «–» for nothing."""
    return "–" if share is None else f"{rounded(share, 3) / 10:g}%"


def rule_sentences(rules: Rules, *, weighted: bool) -> Iterator[Sentence]:
    """What makes up a total, for whoever reads it. `weighted`: whether some exercise weighs something else."""
    if weighted:
        yield say("Each exercise counts by its weight: the total is the weighted mean of the shares earned.")
    else:
        yield say("The total is the points earned of those that could be earned.")
    if rules.late.percent:
        yield _late(rules.late)
    for category, count in sorted(rules.dropped.items()):
        if category:
            yield say("Of “{category}” the {count} lowest shares are left out.", category=category, count=count)
        else:
            yield say("Of the exercises without a category the {count} lowest shares are left out.", count=count)


def _late(late: LateRule) -> Sentence:
    told = {"percent": late.percent, "most": late.most, "grace": late.grace}
    if late.grace:
        return say(
            "Each day late costs {percent}% of the points earned, {most}% at most; {grace} minutes cost nothing.",
            **told,
        )
    return say("Each day late costs {percent}% of the points earned, {most}% at most.", **told)


def is_weighted(graded: Sequence[Graded]) -> bool:
    """Whether some exercise weighs something else than its points."""
    return any(each.weight != each.possible for each in graded)


def late_words(score: Score) -> Sentence | None:
    """How late the newest hand-in was."""
    if not score.days_late:
        return None
    return say("1 day late") if score.days_late == 1 else say("{days} days late", days=score.days_late)


def _line(book: Book, rules: Rules, graded: tuple[Graded, ...], row: Row, numbers: dict[Look, int]) -> TableLine:
    scores = book.scores_of(row.enrolment_id, rules, graded)
    total = total_of(graded, scores, rules.dropped)
    cells = []
    for slug, score in scores.items():
        turns = book.turns.get((row.enrolment_id, slug))
        look = Look(score.state, _points(score), score.days_late, slug in total.dropped, bool(turns))
        cells.append((numbers.setdefault(look, len(numbers)), turns[-1].attempt_id if turns else None))
    return TableLine(row, tuple(cells), total)


def _points(score: Score) -> str:
    return "" if score.points is None else _in_words(*score.points.as_integer_ratio())


@lru_cache(4096)
def _in_words(over: int, under: int) -> str:
    return points_in_words(Fraction(over, under))
