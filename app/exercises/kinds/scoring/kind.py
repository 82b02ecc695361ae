"""Scoring: the trainee scores options by weighted criteria; weighted means and places are worked out, never typed.

By key each score earns its share where it lies within the tolerance. By rule it counts how many cells are filled, and
whether own weights add up to 100. Which option comes first is a part of its own, judged by the trainee's own scores;
two that tie for the first place are no answer.
"""

from __future__ import annotations

from fractions import Fraction
from typing import ClassVar

from app.documents.blocks import NOTHING, Block, Column, GridField, GridRow, Text, plain
from app.documents.markdown import inline
from app.exercises.amounts import Amount
from app.exercises.kind import Grade, Kind, Secret
from app.exercises.kinds.scoring.marking import (
    BEST,
    FIELD,
    FILLED,
    WEIGHTS,
    ScoringAnswer,
    as_number,
    marker,
    means,
    table_of,
)
from app.exercises.kinds.scoring.spec import RANK, TOTAL, WEIGHT, WHOLE, Criterion, ScoringSpec
from app.exercises.numbers import in_figures
from app.exercises.typed import Form
from app.words import Sentence, in_words, language_of, say

_OWN_WEIGHT = Amount("%", Fraction(0), WHOLE)


class Scoring(Kind[ScoringSpec, ScoringAnswer]):
    name: ClassVar[str] = "scoring"
    Spec = ScoringSpec
    Answer = ScoringAnswer
    secret: ClassVar[Secret] = {
        "criteria": {"__all__": {"why": True}},
        "key": True,
        "tolerance": True,
        "best": True,
        "model": True,
        "model_weights": True,
    }

    def sheet(self, spec: ScoringSpec) -> tuple[Block, ...]:
        language = language_of(spec.title)
        limits = {"least": in_figures(spec.scores.from_), "most": in_figures(spec.scores.to)}
        prompt = spec.prompt or in_words(say("Score each option from {least} to {most}.", **limits), language)
        weight = Column(WEIGHT, _word(spec, say("Weight")), "number", unit="%")
        columns = tuple(Column(option.id, inline(option.label), "number") for option in spec.options)
        table = GridField(
            FIELD,
            inline(prompt),
            _word(spec, say("Criterion")),
            (weight, *columns) if spec.has_own_weights else columns,
            tuple(_row(criterion) for criterion in spec.criteria),
            total=_word(spec, say("Weighted mean")),
            rank=_word(spec, say("Rank")),
            weights=WEIGHT if spec.has_own_weights else "",
        )
        return (table,)

    def read(self, spec: ScoringSpec, form: Form) -> ScoringAnswer:
        cells, unreadable = _read(spec, form)
        return ScoringAnswer(cells=cells, unreadable=unreadable)

    def grade(self, spec: ScoringSpec, answer: ScoringAnswer) -> Grade:
        return Grade(parts=marker(spec).mark(answer))

    def model_answer(self, spec: ScoringSpec) -> Form:
        own = spec.weights_of_model if spec.has_own_weights and spec.model_scores else {}
        return {f"{FIELD}.{name}.{WEIGHT}": in_figures(weight) for name, weight in own.items()} | {
            f"{FIELD}.{criterion}.{option}": in_figures(score)
            for option, scores in spec.model_scores.items()
            for criterion, score in scores.items()
        }

    def worked_out(self, spec: ScoringSpec, form: Form) -> Form:
        cells, _ = _read(spec, form)
        found = means(table_of(spec), cells)
        shown = {f"{FIELD}.{TOTAL}.{option}": in_figures(_short(total)) for option, total in found.items()}
        if len(found) == len(spec.options):
            places = {option: 1 + sum(other > total for other in found.values()) for option, total in found.items()}
            shown |= {f"{FIELD}.{RANK}.{option}": str(place) for option, place in places.items()}
        weights = [as_number(row[WEIGHT]) for row in cells.values() if WEIGHT in row]
        if weights:
            shown[f"{FIELD}.{TOTAL}.{WEIGHT}"] = in_figures(sum(weights, Fraction(0)))
        return shown

    def fields_of_part(self, spec: ScoringSpec, part_id: str) -> tuple[str, ...]:
        """A score's own cell; every cell, or every weight, where they are judged together."""
        names = [f"{FIELD}.{row.id}.{column.id}" for row in spec.criteria for column in spec.options]
        if part_id == WEIGHTS:
            return tuple(f"{FIELD}.{row.id}.{WEIGHT}" for row in spec.criteria)
        return tuple(names) if part_id in (FILLED, BEST) else tuple(n for n in names if n == f"{FIELD}.{part_id}")


def _word(spec: ScoringSpec, sentence: Sentence) -> Text:
    return plain(in_words(sentence, language_of(spec.title)))


def _row(criterion: Criterion) -> GridRow:
    weight = in_figures(criterion.weight) if criterion.weight is not None else ""
    label = inline(criterion.label) + (plain(f" {weight}%") if weight else NOTHING)
    hint = inline(criterion.hint) if criterion.hint else NOTHING
    return GridRow(criterion.id, label, weight, hint)


def _read(spec: ScoringSpec, form: Form) -> tuple[dict[str, dict[str, str]], dict[str, Sentence]]:
    amounts = {option.id: spec.scores.amount for option in spec.options}
    amounts |= {WEIGHT: _OWN_WEIGHT} if spec.has_own_weights else {}
    cells: dict[str, dict[str, str]] = {}
    unreadable: dict[str, Sentence] = {}
    for criterion in spec.criteria:
        for column, amount in amounts.items():
            name = f"{FIELD}.{criterion.id}.{column}"
            match amount.read(form.get(name, "")):
                case str(value):
                    cells.setdefault(criterion.id, {})[column] = value
                case Sentence() as why:
                    unreadable[name] = why
    return cells, unreadable


def _short(number: Fraction) -> Fraction:
    """To two decimals, half away from zero."""
    hundredths = (abs(number) * 200 + 1) // 2
    return Fraction(hundredths if number >= 0 else -hundredths, 100)
