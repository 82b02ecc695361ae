"""What an author writes of a checklist, and what must fit together in it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from fractions import Fraction
from typing import Annotated, Literal

from pydantic import Field, StrictBool, StrictInt

from app.exercises.numbers import Exact
from app.exercises.spec import Mistake, Spec, mistake, repeated_texts
from app.exercises.spelling import did_you_mean
from app.exercises.texts import Id, InlineText, at_least
from app.exercises.written import Written
from app.words import say

CONDITIONS = ("ticked", "own", "remarks")
"""The parts of a rule, in the order of the sheet."""


class Group(Written):
    id: Id
    label: InlineText


class Item(Written):
    id: Id
    text: InlineText
    group: Id | None = None
    needed: StrictBool | None = None
    """Whether it belongs on the list."""
    why: InlineText | None = None
    points: Exact | None = Field(None, gt=0)


class Rule(Written):
    """How much of the list must be filled in, whatever it says."""

    ticked: StrictInt | None = Field(None, ge=1)
    own: StrictInt | None = Field(None, ge=1)
    remarks: StrictInt | None = Field(None, ge=1)
    """Beside something that is ticked."""

    @property
    def conditions(self) -> Mapping[str, int]:
        """Each with how many it asks for."""
        return {name: wanted for name in CONDITIONS if (wanted := getattr(self, name)) is not None}


class Model(Written):
    """What a good list says besides its ticks."""

    own: tuple[InlineText, ...] = ()
    remarks: Mapping[Id, InlineText] = {}
    """Item → what stands beside it."""


class ChecklistSpec(Spec):
    kind: Literal["checklist"]
    prompt: InlineText | None = None
    groups: tuple[Group, ...] = Field((), max_length=12)
    items: Annotated[tuple[Item, ...], at_least(2)] = Field(max_length=60)
    tick: InlineText | None = None
    """What stands over the boxes, where something is written beside them."""
    remark: InlineText | None = None
    """What is written beside each box."""
    own: StrictInt = Field(0, ge=0, le=20)
    """Lines for what whoever fills it in adds."""
    rule: Rule | None = None
    model: Model = Model()

    def in_group(self, group: str | None) -> tuple[Item, ...]:
        return tuple(item for item in self.items if item.group == group)

    @property
    def conditions(self) -> Mapping[str, int]:
        return self.rule.conditions if self.rule and "rule" in self.marking else {}

    def stated_points(self) -> tuple[Fraction | None, ...]:
        keyed = tuple(item.points for item in self.items) if "key" in self.marking else ()
        return (*keyed, *(None for _ in self.conditions))

    def mistakes(self) -> Iterator[Mistake]:
        yield from super().mistakes()
        yield from repeated_texts(self.items, ("items",), "text")
        yield from repeated_texts(self.groups, ("groups",), "label")
        yield from _group_mistakes(self)
        yield from _key_mistakes(self)
        yield from _rule_mistakes(self)


def _group_mistakes(spec: ChecklistSpec) -> Iterator[Mistake]:
    known = {group.id for group in spec.groups}
    for place, item in enumerate(spec.items):
        path = ("items", place, "group")
        if item.group is None and known:
            sentence = say("There are groups, but this item belongs to none.")
            yield mistake(path, "group-missing", sentence, say("Take one of: {names}.", names=", ".join(sorted(known))))
        elif item.group is not None and item.group not in known:
            remedy = did_you_mean(item.group, known, say("Add it to “groups”."))
            yield mistake(path, "group-unknown", say("There is no group “{name}”.", name=item.group), remedy)
    for place, group in enumerate(spec.groups):
        if not spec.in_group(group.id):
            sentence = say("No item belongs to this group.")
            yield mistake(("groups", place), "group-empty", sentence, say("Give an item this group, or take it out."))


def _key_mistakes(spec: ChecklistSpec) -> Iterator[Mistake]:
    if "key" not in spec.marking:
        return
    for place, item in enumerate(spec.items):
        if item.needed is None:
            sentence = say("The key does not say whether this item belongs on the list.")
            yield mistake(("items", place), "needed-missing", sentence, say("Write “needed: true” or “needed: false”."))
    if all(item.needed is False for item in spec.items):
        sentence = say("Nothing belongs on this list: whoever leaves it empty would be right.")
        yield mistake(("items",), "needed-none", sentence, say("Write “needed: true” at one item."))


def _rule_mistakes(spec: ChecklistSpec) -> Iterator[Mistake]:
    if spec.rule is not None and "rule" not in spec.marking:
        sentence = say("There is a rule, but “marking” does not name “rule”.")
        yield mistake(("rule",), "marking-misfit", sentence, say("Add “rule” to “marking”."))
    needed = sum(item.needed is True for item in spec.items)
    there = {"ticked": len(spec.items), "own": spec.own, "remarks": len(spec.items) if spec.remark else 0}
    for name, wanted in (spec.rule.conditions if spec.rule else {}).items():
        if wanted > there[name]:
            sentence = say("The rule asks for more than the sheet has room for: {most}.", most=there[name])
            yield mistake(("rule", name), "rule-room", sentence, say("Ask for less, or make room."))
        elif "key" in spec.marking and name != "own" and wanted > needed:
            sentence = say("The rule asks for more than the key lets anybody tick: {most}.", most=needed)
            yield mistake(("rule", name), "rule-room", sentence, say("Ask for less, or write “needed: true” at more."))
    if not spec.remark and spec.model.remarks:
        sentence = say("There is nowhere to write a remark.")
        yield mistake(("model", "remarks"), "key-misfit", sentence, say("Add “remark”, or take them out."))
    for name in spec.model.remarks:
        ids = [item.id for item in spec.items]
        if name not in ids:
            remedy = did_you_mean(name, ids, say("Take one of: {names}.", names=", ".join(ids)))
            yield mistake(
                ("model", "remarks", name), "item-unknown", say("There is no item “{name}”.", name=name), remedy
            )
