"""From an author's bytes to text that can be stored, shown and printed, or to what stands in the way."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import PurePosixPath

from app.courses.problems import Problem
from app.words import Sentence, say

LIMIT = 256 * 1024
"""Bytes of one text file."""
MENTIONED = 20
"""Problems told of one sort; a file in the wrong format has thousands."""

# Control characters but tab and line ends, what YAML takes for line ends, directions that hide text, non-characters.
# Spaces of no width make two words differ that look the same.
_UNPRINTABLE = re.compile(
    "[\0-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u200b\u2028\u2029\u202a-\u202e\u2060\u2066-\u2069\ufeff\ufffe\uffff]"
)
_LONE_RETURN = re.compile(r"\r(?!\n)")
_TAB = re.compile(r"^[^\t\n]*\t", re.MULTILINE)
_BYTE_ORDER_MARK = "\ufeff"


def read_text(file: PurePosixPath, content: bytes, *, tabs: bool) -> tuple[str | None, tuple[Problem, ...]]:
    """The text with plain line ends, a sign in place of what cannot be printed, and its problems.

    There is no text where there is no telling what it would be.
    Tabs are a problem where `tabs` is false: YAML counts them neither as a space nor as eight.
    """
    if len(content) > LIMIT:
        return None, (_too_large(file, len(content)),)
    try:
        text = content.decode("utf-8")
    except UnicodeDecodeError as error:
        return None, (_wrong_encoding(file, content, error.start),)
    if "\0" in text:
        return None, (_has_nul(file, text),)
    problems = (*_odd_beginning(file, text), *_odd_characters(file, text, tabs=tabs))
    plain = text.removeprefix(_BYTE_ORDER_MARK).replace("\r\n", "\n").replace("\r", "\n")
    return _UNPRINTABLE.sub("\ufffd", plain), problems


def place_of(text: str, index: int) -> tuple[int, int]:
    """Line and column, from 1, of a character."""
    before = text[:index]
    return before.count("\n") + 1, index - before.rfind("\n")


def index_of(text: str, line: int, column: int) -> int:
    """Where a line and a column, from 1, are in the text."""
    start = 0
    for _ in range(line - 1):
        start = text.find("\n", start) + 1
    return start + column - 1


def _too_large(file: PurePosixPath, size: int) -> Problem:
    sentence = say("The file has {size} kB; {limit} kB is the most.", size=size // 1024, limit=LIMIT // 1024)
    return _problem(
        file, (1, 1), "too-large", say("Split it, or take out what does not belong here."), sentence=sentence
    )


def _wrong_encoding(file: PurePosixPath, content: bytes, at: int) -> Problem:
    place = place_of(content[:at].decode("utf-8", "replace"), len(content[:at].decode("utf-8", "replace")))
    sentence = say("This is not UTF-8 text; it looks like {encoding}.", encoding=_likely_encoding(content))
    return _problem(
        file, place, "encoding", say("Save the file as UTF-8."), sentence=sentence, value=f"0x{content[at]:02X}"
    )


def _likely_encoding(content: bytes) -> str:
    if content[:2] in (b"\xff\xfe", b"\xfe\xff"):
        return "UTF-16"
    for name in ("gb18030", "big5"):
        try:
            content.decode(name)
        except UnicodeDecodeError:
            continue
        return name.upper()
    return "Latin-1"


def _has_nul(file: PurePosixPath, text: str) -> Problem:
    if text.count("\0") * 3 > len(text):
        sentence = say("This is not UTF-8 text; it looks like {encoding}.", encoding="UTF-16")
        return _problem(
            file, place_of(text, text.index("\0")), "encoding", say("Save the file as UTF-8."), sentence=sentence
        )
    return _unprintable(file, text, text.index("\0"))


def _odd_beginning(file: PurePosixPath, text: str) -> Iterator[Problem]:
    if text.startswith(_BYTE_ORDER_MARK):
        sentence = say("The file begins with an invisible byte order mark.")
        yield _problem(file, (1, 1), "byte-order-mark", say("Save the file as UTF-8 without BOM."), sentence=sentence)


def _odd_characters(file: PurePosixPath, text: str, *, tabs: bool) -> Iterator[Problem]:
    body = _UNPRINTABLE.finditer(text, 1 if text.startswith(_BYTE_ORDER_MARK) else 0)
    for _, odd in zip(range(MENTIONED), body, strict=False):
        yield _unprintable(file, text, odd.start())
    if match := _LONE_RETURN.search(text):
        sentence = say("A line ends with a carriage return alone; editors count such lines differently.")
        remedy = say("Save the file with line ends of Unix or Windows.")
        yield _problem(file, place_of(text, match.start()), "line-end", remedy, sentence=sentence)
    for _, tab in zip(range(0 if tabs else MENTIONED), _TAB.finditer(text), strict=False):
        sentence = say("There is a tab, which YAML does not take for space.")
        yield _problem(file, place_of(text, tab.end() - 1), "tab", say("Use spaces instead."), sentence=sentence)


def _unprintable(file: PurePosixPath, text: str, at: int) -> Problem:
    sentence = say("There is a character here that cannot be seen or printed.")
    value = f"U+{ord(text[at]):04X}"
    return _problem(file, place_of(text, at), "control-character", say("Delete it."), sentence=sentence, value=value)


def _problem(
    file: PurePosixPath, place: tuple[int, int], code: str, remedy: Sentence, *, sentence: Sentence, value: str = ""
) -> Problem:
    return Problem(file, *place, "error", code, value, sentence, remedy)
