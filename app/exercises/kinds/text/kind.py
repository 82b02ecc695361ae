"""Text: the trainee writes freely; a rule looks at what can be seen without judging, a rubric marks the rest.

The rule has a part for the length of each text and one for each of its elements, found where any of the element's
words occurs. Widths of characters, case and traditional characters make no difference (see wording.py), and Latin
words count only as whole words. A blank text earns nothing.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from fractions import Fraction
from typing import ClassVar

from app.documents.blocks import Block, TextField
from app.documents.markdown import inline
from app.exercises.kind import Answer, Grade, Kind, Part, Secret
from app.exercises.kinds.text.spec import Element, Length, Task, TextSpec
from app.exercises.prepared import prepared
from app.exercises.spec import share_out
from app.exercises.texts import bare_text
from app.exercises.typed import Form, Reader
from app.exercises.wording import length_of, occurs, searchable
from app.words import Language, Sentence, in_words, language_of, say

LONGEST = 20_000
_ENDS = (".", "!", "?", "…", "。", "！", "？", "；", "：")
"""Characters; nobody writes more into a field on purpose."""


class TextAnswer(Answer):
    texts: Mapping[str, str] = {}
    """Task id → what was written; nothing for what is blank."""


class Text(Kind[TextSpec, TextAnswer]):
    name: ClassVar[str] = "text"
    Spec = TextSpec
    Answer = TextAnswer
    secret: ClassVar[Secret] = {"tasks": {"__all__": {"elements": True, "model": True}}}

    def sheet(self, spec: TextSpec) -> tuple[Block, ...]:
        language = language_of(spec.title)
        return tuple(
            TextField(task.id, inline(task.label), task.lines, inline(_hint(task, language))) for task in spec.tasks
        )

    def read(self, spec: TextSpec, form: Form) -> TextAnswer:
        reader = Reader(form)
        written = {task.id: reader.text(task.id) for task in spec.tasks}
        for name, text in written.items():
            if len(text) > LONGEST:
                reader.unreadable[name] = say("This text has more than {most} characters.", most=LONGEST)
        texts = {name: text for name, text in written.items() if text and name not in reader.unreadable}
        return TextAnswer(texts=texts, unreadable=reader.unreadable)

    def grade(self, spec: TextSpec, answer: TextAnswer) -> Grade:
        return Grade(parts=tuple(part for each in _marking(spec) for part in each.parts(answer)))

    def model_answer(self, spec: TextSpec) -> Form:
        return {task.id: task.model.strip() for task in spec.tasks if task.model.strip()}

    def fields_of_part(self, _spec: TextSpec, part_id: str) -> tuple[str, ...]:
        return (part_id.split(".", maxsplit=1)[0],)

    def remarks(self, spec: TextSpec) -> Mapping[str, tuple[tuple[str, str], ...]]:
        return {
            f"{task.id}.{element.id}": ((" / ".join(element.any_of), element.say),)
            for task in spec.tasks
            for element in task.elements
        }


def _hint(task: Task, language: Language) -> str:
    """What the author says, and how long the text should be: two sentences, whether or not the first has its end."""
    wanted = in_words(_wanted(task.length), language) if task.length else ""
    if not (task.hint and wanted):
        return task.hint or wanted
    chinese = language == "zh-CN"
    ends = bare_text(task.hint).endswith(_ENDS)
    stop = "" if ends else "。" if chinese else "."
    return f"{task.hint}{stop}{'' if chinese else ' '}{wanted}"


def _wanted(length: Length) -> Sentence:
    """The length guide."""
    low, high = length.at_least, length.at_most
    if low and high:
        return say("Write {low} to {high} characters or words.", low=low, high=high)
    if low:
        return say("Write at least {low} characters or words.", low=low)
    return say("Write at most {high} characters or words.", high=high)


@dataclass(frozen=True)
class _TaskMarking:
    """What the rule has to say to one text; parts that do not depend on its words are made beforehand."""

    name: str
    length: Length | None
    fitting: Part
    """The part of the length where it fits."""
    elements: tuple[tuple[tuple[str, ...], Part, Part], ...]
    """Words to look for, the part where one is found, and where none is."""

    def parts(self, answer: TextAnswer) -> Iterator[Part]:
        text = answer.texts.get(self.name, "")
        if self.length:
            yield self._length_part(self.length, text, answer)
        if self.elements:
            within = searchable(text)
            for words, found, missed in self.elements:
                yield found if any(each in within and occurs(each, within) for each in words) else missed

    def _length_part(self, length: Length, text: str, answer: TextAnswer) -> Part:
        count = length_of(text)
        if length.fits(count):
            return self.fitting
        says = (answer.unreadable.get(self.name) or _off(length, count),)
        return self.fitting.model_copy(update={"earned": Fraction(0), "says": says})


def _off(length: Length, count: int) -> Sentence:
    if not count:
        return say("Left blank.")
    if count < (length.at_least or 0):
        return say("Too short: {count} of at least {low} characters or words.", count=count, low=length.at_least)
    return say("Too long: {count} of at most {high} characters or words.", count=count, high=length.at_most)


@prepared
def _marking(spec: TextSpec) -> tuple[_TaskMarking, ...]:
    shares = iter(share_out(spec.key_points, spec.stated_points()))
    return tuple(_task_marking(spec, task, shares) for task in spec.tasks)


def _task_marking(spec: TextSpec, task: Task, shares: Iterator[Fraction]) -> _TaskMarking:
    label = bare_text(task.label)
    share = next(shares) if task.length else Fraction(0)
    named = in_words(say("{label}: length", label=label), language_of(spec.title))
    fits = (say("The length is right."),)
    length = Part(id=f"{task.id}.length", label=named, earned=share, possible=share, says=fits)
    elements = tuple(_element_parts(task, element, label, next(shares)) for element in task.elements)
    return _TaskMarking(task.id, task.length, length, elements)


def _element_parts(task: Task, element: Element, label: str, share: Fraction) -> tuple[tuple[str, ...], Part, Part]:
    named = f"{label} · {bare_text(element.label) if element.label else ' / '.join(element.any_of)}"
    found = Part(id=f"{task.id}.{element.id}", label=named, earned=share, possible=share, says=(say("Mentioned."),))
    missed = found.model_copy(update={"earned": Fraction(0), "says": (say("Not mentioned."),), "why": element.say})
    return element.searched, found, missed
