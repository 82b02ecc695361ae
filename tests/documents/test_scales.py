"""Scales, shares and gaps on pages and on paper: fields under their names, what was answered, what cannot be parted."""

from __future__ import annotations

import re

import pytest

from app.documents.blocks import (
    AllocationField,
    Block,
    Card,
    Document,
    Gap,
    GapText,
    Option,
    Panel,
    Paragraph,
    ScaleField,
    Text,
    field_names,
    plain,
)
from app.documents.html import scripts_for, to_html
from app.documents.pdf.rendering import render_pdf
from app.documents.pdf.style import MARGIN_SIDE, MM
from app.documents.running import gap_lines
from app.words import say
from tests.documents.test_pdf import read, squeezed

STEPS = (Option("no", plain("没有")), Option("yes", plain("做到了")))
CARDS = (Card("a", plain("先问清楚"), plain("开放式")), Card("b", plain("再回答")))
SCALE = ScaleField("seen", plain("观察"), CARDS, STEPS, "why", plain("证据"))
SHARES = AllocationField("share", plain("分一分"), CARDS)
GAPS = GapText(
    ((plain("毛利等于"), Gap("g.x", plain("第 1 空")), plain("，减去"), Gap("g.y", plain("第 2 空"), 4, number=True)),)
)
HOSTILE = '"><script>alert(1)</script>'


def printed(block: Block, values: dict[str, str]) -> str:
    return squeezed(read(render_pdf(Document("纸", (block,), "zh-CN"), values)))


@pytest.mark.parametrize("block", [SCALE, SHARES, GAPS], ids=lambda block: type(block).__name__)
def test_every_field_is_on_the_page_and_its_value_is_only_text(block: Block) -> None:
    names = field_names((block,))
    page = str(to_html((block,), dict.fromkeys(names, HOSTILE), errors=dict.fromkeys(names, say("Left blank."))))
    assert [name for name in names if f'name="{name}"' not in page] == []
    assert "<script>" not in page
    assert "<script>" not in to_html((block,), dict.fromkeys(names, HOSTILE), readonly=True)
    assert "style=" not in page


@pytest.mark.parametrize("block", [SCALE, SHARES, GAPS], ids=lambda block: type(block).__name__)
def test_every_control_has_a_name_that_can_be_heard(block: Block) -> None:
    page = str(to_html((block,)))
    labelled = set(re.findall(r'for="([^"]+)"', page))
    for control in re.findall(r"<(?:input|textarea)[^>]*>", page):
        found = re.search(r' id="([^"]+)"', control)
        assert found is not None
        assert found[1] in labelled or "aria-label=" in control


def test_chosen_step_is_set_and_none_can_be_taken_back() -> None:
    page = str(to_html((SCALE,), {"seen.a": "yes", "seen.b": "maybe", "why.a": "他说"}))
    assert page.count(" checked") == 1
    assert 'value="yes" checked' in page
    assert page.count('value=""') == 2
    assert ">\n他说</textarea>" in page


def test_read_only_scale_says_the_step_in_words() -> None:
    page = str(to_html((SCALE,), {"seen.a": "yes", "why.b": "说了价格"}, readonly=True))
    assert "做到了" in page
    assert "没有" not in page
    assert "说了价格" in page
    assert "<input" not in page


def test_share_out_brings_its_script_and_others_do_not() -> None:
    assert scripts_for((SHARES,)) == ("allocation.js",)
    assert scripts_for((SCALE, GAPS)) == ()


@pytest.mark.parametrize(
    ("paragraph", "lines"),
    [
        ((Text("a"), Gap("g", Text("G")), Text("。b")), [("a", "g", "。"), ("b", None, "")]),
        ((Gap("g", Text("G")), Gap("h", Text("H"))), [("", "g", ""), ("", "h", "")]),
        ((Gap("g", Text("G")), Text("&lt;")), [("", "g", ""), ("&lt;", None, "")]),
        ((Gap("g", Text("G")), Text("）<strong>。</strong>")), [("", "g", "）"), ("<strong>。</strong>", None, "")]),
        ((Text("a"),), [("a", None, "")]),
    ],
)
def test_what_closes_behind_a_gap_stays_with_it(
    paragraph: tuple[Text | Gap, ...], lines: list[tuple[str, str | None, str]]
) -> None:
    assert [(text, gap and gap.name, closing) for text, gap, closing in gap_lines(paragraph)] == lines


def test_paper_has_what_was_answered() -> None:
    filled = printed(SCALE, {"seen.a": "yes", "why.a": "他说价格"})
    assert "先问清楚" in filled
    assert "开放式" in filled
    assert "他说价格" in filled
    assert "41" in printed(SHARES, {"share.a": "41"})
    assert "合计：100%" in printed(SHARES, {})
    assert "毛利等于售价，减去" in printed(GAPS, {"g.x": "售价"})


def test_rule_stays_with_the_comma_behind_it() -> None:
    """Whatever stands before it: at no width does a line begin with the comma."""
    for count in range(20, 60):
        text = GapText(((plain("字" * count), Gap("g", plain("G"), 12), plain("，后面")),))
        found = read(render_pdf(Document("纸", (text,), "zh-CN")), "-bbox")
        left = [float(x) for x in re.findall(r'xMin="([\d.]+)"[^>]*>，', found)]
        assert left == [] or left[0] > MARGIN_SIDE + 12 * 10


@pytest.mark.parametrize(("number", "most", "wide"), [(False, 8, 54), (True, 8, 33), (False, 30, 141)])
def test_gap_is_as_wide_as_writing_by_hand_needs(*, number: bool, most: int, wide: int) -> None:
    """In millimetres: a Chinese character takes about six of them, a digit less."""
    text = GapText(((plain("除以"), Gap("g", plain("G"), most, number=number), plain("止")),))
    found = read(render_pdf(Document("纸", (text,), "zh-CN")), "-bbox")
    start, end = (
        re.findall(rf'{side}="([\d.]+)"[^>]*>[^<]*{sign}', found)[-1] for side, sign in (("xMax", "以"), ("xMin", "止"))
    )
    assert round((float(end) - float(start)) / MM) == pytest.approx(wide, abs=2)


def test_panel_frames_its_blocks() -> None:
    panel = Panel(plain("你的角色"), (Paragraph(plain("你是销售。")),), "card")
    page = str(to_html((panel,)))
    assert 'class="panel panel--card"' in page
    assert "你是销售。" in page
    assert "你的角色" in printed(panel, {})
