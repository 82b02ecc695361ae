"""How a pair or group gets through an exercise: read, discuss, record, share, each with its minutes. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final, Literal, get_args

from app.exercises import Spec
from app.words import Sentence, say

Stage = Literal["read", "discuss", "record", "share", "done"]
STAGES: tuple[Stage, ...] = get_args(Stage)
STAGE_WORDS: Mapping[Stage, Sentence] = {
    "read": say("Read"),
    "discuss": say("Discuss"),
    "record": say("Record"),
    "share": say("Share with all"),
    "done": say("Finished"),
}
WHAT_TO_DO: Mapping[Stage, Sentence] = {
    "read": say("Everybody reads the case on their own first."),
    "discuss": say("Talk it over. Whoever leads sees to it that everybody has a say."),
    "record": say("Write down together what you agreed on."),
    "share": say("One of you tells the others what you found."),
    "done": say("You are through. Check your answer and hand it in."),
}
SHARES: Final[Mapping[Stage, int]] = {"read": 20, "discuss": 35, "record": 30, "share": 15}
"""Of an exercise that says nothing of its stages, in per cent of its minutes."""


@dataclass(frozen=True)
class Step:
    """A stage that an exercise has, and how long it may take."""

    stage: Stage
    minutes: int
    """0 for the last, which takes no time, and for all of them where nobody counts it."""


@dataclass(frozen=True)
class Standing:
    """Where a party is."""

    step: Step
    number: int
    """Counts from 1; that of the last is one more than there are stages to work in."""
    since: datetime
    before: Stage | None
    """What going back leads to."""
    after: Stage | None
    """What comes next."""

    @property
    def stage(self) -> Stage:
        return self.step.stage

    @property
    def ends_at(self) -> datetime | None:
        """When its minutes are over; None: it has none."""
        return self.since + timedelta(minutes=self.step.minutes) if self.step.minutes else None

    def is_over(self, now: datetime) -> bool:
        """Whether its minutes are over. Nothing happens by itself then: whoever leads decides."""
        return self.ends_at is not None and now >= self.ends_at


@dataclass(frozen=True)
class Member:
    """Somebody who works on an attempt, as far as leading goes."""

    enrolment_id: int
    person_id: int
    display_name: str
    leads_group: bool = False
    """Whether the trainer named them leader of the group."""


def steps_of(spec: Spec, *, in_class: bool = True) -> tuple[Step, ...]:
    """The stages of an exercise in order, as its author says or by their usual shares, and the end.

    Where it is not done in class, a party takes the time it wants: the stages have no minutes then.
    """
    minutes = _shared_out(spec.minutes)
    if spec.discussion is not None:
        said = spec.discussion
        minutes = {"read": said.read, "discuss": said.discuss, "record": said.record, "share": said.share}
    return (*(Step(stage, in_class * minutes[stage]) for stage in STAGES[:-1] if minutes[stage]), Step("done", 0))


def standing(steps: Sequence[Step], stage: str, since: datetime) -> Standing:
    """Where a party is that is in this stage since then; in the first where the exercise has no such stage."""
    place = next((place for place, step in enumerate(steps) if step.stage == stage), 0)
    before = steps[place - 1].stage if place else None
    after = steps[place + 1].stage if place + 1 < len(steps) else None
    return Standing(steps[place], place + 1, since, before, after)


def is_ahead(stage: Stage, of: Stage) -> bool:
    """Whether one stage comes after another."""
    return STAGES.index(stage) > STAGES.index(of)


def leader_among(members: Sequence[Member], chosen: int | None) -> Member | None:
    """Who leads: whom the party chose, else whom the trainer named, else the first; of those who are still there."""
    ranked = sorted(members, key=lambda member: (member.enrolment_id != chosen, not member.leads_group))
    return ranked[0] if ranked else None


def _shared_out(minutes: int) -> dict[Stage, int]:
    """Whole minutes by the usual shares; those that rounding down leaves go to the largest remainders."""
    found = {stage: minutes * share // 100 for stage, share in SHARES.items()}
    by_remainder = sorted(SHARES, key=lambda stage: -(minutes * SHARES[stage] % 100))
    for stage in by_remainder[: minutes - sum(found.values())]:
        found[stage] += 1
    return found
