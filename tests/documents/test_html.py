"""What documents look like as HTML, and that nothing in them can act."""

from __future__ import annotations

import re
from dataclasses import replace
from html.parser import HTMLParser
from typing import Any, Literal, get_args

import pytest
from markupsafe import Markup

from app.documents.blocks import (
    NOTHING,
    AllocationField,
    Block,
    Card,
    Chart,
    Chip,
    Chips,
    ChoiceField,
    Code,
    Column,
    Document,
    ExerciseLink,
    Facts,
    Field,
    Gap,
    GapText,
    GridField,
    GridRow,
    Heading,
    Hint,
    HintsField,
    LedgerField,
    Listing,
    MatrixField,
    NameBox,
    NumberField,
    Option,
    OrderField,
    PageBreak,
    Panel,
    Paragraph,
    Picture,
    Place,
    PlacementField,
    Quote,
    Row,
    ScaleField,
    Series,
    Table,
    Text,
    TextField,
    TrainerNote,
    field_names,
    plain,
)
from app.documents.html import to_html
from app.documents.markdown import parse_markdown
from app.words import say

SHAPES: tuple[Literal["radar", "bars", "pie"], ...] = ("radar", "bars", "pie")
HOSTILE = "\"'><script>alert(1)</script>{{ 77*77 }}"


def block_of_every_kind(text: Text) -> tuple[Block, ...]:
    paragraph = Paragraph(text)
    return (
        Heading(text, 2, "anchor"),
        paragraph,
        Facts((text,)),
        Listing(((paragraph,), (paragraph, Listing(((paragraph,),), ordered=True, start=3)))),
        Chips((Chip(text, "lecture", "#5a81bc", "presentation"),)),
        Table(
            (text, NOTHING),
            (Row((text, (paragraph,))), Row((text,), "break"), Row((text, text), "total")),
            caption=text,
        ),
        Quote((paragraph,)),
        Code(str(text)),
        Picture("media/ring.svg", text, b"<svg/>", "image/svg+xml"),
        TrainerNote((paragraph,), text),
        ExerciseLink("needs", text, text),
        PageBreak(),
        NameBox(),
        TextField("essay", text, 3, text),
        TextField("line", text),
        NumberField("number", text, str(text), text),
        PlacementField(
            "level", text, (Card("a", text), Card("b", text)), (Place("x", text, text), Place("y", text)), "sold", text
        ),
        GridField(
            "grid",
            text,
            text,
            (Column("text", text), Column("number", text, "number"), Column("tick", text, "tick")),
            (GridRow("one", text), GridRow("two", text)),
        ),
        TextField("mail", text, entry="email", required=True),
        NumberField("asked", text, required=True),
        ChoiceField("one", text, (Option("a", text), Option("b", text)), hint=text),
        ChoiceField("must", text, (Option("a", text), Option("b", text)), required=True),
        ChoiceField("some", text, (Option("a", text), Option("b", text)), several=True, hint=text),
        ChoiceField("many", text, tuple(Option(sign, text) for sign in "abcdefgh")),
        MatrixField(
            "matrix",
            text,
            (Card("a", text), Card("b", text)),
            (Place("top", text, text), Place("low", text)),
            (Place("left", text), Place("right", text, text)),
            text,
            (Place("top.left", text, text),),
        ),
        OrderField("order", text, (Card("a", text), Card("b", text))),
        LedgerField("ledger", text, (Column("c", text),), shown=1, most=2, row_label=text, hint=text),
        ScaleField("scale", text, (Card("a", text, text),), (Option("step", text),), "why", text),
        AllocationField("share", text, (Card("a", text, text),)),
        GapText(((text, Gap("gap", text), text),)),
        HintsField("hint", (Hint("one", text, "1", text),)),
        Panel(text, (paragraph,), "card"),
        *(Chart(shape, (text,) * 3, (Series(text, (1, None, 3)),) * 2, 4, "%", text) for shape in SHAPES),
    )


class Outline(HTMLParser):
    """Tags, attributes and ids of a page, and whether every tag is closed."""

    VOID = frozenset({"input", "img", "br", "use", "col"})

    def __init__(self, page: str) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.attributes: list[tuple[str, str | None]] = []
        self._open: list[str] = []
        self.feed(page)
        assert self._open == []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.attributes += attrs
        if tag not in self.VOID:
            self._open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        if tag not in self.VOID:
            assert self._open.pop() == tag

    def values(self, name: str) -> list[str]:
        return [value or "" for key, value in self.attributes if key == name]


def test_every_block_can_be_drawn() -> None:
    blocks = block_of_every_kind(plain("text"))
    assert {type(block) for block in blocks} == set(get_args(Block))
    Outline(to_html(blocks))


