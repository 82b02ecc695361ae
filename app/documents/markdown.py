"""Markdown as blocks: the only maker of inline markup, and the judge of what can be printed."""

from __future__ import annotations

import html
import re
import threading
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import partial
from itertools import chain
from typing import Literal, assert_never
from xml.etree.ElementTree import Element, SubElement

import nh3
from markdown import Markdown
from markdown.treeprocessors import UnescapeTreeprocessor

from app.documents.blocks import (
    Block,
    Code,
    ExerciseLink,
    Heading,
    Listing,
    Paragraph,
    Picture,
    Quote,
    Row,
    Table,
    Text,
    TrainerNote,
    plain,
)
from app.documents.lines import Fenced, Listed, MarkdownProblem, Part, Prose, lines_of, problem, refusals, split
from app.documents.listing import straightened
from app.words import Sentence, say

__all__ = ["MarkdownProblem", "Parsed", "bare", "inline", "inline_problems", "parse_markdown", "text_of"]

INLINE_TAGS = frozenset({"strong", "em", "del", "code", "br", "sub", "sup", "a"})
LINK_SCHEMES = frozenset({"http", "https", "mailto"})
MEDIA_TYPES: dict[str, Literal["image/svg+xml", "image/png", "image/jpeg"]] = {
    "svg": "image/svg+xml",
    "png": "image/png",
    "jpg": "image/jpeg",
    "jpeg": "image/jpeg",
}
MOST_LIST_LEVELS = 2
MOST_QUOTE_LEVELS = 3

_BLOCK_TAGS = frozenset({"p", "ul", "ol", "pre", "blockquote", "table", "hr", "h1", "h2", "h3", "h4", "h5", "h6"})
_MEANING = re.compile(r"[\\`*_\[\]<!&\n]")
_CJK = "\u2e80-\u9fff\uac00-\ud7af\uf900-\ufaff\ufe30-\ufe4f\uff00-\uffef\U00020000-\U0003ffff“”‘’…—"
_FOLDED_LINE = re.compile(rf"(?<=[{_CJK}])((?:</\w+>)*)\n((?:<[^>]+>)*)(?=[{_CJK}])")
_MEDIA_PATH = re.compile(r"(?!/)(?:(?!\.\.?/)[^/\\:?#%\s]+/)*[^/\\:?#%\s]+\.(?P<suffix>\w+)", re.ASCII)
_SCHEME = re.compile(r"([^/?#]*):")
_TAG = re.compile(r"<[^>]*>")
_DEFINITION = re.compile(r" {0,3}\[[^\]]+\]:\s")

clean = partial(
    nh3.clean,
    tags=set(INLINE_TAGS),
    attributes={"a": {"href"}},
    url_schemes=set(LINK_SCHEMES),
    link_rel=None,
)


@dataclass(frozen=True)
class Parsed:
    """The blocks of a text and what is wrong with it. Where fences or characters are wrong there are no blocks."""

    blocks: tuple[Block, ...]
    problems: tuple[MarkdownProblem, ...]


def parse_markdown(text: str, *, fences: frozenset[str] = frozenset()) -> Parsed:
    """Blocks of a Markdown text in which the named fences may stand; never raises, whatever the text.

    Pictures come without content: whoever knows the files fills it in.
    """
    if refused := refusals(text):
        return Parsed((), refused)
    parts, wrong = split(text, fences)
    if wrong:
        return Parsed((), wrong)
    found: list[MarkdownProblem] = []
    blocks = tuple(chain.from_iterable(_blocks_of(part, found) for part in parts))
    return Parsed(blocks, tuple(sorted(found, key=lambda each: (each.line, each.column))))


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
        return Text(html.escape(stripped, quote=False)), ()
    root = Element("div")
    SubElement(root, "p").text = stripped
    found: list[MarkdownProblem] = []
    walk = _Walk(_Places(1, lines_of(text)), found)
    return walk.text(_with_inlines(root)[0]), tuple(found)


