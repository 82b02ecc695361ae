"""What an author writes of a survey, and what must fit together in it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from fractions import Fraction
from typing import Annotated, Literal

from pydantic import BeforeValidator, Field, StrictBool, ValidationInfo, WithJsonSchema

from app.exercises.numbers import Exact, authored_number, in_figures
from app.exercises.spec import Mistake, Spec, mistake, repeated_texts
from app.exercises.spelling import did_you_mean
from app.exercises.texts import Id, InlineText, at_least, fault, is_dumped
from app.exercises.written import Path, Written
from app.words import in_words, language_of, say

FIELD = "item"


def _share(value: object, info: ValidationInfo[object]) -> str:
    if isinstance(value, str) and is_dumped(info):
        return value
    typed = authored_number(value)
    percent = None if typed is None else typed.value if typed.percent else typed.value * 100
    if percent is not None and 0 < percent <= 100:
        return f"{in_figures(percent)}%"
    raise fault("share", say("This is not a share."), say("Write a share such as 80 %."))


Share = Annotated[str, BeforeValidator(_share), WithJsonSchema({"anyOf": [{"type": "number"}, {"type": "string"}]})]


def _weights(value: object) -> object:
    return {value: 1} if isinstance(value, str) else value


Weights = Annotated[
    Mapping[Id, Exact],
    BeforeValidator(_weights),
    WithJsonSchema({"anyOf": [{"type": "string"}, {"type": "object", "additionalProperties": {"type": "number"}}]}),
]


class Step(Written):
    id: Id
    label: InlineText
    value: Exact | None = None
    """Its place in the scale, from 1, where there is none."""


class Dimension(Written):
    id: Id
    label: InlineText
    high: InlineText | None = None
    """What more than half of the points says."""
    low: InlineText | None = None


class Item(Written):
    id: Id
    text: InlineText
    dimension: Weights = Field(default_factory=dict)
    """What it counts for and how much; the only dimension where there is none. Below 0: the other way round."""
    reversed: StrictBool = False
    weight: Exact = Field(Fraction(1), gt=0)


class Band(Written):
    """A stretch of the scores, from the band before it up to a percentage."""

    up_to: Exact | None = Field(None, gt=0, lt=100)
    label: InlineText
    say: InlineText | None = None


class SurveySpec(Spec):
    kind: Literal["survey"]
    prompt: InlineText | None = None
    scale: Annotated[tuple[Step, ...], at_least(2)] = Field(max_length=7)
    dimensions: Annotated[tuple[Dimension, ...], at_least(1)] = Field(max_length=8)
    items: Annotated[tuple[Item, ...], at_least(1)] = Field(max_length=100)
    profile: Literal["radar", "bars"] = "radar"
    bands: tuple[Band, ...] = Field((), max_length=8)
    before: Id | None = None
    """The exercise with an earlier answer to the same items."""
    least: Share = "80%"
    """Of the items of a dimension, how many must be answered for it to have a score."""

    @property
    def asked(self) -> str:
        return self.prompt or in_words(say("How far does each sentence apply to you?"), language_of(self.title))

    @property
    def compared_with(self) -> str | None:
        return self.before

    @property
    def earlier_slugs(self) -> tuple[str, ...]:
        return tuple(dict.fromkeys((*super().earlier_slugs, *filter(None, (self.before,)))))

    def wanted_of(self, slug: str) -> tuple[str, ...]:
        """Of the survey before, the same items; what is carried besides is all that is wanted then."""
        own, names = slug == self.before, super().wanted_of(slug)
        is_carried = any(carry.from_ == slug for carry in self.carries)
        return () if is_carried and not names else (*names, FIELD) if own else names

    @property
    def values(self) -> Mapping[str, Fraction]:
        """Step → what it counts."""
        return {
            step.id: Fraction(place) if step.value is None else step.value
            for place, step in enumerate(self.scale, start=1)
        }

    def weights(self, item: Item) -> Mapping[str, Fraction]:
        """Dimension → what the item counts there; below 0 where it is turned round."""
        sign = -1 if item.reversed else 1
        counts = item.dimension or {self.dimensions[0].id: Fraction(1)}
        return {name: sign * item.weight * share for name, share in counts.items()}

    def band_of(self, score: Fraction) -> Band | None:
        return next((band for band in self.bands if band.up_to is None or score <= band.up_to), None)

    def mistakes(self) -> Iterator[Mistake]:
        yield from super().mistakes()
        yield from repeated_texts(self.scale, ("scale",), "label")
        yield from repeated_texts(self.items, ("items",), "text")
        yield from _scale_mistakes(self)
        yield from _band_mistakes(self.bands)
        for place, item in enumerate(self.items):
            yield from _item_mistakes(self, ("items", place, "dimension"), item)
        counted = {name for item in self.items for name in self.weights(item)}
        for place, dimension in enumerate(self.dimensions):
            if dimension.id not in counted:
                sentence = say("No item counts for “{id}”.", id=dimension.id)
                remedy = say("Add an item, or take the dimension out.")
                yield mistake(("dimensions", place), "dimension-empty", sentence, remedy)


def _scale_mistakes(spec: SurveySpec) -> Iterator[Mistake]:
    stated = [step.value for step in spec.scale]
    if any(value is None for value in stated) and any(value is not None for value in stated):
        sentence = say("Some steps of the scale have a value, others have none.")
        yield mistake(("scale",), "scale-values", sentence, say("Give each a value, or none."))
        return
    values = list(spec.values.values())
    if values != sorted(set(values)):
        sentence = say("The values of a scale rise from step to step.")
        remedy = say("Put the steps in order; an item that counts the other way round is “reversed: true”.")
        yield mistake(("scale",), "scale-values", sentence, remedy)


def _band_mistakes(bands: tuple[Band, ...]) -> Iterator[Mistake]:
    limits = [band.up_to for band in bands]
    for place, limit in enumerate(limits):
        if (limit is None) != (place == len(limits) - 1):
            sentence = say("Every band but the last says up to where it goes.")
            yield mistake(("bands", place), "bands", sentence, say("Add “up_to”, and leave it out in the last band."))
        elif limit is not None and place and (before := limits[place - 1]) is not None and limit <= before:
            sentence = say("This band ends before the one above it.")
            yield mistake(("bands", place, "up_to"), "bands", sentence, say("Put the bands in order."))


def _item_mistakes(spec: SurveySpec, path: Path, item: Item) -> Iterator[Mistake]:
    known = [dimension.id for dimension in spec.dimensions]
    if not item.dimension and len(known) > 1:
        sentence = say("This item does not say which dimension it counts for.")
        yield mistake(path, "dimension-missing", sentence, say("Dimensions are: {names}.", names=", ".join(known)))
    for name, weight in item.dimension.items():
        if name not in known:
            sentence = say("There is no dimension “{name}”.", name=name)
            remedy = did_you_mean(name, known, say("Dimensions are: {names}.", names=", ".join(known)))
            yield mistake(path, "dimension-unknown", sentence, remedy)
        elif not weight:
            sentence = say("The item counts nothing for “{name}”.", name=name)
            yield mistake((*path, name), "weight-zero", sentence, say("Take it out, or give it a weight."))
