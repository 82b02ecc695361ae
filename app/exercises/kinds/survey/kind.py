"""Survey: a step of a scale for each sentence, and out of them a profile. Nothing is right or wrong, nothing earns.

A score is the weighted mean of the items that count for a dimension, in percent of the range of the scale; reversed
items, and those with a weight below 0, count the other way round. What a person writes as reasons a rubric may mark.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from fractions import Fraction
from math import floor
from typing import ClassVar

from app.documents.blocks import (
    NOTHING,
    Block,
    Card,
    Chart,
    Option,
    Paragraph,
    Row,
    ScaleField,
    Series,
    Table,
    Text,
    plain,
)
from app.documents.markdown import inline
from app.exercises.kind import Answer, Grade, Kind, Secret
from app.exercises.kinds.survey.scoring import scores_of
from app.exercises.kinds.survey.spec import FIELD, Dimension, SurveySpec
from app.exercises.texts import bare_text
from app.exercises.typed import Form, Reader
from app.words import Sentence, in_words, language_of, say

LEAST_TOGETHER = 5
"""Answers below which a mean would tell too much of one person."""
Scores = Mapping[str, Fraction | None]


class SurveyAnswer(Answer):
    steps: Mapping[str, str] = {}
    """Item id → step id; nothing for what was left out."""


class Survey(Kind[SurveySpec, SurveyAnswer]):
    name: ClassVar[str] = "survey"
    Spec = SurveySpec
    Answer = SurveyAnswer
    secret: ClassVar[Secret] = {}

    def sheet(self, spec: SurveySpec) -> tuple[Block, ...]:
        cards = tuple(Card(item.id, inline(item.text)) for item in spec.items)
        steps = tuple(Option(step.id, inline(step.label)) for step in spec.scale)
        return (ScaleField(FIELD, inline(spec.asked), cards, steps),)

    def read(self, spec: SurveySpec, form: Form) -> SurveyAnswer:
        reader, steps = Reader(form), frozenset(step.id for step in spec.scale)
        chosen = {item.id: reader.choice(f"{FIELD}.{item.id}", steps) for item in spec.items}
        return SurveyAnswer(steps={name: step for name, step in chosen.items() if step}, unreadable=reader.unreadable)

    def grade(self, _spec: SurveySpec, _answer: SurveyAnswer) -> Grade:
        return Grade(parts=())

    def model_answer(self, _spec: SurveySpec) -> Form:
        """No answer is better than another."""
        return {}

    def profile(self, spec: SurveySpec, answer: SurveyAnswer, before: SurveyAnswer | None = None) -> tuple[Block, ...]:
        if not answer.steps:
            return ()
        earlier = scores_of(spec, before.steps) if before else None
        return tuple(_Profile(spec, scores_of(spec, answer.steps), earlier).blocks(answer))

    def together(self, spec: SurveySpec, answers: Sequence[SurveyAnswer]) -> tuple[Block, ...]:
        """The mean of each dimension; nothing of private surveys, and nothing of a few people."""
        each = [scores_of(spec, answer.steps) for answer in answers if answer.steps]
        if spec.private or len(each) < LEAST_TOGETHER:
            return ()
        means = {dimension.id: _mean([scores[dimension.id] for scores in each]) for dimension in spec.dimensions}
        words = in_words(say("Mean of {count} answers", count=len(each)), language_of(spec.title))
        return (_chart(spec, (Series(plain(words), _values(spec, means)),)),)


def _mean(scores: Sequence[Fraction | None]) -> Fraction | None:
    known = [score for score in scores if score is not None]
    return sum(known, Fraction(0)) / len(known) if len(known) >= LEAST_TOGETHER else None


def _values(spec: SurveySpec, scores: Scores) -> tuple[float | None, ...]:
    known = (scores[dimension.id] for dimension in spec.dimensions)
    return tuple(None if score is None else float(_rounded(score)) for score in known)


def _rounded(score: Fraction) -> int:
    """Half away from zero, as people round."""
    return floor(score + Fraction(1, 2))


def _chart(spec: SurveySpec, series: tuple[Series, ...]) -> Chart:
    axes = tuple(inline(dimension.label) for dimension in spec.dimensions)
    return Chart(spec.profile, axes, series, 100, "%")


class _Profile:
    """What the scores of one person say."""

    def __init__(self, spec: SurveySpec, scores: Scores, earlier: Scores | None) -> None:
        self.spec, self.scores, self.earlier = spec, scores, earlier
        self.language = language_of(spec.title)

    def word(self, sentence: Sentence) -> Text:
        return plain(in_words(sentence, self.language))

    def blocks(self, answer: SurveyAnswer) -> Iterator[Block]:
        yield _chart(self.spec, tuple(self._series()))
        if self.spec.bands or any(each.high or each.low for each in self.spec.dimensions):
            yield self._words()
        if left := [item for item in self.spec.items if item.id not in answer.steps]:
            texts = "; ".join(bare_text(item.text) for item in left)
            yield Paragraph(self.word(say("Not answered ({count}): {texts}", count=len(left), texts=texts)), "small")

    def _series(self) -> Iterator[Series]:
        yield Series(self.word(say("This time") if self.earlier else say("Score")), _values(self.spec, self.scores))
        if self.earlier:
            yield Series(self.word(say("Before")), _values(self.spec, self.earlier))

    def _words(self) -> Table:
        changed = (self.word(say("Change")),) if self.earlier else ()
        header = (self.word(say("Dimension")), *changed, self.word(say("What it says")))
        rows = tuple(
            Row((inline(each.label), *((self._change(each),) if changed else ()), (Paragraph(self._meaning(each)),)))
            for each in self.spec.dimensions
        )
        return Table(header, rows, widths=(25, 15, 60) if changed else (30, 70), row_header=0)

    def _change(self, dimension: Dimension) -> Text:
        now, then = self.scores[dimension.id], (self.earlier or {}).get(dimension.id)
        return plain("–" if now is None or then is None else f"{_rounded(now) - _rounded(then):+d}")

    def _meaning(self, dimension: Dimension) -> Text:
        score = self.scores[dimension.id]
        if score is None:
            return self.word(say("Too few answers for a score."))
        band = self.spec.band_of(score)
        side = dimension.high if score > 50 else dimension.low if score < 50 else None
        texts = (
            Text("<strong>{}</strong>").format(inline(band.label)) if band else NOTHING,
            inline(band.say) if band and band.say else NOTHING,
            inline(side) if side else NOTHING,
        )
        return plain(" ").join(filter(None, texts))
