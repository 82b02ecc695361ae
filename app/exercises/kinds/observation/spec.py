"""What an author writes of a role play or presentation that is observed, and what must fit together in it."""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction
from typing import Annotated, Literal

from pydantic import Field, StrictBool, StrictInt

from app.exercises.spec import Mistake, Spec, mistake, repeated_texts
from app.exercises.texts import Id, InlineText, MarkdownText, at_least
from app.exercises.written import Written
from app.words import in_words, language_of, say


class Role(Written):
    id: Id
    label: InlineText
    brief: MarkdownText = ""
    """What everybody reads."""
    secret: MarkdownText = ""
    """What only whoever plays the role reads."""


class Phase(Written):
    minutes: StrictInt = Field(ge=1, le=480)
    label: InlineText


class Step(Written):
    id: Id
    label: InlineText


class Item(Written):
    id: Id
    text: InlineText
    good: InlineText | None = None
    """What to see when it is done well."""
    required: StrictBool = False


class Result(Written):
    label: InlineText
    options: Annotated[tuple[Step, ...], at_least(2)] = Field(max_length=12)


class Question(Written):
    id: Id
    label: InlineText
    lines: StrictInt = Field(2, ge=1, le=40)
    hint: InlineText | None = None


class Rule(Written):
    """Besides the required items."""

    evidence: StrictInt = Field(0, ge=0, le=40)
    """So many items must have evidence."""


class ObservationSpec(Spec):
    kind: Literal["observation"]
    prompt: InlineText | None = None
    roles: Annotated[tuple[Role, ...], at_least(2)] = Field(max_length=5)
    phases: tuple[Phase, ...] = Field((), max_length=12)
    scale: Annotated[tuple[Step, ...], at_least(2)] = Field(max_length=7)
    items: Annotated[tuple[Item, ...], at_least(1)] = Field(max_length=40)
    evidence: InlineText | None = None
    """What the column for evidence is called; without it there is none."""
    result: Result | None = None
    questions: tuple[Question, ...] = Field((), max_length=12)
    rule: Rule = Rule()

    @property
    def asked(self) -> str:
        return self.prompt or in_words(say("What did you observe?"), language_of(self.title))

    @property
    def rated(self) -> tuple[Item, ...]:
        """The items that the rule wants to be rated: the required ones, all of them where none is."""
        return tuple(item for item in self.items if item.required) or self.items

    def stated_points(self) -> tuple[Fraction | None, ...]:
        if "rule" not in self.marking:
            return ()
        return (None, None) if self.rule.evidence else (None,)

    def mistakes(self) -> Iterator[Mistake]:
        yield from super().mistakes()
        yield from repeated_texts(self.roles, ("roles",), "label")
        yield from repeated_texts(self.scale, ("scale",), "label")
        yield from repeated_texts(self.items, ("items",), "text")
        yield from repeated_texts(self.questions, ("questions",), "label")
        if "key" in self.marking:
            sentence = say("What is observed has no key: a rule or people mark it.")
            path = ("marking", self.marking.index("key"))
            yield mistake(path, "marking-misfit", sentence, say("Write “{marking}”.", marking="observer"))
        if self.rule.evidence and not self.evidence:
            sentence = say("The rule wants evidence, but there is no column for it.")
            yield mistake(("rule", "evidence"), "evidence-missing", sentence, say("Add “evidence”: what it is called."))
        elif self.rule.evidence > len(self.items):
            sentence = say("{least} are wanted, of {count}.", least=self.rule.evidence, count=len(self.items))
            yield mistake(("rule", "evidence"), "rule-count", sentence, say("Ask for fewer, or add items."))
        if self.rule != Rule() and "rule" not in self.marking:
            sentence = say("There is a rule, but “marking” does not name it.")
            yield mistake(("rule",), "rule-misfit", sentence, say("Add “rule” to “marking”, or take it out."))
