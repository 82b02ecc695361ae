"""Text in lines: runs of one face each, broken as Chinese and Latin type are broken, never wider than the measure."""

from __future__ import annotations

import html
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from enum import Enum, auto

from app.documents.blocks import Text
from app.documents.pdf.fonts import BOLD, REGULAR, widths
from app.documents.pdf.style import Colour, TextStyle

# What may not start a line, and what may not end one.
NO_START = frozenset("!%),.:;?]}¢°·ˇ―‖’”…‰′″›℃∶、。〃〉》」』】〕〗〞！＂％＇），．：；？］｀｜｝～￠—–々ー")
NO_END = frozenset("$([{£¥‘“‹〈《「『【〔〖〝＄（．［｛￡￥#@")

_HAN = "\u3400-\u4db5\u4e00-\u9fa5"  # what both faces draw one em wide
_WORD = "A-Za-z0-9\u00a0\u00c0-\u024f\u0370-\u04ff_@#&+\\-/\\\\.,:;'%=<>~^*$?!"
_TOKEN = re.compile(rf"\n|[ \t]+|[{_HAN}]+|[{_WORD}]+|.", re.DOTALL)
_TAG = re.compile(r"<(/?)(\w+)(?: href=\"([^\"]*)\")?>")
_EPSILON = 1e-6


@dataclass(frozen=True)
class Run:
    """Characters set alike."""

    text: str
    face: str
    size: float
    colour: Colour
    link: str = ""
    dotted: bool = False
    """Emphasis: a dot under each character, since Chinese is never slanted."""
    code: bool = False
    struck: bool = False
    rise: float = 0
    ruled: bool = False
    """On a rule, to be written on."""
    entry: str = ""
    """The field that is filled in here, where that can be done on screen."""


@dataclass(frozen=True)
class Line:
    """One line: runs, how wide they are without spaces at the end, and whether a break was wanted here."""

    runs: tuple[Run, ...]
    width: float
    ends: bool

    @property
    def text(self) -> str:
        """The characters, those at the end of the line too."""
        return "".join(run.text for run in self.runs)


def runs_of(text: Text, style: TextStyle) -> tuple[Run, ...]:
    """Inline markup as runs; a line break is a run of its own."""
    plain = Run("", BOLD if style.bold else REGULAR, style.size, style.colour)
    if "<" not in text and "&" not in text:
        return (Run(str(text), plain.face, plain.size, plain.colour),) if text else ()
    return tuple(_runs(str(text), plain))


def _runs(markup: str, plain: Run) -> Iterator[Run]:
    look = [plain]
    at = 0
    for tag in _TAG.finditer(markup):
        if tag.start() > at:
            yield replace(look[-1], text=html.unescape(markup[at : tag.start()]))
        at = tag.end()
        if tag[2] == "br":
            yield replace(look[-1], text="\n")
        elif tag[1]:
            look = look[:-1] if len(look) > 1 else look
        else:
            look.append(_look(look[-1], tag[2], html.unescape(tag[3] or "")))
    if at < len(markup):
        yield replace(look[-1], text=html.unescape(markup[at:]))


def _look(run: Run, tag: str, link: str) -> Run:
    match tag:
        case "strong":
            return replace(run, face=BOLD)
        case "sub":
            return replace(run, size=run.size * 0.7, rise=-run.size * 0.15)
        case "sup":
            return replace(run, size=run.size * 0.7, rise=run.size * 0.35)
        case _:
            return replace(
                run,
                dotted=run.dotted or tag == "em",
                code=run.code or tag == "code",
                struck=run.struck or tag == "del",
                link=link or run.link,
            )


class _Kind(Enum):
    WORD = auto()  # stays whole
    HAN = auto()  # may be broken anywhere
    SPACE = auto()
    BREAK = auto()


_LOOSE = (_Kind.SPACE, _Kind.BREAK)


@dataclass(slots=True)
class Cluster:
    """What is set in one go: it may be broken inside only where it is Chinese, or alone wider than a line."""

    kind: _Kind
    parts: list[tuple[Run, str]]
    width: float
    first: str
    last: str

    def join(self, other: Cluster) -> None:
        """Take in what may not be parted from it."""
        self.kind = _Kind.WORD
        self.parts += other.parts
        self.width += other.width
        self.last = other.last


def broken(clusters: Sequence[Cluster], measure: float) -> tuple[Line, ...]:
    """The text in lines of at most `measure` points; at least one line, at least one character on each."""
    setter = _Setter(measure)
    for cluster in clusters:
        setter.add(cluster)
    setter.end(wanted=True)
    return tuple(setter.lines)


def natural_width(clusters: Sequence[Cluster]) -> float:
    """How wide the text is on one line, and of one that has breaks, its widest line; spaces at ends count nothing."""
    widest = used = trailing = 0.0
    for cluster in clusters:
        if cluster.kind is _Kind.BREAK:
            widest, used, trailing = max(widest, used), 0.0, 0.0
        elif cluster.kind is not _Kind.SPACE:
            used, trailing = used + (trailing + cluster.width), 0.0
        elif used:
            trailing += cluster.width
    return max(widest, used)


def least_width(clusters: Sequence[Cluster]) -> float:
    """The widest piece that should not be broken."""
    return max((_least(cluster) for cluster in clusters), default=0)


def _least(cluster: Cluster) -> float:
    return cluster.parts[0][0].size if cluster.kind is _Kind.HAN else cluster.width


