"""Codes: random, read however they are typed, and a slip of typing is told from a guess."""

from __future__ import annotations

import string
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.certificates.codes import LENGTH, LETTERS, RANDOM, SAMPLE, grouped, is_whole, new_code, plain, with_check

codes = st.text(alphabet=LETTERS, min_size=RANDOM, max_size=RANDOM).map(with_check)


def test_a_code_has_130_random_bits_and_two_characters_that_check_them() -> None:
    made = {new_code() for _ in range(2000)}
    assert len(made) == 2000
    assert all(len(code) == LENGTH and is_whole(code) for code in made)
    assert 32**RANDOM >= 2**128
    for place in range(RANDOM):
        assert {code[place] for code in made} == set(LETTERS)


@given(codes, st.integers(0, LENGTH - 1), st.sampled_from(LETTERS))
def test_one_wrong_character_is_seen(code: str, place: int, letter: str) -> None:
    wrong = code[:place] + letter + code[place + 1 :]
    assert is_whole(wrong) == (wrong == code)


@given(codes, st.integers(0, RANDOM - 1), st.integers(0, RANDOM - 1))
def test_two_exchanged_characters_are_seen(code: str, one: int, other: int) -> None:
    letters = list(code)
    letters[one], letters[other] = letters[other], letters[one]
    wrong = "".join(letters)
    assert is_whole(wrong) == (wrong == code)


@given(codes, st.integers(0, LENGTH - 1), st.sampled_from(LETTERS))
def test_a_character_too_many_or_too_few_is_seen(code: str, place: int, letter: str) -> None:
    assert not is_whole(code[:place] + code[place + 1 :])
    assert not is_whole(code[:place] + letter + code[place:])


LOOSE = {"0": "0oO\uff2f", "1": "1iIlL\uff11"}
GAPS = ("", " ", "-", "\u3000", "—")


@given(codes, st.randoms(use_true_random=False))
def test_a_code_is_read_however_it_is_typed(code: str, random: Random) -> None:
    typed = (random.choice(GAPS) + random.choice(LOOSE.get(letter, letter + letter.lower())) for letter in code)
    assert plain("".join(typed)) == code


@given(st.text(max_size=300))
def test_reading_never_fails(typed: str) -> None:
    is_whole(plain(typed))


def test_what_is_shown_is_read_again() -> None:
    code = new_code()
    assert plain(grouped(code)) == code
    assert [len(group) for group in grouped(code).split(" ")] == [4] * 7


def test_letters_that_are_taken_for_others_never_come() -> None:
    assert set(string.ascii_uppercase + string.digits) - set(LETTERS) == set("ILOU")


@pytest.mark.parametrize("text", ["", "7K2M", SAMPLE[:-1], f"{SAMPLE}0", "U" * LENGTH])
def test_other_texts_are_no_codes(text: str) -> None:
    assert not is_whole(text)


def test_the_sample_has_a_whole_code() -> None:
    assert is_whole(SAMPLE)
    assert set(SAMPLE) == {"0"}
