"""PDFs of documents: what they say when read back, how they are tagged, what they refuse, what breaks nothing."""

from __future__ import annotations

import re
import subprocess
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image
from pypdf import PdfReader

from app.documents.blocks import (
    Block,
    Card,
    Chip,
    Chips,
    ChoiceField,
    Code,
    Column,
    Document,
    ExerciseLink,
    Facts,
    GridField,
    GridRow,
    Heading,
    Listing,
    NameBox,
    NumberField,
    Option,
    PageBreak,
    Paragraph,
    Picture,
    Place,
    PlacementField,
    Quote,
    Row,
    Table,
    TextField,
    TrainerNote,
    plain,
)
from app.documents.markdown import inline
from app.documents.pdf.errors import CannotPrint
from app.documents.pdf.rendering import render_pdf
from app.words import in_words
from tests.timing import quickly

SVG = b'<svg xmlns="http://www.w3.org/2000/svg" width="200" height="100" viewBox="0 0 200 100">%s</svg>'
PLACES = (Place("a", plain("主要"), plain("不满足就不签")), Place("b", plain("次要")))
CARDS = (Card("x", plain("完好率 98%")), Card("y", plain("多两个座位")))


def document(*blocks: Block, **over: str) -> Document:
    return Document(over.get("title", "关键客户"), blocks, "zh-CN", stamp="草稿 · 3fa9", edition="讲师版")


def paragraph(text: str) -> Paragraph:
    return Paragraph(plain(text))


def read(pdf: bytes, *options: str) -> str:
    done = subprocess.run(["pdftotext", *options, "-", "-"], input=pdf, capture_output=True, check=True)
    return done.stdout.decode()


def squeezed(text: str) -> str:
    return re.sub(r"\s", "", text)


