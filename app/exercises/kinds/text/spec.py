"""What an author writes of a text to be written, and what must fit together in it."""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction
from typing import Annotated, Literal

from pydantic import Field, StrictInt

from app.exercises.numbers import Exact
from app.exercises.spec import Mistake, Spec, mistake, repeated_texts
from app.exercises.texts import Id, InlineText, at_least, bare_text
from app.exercises.wording import length_of, occurs, searchable
from app.exercises.written import Path, Written
from app.words import say

MOST_LENGTH = 5000
Phrase = Annotated[str, Field(min_length=1, max_length=200)]


class Length(Written):
    """How long the text should be, in Chinese characters and Latin words."""

    at_least: StrictInt | None = Field(None, ge=1, le=MOST_LENGTH)
    at_most: StrictInt | None = Field(None, ge=1, le=MOST_LENGTH)
    points: Exact | None = Field(None, gt=0)

    def fits(self, count: int) -> bool:
        return (self.at_least or 1) <= count <= (self.at_most or count)


class Element(Written):
    """Something a good text mentions, known by any of these words."""

    id: Id
    label: InlineText | None = None
    """What the feedback calls it; its words where there is none."""
    any_of: Annotated[tuple[Phrase, ...], at_least(1)] = Field(max_length=60)
    say: InlineText
    """What to say to whoever does not mention it."""
    points: Exact | None = Field(None, gt=0)

    @property
    def searched(self) -> tuple[str, ...]:
        return tuple(filter(None, map(searchable, self.any_of)))


class Task(Written):
    id: Id
    label: InlineText
    hint: InlineText | None = None
    lines: StrictInt = Field(6, ge=1, le=40)
    length: Length | None = None
    elements: tuple[Element, ...] = Field((), max_length=30)
    model: str = Field("", max_length=20_000)
    """A text that is good, for trainers."""


class TextSpec(Spec):
    kind: Literal["text"]
    tasks: Annotated[tuple[Task, ...], at_least(1)] = Field(max_length=20)

    def stated_points(self) -> tuple[Fraction | None, ...]:
        return tuple(points for task in self.tasks for points in _points(task))

    def mistakes(self) -> Iterator[Mistake]:
        yield from super().mistakes()
        if "key" in self.marking:
            sentence = say("A text is marked by rule and by people, not by a key.")
            path = ("marking", self.marking.index("key"))
            yield mistake(path, "marking-misfit", sentence, say("Write “{marking}”.", marking="rule"))
        yield from repeated_texts(self.tasks, ("tasks",), "label")
        for place, task in enumerate(self.tasks):
            yield from _task_mistakes(("tasks", place), task, is_marked="rule" in self.marking)


def _points(task: Task) -> Iterator[Fraction | None]:
    if task.length:
        yield task.length.points
    yield from (element.points for element in task.elements)


def _task_mistakes(path: Path, task: Task, *, is_marked: bool) -> Iterator[Mistake]:
    if length := task.length:
        if length.at_least is None and length.at_most is None:
            sentence = say("A length says “at_least”, “at_most” or both.")
            yield mistake((*path, "length"), "limit", sentence, say("Add one of them, or take “length” out."))
        elif length.at_least and length.at_most and length.at_least > length.at_most:
            sentence = say("“at_least” is more than “at_most”.")
            yield mistake((*path, "length", "at_least"), "limit", sentence, say("Exchange them."))
    for place, element in enumerate(task.elements):
        for word, phrase in enumerate(element.any_of):
            if not searchable(phrase):
                sentence = say("There is nothing to look for in this text.")
                where = (*path, "elements", place, "any_of", word)
                yield mistake(where, "phrase-empty", sentence, say("Write a word, or take it out."))
    if is_marked and (task.length or task.elements):
        yield from _model_mistakes(path, task)


def _model_mistakes(path: Path, task: Task) -> Iterator[Mistake]:
    """The model text must earn what the rule gives."""
    if not task.model.strip():
        sentence = say("A rule marks this text, so trainers need a model of it.")
        yield mistake((*path, "model"), "model-missing", sentence, say("Add “model”: what a good text says."))
        return
    count = length_of(task.model)
    if task.length and not task.length.fits(count):
        sentence = say("The model text does not keep the length: it has {count} characters or words.", count=count)
        yield mistake((*path, "model"), "model-misfit", sentence, say("Change the model or the length."))
    text = searchable(task.model)
    for element in task.elements:
        if not any(occurs(words, text) for words in element.searched):
            sentence = say(
                "The model text has none of the words of “{id}”: {words}.",
                id=element.id,
                words=", ".join(map(bare_text, element.any_of)),
            )
            yield mistake((*path, "model"), "model-misfit", sentence, say("Change the model or the words."))
