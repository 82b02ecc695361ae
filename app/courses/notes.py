"""The Markdown of a session's notes: whether it can be printed, and whether what it points to is there."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from functools import lru_cache
from pathlib import PurePosixPath

from app.courses.problems import Problem, cut
from app.courses.text import place_of, read_text
from app.courses.vocabulary import nearest
from app.documents.markdown import parse_markdown
from app.words import Sentence, say

FENCES = frozenset({"trainer", "exercise"})
"""`::: trainer` holds what only trainers see, `::: exercise <slug>` stands for an exercise."""

_EXERCISE = re.compile(r"^::: +exercise +(\S+) *$", re.MULTILINE)
_PICTURE = re.compile(r"!\[[^\]\n]*\]\(\s*<?([^)>\s]+)")


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
    if read.text is None:
        return read
    problems = (*_exercise_problems(file, read.text, exercises, known), *lost_pictures(file, read.text, media))
    return Notes(read.text, (*read.problems, *problems))


@lru_cache(maxsize=512)
def _read(file: PurePosixPath, content: bytes) -> Notes:
    text, problems = read_text(file, content, tabs=True)
    if text is not None and not text.strip():
        remedy = say("Write what trainees should read, or take it out of the outline.")
        problems = (*problems, _problem(file, text, 0, "empty", "", say("The file is empty."), remedy))
    found = parse_markdown(text, fences=FENCES).problems if text is not None else ()
    unprintable = tuple(
        Problem(file, each.line, each.column, "error", each.code, each.value, each.sentence, each.remedy)
        for each in found
    )
    return Notes(text, (*problems, *unprintable))


def _exercise_problems(
    file: PurePosixPath, text: str, exercises: Collection[str], known: Collection[str]
) -> Iterator[Problem]:
    for match in _EXERCISE.finditer(text):
        slug = match[1]
        if slug not in known:
            close = nearest(slug, known)
            remedy = say("Did you mean “{name}”?", name=close) if close else say("Correct it, or add what it names.")
            yield _problem(
                file, text, match.start(1), "exercise-missing", slug, say("There is no such exercise."), remedy
            )
        elif slug not in exercises:
            sentence = say("No slot of the outline names this exercise.")
            remedy = say("Add it to the “exercise” of a slot, or take it out here.")
            yield _problem(file, text, match.start(1), "exercise-elsewhere", slug, sentence, remedy)


def lost_pictures(file: PurePosixPath, text: str, media: Collection[str]) -> Iterator[Problem]:
    """The pictures that the text shows and the course's folder does not have."""
    for match in _PICTURE.finditer(text):
        if match[1] not in media:
            sentence, close = say("There is no such picture in the course's folder."), nearest(match[1], media)
            remedy = say("Did you mean “{name}”?", name=close) if close else say("Put the picture into media/.")
            yield _problem(file, text, match.start(1), "picture-missing", match[1], sentence, remedy)


def _problem(  # noqa: PLR0917  (a place and what is said about it)
    file: PurePosixPath, text: str, at: int, code: str, value: str, sentence: Sentence, remedy: Sentence
) -> Problem:
    return Problem(file, *place_of(text, at), "error", code, cut(value), sentence, remedy)