def structure(pdf: bytes, tmp_path: Path) -> list[tuple[int, str]]:
    """Depth and tag of every element, or its text in quotes."""
    file = tmp_path / "structure.pdf"
    file.write_bytes(pdf)
    out = subprocess.run(["pdfinfo", "-struct-text", str(file)], capture_output=True, check=True).stdout.decode()
    lines = [line for line in out.splitlines() if line.strip() and not line.strip().startswith("/")]
    return [
        ((len(line) - len(line.lstrip())) // 2, line.strip().removesuffix(" (block)").removesuffix(":"))
        for line in lines
    ]


def everything() -> Document:
    chip = Chip(plain("讲授"), "lecture", "#5a81bc", "presentation")
    table = Table(
        (plain("时间"), plain("分")), (Row((plain("09:00"), plain("30"))), Row((plain("茶歇"), plain("15")), "break"))
    )
    return Document(
        "关键客户",
        (
            Heading(plain("第一天"), 1),
            Facts((plain("25 分钟"), plain("12 分"))),
            Paragraph(inline("正文**重点**、*强调*、`code` 和[站点](https://example.org/)")),
            Listing(((paragraph("一"), Listing(((paragraph("内"),),))), (paragraph("二"),)), ordered=True, start=3),
            Table((plain("法"), plain("目标")), (Row(((Chips((chip,)),), (Listing(((paragraph("说出"),),)),))),)),
            table,
            Quote((paragraph("引文"),)),
            Code("a = 1\n    b"),
            Picture("media/a.svg", plain("圆"), SVG % b'<circle cx="50" cy="50" r="40"/>', "image/svg+xml"),
            TrainerNote((paragraph("讲师看"),)),
            ExerciseLink("two-sources", plain("两个来源"), plain("25 分钟")),
            PageBreak(),
            NameBox(),
            TextField("t", plain("理由"), 3, plain("写清楚")),
            NumberField("n", plain("毛利率"), "%", plain("不含税")),
            PlacementField("p", plain("放进一层"), CARDS, PLACES, "k", plain("有关")),
            GridField(
                "g",
                plain("表"),
                plain("层"),
                (Column("c", plain("需求")), Column("d", plain("金额"), "number"), Column("e", plain("有关"), "tick")),
                (GridRow("r", plain("主要")),),
            ),
        ),
        "zh-CN",
        "练习",
        "学员版",
        "关键客户 · 版本 7",
    )


VALUES = {
    "t": "因为写进了文件",
    "n": "18.5",
    "p.x": "b",
    "k.x": "yes",
    "g.r.c": "不抛锚",
    "g.r.d": "1,200",
    "g.r.e": "yes",
}


def test_everything_can_be_read_back() -> None:
    text = squeezed(read(render_pdf(everything(), VALUES)))
    words = [
        "第一天",
        "正文重点、强调、code和站点",
        "3.",
        "说出",
        "讲授",
        "茶歇",
        "引文",
        "a=1",
        "讲师看",
        "两个来源",
        "姓名",
        "工号",
    ]
    words += [
        "理由",
        "写清楚",
        "毛利率",
        "不含税",
        "放进一层",
        "不满足就不签",
        "完好率98%",
        *("因为写进了文件", "18.5", "不抛锚", "1,200"),
    ]
    assert [word for word in words if word not in text] == []


def test_furniture_is_on_every_page() -> None:
    pages = [squeezed(page) for page in read(render_pdf(everything())).split("\f")[:-1]]
    assert len(pages) == 2
    for number, page in enumerate(pages, start=1):
        assert [word for word in ("学员版", "关键客户·版本7", f"{number}/2") if word not in page] == []


def fonts_of(pdf: bytes) -> list[Any]:
    pages: Any = PdfReader(BytesIO(pdf)).pages
    return [font.get_object() for page in pages for font in page["/Resources"]["/Font"].values()]


def test_every_font_is_an_embedded_subset() -> None:
    fonts = fonts_of(render_pdf(everything()))
    assert {re.sub(r"^/[A-Z]{6}\+", "", font["/BaseFont"]) for font in fonts} == {
        "NotoSansSC-Regular",
        "NotoSansSC-Bold",
    }
    assert [font for font in fonts if "/FontFile2" not in font["/FontDescriptor"] or "/ToUnicode" not in font] == []


def test_metadata_and_outline() -> None:
    reader = PdfReader(BytesIO(render_pdf(everything())))
    catalogue: Any = reader.trailer["/Root"]
    assert reader.metadata is not None
    assert (reader.metadata.title, catalogue["/Lang"]) == ("关键客户 · 练习", "zh-CN")
    assert (catalogue["/MarkInfo"], catalogue["/ViewerPreferences"]) == (
        {"/Marked": True},
        {"/DisplayDocTitle": True},
    )
    assert [entry.title for entry in reader.outline if not isinstance(entry, list)] == ["第一天"]


def test_structure_is_tagged(tmp_path: Path) -> None:
    table = Table((plain("时"), plain("分")), (Row((plain("九点"), plain("30"))),), row_header=0)
    pdf = render_pdf(document(Heading(plain("日"), 2), Listing(((paragraph("一"),),)), table))
    assert structure(pdf, tmp_path) == [
        (0, "Document"),
        *[(1, "H1"), (2, '"关键客户"'), (1, "H2"), (2, '"日"')],
        *[(1, "L"), (2, "LI"), (3, "Lbl"), (4, '"•"'), (3, "LBody"), (4, "P"), (5, '"一"')],
        *[(1, "Table"), (2, "TR"), (3, "TH"), (4, '"时"'), (3, "TH"), (4, '"分"')],
        *[(2, "TR"), (3, "TH"), (4, '"九点"'), (3, "TD"), (4, '"30"')],
    ]


def test_pictures_and_marks_say_what_they_show() -> None:
    pdf = render_pdf(everything(), VALUES)
    alts = re.findall(rb"/S /Figure /P \d+ 0 R /Pg \d+ 0 R /Alt <FEFF([0-9A-F]+)>", pdf)
    assert [bytes.fromhex(alt.decode()).decode("utf-16-be") for alt in alts] == [
        *("圆", "主要：空", "次要：选中", "有关：选中", "主要：空", "次要：空", "有关：空", "有关：选中"),
    ]


def test_link_leads_out_and_nowhere_else() -> None:
    pdf = render_pdf(document(Paragraph(inline("[甲](https://example.org/a) [乙](appendix.md)"))))
    pages: Any = PdfReader(BytesIO(pdf)).pages
    assert [note.get_object()["/A"]["/URI"] for note in pages[0]["/Annots"]] == ["https://example.org/a"]


def test_copied_text_is_the_text_also_outside_the_basic_plane() -> None:
    text = "王𬀩与𬭎𬬭，" + "一名关键客户专员一周真正能用在客户面前的时间不到两天。" * 12
    page = read(render_pdf(document(paragraph(text))), "-raw")
    assert text in page.replace("\n", "")


def test_equal_documents_are_equal_files() -> None:
    assert render_pdf(everything(), VALUES) == render_pdf(everything(), dict(VALUES))


@pytest.mark.parametrize(
    ("block", "sentence"),
    [
        (
            paragraph("前面的文字\U0001f600后面"),
            "missing glyph U+1F600 «\U0001f600» in «前面的文字\U0001f600后面», under «第二节»",
        ),
        (
            Paragraph(inline("**a**\u0338b")),  # which makes another character of the > of a tag
            "missing glyph U+0338 «\u0338» in «a\u0338b», under «第二节»",
        ),
        (Code("x ☒"), "missing glyph U+2612 «☒» in «x ☒», under «第二节»"),
        (TextField("t", plain("⛵")), "missing glyph U+26F5 «⛵» in «⛵», under «第二节»"),
        (
            Picture("media/a.svg", plain("图"), SVG % "<text>帆⛵</text>".encode(), "image/svg+xml"),
            "missing glyph U+26F5 «⛵» in «帆⛵», under «media/a.svg»",
        ),
    ],
)
def test_missing_glyph_is_named_with_its_place(block: Block, sentence: str) -> None:
    with pytest.raises(CannotPrint) as refused:
        render_pdf(document(Heading(plain("第二节")), block))
    assert in_words(refused.value.sentence, "en") == sentence


def test_what_a_person_typed_is_printed_even_without_a_glyph() -> None:
    pdf = render_pdf(document(TextField("t", plain("理由"))), {"t": "好\U0001f600\0"})
    assert "好[U+1F600][U+0000]" in read(pdf)


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"<svg",
        b"GIF89a",
        b"<html/>",
        b'<!DOCTYPE svg [<!ENTITY a SYSTEM "file:///etc/passwd">]>' + SVG % b"<text>&a;</text>",
    ],
)
@pytest.mark.parametrize("media_type", ["image/svg+xml", "image/png"])
def test_picture_that_is_none_is_refused(content: bytes, media_type: str) -> None:
    picture = Picture("media/a.x", plain("图"), content, media_type)  # type: ignore[arg-type]
    with pytest.raises(CannotPrint, match=r"The picture media/a\.x cannot be read"):
        render_pdf(document(picture))


