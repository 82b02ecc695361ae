"""Markdown as blocks: what comes out, what is refused and where, and what no text may do."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st
from markupsafe import Markup

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
    TrainerNote,
)
from app.documents.markdown import Found, Parsed, inline, inline_problems, parse_markdown, text_of
from app.documents.tree import finished
from tests.timing import quickly

FENCES = frozenset({"trainer", "exercise"})
TAG = re.compile(r"</?(?:strong|em|code|br)>|</a>|<a href=\"(?:https?:|mailto:|[^\":]*[\"/?#])[^\"<>]*\"?>")


def parse(text: str) -> Parsed:
    return parse_markdown(text, fences=FENCES)


def codes(text: str) -> list[tuple[int, int, str]]:
    return [(problem.line, problem.column, problem.code) for problem in parse(text).problems]


def paragraph(text: str) -> Paragraph:
    return Paragraph(Markup(text))  # noqa: S704 - the expected markup itself


@pytest.mark.parametrize(
    ("text", "blocks"),
    [
        ("一段话\n第二行", (paragraph("一段话第二行"),)),
        ("one\ntwo", (paragraph("one two"),)),
        ("# 标题\n正文", (Heading(Markup("标题"), 1), paragraph("正文"))),
        ("**重点：**请注意", (paragraph("<strong>重点：</strong>请注意"),)),
        ("这是**“三检制”**方法", (paragraph("这是<strong>“三检制”</strong>方法"),)),
        ("<b>x</b> & <script>", (paragraph("&lt;b&gt;x&lt;/b&gt; &amp; &lt;script&gt;"),)),
        ("`a<b>`", (paragraph("<code>a&lt;b&gt;</code>"),)),
        ("上  \n下", (paragraph("上<br>下"),)),
        ("> 引文", (Quote((paragraph("引文"),)),)),
        ("```\n::: trainer\n**x**\n```", (Code("::: trainer\n**x**"),)),
        ("    a < b\n    c", (Code("a < b\nc"),)),
        ("3. 三\n4. 四", (Listing(((paragraph("三"),), (paragraph("四"),)), ordered=True, start=3),)),
        ("先：\n- 一", (paragraph("先："), Listing(((paragraph("一"),),)))),
        ("![环](media/ring.svg)", (Picture("media/ring.svg", Markup("环"), b"", "image/svg+xml"),)),
        ("---", ()),
        ("[站](https://example.org/?a=1&b=2)", (paragraph('<a href="https://example.org/?a=1&amp;b=2">站</a>'),)),
        ("[附录](appendix.md)", (paragraph('<a href="appendix.md">附录</a>'),)),
        ("::: exercise two-sources\n:::", (ExerciseLink("two-sources"),)),
        ("::: trainer\n说\n:::", (TrainerNote((paragraph("说"),)),)),
    ],
)
def test_blocks_of_a_text(text: str, blocks: tuple[Block, ...]) -> None:
    parsed = parse(text)
    assert (parsed.blocks, parsed.problems) == (blocks, ())


@pytest.mark.parametrize("indent", ["  ", "   ", "    "])
def test_list_two_deep_however_it_is_indented(indent: str) -> None:
    inner = Listing(((paragraph("内"),), (paragraph("内二"),)))
    expected = Listing(((paragraph("外"), inner), (paragraph("外二"),)))
    assert parse(f"- 外\n{indent}- 内\n{indent}- 内二\n- 外二").blocks == (expected,)


def test_table_with_numbers() -> None:
    table = Table(
        (Markup("月"), Markup("台")),
        (Row((Markup("三月"), Markup("<strong>12</strong>"))),),
        numeric=frozenset({1}),
    )
    assert parse("表：\n| 月 | 台 |\n|---|---:|\n| 三月 | **12** |").blocks == (paragraph("表："), table)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("a\n\n[x](javascript:alert(1))", [(3, 5, "link-scheme")]),
        ("[x](JaVaScRiPt:alert(1)) [y](data:text/html,1)", [(1, 5, "link-scheme"), (1, 30, "link-scheme")]),
        ("[x](//evil.example)", [(1, 5, "link-scheme")]),
        ("[x](/\\evil.example)", [(1, 5, "link-scheme")]),
        ("<file:///etc/passwd>", [(1, 2, "link-scheme")]),
        ("![](media/a.png)", [(1, 5, "alt-missing")]),
        ("![a](../a.png)", [(1, 6, "picture-path")]),
        ("![a](http://x.example/a.png)", [(1, 6, "picture-path")]),
        ("![a](media/a.gif)", [(1, 6, "picture-path")]),
        ("看 ![a](media/a.png) 图", [(1, 8, "picture-inline")]),
        ("x\n\n##### 五", [(3, 1, "heading-depth")]),
        ("- a\n    - b\n        - c", [(3, 11, "list-depth")]),
        ("> > > a", []),
        ("> > > > a\n\nb", [(1, 1, "quote-depth")]),
        ("> " * 200 + "a", [(1, 1, "quote-depth")]),
        ("[x]: http://example.org", [(1, 1, "link-definition")]),
        ("a\n  ```\n  b", [(2, 3, "code-indented")]),
        ("a\n```\nb", [(2, 1, "code-unclosed")]),
        ("a\0b", [(1, 2, "character-forbidden")]),
        ("好\n\ud800", [(2, 1, "character-forbidden")]),
        ("好\u202eevil", [(1, 2, "character-forbidden")]),
    ],
)
def test_problem_has_its_place(text: str, expected: list[tuple[int, int, str]]) -> None:
    assert codes(text) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("::: note\n:::", [(1, 1, "fence-unknown")]),
        ("::: Trainer\n秘\n:::", [(1, 1, "fence-unknown")]),
        ("::: 讲师\n秘\n:::", [(1, 1, "fence-unknown")]),
        ("公\n\n::: trainer\n秘", [(3, 1, "fence-unclosed")]),
        ("公\n\n::: trainer\n秘\n\n::: exercise a\n:::", [(3, 1, "fence-unclosed")]),
        ("公\n:::", [(2, 1, "fence-stray")]),
        ("::: exercise\n:::", [(1, 1, "fence-slug")]),
        ("::: exercise Two_Sources\n:::", [(1, 1, "fence-slug")]),
        ("::: exercise a\n字\n:::", [(1, 1, "fence-content")]),
        ("::: trainer a\n秘\n:::", [(1, 1, "fence-malformed")]),
        ("::: trainer\n秘\n::::", [(3, 1, "fence-malformed")]),
        ("::: trainer\n秘\n：：：", [(3, 1, "fence-malformed")]),
    ],
)
def test_fence_problem_has_its_line_and_there_are_no_blocks(text: str, expected: list[tuple[int, int, str]]) -> None:
    assert (codes(text), parse(text).blocks) == (expected, ())


TYPOS = [
    "::trainer",
    ":: trainer",
    ": trainer",
    "::::trainer",
    ":::: trainer",
    "::： trainer",
    "：：： trainer",
    "：：：trainer",
    ":::trainer",
    " ::: trainer",
    "    ::: trainer",
    "\t::: trainer",
    "> ::: trainer",
    "- ::: trainer",
    "1. ::: trainer",
    "**::: trainer**",
    ": : : trainer",
    ":.: trainer",
    "::; trainer",
    ";;; trainer",
    "；；； trainer",
    "\u200b::: trainer",
    "说 ::: trainer",
    "::: trainer :::",
    ":::　trainer",
    "﹕﹕﹕ trainer",
    "##::: trainer",
    "::：讲师",
]


@pytest.mark.parametrize("typo", TYPOS)
def test_typo_in_a_fence_is_one_problem_and_leaks_nothing(typo: str) -> None:
    parsed = parse(f"公开\n\n{typo}\n秘密\n:::\n")
    assert [(problem.line, problem.code) for problem in parsed.problems] == [(3, "fence-malformed")]
    assert parsed.blocks == ()


@pytest.mark.parametrize(
    "text",
    [
        "时间：14:30",
        "`std::vector`",
        "用 `::: trainer` 写",
        "| a |\n|:--:|\n| b |",
        "注意：：不要",
        "比例 1:2",
        "： 是冒号",
        "A trainer: 说",
    ],
)
def test_colons_in_ordinary_text_are_no_fence(text: str) -> None:
    assert parse(text).problems == ()


POINTING = """\
文件 media/ring.svg 与 `![环](media/ring.svg)`：

    ![环](media/ring.svg)

