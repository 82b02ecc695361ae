"""Checklist: the trainee ticks what belongs on a list, may write beside each item, and may add own ones.

By key an item is right if it is ticked and needed, or neither; on a list where nothing at all is ticked nothing is
right. By rule it counts how much is ticked, remarked on and added, whatever it is.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from fractions import Fraction
from typing import ClassVar

from app.documents.blocks import Block, ChoiceField, Column, GridField, GridRow, Option, Paragraph, Text, plain
from app.documents.markdown import inline
from app.exercises.kind import Answer, Grade, Kind, Part, Secret
from app.exercises.kinds.checklist.spec import ChecklistSpec, Item
from app.exercises.prepared import prepared
from app.exercises.spec import share_out
from app.exercises.texts import bare_text
from app.exercises.typed import TICKED, Form, Reader
from app.words import Sentence, in_words, language_of, say

OWN, TICK, REMARK, TEXT = "own", "tick", "remark", "text"
MOST_TEXT = 500
"""Characters of a remark or an own item."""


class ChecklistAnswer(Answer):
    ticked: tuple[str, ...] = ()
    """Ids of items, in the order of the sheet."""
    remarks: Mapping[str, str] = {}
    """Item id, or number of an own line → what stands beside it."""
    own: Mapping[str, str] = {}
    """Number of an own line → what was added there."""


class Checklist(Kind[ChecklistSpec, ChecklistAnswer]):
    name: ClassVar[str] = "checklist"
    Spec = ChecklistSpec
    Answer = ChecklistAnswer
    secret: ClassVar[Secret] = {"items": {"__all__": {"needed": True, "why": True}}, "rule": True, "model": True}

    def sheet(self, spec: ChecklistSpec) -> tuple[Block, ...]:
        return tuple(_blocks(spec))

    def read(self, spec: ChecklistSpec, form: Form) -> ChecklistAnswer:
        reader = Reader(form)
        lines = [str(number) for number in range(1, spec.own + 1)]
        remarks = {item.id: _text(reader, _remark_name(item)) for item in spec.items if spec.remark}
        remarks |= {line: _text(reader, f"{OWN}.{line}.{REMARK}") for line in lines if spec.remark}
        own = {line: _text(reader, f"{OWN}.{line}.{TEXT}") for line in lines}
        return ChecklistAnswer(
            ticked=tuple(item.id for item in spec.items if reader.tick(_tick_name(spec, item))),
            remarks={name: text for name, text in remarks.items() if text},
            own={line: text for line, text in own.items() if text},
            unreadable=reader.unreadable,
        )

    def grade(self, spec: ChecklistSpec, answer: ChecklistAnswer) -> Grade:
        return Grade(parts=_marker(spec).mark(answer))

    def model_answer(self, spec: ChecklistSpec) -> Form:
        return dict(_model(spec))

    def fields_of_part(self, spec: ChecklistSpec, part_id: str) -> tuple[str, ...]:
        """A condition of the rule judges its column."""
        names = super().fields_of_part(spec, part_id)
        if part_id == "ticked":
            return tuple(_tick_name(spec, item) for item in spec.items)
        return tuple(_remark_name(item) for item in spec.items) if part_id == "remarks" else names


# The sheet


def _blocks(spec: ChecklistSpec) -> Iterator[Block]:
    prompt = inline(spec.prompt) if spec.prompt else _word(spec, say("Tick what belongs on the list."))
    if spec.groups:
        yield Paragraph(prompt)
    for group in spec.groups or (None,):
        items = spec.in_group(group.id if group else None)
        label = inline(group.label) if group else prompt
        yield _remarked(spec, items, label) if spec.remark else _ticks(items, label)
    if spec.own:
        yield _own_lines(spec)


def _ticks(items: tuple[Item, ...], label: Text) -> ChoiceField:
    options = tuple(Option(item.id, inline(item.text)) for item in items)
    return ChoiceField(_list_name(items[0]), label, options, several=True)


def _remarked(spec: ChecklistSpec, items: tuple[Item, ...], label: Text) -> GridField:
    tick = inline(spec.tick) if spec.tick else _word(spec, say("Tick"))
    columns = (Column(TICK, tick, "tick", 1), _remark_column(spec))
    rows = tuple(GridRow(item.id, inline(item.text)) for item in items)
    return GridField(_list_name(items[0]), label, _word(spec, say("Content")), columns, rows)


def _own_lines(spec: ChecklistSpec) -> GridField:
    text = Column(TEXT, _word(spec, say("Content")), "text", 4)
    columns = (text, _remark_column(spec)) if spec.remark else (text,)
    rows = tuple(GridRow(str(number), plain(str(number))) for number in range(1, spec.own + 1))
    return GridField(OWN, _word(spec, say("Added by yourself")), _word(spec, say("No.")), columns, rows)


def _remark_column(spec: ChecklistSpec) -> Column:
    return Column(REMARK, inline(spec.remark or ""), "text", 4)


def _word(spec: ChecklistSpec, sentence: Sentence) -> Text:
    return plain(in_words(sentence, language_of(spec.title)))


def _list_name(item: Item) -> str:
    """The block an item stands in: one a group. A group's id alone could be that of the own lines."""
    return f"items-{item.group}" if item.group else "items"


