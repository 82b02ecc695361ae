"""What an author writes of a classification; what was made of it stands beside, so that the sheet needs no rule."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from fractions import Fraction
from typing import Annotated, Any, Literal

from pydantic import Field, StrictBool

from app.exercises.kinds.classification.lint import classification_mistakes
from app.exercises.kinds.classification.making import made_cases
from app.exercises.kinds.classification.parts import Case, Class, Fact, Generate, Line
from app.exercises.kinds.classification.wording import rule_in_words
from app.exercises.spec import Mistake, Spec, repeated_texts
from app.exercises.texts import InlineText, at_least
from app.words import in_words, language_of, say


def _made(checked: Mapping[str, Any]) -> tuple[Case, ...]:
    return made_cases(checked, seed=0)


def _worded(checked: Mapping[str, Any]) -> tuple[str, ...]:
    return rule_in_words(checked) if checked["show_rule"] else ()


class ClassificationSpec(Spec):
    kind: Literal["classification"]
    prompt: InlineText | None = None
    """What is asked of the cases; `asked` where it is left out."""
    facts: Annotated[tuple[Fact, ...], at_least(1)] = Field(max_length=12)
    classes: Annotated[tuple[Class, ...], at_least(2)] = Field(max_length=12)
    rule: Annotated[tuple[Line, ...], at_least(1)] = Field(max_length=20)
    cases: tuple[Case, ...] = Field((), max_length=40)
    generate: Generate | None = None
    show_rule: StrictBool = False
    """Whether the rule is printed over the cases."""
    shown_rule: tuple[InlineText, ...] = Field(default_factory=_worded, max_length=20)
    """How it is printed; worded from the rule where its author says nothing."""
    generated: tuple[Case, ...] = Field(default_factory=_made, max_length=20)
    """The cases that were made; not for authors."""

    @property
    def asked(self) -> str:
        """The prompt; a plain one in the language of the title where there is none."""
        return self.prompt or in_words(say("Which class is each case in?"), language_of(self.title))

    @property
    def all_cases(self) -> tuple[Case, ...]:
        return (*self.cases, *self.generated)

    def stated_points(self) -> tuple[Fraction | None, ...]:
        return tuple(case.points for case in self.all_cases)

    def mistakes(self) -> Iterator[Mistake]:
        yield from super().mistakes()
        yield from repeated_texts(self.classes, ("classes",), "label")
        yield from repeated_texts(self.facts, ("facts",), "label")
        yield from classification_mistakes(dict(self))
