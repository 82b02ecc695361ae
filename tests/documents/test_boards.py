"""Boards on paper: the table with room for numbers, the box before each item, and what was answered."""

from __future__ import annotations

import re

from app.documents.blocks import Card, Document, MatrixField, OrderField, Place, plain
from app.documents.pdf.rendering import render_pdf
from tests.documents.test_pdf import read, squeezed

CARDS = tuple(Card(name, plain(f"卡片{name}")) for name in "abc")
MATRIX = MatrixField(
    "m",
    plain("放进一格"),
    CARDS,
    (Place("big", plain("大的"), plain("几个部门")), Place("small", plain("小的"))),
    (Place("long", plain("长期"), plain("三年")), Place("short", plain("短期"))),
    plain("大小×类型"),
    (Place("big.long", plain("先请示"), plain("再答复")),),
)
ORDER = OrderField("o", plain("编上号"), CARDS)


def lines(block: MatrixField | OrderField, values: dict[str, str]) -> list[str]:
    """The page line by line, as it stands, in one row of words each."""
    text = read(render_pdf(Document("纸", (block,), "zh-CN"), values), "-layout")
    return [re.sub(r" +", " ", line).strip() for line in text.splitlines() if line.strip()]


def test_cells_hold_the_numbers_of_their_cards() -> None:
    filled = lines(MATRIX, {"m.a": "small.short", "m.c": "small.short", "m.b": "big.long"})
    assert "小的 1, 3" in filled
    assert [line for line in filled if line.endswith("2") and "大的" not in line] != []
    assert {"1 卡片a", "2 卡片b", "3 卡片c"} <= set(filled)


def test_blank_table_has_its_words_and_no_number() -> None:
    text = squeezed(read(render_pdf(Document("纸", (MATRIX,), "zh-CN"))))
    for words in ("大小×类型", "大的", "几个部门", "长期", "三年", "短期", "先请示", "再答复"):
        assert words in text
    assert "小的" in lines(MATRIX, {})
    assert lines(MATRIX, {}) == lines(MATRIX, {"m.a": "nowhere"})


def test_boxes_hold_the_numbers_of_an_order() -> None:
    assert [line for line in lines(ORDER, {"o.a": "3", "o.c": "1"}) if "卡片" in line] == [
        "3 卡片a",
        "卡片b",
        "1 卡片c",
    ]
    assert [line for line in lines(ORDER, {}) if "卡片" in line] == ["卡片a", "卡片b", "卡片c"]


def test_words_of_an_order_stand_on_the_height_of_their_number() -> None:
    pdf = render_pdf(Document("纸", (ORDER,), "zh-CN"), {"o.a": "8"})
    found = re.findall(r'yMin="([\d.]+)"[^>]*yMax="([\d.]+)">([^<]*)<', read(pdf, "-bbox"))
    middles = {word: (float(top) + float(bottom)) / 2 for top, bottom, word in found}
    assert abs(middles["8"] - middles["卡片a"]) < 1
