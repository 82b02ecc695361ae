"""Chinese line breaking: nothing forbidden where a line starts or ends, no Latin word cut, nothing over the margin."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.documents.blocks import Text, plain
from app.documents.markdown import bare, inline
from app.documents.pdf.setting import NO_END, NO_START, Line, broken, clusters_of, natural_width, runs_of
from app.documents.pdf.style import BODY

PLAIN = (
    "本节目标：学员能够使用“分组—对照”方法完成练习（约 30 分钟），并在 Flask-SQLAlchemy 环境中运行 "
    "python manage.py report --format=xlsx；完成率≥85%，结果写入《培训记录表》。"
    "注意：不要在生产环境（production）执行！如有疑问，请联系讲师……谢谢合作。"
)
BOLD = re.sub("“分组—对照”|30 分钟|《培训记录表》", r"**\g<0>**", PLAIN)


def set_in(text: Text, width: float) -> tuple[Line, ...]:
    return broken(clusters_of(runs_of(text, BODY)), width)


def faults(lines: tuple[Line, ...], width: float) -> list[str]:
    found = []
    for number, line in enumerate(lines):
        text = line.text.strip()
        if number and text[:1] in NO_START:
            found.append(f"starts with {text[:1]}")
        if number < len(lines) - 1 and text[-1:] in NO_END:
            found.append(f"ends with {text[-1:]}")
        if number and re.search(r"[A-Za-z]$", lines[number - 1].text) and re.match(r"[A-Za-z]", line.text):
            found.append(f"cut before {text[:8]}")
        if line.width > width + 0.01:
            found.append(f"too wide by {line.width - width}")
    return found


@pytest.mark.parametrize("text", [plain(PLAIN), inline(BOLD)], ids=["plain", "bold"])
def test_no_line_is_broken_where_it_may_not_be(text: Text) -> None:
    assert [fault for width in range(120, 481, 3) for fault in faults(set_in(text, width), width)] == []


@pytest.mark.parametrize("text", [plain(PLAIN), inline(BOLD)], ids=["plain", "bold"])
def test_lines_together_are_the_text(text: Text) -> None:
    assert {"".join(line.text for line in set_in(text, width)) for width in range(60, 481, 7)} == {bare(text)}


def test_canary_lines_cut_anywhere_have_faults() -> None:
    wrong = [Line(runs_of(plain(text), BODY), 9, ends=False) for text in ("他说（", "，Flas", "k")]
    assert faults(tuple(wrong), 8.5) == [
        *("ends with （", "too wide by 0.5", "starts with ，", "too wide by 0.5", "cut before k", "too wide by 0.5"),
    ]


@pytest.mark.parametrize(
    "text",
    ["W" * 300, "字" * 300, "（" * 50, "！" * 50, "a，" * 100, "x" * 90 + "，" * 5, "https://example.org/" + "a/" * 80],
)
@pytest.mark.parametrize("width", [1.0, 12.0, 100.0])
def test_text_that_cannot_be_broken_stays_within_the_margin(text: str, width: float) -> None:
    lines = set_in(plain(text), width)
    assert "".join(line.text for line in lines) == text
    assert [line.text for line in lines if line.width > max(width, BODY.size * 1.1) + 0.01] == []


@pytest.mark.parametrize("text", ["", " ", "一段 ", "长一些的\n一段\n", " a  b\n (（c", PLAIN, "a" * 90, "字 " * 9])
def test_natural_width_is_that_of_the_widest_line_where_nothing_is_broken(text: str) -> None:
    clusters = clusters_of(runs_of(plain(text), BODY))
    assert natural_width(clusters) == max(line.width for line in broken(clusters, float("inf")))


def test_line_breaks_of_the_author_are_kept() -> None:
    assert [(line.text, line.ends) for line in set_in(inline("上  \n下"), 300)] == [("上", True), ("下", True)]


@given(st.text(st.sampled_from("字文，。（）“”《》、a Bc1%-—…！ "), max_size=120), st.integers(60, 300))
def test_any_text_in_any_width(text: str, width: int) -> None:
    lines = set_in(plain(text.strip()), width)
    assert "".join(line.text for line in lines) == text.strip()
    assert [line.width for line in lines if line.width > width + 0.01] == []