def _blocks_of(part: Part, found: list[MarkdownProblem]) -> Iterable[Block]:
    match part:
        case Prose():
            return _prose(part, found)
        case Listed():
            return (Code(part.text),)
        case Fenced(name="exercise"):
            return (ExerciseLink(part.slug),)
        case Fenced():
            return (TrainerNote(tuple(chain.from_iterable(_blocks_of(inner, found) for inner in part.parts))),)
    assert_never(part)


def _prose(part: Prose, found: list[MarkdownProblem]) -> list[Block]:
    places = _Places(part.line, list(part.lines))
    found += (_definition(places, line) for line in part.lines if _DEFINITION.match(line))
    try:
        root = Element("div")
        _parser().parser.parseChunk(root, "\n".join(straightened(part.lines)).strip("\n"))
        return list(_Walk(places, found).flow(_with_inlines(root)))
    except RecursionError:
        _local.__dict__.pop("parser", None)  # it stopped half way, and would read the next text from there
        sentence, remedy = say("Lists or quotes stand too deep in one another."), say("Write it flatter.")
        found.append(problem((part.line, 1), "nesting-too-deep", "", sentence=sentence, remedy=remedy))
        return []


def _definition(places: _Places, line: str) -> MarkdownProblem:
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
        case Quote() | TrainerNote():
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
    return root


class _Places:
    """Finds where something stands in the source, the second time it is asked for behind the first."""

    def __init__(self, first: int, lines: list[str]) -> None:
        self.first = first
        self.source = "\n".join(lines)
        self.seen: dict[str, int] = {}

    def of(self, needle: str) -> tuple[int, int]:
        """Line and column; the first line of the source where it cannot be found."""
        at = self.source.find(needle, self.seen.get(needle, 0)) if needle else -1
        if at < 0:
            return (self.first, 1)
        self.seen[needle] = at + len(needle)
        return (self.first + self.source.count("\n", 0, at), at - self.source.rfind("\n", 0, at))


