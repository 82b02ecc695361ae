# ruff: noqa: INP001 -- Sphinx reads it as a file
"""The documentation's site, one for each language: `make docs` builds both from the folders beside this file."""

from __future__ import annotations

import re
from typing import Any, ClassVar

from sphinx.search import SearchLanguage

project = "Coursewright"
extensions = ["myst_parser"]
html_theme = "furo"
html_show_copyright = False
html_show_sphinx = False
html_show_sourcelink = False
html_copy_source = False
html_domain_indices = False
html_use_index = False
myst_heading_anchors = 3
nitpicky = True
highlight_language = "none"
templates_path = ["theme"]
html_sidebars = {
    "**": [
        "sidebar/brand.html",
        "sidebar/search.html",
        "sidebar/scroll-start.html",
        "sidebar/navigation.html",
        "other-language.html",
        "sidebar/scroll-end.html",
    ]
}

CHINESE_FACES = '"PingFang SC", "Microsoft YaHei", "Noto Sans CJK SC", "Noto Sans SC", sans-serif'
"""A Chinese face first: “ ” … — belong to it and stay full width."""
BROKEN_LINE = re.compile(r"(?<=[\u3000-\u303f\u4e00-\u9fff\uff00-\uffef”])\n *(?=[\u3000-\u303f\u4e00-\u9fff“`])")
"""A line of Chinese that goes on in the next one: there is no space between them."""
FENCED = re.compile(r"^(```.*?^```$)", re.DOTALL | re.MULTILINE)
"""An example, whose lines stay as they are."""
THEME_WORDS = {
    "Next": "下一页",
    "Previous": "上一页",
    "On this page": "本页内容",
    "Home": "首页",
    "View this page": "查看本页",
    "Back to top": "回到顶部",
}
"""What the theme has no Chinese for."""


class ChineseSearch(SearchLanguage):
    """Finds Chinese by pairs of characters. Sphinx's own needs a dictionary, and fails in the browser."""

    lang = "zh"
    language_name = "Chinese"
    stopwords: ClassVar[set[str]] = set()
    js_stemmer_code = "window.Stemmer = function () { this.stemWord = (word) => word.toLowerCase(); };"
    js_splitter_code = r"""
function splitQuery(query) {
  const pairs = (run) => (run.length < 2 ? [run] : [...run].slice(1).map((_, at) => run.slice(at, at + 2)));
  return (query.match(/[\u4e00-\u9fff]+|[a-z0-9_]+/gi) || []).flatMap((run) => (run > "\u4e00" ? pairs(run) : [run]));
}"""

    def split(self, input: str) -> list[str]:  # noqa: A002 -- called so by Sphinx
        """Latin words, and every two neighbours of Chinese."""
        pairs = [run[at : at + 2] for run in re.findall(r"[\u4e00-\u9fff]+", input) for at in range(len(run) - 1)]
        return pairs + re.findall(r"[a-zA-Z0-9_]+", input)

    def word_filter(self, stemmed_word: str) -> bool:
        """Whether a word is worth an entry."""
        return len(stemmed_word) > 1


def setup(app: Any) -> None:  # noqa: ANN401 -- Sphinx is not there where types are checked
    """The way to the other language, and what only the Chinese site needs."""
    app.connect("html-page-context", complete_page)
    if app.config.language == "zh_CN":
        app.config.html_theme_options = {"light_css_variables": {"font-stack": CHINESE_FACES}}
        app.connect("source-read", join_lines)
        app.add_search_language(ChineseSearch)


def complete_page(app: Any, _name: str, _template: str, context: dict[str, Any], _doctree: object) -> None:  # noqa: ANN401
    """Give a page its twin's language and, on the Chinese site, the words of its theme."""
    if app.config.language != "zh_CN":
        context["other"] = {"folder": "zh-CN", "name": "中文"}
        return
    context["other"] = {"folder": "en", "name": "English"}
    words = app.builder.templates.environment.globals["gettext"]
    context["_"] = context["gettext"] = lambda word: THEME_WORDS.get(word.strip()) or words(word)


def join_lines(_app: object, _name: str, source: list[str]) -> None:
    """Take the ends of lines out of Chinese paragraphs, and leave examples alone."""
    parts = FENCED.split(source[0])
    source[0] = "".join(part if part.startswith("```") else BROKEN_LINE.sub("", part) for part in parts)
