"""What an author writes of a text with gaps, and what must fit together in it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from fractions import Fraction
from typing import Annotated, Literal

from pydantic import (
    BeforeValidator,
    ConfigDict,
    Field,
    PrivateAttr,
    StrictInt,
    StringConstraints,
    ValidationInfo,
    WithJsonSchema,
)

from app.exercises.kinds.blanks.cloze import cloze_of
from app.exercises.numbers import Exact, authored_number, in_figures
from app.exercises.spec import Mistake, Spec, mistake
from app.exercises.spelling import did_you_mean
from app.exercises.texts import Id, InlineText, OneOrSeveral, at_least, fault, is_stored
from app.exercises.tolerance import Tolerance, Trap, room
from app.exercises.wording import Ignored, folded
from app.exercises.written import Path, Written
from app.words import Sentence, say

MOST_GAPS = 60
MOST_ANSWER = 200


def _form(value: object, info: ValidationInfo[object]) -> str:
    if isinstance(value, str) and (is_stored(info) or 0 < len(value.strip()) <= MOST_ANSWER):
        return value
    typed = None if isinstance(value, str) else authored_number(value)
    if typed:
        return in_figures(typed.value)
    raise fault("form", say("A short text goes here."), say("Write it in quotes."))


Form = Annotated[
    str, BeforeValidator(_form), WithJsonSchema({"anyOf": [{"type": "string", "minLength": 1}, {"type": "number"}]})
]


class Wrong(Written):
    """Typical wrong words, and what whoever wrote them should hear."""

    model_config = ConfigDict(serialize_by_alias=True)

    is_: Annotated[tuple[Form, ...], at_least(1), OneOrSeveral()] = Field(alias="is", max_length=30)
    say: InlineText


class Gap(Written):
    accept: Annotated[tuple[Form, ...], OneOrSeveral()] = Field((), max_length=60)
    """The forms that are right; the first is the one to show."""
    number: Exact | None = None
    """The right number instead."""
    tolerance: Tolerance = "0"
    unit: str = Field("", max_length=20)
    traps: tuple[Trap, ...] = ()
    wrong: tuple[Wrong, ...] = ()
    width: StrictInt = Field(8, ge=2, le=30)
    """Chinese characters that have room."""
    why: InlineText | None = None
    points: Exact | None = Field(None, gt=0)
    _asks_number: bool = PrivateAttr(default=False)

    def model_post_init(self, _context: object) -> None:
        self._asks_number = self.number is not None

    @property
    def asks_number(self) -> bool:
        """Whether a number is asked for; no secret, unlike the number."""
        return self._asks_number

    @property
    def answer(self) -> str:
        """The right answer as a trainee would type it."""
        return self.accept[0] if self.number is None else in_figures(self.number)

    def is_right(self, number: Fraction) -> bool:
        return self.number is not None and abs(number - self.number) <= room(self.number, self.tolerance)

    def springs(self, trap: Trap, number: Fraction) -> bool:
        return abs(number - trap.answer) <= room(trap.answer, trap.tolerance or self.tolerance)


class BlanksSpec(Spec):
    kind: Literal["blanks"]
    text: Annotated[str, StringConstraints(min_length=1, max_length=20_000)]
    """Paragraphs in which {{id}} is a gap."""
    gaps: Annotated[Mapping[Id, Gap], Field(min_length=1, max_length=MOST_GAPS)]
    ignore: Annotated[tuple[Ignored, ...], OneOrSeveral()] = ("width", "case", "space", "punctuation")
    """What makes no difference between two answers."""

    @property
    def asked(self) -> tuple[str, ...]:
        """The ids of the gaps in the order of the text."""
        return tuple(dict.fromkeys(name for name in cloze_of(self.text).gaps if name in self.gaps))

    def stated_points(self) -> tuple[Fraction | None, ...]:
        return tuple(self.gaps[name].points for name in self.asked)

    def mistakes(self) -> Iterator[Mistake]:
        yield from super().mistakes()
        if "rule" in self.marking:
            sentence = say("A text with gaps is marked by its key, not by a rule.")
            path = ("marking", self.marking.index("rule"))
            yield mistake(path, "marking-misfit", sentence, say("Write “{marking}”.", marking="key"))
        yield from _text_mistakes(self)
        for name, gap in self.gaps.items():
            yield from _gap_mistakes(("gaps", name), gap, self.ignore)


def _text_mistakes(spec: BlanksSpec) -> Iterator[Mistake]:
    cloze = cloze_of(spec.text)
    names = cloze.gaps
    for place, name in enumerate(names):
        if name not in spec.gaps:
            sentence = say("The text has a gap “{name}”, but there is no such entry under “gaps”.", name=name)
            remedy = did_you_mean(name, spec.gaps, say("Add it under “gaps”."))
            yield mistake(("text",), "gap-unknown", sentence, remedy)
        elif name in names[:place]:
            sentence = say("The gap “{name}” stands twice in the text.", name=name)
            yield mistake(("text",), "gap-twice", sentence, say("Give each gap an entry of its own."))
    for name in spec.gaps:
        if name not in names:
            sentence = say("The text has no gap “{name}”.", name=name)
            remedy = did_you_mean(
                name, set(names) - set(spec.gaps), say("Write it in double braces where it belongs, or take it out.")
            )
            yield mistake(("gaps", name), "gap-missing", sentence, remedy)
    for problem in cloze.problems:
        yield mistake(("text",), problem.code, problem.sentence, problem.remedy)
    for name in (gap for passage in cloze.passages for gap in passage.spanned):
        sentence = say("Bold type, code or a link begins before the gap “{name}” and ends after it.", name=name)
        yield mistake(("text",), "gap-spanned", sentence, say("End it before the gap and begin it again behind."))


def _gap_mistakes(path: Path, gap: Gap, ignored: tuple[Ignored, ...]) -> Iterator[Mistake]:
    if bool(gap.accept) == (gap.number is not None):
        sentence = say("A gap has either words that are right (“accept”) or a “number”.")
        yield mistake(path, "gap-answer", sentence, say("Write one of the two."))
        return
    misfits = ("wrong",) if gap.number is not None else ("traps", "unit", "tolerance")
    for key in misfits:
        if getattr(gap, key) != Gap.model_fields[key].default:
            sentence = say("“{key}” means nothing to this gap.", key=key)
            remedy = say("Traps, unit and tolerance go with “number”, “wrong” goes with “accept”.")
            yield mistake((*path, key), "key-misfit", sentence, remedy)
    for place, trap in enumerate(gap.traps):
        if gap.is_right(trap.answer):
            sentence = say("This trap lies within the tolerance of the right answer.")
            remedy = say("Narrow the tolerance, or take the trap out.")
            yield mistake((*path, "traps", place, "answer"), "trap-is-right", sentence, remedy)
    yield from _form_mistakes(path, gap, ignored)


def _form_mistakes(path: Path, gap: Gap, ignored: tuple[Ignored, ...]) -> Iterator[Mistake]:
    """Forms that count as the same: as right and wrong at once, or as blank."""
    right = {folded(form, ignored) for form in gap.accept}
    for place, form in enumerate(gap.accept):
        if not folded(form, ignored):
            yield mistake((*path, "accept", place), "form-blank", *_nothing_left(form))
    for place, wrong in enumerate(gap.wrong):
        for form in wrong.is_:
            if folded(form, ignored) in right:
                sentence = say("“{form}” counts as right already.", form=form)
                remedy = say("Take it out of one of the two, or ignore less.")
                yield mistake((*path, "wrong", place, "is"), "trap-is-right", sentence, remedy)


def _nothing_left(form: str) -> tuple[Sentence, Sentence]:
    return say("Nothing is left of “{form}” once spaces and punctuation are ignored.", form=form), say(
        "Write a word, or take “punctuation” out of “ignore”."
    )
