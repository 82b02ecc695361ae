"""Choice: questions with options, of which one is right, or several are.

Of several, a right tick earns its share and a wrong one takes away as much, down to nothing: (right − wrong) / all that
are right. With `credit: all` only exactly the right ticks earn anything.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from fractions import Fraction
from typing import Annotated, ClassVar, Literal

from pydantic import Field, StrictBool

from app.documents.blocks import Block, ChoiceField, plain
from app.documents.blocks import Option as Shown
from app.documents.markdown import inline
from app.exercises.kind import Answer, Grade, Kind, Part, Secret
from app.exercises.numbers import Exact
from app.exercises.prepared import verdicts_of
from app.exercises.spec import Mistake, Spec, mistake
from app.exercises.texts import Id, InlineText, at_least, bare_text
from app.exercises.typed import TICKED, Form, Reader
from app.exercises.written import Path, Written
from app.words import Sentence, in_words, language_of, say


class Option(Written):
    id: Id
    text: InlineText
    correct: StrictBool = False
    why: InlineText | None = None
    """What to say to whoever ticked it wrongly, or should have."""


class Question(Written):
    id: Id
    text: InlineText
    hint: InlineText | None = None
    several: StrictBool = False
    credit: Literal["partial", "all"] = "partial"
    options: Annotated[tuple[Option, ...], at_least(2)] = Field(max_length=30)
    why: InlineText | None = None
    """What there is to say to everybody."""
    points: Exact | None = Field(None, gt=0)

    @property
    def correct(self) -> frozenset[str]:
        return frozenset(option.id for option in self.options if option.correct)

    @property
    def asked(self) -> str:
        """The hint; for several options what a wrong tick costs, where the author says nothing."""
        if self.hint or not self.several:
            return self.hint or ""
        partial, whole = (
            say("Several may be right. A wrong tick takes away what a right one earns."),
            say("Several may be right. Only exactly the right ones earn the points."),
        )
        return in_words(partial if self.credit == "partial" else whole, language_of(self.text))


class ChoiceSpec(Spec):
    kind: Literal["choice"]
    questions: Annotated[tuple[Question, ...], at_least(1)] = Field(max_length=60)

    def stated_points(self) -> tuple[Fraction | None, ...]:
        return tuple(question.points for question in self.questions)

    def mistakes(self) -> Iterator[Mistake]:
        yield from super().mistakes()
        if "rule" in self.marking:
            sentence = say("Choices are marked by their key, not by a rule.")
            path = ("marking", self.marking.index("rule"))
            yield mistake(path, "marking-misfit", sentence, say("Write “{marking}”.", marking="key"))
        for place, question in enumerate(self.questions):
            yield from _question_mistakes(("questions", place), question)


class ChoiceAnswer(Answer):
    chosen: Mapping[str, tuple[str, ...]] = {}
    """Question id → ids of the options chosen, in the order of the sheet; nothing where none was."""


class Choice(Kind[ChoiceSpec, ChoiceAnswer]):
    name: ClassVar[str] = "choice"
    Spec = ChoiceSpec
    Answer = ChoiceAnswer
    secret: ClassVar[Secret] = {
        "questions": {"__all__": {"options": {"__all__": {"correct": True, "why": True}}, "why": True}},
    }

    def sheet(self, spec: ChoiceSpec) -> tuple[Block, ...]:
        return tuple(_field(question) for question in spec.questions)

    def read(self, spec: ChoiceSpec, form: Form) -> ChoiceAnswer:
        reader = Reader(form)
        read = {question.id: tuple(_chosen(question, reader)) for question in spec.questions}
        chosen = {name: options for name, options in read.items() if options}
        return ChoiceAnswer(chosen=chosen, unreadable=reader.unreadable)

    def grade(self, spec: ChoiceSpec, answer: ChoiceAnswer) -> Grade:
        verdicts, parts = verdicts_of(spec), []
        for question, possible in zip(spec.questions, verdicts.shares, strict=True):
            chosen = frozenset(answer.chosen.get(question.id, ()))
            fault = _fault(question, answer.unreadable) if answer.unreadable and not chosen else None
            parts.append(verdicts.part((question.id, chosen, fault), _mark, question, possible, chosen, fault))
        return Grade(parts=tuple(parts))

    def model_answer(self, spec: ChoiceSpec) -> Form:
        return {name: text for question in spec.questions for name, text in _key(question)}

    def remarks(self, spec: ChoiceSpec) -> Mapping[str, tuple[tuple[str, str], ...]]:
        return {
            question.id: tuple((bare_text(option.text), option.why) for option in question.options if option.why)
            for question in spec.questions
        }


def _field(question: Question) -> ChoiceField:
    options = tuple(Shown(option.id, inline(option.text)) for option in question.options)
    hint = inline(question.asked) if question.asked else plain("")
    return ChoiceField(question.id, inline(question.text), options, question.several, hint)


def _chosen(question: Question, reader: Reader) -> Iterator[str]:
    ids = [option.id for option in question.options]
    if question.several:
        yield from (each for each in ids if reader.tick(f"{question.id}.{each}"))
    elif one := reader.choice(question.id, ids):
        yield one


def _key(question: Question) -> Iterator[tuple[str, str]]:
    for option in question.options:
        if option.correct:
            yield (f"{question.id}.{option.id}", TICKED) if question.several else (question.id, option.id)


def _fault(question: Question, unreadable: Mapping[str, Sentence]) -> Sentence | None:
    """Why what stands in a question counts as blank."""
    return next((why for name, why in unreadable.items() if name.split(".")[0] == question.id), None)


def _mark(question: Question, possible: Fraction, chosen: frozenset[str], fault: Sentence | None) -> Part:
    return Part(
        id=question.id,
        label=bare_text(question.text),
        earned=possible * _share(question, chosen),
        possible=possible,
        says=tuple(_feedback(question, chosen, fault)),
        why=question.why or "",
    )


def _share(question: Question, chosen: frozenset[str]) -> Fraction:
    """Of the points, by what was chosen."""
    right, wrong = len(chosen & question.correct), len(chosen - question.correct)
    if question.credit == "all" or not question.several:
        return Fraction(chosen == question.correct)
    return Fraction(max(right - wrong, 0), len(question.correct))


def _feedback(question: Question, chosen: frozenset[str], fault: Sentence | None) -> Iterator[Sentence]:
    """Every option where the answer and the key differ, with what its author says to it."""
    if not chosen:
        yield fault or say("Left blank.")
        return
    if chosen == question.correct:
        yield say("Right.")
        yield from _told(option for option in question.options if option.correct)
        return
    for option in question.options:
        if option.id in chosen and not option.correct:
            yield _about(say("“{option}” is not right.", option=bare_text(option.text)), option)
    for option in question.options:
        if option.correct and option.id not in chosen:
            yield _about(say("“{option}” would have been right.", option=bare_text(option.text)), option)


def _told(options: Iterator[Option]) -> Iterator[Sentence]:
    """What the authors say of options that were rightly chosen."""
    for option in options:
        if option.why:
            yield say("“{option}”: {why}", option=bare_text(option.text), why=bare_text(option.why))


def _about(verdict: Sentence, option: Option) -> Sentence:
    return say("{verdict} {why}", verdict=verdict, why=bare_text(option.why)) if option.why else verdict


def _question_mistakes(path: Path, question: Question) -> Iterator[Mistake]:
    right = len(question.correct)
    if not right or (right > 1 and not question.several):
        sentence = (
            say("No option of this question is right.")
            if not right
            else say("{count} options are right, but only one can be chosen.", count=right)
        )
        remedy = say("Write “correct: true” at one option.") if not right else say("Add “several: true”.")
        yield mistake((*path, "options"), "correct-count", sentence, remedy)
    elif right == len(question.options):
        sentence = say("Every option is right: whoever ticks all of them has nothing to know.")
        yield mistake((*path, "options"), "no-distractor", sentence, say("Add a wrong option."))
    if question.credit == "all" and not question.several:
        sentence = say("“credit” means something only where several may be chosen.")
        yield mistake((*path, "credit"), "key-misfit", sentence, say("Take it out, or add “several: true”."))
    named = {option.id for option in question.options if f"-{option.id}-" in f"-{question.id}-"}
    if named and named <= question.correct:
        sentence = say("The id tells whoever reads the page's source what the answer is.")
        yield mistake((*path, "id"), "id-gives-key-away", sentence, say("Name it after what it is about."))
    texts = [bare_text(option.text).strip() for option in question.options]
    for place, text in enumerate(texts):
        if text in texts[:place]:
            sentence = say("This option stands twice.")
            yield mistake((*path, "options", place, "text"), "option-twice", sentence, say("Take one of them out."))
