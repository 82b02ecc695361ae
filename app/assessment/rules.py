"""What counts and who may see it: decisions about assignments, attempts and marks over plain values."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from fractions import Fraction
from hashlib import sha256
from typing import Any, Literal

from app.assessment.models import MarkedBy
from app.exercises import Spec
from app.exercises.kind import Grade, Part
from app.words import Sentence, say

TaskState = Literal["not_open", "open", "started", "returned", "handed_in", "marked", "closed"]
STATE_WORDS: Mapping[TaskState, Sentence] = {
    "not_open": say("Not open yet"),
    "open": say("Not started"),
    "started": say("In progress"),
    "returned": say("To revise"),
    "handed_in": say("Handed in"),
    "marked": say("Marked"),
    "closed": say("Closed"),
}
"""The state of an exercise for one trainee, in the same words for trainee and trainer."""
STATE_CHIPS: Mapping[TaskState, tuple[str, str]] = {
    "not_open": ("", "calendar-days"),
    "open": ("", ""),
    "started": ("due", "pencil-line"),
    "returned": ("late", "undo-2"),
    "handed_in": ("now", "check"),
    "marked": ("done", "check"),
    "closed": ("", "lock"),
}
"""The kind of the chip and its icon, as the macro `chip` takes them."""


MOST_SEED = 2**62
GRACE = timedelta(seconds=30)
"""How long after the end a save still counts: pages show the end, and what was sent before it may travel a while."""


@dataclass(frozen=True)
class Times:
    """From when and until when an exercise can be done, and since when results may be seen. None: no such limit."""

    opens_at: datetime | None = None
    closes_at: datetime | None = None
    released_at: datetime | None = None
    minutes: int | None = None
    """How long one attempt may take from its start."""

    def with_extra(self, minutes: int) -> Times:
        """The times of somebody who has so many minutes more."""
        return replace(self, closes_at=self.closes_at and self.closes_at + timedelta(minutes=minutes))

    def not_open_yet(self, now: datetime) -> bool:
        return self.opens_at is not None and now < self.opens_at

    def is_closed(self, now: datetime) -> bool:
        return self.closes_at is not None and now >= self.closes_at

    def is_released(self, now: datetime) -> bool:
        return self.released_at is not None and now >= self.released_at


def seed_for(enrolment_id: int, exercise: str, number: int) -> int:
    """Which variant somebody has in an attempt: the same before it begins, since its sheet may be printed by then."""
    drawn = sha256(f"{enrolment_id}/{exercise}/{number}".encode()).digest()
    return int.from_bytes(drawn[:8]) % MOST_SEED + 1  # 0 is the variant that is shown to nobody in particular


def end_of(times: Times, *, started_at: datetime, extra: int) -> datetime | None:
    """When an attempt ends that began then, of somebody with so many extra minutes; None: never."""
    limits = [times.closes_at] if times.closes_at else []
    if times.minutes is not None:
        limits.append(started_at + timedelta(minutes=times.minutes))
    return min(limits) + timedelta(minutes=extra) if limits else None


def is_over(end: datetime | None, now: datetime) -> bool:
    """Whether what arrives by now comes too late to count."""
    return end is not None and now >= end + GRACE


def sweep_time(end: datetime | None, *, started_at: datetime) -> datetime | None:
    """When an attempt is handed in by itself. Never where it began after its end: nobody could write in it yet."""
    return None if end is None or end <= started_at else end + GRACE


@dataclass(frozen=True)
class Mark:
    """A row of Marking as a value."""

    marked_by: str
    earned: Fraction | None
    parts: Mapping[str, Any]
    comment: str = ""
    reason: str = ""
    by: str = ""
    at: datetime | None = None


@dataclass(frozen=True)
class Result:
    """What an attempt that was handed in comes to, as far as it is marked."""

    possible: Fraction
    earned: Fraction | None
    """None until everything is marked that gives points."""
    keyed: tuple[Part, ...] = ()
    levels: tuple[Fraction | None, ...] = ()
    """For each criterion of the rubric the points given, None where nobody has yet."""
    comment: str = ""
    overridden: bool = False
    reason: str = ""

    @property
    def waits(self) -> bool:
        """Whether a person's marks are missing."""
        return self.earned is None and self.possible > 0


def needs_person(spec: Spec) -> bool:
    """Whether a person must mark what is handed in."""
    return bool(spec.rubric)


def result_of(spec: Spec, marks: Iterable[Mark]) -> Result:
    """The newest marking of each kind counts, a trainer's override before both others.

    A marking by key that comes later changes the key's part alone. An override without points takes back the one
    before it.
    """
    newest = {mark.marked_by: mark for mark in marks}
    key, person, override = newest.get("key"), newest.get("trainer"), newest.get("override")
    levels = tuple(_level(person, number) for number in range(len(spec.rubric)))
    overridden = override is not None and override.earned is not None
    return Result(
        possible=spec.points,
        earned=override.earned if override and overridden else _sum(spec, key, levels),
        keyed=keyed_parts(key.parts) if key else (),
        levels=levels,
        comment=person.comment if person else "",
        overridden=overridden,
        reason=override.reason if override and overridden else "",
    )


