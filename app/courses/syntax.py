"""What a YAML parser complains of, in an author's words and at the line where the slip most likely is."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from app.words import Sentence, say

_KEY_WITHOUT_COLON = re.compile(r"\s*(?:- )?[a-z_]+(?:：|:(?=\S)|\s+\S)")
_BROKEN_DASH = re.compile(r"\s*(?:[–—−•·*]\s*\S|-(?=[^\s-])|- +- )")
"""A dash that YAML does not take for one, or one too many."""


@dataclass(frozen=True)
class Complaint:
    """A complaint that has these words in it."""

    words: str
    sentence: Sentence
    remedy: Sentence
    slip: Literal["here", "where it began", "indentation"] = "here"
    """Where the slip is: where it was noticed, where the broken thing begins, or in one of the lines around."""

    def line(self, lines: Sequence[str], noticed: int, *, began: int) -> int:
        """The line of the slip, counted from 0 like those given."""
        match self.slip:
            case "here":
                return noticed
            case "where it began":
                return began
            case "indentation":
                return _out_of_line(lines, noticed)


_COMPLAINTS = (
    Complaint(
        "while parsing a flow mapping",
        say("The bracket “{bracket}” that opens here is not closed properly.", bracket="{"),
        say("Close it, and put a comma between the entries."),
        "where it began",
    ),
    Complaint(
        "while parsing a flow sequence",
        say("The bracket “{bracket}” that opens here is not closed properly.", bracket="["),
        say("Close it, and put a comma between the entries."),
        "where it began",
    ),
    Complaint("escape", say("This backslash has no meaning."), say("Write it twice, or use single quotes.")),
    Complaint(
        "quoted scalar",
        say("The quotation mark that opens here is not closed."),
        say("Close it on the same line."),
        "where it began",
    ),
    Complaint(
        "mapping values are not allowed",
        say("A colon stands where no key can be."),
        say("Check the indentation of this line; put a text with a colon in quotes."),
        "indentation",
    ),
    Complaint(
        "did not find expected key",
        say("This line does not fit the ones around it."),
        say("Indent it like the keys beside it, and check that the line above is complete."),
        "indentation",
    ),
    Complaint(
        "expected <document start>",
        say("This line does not fit the ones around it."),
        say("Indent it like the keys beside it, and check that the line above is complete."),
        "indentation",
    ),
    Complaint(
        "expected '-' indicator",
        say("This line does not fit the list it stands in."),
        say("Indent it like the entries of the list, or begin it with “- ”."),
        "indentation",
    ),
    Complaint(
        "could not find expected ':'",
        say("A colon is missing after the key."),
        say("Write a colon and a space between key and value."),
        "where it began",
    ),
    Complaint(
        "cannot start any token", say("A text cannot begin with this character."), say("Put the text in quotes.")
    ),
)


def complaint_about(problem: str, context: str) -> Complaint:
    """The complaint in the parser's words `problem` and `context`."""
    known = (complaint for complaint in _COMPLAINTS if complaint.words in problem or complaint.words in context)
    other = Complaint(
        "",
        say("This is not YAML: {problem}.", problem=problem or "?"),
        say("Compare the indentation and punctuation with the lines around it."),
    )
    return next(known, other)


def _out_of_line(lines: Sequence[str], noticed: int) -> int:
    """The line where it was noticed, or the one above if that lacks a colon or stands out from those below."""
    above = _next(lines, noticed, -1)
    below = _next(lines, noticed, 1)
    if above is None or noticed >= len(lines):
        return noticed
    if _KEY_WITHOUT_COLON.match(lines[above]) or _BROKEN_DASH.match(lines[above]):
        return above
    if lines[noticed].lstrip().startswith("- ") and lines[above].lstrip().startswith("{"):
        return above
    if is_odd(lines, above) != is_odd(lines, noticed):
        return above if is_odd(lines, above) else noticed
    if below is None or lines[above].rstrip().endswith(":"):
        return noticed
    stands_out = _column(lines[above]) != _column(lines[noticed]) == _column(lines[below])
    return above if stands_out and not _ends_a_block(lines, above, noticed) else noticed


def is_odd(lines: Sequence[str], number: int) -> bool:
    """Whether the line is indented by an odd number of spaces in a file that is indented by even ones."""
    if (len(lines[number]) - len(lines[number].lstrip(" "))) % 2 == 0:
        return False
    odd = sum((len(line) - len(line.lstrip(" "))) % 2 for line in lines)
    return odd * 10 < len(lines)


def _ends_a_block(lines: Sequence[str], above: int, noticed: int) -> bool:
    """Whether the line above rightly stands deeper: beside the one before it, or under a key that is closed here."""
    before = _next(lines, above, -1)
    if before is None or _column(lines[above]) < _column(lines[noticed]):
        return False
    beside = _column(lines[before]) == _column(lines[above])
    return beside or (
        lines[before].rstrip().endswith(":")
        and _column(lines[noticed]) <= _column(lines[before]) < _column(lines[above])
    )


def _next(lines: Sequence[str], start: int, step: int) -> int | None:
    """The next line, up or down, that says something."""
    numbers = range(start + step, len(lines) if step > 0 else -1, step)
    return next((n for n in numbers if _says_something(lines[n])), None)


def _says_something(line: str) -> bool:
    return bool(line.strip()) and not line.lstrip().startswith("#")


def _column(line: str) -> int:
    """Where the content begins, after spaces and the dashes of lists."""
    return len(line) - len(line.lstrip(" -"))