@pytest.mark.parametrize("readonly", [False, True])
def test_hostile_text_stays_text(readonly: bool) -> None:  # noqa: FBT001  (a table)
    blocks = block_of_every_kind(plain(HOSTILE))
    values = dict.fromkeys(field_names(blocks), HOSTILE)
    errors = {name: say("{typed}", typed=HOSTILE) for name in values}
    page = to_html(
        blocks,
        values,
        errors=errors,
        readonly=readonly,
        media_url=lambda path: f"/m/{path}{HOSTILE}",
        exercise_url=lambda slug: f"/e/{slug}{HOSTILE}",
        icons_url=f"/i{HOSTILE}",
        scope=HOSTILE,
    )
    outline = Outline(page)
    assert "script" not in outline.tags
    assert "5929" not in page
    assert {name for name, _ in outline.attributes if name.startswith("on") or name == "style"} == set()


def test_every_field_is_a_control_with_a_label() -> None:
    blocks = block_of_every_kind(plain("text"))
    outline = Outline(to_html(blocks))
    assert set(outline.values("name")) == set(field_names(blocks))
    assert set(outline.values("for")) <= set(outline.values("id"))
    for described in (*outline.values("aria-describedby"), *outline.values("aria-labelledby")):
        assert set(described.split()) <= set(outline.values("id"))


def test_two_sheets_on_a_page_share_no_id() -> None:
    blocks = block_of_every_kind(plain("text"))
    fields = tuple(block for block in blocks if isinstance(block, Field))
    ids = Outline(to_html(fields * 2) + to_html(blocks, scope="second-")).values("id")
    assert len(ids) == len(set(ids))


def test_values_stand_in_their_controls() -> None:
    blocks = block_of_every_kind(plain("text"))
    page = to_html(
        blocks,
        {
            "essay": "two\nlines",
            "number": "1,200",
            "level.a": "y",
            "sold.b": "yes",
            "grid.one.tick": "yes",
            "grid.two.number": "7",
        },
    )
    assert "two\nlines</textarea>" in page
    assert re.findall(r'name="([\w.]+)" id="[\w.-]+" value="(\w+)" checked', page) == [("level.a", "y")]
    assert re.findall(r'id="([\w.]+)" name="[\w.]+" value="yes" checked', page) == ["sold.b", "grid.one.tick"]
    assert re.findall(r'name="([\w.]+)" value="([\d,]+)"', page) == [("number", "1,200"), ("grid.two.number", "7")]


def test_readonly_shows_values_and_no_controls() -> None:
    blocks = block_of_every_kind(plain("text"))
    page = to_html(blocks, {"essay": "mine", "level.a": "y"}, readonly=True, language="en")
    outline = Outline(page)
    assert {"input", "textarea", "select", "button", "placement-board"} & set(outline.tags) == set()
    assert '<div class="written">mine</div>' in page


def test_error_is_tied_to_its_control() -> None:
    field = NumberField("supply", plain("Supply"), hint=plain("In days"))
    page = to_html((field,), {"supply": "many"}, errors={"supply": say("Left blank.")}, language="zh-CN")
    assert 'aria-describedby="supply-hint supply-error" aria-invalid="true"' in page
    assert '<div class="invalid-feedback d-flex" id="supply-error"><span>没有填写。</span></div>' in page


@pytest.mark.parametrize(("offset", "tag"), [(0, "h2"), (1, "h3"), (9, "h6")])
def test_headings_move_down_with_the_page(offset: int, tag: str) -> None:
    page = to_html((Heading(plain("A"), 2, "a"),), heading_offset=offset, scope="s-")
    assert page == f'<{tag} id="s-a">A</{tag}>'


def test_words_are_in_the_language_of_the_document() -> None:
    note = TrainerNote((Paragraph(plain("x")),))
    document = Document("T", (note,), "en")
    assert "Trainer note, not in the trainees" in to_html(document)
    assert "讲师备注，学员页里没有这一段" in to_html(document, language="zh-CN")
    assert "讲师备注，学员页里没有这一段" in to_html((note,))


def test_row_that_is_too_short_spans_the_rest() -> None:
    table = Table((plain("A"), plain("B"), plain("C")), (Row((plain("1"), plain("tea")), "break"),), row_header=0)
    assert '<tr class="is-rest"><th scope="row" data-label="A">1</th><td colspan="2">tea</td></tr>' in to_html((table,))


def test_numeric_columns_are_marked_in_head_and_body() -> None:
    table = Table((plain("A"), plain("B")), (Row((plain("a"), plain("1"))),), numeric=frozenset({1}))
    page = to_html((table,))
    assert '<th scope="col" class="end">B</th>' in page
    assert '<td class="num end" data-label="B">1</td>' in page


def test_wide_table_stacks_on_a_phone() -> None:
    cells = (plain("x"),) * 4
    assert 'class="table-3 table-3--stack"' in to_html((Table(cells, (Row(cells),)),))
    assert 'class="table-3"' in to_html((Table(cells[:3], (Row(cells[:3]),)),))


def test_list_item_of_one_paragraph_has_no_paragraph() -> None:
    page = to_html(parse_markdown("- one\n- two\n    1. deep").blocks)
    assert "".join(page.split("\n")).replace("  ", "") == "<ul><li>one</li><li>two<ol><li>deep</li></ol></li></ul>"


