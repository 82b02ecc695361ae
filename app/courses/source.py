"""YAML that remembers where each value stands, and refuses what an outline has no use for."""

from __future__ import annotations

import math
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import PurePosixPath
from typing import Any, Protocol

import yaml

from app.courses.problems import Problem, cut
from app.courses.syntax import complaint_about, is_odd
from app.words import Sentence, say


class _Mark(Protocol):
    line: int
    column: int


_Node = yaml.ScalarEvent | yaml.MappingStartEvent | yaml.SequenceStartEvent
Steps = tuple[str | int, ...]
"""The way to a value: ("days", 0, "sessions", 1, "title")."""

DEPTH = 50
NODES = 20_000

# YAML 1.2's core schema and nothing else: 09:30 is no number, 00123 keeps its zeros, no and on are words.
_NULL = frozenset({"", "~", "null"})
_BOOLEAN = {"true": True, "false": False}
_WHOLE = re.compile(r"[-+]?(0|[1-9][0-9]{0,39})")
_CONTROL = re.compile("[\0-\x08\x0b-\x1f\x7f-\x9f]")
_DECIMAL = re.compile(r"[-+]?(0|[1-9][0-9]{0,17})(\.[0-9]{1,18})?([eE][-+]?[0-9]{1,3})?")


@dataclass(frozen=True)
class Spot:
    """A place in the file, and what stands there."""

    line: int
    column: int
    text: str


@dataclass(frozen=True)
class Source:
    """What a file holds, and where."""

    file: PurePosixPath
    data: Any
    spots: Mapping[Steps, Spot]
    """Of a mapping's entry the place of its key and the text of its value."""
    problems: tuple[Problem, ...] = ()

    def spot(self, at: Steps) -> Spot:
        """The place of this value, or of the nearest thing around it that is there."""
        while at not in self.spots and at:
            at = at[:-1]
        return self.spots.get(at, Spot(1, 1, ""))

    def known(self, at: Steps) -> Steps:
        """The part of the way that leads to something in the file."""
        while at not in self.spots and at:
            at = at[:-1]
        return at


def parse_yaml(file: PurePosixPath, text: str, *, first_line: int = 1) -> Source:
    """What the YAML holds. Where it cannot be read there are `problems`, and `data` is None or what could be read."""
    builder = _Builder(file, first_line, tuple(text.split("\n")))
    try:
        for event in yaml.parse(text, Loader=yaml.CSafeLoader):
            builder.take(event)
    except _Refused as refused:
        builder.problems.append(refused.problem)
        return Source(file, None, {}, tuple(builder.problems))
    except yaml.MarkedYAMLError as error:
        builder.problems += _syntax_problems(builder, error)
        return Source(file, None, {}, tuple(builder.problems))
    except yaml.reader.ReaderError as error:
        place = (first_line + text.count("\n", 0, error.position), 1)
        sentence = say("There is a character here that cannot be seen or printed.")
        builder.problems.append(Problem(file, *place, "error", "control-character", "", sentence, say("Delete it.")))
        return Source(file, None, {}, tuple(builder.problems))
    return Source(file, builder.data, builder.spots, tuple(builder.problems))


class _Refused(Exception):
    """There is no reading on after this."""

    def __init__(self, problem: Problem) -> None:
        super().__init__(problem.code)
        self.problem = problem


@dataclass
class _Open:
    """A mapping or list that is being read."""

    value: dict[str, Any] | list[Any]
    at: Steps
    key: str | None = None
    key_mark: _Mark | None = None
    flow: bool = False


