"""What measures the tests is measured: something slow is found, and something that was slow once is not."""

from __future__ import annotations

import time

import pytest

from tests.timing import TRIES, quickly


def busy(seconds: float) -> None:
    until = time.process_time() + seconds
    while time.process_time() < until:
        pass


def test_what_is_slow_each_time_is_found() -> None:
    with pytest.raises(AssertionError, match=r"At most 0.01 s were meant"):
        quickly(0.01, lambda: busy(0.02))


def test_what_was_slow_once_is_tried_again() -> None:
    durations = iter([0.2] * (TRIES - 1) + [0.0])
    assert quickly(0.1, lambda: busy(next(durations))) is None
