"""Markdown as blocks: what the parser is given, what is taken from it, and what of a text cannot be printed."""

from __future__ import annotations

import html
import re
import threading
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import chain
from typing import assert_never
from xml.etree.ElementTree import Element, SubElement

from markdown import Markdown
from markdown.treeprocessors import UnescapeTreeprocessor

from app.documents.blocks import (
    Block,
    Code,
    ExerciseLink,
    Heading,
    Listing,
    Panel,
    Paragraph,
    Picture,
    Quote,
    Table,
    Text,
    TrainerNote,
    plain,
)
from app.documents.lines import Fenced, Listed, MarkdownProblem, Part, Prose, lines_of, problem, refusals, split
from app.documents.listing import straightened
from app.documents.tree import Findings, Found, Places, Walk, escaped, finished, take_numbers
from app.words import say

__all__ = ["Found", "MarkdownProblem", "Parsed", "bare", "inline", "inline_problems", "parse_markdown", "text_of"]

_MEANING = re.compile(r"[\\`*_\[\]<!&\n]")
_TAG = re.compile(r"<[^>]*>")
_DEFINITION = re.compile(r" {0,3}\[[^\]]+\]:\s")


@dataclass(frozen=True)
class Parsed:
    """The blocks of a text and what is wrong with it. Where fences or characters are wrong there is nothing else."""

    blocks: tuple[Block, ...]
    problems: tuple[MarkdownProblem, ...]
    pictures: tuple[Found, ...] = ()
    """The paths of its Picture blocks, in order."""
    exercises: tuple[Found, ...] = ()
    """The slugs of its ExerciseLink blocks, in order."""


def parse_markdown(text: str, *, fences: frozenset[str] = frozenset()) -> Parsed:
    """Blocks of a Markdown text in which the named fences may stand; never raises, whatever the text.

    Pictures come without content: whoever knows the files fills it in.
    """
    if refused := refusals(text):
        return Parsed((), refused)
    parts, wrong = split(text, fences)
    if wrong:
        return Parsed((), wrong)
    found = Findings()
    blocks = tuple(chain.from_iterable(_blocks_of(part, found) for part in parts))
    problems = tuple(sorted(found.problems, key=lambda each: (each.line, each.column)))
    return Parsed(blocks, problems, tuple(found.pictures), tuple(found.exercises))


def inline(text: str) -> Text:
    """A one-line text, in which `**bold**`, code and links may stand; what cannot be shown stays as plain text."""
    return _line(text)[0]


def inline_problems(text: str) -> tuple[MarkdownProblem, ...]:
    """What is wrong with a one-line text."""
    return _line(text)[1]


def _line(text: str) -> tuple[Text, tuple[MarkdownProblem, ...]]:
    if refused := refusals(text):
        return plain(text), refused
    stripped = text.strip()
    if not _MEANING.search(stripped):
        return finished(escaped(stripped)), ()
    root, places, found = Element("div"), Places(1, lines_of(text)), Findings()
    SubElement(root, "p").text = "\n".join(places.numbered()).strip()
    try:
        markup = Walk(places, found).text(_with_inlines(root)[0])
    except RecursionError:
        return plain(stripped), (_too_deep(1),)
    return markup, tuple(found.problems)


def _blocks_of(part: Part, found: Findings) -> Iterable[Block]:
    match part:
        case Prose():
            return _prose(part, found)
        case Listed():
            return (Code(part.text),)
        case Fenced(name="exercise"):
            found.exercises.append(Found(part.slug, part.line, part.column))
            return (ExerciseLink(part.slug),)
        case Fenced():
            return (TrainerNote(tuple(chain.from_iterable(_blocks_of(inner, found) for inner in part.parts))),)
    assert_never(part)


def _prose(part: Prose, found: Findings) -> list[Block]:
    places = Places(part.line, list(part.lines))
    found.problems.extend(_definition(places, line) for line in part.lines if _DEFINITION.match(line))
    try:
        root = Element("div")
        _parser().parser.parseChunk(root, "\n".join(straightened(places.numbered())).strip("\n"))
        return list(Walk(places, found).flow(_with_inlines(root)))
    except RecursionError:
        found.problems.append(_too_deep(part.line))
        return []


def _too_deep(line: int) -> MarkdownProblem:
    _local.__dict__.pop("parser", None)  # it stopped half way, and would read the next text from there
    sentence, remedy = say("Lists, quotes or marks stand too deep in one another."), say("Write it flatter.")
    return problem((line, 1), "nesting-too-deep", "", sentence=sentence, remedy=remedy)


def _definition(places: Places, line: str) -> MarkdownProblem:
    sentence, remedy = (
        say("Links are not collected at the end of a text."),
        say("Write [text](address) where it stands."),
    )
    return problem(places.of(line), "link-definition", line.strip(), sentence=sentence, remedy=remedy)


def text_of(blocks: Iterable[Block]) -> str:
    """The words of blocks without any markup, a line a text: to count, search and compare; not those of fields."""
    return "\n".join(chain.from_iterable(map(_texts_of, blocks)))


def bare(text: Text) -> str:
    """The characters of inline markup; a line break is a space."""
    return html.unescape(_TAG.sub(lambda tag: " " if tag[0] == "<br>" else "", text))


def _texts_of(block: Block) -> Iterator[str]:
    match block:
        case Heading() | Paragraph():
            yield bare(block.text)
        case Listing():
            yield from map(text_of, block.items)
        case Table():
            yield from map(bare, block.header)
            for cell in chain.from_iterable(row.cells for row in block.rows):
                yield text_of(cell) if isinstance(cell, tuple) else bare(cell)
        case Quote() | TrainerNote() | Panel():
            yield text_of(block.blocks)
        case Code():
            yield block.text
        case Picture():
            yield bare(block.alt)
        case _:
            return


_local = threading.local()


def _parser() -> Markdown:
    """One parser a thread: they hold state while they work."""
    if not hasattr(_local, "parser"):
        _local.parser = _new_parser()
    parser: Markdown = _local.parser
    parser.reset()
    return parser


def _new_parser() -> Markdown:
    parser = Markdown(extensions=["tables", "sane_lists"])
    parser.parser.blockprocessors.deregister("reference")
    references = ("reference", "image_reference", "short_reference", "short_image_ref")
    for name in (*references, "html", "entity", "automail"):
        parser.inlinePatterns.deregister(name)
    return parser


def _with_inlines(root: Element) -> Element:
    parser = _parser()
    parser.treeprocessors["inline"].run(root)
    UnescapeTreeprocessor(parser).run(root)
    for el in root.iter():
        take_numbers(el)
    return root
