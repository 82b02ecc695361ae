"""Decisions about a trainee's course over plain values: what is required, what comes next, how far it is."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal, Protocol
from zoneinfo import ZoneInfo

from app.assessment.rules import TaskState
from app.words import Sentence, say

StepKind = Literal["revise", "continue", "start", "read", "result"]
TO_DO: tuple[TaskState, ...] = ("returned", "started", "open")
"""What a trainee can do something about, most urgent first."""
NOON, EVENING = 12, 18


class Doable(Protocol):
    """An exercise as far as the next step depends on it."""

    @property
    def exercise(self) -> str: ...
    @property
    def state(self) -> TaskState: ...
    @property
    def excused(self) -> bool: ...
    @property
    def shows_result(self) -> bool: ...


@dataclass(frozen=True)
class NextStep:
    """The one thing to do now; reading the handbook belongs to no exercise."""

    kind: StepKind
    exercise: str | None = None


class Handed(Protocol):
    """An exercise as far as it depends on it whether points may be told."""

    @property
    def required(self) -> bool: ...
    @property
    def private(self) -> bool: ...
    @property
    def handed_in(self) -> bool: ...
    @property
    def result_is_out(self) -> bool: ...


def points_are_out(tasks: Iterable[Handed]) -> bool:
    """Whether somebody may see the results of everything they handed in whose points count for completion."""
    return all(task.result_is_out for task in tasks if task.required and task.handed_in and not task.private)


def next_step(
    tasks: Sequence[Doable], *, now_in_class: Collection[str], reached: Collection[str], changes: bool, over: bool
) -> NextStep:
    """What was given back, then what is begun, then what is open and had its turn in class; else something to read.

    `tasks` stand in the order of the course; what is in class at this moment goes before the others. `changes`:
    whether the cohort still takes answers.
    """
    in_turn = sorted(tasks, key=lambda task: task.exercise not in now_in_class)
    kinds: tuple[tuple[StepKind, TaskState], ...] = (("revise", "returned"), ("continue", "started"), ("start", "open"))
    for kind, state in kinds if changes else ():
        for task in in_turn:
            if task.state == state and (state != "open" or (task.exercise in reached and not task.excused)):
                return NextStep(kind, task.exercise)
    marked = next((task for task in reversed(tasks) if task.shows_result), None) if over else None
    return NextStep("result", marked.exercise) if marked else NextStep("read")


def greeting(now: datetime, zone: str, name: str) -> Sentence:
    """A greeting by the clock of the place where the course is."""
    hour = now.astimezone(ZoneInfo(zone)).hour
    if hour < NOON:
        return say("Good morning, {name}", name=name)
    return say("Good afternoon, {name}", name=name) if hour < EVENING else say("Good evening, {name}", name=name)
