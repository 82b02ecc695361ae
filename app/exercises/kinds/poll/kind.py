"""Poll: everybody votes without seeing the others; the count is shown to all of them together, later."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from typing import Annotated, ClassVar, Literal

from pydantic import Field, StrictBool

from app.documents.blocks import (
    NOTHING,
    Block,
    Chart,
    ChoiceField,
    Paragraph,
    Row,
    Series,
    Table,
    Text,
    TextField,
    plain,
)
from app.documents.blocks import Option as Shown
from app.documents.markdown import inline
from app.exercises.kind import Answer, Grade, Kind, Secret
from app.exercises.spec import Mistake, Spec, mistake, repeated_texts
from app.exercises.texts import Id, InlineText, at_least
from app.exercises.typed import TICKED, Form, Reader
from app.exercises.written import Written
from app.words import Sentence, in_words, language_of, say

FIELD, BECAUSE = "vote", "because"


class Option(Written):
    id: Id
    text: InlineText
    says: InlineText | None = None
    """What there is to say to it, shown with the count."""


class PollSpec(Spec):
    kind: Literal["poll"]
    question: InlineText
    options: Annotated[tuple[Option, ...], at_least(2)] = Field(max_length=12)
    several: StrictBool = False
    reason: InlineText | None = None
    """Asks for a sentence besides the vote."""

    def mistakes(self) -> Iterator[Mistake]:
        yield from super().mistakes()
        yield from repeated_texts(self.options, ("options",), "text")
        if self.attempts != 1 and self.feedback in ("at_once", "on_hand_in"):
            sentence = say("Who may vote again would see the votes of the others first.")
            remedy = say("Write “feedback: on_release” or “feedback: after_close”, or leave “attempts” out.")
            yield mistake(("attempts",), "poll-peeks", sentence, remedy)
        for place, marking in enumerate(self.marking):
            if marking in ("key", "rule"):
                sentence = say("A poll has no right answer: neither a key nor a rule marks it.")
                remedy = say("Write “{marking}”.", marking="none")
                yield mistake(("marking", place), "marking-misfit", sentence, remedy)


class PollAnswer(Answer):
    votes: tuple[str, ...] = ()
    """Ids of the options chosen, in the order of the sheet."""
    because: str = ""


class Poll(Kind[PollSpec, PollAnswer]):
    name: ClassVar[str] = "poll"
    Spec = PollSpec
    Answer = PollAnswer
    secret: ClassVar[Secret] = {"options": {"__all__": {"says": True}}}

    def sheet(self, spec: PollSpec) -> tuple[Block, ...]:
        options = tuple(Shown(option.id, inline(option.text)) for option in spec.options)
        hint = inline(_words(spec, say("Several may be chosen."))) if spec.several else NOTHING
        vote = ChoiceField(FIELD, inline(spec.question), options, spec.several, hint)
        return (vote, TextField(BECAUSE, inline(spec.reason), lines=2)) if spec.reason else (vote,)

    def read(self, spec: PollSpec, form: Form) -> PollAnswer:
        reader = Reader(form)
        ids = [option.id for option in spec.options]
        if spec.several:
            votes = tuple(each for each in ids if reader.tick(f"{FIELD}.{each}"))
        else:
            votes = tuple(filter(None, (reader.choice(FIELD, ids),)))
        because = reader.text(BECAUSE) if spec.reason else ""
        return PollAnswer(votes=votes, because=because, unreadable=reader.unreadable)

    def grade(self, _spec: PollSpec, _answer: PollAnswer) -> Grade:
        return Grade(parts=())

    def model_answer(self, spec: PollSpec) -> Form:
        """There is no right vote: the first option stands for any."""
        first = spec.options[0].id
        return {f"{FIELD}.{first}": TICKED} if spec.several else {FIELD: first}

    def together(self, spec: PollSpec, answers: Sequence[PollAnswer]) -> tuple[Block, ...]:
        """How many chose each option, as a chart with its table, and what there is to say to each."""
        votes = Counter(vote for answer in answers for vote in set(answer.votes))
        voters = sum(bool(answer.votes) for answer in answers)
        if not voters:
            return ()
        counts = [votes[option.id] for option in spec.options]
        return (_counted(spec, voters), _chart(spec, counts), _table(spec, counts, voters))


def _counted(spec: PollSpec, voters: int) -> Paragraph:
    return Paragraph(plain(_words(spec, say("Votes from {count} people.", count=voters))))


def _chart(spec: PollSpec, counts: list[int]) -> Chart:
    axes = tuple(inline(option.text) for option in spec.options)
    series = Series(plain(_words(spec, say("Votes"))), tuple(float(count) for count in counts))
    return Chart("bars", axes, (series,), top=float(max(counts)))


def _table(spec: PollSpec, counts: list[int], voters: int) -> Table:
    """The shares; the votes themselves stand beside the chart."""
    told = any(option.says for option in spec.options)
    words = (say("Option"), say("Share"), *((say("What to say to it"),) if told else ()))
    rows = []
    for option, count in zip(spec.options, counts, strict=True):
        cells = (inline(option.text), plain(f"{round(100 * count / voters)} %"))
        rows.append(Row((*cells, inline(option.says) if option.says else NOTHING) if told else cells))
    header: tuple[Text, ...] = tuple(plain(_words(spec, word)) for word in words)
    return Table(header, tuple(rows), numeric=frozenset((1,)), row_header=0)


def _words(spec: PollSpec, sentence: Sentence) -> str:
    return in_words(sentence, language_of(spec.question))
