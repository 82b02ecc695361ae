"""How quick something is, said by the processor and not by the clock on the wall."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import TypeVar

T = TypeVar("T")
TRIES = 3


def quickly(seconds: float, work: Callable[[], T]) -> T:
    """What `work` gives, which takes at most `seconds` of this process's processor time.

    It may try three times: a test process that holds thousands of tests collects their garbage now and then. So `work`
    must begin from nothing each time: what it remembers, it forgets first.
    """
    took: list[float] = []
    for _ in range(TRIES):
        began = time.process_time()
        found = work()
        took.append(time.process_time() - began)
        if took[-1] <= seconds:
            return found
    message = f"At most {seconds} s were meant; it took {took}."
    raise AssertionError(message)
