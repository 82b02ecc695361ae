"""How far somebody is, as pages show it: state, conditions, why not yet. The same for trainee, trainer and HR."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Literal

from app.courses.outline import Course
from app.records.definition import NOT_OUT, ConditionRow, condition_rows
from app.records.models import Progress
from app.records.reasons import reasons_of
from app.records.states import STATE_CHIPS, STATE_WORDS, CompletionState, state_of
from app.words import Language, Sentence, in_words, say

ShownState = CompletionState | Literal["results_pending", "unknown"]
SHOWN_WORDS: Mapping[str, Sentence] = {
    **{str(state): word for state, word in STATE_WORDS.items()},
    "results_pending": say("Results not out yet"),
    "unknown": say("Being worked out"),
}
SHOWN_CHIPS: Mapping[str, tuple[str, str]] = {
    **{str(state): chip for state, chip in STATE_CHIPS.items()},
    "results_pending": ("now", "hourglass"),
    "unknown": ("", "hourglass"),
}


@dataclass(frozen=True)
class Completion:
    """How far one enrolment is."""

    state: ShownState = "unknown"
    completed_on: date | None = None
    attended_minutes: int = 0
    taught_minutes: int = 0
    conditions: tuple[ConditionRow, ...] = ()
    reasons: tuple[str, ...] = ()
    """Why not yet, and what to do next; nothing before it begins."""


def completion_of(
    progress: Progress | None,
    course: Course,
    language: Language,
    *,
    of: Literal["own", "trainer", "HR"],
    today: date,
    points_visible: bool = True,
) -> Completion:
    """What a page shows to whoever it is `of`. None: it is being worked out.

    Not `points_visible`: results of this person are not out yet. Where they alone decide, nothing tells how: neither
    the state nor a reason.
    """
    if progress is None:
        return Completion()
    rows = condition_rows(progress, course, points_visible=points_visible)
    hidden = any(row.met is None for row in rows)
    if hidden and progress.outcome != "withdrawn" and all(row.met is not False for row in rows):
        pending = (in_words(NOT_OUT, language),)
        return Completion("results_pending", None, *_minutes(progress), conditions=rows, reasons=pending)
    state = state_of(progress.outcome, progress.starts_on, progress.dated_on, today)
    return Completion(
        state,
        progress.completed_on if state == "completed" else None,
        *_minutes(progress),
        conditions=rows,
        reasons=()
        if state == "coming"
        else reasons_of(progress, course, language, of=of, points_visible=points_visible),
    )


def _minutes(progress: Progress) -> tuple[int, int]:
    return progress.attended_minutes, progress.taught_minutes
