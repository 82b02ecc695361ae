"""Classification: each case goes to the class that a rule gives it; the key is worked out from the rule.

The first line of the rule that holds for what is known of a case decides. Further cases may be made by seed: with
`near` at and around the boundaries of the rule, of every class where that can be.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar

from app.documents.blocks import NOTHING, Block, Card, Listing, Paragraph, Place, PlacementField, plain
from app.documents.markdown import inline
from app.exercises.kind import Answer, Grade, Kind, Secret
from app.exercises.kinds.classification.deciding import decide
from app.exercises.kinds.classification.making import made_cases
from app.exercises.kinds.classification.parts import Case, Line
from app.exercises.kinds.classification.spec import ClassificationSpec
from app.exercises.placing import Judge, Placed
from app.exercises.prepared import prepared
from app.exercises.spec import share_out
from app.exercises.typed import Form, Reader
from app.words import in_words, language_of, say

FIELD = "class"
BREAK = "  \n"
"""Ends a line in Markdown."""


class ClassificationAnswer(Answer):
    classes: Mapping[str, str] = {}
    """Case id → class id, "" where it lies in none."""


class Classification(Kind[ClassificationSpec, ClassificationAnswer]):
    name: ClassVar[str] = "classification"
    Spec = ClassificationSpec
    Answer = ClassificationAnswer
    secret: ClassVar[Secret] = {
        "rule": True,
        "cases": {"__all__": {"why": True}},
        "generated": {"__all__": {"why": True}},
    }

    def sheet(self, spec: ClassificationSpec) -> tuple[Block, ...]:
        cards = tuple(Card(case.id, inline(f"{case.text}{BREAK}{_known(spec, case)}")) for case in spec.all_cases)
        places = (Place(c.id, inline(c.label), inline(c.hint) if c.hint else NOTHING) for c in spec.classes)
        return (*_printed_rule(spec), PlacementField(FIELD, inline(spec.asked), cards, tuple(places)))

    def read(self, spec: ClassificationSpec, form: Form) -> ClassificationAnswer:
        reader = Reader(form)
        names = [each.id for each in spec.classes]
        classes = {case.id: reader.choice(f"{FIELD}.{case.id}", names) for case in spec.all_cases}
        return ClassificationAnswer(classes=classes, unreadable=reader.unreadable)

    def grade(self, spec: ClassificationSpec, answer: ClassificationAnswer) -> Grade:
        return Grade(parts=_judge(spec).parts(answer.classes, answer.unreadable, FIELD))

    def model_answer(self, spec: ClassificationSpec) -> Form:
        return {f"{FIELD}.{card.id}": card.place for card in _keyed(spec)}

    def for_seed(self, spec: ClassificationSpec, seed: int) -> ClassificationSpec:
        return spec.model_copy(update={"generated": made_cases(dict(spec), seed)}) if spec.generate else spec


def _printed_rule(spec: ClassificationSpec) -> tuple[Block, ...]:
    if not spec.shown_rule:
        return ()
    head = in_words(say("The rule; the first line that holds decides:"), language_of(spec.title))
    lines = tuple((Paragraph(inline(line)),) for line in spec.shown_rule)
    return (Paragraph(plain(head)), Listing(lines, ordered=True))


def _known(spec: ClassificationSpec, case: Case) -> str:
    """What is known of the case: it stands on its card, so that nobody has to look it up in a table."""
    language = language_of(spec.title)
    return " · ".join(fact.shown(case.facts[fact.id], language) for fact in spec.facts if fact.id in case.facts)


@prepared
def _keyed(spec: ClassificationSpec) -> tuple[Placed, ...]:
    return tuple(_placed(spec, case) for case in spec.all_cases)


def _placed(spec: ClassificationSpec, case: Case) -> Placed:
    number = decide(spec.rule, case.values(spec.facts))
    line = spec.rule[number] if number is not None else None
    return Placed(case.id, f"{case.text} · {_known(spec, case)}", line.class_ if line else "", _why(spec, line, case))


def _why(spec: ClassificationSpec, line: Line | None, case: Case) -> str:
    """What the rule's author says of the line that decides, then what there is to say of the case itself."""
    space = "" if language_of(spec.title) == "zh-CN" else " "
    return space.join(filter(None, (line.why if line else None, case.why)))


@prepared
def _judge(spec: ClassificationSpec) -> Judge:
    labels = {each.id: each.label for each in spec.classes}
    return Judge(_keyed(spec), share_out(spec.key_points, spec.stated_points()), labels)
