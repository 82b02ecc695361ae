"""A Markdown text line by line: what may not stand in it at all, and its parts between fences and code blocks."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field

from app.words import Sentence, say

MOST_BYTES = 256 * 1024
MOST_LINES = 20_000
MOST_LINE_CHARACTERS = 20_000
MOST_MARKS = 20_000
MOST_BLOCK_LINES = 1_000
MOST_BLOCK_BRACKETS = 300
MOST_BRACKETS = 3_000
"""The parser needs quadratic time for `[`, for backticks, for the lines of a block: with these limits, a second."""

MOST_LOOKED_AT = 2_000
"""Characters of a line in which code spans are told from fences; in a longer one each run of colons is a fence."""
MOST_START = 80
"""Characters in which the start of a fence is looked for: the patterns for it need quadratic time."""

SLUG = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*")
# C0 and C1 controls, surrogates, non-characters, and what turns the direction of writing round.
FORBIDDEN = re.compile(
    "[\0-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u2028-\u202e\u2066-\u2069\ud800-\udfff\ufdd0-\ufdef\ufeff\ufffe\uffff]"
)

_SPLIT = say("Split it with empty lines.")

# Whatever an author may take for a colon. A fence that is nearly right must never become text that everybody reads.
_COLON = "[:\u02d0\ua789\u2236\ufe13\ufe55\uff1a]"
_GAP = r"[\s\u200b-\u200f\u2060]*"
_MARKS = re.compile(f"{_COLON}|[;；]")
_FENCE = re.compile(r":::(?: +(?P<name>\S+)(?: +(?P<slug>\S+))?)? *")
_RUN = re.compile(f"{_COLON}(?:{_GAP}{_COLON}){{2,}}")
_START = re.compile(rf"[\W\d]*?{_COLON}{_GAP}{_COLON}")
_NAMED = re.compile(rf"\W*(?:{_COLON}|[;；])\W*(?:trainer|exercise)\b", re.IGNORECASE)
_COLONS_AND_WORD = re.compile(rf"{_COLON}{_GAP}\w")
_SPAN = re.compile(r"(?<!`)(`+)(?!`).*?(?<!`)\1(?!`)")
_CODE = re.compile(r"(?P<fence>`{3,}|~{3,})[^`~]*")
_INDENTED_CODE = re.compile(r"[\s>]+(?:```|~~~)")


@dataclass(frozen=True, order=True)
class MarkdownProblem:
    """What is wrong at a place of a text; line and column count from 1."""

    line: int
    column: int
    code: str
    value: str
    """What stands there, cut to 60 characters."""
    sentence: Sentence
    remedy: Sentence


@dataclass(frozen=True)
class Prose:
    """Markdown without fences, from a line on."""

    line: int
    lines: tuple[str, ...]


@dataclass(frozen=True)
class Listed:
    """A fenced block of code."""

    line: int
    text: str


@dataclass(frozen=True)
class Fenced:
    """What stands between `::: name slug` and `:::`; the column is that of the slug, where there is one."""

    line: int
    column: int
    name: str
    slug: str
    parts: tuple[Part, ...]


Part = Prose | Listed | Fenced


def problem(place: tuple[int, int], code: str, value: str, *, sentence: Sentence, remedy: Sentence) -> MarkdownProblem:
    """A problem, its value cut to 60 characters."""
    return MarkdownProblem(*place, code, value[:60], sentence, remedy)


def lines_of(text: str) -> list[str]:
    """The lines, without a byte order mark at the start and with tabs as spaces."""
    lines = text.removeprefix("\ufeff").replace("\r\n", "\n").replace("\r", "\n").split("\n")
    return [line.expandtabs(4) if "\t" in line else line for line in lines]


def refusals(text: str) -> tuple[MarkdownProblem, ...]:
    """Why the text is not parsed at all: characters that nobody may write, and sizes over the limits."""
    if len(text) > MOST_BYTES or len(text.encode("utf-8", "replace")) > MOST_BYTES or text.count("\n") >= MOST_LINES:
        return (_too_long(),)
    return tuple(_forbidden(text)) or tuple(_heavy_lines(text)) or tuple(_heavy_blocks(text))


def _too_long() -> MarkdownProblem:
    sentence = say("The text is longer than {size} kB or {lines} lines.", size=MOST_BYTES // 1024, lines=MOST_LINES)
    remedy = say("Split it over several files.")
    return problem((1, 1), "text-too-long", "", sentence=sentence, remedy=remedy)


def _forbidden(text: str) -> Iterator[MarkdownProblem]:
    body = text.removeprefix("\ufeff")
    if not FORBIDDEN.search(body):
        return
    for number, line in enumerate(lines_of(body), start=1):
        for found in FORBIDDEN.finditer(line):
            named = f"U+{ord(found[0]):04X}"
            sentence = say("The character {character} cannot be seen and may not stand in a text.", character=named)
            place = (number, found.start() + 1)
            yield problem(place, "character-forbidden", named, sentence=sentence, remedy=say("Delete it."))
            return


def _heavy_lines(text: str) -> Iterator[MarkdownProblem]:
    if sum(map(text.count, "\\`*_<&!")) > MOST_MARKS:
        sentence = say("There are more than {most} marks such as * and ` in the text.", most=MOST_MARKS)
        remedy = say("Split it over several files.")
        yield problem((1, 1), "marks-too-many", "", sentence=sentence, remedy=remedy)
    elif len(text) > MOST_LINE_CHARACTERS:
        for number, line in enumerate(lines_of(text), start=1):
            if len(line) > MOST_LINE_CHARACTERS:
                sentence = say("This line has more than {most} characters.", most=MOST_LINE_CHARACTERS)
                yield problem((number, 1), "line-too-long", line, sentence=sentence, remedy=_SPLIT)


def _heavy_blocks(text: str) -> Iterator[MarkdownProblem]:
    total = first = lines = brackets = 0
    for number, line in enumerate([*lines_of(text), ""], start=1):
        if line.strip():
            first = first if lines else number
            lines, brackets, total = lines + 1, brackets + line.count("["), total + line.count("[")
            continue
        if brackets > MOST_BLOCK_BRACKETS or total > MOST_BRACKETS:
            sentence = say(
                "There are more than {most} opening brackets in one block of text.", most=MOST_BLOCK_BRACKETS
            )
            yield problem((first, 1), "brackets-too-many", "[", sentence=sentence, remedy=_SPLIT)
            return
        if lines > MOST_BLOCK_LINES:
            sentence = say("This block of text has more than {most} lines.", most=MOST_BLOCK_LINES)
            yield problem((first, 1), "block-too-long", "", sentence=sentence, remedy=_SPLIT)
            return
        lines = brackets = 0


_WORDING = {
    "fence-malformed": (
        say("This looks like a fence but is not written like one."),
        say("Write «::: trainer» or «::: exercise slug» at the start of a line, and «:::» alone where it ends."),
    ),
    "fence-unclosed": (say("This fence is never closed."), say("Write «:::» on a line of its own where it ends.")),
    "fence-stray": (say("No fence is open here."), say("Delete this line, or write the line that opens the fence.")),
    "fence-slug": (
        say("The fence does not name its exercise."),
        say("Write the exercise's file name: «::: exercise slug»."),
    ),
    "fence-content": (say("Between the lines of an exercise nothing is shown."), say("Move this text after «:::».")),
    "code-indented": (say("A block of code starts inside a line."), say("Move ``` to the start of its line.")),
    "code-unclosed": (say("This block of code is never closed."), say("Write ``` on a line of its own where it ends.")),
}


@dataclass
class _Open:
    """A fence that waits for its end; without a name it was malformed, and what it holds is dropped."""

    line: int
    name: str
    slug: str = ""
    column: int = 1
    parts: list[Part] = field(default_factory=list)


@dataclass
class _OpenCode:
    """A block of code that waits for its end."""

    line: int
    fence: str
    lines: list[str] = field(default_factory=list)


class _Splitter:
    """Reads lines one by one into parts; the last open fence takes them."""

    def __init__(self, fences: frozenset[str]) -> None:
        self.fences = fences
        self.top: list[Part] = []
        self.problems: list[MarkdownProblem] = []
        self.open: _Open | None = None
        self.prose: list[str] = []
        self.code: _OpenCode | None = None

    def read(self, number: int, line: str) -> None:
        if self.code:
            self._read_code(self.code, line)
        elif (code := _CODE.fullmatch(line)) and line[0] in "`~":
            self._end_prose(number)
            self.code = _OpenCode(number, code["fence"])
        elif _nearly_fence(line):
            self._end_prose(number)
            self._read_fence(number, line)
        else:
            if ("```" in line or "~~~" in line) and _INDENTED_CODE.match(line):
                self._complain(number, line, "code-indented")
            self.prose.append(line)

    def end(self, number: int) -> None:
        self._end_prose(number)
        if self.code:
            self._complain(self.code.line, self.code.fence, "code-unclosed")
        if self.open and self.open.name:
            self._complain(self.open.line, f"::: {self.open.name}", "fence-unclosed")

    def _read_code(self, code: _OpenCode, line: str) -> None:
        if line.startswith(code.fence) and not line.strip(code.fence[0]).strip():
            self._add(Listed(code.line, "\n".join(code.lines)))
            self.code = None
        else:
            code.lines.append(line)

    def _read_fence(self, number: int, line: str) -> None:
        fence = _FENCE.fullmatch(line)
        if not fence:
            self._malformed(number, line)
        elif not fence["name"]:
            self._close(number, line)
        else:
            self._open_fence(number, fence["name"], fence["slug"] or "", column=fence.start("slug") + 1)

    def _malformed(self, number: int, line: str) -> None:
        self._complain(number, line, "fence-malformed")
        self.open = _Open(number, "") if _COLONS_AND_WORD.search(line) or _NAMED.match(line[:MOST_START]) else None

    def _open_fence(self, number: int, name: str, slug: str, *, column: int) -> None:
        if self.open and self.open.name:
            self._complain(self.open.line, f"::: {self.open.name}", "fence-unclosed")
        if name not in self.fences:
            self._complain(number, f"::: {name}", "fence-unknown")
        elif name == "exercise" and not SLUG.fullmatch(slug):
            self._complain(number, f"::: {name} {slug}".rstrip(), "fence-slug")
        elif name != "exercise" and slug:
            self._complain(number, f"::: {name} {slug}", "fence-malformed")
        self.open = _Open(number, name if name in self.fences else "", slug, max(column, 1))

    def _close(self, number: int, line: str) -> None:
        if not self.open:
            self._complain(number, line, "fence-stray")
            return
        done, self.open = self.open, None
        if done.name == "exercise" and any(map(_says_something, done.parts)):
            self._complain(done.line, f"::: exercise {done.slug}", "fence-content")
        if done.name:
            self.top.append(Fenced(done.line, done.column, done.name, done.slug, tuple(done.parts)))

    def _end_prose(self, number: int) -> None:
        if self.prose:
            self._add(Prose(number - len(self.prose), tuple(self.prose)))
            self.prose = []

    def _add(self, part: Part) -> None:
        (self.open.parts if self.open else self.top).append(part)

    def _complain(self, number: int, value: str, code: str) -> None:
        sentence, remedy = self._unknown() if code == "fence-unknown" else _WORDING[code]
        column = len(value) - len(value.lstrip()) + 1
        self.problems.append(problem((number, column), code, value.strip(), sentence=sentence, remedy=remedy))

    def _unknown(self) -> tuple[Sentence, Sentence]:
        names = ", ".join(f"::: {name}" for name in sorted(self.fences))
        if not names:
            return say("Fences are not used in this text."), say("Write it without a fence.")
        return say("There is no such fence here."), say("Known here: {names}.", names=names)


def split(text: str, fences: frozenset[str]) -> tuple[tuple[Part, ...], tuple[MarkdownProblem, ...]]:
    """The parts of a text, and what is wrong with its fences; a text with such a problem has no parts.

    So nothing that was meant for trainers can be read by others because of a slip of the hand.
    """
    splitter = _Splitter(fences)
    lines = lines_of(text)
    for number, line in enumerate(lines, start=1):
        splitter.read(number, line)
    splitter.end(len(lines) + 1)
    return ((), tuple(splitter.problems)) if splitter.problems else (tuple(splitter.top), ())


def _says_something(part: Part) -> bool:
    return not isinstance(part, Prose) or any(line.strip() for line in part.lines)


def _nearly_fence(line: str) -> bool:
    """Whether a line is a fence or what a hurried person may have meant to be one."""
    if not _MARKS.search(line):
        return False
    bare = _SPAN.sub("`", line) if "`" in line and len(line) <= MOST_LOOKED_AT else line
    start = bare[:MOST_START]
    return bool(_RUN.search(bare) or _START.match(start) or _NAMED.match(start))