@dataclass
class _Builder:
    """Takes the parser's events one by one: nothing recursive, so that no depth can exhaust a stack."""

    file: PurePosixPath
    first_line: int
    lines: tuple[str, ...]
    data: Any = None
    spots: dict[Steps, Spot] = field(default_factory=dict)
    problems: list[Problem] = field(default_factory=list)
    _open: list[_Open] = field(default_factory=list)
    _nodes: int = 0
    _documents: int = 0

    def take(self, event: yaml.Event) -> None:
        match event:
            case yaml.ScalarEvent() | yaml.MappingStartEvent() | yaml.SequenceStartEvent():
                self._count(event)
                self._refuse_extras(event)
                self._take_node(event)
            case yaml.CollectionEndEvent():
                self._open.pop()
            case yaml.AliasEvent():
                remedy = say("Write the value out where it is needed.")
                raise _Refused(
                    self.problem(event.start_mark, "yaml-alias", _NO_ALIAS, remedy, value=f"*{event.anchor}")
                )
            case yaml.DocumentStartEvent():
                self._begin_document(event)
            case _:
                pass

    def _begin_document(self, event: yaml.DocumentStartEvent) -> None:
        self._documents += 1
        if self._documents > 1:
            sentence = say("A second YAML document begins here.")
            raise _Refused(self.problem(event.start_mark, "yaml-document", sentence, say("Take out this “---”.")))
        if event.version or event.tags:
            sentence = say("YAML directives have no meaning here.")
            self.problems.append(
                self.problem(event.start_mark, "yaml-directive", sentence, say("Take out the “%” line."))
            )

    def _count(self, event: yaml.NodeEvent) -> None:
        self._nodes += 1
        if len(self._open) >= DEPTH:
            sentence = say("This is nested more than {depth} levels deep.", depth=DEPTH)
            raise _Refused(
                self.problem(event.start_mark, "yaml-depth", sentence, say("Take out the brackets or dashes."))
            )
        if self._nodes > NODES:
            sentence = say("The file holds more than {nodes} values.", nodes=NODES)
            raise _Refused(self.problem(event.start_mark, "yaml-size", sentence, say("Split it.")))

    def _refuse_extras(self, event: _Node) -> None:
        if event.anchor is not None:
            problem = self.problem(
                event.start_mark, "yaml-anchor", _NO_ANCHOR, say("Take it out."), value=f"&{event.anchor}"
            )
            self.problems.append(problem)
        if event.tag is not None:
            sentence = say("YAML tags have no meaning here.")
            self.problems.append(
                self.problem(event.start_mark, "yaml-tag", sentence, say("Take it out."), value=event.tag)
            )

    def _take_node(self, event: _Node) -> None:
        within = self._open[-1] if self._open else None
        if within is not None and isinstance(within.value, dict) and within.key is None:
            self._take_key(within, event)
            return
        value, shown = self._value_of(event)
        at = self._put(within, value)
        mark = (within.key_mark if within else None) or event.start_mark
        self.spots[at] = Spot(*self.place(mark), shown)
        if within is not None:
            within.key = within.key_mark = None
        if isinstance(value, dict | list) and not isinstance(event, yaml.ScalarEvent):
            self._open.append(_Open(value, at, flow=bool(event.flow_style)))

    def _put(self, within: _Open | None, value: object) -> Steps:
        """Puts the value into what is open; its way. A repeated key's value goes nowhere."""
        match within:
            case None:
                self.data = value
                return ()
            case _Open(value=dict() as mapping, key=str(key)):
                repeated = key in mapping
                mapping.setdefault(key, value)
                return (*within.at, f"{key}:again") if repeated else (*within.at, key)
            case _Open(value=list() as items):
                items.append(value)
                return (*within.at, len(items) - 1)
        raise AssertionError(within)

    def _take_key(self, within: _Open, event: _Node) -> None:
        if not isinstance(event, yaml.ScalarEvent):
            sentence = say("A key has to be a word, not a list or a mapping.")
            raise _Refused(
                self.problem(event.start_mark, "yaml-key", sentence, say("Quote it, or take out the bracket."))
            )
        self._refuse_control(event)
        within.key, within.key_mark = event.value, event.start_mark
        if event.value in within.value:
            first = self.spots[(*within.at, event.value)].line
            sentence = say("The key “{key}” stands twice; line {line} has it too.", key=cut(event.value), line=first)
            remedy = say("Keep one of them.")
            self.problems.append(self.problem(event.start_mark, "duplicate-key", sentence, remedy, value=event.value))

    def _value_of(self, event: _Node) -> tuple[object, str]:
        match event:
            case yaml.MappingStartEvent():
                return {}, ""
            case yaml.SequenceStartEvent():
                return [], ""
        self._refuse_control(event)
        if self._refuse_running_on(event):
            return [entry for entry in re.split(r"^[-–—−•·*] *| - ", event.value) if entry], event.value
        plain = event.style is None or event.style == ""
        return (plain_scalar(event.value) if plain else event.value), event.value

    def _refuse_control(self, event: yaml.ScalarEvent) -> None:
        if _CONTROL.search(event.value):
            sentence = say("There is a character here that cannot be seen or printed.")
            self.problems.append(self.problem(event.start_mark, "control-character", sentence, say("Delete it.")))

    def _refuse_running_on(self, event: yaml.ScalarEvent) -> bool:
        """A text over several lines mostly misses a quotation mark, or swallowed the next entry of its list.

        Returns whether it is the first entry of a list, written without its dash.
        """
        first, last = self.place(event.start_mark)[0], self.place(event.end_mark)[0]
        if first == last or event.style in ("|", ">"):
            return False
        if event.style:
            sentence, remedy = (
                say("The quotation mark that opens here is not closed."),
                say("Close it on the same line."),
            )
            self.problems.append(self.problem(event.start_mark, "yaml", sentence, remedy))
            return False
        swallowed = [n for n in range(first + 1, last + 1) if self.lines[n - self.first_line].lstrip().startswith("- ")]
        if not swallowed or any(each.flow for each in self._open):
            return False
        # An entry of a list that swallowed a single one: that one is out of line. Otherwise it is itself.
        in_list = bool(self._open) and isinstance(self._open[-1].value, list)
        odd = is_odd(self.lines, first - self.first_line) and not is_odd(self.lines, swallowed[0] - self.first_line)
        line = swallowed[0] if in_list and len(swallowed) == 1 and not odd else first
        text = self.lines[line - self.first_line]
        sentence = say("This line does not fit the list it stands in.")
        remedy = say("Indent it like the entries of the list, or begin it with “- ”.")
        column = len(text) - len(text.lstrip()) + 1
        self.problems.append(Problem(self.file, line, column, "error", "yaml", cut(text), sentence, remedy))
        return not in_list

    def place(self, mark: _Mark | None) -> tuple[int, int]:
        """Line and column of a mark, counted in the whole file."""
        return (mark.line + self.first_line, mark.column + 1) if mark else (self.first_line, 1)

    def problem(
        self, mark: _Mark | None, code: str, sentence: Sentence, remedy: Sentence, *, value: str = ""
    ) -> Problem:
        return Problem(self.file, *self.place(mark), "error", code, cut(value), sentence, remedy)