def test_picture_leads_to_no_file_and_no_address(tmp_path: Path) -> None:
    sentinel = tmp_path / "sentinel.png"
    Image.new("RGB", (40, 40), "red").save(sentinel)
    href = f'<image href="{sentinel}" width="90" height="90"/><use href="http://127.0.0.1:9/x#a"/>'.encode()
    picture = Picture("media/a.svg", plain("图"), SVG % href, "image/svg+xml")
    pdf = render_pdf(document(picture))
    assert (b"/Subtype /Image" in pdf, str(tmp_path).encode() in pdf, b"127.0.0.1" in pdf) == (False, False, False)


def test_picture_of_dots_is_printed() -> None:
    out = BytesIO()
    Image.new("RGBA", (30, 20), (255, 0, 0, 128)).save(out, "PNG")
    pdf = render_pdf(document(Picture("media/a.png", plain("红"), out.getvalue(), "image/png")))
    assert [(image.image.size if image.image else None) for image in PdfReader(BytesIO(pdf)).pages[0].images] == [
        (30, 20)
    ]


HOSTILE = [
    *(
        "<b>",
        "</para>",
        "<img src='file:///etc/passwd'/>",
        "<a href='javascript:1'>",
        "&lt;&#x41;&",
        "<font color='[x]'>",
        "]]>",
    ),
    *(
        "<onDraw name='x'/>",
        "%s %d {0} {name}",
        "\\(\\)",
        "(((",
        "endstream endobj",
        "<<>>",
        "BT /F1 Tf",
        "\u202eabc",
        "\t\t",
        "a" * 5_000,
    ),
    *(
        "，" * 2_000,
        "（" * 2_000,
        " " * 3_000 + "x",
        "\u200b" * 50 + "x",
        "\u00ad" * 50 + "x",
        "e\u0301" * 20,
        "\u3000" * 200,
    ),
]


@pytest.mark.parametrize("text", HOSTILE, ids=range(len(HOSTILE)))
def test_hostile_text_is_printed_as_text(text: str) -> None:
    values = {"t": text, "n": text[:300], "g.r.c": text[:900]}
    pdf = render_pdf(everything(), values)
    assert pdf.startswith(b"%PDF")
    assert (
        squeezed(text)[:30].replace("\u200b", "").replace("\u00ad", "")[:8].replace("e\u0301", "é")[:2]
        in squeezed(read(pdf))
        or "\u202e" in text
    )


