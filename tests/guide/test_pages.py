"""The guides: the same tasks in both languages, every link in them leads to one of these, and pages show them."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest
from flask.testing import FlaskClient

from app.guide.pages import READERS, GuideError, Reader, guide_for, parse_guide, path_of
from app.words import LANGUAGES, Language
from tests.conftest import token_of
from tests.test_words import translations

EXAMPLES = {"华南大区"}
"""Quoted, and not a word of the product."""
BOTH = [(reader, language) for reader in READERS for language in LANGUAGES]
TEXT = "# Guide\n\nLead.\n\n(one)=\n## One\n\nFirst.\n\n(two)=\n## Two\n\n- [back](trainee.md#one)\n"


def anchors_in(reader: Reader, language: Language) -> list[str]:
    return [section.anchor for section in guide_for(reader, language).sections]


def links_in(text: str) -> Iterator[tuple[str, str]]:
    yield from re.findall(r"\]\(([^)#]*)\.md#([^)]*)\)", text)


def test_a_guide_is_read() -> None:
    guide = parse_guide("trainee", "en", TEXT)
    assert (guide.title, guide.lead) == ("Guide", "<p>Lead.</p>")
    assert [(section.anchor, section.title) for section in guide.sections] == [("one", "One"), ("two", "Two")]
    assert '<a href="trainee#one">back</a>' in guide.sections[1].body


@pytest.mark.parametrize(
    "text",
    [
        TEXT.removeprefix("# Guide\n"),
        TEXT.replace("(two)=", "(one)="),
        TEXT.replace("(two)=\n", ""),
        TEXT + "\n![](javascript:1)",
        "# Guide\n\nNothing else.\n",
    ],
)
def test_what_is_no_guide_is_refused(text: str) -> None:
    with pytest.raises(GuideError):
        parse_guide("trainee", "en", text)


@pytest.mark.parametrize("reader", READERS)
def test_both_languages_have_the_same_tasks(reader: Reader) -> None:
    assert anchors_in(reader, "en") == anchors_in(reader, "zh-CN")


@pytest.mark.parametrize(("reader", "language"), BOTH)
def test_every_link_leads_to_a_task(reader: Reader, language: Language) -> None:
    text = path_of(reader, language).read_text(encoding="utf-8")
    links = list(links_in(text))
    assert len(links) == len(re.findall(r"\]\(", text))
    assert [
        link for link in links if link[1] not in anchors_in(next(r for r in READERS if r == link[0]), language)
    ] == []


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_place_is_in_one_guide_only(language: Language) -> None:
    """The documentation's site knows them all at once."""
    anchors = [anchor for reader in READERS for anchor in anchors_in(reader, language)]
    assert len(anchors) == len(set(anchors))


@pytest.mark.parametrize("reader", READERS)
def test_chinese_guides_speak_as_the_product_does(reader: Reader) -> None:
    text = path_of(reader, "zh-CN").read_text(encoding="utf-8")
    assert re.findall(r"[您亲！]|[\u4e00-\u9fff][,;:?!]|[,;:?!][\u4e00-\u9fff]", text) == []
    assert 900 <= len(re.findall(r"[\u4e00-\u9fff]", text)) <= 3200


@pytest.mark.parametrize(("reader", "language"), BOTH)
def test_what_a_guide_quotes_stands_on_a_page(reader: Reader, language: Language) -> None:
    """A button that is called something else by now would be looked for in vain."""
    words = translations()
    said = list(words) if language == "en" else [chinese for chinese, _ in words.values()]
    quoted = re.findall("“([^”]+)”", path_of(reader, language).read_text(encoding="utf-8"))
    assert [quote for quote in quoted if quote not in EXAMPLES and not any(holds(text, quote) for text in said)] == []


def holds(text: str, quote: str) -> bool:
    """Whether a sentence of the product has these words; an ellipsis stands for a figure or a name."""
    return all(part.strip() in text for part in quote.split("…"))


def test_whoever_is_not_signed_in_reads_a_guide_in_their_language(client: FlaskClient) -> None:
    english = client.get("/guide/trainer", headers={"Accept-Language": "en"}).text
    assert '<h2 id="import-list" tabindex="-1">Enrolling people from a list</h2>' in english
    assert '<a href="#import-list">Enrolling people from a list</a>' in english
    assert "学员名单怎么导入" in client.get("/guide/trainer", headers={"Accept-Language": "zh-CN"}).text


def test_the_other_language_comes_back_to_the_guide(client: FlaskClient) -> None:
    data = {"csrf_token": token_of(client), "language": "en", "next": "/guide/hr"}
    answer = client.post("/language", data=data)
    assert (answer.status_code, answer.location) == (302, "/guide/hr")
    assert "Guide for HR" in client.get("/guide/hr").text


def test_all_guides_are_listed_with_their_tasks(client: FlaskClient) -> None:
    page = client.get("/guide", headers={"Accept-Language": "en"}).text
    expected = {f"/guide/{reader}#{anchor}" for reader in READERS for anchor in anchors_in(reader, "en")}
    assert expected <= set(re.findall(r'href="([^"]*)"', page))
