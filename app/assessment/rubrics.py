"""The rubric as whoever judges an answer meets it: its levels as tiles to choose from, and what was chosen, read."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from fractions import Fraction

from app.assessment.rules import rubric_version
from app.assessment.showing import points_in_words
from app.assessment.writing import is_storable
from app.documents.blocks import Text
from app.documents.markdown import inline
from app.exercises import Spec
from app.words import Sentence, say

MOST_COMMENT = 5_000
RUBRIC_CHANGED = say("The rubric was changed while your page was open. Read it, and choose anew.")


@dataclass(frozen=True)
class Tile:
    """A level of a criterion, to be chosen."""

    value: str
    text: Text
    points: str
    chosen: bool


@dataclass(frozen=True)
class Tiles:
    """A criterion of the rubric with its levels."""

    name: str
    label: Text
    tiles: tuple[Tile, ...]


@dataclass(frozen=True)
class Judgement:
    """The levels and the comment that a form brought, and what is wrong with it."""

    chosen: tuple[Fraction | None, ...]
    """For each criterion the points of a level of it; None where none of them was sent."""
    comment: str
    errors: Mapping[str, Sentence]
    """Field name → sentence."""

    @property
    def levels(self) -> tuple[Fraction, ...]:
        return tuple(points for points in self.chosen if points is not None)


def tiles_of(spec: Spec, chosen: Iterable[Fraction | None]) -> tuple[Tiles, ...]:
    """The rubric with what is chosen so far, criterion by criterion; the least points first."""
    return tuple(
        Tiles(
            criterion_name(number),
            inline(criterion.criterion),
            tuple(
                Tile(str(level.points), inline(level.text), points_in_words(level.points), level.points == points)
                for level in sorted(criterion.levels, key=lambda level: level.points)
            ),
        )
        for number, (criterion, points) in enumerate(zip(spec.rubric, chosen, strict=True))
    )


def read_judgement(spec: Spec, form: Mapping[str, str]) -> Judgement:
    """Levels and comment. Only levels of the rubric count, whatever was sent, and none of a page that shows another."""
    stale = form.get("rubric", "") not in ("", rubric_version(spec))
    errors: dict[str, Sentence] = {}
    chosen: list[Fraction | None] = []
    for number, criterion in enumerate(spec.rubric):
        name = criterion_name(number)
        known = {str(level.points): level.points for level in criterion.levels}
        chosen.append(None if stale else known.get(form.get(name, "")))
        if stale:
            errors[name] = RUBRIC_CHANGED
        elif chosen[-1] is None:
            errors[name] = say("Choose a level.")
    comment, wrong = read_text(form.get("comment", ""), MOST_COMMENT)
    if wrong:
        errors["comment"] = wrong
    return Judgement(tuple(chosen), comment, errors)


def read_text(text: str, most: int) -> tuple[str, Sentence | None]:
    """A text with its line ends put right, and what is wrong with it."""
    text = text.replace("\r\n", "\n").replace("\r", "\n").strip()
    if len(text) > most:
        return text, say(
            "This text has {length} characters; a field takes {most}. Shorten it.", length=len(text), most=most
        )
    if not all(map(is_storable, text)):
        kept = "".join(sign for sign in text if is_storable(sign))
        return kept, say("This text had a control character, which cannot be kept. It is taken out: please look again.")
    return text, None


def criterion_name(number: int) -> str:
    """The field name of a criterion of the rubric."""
    return f"criterion-{number}"
