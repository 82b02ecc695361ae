"""What an author writes of a hierarchy, and what must fit together in it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from fractions import Fraction
from typing import Annotated, Any, Literal

from pydantic import Field, StrictBool, StrictInt

from app.exercises.numbers import Exact
from app.exercises.spec import Mistake, Spec, mistake
from app.exercises.spelling import did_you_mean
from app.exercises.texts import Id, InlineText, at_least
from app.exercises.written import Written
from app.words import in_words, language_of, say


class Example(Written):
    """A statement of a model answer, for whoever marks."""

    text: InlineText
    sales_related: StrictBool = True


class Level(Written):
    id: Id
    label: InlineText
    hint: InlineText | None = None
    examples: tuple[Example, ...] = ()


class Item(Written):
    id: Id
    text: InlineText
    level: Id
    sales_related: StrictBool | None = None
    why: InlineText | None = None
    points: Exact | None = Field(None, gt=0)


class Weights(Written):
    """How an item's points are split between its level and its tick."""

    level: Exact = Field(Fraction(2), ge=0)
    tick: Exact = Field(Fraction(1), ge=0)


class Rule(Written):
    """What the rows must hold: so many statements a level, so many ticked in all."""

    per_level: StrictInt = Field(1, ge=1)
    ticked: StrictInt = Field(1, ge=0)


def _default_tick(checked: Mapping[str, Any]) -> str:
    """Items that say nothing of the sale need no tick; rows always have one."""
    items = checked.get("items", ())
    if items and all(item.sales_related is None for item in items):
        return ""
    return in_words(say("Matters for this sale"), language_of(checked.get("title", "")))


class HierarchySpec(Spec):
    kind: Literal["hierarchy"]
    prompt: InlineText | None = None
    """Names the cards, or the column to write in; `asked` where it is left out."""
    levels: Annotated[tuple[Level, ...], at_least(2)] = Field(max_length=8)
    items: tuple[Item, ...] = Field((), max_length=40)
    rows: StrictInt = Field(0, ge=0, le=12)
    """Lines a level has for statements of the trainee's own."""
    rule: Rule | None = None
    tick: str = Field(default_factory=_default_tick)
    """What ticking a statement means; "" where there is nothing to tick."""
    weights: Weights = Weights()

    @property
    def asked(self) -> str:
        """The prompt; a plain one in the language of the title where there is none."""
        return self.prompt or in_words(say("Which level does it belong to?"), language_of(self.title))

    def stated_points(self) -> tuple[Fraction | None, ...]:
        if self.items:
            return tuple(item.points for item in self.items)
        return (None,) * len(conditions(self))

    def mistakes(self) -> Iterator[Mistake]:
        yield from _shape_mistakes(self)
        yield from super().mistakes()
        yield from _item_mistakes(self)
        yield from _example_mistakes(self)


def conditions(spec: HierarchySpec) -> tuple[str, ...]:
    """What the rule looks at: each level, and "ticked" where the rule wants ticks."""
    if spec.rule is None:
        return ()
    return (*(level.id for level in spec.levels), *(("",) if spec.rule.ticked and spec.tick else ()))


def _shape_mistakes(spec: HierarchySpec) -> Iterator[Mistake]:
    if bool(spec.items) == bool(spec.rows):
        sentence = say("A hierarchy has either “items” to place or “rows” to write in.")
        remedy = say("Keep one of the two.") if spec.items else say("Add one of the two.")
        yield mistake(("items",), "items-or-rows", sentence, remedy)
        return
    if spec.rule and not spec.rows:
        sentence = say("A rule counts what is written in rows, and there are none.")
        yield mistake(("rule",), "rule-without-rows", sentence, say("Add “rows”, or take the rule out."))
    if spec.weights.level + spec.weights.tick == 0:
        sentence = say("Level and tick cannot both weigh nothing.")
        yield mistake(("weights",), "weights-zero", sentence, say("Give one of them a weight."))
    fitting, misfit = ("key", "rule") if spec.items else ("rule", "key")
    for place, marking in enumerate(spec.marking):
        if marking == misfit:
            sentence = say("“{marking}” does not fit: items are marked by key, rows by rule.", marking=misfit)
            yield mistake(("marking", place), "marking-misfit", sentence, say("Write “{marking}”.", marking=fitting))


def _item_mistakes(spec: HierarchySpec) -> Iterator[Mistake]:
    levels = [level.id for level in spec.levels]
    for place, item in enumerate(spec.items):
        if item.level not in levels:
            sentence = say("There is no level “{name}”.", name=item.level)
            remedy = did_you_mean(item.level, levels, say("Take one of: {names}.", names=", ".join(levels)))
            yield mistake(("items", place, "level"), "level-unknown", sentence, remedy)
        if spec.tick and item.sales_related is None:
            sentence = say("The items have a tick; this one does not say “sales_related”.")
            yield mistake(("items", place), "tick-missing", sentence, say("Add “sales_related: true” or “false”."))


def _example_mistakes(spec: HierarchySpec) -> Iterator[Mistake]:
    """The examples are the model answer of rows, so they must meet the rule and fit."""
    if not spec.rows or spec.items:
        return
    rule = spec.rule or Rule(ticked=0)
    if rule.per_level > spec.rows:
        amounts = {"wanted": rule.per_level, "rows": spec.rows}
        sentence = say("The rule wants {wanted} statements a level, there are {rows} rows.", **amounts)
        yield mistake(("rule", "per_level"), "rule-rows", sentence, say("Add rows, or ask for fewer."))
        return
    for place, level in enumerate(spec.levels):
        if not rule.per_level <= len(level.examples) <= spec.rows:
            sentence = say("This level needs {least} to {most} examples.", least=rule.per_level, most=spec.rows)
            remedy = say("Add or remove some: they are the model answer trainers see.")
            yield mistake(("levels", place), "examples-count", sentence, remedy)
    ticked = sum(example.sales_related for level in spec.levels for example in level.examples)
    if spec.tick and ticked < rule.ticked:
        sentence = say("The rule wants {wanted} ticked, the examples have {count}.", wanted=rule.ticked, count=ticked)
        yield mistake(("rule", "ticked"), "examples-ticked", sentence, say("Mark more examples, or ask for fewer."))
