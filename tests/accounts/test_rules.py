"""How a guesser is slowed down, as arithmetic."""

from __future__ import annotations

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.accounts.passwords import hash_password, make_password, password_fits
from app.accounts.rules import (
    ACCOUNT,
    ADDRESS,
    EVERYWHERE,
    NO_WAIT,
    Failures,
    Pace,
    counters,
    faded,
    normalised,
    wait_left,
)
from tests.conftest import NOW


@pytest.mark.parametrize(
    ("number", "seconds"), [(0, 0), (4, 0), (4.9, 0), (5, 1), (6, 2), (8, 8), (20, 300), (100_000, 300)]
)
def test_failures_beyond_the_free_ones_double_the_wait_up_to_the_longest(number: float, seconds: int) -> None:
    assert wait_left(Failures(number, NOW), ACCOUNT, NOW) == timedelta(seconds=seconds)


def test_a_wait_runs_out() -> None:
    later = [wait_left(Failures(8, NOW), ACCOUNT, NOW + timedelta(seconds=s)) for s in (0, 3, 8, 9)]
    assert later == [timedelta(seconds=8), timedelta(seconds=5), NO_WAIT, NO_WAIT]


def test_who_never_failed_does_not_wait() -> None:
    assert wait_left(None, ACCOUNT, NOW) == NO_WAIT


def test_failures_fade_by_half() -> None:
    assert [faded(Failures(8, NOW), ACCOUNT, NOW + n * ACCOUNT.half_life) for n in range(4)] == [8, 4, 2, 1]


@given(st.floats(0, 1e9), st.sampled_from((ACCOUNT, ADDRESS, EVERYWHERE)), st.integers(-1_000_000, 1_000_000))
def test_nobody_waits_longer_than_the_longest(number: float, pace: Pace, seconds: int) -> None:
    moment = NOW + timedelta(seconds=seconds)
    assert (
        NO_WAIT <= wait_left(Failures(number, NOW), pace, moment) <= pace.longest + timedelta(seconds=max(-seconds, 0))
    )
    assert 0 <= faded(Failures(number, NOW), pace, moment) <= number


def test_keys_tell_neither_name_nor_address_and_take_any_text() -> None:
    counted = counters("E20951\0\ud800", "10.0.0.1", device=None)
    assert [c.key for c in counted if "E20951" in c.key or "10.0.0.1" in c.key or len(c.key) > 80] == []
    assert counters(" e20951", "::1", device=None) == counters("E20951 ", "::1", device=None)


def test_a_known_device_is_counted_by_itself() -> None:
    (alone,) = counters("E20951", "10.0.0.1", device="some id")
    assert alone not in counters("E20951", "10.0.0.1", device=None)


@pytest.mark.parametrize(
    ("one", "other", "callers"),
    [
        ("10.0.0.1", "10.0.0.2", 2),
        ("2001:db8::1", "2001:db8::ffff:ffff:ffff:ffff", 1),
        ("2001:db8::1", "2001:db8:0:1::1", 2),
        ("::ffff:10.0.0.1", "::ffff:10.0.0.2", 2),
        ("", "unknown", 2),
    ],
)
def test_an_ipv6_address_counts_as_its_network(one: str, other: str, callers: int) -> None:
    assert len({counters("E20951", address, device=None)[1].key for address in (one, other)}) == callers


def test_one_name_has_one_counter_whatever_its_i_looks_like() -> None:
    assert {normalised(name) for name in ("li1", "LI1", "lı1", "LI1 ")} == {"li1"}


def test_names_are_compared_without_case_and_outer_space() -> None:
    assert normalised("　Straße@Example.com ") == "strasse@example.com"


def test_passwords_are_made_at_random_and_fit_their_hash() -> None:
    passwords = {make_password() for _ in range(50)}
    password = passwords.pop()
    stored = hash_password(password)
    assert len(passwords) == 49
    assert stored.startswith("$argon2id$v=19$m=19456,t=2,p=1$")
    assert (password_fits(password, stored), password_fits("other", stored), password_fits(password, None)) == (
        True,
        False,
        False,
    )
    assert not password_fits(password, "not a hash")
