"""How the numbers that people type are read."""

from __future__ import annotations

from fractions import Fraction

import pytest

from app.exercises.numbers import Typed, authored_number, in_figures, read_number
from app.words import Sentence, say

F = Fraction


@pytest.mark.parametrize(
    ("typed", "value"),
    [
        ("1200", F(1200)),
        ("1,200", F(1200)),
        ("1 200", F(1200)),
        ("1'200", F(1200)),
        ("1,200.50", F(2401, 2)),
        ("1.200,5", F(2401, 2)),
        ("1.200", F(6, 5)),
        ("1,2", F(6, 5)),
        ("1,25", F(5, 4)),
        ("0,200", F(1, 5)),
        ("12,345,678", F(12345678)),
        ("１２００", F(1200)),
        ("１，２００．５", F(2401, 2)),
        (" 7 ", F(7)),
        ("+7", F(7)),
        ("-7", F(-7)),
        ("−7", F(-7)),
        ("－7", F(-7)),
        ("3/4", F(3, 4)),
        ("3 ／ 4", F(3, 4)),
        (".5", F(1, 2)),
        ("1.5万", F(15000)),
        ("2亿", F(200_000_000)),
        ("￥1,200", F(1200)),
        ("-¥5", F(-5)),
        ("1200元", F(1200)),
    ],
)
def test_number_in_one_of_many_spellings_is_read(typed: str, value: Fraction) -> None:
    assert read_number(typed) == Typed(value)


@pytest.mark.parametrize("typed", ["20%", "20 %", "２０％", "20﹪"])
def test_percent_sign_is_kept_apart(typed: str) -> None:
    assert read_number(typed) == Typed(F(20), percent=True)


@pytest.mark.parametrize(
    ("typed", "unit", "value"),
    [
        ("36天", "天", F(36)),
        ("36 天", "天", F(36)),
        ("13次", "次/年", F(13)),
        ("13次/年", "次/年", F(13)),
        ("31.2", "万元", F(156, 5)),
        ("31.2万", "万元", F(156, 5)),
        ("31.2 万元", "万元", F(156, 5)),
        ("312,000元", "万元", F(156, 5)),
        ("31.2万", "元", F(312000)),
        ("12 EUR", "EUR", F(12)),
    ],
)
def test_unit_behind_a_number_is_understood(typed: str, unit: str, value: Fraction) -> None:
    assert read_number(typed, unit) == Typed(value)


@pytest.mark.parametrize(
    "typed",
    [
        *("一千二", "约5", "5 kg", "36天", "12 34", "1,2,3", "12,34,567", "1.2.3", "--5", "1 2/3"),
        *("3/0", "nan", "inf", "-inf", "1e999", "1e3", "0x10", "1_000", "½", "2²", "①", "٣", "%", "元", "-", "/"),
        *("9" * 2000, "1" + ",000" * 600, "\0", "\ud800", "((((", "=1+1"),
    ],
)
def test_what_is_no_number_gets_a_sentence(typed: str) -> None:
    assert isinstance(read_number(typed), Sentence)


def test_unreadable_text_is_quoted_and_cut() -> None:
    text = "“{typed}” cannot be read as a number. Write it in figures, for example 1200 or 0.25."
    assert read_number("一千二") == say(text, typed="一千二")
    assert read_number("x" * 200) == say(text, typed="x" * 40 + "…")


@pytest.mark.parametrize("typed", ["", "  ", "\u3000", "\n\t"])
def test_blank_is_no_number_and_no_mistake(typed: str) -> None:
    assert read_number(typed) is None


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (F(13), "13"),
        (F(1200), "1200"),
        (F(13, 4), "3.25"),
        (F(1, 3), "1/3"),
        (F(0), "0"),
        (F(-1, 8), "-0.125"),
        *((F(1, 10**5), "0.00001"), (F(1, 2**30), "0.000000000931322574615478515625"), (F(1, 2**60), f"1/{2**60}")),
        (F(10**30 + 1, 10), f"1{'0' * 29}.1"),
    ],
)
def test_value_in_figures_is_exact_and_short(value: Fraction, text: str) -> None:
    assert in_figures(value) == text
    assert read_number(text) == Typed(value)


@pytest.mark.parametrize(
    ("written", "value"),
    [(0.00001, F(1, 10**5)), (1e-7, F(1, 10**7)), (1e15, F(10**15)), (0.1, F(1, 10)), (12, F(12)), ("3/4", F(3, 4))],
)
def test_a_number_is_what_its_author_wrote(written: float | str, value: Fraction) -> None:
    assert authored_number(written) == Typed(value)


@pytest.mark.parametrize("written", [1e-300, 1e300, float("inf"), float("nan"), True, None, [1]])
def test_what_nobody_would_write_is_no_number(written: object) -> None:
    assert authored_number(written) is None