def clusters_of(runs: Iterable[Run]) -> list[Cluster]:
    """The runs in tokens, joined where a line may not break between them."""
    done: list[Cluster] = []
    for token in _tokens(runs):
        if done and _holds(done[-1], token):
            done[-1].join(token)
        elif len(done) > 1 and done[-1].kind is _Kind.SPACE and _holds(done[-2], token):
            space = done.pop()
            done[-1].join(space)
            done[-1].join(token)
        else:
            done.append(token)
    return done


def _holds(before: Cluster, after: Cluster) -> bool:
    """Whether no line may end between the two."""
    if before.kind in _LOOSE or after.kind in _LOOSE:
        return False
    if after.first in NO_START or before.last in NO_END:
        return True
    same_word = before.parts[-1][0] is not after.parts[0][0] and before.last.isascii() and after.first.isascii()
    return same_word and before.last.isalnum() and after.first.isalnum()


def _tokens(runs: Iterable[Run]) -> Iterator[Cluster]:
    for run in runs:
        table, size = widths(run.face), run.size
        for text in _TOKEN.findall(run.text):
            first, last = text[0], text[-1]
            if text == "\n":
                yield Cluster(_Kind.BREAK, [(run, "")], 0, "", "")
            elif first in " \t":
                yield Cluster(_Kind.SPACE, [(run, text)], size * table[32] * len(text), first, last)
            elif first < "\u3400" or len(text) == 1:
                yield Cluster(_Kind.WORD, [(run, text)], size * sum([table[ord(c)] for c in text]), first, last)
            else:
                # The first and the last may have to stay with what stands beside them.
                yield Cluster(_Kind.WORD, [(run, first)], size, first, first)
                if inner := text[1:-1]:
                    yield Cluster(_Kind.HAN, [(run, inner)], size * len(inner), inner[0], inner[-1])
                yield Cluster(_Kind.WORD, [(run, last)], size, last, last)


class _Setter:
    """Fills lines one after the other."""

    def __init__(self, measure: float) -> None:
        self.measure = measure + _EPSILON
        self.lines: list[Line] = []
        self.parts: list[tuple[Run, str]] = []
        self.used = 0.0
        self.trailing = 0.0

    def add(self, cluster: Cluster) -> None:
        if cluster.kind is _Kind.BREAK:
            self.end(wanted=True)
        elif cluster.kind is _Kind.SPACE:
            if self.parts:
                self._put(cluster.parts, 0)
                self.trailing += cluster.width
        elif self.used + self.trailing + cluster.width <= self.measure:
            self._put(cluster.parts, cluster.width)
        elif cluster.kind is _Kind.HAN:
            self._fill(*cluster.parts[0])
        else:
            self._next_line(cluster)

    def end(self, *, wanted: bool) -> None:
        """Close the line; `wanted`: not because it is full."""
        self.lines.append(Line(_merged(self.parts), self.used, wanted))
        self.parts, self.used, self.trailing = [], 0.0, 0.0

    def _put(self, parts: Iterable[tuple[Run, str]], width: float) -> None:
        self.parts += parts
        if width:
            self.used += self.trailing + width
            self.trailing = 0.0

    def _next_line(self, cluster: Cluster) -> None:
        if self.parts:
            self.end(wanted=False)
        if cluster.width <= self.measure:
            self._put(cluster.parts, cluster.width)
            return
        for run, text in cluster.parts:
            self._break_anywhere(run, text)

    def _fill(self, run: Run, text: str) -> None:
        while text:
            room = int((self.measure - self.used - self.trailing) / run.size)
            count = max(room, 0 if self.parts else 1)
            if count:
                self._put([(run, text[:count])], run.size * min(count, len(text)))
            text = text[count:]
            if text:
                self.end(wanted=False)

    def _break_anywhere(self, run: Run, text: str) -> None:
        """What is wider than a line is broken between characters, closing marks still not at a start."""
        table = widths(run.face)
        for character in text:
            width = run.size * table[ord(character)]
            if self.used + self.trailing + width > self.measure and self.parts:
                carried = self._carried(character, room=self.measure - width)
                self.end(wanted=False)
                for earlier, mark, its_width in carried:
                    self._put([(earlier, mark)], its_width)
            self._put([(run, character)], width)

    def _carried(self, character: str, *, room: float) -> list[tuple[Run, str, float]]:
        """What goes down to the next line with a character that may not start it, or after one that may not end it."""
        taken: list[tuple[Run, str, float]] = []
        while len(self.parts) > 1 and len(self.parts[-1][1]) == 1 and len(taken) < 3:
            run, last = self.parts[-1]
            width = run.size * widths(run.face)[ord(last)]
            room -= width
            if room < 0 or (character not in NO_START and last not in NO_END):
                break
            taken.insert(0, (run, last, width))
            self.parts.pop()
            self.used -= width
            character = last
        return taken


def _merged(parts: Sequence[tuple[Run, str]]) -> tuple[Run, ...]:
    merged: list[tuple[Run, list[str]]] = []
    for run, text in parts:
        if merged and merged[-1][0] is run:
            merged[-1][1].append(text)
        else:
            merged.append((run, [text]))
    whole = ((run, "".join(texts)) for run, texts in merged)
    return tuple(run if text == run.text else replace(run, text=text) for run, text in whole if text)
