"""Documents as HTML: one macro a block, in blocks.html and its neighbours beside this file."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from itertools import groupby
from operator import attrgetter
from pathlib import Path
from string import ascii_uppercase
from typing import Protocol, cast

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from app.documents.blocks import (
    AllocationField,
    Block,
    Card,
    Cell,
    Chart,
    ChoiceField,
    Column,
    Document,
    GapText,
    GridField,
    HintsField,
    LedgerField,
    MatrixField,
    OrderField,
    Place,
    PlacementField,
    Row,
    Text,
)
from app.documents.drawing import Drawing, amount, drawing_of
from app.documents.rows import ShownRow, rows_to_write, rows_written
from app.documents.running import GapLine, gap_lines
from app.templating import quicken
from app.words import Language, Sentence, in_words, say

TICKED = "yes"
MOST_TILES = 7
"""Options that stand on the page as tiles; more of them are a list to choose from."""
MOST_SIDE_BY_SIDE = 7
"""Relative widths of columns, all together, that have room beside one another."""
MOST_COLUMNS = 6
"""Places that stand beside one another; of more of them each card has a list."""
SHORT_OPTION = 10
"""Chinese characters, or twice as many letters, that have room in half a line of a phone."""
_ISO_DATE = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")


def to_html(
    shown: Document | tuple[Block, ...],
    values: Mapping[str, str] | None = None,
    *,
    language: Language | None = None,
    media_url: Callable[[str], str] | None = None,
    exercise_url: Callable[[str], str] | None = None,
    icons_url: str = "",
    readonly: bool = False,
    errors: Mapping[str, Sentence] | None = None,
    heading_offset: int = 0,
    scope: str = "",
) -> Markup:
    """The blocks as HTML without any page around them; a document's title is not among them.

    `values`: field name → text that stands there. `readonly`: values as text instead of controls. `errors`: field
    name → sentence. `media_url`: a picture's path → its address (without it, its alt text stands alone);
    `exercise_url`: likewise for the slug of an exercise. `icons_url`: the address of icons.svg. `heading_offset` is
    added to every heading's level (six at most). `scope` begins every id, so that several calls can share a page.
    The language is the document's where none is given, Chinese for mere blocks.
    """
    blocks = shown.blocks if isinstance(shown, Document) else shown
    of_document = shown.language if isinstance(shown, Document) else "zh-CN"
    page = _Page(
        values or {},
        errors or {},
        language=language or of_document,
        media_url=media_url,
        exercise_url=exercise_url,
        icons_url=icons_url,
        readonly=readonly,
        heading_offset=heading_offset,
        scope=scope,
    )
    return page.draw(blocks)


_ENTRIES = {
    "text": Markup('type="text" autocomplete="off"'),
    "date": Markup('type="date" autocomplete="off"'),
    "tel": Markup('type="tel" autocomplete="off"'),
    "email": Markup('type="text" inputmode="email" autocapitalize="none" spellcheck="false" autocomplete="off"'),
}


class _Macro(Protocol):
    def __call__(self, block: Block) -> Markup: ...


_BOARDS = frozenset({"placement.js", "matrix.js", "order.js"})
_ALL_BOARDS = "boards.js"
"""Instead of several of them: a page may define a board once only."""
_SCRIPTS: Mapping[type[Block], str] = {
    PlacementField: "placement.js",
    MatrixField: "matrix.js",
    OrderField: "order.js",
    LedgerField: "ledger.js",
    GridField: "ledger.js",
    AllocationField: "allocation.js",
}


def scripts_for(blocks: Iterable[Block]) -> tuple[str, ...]:
    """The scripts that make the fields among these blocks pleasant; a sheet works without them."""
    found = {_SCRIPTS[type(block)] for block in blocks if type(block) in _SCRIPTS}
    several = len(found & _BOARDS) > 1
    return tuple(sorted(found - _BOARDS | {_ALL_BOARDS} if several else found))


_FILES = {
    "GridField": "tables.html",
    "LedgerField": "tables.html",
    "ScaleField": "scales.html",
    "AllocationField": "scales.html",
    "GapText": "scales.html",
    "Chart": "charts.html",
    "Panel": "charts.html",
}
"""Class → the file of its macro, where it is not blocks.html."""


@lru_cache(1)
def _environment() -> Environment:
    folder = FileSystemLoader(Path(__file__).parent)
    environment = Environment(loader=folder, autoescape=True, undefined=StrictUndefined, auto_reload=False)
    environment.trim_blocks = environment.lstrip_blocks = True
    quicken(environment)
    return environment


@dataclass(frozen=True)
class _Page:
    """What the macros know of the page they draw for; their `page`."""

    values: Mapping[str, str]
    errors: Mapping[str, Sentence]
    language: Language
    media_url: Callable[[str], str] | None
    exercise_url: Callable[[str], str] | None
    icons_url: str
    readonly: bool
    heading_offset: int
    scope: str
    _used: dict[str, int] = field(default_factory=dict)
    _lying: dict[int, dict[str, str]] = field(default_factory=dict)
    _macros: dict[str, _Macro] = field(default_factory=dict)

    def draw(self, blocks: tuple[Block, ...]) -> Markup:
        return Markup("\n").join(self._macro(block)(block) for block in blocks)

    def cell(self, cell: Cell) -> Markup:
        return self.draw(cell) if isinstance(cell, tuple) else cell

    def spans(self, row: Row, columns: int) -> int:
        """How many columns the last cell of a row takes: all that are left."""
        return max(1, columns - len(row.cells) + 1)

    def shares(self, widths: tuple[int, ...]) -> tuple[int, ...]:
        """Relative widths of columns in whole percent."""
        return tuple(round(100 * width / sum(widths)) for width in widths)

    def level(self, level: int) -> int:
        return min(6, level + self.heading_offset)

    def id(self, name: str) -> str:
        """An id for this field, another one each time the same name is asked for: documents may hold two sheets."""
        self._used[name] = self._used.get(name, 0) + 1
        again = "" if self._used[name] == 1 else f"~{self._used[name]}"
        return f"{self.scope}{name}{again}"

    def value(self, name: str) -> str:
        return self.values.get(name, "")

    def is_ticked(self, name: str) -> bool:
        return self.value(name) == TICKED

    def place_of(self, board: PlacementField | MatrixField | OrderField, card: Card) -> str:
        """The place a card lies in, the cell, or the number it has; or ""."""
        lying = self._lying.get(id(board))
        if lying is None:  # each card is asked for with every place
            places, held = _places(board), {each.id: self.value(f"{board.name}.{each.id}") for each in board.cards}
            lying = {name: place if place in places else "" for name, place in held.items()}
            self._lying[id(board)] = lying
        return lying[card.id]

    def places_of(self, board: PlacementField, card: Card) -> tuple[str, ...]:
        """The places a card lies in: one or none, with `several` any number of them."""
        if not board.several:
            return tuple(filter(None, (self.place_of(board, card),)))
        return tuple(place.id for place in board.places if self.is_ticked(f"{board.name}.{card.id}.{place.id}"))

    def in_order(self, board: OrderField) -> tuple[tuple[str, Card], ...]:
        """The cards with their numbers, by these; those without stand last."""
        numbered = [(self.place_of(board, card), card) for card in board.cards]
        return tuple(sorted(numbered, key=lambda pair: int(pair[0] or len(numbered) + 1)))

    def cells(self, board: MatrixField) -> dict[str, Place]:
        """What stands in cells beforehand, by their names."""
        return {cell.id: cell for cell in board.cells}

    def held(self, board: PlacementField | MatrixField, place: str) -> tuple[int, ...]:
        """The numbers of the cards that lie in a place."""
        numbered = enumerate(board.cards, start=1)
        return tuple(number for number, card in numbered if self.place_of(board, card) == place)

    def placed(self, board: PlacementField | MatrixField | OrderField) -> int:
        """How many cards have a place."""
        return sum(bool(self.place_of(board, card)) for card in board.cards)

    def opened(self, hints: HintsField) -> bool:
        """Whether any of them was opened."""
        return any(self.is_ticked(f"{hints.name}.{hint.id}") for hint in hints.hints)

    def is_chosen(self, field: ChoiceField, option: str) -> bool:
        if field.several:
            return self.is_ticked(f"{field.name}.{option}")
        return self.value(field.name) == option

    def is_tiled(self, field: ChoiceField) -> bool:
        """Whether the options stand side by side or below one another, each to be seen at once."""
        return field.several or len(field.options) <= MOST_TILES

    def is_listed(self, board: PlacementField) -> bool:
        """Whether there are too many places to stand side by side under every card."""
        return len(board.places) > MOST_COLUMNS and not board.tick_name

    def is_terse(self, field: ChoiceField) -> bool:
        """Whether two options have room in a line of a phone."""
        widths = (sum(1 + (sign > "\u2e7f") for sign in option.text.striptags()) for option in field.options)
        return max(widths, default=0) <= 2 * SHORT_OPTION

    def choice_error(self, field: ChoiceField) -> str:
        """What is wrong with a choice as a whole, or with the first of its ticks that has a fault."""
        names = (field.name, *(f"{field.name}.{option.id}" for option in field.options if field.several))
        return next(filter(None, map(self.error, names)), "")

    def error_among(self, name: str, places: tuple[Place, ...]) -> str:
        """What is wrong with the first tick of a card that has a fault."""
        return next(filter(None, (self.error(f"{name}.{place.id}") for place in places)), "")

    def ledger_rows(self, field: LedgerField) -> tuple[ShownRow, ...]:
        return rows_written(field, self.values) if self.readonly else rows_to_write(field, self.values)

    def is_wide(self, field: LedgerField) -> bool:
        """Whether its rows have more in them than stands side by side: then each is a card."""
        return sum(column.width for column in field.columns) > MOST_SIDE_BY_SIDE

    def groups(self, columns: tuple[Column, ...]) -> list[tuple[Text, list[Column]]]:
        """Neighbouring columns under what stands over them."""
        return [(label, list(under)) for label, under in groupby(columns, key=attrgetter("group"))]

    def bands(self, column: Column) -> str:
        """What a column that is worked out is called up to which number, for a script."""
        return json.dumps(column.bands, ensure_ascii=False, separators=(",", ":"))

    def option_text(self, column: Column, name: str) -> str:
        """What is chosen in a cell, in words."""
        chosen = self.value(name)
        return next((option.text.striptags() for option in column.options if option.id == chosen), "")

    def gap_lines(self, field: GapText) -> Iterator[tuple[GapLine, ...]]:
        """The paragraphs of a text with gaps, gap by gap."""
        return (tuple(gap_lines(paragraph)) for paragraph in field.paragraphs)

    def drawing(self, chart: Chart) -> Drawing:
        return drawing_of(chart)

    def amount(self, value: float | None, unit: str) -> str:
        return amount(value, unit)

    def entry(self, kind: str, value: str) -> Markup:
        """The attributes that call the right keyboard. A date that no date field could hold stays to be seen as text,
        and an address half typed is no reason for a browser to keep the sheet.
        """
        if kind == "date" and value and not _ISO_DATE.fullmatch(value):
            kind = "text"
        return _ENTRIES[kind]

    def mark(self, place: int) -> str:
        """A letter for a place where its name has no room: A, B, … Z, then numbers."""
        return ascii_uppercase[place] if place < len(ascii_uppercase) else str(place + 1)

    def error(self, name: str) -> str:
        sentence = self.errors.get(name)
        return in_words(sentence, self.language) if sentence else ""

    def words(self, text: str, **values: object) -> str:
        return in_words(say(text, **values), self.language)

    def _macro(self, block: Block) -> _Macro:
        name = type(block).__name__
        if name not in self._macros:
            template = _environment().get_template(_FILES.get(name, "blocks.html"))
            module = template.make_module({"page": self, "_": self.words})
            self._macros.update({each: cast("_Macro", macro) for each, macro in vars(module).items()})
        return self._macros[name]


def _places(board: PlacementField | MatrixField | OrderField) -> tuple[str, ...]:
    """What the field of a card may hold."""
    match board:
        case PlacementField():
            return tuple(place.id for place in board.places)
        case MatrixField():
            return tuple(f"{row.id}.{column.id}" for row in board.rows for column in board.columns)
        case OrderField():
            return tuple(str(number) for number in range(1, board.numbers + 1))
