"""The words of teaching: methods, tools, breaks and what aims are made of, in both languages."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Annotated, Generic, Literal, Self, TypeVar

from pydantic import (
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    StringConstraints,
    ValidationInfo,
    WithJsonSchema,
    model_validator,
)

from app.exercises.texts import fault, is_stored
from app.words import LANGUAGES, Language, say

Id = Annotated[str, StringConstraints(pattern=r"^[a-z0-9]+(-[a-z0-9]+)*$", max_length=80)]
NOT_BLANK = r"\S"
"""The pattern of a text that says something."""
Word = Annotated[str, StringConstraints(min_length=1, max_length=60)]
ManyWords = Annotated[
    tuple[Word, ...],
    BeforeValidator(lambda value: tuple(re.split(r"\s*,\s*", value.strip())) if isinstance(value, str) else value),
    WithJsonSchema({"anyOf": [{"type": "string"}, {"type": "array", "items": {"type": "string"}}]}),
]
"""A list, or a text with commas: a thousand words are read faster so."""
Words = Mapping[Language, tuple[Word, ...]]
OneOf = tuple[Id, ...]
"""Tools of which at least one must be there."""
REST = "rest"
"""The category that breaks are drawn in."""


class Part(BaseModel):
    """A piece of an author's file: what it does not know is a mistake, and it never changes."""

    model_config = ConfigDict(extra="forbid", frozen=True, serialize_by_alias=True, validate_by_name=True)


class Label(Part):
    zh: Word = Field(alias="zh-CN")
    en: Word

    def in_language(self, language: Language) -> str:
        return self.en if language == "en" else self.zh


class Category(Part):
    label: Label
    colour: Annotated[str, StringConstraints(pattern=r"^#[0-9a-f]{6}$")]
    icon: Id


class Named(Part):
    """Something an outline may call by its id, a label or a synonym."""

    label: Label
    synonyms: Words = Field(default_factory=dict)


class Method(Named):
    category: Id
    minutes: Annotated[int, Field(strict=True, ge=0, le=240)] = 0
    """The least it needs to be worth doing; the methods of a slot add up."""
    needs: tuple[OneOf, ...] = ()
    claims: Words = Field(default_factory=dict)
    """Words of an aim that promise this method, besides its label and synonyms."""
    needs_exercise: bool = False
    """Whether a slot taught this way has to name an exercise."""


class Quantity(Part):
    per: Literal["course", "day", "session", "slot", "group", "head"]
    count: Annotated[int, Field(strict=True, ge=1, le=1000)]


class Tool(Named):
    quantity: Quantity | None = None
    consumable: bool = False
    needs: tuple[OneOf, ...] = ()


class Break(Named):
    tools: tuple[Id, ...] = ()


class Verbs(Part):
    anywhere: ManyWords = ()
    """Words that are verbs wherever they stand with something after them."""
    first: ManyWords = ()
    """Words that are often nouns: verbs only where a clause begins."""


N = TypeVar("N", bound=Named)


@dataclass(frozen=True)
class Found(Generic[N]):
    id: str
    entry: N
    synonym: bool


class Vocabulary(Part):
    """All the words, or those that one course uses."""

    format: Literal[1] = 1
    categories: Mapping[Id, Category]
    methods: Mapping[Id, Method]
    tools: Mapping[Id, Tool]
    breaks: Mapping[Id, Break]
    through: Words = Field(default_factory=dict)
    """Words of an aim after which its activities are named: «通过小组讨论…»."""
    verbs: Mapping[Language, Verbs] = Field(default_factory=dict)

    @model_validator(mode="after")
    def _hangs_together(self, info: ValidationInfo[object]) -> Self:
        if is_stored(info):
            return self
        groups = [
            *(group for method in self.methods.values() for group in method.needs),
            *(group for tool in self.tools.values() for group in tool.needs),
            *(pause.tools for pause in self.breaks.values()),
        ]
        named = {tool for group in groups for tool in group}
        strays = {m.category for m in self.methods.values()} - set(self.categories) | named - set(self.tools)
        if strays:
            sentence = say("The vocabulary names {names}, which it does not have.", names=", ".join(sorted(strays)))
            raise fault("stray", sentence, say("Add the entry, or correct its id."))
        if REST not in self.categories:
            sentence = say("The vocabulary has no category “{name}”, in which breaks are drawn.", name=REST)
            raise fault("rest-missing", sentence, say("Add “{name}” to the categories.", name=REST))
        return self

    def method(self, word: str) -> Found[Method] | None:
        """The method of this id, label or synonym."""
        return self._methods.get(word.strip().casefold())

    def tool(self, word: str) -> Found[Tool] | None:
        return self._tools.get(word.strip().casefold())

    def pause(self, word: str) -> Found[Break] | None:
        return self._breaks.get(word.strip().casefold())

    def category_of(self, method: str) -> Category:
        """The category of the method with this id."""
        return self.categories[self.methods[method].category]

    def only(self, methods: Collection[str], tools: Collection[str], breaks: Collection[str]) -> Vocabulary:
        """The part of it that these ids need, without the words that only lint reads."""
        bare: Mapping[str, object] = {"claims": {}, "needs": ()}
        chosen = {k: v.model_copy(update=bare) for k, v in self.methods.items() if k in methods}
        pauses = {k: v for k, v in self.breaks.items() if k in breaks}
        served = {tool for pause in pauses.values() for tool in pause.tools}
        used = {m.category for m in chosen.values()} | {REST}
        return Vocabulary(
            categories={k: v for k, v in self.categories.items() if k in used},
            methods=chosen,
            tools={k: v.model_copy(update={"needs": ()}) for k, v in self.tools.items() if k in tools or k in served},
            breaks=pauses,
        )

    @cached_property
    def _methods(self) -> Mapping[str, Found[Method]]:
        return _index(self.methods)

    @cached_property
    def _tools(self) -> Mapping[str, Found[Tool]]:
        return _index(self.tools)

    @cached_property
    def _breaks(self) -> Mapping[str, Found[Break]]:
        return _index(self.breaks)


def words_of(entry: Named) -> Iterator[str]:
    """Its labels and synonyms, in both languages."""
    for language in LANGUAGES:
        yield entry.label.in_language(language)
        yield from entry.synonyms.get(language, ())


def _index(entries: Mapping[str, N]) -> Mapping[str, Found[N]]:
    """By casefolded word; an id wins over a label, a label over a synonym."""
    found: dict[str, Found[N]] = {}
    for id_, entry in entries.items():
        for word in words_of(entry):
            found.setdefault(word.casefold(), Found(id_, entry, synonym=True))
    for id_, entry in entries.items():
        for word in (id_, entry.label.zh, entry.label.en):
            found[word.casefold()] = Found(id_, entry, synonym=False)
    return found
