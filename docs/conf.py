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

CHINESE_FACES = '"PingFang SC", "Microsoft YaHei", "Noto Sans CJK SC", "Noto Sans SC", sans-serif'
"""A Chinese face first: “ ” … — belong to it and stay full width."""
BROKEN_LINE = re.compile(r"(?<=[\u3000-\u303f\u4e00-\u9fff\uff00-\uffef”])\n *(?=[\u3000-\u303f\u4e00-\u9fff“`])")
"""A line of Chinese that goes on in the next one: there is no space between them."""


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
    """What only the Chinese site needs."""
    if app.config.language == "zh_CN":
        app.config.html_theme_options = {"light_css_variables": {"font-stack": CHINESE_FACES}}
        app.connect("source-read", join_lines)
        app.add_search_language(ChineseSearch)


def join_lines(_app: object, _name: str, source: list[str]) -> None:
    """Take the ends of lines out of Chinese paragraphs."""
    source[0] = BROKEN_LINE.sub("", source[0])