@given(st.text(max_size=300))
def test_any_typed_text_is_printed(text: str) -> None:
    assert render_pdf(document(TextField("t", plain("理由"), 2)), {"t": text}).startswith(b"%PDF")


def test_paragraph_of_200000_characters_takes_less_than_five_seconds() -> None:
    pdf = quickly(5, lambda: render_pdf(document(paragraph("培训的目的是改变行为，" * 18_200))))
    assert len(PdfReader(BytesIO(pdf)).pages) > 90


def test_row_taller_than_a_page_is_split_and_loses_nothing() -> None:
    text = "".join(f"第{number}句，" for number in range(900))
    table = Table((plain("甲"), plain("乙")), (Row((plain(text), plain(""))), Row((plain("末"), plain("行")))))
    found = squeezed(
        re.sub(r"草稿 · 3fa9|讲师版|\d+ / \d+|关键客户|甲 乙|\f", "", read(render_pdf(document(table)), "-raw"))
    )
    assert [number for number in range(900) if f"第{number}句" not in found] == []
    assert "末行" in found


@pytest.mark.parametrize(
    "table",
    [
        Table(tuple(plain(f"列{n}") for n in range(40)), (Row(tuple(plain("内容") for _ in range(40))),) * 30),
        Table((plain("词"), plain("b")), (Row((plain("W" * 300), plain("字"))),)),
        Table((plain("空"),), ()),
        Table((), (Row((plain("a"), plain("b"))),)),
        Table(
            (plain("a"), plain("b")), (Row((plain("1"),)), Row((plain("1"), plain("2"), plain("3")))), widths=(1, 2, 3)
        ),
        Table((plain("a"),) * 3, (Row((plain("x" * 200),) * 3),), widths=(1, 1, 40)),
    ],
    ids=["40 columns", "long word", "no rows", "no head", "uneven", "narrow"],
)
def test_extreme_table_is_printed(table: Table) -> None:
    assert render_pdf(document(table)).startswith(b"%PDF")


def test_head_is_repeated_but_read_out_once(tmp_path: Path) -> None:
    table = Table((plain("时间"), plain("内容")), tuple(Row((plain(str(n)), plain("课"))) for n in range(90)))
    pdf = render_pdf(document(table))
    pages = read(pdf).split("\f")[:-1]
    assert (len(pages) > 1, [page.count("时间") for page in pages]) == (True, [1] * len(pages))
    assert [text for _, text in structure(pdf, tmp_path)].count('"时间"') == 1


def test_heading_stands_with_what_follows() -> None:
    for lines in range(36, 46):
        blocks: list[Block] = [
            *(paragraph("一行") for _ in range(lines)),
            Heading(plain("标题在此"), 3),
            paragraph("后文"),
        ]
        for page in read(render_pdf(document(*blocks))).split("\f"):
            assert ("标题在此" in page) == ("后文" in page)


def test_heading_with_its_facts_stands_with_what_follows() -> None:
    for lines in range(34, 46):
        blocks: list[Block] = [
            *(paragraph("一行") for _ in range(lines)),
            Heading(plain("标题在此"), 2),
            Facts((plain("净授课 60 分钟"),)),
            paragraph("后文"),
        ]
        for page in read(render_pdf(document(*blocks))).split("\f"):
            assert ("标题在此" in page) == ("净授课" in page) == ("后文" in page)


def test_what_is_said_under_a_heading_stands_with_what_follows() -> None:
    for lines in range(22, 34):
        blocks: list[Block] = [
            *(paragraph("一行") for _ in range(lines)),
            Heading(plain("标题在此"), 2),
            Paragraph(plain("写公开的全称"), "small"),
            TextField("t", plain("客户单位"), 1),
        ]
        for page in read(render_pdf(document(*blocks))).split("\f"):
            assert ("标题在此" in page) == ("写公开的全称" in page) == ("客户单位" in page)


@pytest.mark.parametrize(("lines", "together"), [(4, True), (12, False)])
def test_few_lines_to_write_on_stand_on_one_page(lines: int, *, together: bool) -> None:
    counts = set()
    for before in range(26, 40):
        blocks: list[Block] = [*(paragraph("一行") for _ in range(before)), TextField("t", plain("写"), lines)]
        pdf = render_pdf(document(*blocks))
        counts |= {_ruled(page) for page in PdfReader(BytesIO(pdf)).pages}
    assert (counts == {0, lines}) == together


