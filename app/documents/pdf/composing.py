"""Blocks into pieces, each with its place in the tree of tags."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import assert_never

from app.documents.blocks import (
    AllocationField,
    Block,
    Cell,
    Chart,
    Chip,
    Chips,
    ChoiceField,
    Code,
    ExerciseLink,
    Facts,
    Field,
    GapText,
    GridField,
    Heading,
    HintsField,
    LedgerField,
    Listing,
    MatrixField,
    NameBox,
    NumberField,
    OrderField,
    PageBreak,
    Panel,
    Paragraph,
    Picture,
    PlacementField,
    Quote,
    Row,
    ScaleField,
    Table,
    Text,
    TextField,
    TrainerNote,
    plain,
)
from app.documents.pdf import fonts
from app.documents.pdf.boards import BoardSetter
from app.documents.pdf.charts import chart_pieces
from app.documents.pdf.fields import FieldSetter
from app.documents.pdf.gaps import gap_pieces
from app.documents.pdf.grid import Columns, Grid, GridRow
from app.documents.pdf.ledgers import TableSetter
from app.documents.pdf.pen import Pen
from app.documents.pdf.pictures import picture_piece
from app.documents.pdf.pieces import Bookmark, Box, Break, Frame, Item, Piece, TextPiece
from app.documents.pdf.scales import allocation_pieces, scale_pieces
from app.documents.pdf.style import (
    ACCENT,
    ACCENT_WASH,
    BODY,
    CAPTION,
    CELL,
    CELL_HEAD,
    CODE,
    EDGE,
    FACTS,
    HEADINGS,
    INK_2,
    LEAD,
    NOTE_WASH,
    RULE,
    SMALL,
    WASH,
    TextStyle,
    colour,
)
from app.documents.pdf.tags import Node
from app.documents.pdf.typist import Typist
from app.words import say

TRAINER_NOTE = Frame(12, 12, 9, 10, fill=NOTE_WASH, edge=EDGE, dashed=True, radius=3)
QUOTE = Frame(14, 0, 1, 1, bar=RULE)
CODE_GROUND = Frame(10, 10, 7, 7, fill=WASH, radius=2)
PANEL = Frame(12, 12, 9, 10, fill=WASH, edge=EDGE, radius=3)
EXERCISE = Frame(14, 10, 7, 7, fill=ACCENT_WASH, bar=ACCENT)
_ALL_BOLD = re.compile(r"<strong>[^<]*</strong>")  # a heading in all but name
_BULLETS = ("•", "–", "·")
_BODIES = {"body": BODY, "lead": LEAD, "small": SMALL}


@dataclass
class ChipsPiece(Piece):
    """Teaching methods: a bar in the colour of each and its word."""

    chips: Sequence[tuple[TextPiece, tuple[float, float, float]]]
    before: float = 2
    after: float = 2

    def _places(self, width: float) -> list[tuple[float, int]]:
        """Where each chip starts, and in which row."""
        places, x, row = [], 0.0, 0
        for piece, _ in self.chips:
            wide = piece.widths()[1] + 20
            if x and x + wide - 10 > width:
                x, row = 0.0, row + 1
            places.append((x, row))
            x += wide
        return places

    def height(self, width: float) -> float:
        return (self._places(width)[-1][1] + 1) * CELL.leading if self.chips else 0

    def draw(self, pen: Pen, at: tuple[float, float], width: float) -> None:
        for (piece, its_colour), (x, row) in zip(self.chips, self._places(width), strict=True):
            left, top = at[0] + x, at[1] - row * CELL.leading
            pen.area((left, top - 11.8, 3, 9), fill=its_colour, radius=0.8)
            piece.draw(pen, (left + 7, top), min(piece.widths()[1], width - 7))

    def widths(self) -> tuple[float, float]:
        widest = max((piece.widths()[1] for piece, _ in self.chips), default=0) + 9
        return (min(widest, 90), widest)


class Composer:
    """Makes the pieces of one document."""

    def __init__(self, typist: Typist, values: Mapping[str, str]) -> None:
        self.typist = typist
        self.fields = FieldSetter(typist, values)
        self.boards = BoardSetter(typist, values)
        self.tables = TableSetter(self.fields)
        self.values = values
        self.levels = 0
        self.headings = 0

    def pieces(self, blocks: Iterable[Block], node: Node) -> list[Piece]:
        """The pieces of blocks, below one another."""
        found: list[Piece] = []
        before: Block | None = None
        for block in blocks:
            made = self._block(block, node)
            if isinstance(before, Heading) and isinstance(block, Paragraph) and block.role == "small":
                made[0].keep = True  # what is said under a heading belongs to what follows, as the heading does
            found += made
            before = block
        return found

    def _block(self, block: Block, node: Node) -> Sequence[Piece]:  # noqa: PLR0911 - one return a block
        match block:
            case (
                TextField()
                | NumberField()
                | ChoiceField()
                | PlacementField()
                | GridField()
                | MatrixField()
                | OrderField()
                | LedgerField()
                | ScaleField()
                | AllocationField()
                | GapText()
                | HintsField()
            ):
                return self._field(block, node)
            case Chart():
                pieces, table = chart_pieces(block, self.typist, node)
                return (*pieces, *self._table(table, node))
            case Picture():
                return (picture_piece(block, node.child("Figure", alt=self.typist.bare(block.alt))),)
            case Table():
                return self._table(block, node)
            case NameBox():
                return (self.fields.names(block, node),)
            case PageBreak():
                return (Break(),)
            case _:
                return (self._text_block(block, node),)

    def _field(self, field: Field, node: Node) -> Sequence[Piece]:  # noqa: C901, PLR0911 - one return a field
        match field:
            case TextField():
                return self.fields.text(field, node)
            case NumberField():
                return self.fields.number(field, node)
            case ChoiceField():
                return self.fields.choice(field, node)
            case PlacementField():
                return self.fields.placement(field, node)
            case GridField():
                return self.tables.grid(field, node)
            case MatrixField():
                return self.boards.matrix(field, node)
            case OrderField():
                return self.boards.order(field, node)
            case LedgerField():
                return self.tables.ledger(field, node)
            case ScaleField():
                return scale_pieces(field, self.typist, self.values, node=node)
            case AllocationField():
                return allocation_pieces(field, self.typist, self.values, node=node)
            case GapText():
                return gap_pieces(field, self.typist, self.values, node=node)
            case HintsField():
                return ()  # paper cannot be opened
        assert_never(field)

    def _text_block(  # noqa: C901, PLR0911 - one return a block
        self,
        block: Heading | Paragraph | Facts | Listing | Chips | Quote | Code | TrainerNote | ExerciseLink | Panel,
        node: Node,
    ) -> Piece:
        match block:
            case Heading():
                return self._heading(block, node)
            case Paragraph():
                piece = self.typist.text(block.text, _BODIES[block.role], node.child("P"))
                piece.keep = bool(_ALL_BOLD.fullmatch(block.text))
                return piece
            case Facts():
                return self.typist.text(Text("\u3000").join(block.items), FACTS, node.child("P"))
            case Listing():
                return self._listing(block, node)
            case Chips():
                return ChipsPiece([self._chip(chip, node) for chip in block.chips])
            case Quote():
                return Box(self.pieces(block.blocks, node.child("BlockQuote")), QUOTE)
            case Code():
                return Box([TextPiece(self.typist.code(block.text, CODE), CODE, node.child("Code"))], CODE_GROUND)
            case TrainerNote():
                return self._trainer_note(block, node)
            case ExerciseLink():
                return self._exercise(block, node)
            case Panel():
                return self._panel(block, node)
        assert_never(block)

    def _heading(self, heading: Heading, node: Node) -> TextPiece:
        level = min(max(heading.level, 1), 4)
        words = self.typist.bare(heading.text)
        piece = self.typist.text(heading.text, HEADINGS[level], node.child(f"H{level}"))
        self.typist.place = words or self.typist.place
        self.headings += 1
        if level <= 2 and words:
            piece.bookmark = Bookmark(words, heading.anchor or f"heading-{self.headings}", level - 1)
        return piece

    def _chip(self, chip: Chip, node: Node) -> tuple[TextPiece, tuple[float, float, float]]:
        return self.typist.text(chip.label, CELL, node.child("P")), colour(chip.colour)

    def _listing(self, listing: Listing, node: Node) -> Piece:
        tag = node.child("L")
        self.levels += 1
        items = [self._item(listing, number, tag.child("LI")) for number in range(len(listing.items))]
        self.levels -= 1
        return Box(list(items), Frame(), before=4, after=5)

    def _item(self, listing: Listing, number: int, node: Node) -> Item:
        mark = f"{listing.start + number}." if listing.ordered else _BULLETS[min(self.levels, len(_BULLETS)) - 1]
        style = replace(BODY, justified=False, colour=INK_2, before=0, after=0)
        piece = self.typist.text(plain(mark), style, node.child("Lbl"))
        indent = max(15.0, fonts.width(mark, fonts.REGULAR, style.size) + 6)
        return Item(piece, self.pieces(listing.items[number], node.child("LBody")), indent)

    def _trainer_note(self, note: TrainerNote, node: Node) -> Box:
        inside = node.child("Sect")
        title = self.typist.text(note.title or self.typist.word(say("For the trainer")), CAPTION, inside.child("P"))
        return Box([title, *self.pieces(note.blocks, inside)], TRAINER_NOTE)

    def _panel(self, panel: Panel, node: Node) -> Box:
        inside = node.child("Sect")
        title = self.typist.text(panel.title, CAPTION, inside.child("P"))
        return Box([title, *self.pieces(panel.blocks, inside)], PANEL)

    def _exercise(self, link: ExerciseLink, node: Node) -> Box:
        named = Text("<strong>{}</strong>　{}").format(
            self.typist.word(say("Exercise")), link.title or plain(link.slug)
        )
        lines = [self.typist.text(named, replace(BODY, before=0, after=0, justified=False), node.child("P"))]
        if link.line:
            lines.append(self.typist.text(link.line, SMALL, node.child("P")))
        return Box(list(lines), EXERCISE)

    # Tables

    def _table(self, table: Table, node: Node) -> list[Piece]:
        caption = [self.typist.text(table.caption, CAPTION, node.child("P"))] if table.caption else []
        tag = node.child("Table")
        head = self._head(table, tag.child("TR")) if any(table.header) else None
        rows = [self._row(table, row, tag.child("TR")) for row in table.rows]
        shares = tuple(map(float, table.widths))
        return [*caption, Grid(head, rows, Columns(shares))]

    def _head(self, table: Table, node: Node) -> GridRow:
        cells = [
            [self.typist.text(text, self._aligned(CELL_HEAD, table, column), node.child("TH", scope="Column"))]
            for column, text in enumerate(table.header)
        ]
        return GridRow(tuple(cells), node=node)

    def _row(self, table: Table, row: Row, node: Node) -> GridRow:
        cells = [self._cell(table, row, column, node=node) for column in range(len(row.cells))]
        return GridRow(tuple(cells), ground=row.role == "break", node=node)

    def _cell(self, table: Table, row: Row, column: int, *, node: Node) -> list[Piece]:
        named = column == table.row_header
        tag = node.child("TH", scope="Row") if named else node.child("TD")
        cell: Cell = row.cells[column]
        style = replace(CELL, bold=named or row.role == "total", colour=INK_2 if row.role == "break" else CELL.colour)
        if isinstance(cell, tuple):
            return [_closer(piece) for piece in self.pieces(cell, tag)]
        return [self.typist.text(cell, self._aligned(style, table, column), tag)]

    def _aligned(self, style: TextStyle, table: Table, column: int) -> TextStyle:
        return replace(style, align="right") if column in table.numeric else style


def _closer(piece: Piece) -> Piece:
    """As in a cell: smaller and with less space around."""
    match piece:
        case TextPiece():
            return _closer_text(piece)
        case Box():
            return replace(piece, pieces=[_closer(each) for each in piece.pieces], before=2, after=2)
        case Item():
            mark = _closer_text(piece.mark)
            pieces = [_closer(each) for each in piece.pieces]
            return replace(piece, mark=mark, pieces=pieces, indent=piece.indent - 4, before=0, after=0)
        case _:
            return piece


def _closer_text(piece: TextPiece) -> TextPiece:
    size = min(piece.style.size, CELL.size)
    style = replace(piece.style, size=size, leading=CELL.leading, justified=False, before=1, after=1)
    runs = [replace(run, size=run.size * size / piece.style.size) for run in piece.runs]
    closer = TextPiece(runs, style, piece.node)
    closer.bookmark = piece.bookmark
    return closer
