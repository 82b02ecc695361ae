"""The one way of text into pieces: composed, checked for characters the faces lack, never read as anything but text."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from app.documents.blocks import Text, plain
from app.documents.glyphs import shaped
from app.documents.markdown import bare
from app.documents.pdf import fonts
from app.documents.pdf.fillable import Entry
from app.documents.pdf.pictures import missing_glyph
from app.documents.pdf.pieces import TextPiece
from app.documents.pdf.setting import Run, runs_of
from app.documents.pdf.style import TextStyle
from app.documents.pdf.tags import Node
from app.words import Language, Sentence, in_words

_WHITE = ("\r\n", "\n", "\r", "\t")
MOST_WRITTEN = 200_000
"""Characters of a value that are printed."""


class Typist:
    """Sets the texts of one document; remembers under which heading it is, to say where a character is missing."""

    def __init__(self, title: str, language: Language, *, fillable: bool = False) -> None:
        self.place = title
        self.language = language
        self.fillable = fillable

    def text(self, text: Text, style: TextStyle, node: Node | None) -> TextPiece:
        """A paragraph of inline markup."""
        return TextPiece(self.runs(text, style), style, node)

    def runs(self, text: Text, style: TextStyle) -> tuple[Run, ...]:
        """Inline markup as runs; raises CannotPrint for a character that would not be seen."""
        runs = tuple(map(_shaped, runs_of(_in_a_row(text), style)))
        words = "".join(run.text for run in runs)
        if lacking := fonts.missing(words.replace("\n", "")):
            raise missing_glyph(lacking, words.replace("\n", " "), self.place)
        return runs

    def code(self, text: str, style: TextStyle) -> tuple[Run, ...]:
        """Code: its lines stay, and the spaces they start with."""
        lines = text.expandtabs(4).split("\n")
        kept = ["\u00a0" * (len(line) - len(line.lstrip(" "))) + line.lstrip(" ") for line in lines]
        return self.runs(Text("<br>").join(kept), style)

    def written(self, value: str, style: TextStyle) -> tuple[Run, ...]:
        """What somebody typed into a field; a character that cannot be drawn is named: no reason to fail."""
        text = shaped(value[:MOST_WRITTEN].replace("\r\n", "\n").replace("\r", "\n").replace("\t", " "))
        return runs_of(plain("".join(_drawable(text))), style) if text.strip() else ()

    def entry(self, name: str, stands_for: str = "") -> Entry | None:
        """What a place on the page is for; None where nobody fills it in on screen."""
        return Entry(name, stands_for) if self.fillable else None

    def word(self, sentence: Sentence) -> Text:
        """Our own words, in the document's language."""
        return plain(self.sentence(sentence))

    def sentence(self, sentence: Sentence) -> str:
        """The same, not to be set but said."""
        return in_words(sentence, self.language)

    def bare(self, text: Text) -> str:
        """A text without markup."""
        return bare(text)


def _in_a_row(text: Text) -> Text:
    """The text without line ends and tabs: those of the source mean nothing."""
    for white in _WHITE:
        if white in text:
            text = text.replace(white, " ")
    return text


def _shaped(run: Run) -> Run:
    text = shaped(run.text)
    return run if text is run.text else replace(run, text=text)


def _drawable(text: str) -> Iterator[str]:
    for character in text:
        yield character if character == "\n" or not fonts.missing(character) else f"[U+{ord(character):04X}]"
