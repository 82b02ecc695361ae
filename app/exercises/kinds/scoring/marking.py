"""How a scoring is marked: each score that has a key, how much is filled in, own weights, and what comes first."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from fractions import Fraction
from functools import lru_cache

from app.exercises.kind import Answer, Part
from app.exercises.kinds.scoring.spec import WEIGHT, WHOLE, Criterion, Option, ScoringSpec, totals, winner
from app.exercises.numbers import in_figures
from app.exercises.prepared import prepared
from app.exercises.spec import share_out
from app.exercises.texts import bare_text
from app.words import Sentence, in_words, language_of, say

FIELD, FILLED, WEIGHTS, BEST = "scores", "filled", "weights", "best"
_MOST_KEPT = 256
"""Parts that are kept of each cell."""
as_number = lru_cache(2048)(Fraction)
"""The number that figures stand for."""


class ScoringAnswer(Answer):
    cells: Mapping[str, Mapping[str, str]] = {}
    """Criterion → option, or “weight” → number in figures; nothing for what is blank or unreadable."""


@dataclass(frozen=True)
class Table:
    """What there is to score."""

    options: Mapping[str, str]
    """Id → label in letters."""
    criteria: int
    weights: Mapping[str, Fraction]
    """Criterion → weight, where they are given."""


@prepared
def table_of(spec: ScoringSpec) -> Table:
    """The table of a spec; nothing of it is secret."""
    return Table(
        {option.id: bare_text(option.label) for option in spec.options},
        len(spec.criteria),
        {criterion.id: criterion.weight for criterion in spec.criteria if criterion.weight is not None},
    )


def means(table: Table, cells: Mapping[str, Mapping[str, str]]) -> dict[str, Fraction]:
    """Option → weighted mean, of those that have all scores, where all weights are known."""
    weights = table.weights or {name: as_number(row[WEIGHT]) for name, row in cells.items() if WEIGHT in row}
    if len(weights) < table.criteria:
        return {}
    scores = {
        option: {name: as_number(row[option]) for name, row in cells.items() if option in row}
        for option in table.options
    }
    return totals(weights, scores)


@dataclass(frozen=True)
class _Cell:
    """A score that has a key."""

    criterion: Criterion
    option: Option
    right: Fraction
    tolerance: Fraction
    possible: Fraction
    kept: dict[str | Sentence | None, Part] = field(default_factory=dict)

    def mark(self, answer: ScoringAnswer) -> Part:
        typed = answer.cells.get(self.criterion.id, {}).get(self.option.id)
        said = typed or answer.unreadable.get(f"{FIELD}.{self.criterion.id}.{self.option.id}")
        found = self.kept.get(said)
        if found is None:
            if len(self.kept) >= _MOST_KEPT:
                self.kept.clear()
            found = self.kept[said] = self._part(said)
        return found

    def _part(self, said: str | Sentence | None) -> Part:
        off = abs(as_number(said) - self.right) if isinstance(said, str) else None
        is_right = off is not None and off <= self.tolerance
        return Part(
            id=f"{self.criterion.id}.{self.option.id}",
            label=f"{bare_text(self.option.label)} · {bare_text(self.criterion.label)}",
            earned=self.possible if is_right else Fraction(0),
            possible=self.possible,
            says=tuple(self._says(said, off)),
            why=self.criterion.why or "",
        )

    def _says(self, said: str | Sentence | None, off: Fraction | None) -> Iterator[Sentence]:
        right = in_figures(self.right)
        if off is not None and off <= self.tolerance:
            yield say("Near enough; the model has {answer}.", answer=right) if off else say("Right.")
            return
        yield say("You have “{typed}” here.", typed=said) if isinstance(said, str) else said or say("Left blank.")
        yield say("The answer is {answer}.", answer=right)


@dataclass(frozen=True)
class _Whole:
    """A part that judges the whole sheet."""

    id: str
    label: str
    possible: Fraction
    table: Table

    def mark(self, answer: ScoringAnswer) -> Part:
        share, says = self.judged(answer)
        return Part(id=self.id, label=self.label, earned=self.possible * share, possible=self.possible, says=(says,))

    def judged(self, answer: ScoringAnswer) -> tuple[Fraction, Sentence]:
        """Which share is earned, and what there is to say."""
        raise NotImplementedError


class _Filled(_Whole):
    def judged(self, answer: ScoringAnswer) -> tuple[Fraction, Sentence]:
        count = sum(len(row) - (WEIGHT in row) for row in answer.cells.values())
        whole = self.table.criteria * len(self.table.options)
        return Fraction(count, whole), say("Filled in: {count}, asked for: {least}.", count=count, least=whole)


class _Weights(_Whole):
    def judged(self, answer: ScoringAnswer) -> tuple[Fraction, Sentence]:
        total = sum((as_number(row[WEIGHT]) for row in answer.cells.values() if WEIGHT in row), Fraction(0))
        if total == WHOLE:
            return Fraction(1), say("It fits.")
        amounts = {"found": in_figures(total), "whole": in_figures(WHOLE)}
        return Fraction(0), say("The weights add up to {found}, not to {whole}.", **amounts)


@dataclass(frozen=True)
class _Best(_Whole):
    best: str

    def judged(self, answer: ScoringAnswer) -> tuple[Fraction, Sentence]:
        found, labels = means(self.table, answer.cells), self.table.options
        if len(found) < len(labels):
            return Fraction(0), say("Not all scores are there, so none comes first.")
        first, best = winner(found), labels[self.best]
        if first == self.best:
            return Fraction(1), say("By your scores “{option}” comes first, as it should.", option=best)
        if not first:
            return Fraction(0), say("By your scores no option comes first alone; it should be “{best}”.", best=best)
        says = say("By your scores “{option}” comes first; it should be “{best}”.", option=labels[first], best=best)
        return Fraction(0), says


@dataclass(frozen=True)
class Marker:
    """What marks one spec."""

    parts: tuple[_Cell | _Whole, ...]

    def mark(self, answer: ScoringAnswer) -> tuple[Part, ...]:
        """The part of each thing that is marked."""
        return tuple([part.mark(answer) for part in self.parts])


@prepared
def marker(spec: ScoringSpec) -> Marker:
    """Everything that marks answers to a spec."""
    shares, language, table = (
        iter(share_out(spec.key_points, spec.stated_points())),
        language_of(spec.title),
        table_of(spec),
    )
    options, criteria = {each.id: each for each in spec.options}, {each.id: each for each in spec.criteria}
    parts: list[_Cell | _Whole] = [
        _Cell(criteria[criterion], options[option], right, spec.tolerance, next(shares))
        for option, scores in (spec.key if "key" in spec.marking else {}).items()
        for criterion, right in scores.items()
    ]
    if "rule" in spec.marking:
        parts.append(_Filled(FILLED, in_words(say("All scores"), language), next(shares), table))
    if "rule" in spec.marking and spec.has_own_weights:
        parts.append(_Weights(WEIGHTS, in_words(say("Own weights"), language), next(shares), table))
    if spec.best and {"key", "rule"} & set(spec.marking):
        parts.append(_Best(BEST, in_words(say("What comes first"), language), next(shares), table, spec.best))
    return Marker(tuple(parts))