def test_placement_says_what_lies_where() -> None:
    board = next(block for block in block_of_every_kind(plain("t")) if isinstance(block, PlacementField))
    board = replace(board, cards=(Card("a", plain("Ay")), Card("b", plain("Bee"))))
    page = to_html((board,), {"level.b": "y", "level.a": "nowhere"}, language="en")
    assert 'Placed <b class="num" data-count>1</b> / 2' in page
    held = re.findall(r"data-held>(.*?)</span></span></li>", page, re.DOTALL)
    assert [re.findall(r'"seal">(\d)<', place) for place in held] == [[], ["2"]]
    assert page.count("pcard--open") == 1


def test_picture_without_an_address_shows_its_words() -> None:
    picture = Picture("media/ring.svg", plain("The ring"), b"", "image/svg+xml")
    assert to_html((picture,)) == '<figure class="picture"><p class="small quiet">The ring</p></figure>'
    with_address = to_html((picture,), media_url=lambda path: f"/m/{path}")
    assert '<img src="/m/media/ring.svg" alt="The ring" loading="lazy">' in with_address


def test_html_is_markup() -> None:
    assert isinstance(to_html((Paragraph(plain("<")),)), Markup)


OPTIONS = tuple(Option(sign, plain(sign.upper())) for sign in "abcdefgh")


def test_few_options_are_tiles_and_many_a_list() -> None:
    few = Outline(to_html((ChoiceField("q", plain("Q"), OPTIONS[:7]),)))
    many = Outline(to_html((ChoiceField("q", plain("Q"), OPTIONS),)))
    several = Outline(to_html((ChoiceField("q", plain("Q"), OPTIONS, several=True),)))
    assert (few.tags.count("fieldset"), few.values("type")) == (1, ["radio"] * 8)
    assert (many.tags.count("select"), many.values("value")) == (1, ["", *"abcdefgh"])
    assert several.values("type") == ["checkbox"] * 8


def test_choice_can_be_taken_back_unless_it_is_required() -> None:
    field = ChoiceField("q", plain("Q"), OPTIONS[:2])
    assert Outline(to_html((field,), {"q": "a"})).values("value") == ["a", "b", ""]
    assert Outline(to_html((replace(field, required=True),))).values("value") == ["a", "b"]


def test_nothing_is_chosen_before_somebody_chooses() -> None:
    fields = (ChoiceField("q", plain("Q"), OPTIONS[:2]), ChoiceField("r", plain("R"), OPTIONS))
    for values in ({}, {"q": "", "r": ""}, {"q": "z", "r": "z"}):
        outline = Outline(to_html(fields, values))
        assert {name for name, _ in outline.attributes} & {"checked", "selected"} == set()
    assert re.findall(r'value="(.)" (?:checked|selected)', to_html(fields, {"q": "b", "r": "h"})) == ["b", "h"]


def test_required_field_says_so_in_words_and_never_holds_the_sheet_back() -> None:
    fields = (
        TextField("t", plain("T"), required=True),
        TextField("l", plain("L"), 3, required=True),
        NumberField("n", plain("N"), required=True),
        ChoiceField("q", plain("Q"), OPTIONS[:2], required=True),
        ChoiceField("s", plain("S"), OPTIONS[:2], several=True, required=True),
        ChoiceField("m", plain("M"), OPTIONS, required=True),
    )
    page = to_html(fields, language="zh-CN")
    assert page.count('<span class="needed">必填</span>') == len(fields)
    outline = Outline(page)
    assert "required" not in {name for name, _ in outline.attributes}
    assert outline.values("aria-required") == ["true"] * 5  # a group of ticks cannot have it
    assert "必填" not in to_html(fields, readonly=True)


@pytest.mark.parametrize(
    ("entry", "value", "attributes"),
    [
        ("tel", "1", 'type="tel"'),
        ("email", "half@", 'type="text" inputmode="email"'),
        ("date", "", 'type="date"'),
        ("date", "2026-03-05", 'type="date"'),
        ("date", "2026年3月5日", 'type="text"'),
    ],
)
def test_entry_calls_the_right_keyboard_and_hides_no_text(entry: Any, value: str, attributes: str) -> None:
    page = to_html((TextField("t", plain("T"), entry=entry),), {"t": value})
    assert f'<input class="form-control" {attributes} ' in page
    assert f'value="{value}"' in page


def test_fault_of_a_tick_stands_under_its_question() -> None:
    field = ChoiceField("s", plain("S"), OPTIONS[:2], several=True, hint=plain("Two."))
    page = to_html((field,), errors={"s.b": say("Left blank.")}, language="en")
    assert 'aria-describedby="s-hint s-error"' in page
    assert '<div class="invalid-feedback d-flex" id="s-error"><span>Left blank.</span></div>' in page


def test_readonly_choice_shows_the_question_again() -> None:
    field = ChoiceField("q", plain("Q"), OPTIONS[:2])
    page = to_html((field,), {"q": "b"}, readonly=True, language="en")
    assert re.findall(r"<li( class=\"chosen__one\")?><span aria-hidden=\"true\">(.)</span><span>(.)", page) == [
        ("", "–", "A"),
        (' class="chosen__one"', "✓", "B"),
    ]
    many = to_html((replace(field, options=OPTIONS),), {"q": "b"}, readonly=True)
    assert "B" in many
    assert "A<" not in many