def _tick_name(spec: ChecklistSpec, item: Item) -> str:
    name = f"{_list_name(item)}.{item.id}"
    return f"{name}.{TICK}" if spec.remark else name


def _remark_name(item: Item) -> str:
    return f"{_list_name(item)}.{item.id}.{REMARK}"


def _text(reader: Reader, name: str) -> str:
    text = reader.text(name)
    if len(text) <= MOST_TEXT:
        return text
    why = say("At most {most} characters have room here; there are {count}.", most=MOST_TEXT, count=len(text))
    reader.unreadable[name] = why
    return ""


def _model(spec: ChecklistSpec) -> Iterator[tuple[str, str]]:
    """Needed items, and as many more as the rule asks for; where the author gives no words, that they are free."""
    conditions, free = spec.conditions, in_words(say("(in own words)"), language_of(spec.title))
    needed = [item for item in spec.items if item.needed is not False]
    others = [] if "key" in spec.marking else [item for item in spec.items if item.needed is False]
    ticked = needed if "key" in spec.marking or any(item.needed for item in spec.items) else []
    lacking = max(conditions.get("ticked", 0), conditions.get("remarks", 0)) - len(ticked)
    ticked = ticked + [item for item in (*needed, *others) if item not in ticked][: max(lacking, 0)]
    yield from ((_tick_name(spec, item), TICKED) for item in ticked)
    for place, item in enumerate(ticked if spec.remark else ()):
        if text := spec.model.remarks.get(item.id, free if place < conditions.get("remarks", 0) else ""):
            yield _remark_name(item), text
    own = (*spec.model.own, *[free] * (conditions.get("own", 0) - len(spec.model.own)))
    yield from ((f"{OWN}.{number}.{TEXT}", text) for number, text in enumerate(own[: spec.own], start=1))


# The marking


@dataclass(frozen=True)
class _Marked:
    """An item with its part for each thing that can be said of it."""

    id: str
    ticked: Part
    left: Part
    untouched: Part
    """Where nothing on the whole list is ticked."""


@dataclass(frozen=True)
class _Counted:
    """A condition of the rule with its part for each number that was found, up to what it asks for."""

    name: str
    parts: tuple[Part, ...]


@dataclass(frozen=True)
class _Marker:
    items: tuple[_Marked, ...]
    conditions: tuple[_Counted, ...]

    def mark(self, answer: ChecklistAnswer) -> tuple[Part, ...]:
        ticked = frozenset(answer.ticked)
        by_key = [item.ticked if item.id in ticked else item.left if ticked else item.untouched for item in self.items]
        return (*by_key, *(each.parts[min(_found(each.name, answer), len(each.parts) - 1)] for each in self.conditions))


def _found(condition: str, answer: ChecklistAnswer) -> int:
    match condition:
        case "ticked":
            return len(answer.ticked)
        case "own":
            return len(answer.own)
        case _:
            return sum(name in answer.ticked or name in answer.own for name in answer.remarks)


@prepared
def _marker(spec: ChecklistSpec) -> _Marker:
    shares = iter(share_out(spec.key_points, spec.stated_points()))
    keyed = spec.items if "key" in spec.marking else ()
    items = tuple(_marked(item, next(shares)) for item in keyed)
    language = language_of(spec.title)
    labels = {
        "ticked": in_words(say("Ticked"), language),
        "own": in_words(say("Added by yourself"), language),
        "remarks": bare_text(spec.remark or ""),
    }
    return _Marker(
        items,
        tuple(_counted(name, labels[name], wanted, next(shares)) for name, wanted in spec.conditions.items()),
    )


def _marked(item: Item, possible: Fraction) -> _Marked:
    def part(earned: Fraction, says: Sentence) -> Part:
        label, why = bare_text(item.text), item.why or ""
        return Part(id=item.id, label=label, earned=earned, possible=possible, says=(says,), why=why)

    none = Fraction(0)
    if item.needed:
        missed = say("Not ticked, but it belongs on the list.")
        return _Marked(item.id, part(possible, say("Right.")), part(none, missed), part(none, missed))
    ticked = part(none, say("Ticked, but it does not belong on the list."))
    nothing = part(none, say("Nothing on the whole list is ticked."))
    return _Marked(item.id, ticked, part(possible, say("Rightly left out.")), nothing)


def _counted(name: str, label: str, wanted: int, possible: Fraction) -> _Counted:
    return _Counted(
        name,
        tuple(
            Part(
                id=name,
                label=label,
                earned=possible * Fraction(found, wanted),
                possible=possible,
                says=(say("Filled in: {count}, asked for: {least}.", count=found, least=wanted),),
            )
            for found in range(wanted + 1)
        ),
    )
