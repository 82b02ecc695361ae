"""From the parser's tree to blocks and safe inline markup, of which nothing else is a maker."""

from __future__ import annotations

import html
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import partial
from typing import Literal
from xml.etree.ElementTree import Element

import nh3

from app.documents.blocks import Block, Code, Heading, Listing, Paragraph, Picture, Quote, Row, Table, Text
from app.documents.lines import MarkdownProblem, problem
from app.words import Sentence, say

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
_CJK = "\u2e80-\u9fff\uac00-\ud7af\uf900-\ufaff\ufe30-\ufe4f\uff00-\uffef\U00020000-\U0003ffff“”‘’…—"
_FOLDED_LINE = re.compile(rf"(?<=[{_CJK}])((?:</\w+>)*)\n((?:<[^>]+>)*)(?=[{_CJK}])")
_MEDIA_PATH = re.compile(r"(?!/)(?:(?!\.\.?/)[^/\\:?#%\s]+/)*[^/\\:?#%\s]+\.(?P<suffix>\w+)", re.ASCII)
_SCHEME = re.compile(r"([^/?#]*):")
_PICTURE = re.compile(r"!\[")
_NUMBER = re.compile("\x0e(\\d+)\x0f")
# Our numbers, and what is left of them and of the parser's own placeholders where a broken link cuts through one.
_LEFT_OVER = re.compile("\x0e\\d*\x0f?|\x02klzzwxh:\\d*\x03?|[\x0f\x02\x03]")

clean = partial(
    nh3.clean,
    tags=set(INLINE_TAGS),
    attributes={"a": {"href"}},
    url_schemes=set(LINK_SCHEMES),
    link_rel=None,
)


@dataclass(frozen=True)
class Found:
    """What a text points to, and where it is named; line and column count from 1."""

    name: str
    line: int
    column: int


@dataclass(frozen=True)
class Findings:
    """What is noticed of a text while its blocks are made."""

    problems: list[MarkdownProblem] = field(default_factory=list)
    pictures: list[Found] = field(default_factory=list)
    exercises: list[Found] = field(default_factory=list)


class Places:
    """Finds where something stands in the source, the second time it is asked for behind the first.

    Pictures are found without a search: the parser gets each with a number, in characters that no text may hold.
    """

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
        return self._at(at)

    def numbered(self) -> list[str]:
        """The lines, each picture with its number."""
        return _PICTURE.sub(lambda start: f"{start[0]}\x0e{start.start()}\x0f", self.source).split("\n")

    def of_picture(self, el: Element) -> tuple[int, int]:
        """Line and column of a picture's path; of the picture where it is written otherwise there."""
        start = int(el.get("at", "0"))
        end = self.source.find("\n\n", start)
        bracket = max(self.source.find("](", start), start)
        path = self.source.find(el.get("src", ""), bracket, end if end >= 0 else None)
        return self._at(max(path, start))

    def _at(self, at: int) -> tuple[int, int]:
        return (self.first + self.source.count("\n", 0, at), at - self.source.rfind("\n", 0, at))


def take_numbers(el: Element) -> None:
    """Move the number of a picture from its words to its element, and drop it where no picture came of it."""
    if el.tag == "img" and (number := _NUMBER.search(el.get("alt", ""))):
        el.set("at", number[1])
    for name, value in el.items():
        el.set(name, _LEFT_OVER.sub("", value))
    el.text, el.tail = (_LEFT_OVER.sub("", text) if text else text for text in (el.text, el.tail))


class Walk:
    """From the parser's tree to blocks and safe inline markup."""

    def __init__(self, places: Places, found: Findings) -> None:
        self.places = places
        self.found = found
        self.levels = 0
        self.quotes = 0

    def flow(self, container: Element) -> Iterator[Block]:
        """The blocks of an element that may hold text, inline markup and blocks side by side."""
        running = escaped(container.text)
        for child in container:
            if child.tag not in _BLOCK_TAGS:
                running += self._inline(child) + escaped(child.tail)
                continue
            if text := finished(running):
                yield Paragraph(text)
            yield from self._block(child)
            running = escaped(child.tail)
        if text := finished(running):
            yield Paragraph(text)

    def text(self, el: Element) -> Text:
        """The inline markup of an element."""
        return finished(self._content(el))

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
        path, alt, place = el.get("src", ""), " ".join(el.get("alt", "").split()), self.places.of_picture(el)
        shape = _MEDIA_PATH.fullmatch(path)
        if not shape or shape["suffix"].lower() not in MEDIA_TYPES:
            self._report("picture-path", path, _PICTURE_PATH, place=place)
            return
        if not alt:
            self._report("alt-missing", path, _ALT_MISSING, place=place)
        self.found.pictures.append(Found(path, *place))
        yield Picture(path, finished(escaped(alt)), b"", MEDIA_TYPES[shape["suffix"].lower()])

    def _content(self, el: Element) -> str:
        return escaped(el.text) + "".join(self._inline(child) + escaped(child.tail) for child in el)

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
                self._report("picture-inline", el.get("src", ""), _PICTURE_INLINE, place=self.places.of_picture(el))
                return html.escape(el.get("alt", ""), quote=False)
            case _:
                return self._content(el)

    def _link(self, el: Element) -> str:
        address, text = el.get("href", ""), self._content(el)
        if not _may_link(address):
            self._report("link-scheme", address, _LINK_SCHEME)
            return text
        return f'<a href="{html.escape(address)}">{text or html.escape(address)}</a>'

    def _report(
        self, code: str, value: str, words: tuple[Sentence, Sentence], *, place: tuple[int, int] | None = None
    ) -> None:
        """A problem, at the place where its value stands if it is not told."""
        sentence, remedy = words
        where = place or self.places.of(value)
        self.found.problems.append(problem(where, code, value, sentence=sentence, remedy=remedy))


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


def escaped(text: str | None) -> str:
    """Text as it stands between tags."""
    return html.escape(text, quote=False) if text else ""


def finished(markup: str) -> Text:
    """Markup that may be trusted: line ends folded as the script wants it, then cleaned once more."""
    if "\n" in markup:
        markup = _FOLDED_LINE.sub(r"\1\2", markup).replace("\n", " ")
    stripped = markup.strip()
    safe = clean(stripped) if "<" in stripped or "&" in stripped else stripped
    return Text(safe)  # noqa: S704 - here, and nowhere else, cleaned characters become markup