def _ruled(page: Any) -> int:
    """The lines to write on, told by their weight and colour from those around."""
    return len(re.findall(rb"\n\.5 w\s+\.490196 \.494118 \.447059 RG", page.get_contents().get_data()))


def test_no_low_row_stands_alone_under_the_head_of_a_table() -> None:
    rows = tuple(Row((plain(f"第{n}行"), plain("内容"))) for n in range(10))
    for lines in range(24, 40):
        blocks: list[Block] = [*(paragraph("一行") for _ in range(lines)), Table((plain("时间"), plain("内容")), rows)]
        first = read(render_pdf(document(*blocks))).split("\f")[0]
        assert ("第0行" in first) == ("第1行" in first)


def test_first_page_names_the_course_under_the_title() -> None:
    handbook = Document("关键客户", (paragraph("正文"),), "zh-CN", subtitle="学员手册", stamp="草稿")
    words = read(render_pdf(handbook)).split()
    assert words[words.index("学员手册") + 1] == "关键客户"


def test_page_break_makes_no_empty_page() -> None:
    pdf = render_pdf(
        document(PageBreak(), PageBreak(), paragraph("一"), PageBreak(), PageBreak(), paragraph("二"), PageBreak())
    )
    assert len(PdfReader(BytesIO(pdf)).pages) == 2


def test_line_ends_and_tabs_of_a_source_are_spaces() -> None:
    assert "一段 两行 三列" in read(render_pdf(document(paragraph("一段\n两行\t三列"))))


def test_long_title_does_not_run_into_the_edition() -> None:
    pdf = render_pdf(document(paragraph("一"), PageBreak(), paragraph("二"), title="很长的课程名称" * 30))
    assert "…" in read(pdf).split("\f")[1]


def test_choices_are_circles_or_boxes_before_their_options(tmp_path: Path) -> None:
    options = (Option("a", plain("甲")), Option("b", plain("乙")))
    one = ChoiceField("one", plain("选一个"), options, required=True)
    some = ChoiceField("some", plain("选几个"), options, several=True, hint=plain("可多选"))
    pdf = render_pdf(document(one, some), {"one": "b", "some.a": "yes"})
    text = squeezed(read(pdf))
    assert [word for word in ("选一个（必填）", "可多选", "甲", "乙") if word not in text] == []
    alts = re.findall(rb"/S /Figure /P \d+ 0 R /Pg \d+ 0 R /Alt <FEFF([0-9A-F]+)>", pdf)
    assert [bytes.fromhex(alt.decode()).decode("utf-16-be") for alt in alts] == ["空", "选中", "选中", "空"]
    tags = [tag for depth, tag in structure(pdf, tmp_path) if depth == 1]
    assert tags == ["H1", "P", "L", "P", "P", "L"]


def test_question_of_usual_size_stands_on_one_page() -> None:
    options = tuple(Option(f"o{number}", plain(f"{number}：{'很长的选项' * 9}")) for number in range(5))
    questions = [ChoiceField(f"q{number}", plain(f"第{number}题"), options) for number in range(12)]
    pages = [squeezed(page) for page in read(render_pdf(document(*questions))).split("\f")[:-1]]
    assert len(pages) > 1
    assert [page.count("0：很长") for page in pages] == [page.count("4：很长") for page in pages]


def test_required_fields_say_so_in_the_language_of_the_paper() -> None:
    fields = (TextField("t", plain("Name"), required=True), NumberField("n", plain("Count"), required=True))
    text = squeezed(read(render_pdf(Document("T", fields, "en"))))
    assert "Name(required)" in text
    assert "Count(required)" in text


def test_labels_of_numbers_are_as_bold_as_those_of_texts() -> None:
    fields = (TextField("t", plain("Name")), NumberField("n", plain("Count")))
    reader = PdfReader(BytesIO(render_pdf(Document("Sheet", fields, "en"))))
    fonts: dict[str, str] = {}

    def note(text: str, _cm: object, _tm: object, font: dict[str, str] | None, _size: float) -> None:
        if font and text.strip():
            fonts[text.strip()] = font["/BaseFont"]

    reader.pages[0].extract_text(visitor_text=note)
    assert "Bold" in fonts["Name"]
    assert fonts["Count"] == fonts["Name"]
