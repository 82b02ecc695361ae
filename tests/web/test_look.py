"""The colours keep the contrast of WCAG 2.2 AA in both themes, and headings break at phrases only."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from markupsafe import Markup

from app.web.typography import phrases

APP = Path(__file__).parents[2] / "app"
STYLES = APP / "web/static/src"
TOKENS = STYLES / "_tokens.scss"
FAMILIES = re.compile(
    r"(chip|note|slot|gcell|verdict|panel|shares__sum)--\w+|chart__(grid|(series|bar|slice)-.+)|heat-\d|ledger__\w+|[mn]-?#.*"
)
"""The end of these is a value of the page."""
METHODS = ("lecture", "discussion", "demonstration", "exercise", "group", "quiz", "rest", "review")
GROUNDS = ("paper", "sheet", "sunk", "accent-wash")

Colours = dict[str, str]


def colours_of(theme: str) -> Colours:
    """The custom properties with a colour that hold in a theme."""
    scss = TOKENS.read_text(encoding="utf-8")
    mixin = re.search(rf"@mixin {theme} {{(.*?)\n}}", scss, re.DOTALL)
    shared = re.findall(r"^:root {\n(.*?)^}", scss, re.DOTALL | re.MULTILINE)
    assert mixin
    return dict(re.findall(r"--([\w-]+):\s*(#[0-9a-f]{6})", "\n".join([*shared, mixin[1]])))


def luminance(colour: str) -> float:
    """Relative luminance of #rrggbb, by WCAG 2.2."""
    channels = (int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5))
    red, green, blue = (c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one: str, other: str) -> float:
    low, high = sorted((luminance(one), luminance(other)))
    return (high + 0.05) / (low + 0.05)


def wanted_pairs() -> list[tuple[str, str, float]]:
    """(foreground, ground, least contrast): 4.5 for text, 3 for what must be seen but not read."""
    text = [(ink, ground) for ink in ("ink", "ink-2", "ink-3", "accent", "amber", "red") for ground in GROUNDS]
    text += [(ink, f"{method}-wash") for ink in ("ink", "ink-2") for method in METHODS]
    text += [("amber", "amber-wash"), ("red", "red-wash"), ("ink", "amber-wash"), ("ink", "red-wash")]
    text += [("heat-dark-ink" if step < 4 else "heat-light-ink", f"heat-{step}") for step in range(1, 6)]
    text += [("on-accent", "accent"), ("on-accent", "accent-strong"), ("paper", "ink")]
    parts = [("edge", ground) for ground in GROUNDS]
    parts += [(method, ground) for method in METHODS for ground in ("paper", "sheet", f"{method}-wash")]
    parts += [("accent", "paper"), ("amber-edge", "paper")]
    return [(*pair, 4.5) for pair in text] + [(*pair, 3.0) for pair in parts]


def too_faint(colours: Colours) -> list[tuple[str, str]]:
    return [(ink, on) for ink, on, least in wanted_pairs() if contrast(colours[ink], colours[on]) < least]


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_colours_have_the_contrast_of_wcag_aa(theme: str) -> None:
    assert too_faint(colours_of(theme)) == []


def test_contrast_of_a_faint_colour_is_noticed() -> None:
    assert too_faint(colours_of("light") | {"ink-3": "#8a8f88"}) == [("ink-3", ground) for ground in GROUNDS]


def test_contrast_of_black_and_white_is_21() -> None:
    assert round(contrast("#000000", "#ffffff"), 6) == 21


def test_style_sheet_styles_nothing_that_no_page_has() -> None:
    rules = "\n".join(path.read_text(encoding="utf-8") for path in STYLES.glob("_[!b]*.scss"))
    styled = set(re.findall(r"\.([a-zA-Z][\w-]*)(?=[\s,.:>+{)\[])", re.sub(r"/\*.*?\*/", "", rules, flags=re.DOTALL)))
    pages = [
        path
        for pattern in ("*.html", "*.svg", "src/**/*.js")
        for path in APP.rglob(pattern)
        if "built" not in path.parts
    ]
    words = set(re.findall(r"[\w-]+", "\n".join(path.read_text(encoding="utf-8") for path in pages)))
    assert {name for name in styled - words if not FAMILIES.fullmatch(name)} == set()


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("信息收集的目的、步骤与流程", "信息收集的<wbr>目的、<wbr>步骤与<wbr>流程"),
        ("客户拜访的准备：实车演练", "客户拜访的<wbr>准备：<wbr>实车演练"),
        ("方案开发的目的", "方案开发的<wbr>目的"),
        ("他说的，就是“目的”。", "他说的，<wbr>就是“目的”。"),
        ("A & B", "A &amp; B"),
        ("<的b>", "&lt;的<wbr>b&gt;"),
    ],
)
def test_phrases_may_part_after_particles_but_not_before_punctuation(text: str, expected: str) -> None:
    assert str(phrases(text)) == expected


def test_phrases_leaves_tags_of_markup_alone() -> None:
    link = Markup('<a href="/的和x">谁的书</a>')
    assert phrases(link) == Markup('<a href="/的和x">谁的<wbr>书</a>')
