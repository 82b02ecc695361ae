"""Completion that has caught up with what somebody has just done, before a page shows it."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from app.cohorts.models import Enrolment
from app.records.progress import refresh_if_few
from app.web.transactions import database, end_reading


def settled(read: Callable[[], Sequence[Enrolment]]) -> Sequence[Enrolment]:
    """The enrolments that `read` finds; where one was changed since it was worked out, that is done first.

    Nearly always nothing was, and then it costs nothing: a room full of people who hand in at once does not queue.
    """
    found = read()
    if any(each.revision != each.settled for each in found):
        end_reading()
        refresh_if_few(database())
        found = read()
    return found