def key_marking(grade: Grade) -> dict[str, Any]:
    """The `parts` of a marking by key."""
    return {"parts": [part.model_dump(mode="json") for part in grade.parts]}


def keyed_parts(stored: Mapping[str, Any]) -> tuple[Part, ...]:
    """The items of a stored marking by key."""
    return tuple(Part.model_validate(part) for part in stored.get("parts", ()))


def rubric_marking(levels: Sequence[Fraction]) -> dict[str, Any]:
    """The `parts` of a trainer's marking: for each criterion the points given."""
    return {"levels": [str(points) for points in levels]}


def wanted_markings(spec: Spec) -> tuple[MarkedBy, ...]:
    """The markings whose points make up the whole, where no override stands against them."""
    keyed: tuple[MarkedBy, ...] = ("key",) if spec.key_points else ()
    return (*keyed, "trainer") if spec.rubric else keyed


def points_given(wanted: Sequence[str], newest: Mapping[str, Fraction | None]) -> Fraction | None:
    """What `result_of` says the points are, from the newest points of each kind of marking alone."""
    override = newest.get("override")
    if override is not None:
        return override
    given = [points for marked_by in wanted if (points := newest.get(marked_by)) is not None]
    if not wanted or len(given) < len(wanted):
        return None
    return given[0] if len(given) == 1 else sum(given, Fraction(0))


def counted_points(spec: Spec, earned: Sequence[Fraction | None]) -> Fraction | None:
    """What the points of several attempts come to, oldest first; None while the one that decides is not marked."""
    known = [points for points in earned if points is not None]
    match spec.counting:
        case "best":
            return max(known, default=None)
        case "last":
            return earned[-1] if earned else None
        case "mean":
            return sum(known, Fraction(0)) / len(known) if known and len(known) == len(earned) else None


def may_see_result(spec: Spec, times: Times, now: datetime) -> bool:
    """Whether somebody who handed in may see points and feedback by now."""
    match spec.feedback:
        case "at_once" | "on_hand_in":
            return True
        case "on_release":
            return times.is_released(now)
        case "after_close":
            return times.is_closed(now) or times.is_released(now)


def attempts_left(spec: Spec, used: int) -> bool:
    """Whether another attempt may be begun; those that were given back do not count."""
    return spec.attempts == "unlimited" or used < spec.attempts


@dataclass(frozen=True)
class Tries:
    """What one trainee did about one exercise."""

    begun: bool = False
    """Whether an attempt is under way."""
    given_back: bool = False
    """Whether the one under way follows one that was given back."""
    handed_in: bool = False
    """Whether an attempt that counts was handed in."""
    waits: bool = False
    """Whether a handed-in one has no marks to be seen: they are missing, may not be seen yet, or none are given."""
    ends_at: datetime | None = None
    """When the newest one ends; None: with the exercise."""


def tries_of(attempts: Sequence[tuple[bool, bool]], *, waits: bool, ends_at: datetime | None = None) -> Tries:
    """What a trainee did: for each attempt, oldest first, whether it was handed in, and whether it was given back.

    `ends_at`: of the newest.
    """
    begun = bool(attempts) and attempts[-1] == (False, False)
    return Tries(
        begun,
        given_back=begun and len(attempts) > 1 and attempts[-2][1],
        handed_in=any(handed_in and not given_back for handed_in, given_back in attempts),
        waits=waits,
        ends_at=ends_at,
    )


def task_state(times: Times, tries: Tries, now: datetime) -> TaskState:
    """The state of an exercise for a trainee; `times`: with what they have extra."""
    over = is_over(tries.ends_at or times.closes_at, now)
    if tries.begun and not over:
        return "returned" if tries.given_back else "started"
    if tries.handed_in:
        return "handed_in" if tries.waits else "marked"
    if times.is_closed(now) or (tries.begun and over):
        return "closed"
    return "not_open" if times.not_open_yet(now) else "open"


def _level(mark: Mark | None, number: int) -> Fraction | None:
    levels = mark.parts.get("levels", ()) if mark else ()
    return Fraction(levels[number]) if number < len(levels) else None


def _sum(spec: Spec, key: Mark | None, levels: tuple[Fraction | None, ...]) -> Fraction | None:
    given = [points for points in levels if points is not None]
    keyed = spec.key_points > 0
    if len(given) < len(levels) or (keyed and key is None) or not spec.points:
        return None
    return sum(given, Fraction(0)) + (key.earned or Fraction(0) if keyed and key else Fraction(0))
