"""The documentation says the same in both languages, as far as a program can tell, and its site builds."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
ENGLISH, CHINESE = ROOT / "docs/en", ROOT / "docs/zh-CN"
PAGES = sorted(path.relative_to(ENGLISH) for path in ENGLISH.rglob("*.md"))
BLOCK = re.compile(r"^```(\S*)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
CODE = re.compile(r"`([^`\n]+)`")
PROSE = {"", "console", "sh", "{toctree}"}
"""Blocks with words for people among what is the same."""


def outline_of(text: str) -> list[str]:
    """What a page is made of, line by line: headings and their level, places for links, items of lists, rows."""
    bare = BLOCK.sub("", text)
    return re.findall(r"^(?:#+|\([a-z0-9-]+\)=| *- | *\d+\. |\|)", bare, re.MULTILINE)


def blocks_of(text: str) -> list[tuple[str, str]]:
    """The blocks of code, without what in them is written for people."""
    return [(kind, "" if kind in PROSE else code) for kind, code in BLOCK.findall(text)]


def first_cells(text: str) -> list[list[str]]:
    """The code that begins each row of a table: keys, settings, rules."""
    return [CODE.findall(row) for row in re.findall(r"^\|([^|]*)\|", BLOCK.sub("", text), re.MULTILINE)]


def commands_of(text: str) -> list[str]:
    blocks = [code for kind, code in BLOCK.findall(text) if kind in {"console", "sh"}]
    return [line.partition("  #")[0].strip() for code in blocks for line in code.splitlines()]


def read(page: Path) -> tuple[str, str]:
    return (ENGLISH / page).read_text(encoding="utf-8"), (CHINESE / page).read_text(encoding="utf-8")


def test_every_page_is_there_twice() -> None:
    assert sorted(path.relative_to(CHINESE) for path in CHINESE.rglob("*.md")) == PAGES
    assert len(PAGES) >= 9


@pytest.mark.parametrize("page", PAGES, ids=str)
def test_both_languages_have_the_same_parts(page: Path) -> None:
    english, chinese = read(page)
    assert outline_of(english) == outline_of(chinese)
    assert blocks_of(english) == blocks_of(chinese)
    assert first_cells(english) == first_cells(chinese)
    assert commands_of(english) == commands_of(chinese)


@pytest.mark.parametrize("page", PAGES, ids=str)
def test_chinese_is_chinese(page: Path) -> None:
    """The wrong language in a folder, and English punctuation after Chinese."""
    english, chinese = (BLOCK.sub("", text) for text in read(page))
    assert len(re.findall(r"[\u4e00-\u9fff]", CODE.sub("", english))) <= 10
    assert len(re.findall(r"[\u4e00-\u9fff]", chinese)) > 50
    assert re.findall(r"[\u4e00-\u9fff][,;:?!]|[您亲！]", CODE.sub("", chinese)) == []


@pytest.mark.parametrize("language", [ENGLISH, CHINESE], ids=["en", "zh-CN"])
def test_every_decision_is_listed(language: Path) -> None:
    told = re.findall(r"^\| (\d{4}) \|", (language / "decisions.md").read_text(encoding="utf-8"), re.MULTILINE)
    assert told == sorted(path.name[:4] for path in (ROOT / "docs/decisions").glob("*.md"))


def test_a_missing_row_is_seen() -> None:
    text = "# A\n\n| key | holds |\n|---|---|\n| `a`, `b` | x |\n"
    assert outline_of(text) == ["#", "|", "|", "|"]
    assert first_cells(text)[-1] == ["a", "b"]
    assert outline_of(text) != outline_of(text.rpartition("| `a`")[0])


@pytest.mark.slow
def test_the_site_builds_without_a_warning(tmp_path: Path) -> None:
    command = [sys.executable, str(ROOT / "tools/docs.py"), str(tmp_path)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")
    for language, word in (("en", "Enrolling people"), ("zh-CN", "学员名单怎么导入")):
        assert word in (tmp_path / language / "guide/trainer.html").read_text(encoding="utf-8")
        index = (tmp_path / language / "searchindex.js").read_text(encoding="utf-8")
        assert json.dumps("登录" if language == "zh-CN" else "certif").strip('"') in index
    for page in PAGES:
        english, chinese = (
            (tmp_path / site / page).with_suffix(".html").read_text("utf-8") for site in ("en", "zh-CN")
        )
        for part in ("<h2", "<pre", "<table", "<li>"):
            assert (page, part, chinese.count(part)) == (page, part, english.count(part))
        assert f'zh-CN/{page.with_suffix(".html")}"' in english