class _Walk:
    """From the parser's tree to blocks and safe inline markup."""

    def __init__(self, places: _Places, found: list[MarkdownProblem]) -> None:
        self.places = places
        self.found = found
        self.levels = 0
        self.quotes = 0

    def flow(self, container: Element) -> Iterator[Block]:
        """The blocks of an element that may hold text, inline markup and blocks side by side."""
        running = _escaped(container.text)
        for child in container:
            if child.tag not in _BLOCK_TAGS:
                running += self._inline(child) + _escaped(child.tail)
                continue
            if text := _finished(running):
                yield Paragraph(text)
            yield from self._block(child)
            running = _escaped(child.tail)
        if text := _finished(running):
            yield Paragraph(text)

    def text(self, el: Element) -> Text:
        """The inline markup of an element."""
        return _finished(self._content(el))

    def _block(self, el: Element) -> Iterator[Block]:
        match el.tag:
            case "p" if len(el) == 1 and el[0].tag == "img" and not (el.text or el[0].tail or "").strip():
                yield from self._picture(el[0])
            case "p":
                yield from self.flow(el)
            case "ul" | "ol":
                yield self._listing(el)
            case "pre":
                yield Code(html.unescape("".join(el.itertext())).strip("\n"))
            case "blockquote":
                yield from self._quote(el)
            case "table":
                yield self._table(el)
            case "hr":
                return
            case _:
                yield from self._heading(el)

    def _heading(self, el: Element) -> Iterator[Block]:
        level = int(el.tag[1])
        text = self.text(el)
        if level > 4:
            self._report("heading-depth", "#" * level, _HEADING_DEPTH)
        if text:
            yield Heading(text, min(level, 4))

    def _listing(self, el: Element) -> Listing:
        self.levels += 1
        if self.levels == MOST_LIST_LEVELS + 1:
            self._report("list-depth", "".join(el[0].itertext()).strip().partition("\n")[0], _LIST_DEPTH)
        items = tuple(tuple(self.flow(item)) for item in el)
        self.levels -= 1
        return Listing(items, el.tag == "ol", int(el.get("start", "1")))

    def _quote(self, el: Element) -> Iterator[Block]:
        self.quotes += 1
        blocks = tuple(self.flow(el))
        if self.quotes == MOST_QUOTE_LEVELS + 1:
            self._report("quote-depth", "> " * self.quotes, _QUOTE_DEPTH)
        if self.quotes <= MOST_QUOTE_LEVELS:
            yield Quote(blocks)
        else:
            yield from blocks
        self.quotes -= 1

    def _table(self, el: Element) -> Table:
        head = el[0][0]
        rows = tuple(Row(tuple(map(self.text, row))) for row in el[1]) if len(el) > 1 else ()
        numeric = frozenset(column for column, cell in enumerate(head) if "right" in cell.get("style", ""))
        return Table(tuple(map(self.text, head)), rows, numeric=numeric)

    def _picture(self, el: Element) -> Iterator[Block]:
        path, alt = el.get("src", ""), " ".join(el.get("alt", "").split())
        shape = _MEDIA_PATH.fullmatch(path)
        if not shape or shape["suffix"].lower() not in MEDIA_TYPES:
            self._report("picture-path", path, _PICTURE_PATH)
            return
        if not alt:
            self._report("alt-missing", path, _ALT_MISSING)
        yield Picture(path, Text(html.escape(alt, quote=False)), b"", MEDIA_TYPES[shape["suffix"].lower()])

    def _content(self, el: Element) -> str:
        return _escaped(el.text) + "".join(self._inline(child) + _escaped(child.tail) for child in el)

    def _inline(self, el: Element) -> str:
        match el.tag:
            case "br":
                return "<br>"
            case "code":
                return f"<code>{html.escape(html.unescape(el.text or ''), quote=False)}</code>"
            case "strong" | "em":
                return f"<{el.tag}>{self._content(el)}</{el.tag}>"
            case "a":
                return self._link(el)
            case "img":
                self._report("picture-inline", el.get("src", ""), _PICTURE_INLINE)
                return html.escape(el.get("alt", ""), quote=False)
            case _:
                return self._content(el)

    def _link(self, el: Element) -> str:
        address, text = el.get("href", ""), self._content(el)
        if not _may_link(address):
            self._report("link-scheme", address, _LINK_SCHEME)
            return text
        return f'<a href="{html.escape(address)}">{text or html.escape(address)}</a>'

    def _report(self, code: str, needle: str, words: tuple[Sentence, Sentence]) -> None:
        sentence, remedy = words
        self.found.append(problem(self.places.of(needle), code, needle, sentence=sentence, remedy=remedy))


_HEADING_DEPTH = (say("Headings have four levels."), say("Use #### or a level above."))
_LIST_DEPTH = (say("Lists have two levels."), say("Write this list flatter, or as a table."))
_QUOTE_DEPTH = (say("Quotes stand in one another three deep."), say("Write this quote flatter."))
_PICTURE_PATH = (
    say("This is not a picture of the course."),
    say("Put an SVG, PNG or JPEG into the folder media and write ![what it shows](media/name.svg)."),
)
_ALT_MISSING = (
    say("The picture has no words for those who cannot see it."),
    say("Say between ![ and ] what it shows."),
)
_PICTURE_INLINE = (say("A picture stands inside a text."), say("Give it a paragraph of its own."))
_LINK_SCHEME = (
    say("Links lead to http, https, mailto or a place in the course."),
    say("Correct the address, or remove the link."),
)


def _may_link(address: str) -> bool:
    """Whether an address is one of ours, however a browser may read it."""
    if not address or address.startswith("//") or "\\" in address or any(c.isspace() for c in address):
        return False
    scheme = _SCHEME.match(address)
    return not scheme or scheme[1].lower() in LINK_SCHEMES


def _escaped(text: str | None) -> str:
    return html.escape(text, quote=False) if text else ""


def _finished(markup: str) -> Text:
    """Markup that may be trusted: line ends folded as the script wants it, then cleaned once more."""
    if "\n" in markup:
        markup = _FOLDED_LINE.sub(r"\1\2", markup).replace("\n", " ")
    stripped = markup.strip()
    return Text(clean(stripped) if "<" in stripped or "&" in stripped else stripped)
