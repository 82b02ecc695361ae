"""What every exercise kind provides. To add a kind, copy the folder of a similar one and list it in registry.py."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from fractions import Fraction
from typing import Any, ClassVar, Generic, Literal, TypeVar, Union

from pydantic import BaseModel, ConfigDict

from app.documents.blocks import Block, field_names
from app.exercises.spec import Spec
from app.exercises.texts import bare_text
from app.exercises.typed import Form
from app.words import Language, Sentence, in_words

Secret = Mapping[str, Union[Literal[True], "Secret"]]
"""Parts of a spec, in the form of model_dump(exclude=…)."""


class Answer(BaseModel):
    """What a trainee handed in, read. Survives JSON."""

    model_config = ConfigDict(extra="ignore", frozen=True)

    reasons: Mapping[str, str] = {}
    """Reason id → text."""
    hints: tuple[str, ...] = ()
    """The ids of the hints that were opened."""
    unreadable: Mapping[str, Sentence] = {}
    """Field name → why what stands there counts as blank."""


_SPACE: Mapping[Language, str] = {"zh-CN": "", "en": " "}
_SHORT: Mapping[Language, int] = {"zh-CN": 8, "en": 20}
"""Characters below which a sentence makes no line of its own."""


class Part(BaseModel):
    """The marking of one item of an exercise."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    id: str
    """The item's id, or what the part is about where it has none."""
    label: str
    earned: Fraction
    possible: Fraction
    says: tuple[Sentence, ...] = ()
    """Standing sentences, not yet in a language."""
    why: str = ""
    """What the author has to say to it, in the language of the exercise; Markdown of one line."""

    def lines(self, language: Language) -> tuple[str, ...]:
        """The feedback sentence by sentence; a verdict of few words stands in the line of what follows it."""
        said = (*(in_words(sentence, language) for sentence in self.says), bare_text(self.why))
        first, *rest = [*filter(None, said), ""]
        if len(first) < _SHORT[language] and rest:
            first = _SPACE[language].join(filter(None, (first, rest.pop(0))))
        return tuple(filter(None, (first, *rest)))

    def in_words(self, language: Language) -> str:
        """The feedback in one paragraph, empty where there is nothing to say."""
        return _SPACE[language].join(self.lines(language))


class Grade(BaseModel):
    """The part of the marking that the key or the rule decides."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    parts: tuple[Part, ...]

    @property
    def earned(self) -> Fraction:
        return sum((part.earned for part in self.parts), Fraction(0))

    @property
    def possible(self) -> Fraction:
        return sum((part.possible for part in self.parts), Fraction(0))


S = TypeVar("S", bound=Spec)
A = TypeVar("A", bound=Answer)

COMMON_SECRET: Secret = {
    "hints": {"__all__": {"text": True}},
    "source": True,
    "template": True,
    "vary": True,
    "note": True,
    "reasons": {"__all__": {"answer": True}},
    "rubric": {"__all__": {"levels": {"__all__": {"text": True}}}},
}
"""What only trainers may see of every kind."""


class Kind(ABC, Generic[S, A]):
    """Pure functions over (spec, answer): no database, no request, no clock.

    The text under the head, `reasons` and `rubric` are common to all kinds and not theirs to show: see exercise.py.
    """

    name: ClassVar[str]
    Spec: type[S]
    Answer: type[A]
    secret: ClassVar[Secret]
    """The parts of a spec that are the key."""

    @abstractmethod
    def sheet(self, spec: S) -> tuple[Block, ...]:
        """The fields as the trainee meets them, on screen and on paper. Reads nothing that is secret."""

    @abstractmethod
    def read(self, spec: S, form: Form) -> A:
        """The answer in a sheet. Never raises: what cannot be read is blank and named in `unreadable`."""

    @abstractmethod
    def grade(self, spec: S, answer: A) -> Grade:
        """The marking by key or rule, always the same for the same spec and answer; `possible` = `spec.key_points`."""

    @abstractmethod
    def model_answer(self, spec: S) -> Form:
        """The fields of a sheet that earns every point. Trainers see it; the contract test uses it."""

    def for_seed(self, spec: S, _seed: int) -> S:
        """The spec with what the kind itself makes of a seed; the author's `vary` was drawn before."""
        return spec

    def with_rows(self, spec: S, _table: str, _rows: Mapping[str, Mapping[str, str]]) -> S:
        """The spec with rows of an earlier answer given in a table of its own; row id → column id → text as typed.

        What is known of each row cannot be changed; the rest of it is filled in under the same row id.
        """
        return spec

    def worked_out(self, _spec: S, _form: Form) -> Form:
        """What stands in cells that nobody fills in, worked out from those that somebody did. Never raises."""
        return {}

    def profile(self, _spec: S, _answer: A, _before: A | None = None) -> tuple[Block, ...]:
        """What an answer shows besides its marks, beside an earlier one of the same person where there is one."""
        return ()

    def together(self, _spec: S, _answers: Sequence[A]) -> tuple[Block, ...]:
        """What the answers of a whole cohort show together, without names; nothing where there is nothing to see."""
        return ()

    def handouts(self, _spec: S) -> tuple[tuple[Block, ...], ...]:
        """What a trainer hands out on paper, each to somebody else: role cards, which may hold what is secret."""
        return ()

    def fields_of_part(self, spec: S, part_id: str) -> tuple[str, ...]:
        """The fields on the sheet that a part of the grade judges: those that have its id in their name."""
        return tuple(name for name in field_names(self.sheet(spec)) if part_id in name.split("."))

    def remarks(self, _spec: S) -> Mapping[str, tuple[tuple[str, str], ...]]:
        """Part id → what is told to whoever missed something: of what (or nothing), and the words. For trainers."""
        return {}


AnyKind = Kind[Any, Any]
