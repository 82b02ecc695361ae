"""Hierarchy: the trainee puts given statements on the levels of a ladder, or writes statements of their own on it.

With `items` the key marks. Of an item's points its level earns two thirds and its tick one third, each on its own;
`weights` changes that, and where no item says `sales_related` there is no tick and the level earns all. A statement
that was left alone earns nothing, even where no tick is right. With `rows` a rule marks: it counts what was written
and ticked, one part a condition.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from fractions import Fraction
from typing import ClassVar

from app.documents.blocks import NOTHING, Block, Card, Column, GridField, GridRow, Place, PlacementField, plain
from app.documents.markdown import inline
from app.exercises.kind import Answer, Grade, Kind, Part, Secret
from app.exercises.kinds.hierarchy.spec import HierarchySpec, Item, Level, Rule, Weights
from app.exercises.prepared import verdicts_of
from app.exercises.texts import bare_text
from app.exercises.typed import TICKED, Form, Reader
from app.words import Sentence, say


class HierarchyAnswer(Answer):
    levels: Mapping[str, str] = {}
    """Item id → level id, "" where it lies on none."""
    ticked: tuple[str, ...] = ()
    """Ids of the items that were ticked."""
    written: Mapping[str, tuple[str, ...]] = {}
    """Level id → the statements written on it, without empty lines."""
    ticked_rows: int = 0
    """How many written statements were ticked."""


class Hierarchy(Kind[HierarchySpec, HierarchyAnswer]):
    name: ClassVar[str] = "hierarchy"
    Spec = HierarchySpec
    Answer = HierarchyAnswer
    secret: ClassVar[Secret] = {
        "items": {"__all__": {"level": True, "sales_related": True, "why": True}},
        "levels": {"__all__": {"examples": True}},
    }

    def sheet(self, spec: HierarchySpec) -> tuple[Block, ...]:
        return (_board(spec),) if spec.items else tuple(_grid(spec, level) for level in spec.levels)

    def read(self, spec: HierarchySpec, form: Form) -> HierarchyAnswer:
        reader = Reader(form)
        options = [level.id for level in spec.levels]
        levels = {item.id: reader.choice(f"level.{item.id}", options) for item in spec.items}
        ticked = tuple(item.id for item in spec.items if spec.tick and reader.tick(f"sales_related.{item.id}"))
        lines = {level.id: tuple(_lines(spec, level.id, reader)) for level in spec.levels if spec.rows}
        return HierarchyAnswer(
            levels=levels,
            ticked=ticked,
            written={level: tuple(text for text, _ in found) for level, found in lines.items()},
            ticked_rows=sum(is_ticked for found in lines.values() for _, is_ticked in found),
            unreadable=reader.unreadable,
        )

    def grade(self, spec: HierarchySpec, answer: HierarchyAnswer) -> Grade:
        if not spec.items:
            return Grade(parts=tuple(_check_rule(spec, answer)))
        verdicts, ticked = verdicts_of(spec), frozenset(answer.ticked)
        parts = []
        for item, possible in zip(spec.items, verdicts.shares, strict=True):
            chosen, is_ticked = answer.levels.get(item.id, ""), item.id in ticked
            answered = (item.id, chosen, is_ticked)
            parts.append(verdicts.part(answered, _mark, spec, item, possible, chosen, is_ticked=is_ticked))
        return Grade(parts=tuple(parts))

    def model_answer(self, spec: HierarchySpec) -> Form:
        placed = {f"level.{item.id}": item.level for item in spec.items}
        ticked = {f"sales_related.{item.id}": TICKED for item in spec.items if item.sales_related and spec.tick}
        return {**placed, **ticked, **dict(_written_out(spec))}


def _board(spec: HierarchySpec) -> PlacementField:
    places = (Place(v.id, inline(v.label), inline(v.hint) if v.hint else NOTHING) for v in spec.levels)
    return PlacementField(
        "level",
        inline(spec.asked),
        tuple(Card(item.id, inline(item.text)) for item in spec.items),
        tuple(places),
        tick_name="sales_related" if spec.tick else "",
        tick=inline(spec.tick),
    )


def _grid(spec: HierarchySpec, level: Level) -> GridField:
    columns = (Column("text", inline(spec.asked), width=5), Column("sales_related", inline(spec.tick), "tick"))
    rows = tuple(GridRow(str(line), plain(str(line))) for line in _line_numbers(spec))
    label = inline(level.label) + (plain(" · ") + inline(level.hint) if level.hint else NOTHING)
    return GridField(level.id, label, plain("#"), columns if spec.tick else columns[:1], rows)


def _line_numbers(spec: HierarchySpec) -> range:
    return range(1, spec.rows + 1)


def _lines(spec: HierarchySpec, level: str, reader: Reader) -> Iterator[tuple[str, bool]]:
    for line in _line_numbers(spec):
        is_ticked = bool(spec.tick) and reader.tick(f"{level}.{line}.sales_related")
        if text := reader.text(f"{level}.{line}.text"):
            yield text, is_ticked


def _written_out(spec: HierarchySpec) -> Iterator[tuple[str, str]]:
    for level in spec.levels:
        for line, example in zip(_line_numbers(spec), level.examples, strict=False):
            yield f"{level.id}.{line}.text", example.text
            if example.sales_related and spec.tick:
                yield f"{level.id}.{line}.sales_related", TICKED


def _mark(spec: HierarchySpec, item: Item, possible: Fraction, chosen: str, *, is_ticked: bool) -> Part:
    level_right = chosen == item.level
    tick_right = not spec.tick or is_ticked == bool(item.sales_related)
    touched = bool(chosen) or is_ticked
    weights = spec.weights if spec.tick else Weights(level=Fraction(1), tick=Fraction(0))
    got = (weights.level * level_right + weights.tick * tick_right) if touched else Fraction(0)
    says = tuple(_feedback(spec, item, chosen, tick_right=tick_right)) if touched else (say("Left blank."),)
    earned = possible * got / (weights.level + weights.tick)
    return Part(id=item.id, label=bare_text(item.text), earned=earned, possible=possible, says=says, why=item.why or "")


def _feedback(spec: HierarchySpec, item: Item, chosen: str, *, tick_right: bool) -> Iterator[Sentence]:
    label = {level.id: bare_text(level.label) for level in spec.levels}
    if chosen == item.level:
        yield say("“{level}” is right.", level=label[item.level])
    elif chosen:
        yield say("Placed under “{chosen}”; it belongs under “{level}”.", chosen=label[chosen], level=label[item.level])
    else:
        yield say("Not placed; it belongs under “{level}”.", level=label[item.level])
    if not tick_right and item.sales_related:
        yield say("“{tick}” should be ticked.", tick=spec.tick)
    elif not tick_right:
        yield say("“{tick}” should not be ticked.", tick=spec.tick)


def _check_rule(spec: HierarchySpec, answer: HierarchyAnswer) -> Iterator[Part]:
    rule = spec.rule or Rule()
    shares = verdicts_of(spec).shares
    for level, possible in zip(spec.levels, shares, strict=False):
        count = len(answer.written.get(level.id, ()))
        says = say("Written: {count}, asked for: {wanted}.", count=count, wanted=rule.per_level)
        yield _counted(level.id, bare_text(level.label), (count, rule.per_level), (possible, says))
    if len(shares) > len(spec.levels):
        says = say("Ticked: {count}, asked for: {wanted}.", count=answer.ticked_rows, wanted=rule.ticked)
        yield _counted("sales_related", bare_text(spec.tick), (answer.ticked_rows, rule.ticked), (shares[-1], says))


def _counted(name: str, label: str, counts: tuple[int, int], worth: tuple[Fraction, Sentence]) -> Part:
    (count, wanted), (possible, says) = counts, worth
    earned = possible * min(count, wanted) / wanted
    return Part(id=name, label=label, earned=earned, possible=possible, says=(says,))
