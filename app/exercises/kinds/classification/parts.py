"""The parts of a classification: what is known of a case, the classes, and the rule that gives the class."""

from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction
from typing import Annotated, Literal

from pydantic import ConfigDict, Field, StrictBool, StrictFloat, StrictInt, StringConstraints

from app.exercises.formulas import Value
from app.exercises.numbers import Exact, authored_number, in_figures
from app.exercises.texts import Id, InlineText
from app.exercises.written import Written
from app.words import Language, in_words, say

FactId = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_]{0,30}$")]
Known = StrictBool | StrictInt | StrictFloat | Annotated[str, Field(max_length=60)]


class Option(Written):
    id: Id
    label: InlineText


class Fact(Written):
    """Something that is known of every case."""

    model_config = ConfigDict(serialize_by_alias=True)

    id: FactId
    label: InlineText
    type: Literal["number", "yes_no", "choice"] = "number"
    unit: str = Field("", max_length=20)
    options: tuple[Option, ...] = Field((), max_length=12)
    from_: Exact | None = Field(None, alias="from")
    """The least that a generated case has; likewise `to`, in steps of `step`. By the rule where they are left out."""
    to: Exact | None = None
    step: Exact | None = Field(None, gt=0)

    def value(self, known: Known) -> Value | None:
        """What a case says of it, as a formula takes it; None where that is of another sort."""
        match self.type:
            case "yes_no":
                return known if isinstance(known, bool) else None
            case "choice":
                return str(known) if str(known) in {option.id for option in self.options} else None
            case "number":
                typed = authored_number(known)
                return typed.value if typed and not typed.percent else None

    def shown(self, known: Known, language: Language) -> str:
        """What a case says of it, with what it is called: Markdown of one line."""
        value = self.value(known)
        if isinstance(value, Fraction):
            said = f"{in_figures(value)} {self.unit}".strip()
        elif isinstance(value, bool):
            said = in_words(say("yes") if value else say("no"), language)
        else:
            said = next((option.label for option in self.options if option.id == value), str(known))
        return in_words(say("{label}: {text}", label=self.label, text=said), language)


class Class(Written):
    id: Id
    label: InlineText
    hint: InlineText | None = None


class Line(Written):
    """One line of the rule: the first whose `when` holds gives the class; one without `when` catches the rest."""

    model_config = ConfigDict(serialize_by_alias=True)

    when: Annotated[str, StringConstraints(min_length=1)] | None = None
    class_: Id = Field(alias="class")
    why: InlineText | None = None


class Case(Written):
    id: Id
    text: InlineText
    facts: Mapping[FactId, Known]
    why: InlineText | None = None
    points: Exact | None = Field(None, gt=0)

    def values(self, facts: tuple[Fact, ...]) -> dict[str, Value]:
        """Fact → value, without those that are missing or of another sort."""
        found = {fact.id: fact.value(self.facts[fact.id]) for fact in facts if fact.id in self.facts}
        return {name: value for name, value in found.items() if value is not None}


class Generate(Written):
    """Cases that are made by seed."""

    count: StrictInt = Field(ge=1, le=20)
    near: StrictBool = False
    """Whether their numbers lie at and around the boundaries of the rule."""
