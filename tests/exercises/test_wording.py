"""What counts as the same text, how long one is, and whether words occur in it."""

from __future__ import annotations

import pytest

from app.exercises.traditional import simplified
from app.exercises.wording import IGNORED, folded, length_of, occurs, searchable


@pytest.mark.parametrize(
    ("ignored", "one", "other"),
    [
        ("width", "ＡＢ１２", "AB12"),
        ("case", "Key Account", "key account"),
        ("space", "关键 客户", "关键客户"),
        ("punctuation", "（毛利率）。", "毛利率"),
        ("traditional", "經銷商庫存週轉", "经销商库存周转"),
    ],
)
def test_each_difference_counts_unless_it_is_ignored(ignored: str, one: str, other: str) -> None:
    others = [each for each in IGNORED if each != ignored]
    assert folded(one, IGNORED) == folded(other, IGNORED)
    assert folded(one, others) != folded(other, others)


@pytest.mark.parametrize(("one", "other"), [("1.5", "15"), ("-3", "3"), ("1,200", "1200"), ("甲", "乙"), ("20%", "20")])
def test_what_changes_a_number_is_no_punctuation(one: str, other: str) -> None:
    assert folded(one, IGNORED) != folded(other, IGNORED)


def test_simplified_characters_stay_as_they_are() -> None:
    plain = "客户的价值在于长期关系，而不是一次订单。着想、了解、发票、面条"
    assert simplified(plain) == plain


@pytest.mark.parametrize(
    ("text", "length"),
    [
        ("", 0),
        ("我们卖了车。", 5),
        ("a key-account plan", 3),
        ("卖了 12.5 万元", 5),
        ("𠮷野家 and §§", 4),
        ("。，！ …", 0),
    ],
)
def test_length_counts_characters_and_words(text: str, length: int) -> None:
    assert length_of(text) == length


@pytest.mark.parametrize(
    ("words", "text", "found"),
    [
        ("台", "共 40 台车", True),
        ("毛利率", "毛 利\n率", True),
        ("ton", "three buttons", False),
        ("ton", "one Ton of steel", True),
        ("ton", "buttons, one ton", True),
        ("%", "涨了 5％", True),
        ("下周五", "下週五", True),
        ("下周五", "下周四", False),
    ],
)
def test_words_are_found(words: str, text: str, found: object) -> None:
    assert occurs(searchable(words), searchable(text)) is found
