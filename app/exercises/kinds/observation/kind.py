"""Observation: a role play or a presentation, and the sheet of whoever observes it.

The sheet shows everybody the roles and the phases, then the scale with a line of evidence for each item. A role's
secret stands on its card alone, which the trainer hands out on paper. The rule wants required items to be rated, each
earning its share, and as many lines of evidence as it says.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from fractions import Fraction
from typing import ClassVar

from app.documents.blocks import (
    NOTHING,
    Block,
    Card,
    ChoiceField,
    Heading,
    Option,
    Panel,
    Paragraph,
    Row,
    ScaleField,
    Table,
    Text,
    TextField,
    plain,
)
from app.documents.markdown import inline, parse_markdown
from app.exercises.kind import Answer, Grade, Kind, Part, Secret
from app.exercises.kinds.observation.spec import ObservationSpec, Phase, Role, Step
from app.exercises.prepared import prepared
from app.exercises.spec import share_out
from app.exercises.texts import bare_text
from app.exercises.typed import Form, Reader
from app.words import Language, Sentence, in_words, language_of, say

SEEN, EVIDENCE, RESULT, QUESTION = "seen", "evidence", "result", "question"
RATED_PART, EVIDENCE_PART = "rated", "evidence"


class ObservationAnswer(Answer):
    steps: Mapping[str, str] = {}
    """Item id → step id; nothing for what was not rated."""
    evidence: Mapping[str, str] = {}
    """Item id → what was seen or heard; nothing where nothing was written."""
    result: str = ""
    texts: Mapping[str, str] = {}
    """Question id → what was answered."""


class Observation(Kind[ObservationSpec, ObservationAnswer]):
    name: ClassVar[str] = "observation"
    Spec = ObservationSpec
    Answer = ObservationAnswer
    secret: ClassVar[Secret] = {"roles": {"__all__": {"secret": True}}}

    def sheet(self, spec: ObservationSpec) -> tuple[Block, ...]:
        return tuple(_sheet(spec, language_of(spec.title)))

    def read(self, spec: ObservationSpec, form: Form) -> ObservationAnswer:
        reader, steps = Reader(form), frozenset(step.id for step in spec.scale)
        rated = {item.id: reader.choice(f"{SEEN}.{item.id}", steps) for item in spec.items}
        evidence = {item.id: reader.text(f"{EVIDENCE}.{item.id}") for item in spec.items if spec.evidence}
        texts = {each.id: reader.text(f"{QUESTION}.{each.id}") for each in spec.questions}
        results = frozenset(option.id for option in spec.result.options) if spec.result else ()
        return ObservationAnswer(
            steps=_filled(rated),
            evidence=_filled(evidence),
            result=reader.choice(RESULT, results) if results else "",
            texts=_filled(texts),
            unreadable=reader.unreadable,
        )

    def grade(self, spec: ObservationSpec, answer: ObservationAnswer) -> Grade:
        return Grade(parts=tuple(_marked(spec, answer)))

    def model_answer(self, spec: ObservationSpec) -> Form:
        """The best step for every item; the rule can see no more of it."""
        if "rule" not in spec.marking:
            return {}
        rated = {f"{SEEN}.{item.id}": spec.scale[-1].id for item in spec.items}
        shown = spec.items[: spec.rule.evidence]
        return rated | {f"{EVIDENCE}.{item.id}": bare_text(item.good or item.text) for item in shown}

    def fields_of_part(self, spec: ObservationSpec, part_id: str) -> tuple[str, ...]:
        if part_id == RATED_PART:
            return tuple(f"{SEEN}.{item.id}" for item in spec.rated)
        return tuple(f"{EVIDENCE}.{item.id}" for item in spec.items)

    def handouts(self, spec: ObservationSpec) -> tuple[tuple[Block, ...], ...]:
        """A card for each role, secret included."""
        language = language_of(spec.title)
        return tuple((_card(role, language),) for role in spec.roles if role.brief or role.secret)


def _filled(texts: Mapping[str, str]) -> dict[str, str]:
    return {name: text for name, text in texts.items() if text}


def _sheet(spec: ObservationSpec, language: Language) -> Iterator[Block]:
    for role in spec.roles:
        if role.brief:
            yield Panel(inline(role.label), parse_markdown(role.brief).blocks, "card")
    if spec.phases:
        yield _phases(spec.phases, language)
    cards = tuple(Card(item.id, inline(item.text), inline(item.good) if item.good else NOTHING) for item in spec.items)
    evidence = inline(spec.evidence) if spec.evidence else NOTHING
    yield ScaleField(SEEN, inline(spec.asked), cards, _options(spec.scale), EVIDENCE if spec.evidence else "", evidence)
    if spec.result:
        yield ChoiceField(RESULT, inline(spec.result.label), _options(spec.result.options))
    for each in spec.questions:
        hint = inline(each.hint) if each.hint else NOTHING
        yield TextField(f"{QUESTION}.{each.id}", inline(each.label), each.lines, hint)


def _options(steps: Sequence[Step]) -> tuple[Option, ...]:
    return tuple(Option(step.id, inline(step.label)) for step in steps)


def _phases(phases: Sequence[Phase], language: Language) -> Table:
    header = plain(in_words(say("Phase"), language)), plain(in_words(say("Minutes"), language))
    rows = tuple(Row((inline(phase.label), plain(str(phase.minutes)))) for phase in phases)
    return Table(header, rows, widths=(80, 20), numeric=frozenset({1}), row_header=0)


def _card(role: Role, language: Language) -> Panel:
    def word(sentence: Sentence) -> Text:
        return plain(in_words(sentence, language))

    secret: tuple[Block, ...] = ()
    if role.secret:
        only_you = Heading(word(say("Only you read this")), 4)
        secret = (only_you, *parse_markdown(role.secret).blocks)
    keep = Paragraph(word(say("Keep this card to yourself until the exercise is over.")), "small")
    blocks = (*parse_markdown(role.brief).blocks, *secret, keep)
    return Panel(word(say("Your role")) + plain(" · ") + inline(role.label), blocks, "card")


@prepared
def _whole(spec: ObservationSpec) -> tuple[Part, ...]:
    """The parts of the rule where all of it is met."""
    if "rule" not in spec.marking:
        return ()
    shares, language = share_out(spec.key_points, spec.stated_points()), language_of(spec.title)
    label = in_words(say("What must be rated"), language)
    rated = Part(id=RATED_PART, label=label, earned=shares[0], possible=shares[0], says=(say("All of it is rated."),))
    if not spec.rule.evidence or not spec.evidence:
        return (rated,)
    says = (say("There is evidence enough."),)
    named = bare_text(spec.evidence)
    return rated, Part(id=EVIDENCE_PART, label=named, earned=shares[1], possible=shares[1], says=says)


def _marked(spec: ObservationSpec, answer: ObservationAnswer) -> Iterator[Part]:
    for part in _whole(spec):
        if part.id == RATED_PART:
            wanted = len(spec.rated)
            count = sum(item.id in answer.steps for item in spec.rated)
            says = say("{count} of {wanted} are rated.", count=count, wanted=wanted)
        else:
            wanted = spec.rule.evidence
            count = min(len(answer.evidence), wanted)
            says = say("Evidence for {count} of {wanted}.", count=count, wanted=wanted)
        if count == wanted:
            yield part
        else:
            yield part.model_copy(update={"earned": part.possible * Fraction(count, wanted), "says": (says,)})
