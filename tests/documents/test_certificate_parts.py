"""The parts certificates are made of: QR codes, cut faces, text that fits."""

from __future__ import annotations

from functools import cache
from io import BytesIO
from struct import unpack
from typing import Any
from zlib import decompress

import pytest
import segno
from fontTools.ttLib import TTFont
from hypothesis import given, settings
from hypothesis import strategies as st

from app.documents.glyphs import FOLDER
from app.documents.pdf import fonts
from app.documents.pdf.certificates.faces import _small_face
from app.documents.pdf.certificates.fitting import SMALLEST, NoRoom, fitted
from app.documents.pdf.certificates.ornament import frame, frame_parts
from app.documents.pdf.certificates.squares import FEW, MASK, squares_of

CHARACTERS = (FOLDER / "characters.txt").read_text(encoding="utf-8").replace(" ", "")
ADDRESS = "https://courses.example.org/verify/"


@settings(max_examples=25, deadline=None)
@given(st.lists(st.text("0123456789ABCDEFGHJKMNPQRSTVWXYZ", min_size=28, max_size=28), min_size=1, max_size=5))
def test_combined_codes_are_those_that_are_made_one_by_one(ends: list[str]) -> None:
    addresses = [ADDRESS + end for end in ends]
    for address, square in zip(addresses, squares_of(addresses * FEW), strict=False):
        matrix = segno.make_qr(address.encode(), error="m", mode="byte", mask=MASK, boost_error=False).matrix
        assert square.side == len(matrix)
        assert f"{square.modules:b}".zfill(square.side**2) == "".join(str(module) for row in matrix for module in row)
    assert list(squares_of(addresses)) == list(squares_of(addresses * FEW))[: len(addresses)]


def test_the_shapes_of_a_code_cover_its_dark_modules() -> None:
    square = next(squares_of([ADDRESS + "X" * 28]))
    covered = set()
    for shape in square.shapes().splitlines():
        left, row, count = (int(part) for part in shape.split()[:3])
        covered |= {(row, left + step) for step in range(count)}
    bits = f"{square.modules:0{square.side**2}b}"
    assert covered == {divmod(at, square.side) for at, bit in enumerate(bits) if bit == "1"}


def test_addresses_of_any_length_get_a_code() -> None:
    assert [square.side for square in squares_of(["", "x", "x" * 400, "查验"])] == [21, 21, 77, 21]
    assert len(list(squares_of(["", "x"] * FEW))) == 2 * FEW


@cache
def opened(face: str) -> tuple[TTFont, dict[int, str]]:
    font = TTFont(FOLDER / fonts.FILES[face])
    return font, font.getBestCmap()


def cut(face: str, characters: str) -> tuple[TTFont, tuple[int, ...]]:
    """A face that shows nothing else, and which of its glyphs each number is."""
    small = _small_face(face, characters)
    return TTFont(BytesIO(decompress(small.content))), unpack(f">{len(characters) + 1}H", decompress(small.glyphs))


def outline(font: TTFont, glyph: str) -> Any:
    table: Any = font["glyf"]
    points, ends, flags = table[glyph].getCoordinates(table)
    return list(points), list(ends), list(flags), font["hmtx"].metrics[glyph]


@settings(max_examples=25, deadline=None)
@given(st.lists(st.sampled_from(CHARACTERS), min_size=1, max_size=30), st.sampled_from(sorted(fonts.FILES)))
def test_a_cut_face_draws_what_the_whole_one_draws(characters: list[str], face: str) -> None:
    whole, glyph_of = opened(face)
    small, glyphs = cut(face, "".join(dict.fromkeys(characters)))
    names = small.getGlyphOrder()
    for number, character in enumerate(dict.fromkeys(characters), start=1):
        assert outline(small, names[glyphs[number]]) == outline(whole, glyph_of[ord(character)])


def test_a_cut_face_knows_no_other_glyphs() -> None:
    small, glyphs = cut(fonts.BOLD, "测 \u00a0试")
    assert len(small.getGlyphOrder()) == 4
    assert glyphs == (0, 1, 2, 2, 3)  # both spaces look alike


def test_text_keeps_its_size_where_it_can() -> None:
    words = fitted("王伟", fonts.BOLD, 40, 100)
    assert (words.lines, words.size) == ((("王伟", 80),), 40)
    assert fitted(" ", fonts.BOLD, 40, 100).lines == ()


def test_text_is_made_a_little_smaller_before_it_is_broken() -> None:
    assert len(fitted("测" * 11, fonts.BOLD, 10, 100, 2).lines) == 1
    assert [len(line) for line, _ in fitted("测" * 14, fonts.BOLD, 10, 100, 2).lines] == [7, 7]


@given(st.text(st.sampled_from(CHARACTERS + " "), max_size=300), st.integers(1, 4))
def test_text_stays_within_its_width_and_loses_nothing(text: str, lines: int) -> None:
    try:
        words = fitted(text, fonts.REGULAR, 20, 300, lines)
    except NoRoom:
        assert fonts.width(text, fonts.REGULAR, SMALLEST) > 300 * lines * 0.8
        return
    assert "".join(line for line, _ in words.lines).split() == text.split()
    assert len(words.lines) <= lines
    assert words.width <= 300.001
    assert words.size >= SMALLEST


@pytest.mark.parametrize("name", ["Wave", "Knot", "A", "B", "C"])
def test_each_motif_is_laid(name: str) -> None:
    assert f"/{name} Do" in frame()
    assert name in frame_parts()
