"""The Markdown of a session's notes: whether it can be printed, and whether what it points to is there."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass
from functools import lru_cache
from pathlib import PurePosixPath

from app.courses.printing import unprintable_text
from app.courses.problems import Problem, cut
from app.courses.text import read_text
from app.documents.markdown import Found, parse_markdown
from app.exercises.spelling import did_you_mean
from app.words import Sentence, say

FENCES = frozenset({"trainer", "exercise"})
"""`::: trainer` holds what only trainers see, `::: exercise <slug>` stands for an exercise."""


@dataclass(frozen=True)
class Notes:
    text: str | None
    problems: tuple[Problem, ...]


def load_notes(
    file: PurePosixPath, content: bytes, exercises: Collection[str], *, known: Collection[str], media: Collection[str]
) -> Notes:
    """The text of a file of notes, and what is wrong with it.

    `exercises` are those that the outline names, `known` those that exist, `media` the paths of pictures.
    """
    read = _read(file, content)
    lost = (*_lost_exercises(file, read.exercises, exercises, known), *lost_pictures(file, read.pictures, media))
    return Notes(read.text, (*read.problems, *lost))


@dataclass(frozen=True)
class _Read:
    """What a file says by itself, and what it points to."""

    text: str | None
    problems: tuple[Problem, ...]
    pictures: tuple[Found, ...] = ()
    exercises: tuple[Found, ...] = ()


@lru_cache(maxsize=512)
def _read(file: PurePosixPath, content: bytes) -> _Read:
    text, problems = read_text(file, content, tabs=True)
    if text is None:
        return _Read(None, problems)
    if not text.strip():
        remedy = say("Write what trainees should read, or take it out of the outline.")
        problems = (*problems, Problem(file, 1, 1, "error", "empty", "", say("The file is empty."), remedy))
    parsed = parse_markdown(text, fences=FENCES)
    unfit = tuple(
        Problem(file, each.line, each.column, "error", each.code, each.value, each.sentence, each.remedy)
        for each in parsed.problems
    )
    return _Read(text, (*problems, *unfit, *unprintable_text(file, text)), parsed.pictures, parsed.exercises)


def _lost_exercises(
    file: PurePosixPath, named: Iterable[Found], exercises: Collection[str], known: Collection[str]
) -> Iterator[Problem]:
    for found in named:
        if found.name not in known:
            remedy = did_you_mean(found.name, known, say("Correct it, or add what it names."))
            yield _problem(file, found, "exercise-missing", sentence=say("There is no such exercise."), remedy=remedy)
        elif found.name not in exercises:
            sentence = say("No slot of the outline names this exercise.")
            remedy = say("Add it to the “exercise” of a slot, or take it out here.")
            yield _problem(file, found, "exercise-elsewhere", sentence=sentence, remedy=remedy)


def lost_pictures(file: PurePosixPath, pictures: Iterable[Found], media: Collection[str]) -> Iterator[Problem]:
    """The pictures that a text shows and the course's folder does not have."""
    for found in pictures:
        if found.name not in media:
            sentence = say("There is no such picture in the course's folder.")
            remedy = did_you_mean(found.name, media, say("Put the picture into media/."))
            yield _problem(file, found, "picture-missing", sentence=sentence, remedy=remedy)


def _problem(file: PurePosixPath, found: Found, code: str, *, sentence: Sentence, remedy: Sentence) -> Problem:
    return Problem(file, found.line, found.column, "error", code, cut(found.name), sentence, remedy)
