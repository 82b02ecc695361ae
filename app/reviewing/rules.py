"""What reviews come to: the median, how near reviewers are to one another, and whose word does not count by itself."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from statistics import median
from typing import Literal

from app.words import Sentence, say

FAR = Fraction(2, 5)
"""Of the rubric's points: so far from the others on the average, and somebody's word does not count by itself."""
APART = Fraction(1, 2)
"""Two reviews that differ by more tell nothing in the middle between them."""
DIFFERS = Fraction(1, 4)
"""So far already, where somebody says the same everywhere."""
NEAR = Fraction(1, 10)
"""Nearer than this to the others, and giving the same levels everywhere is no matter: the answers are alike."""

Flag = Literal["far", "unlike", "same_levels", "same_words", "calibration"]
FLAG_WORDS: Mapping[Flag, Sentence] = {
    "far": say("Judges quite differently from the others."),
    "unlike": say("Is further from the others than most are."),
    "same_levels": say("Gave the same levels everywhere, whatever the answer."),
    "same_words": say("Wrote the same words everywhere."),
    "calibration": say("Was far from the trainer at the sample."),
}
Why = Literal["few", "apart", "alone", "nobody", "late"]
WHY_WORDS: Mapping[Why, Sentence] = {
    "few": say("Too few reviews came in that count."),
    "apart": say("The two reviews are far apart."),
    "alone": say("One review counts alone, and it gives the least or the most throughout."),
    "late": say("It was handed in after the round was closed."),
    "nobody": say("Nobody who observed it said anything."),
}
"""Why reviewers or observers are left out of an answer, and its trainer marks it."""


@dataclass(frozen=True)
class Said:
    """What one reviewer said of one answer."""

    review_id: int
    marking_id: int
    answer: int
    reviewer: int
    levels: tuple[Fraction, ...]
    comment: str = ""
    counts: bool | None = None
    """As a trainer decided; None: as the rules say."""


@dataclass(frozen=True)
class Standing:
    """How far a reviewer is from the others, and what speaks against them."""

    distance: Fraction | None = None
    """Of the rubric's points, on the average; None: there is nobody to compare them with."""
    calibrated: Fraction | None = None
    """From the trainer, at the sample."""
    flags: tuple[Flag, ...] = ()
    doubtful: bool = False
    """Whether what they say does not count until a trainer says so."""
    answers: int = 0
    """At how many answers they were compared."""
    others: int = 0
    """With how many reviews of others, all in all."""


@dataclass(frozen=True)
class Verdict:
    """What those who judged an answer say together; no levels where they are left out, and why."""

    levels: tuple[Fraction, ...] | None
    made_of: tuple[int, ...] = ()
    """The markings that went into it."""
    why: Why | None = None

    @property
    def earned(self) -> Fraction | None:
        return None if self.levels is None else sum(self.levels, Fraction(0))


def distance_of(one: Sequence[Fraction], other: Sequence[Fraction], best: Sequence[Fraction]) -> Fraction:
    """How far two judgements are apart, criterion by criterion, as a share of the rubric's points."""
    apart = sum((abs(a - b) for a, b in zip(one, other, strict=True)), Fraction(0))
    return apart / (sum(best, Fraction(0)) or 1)


def median_levels(said: Iterable[Sequence[Fraction]]) -> tuple[Fraction, ...]:
    """For each criterion the middle of what was given; between the two in the middle where their number is even."""
    return tuple(Fraction(median(given)) for given in zip(*said, strict=True))


def mean_levels(said: Iterable[Sequence[Fraction]]) -> tuple[Fraction, ...]:
    return tuple(sum(given, Fraction(0)) / len(given) for given in zip(*said, strict=True))


def standings(
    said: Iterable[Said], best: Sequence[Fraction], calibrated: Mapping[int, Fraction] | None = None
) -> dict[int, Standing]:
    """Reviewer → how they stand to the others. `calibrated`: how far each was from the trainer at the sample.

    Whoever is furthest off is found first and no longer compared with: otherwise they would make those look far off
    who reviewed the same answers.
    """
    calibrated = calibrated or {}
    ordered = sorted(said, key=lambda one: one.review_id)
    by_answer, by_reviewer = _by(ordered, "answer"), _by(ordered, "reviewer")
    gone: set[int] = set()

    def standing_of(who: int) -> Standing:
        apart, count = [calibrated[who]] if who in calibrated else [], 0
        for each in by_reviewer[who]:
            others = [other.levels for other in by_answer[each.answer] if other.reviewer not in gone | {who}]
            if others:
                apart.append(distance_of(each.levels, median_levels(others), best))
                count += len(others)
        return _standing(by_reviewer[who], apart, calibrated.get(who), others=count)

    stand = {who: standing_of(who) for who in by_reviewer}
    while doubtful := [who for who, each in stand.items() if each.doubtful and who not in gone]:
        worst = max(doubtful, key=lambda who: (stand[who].distance or Fraction(0), who))
        gone.add(worst)
        beside = {other.reviewer for each in by_reviewer[worst] for other in by_answer[each.answer]}
        stand |= {who: standing_of(who) for who in sorted(beside - gone)}
    return _with_unlike(stand, by_answer)


