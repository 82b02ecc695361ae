"""Matching: each item goes with one of the targets; a target may serve several items, or none.

With `once` a target serves one item at most. Where a trainee gave it to several, all of these count as blank and the
check before handing in names them: nobody should guess which of them was meant.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from fractions import Fraction
from typing import Annotated, ClassVar, Literal

from pydantic import Field, StrictBool

from app.documents.blocks import NOTHING, Block, Card, Place, PlacementField
from app.documents.markdown import inline
from app.exercises.kind import Answer, Grade, Kind, Secret
from app.exercises.numbers import Exact
from app.exercises.placing import Judge, Placed, marked_by_key, place_mistakes, remarks_of, wrong_mistakes
from app.exercises.prepared import prepared
from app.exercises.spec import Mistake, Spec, mistake, repeated_texts, share_out
from app.exercises.texts import Id, InlineText, at_least
from app.exercises.typed import Form, Reader
from app.exercises.written import Written
from app.words import in_words, language_of, say

FIELD = "target"


class Target(Written):
    id: Id
    label: InlineText
    hint: InlineText | None = None


class Item(Written):
    id: Id
    text: InlineText
    target: Id
    why: InlineText | None = None
    wrong: Mapping[Id, InlineText] = Field(default_factory=dict)
    """Target → what to say to whoever chose it."""
    points: Exact | None = Field(None, gt=0)


class MatchingSpec(Spec):
    kind: Literal["matching"]
    prompt: InlineText | None = None
    """What belongs together; `asked` where it is left out."""
    targets: Annotated[tuple[Target, ...], at_least(2)] = Field(max_length=12)
    items: Annotated[tuple[Item, ...], at_least(1)] = Field(max_length=40)
    once: StrictBool = False

    @property
    def asked(self) -> str:
        """The prompt; a plain one in the language of the title where there is none."""
        asked = say("What goes with what? Each is used once.") if self.once else say("What goes with what?")
        return self.prompt or in_words(asked, language_of(self.title))

    def stated_points(self) -> tuple[Fraction | None, ...]:
        return tuple(item.points for item in self.items)

    def mistakes(self) -> Iterator[Mistake]:
        yield from super().mistakes()
        yield from marked_by_key(self)
        yield from repeated_texts(self.targets, ("targets",), "label")
        yield from repeated_texts(self.items, ("items",), "text")
        names = [target.id for target in self.targets]
        for place, item in enumerate(self.items):
            yield from place_mistakes(item.target, names, ("items", place, "target"))
            yield from wrong_mistakes(item.wrong, [item.target], names, ("items", place))
        yield from _once_mistakes(self)


class MatchingAnswer(Answer):
    targets: Mapping[str, str] = {}
    """Item id → target id, "" where it has none."""


class Matching(Kind[MatchingSpec, MatchingAnswer]):
    name: ClassVar[str] = "matching"
    Spec = MatchingSpec
    Answer = MatchingAnswer
    secret: ClassVar[Secret] = {"items": {"__all__": {"target": True, "why": True, "wrong": True}}}

    def sheet(self, spec: MatchingSpec) -> tuple[Block, ...]:
        cards = tuple(Card(item.id, inline(item.text)) for item in spec.items)
        places = (Place(t.id, inline(t.label), inline(t.hint) if t.hint else NOTHING) for t in spec.targets)
        return (PlacementField(FIELD, inline(spec.asked), cards, tuple(places)),)

    def read(self, spec: MatchingSpec, form: Form) -> MatchingAnswer:
        reader = Reader(form)
        names = [target.id for target in spec.targets]
        chosen = {item.id: reader.choice(f"{FIELD}.{item.id}", names) for item in spec.items}
        times = Counter(filter(None, chosen.values()))
        for name, target in chosen.items():
            if spec.once and times[target] > 1:
                chosen[name] = ""
                reader.unreadable[f"{FIELD}.{name}"] = say("Several have the same one here; each can be used once.")
        return MatchingAnswer(targets=chosen, unreadable=reader.unreadable)

    def grade(self, spec: MatchingSpec, answer: MatchingAnswer) -> Grade:
        return Grade(parts=_judge(spec).parts(answer.targets, answer.unreadable, FIELD))

    def model_answer(self, spec: MatchingSpec) -> Form:
        return {f"{FIELD}.{item.id}": item.target for item in spec.items}

    def remarks(self, spec: MatchingSpec) -> Mapping[str, tuple[tuple[str, str], ...]]:
        return remarks_of(_keyed(spec), _labels(spec))


def _keyed(spec: MatchingSpec) -> tuple[Placed, ...]:
    return tuple(Placed(item.id, item.text, item.target, item.why or "", item.wrong) for item in spec.items)


def _labels(spec: MatchingSpec) -> dict[str, str]:
    return {target.id: target.label for target in spec.targets}


@prepared
def _judge(spec: MatchingSpec) -> Judge:
    return Judge(_keyed(spec), share_out(spec.key_points, spec.stated_points()), _labels(spec))


def _once_mistakes(spec: MatchingSpec) -> Iterator[Mistake]:
    """With `once` the key itself uses no target twice."""
    used = [item.target for item in spec.items]
    for place, target in enumerate(used):
        if spec.once and target in used[:place]:
            sentence = say("Each target is used once, yet the key gives “{name}” to several items.", name=target)
            remedy = say("Give the item a target of its own, or take “once” out.")
            yield mistake(("items", place, "target"), "target-twice", sentence, remedy)
