"""What is said of characters before anything is printed is what the faces really have."""

from __future__ import annotations

from app.documents.glyphs import shaped, unprintable
from app.documents.pdf import fonts


def test_the_list_of_characters_is_that_of_the_faces() -> None:
    asked = "".join(chr(code) for code in range(0x20, 0x30000) if not 0xD800 <= code < 0xE000)
    alone = [character for character in asked if fonts.missing(shaped(character))]
    assert [character for character in asked if list(unprintable(character))] == alone


def test_each_character_is_told_once_where_it_first_stands() -> None:
    assert list(unprintable("咖啡 🙂 and ⻨, 🙂")) == [(3, "🙂"), (9, "⻨")]


def test_what_is_composed_or_has_no_shape_can_be_printed() -> None:
    assert list(unprintable("Cafe\u0301\t\r\n\u00a0a\u00adb\u200d\ufe0f")) == []
    assert list(unprintable("x\u0301")) == [(1, "\u0301")]
