"""Every sentence for people exists in both languages, with the same places in it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from babel.messages.extract import extract
from babel.messages.pofile import read_po

from app.words import CATALOGUES, best_language, in_words, say, translated

ROOT = Path(__file__).parents[1]
KEYWORDS: dict[str, None] = {"say": None, "_": None}
PLACE = re.compile(r"\{(\w+)\}")
EXTRACTORS = {".py": "python", ".html": "jinja2.ext:babel_extract"}


def sentences_in_code() -> dict[str, str]:
    """Each English sentence, with one place where it stands."""
    found: dict[str, str] = {}
    for path in sorted([*(ROOT / "app").rglob("*"), ROOT / "config.py"]):
        if path.suffix in EXTRACTORS:
            found.update(dict.fromkeys(sentences_in(path), str(path.relative_to(ROOT))))
    return found


def sentences_in(path: Path) -> Iterator[str]:
    with path.open("rb") as file:
        options = {"encoding": "utf-8"}
        for _line, text, _comments, _context in extract(EXTRACTORS[path.suffix], file, KEYWORDS, (), options):
            yield text if isinstance(text, str) else text[0]


def translations() -> dict[str, tuple[str, str]]:
    found: dict[str, tuple[str, str]] = {}
    for path in sorted((CATALOGUES / "zh_CN").glob("*.po")):
        with path.open("rb") as file:
            catalogue = read_po(file)
        for message in catalogue:
            if message.id:
                assert not message.fuzzy, f"{path.name}: «{message.id}» is marked fuzzy"
                known = found.get(str(message.id))
                assert known in (None, (str(message.string), known and known[1])), f"two words for «{message.id}»"
                found[str(message.id)] = (str(message.string), path.name)
    return found


def test_every_sentence_has_its_chinese() -> None:
    chinese = translations()
    missing = {text: place for text, place in sentences_in_code().items() if not chinese.get(text, ("",))[0]}
    assert missing == {}


def test_no_translation_is_left_over() -> None:
    code = sentences_in_code()
    assert {text: file for text, (_, file) in translations().items() if text not in code} == {}


def test_translations_have_the_places_of_their_sentence() -> None:
    wrong = {
        text: chinese
        for text, (chinese, _) in translations().items()
        if sorted(set(PLACE.findall(text))) != sorted(set(PLACE.findall(chinese)))
    }
    assert wrong == {}


def test_the_collector_finds_a_sentence_without_translation(tmp_path: Path) -> None:
    page = tmp_path / "page.html"
    page.write_text("<p>{{ _('Nobody has translated {this}', this=1) }}</p>", encoding="utf-8")
    code = tmp_path / "code.py"
    code.write_text("raise UserError(say('Nor {that}', that=2))", encoding="utf-8")
    assert [*sentences_in(page), *sentences_in(code)] == ["Nobody has translated {this}", "Nor {that}"]


def test_a_sentence_in_a_sentence_is_worded_in_the_same_language() -> None:
    inner = say("Sign in")
    assert in_words(say("{what} {again}", what=inner, again=3), "en") == "Sign in 3"
    assert in_words(say("{what} {again}", what=inner, again=3), "zh-CN") == f"{translated('Sign in', 'zh-CN')} 3"


@pytest.mark.parametrize(
    ("wanted", "got"), [("en", "en"), ("en-GB", "en"), ("zh-Hans-CN", "zh-CN"), ("de", "zh-CN"), (None, "zh-CN")]
)
def test_best_language_is_one_of_ours(wanted: str | None, got: str) -> None:
    assert best_language(wanted) == got
