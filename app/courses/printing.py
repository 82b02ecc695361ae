"""Characters that no page can be printed with: told where an author wrote them, each once a file."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import PurePosixPath

from app.courses.problems import Problem
from app.courses.source import Source, Spot
from app.courses.text import index_of, place_of
from app.documents.glyphs import unprintable
from app.words import say


def unprintable_text(file: PurePosixPath, text: str) -> Iterator[Problem]:
    """Of a text that is printed as a whole."""
    return (_problem(file, place_of(text, at), character) for at, character in unprintable(text))


def unprintable_values(source: Source, text: str) -> Iterator[Problem]:
    """Of the values in a file's YAML: its comments may hold anything. `text` is the whole file."""
    for _, character in unprintable("\n".join(spot.text for spot in source.spots.values())):
        spot = next(spot for spot in source.spots.values() if character in spot.text or _lacks(spot, character))
        yield _problem(source.file, place_after(text, character, spot), character)


def place_after(text: str, wanted: str, spot: Spot) -> tuple[int, int]:
    """Line and column of what is written in the value of this spot; the spot's own where it is written otherwise."""
    at = text.find(wanted, index_of(text, spot.line, spot.column))
    return (spot.line, spot.column) if at < 0 else place_of(text, at)


def _lacks(spot: Spot, character: str) -> bool:
    """Whether the character comes of composing others that stand there."""
    return any(lacking == character for _, lacking in unprintable(spot.text))


def _problem(file: PurePosixPath, place: tuple[int, int], character: str) -> Problem:
    sentence = say("The typefaces have no sign U+{code}: it cannot be printed.", code=f"{ord(character):04X}")
    remedy = say("Write it in other characters.")
    return Problem(file, *place, "error", "character-unprintable", character, sentence, remedy)