def peer_verdict(said: Sequence[Said], stand: Mapping[int, Standing], best: Sequence[Fraction], least: int) -> Verdict:
    """The median of those that count. Where it would tell nothing, the trainer marks.

    That is where there are fewer than `least`, or two that are far apart; or one alone that says the same of every
    criterion, the least or the most, by somebody whom nothing can be compared with.
    """
    counting = [each for each in said if counts(each, stand)]
    if len(counting) < least:
        return Verdict(None, why="few")
    if len(counting) == 2 and distance_of(counting[0].levels, counting[1].levels, best) > APART:
        return Verdict(None, why="apart")
    if len(counting) == 1 and _is_blind(counting[0], stand, best):
        return Verdict(None, why="alone")
    return Verdict(median_levels(each.levels for each in counting), _made_of(counting))


def observer_verdict(said: Sequence[Said]) -> Verdict:
    """The mean of all observers, but those whom a trainer left out."""
    counting = [each for each in said if each.counts is not False]
    if not counting:
        return Verdict(None, why="nobody")
    return Verdict(mean_levels(each.levels for each in counting), _made_of(counting))


def counts(said: Said, stand: Mapping[int, Standing]) -> bool:
    """Whether a review goes into the median: a trainer's word on it, else the rules'."""
    if said.counts is not None:
        return said.counts
    return not stand.get(said.reviewer, Standing()).doubtful


def _is_blind(said: Said, stand: Mapping[int, Standing], best: Sequence[Fraction]) -> bool:
    """Whether nobody could tell a careless judgement from an honest one."""
    compared = said.counts is not None or stand.get(said.reviewer, Standing()).distance is not None
    return not compared and (not any(said.levels) or said.levels == tuple(best))


def _with_unlike(stand: Mapping[int, Standing], by_answer: Mapping[int, Sequence[Said]]) -> dict[int, Standing]:
    """Flag those who are twice as far off as most: one who judges at random may be near enough to count by chance.

    The furthest is flagged first, and of those who reviewed one answer alone nobody beside somebody flagged.
    """
    known = [each.distance for each in stand.values() if each.distance is not None and not each.doubtful]
    enough = max(DIFFERS, 2 * median(known)) if known else DIFFERS
    flagged = {who for who, each in stand.items() if each.doubtful}
    found = dict(stand)
    for who in sorted(stand, key=lambda each: (-(stand[each].distance or 0), each)):
        each, off = stand[who], stand[who].distance
        beside = {
            one.reviewer for those in by_answer.values() if who in {one.reviewer for one in those} for one in those
        }
        several = each.answers > 1 or (each.others > 1 and not beside & flagged)
        if off is not None and off >= enough and several and who not in flagged:
            found[who] = replace(each, flags=("unlike", *each.flags))
            flagged.add(who)
    return found


def _by(said: Iterable[Said], what: Literal["answer", "reviewer"]) -> dict[int, list[Said]]:
    found: dict[int, list[Said]] = defaultdict(list)
    for each in said:
        found[getattr(each, what)].append(each)
    return found


def _standing(
    given: Sequence[Said], apart: Sequence[Fraction], calibrated: Fraction | None, *, others: int
) -> Standing:
    """`apart`: how far from the others, answer by answer, and from the trainer."""
    distance = sum(apart, Fraction(0)) / len(apart) if apart else None
    off = distance or Fraction(0)
    several, suspect = len(given) > 1, NEAR if len(given) > 2 else DIFFERS  # two are alike by chance
    words = {" ".join(each.comment.split()) for each in given}
    signs: dict[Flag, bool] = {
        "far": len(apart) > 1 and off >= FAR,
        "same_levels": several and off >= suspect and len({each.levels for each in given}) == 1,
        "same_words": several and len(words) == 1 and "" not in words,
        "calibration": calibrated is not None and calibrated >= FAR,
    }
    far = signs["far"] or (signs["calibration"] and off >= FAR)  # there may be nobody else to be compared with
    alike = signs["same_levels"] or signs["same_words"]
    flags = tuple(flag for flag, is_so in signs.items() if is_so)
    return Standing(distance, calibrated, flags, far or (alike and off >= DIFFERS), len(apart), others)


def _made_of(said: Iterable[Said]) -> tuple[int, ...]:
    return tuple(sorted(each.marking_id for each in said))
