"""The state of a completion on a day, and its words: the same for trainee, trainer and HR."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Literal, get_args

from app.words import Sentence, say

CompletionState = Literal["completed", "running", "coming", "not_completed", "withdrawn"]
STATES: tuple[CompletionState, ...] = get_args(CompletionState)
STATE_WORDS: Mapping[CompletionState, Sentence] = {
    "completed": say("Completed"),
    "running": say("Under way"),
    "coming": say("Not begun"),
    "not_completed": say("Not completed"),
    "withdrawn": say("Withdrawn"),
}
STATE_CHIPS: Mapping[CompletionState, tuple[str, str]] = {
    "completed": ("done", "check"),
    "running": ("now", "clock"),
    "coming": ("", "calendar-days"),
    "not_completed": ("late", "circle-alert"),
    "withdrawn": ("draft", "log-out"),
}
"""The kind of the chip and its icon, as the macro `chip` takes them."""


def state_of(outcome: str, starts_on: date | None, dated_on: date, today: date) -> CompletionState:
    """The state on a day: «not completed» once the last day of the cohort is over, though it can still be mended."""
    if outcome in ("completed", "withdrawn"):
        return "completed" if outcome == "completed" else "withdrawn"
    if starts_on is None or today < starts_on:
        return "coming"
    return "running" if today <= dated_on else "not_completed"
