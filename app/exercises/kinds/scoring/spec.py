"""What an author writes of a scoring, and what must fit together in it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from fractions import Fraction
from typing import Annotated, Literal

from pydantic import ConfigDict, Field

from app.exercises.amounts import Amount
from app.exercises.numbers import Exact, in_figures
from app.exercises.spec import Mistake, Spec, mistake, repeated_texts
from app.exercises.spelling import did_you_mean
from app.exercises.texts import Id, InlineText, at_least
from app.exercises.written import Path, Written
from app.words import Sentence, say

WEIGHT, TOTAL, RANK = "weight", "total", "rank"
"""Names of a column and of two rows of the table, which no option and no criterion may have."""
WHOLE = Fraction(100)
"""What weights add up to."""


class Option(Written):
    id: Id
    label: InlineText


class Criterion(Written):
    id: Id
    label: InlineText
    hint: InlineText | None = None
    weight: Exact | None = Field(None, gt=0)
    why: InlineText | None = None
    """What there is to say to its scores."""


class Scores(Written):
    """What a score may be."""

    model_config = ConfigDict(serialize_by_alias=True)

    from_: Exact = Field(Fraction(1), alias="from")
    to: Exact = Fraction(5)

    @property
    def amount(self) -> Amount:
        return Amount("", self.from_, self.to)


Table = Mapping[Id, Mapping[Id, Exact]]
"""Option → criterion → score."""


class ScoringSpec(Spec):
    kind: Literal["scoring"]
    prompt: InlineText | None = None
    options: Annotated[tuple[Option, ...], at_least(2)] = Field(max_length=6)
    criteria: Annotated[tuple[Criterion, ...], at_least(2)] = Field(max_length=20)
    weights: Literal["given", "own"] = "given"
    scores: Scores = Scores()
    key: Table = Field(default={})
    tolerance: Exact = Field(Fraction(0), ge=0)
    best: Id | None = None
    """Which option comes first."""
    model: Table = Field(default={})
    """The scores of a good sheet where there is no key."""
    model_weights: Mapping[Id, Exact] = {}
    """Criterion → weight, of a good sheet on which the weights are own."""

    @property
    def has_own_weights(self) -> bool:
        return self.weights == "own"

    @property
    def model_scores(self) -> Table:
        return self.key or self.model

    @property
    def even_weights(self) -> Mapping[str, Fraction]:
        """Weights in whole numbers, as even as they can be."""
        each, more = divmod(int(WHOLE), len(self.criteria))
        return {criterion.id: Fraction(each + (n < more)) for n, criterion in enumerate(self.criteria)}

    @property
    def weights_of_model(self) -> Mapping[str, Fraction]:
        given = {criterion.id: criterion.weight for criterion in self.criteria if criterion.weight is not None}
        return (self.model_weights or self.even_weights) if self.has_own_weights else given

    def stated_points(self) -> tuple[Fraction | None, ...]:
        keyed = tuple(None for scores in self.key.values() for _ in scores) if "key" in self.marking else ()
        best = (None,) if self.best and {"key", "rule"} & set(self.marking) else ()
        filled = (None,) * (1 + self.has_own_weights) if "rule" in self.marking else ()
        return (*keyed, *filled, *best)

    def mistakes(self) -> Iterator[Mistake]:
        yield from super().mistakes()
        yield from repeated_texts(self.options, ("options",), "label")
        yield from repeated_texts(self.criteria, ("criteria",), "label")
        own = [*_name_mistakes(self), *_weight_mistakes(self), *_score_mistakes(self)]
        yield from own or _best_mistakes(self)


def totals(weights: Mapping[str, Fraction], scores: Table) -> dict[str, Fraction]:
    """Option → weighted mean of its scores, for the options that have all of them."""
    whole = sum(weights.values(), Fraction(0))
    return {
        option: _weighted(weights, each) / whole
        for option, each in scores.items()
        if whole and len(each) == len(weights)
    }


def _weighted(weights: Mapping[str, Fraction], scores: Mapping[str, Fraction]) -> Fraction:
    """The sum of weights times scores; of whole numbers, as mostly, without the cost of fractions."""
    pairs = [(weights[name], score) for name, score in scores.items()]
    if all(weight.denominator == score.denominator == 1 for weight, score in pairs):
        return Fraction(sum(weight.numerator * score.numerator for weight, score in pairs))
    return sum((weight * score for weight, score in pairs), Fraction(0))


def winner(found: Mapping[str, Fraction]) -> str:
    """The option that comes first alone, or ""."""
    first = [option for option, total in found.items() if total == max(found.values())]
    return first[0] if len(first) == 1 else ""


def _name_mistakes(spec: ScoringSpec) -> Iterator[Mistake]:
    ids = {"options": [each.id for each in spec.options], "criteria": [each.id for each in spec.criteria]}
    for key, names in (("options", (WEIGHT,)), ("criteria", (TOTAL, RANK))):
        for place, own in enumerate(ids[key]):
            if own in names:
                sentence = say("“{name}” is the name of another part already.", name=own)
                yield mistake((key, place, "id"), "id-taken", sentence, say("Give it another id."))
    if spec.scores.from_ >= spec.scores.to:
        yield mistake(("scores", "from"), "limit", say("“from” is more than “to”."), say("Exchange them."))


def _weight_mistakes(spec: ScoringSpec) -> Iterator[Mistake]:
    weights = [criterion.weight for criterion in spec.criteria]
    if spec.has_own_weights:
        for place, weight in enumerate(weights):
            if weight is not None:
                sentence = say("The weights are own ones, yet one is given here.")
                yield mistake(("criteria", place, "weight"), "weights", sentence, say("Take one of the two out."))
    elif None in weights:
        sentence = say("This criterion has no weight.")
        way_out = say("Give each a weight, or write “weights: own”.")
        yield mistake(("criteria", weights.index(None), "weight"), "weights", sentence, way_out)
    elif sum(filter(None, weights), Fraction(0)) != WHOLE:
        found = in_figures(sum(filter(None, weights), Fraction(0)))
        sentence = say("The weights add up to {found}, not to {whole}.", found=found, whole=in_figures(WHOLE))
        yield mistake(("criteria",), "weights", sentence, say("Change a weight."))
    if spec.model_weights:
        yield from _model_weight_mistakes(spec)


def _model_weight_mistakes(spec: ScoringSpec) -> Iterator[Mistake]:
    path = ("model_weights",)
    if not spec.has_own_weights:
        sentence = say("Only own weights have a model.")
        yield mistake(path, "weights", sentence, say("Write “weights: own”, or take it out."))
    elif set(spec.model_weights) != {criterion.id for criterion in spec.criteria}:
        sentence = say("The model must have each criterion exactly once.")
        yield mistake(path, "weights", sentence, say("Name each of the criteria."))
    elif sum(spec.model_weights.values(), Fraction(0)) != WHOLE:
        found = in_figures(sum(spec.model_weights.values(), Fraction(0)))
        sentence = say("The weights add up to {found}, not to {whole}.", found=found, whole=in_figures(WHOLE))
        yield mistake(path, "weights", sentence, say("Change a weight."))


def _score_mistakes(spec: ScoringSpec) -> Iterator[Mistake]:
    yield from _table_mistakes(spec, spec.key, ("key",))
    yield from _table_mistakes(spec, spec.model, ("model",))
    if "key" in spec.marking and not spec.key:
        way_out = say("Write the scores under “key”, or mark by “rule”.")
        yield mistake(("key",), "key-missing", say("A key is to mark, but there is none."), way_out)
    if spec.key and "key" not in spec.marking:
        sentence = say("There is a key, but “marking” does not name “key”.")
        yield mistake(("key",), "marking-misfit", sentence, say("Add “key” to “marking”, or call it “model”."))
    if not spec.model_scores and "rule" in spec.marking:
        sentence = say("There is no model: nobody can see what a good sheet says.")
        yield mistake(("model",), "model-missing", sentence, say("Write scores under “model”."))


def _table_mistakes(spec: ScoringSpec, table: Table, path: Path) -> Iterator[Mistake]:
    options, criteria = [option.id for option in spec.options], [criterion.id for criterion in spec.criteria]
    if not table:
        return
    yield from _same_names(table, options, path)
    for option, scores in table.items():
        yield from _same_names(scores, criteria, (*path, option))
        for criterion, score in scores.items():
            if why := spec.scores.amount.refusal(score):
                yield mistake((*path, option, criterion), "score", why, say("Change the score, or “scores”."))


def _same_names(found: Mapping[str, object], wanted: list[str], path: Path) -> Iterator[Mistake]:
    for name in found:
        if name not in wanted:
            remedy = did_you_mean(name, wanted, say("Take one of: {names}.", names=", ".join(wanted)))
            yield mistake((*path, name), "name-unknown", _unknown(name), remedy)
    if lacking := [name for name in wanted if name not in found]:
        sentence = say("Missing: {names}.", names=", ".join(lacking))
        yield mistake(path, "scores-missing", sentence, say("Add what is missing."))


def _unknown(name: str) -> Sentence:
    return say("There is neither an option nor a criterion “{name}” here.", name=name)


def _best_mistakes(spec: ScoringSpec) -> Iterator[Mistake]:
    if spec.best is None:
        return
    options = [option.id for option in spec.options]
    if spec.best not in options:
        remedy = did_you_mean(spec.best, options, say("Take one of: {names}.", names=", ".join(options)))
        yield mistake(("best",), "name-unknown", say("There is no option “{name}”.", name=spec.best), remedy)
    elif spec.model_scores and (first := winner(totals(spec.weights_of_model, spec.model_scores))) != spec.best:
        sentence = say("By these scores “{first}” comes first, not “{best}”.", first=first or "–", best=spec.best)
        yield mistake(("best",), "best", sentence, say("Change “best”, or the scores."))