```
::: exercise needs
![环](media/ring.svg)
```

\\![环](media/ring.svg)

| a | `![` |
|---|---|
| b | [站](http://example.org/![a) |

![环 media/ring.svg](media/ring.svg)

::: trainer
看图：

![很长的
说明](  media/ring.svg)

:::

:::  exercise   needs
:::

- 项

  ![环](media/ring.svg "环")
::: exercise two-sources
:::
"""


def test_what_a_text_points_to_has_its_place() -> None:
    parsed = parse(POINTING)
    assert parsed.problems == ()
    assert parsed.pictures == tuple(Found("media/ring.svg", *place) for place in ((16, 21), (22, 7), (31, 8)))
    assert parsed.exercises == (Found("needs", 26, 17), Found("two-sources", 32, 14))
    assert [block.path for block in parsed.blocks if isinstance(block, Picture)] == ["media/ring.svg"]


def test_numbers_of_pictures_are_in_no_block() -> None:
    assert re.search(r"[\x00-\x08\x0e-\x1f]|\\x", str(parse(POINTING).blocks)) is None
    assert str(inline("`![` \\![a] [![b](c)")) == "<code>![</code> ![a] [b"


def test_picture_whose_path_is_written_otherwise_is_where_it_starts() -> None:
    assert parse("图\n\n![环](media/a\\_b.svg)\n\nmedia/a_b.svg").pictures == (Found("media/a_b.svg", 3, 1),)


DEEP = ["*a **b " * 400 + "c** d*" * 400, "**" * 600 + "a" + "**" * 600, "***a " * 300 + "a*** " * 300]


@pytest.mark.parametrize("text", DEEP, ids=range(len(DEEP)))
def test_marks_too_deep_are_a_problem_and_the_next_text_is_read_from_its_start(text: str) -> None:
    assert [found.code for found in inline_problems(text)] == ["nesting-too-deep"]
    assert inline(text) == text.strip()
    assert inline("**一** `b`") == "<strong>一</strong> <code>b</code>"
    assert codes(f"一\n\n{text}") == [(1, 1, "nesting-too-deep")]
    assert parse("- **一**").blocks == (Listing(((paragraph("<strong>一</strong>"),),)),)


@pytest.mark.parametrize(
    ("markup", "safe"),
    [
        ("<script>alert(1)</script>一", "一"),
        ("<img src=x onerror=alert(1)>一", "一"),
        ('<a href="javascript:alert(1)" onclick="x()">一</a>', "<a>一</a>"),
        ('<strong style="color:red">一</strong>', "<strong>一</strong>"),
        ("<p><em>一", "<em>一</em>"),
    ],
)
def test_markup_that_slipped_through_is_cleaned_at_the_end(markup: str, safe: str) -> None:
    assert finished(markup) == safe


HOSTILE = [
    *("[" * 200_000, "![" * 100_000, "[a](b" * 50_000, "[\n\n" * 60_000, ("[" * 299 + "\n\n") * 850),
    *("*" * 250_000, "_" * 250_000, "`" * 250_000, "&" * 250_000, "<" * 250_000, "!" * 250_000, ";" * 250_000),
    *(
        "**a** " * 40_000,
        "***a " * 40_000,
        "*a_ " * 60_000,
        "`a` " * 60_000,
        "".join("`" * n + "a" for n in range(700)),
    ),
    *("> " * 100_000, "- " * 100_000, "1. " * 80_000, "- a\n" * 60_000, "- a\n\n" * 50_000, "# a\n" * 60_000),
    *("a\n=\n" * 60_000, "a\n\n" * 80_000, "|a" * 120_000, "|a\n|-\n" * 40_000, ":" * 250_000, ": " * 120_000),
    *("\\" * 250_000, "<a " * 80_000, "<!--" * 60_000, "&a;" * 80_000, "<a@" * 80_000, "\n" * 250_000, " " * 250_000),
    *("".join(" " * n + "- a\n" for n in range(600)), "".join("> " * n + "a\n" for n in range(600)), "字" * 80_000),
    *("\0" * 250_000, "\ud800" * 100_000, "\ufeff" * 100_000, "(" * 250_000, "a  \n" * 60_000, "    a\n\n" * 30_000),
    *("```\n" * 60_000, "::: trainer\n" * 20_000, "x" * 6_000_000),
    # and just below the limits
    *(("[" * 290 + "\n\n") * 10, ("**a** " * 3_000 + "\n\n") * 1, "".join("`" * n + "a" for n in range(195))),
    *(
        ("> " * 3 + "a\n\n") * 6_000,
        ("- " * 9_000 + "\n\n") * 10,
        ("1. " * 6_000 + "\n\n") * 10,
        ("# a\n" * 900 + "\n") * 20,
    ),
    *(
        ("a\n=\n" * 450 + "\n") * 20,
        "- a\n\n" * 9_000,
        ("|a" * 9_000 + "\n\n") * 10,
        ("|a|\n|-|\n" + "|b|\n" * 900 + "\n") * 20,
    ),
    *(
        ("![a](media/b.svg)\n\n") * 2_900,
        "".join(" " * min(n, 90) + "- a\n" for n in range(900)),
        ("&a; " * 4_000 + "\n") * 4,
    ),
]


@pytest.mark.parametrize("text", HOSTILE, ids=range(len(HOSTILE)))
def test_hostile_text_is_answered_in_a_second(text: str) -> None:
    quickly(2, lambda: (parse(text), inline(text)))


def tags_of(block: Block) -> list[str]:
    return re.findall(r"<[^>]*>", str(block).replace('\\"', '"'))


PIECES = st.sampled_from(
    [
        "<",
        ">",
        "&",
        "[",
        "](",
        ")",
        "!",
        "*",
        "**",
        "_",
        "`",
        "\n",
        "\n\n",
        "- ",
        "    ",
        "> ",
        "# ",
        "|",
        "javascript:",
        "\\",
        "<script>",
        "</p>",
        "onerror=",
        '"',
        "'",
        "&#106;",
        "http://",
        "字",
        "a",
        "//",
        ":::",
        "::: trainer",
        "\t",
        "<!--",
        "]]>",
    ]
)


@given(st.lists(PIECES, max_size=30).map("".join))
def test_any_text_gives_only_allowed_tags(text: str) -> None:
    found = re.findall(r"<[^>]*>", str(inline(text)))
    assert [tag for tag in found if not TAG.fullmatch(tag)] == []
    assert [problem for problem in parse(text).problems if problem.line < 1 or problem.column < 1] == []


@given(st.text(max_size=200))
def test_any_text_can_be_parsed(text: str) -> None:
    assert isinstance(parse(text), Parsed)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("普通文字", "普通文字"),
        ("# 不是标题", "# 不是标题"),
        ("1 < 2 & **3**", "1 &lt; 2 &amp; <strong>3</strong>"),
        ("<img src=x onerror=alert(1)>", "&lt;img src=x onerror=alert(1)&gt;"),
        ("[x](javascript:1)", "x"),
    ],
)
def test_inline_text(text: str, expected: str) -> None:
    assert str(inline(text)) == expected


def test_inline_problem_has_its_column() -> None:
    assert [(p.line, p.column, p.code, p.value) for p in inline_problems("见 [x](file:///a)")] == [
        (1, 7, "link-scheme", "file:///a")
    ]


def test_text_of_blocks_has_no_markup() -> None:
    text = "# 标*题*\n\n- **一** & 二\n\n| a |\n|---|\n| `b` |\n\n::: trainer\n说\n:::"
    assert text_of(parse(text).blocks) == "标题\n一 & 二\na\nb\n说"