_NO_ALIAS = say("YAML aliases are not used here: a reader should see what stands where.")
_NO_ANCHOR = say("YAML anchors are not used here: a reader should see what stands where.")


def plain_scalar(text: str) -> str | int | float | bool | None:
    """A plain scalar by the core schema."""
    if text in _NULL:
        return None
    if text in _BOOLEAN:
        return _BOOLEAN[text]
    if _WHOLE.fullmatch(text):
        return int(text)
    if _DECIMAL.fullmatch(text) and math.isfinite(number := float(text)):
        return number
    return text


def _syntax_problems(builder: _Builder, error: yaml.MarkedYAMLError) -> Iterator[Problem]:
    """The parser's complaint, unless it only follows from a text that ran on."""
    if any(problem.code == "yaml" for problem in builder.problems):
        return
    mark = error.problem_mark or error.context_mark
    noticed, column = builder.place(mark)
    began = builder.place(error.context_mark)[0] if error.context_mark else noticed
    complaint = complaint_about(error.problem or "", error.context or "")
    line = builder.first_line + complaint.line(
        builder.lines, noticed - builder.first_line, began=began - builder.first_line
    )
    if line != noticed:
        column = error.context_mark.column + 1 if error.context_mark and line == began else 1
    value = cut(builder.lines[line - builder.first_line]) if line - builder.first_line < len(builder.lines) else ""
    yield Problem(builder.file, line, column, "error", "yaml", value, complaint.sentence, complaint.remedy)
